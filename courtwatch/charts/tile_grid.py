"""The provinces of a country as equal tiles, roughly where they lie.

Equal tiles, because a map would show forest: Mondulkiri is twenty times Phnom Penh's size and
has a hundredth of its cases. Codes are ISO 3166-2:KH; those of the invented country (XD) are its
own, and so is their place: it has no geography that could be mistaken for a country's.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from courtwatch.charts import rows, svg
from courtwatch.charts.data import Fill, Heading, Tile
from courtwatch.charts.scale import ellipsis

COLUMNS = 6
HEIGHT = 50
GAP = 0.006

PLACES: dict[str, tuple[int, int, str]] = {
    # row, column, letters
    "KH-22": (0, 1, "OM"),
    "KH-13": (0, 2, "PVh"),
    "KH-19": (0, 3, "ST"),
    "KH-16": (0, 4, "Rat"),
    "KH-1": (1, 0, "BM"),
    "KH-17": (1, 1, "SR"),
    "KH-6": (1, 2, "KTh"),
    "KH-10": (1, 3, "Kra"),
    "KH-11": (1, 4, "Mon"),
    "KH-24": (2, 0, "Pai"),
    "KH-2": (2, 1, "Bat"),
    "KH-4": (2, 2, "KCn"),
    "KH-3": (2, 3, "KCm"),
    "KH-25": (2, 4, "TK"),
    "KH-15": (3, 1, "Pur"),
    "KH-5": (3, 2, "KSp"),
    "KH-12": (3, 3, "PP"),
    "KH-14": (3, 4, "PVg"),
    "KH-9": (4, 1, "KK"),
    "KH-21": (4, 2, "Tak"),
    "KH-8": (4, 3, "Kan"),
    "KH-20": (4, 4, "SvR"),
    "KH-18": (5, 1, "PSh"),
    "KH-7": (5, 2, "Kpt"),
    "KH-23": (5, 3, "Kep"),
}
INVENTED_PLACES: dict[str, tuple[int, int, str]] = {
    # row, column, letters
    "XD-20": (0, 1, "Kr"),
    "XD-06": (0, 2, "Ch"),
    "XD-07": (0, 3, "No"),
    "XD-24": (0, 4, "Sv"),
    "XD-21": (1, 0, "Ne"),
    "XD-04": (1, 1, "An"),
    "XD-12": (1, 2, "St"),
    "XD-16": (1, 3, "Lu"),
    "XD-23": (1, 4, "Ri"),
    "XD-19": (1, 5, "Ra"),
    "XD-13": (2, 0, "Bo"),
    "XD-09": (2, 1, "Ke"),
    "XD-01": (2, 2, "So"),
    "XD-05": (2, 3, "Ph"),
    "XD-02": (2, 4, "Me"),
    "XD-03": (2, 5, "Te"),
    "XD-25": (3, 0, "In"),
    "XD-17": (3, 1, "Ml"),
    "XD-08": (3, 2, "Ro"),
    "XD-11": (3, 3, "Vi"),
    "XD-10": (3, 4, "Mk"),
    "XD-14": (3, 5, "Ou"),
    "XD-18": (4, 2, "Se"),
    "XD-15": (4, 3, "Tr"),
    "XD-22": (4, 4, "To"),
}
LAYOUTS = (PLACES, INVENTED_PLACES)
SHADES = (Fill.EMPTY, Fill.DOTTED, Fill.HATCHED, Fill.CROSSED)
"""From low to high: the more ink, the higher the value."""
NOT_ENOUGH = Fill.LIGHT
"""Of a province of which too few are known to say anything."""


def has_a_place(code: str) -> bool:
    """Say whether a province of this code can be drawn."""
    return any(code in layout for layout in LAYOUTS)


def tile_grid(
    tiles: Sequence[Tile],
    heading: Heading,
    *,
    limits: Sequence[float],
    classes: Sequence[str],
    too_few: str = "",
) -> Markup:
    """Draw a tile for every province of the country; those without a Tile stay blank and dashed.

    ``limits``: three ascending values that part the four shades; ``classes``: their four names
    for the legend. A tile without value is grey; ``too_few`` names that grey in the legend, where
    there are such tiles. ``tile.text`` must be short ('12 %'). Raises ValueError for an unknown
    province, provinces of two countries, one given twice, and limits that do not ascend.
    """
    if len(limits) != len(SHADES) - 1 or len(classes) != len(SHADES):
        raise ValueError("a tile grid has four shades: give three limits and four class names")
    if list(limits) != sorted(limits):
        raise ValueError(f"limits must ascend: {limits}")
    given = {tile.code: tile for tile in tiles}
    places = next((layout for layout in LAYOUTS if any(code in layout for code in given)), PLACES)
    unknown = sorted(set(given) - set(places))
    if unknown or len(given) != len(tiles):
        raise ValueError(f"unknown provinces {unknown}, or one given twice; see LAYOUTS")
    legend = list(zip(SHADES, classes, strict=True))
    if too_few and any(tile.value is None for tile in tiles):
        legend.append((NOT_ENOUGH, too_few))
    named = rows.legend(heading.key, legend, 4)
    drawn = list(named.rest)
    top = named.bottom + 4
    for code, (row, column, letters) in places.items():
        drawn.append(_tile(heading.key, given.get(code), letters, row, column, top, limits))
    height = top + (1 + max(row for row, _, _ in places.values())) * (HEIGHT + 4)
    return svg.chart(heading, height, drawn, (*SHADES, NOT_ENOUGH))


def _tile(
    key: str,
    tile: Tile | None,
    letters: str,
    row: int,
    column: int,
    top: float,
    limits: Sequence[float],
) -> Markup:
    y = top + row * (HEIGHT + 4)
    known = tile is not None and tile.value is not None
    fill = Fill.EMPTY if tile is None else NOT_ENOUGH
    if tile is not None and tile.value is not None:
        fill = SHADES[sum(tile.value >= limit for limit in limits)]
    box = svg.titled(
        "rect",
        f"{tile.label}: {tile.text}" if tile else letters,
        x=svg.percent(column / COLUMNS + GAP),
        y=y,
        width=svg.percent(1 / COLUMNS - 2 * GAP),
        height=HEIGHT,
        fill=svg.paint(key, fill),
        stroke=svg.INK,
        stroke_width=1,
        stroke_dasharray=None if known else "3 3",
        class_="cw-mark",
    )
    middle = svg.percent((column + 0.5) / COLUMNS)
    # Half of a narrow tile stays free at each side, so the ground never hides the shade.
    ground = svg.element(
        "svg",
        svg.element("rect", x=-19, y=y + 7, width=38, height=36, rx=3, fill="#ffffff"),
        x=middle,
        overflow="visible",
    )
    lines = svg.text(letters, y + 22, middle, anchor="middle", bold=True)
    if tile is not None:
        lines += svg.text(ellipsis(tile.text, 44), y + 39, middle, anchor="middle", full=tile.text)
    if tile is None:
        return box + ground + lines
    return svg.link(box + ground + lines, tile.href)
