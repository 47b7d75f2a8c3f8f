"""State diagram of a procedure: blocks in rows, every way out in words at its source.

The middle column holds what is under way, in order; the left one suspensions, the right one ends.
Kinds differ by the shape of their outline and of their mark: rounded (live), dashed and cut at the
corners (suspended), double (ended), dotted (under review). A way out names its steps and ends in
the mark of its target; only ways to the blocks beside and to the next one are also drawn as arrows,
so nothing crosses and nothing covers a word, however many ways there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from courtwatch.charts import svg
from courtwatch.charts.data import Heading
from courtwatch.charts.scale import wrap
from courtwatch.charts.state_blocks import Block, BlockRow, Kind, Sign

SIZE = 13
LINE = 17
PAD = 9
MARK = 11
"""Half the height of a mark."""
LEFT, MIDDLE, RIGHT = 196, 372, 272
GAP = 50
WIDTH = LEFT + MIDDLE + RIGHT + 2 * GAP
ROW_GAP = 34


@lru_cache(maxsize=4096)
def _wrap(text: str, width: float, lines: int, size: float) -> tuple[str, ...]:
    """`scale.wrap`, remembered: the same step leaves many stages."""
    return tuple(wrap(text, width, lines, size))


@dataclass(frozen=True)
class _Drawn:
    """A block on the page: its drawing, its edges, and the height at which each way leaves it."""

    shapes: Markup
    top: float
    bottom: float
    ports: dict[str, float]


def state_diagram(rows: Sequence[BlockRow], heading: Heading, common_words: str) -> Markup:
    """Draw rows of blocks. common_words: what stands before the marks of common ends.

    Raises ValueError without rows.
    """
    if not rows:
        raise ValueError("a state diagram needs at least one row")
    drawn, bottom = _rows(heading.key, rows, common_words)
    return _figure(heading, bottom + 6, [_arrowhead(heading.key), *drawn])


def by_height(
    rows: Sequence[BlockRow], most: float, common_words: str
) -> list[tuple[BlockRow, ...]]:
    """Rows in groups whose drawings are at most so high: a page of paper cuts what is higher."""
    groups: list[tuple[BlockRow, ...]] = []
    for row in rows:
        longer = (*groups[-1], row) if groups else (row,)
        if groups and _rows("height", longer, common_words)[1] <= most:
            groups[-1] = longer
        else:
            groups.append((row,))
    return groups


def _rows(key: str, rows: Sequence[BlockRow], common_words: str) -> tuple[list[Markup], float]:
    """The drawing of rows and its bottom."""
    drawn: list[Markup] = []
    y = 4.0
    for number, row in enumerate(rows):
        parts, bottom, middle_bottom = _row(key, row, y, common_words)
        drawn += parts
        last = number == len(rows) - 1
        y = bottom + (0 if last else ROW_GAP)
        if row.onward and not last:
            x = LEFT + GAP + MIDDLE / 2
            drawn.append(_line(key, [(x, middle_bottom), (x, y)]))
    return drawn, y


def block_list(blocks: Sequence[Block], heading: Heading, common_words: str) -> Markup:
    """Draw blocks in columns: the common ends, with what can still happen after them."""
    if not blocks:
        raise ValueError("a list of blocks needs at least one")
    columns = 3
    gap = 24.0
    width = (WIDTH - gap * (columns - 1)) / columns
    drawn: list[Markup] = []
    y = 4.0
    for start in range(0, len(blocks), columns):
        bottom = y
        for column, block in enumerate(blocks[start : start + columns]):
            done = _block(heading.key, block, column * (width + gap), y, width, common_words)
            drawn.append(done.shapes)
            bottom = max(bottom, done.bottom)
        y = bottom + 18
    return _figure(heading, y, drawn)


def legend(items: Sequence[tuple[Kind, str]], heading: Heading) -> Markup:
    """Draw each shape with its meaning, as blocks and as marks."""
    drawn: list[Markup] = []
    columns = 2
    width = WIDTH / columns
    y = 6.0
    for place, (kind, words) in enumerate(items):
        x = (place % columns) * width
        top = y + (place // columns) * 40
        drawn.append(_outline(kind, x + 2, top, 74, 30))
        drawn.append(_mark(Sign("", _EXAMPLE[kind], kind, words), x + 96, top + 15, None))
        for number, line in enumerate(_wrap(words, width - 140, 2, SIZE)):
            drawn.append(_text(line, x + 118, top + (13 if number == 0 else 13 + LINE)))
    return _figure(heading, y + ((len(items) + columns - 1) // columns) * 40 + 4, drawn)


_EXAMPLE = {
    Kind.BEGINNING: "",
    Kind.LIVE: "1",
    Kind.REVIEW: "2",
    Kind.SUSPENDED: "3",
    Kind.ENDED: "4",
    Kind.COMMON: "A",
}


def _figure(heading: Heading, height: float, drawn: Sequence[Markup]) -> Markup:
    title, description = f"{heading.key}-title", f"{heading.key}-description"
    inside = svg.join(
        (
            svg.element("title", heading.title, id=title),
            svg.element("desc", heading.description, id=description),
            *drawn,
        )
    )
    return svg.element(
        "svg",
        inside,
        xmlns="http://www.w3.org/2000/svg",
        class_="cw-diagram",
        role="group",
        aria_labelledby=f"{title} {description}",
        lang=heading.lang,
        width=WIDTH + 4,
        height=height,
        viewBox=f"-2 0 {WIDTH + 4} {svg.number(height)}",
        font_size=SIZE,
    )


def _row(key: str, row: BlockRow, y: float, common_words: str) -> tuple[list[Markup], float, float]:
    """The drawing of a row, its bottom, and the bottom of its middle block."""
    beside = [block.sign.key for block in row.left] + [block.sign.key for block in row.right]
    ways = sorted(
        row.middle.ways,
        key=lambda way: beside.index(way.to.key) if way.to.key in beside else len(beside),
    )
    middle_x = float(LEFT + GAP)
    block = Block(row.middle.sign, tuple(ways), row.middle.common, row.middle.note)
    middle = _block(key, block, middle_x, y, MIDDLE, common_words)
    drawn = [middle.shapes]
    bottom = middle.bottom
    for blocks, x, width, edge, near in (
        (row.left, 0.0, LEFT, middle_x, float(LEFT)),
        (row.right, middle_x + MIDDLE + GAP, RIGHT, middle_x + MIDDLE, middle_x + MIDDLE + GAP),
    ):
        top = y
        step = (near - edge) / (len(blocks) + 1)
        for number, each in enumerate(blocks):
            port = middle.ports.get(each.sign.key)
            if port is not None:
                top = max(top, port - PAD - LINE / 2)
            done = _block(key, each, x, top, width, common_words)
            drawn.append(done.shapes)
            if port is not None:
                arrive = done.top + PAD + LINE / 2
                bend = near - step * (number + 1)
                path = [(edge, port), (bend, port), (bend, arrive), (near, arrive)]
                drawn.append(_line(key, path, row.middle.sign.key in done.ports))
            top = done.bottom + 12
            bottom = max(bottom, done.bottom)
    return drawn, bottom, middle.bottom


def _block(key: str, block: Block, x: float, y: float, width: float, common_words: str) -> _Drawn:
    """Draw a block with its top left corner at (x, y)."""
    sign = block.sign
    room = width - 2 * PAD
    shapes: list[Markup] = []
    base = y + PAD + SIZE
    shapes.append(_mark(sign, x + PAD + MARK, base - 4, None))
    for line in _wrap(sign.label, 0.9 * (room - 2 * MARK - 8), 4, SIZE + 1):
        shapes.append(_text(line, x + PAD + 2 * MARK + 8, base, bold=True))
        base += LINE
    if block.note:
        for line in _wrap(block.note, 0.94 * room, 4, SIZE):
            shapes.append(_text(line, x + PAD, base, quiet=True))
            base += LINE
    base += 6
    ports: dict[str, float] = {}
    for way in block.ways:
        ports.setdefault(way.to.key, base - 4)
        lines = _wrap(way.text, 0.94 * (room - 2 * MARK - 8), 6, SIZE)
        words = svg.join(
            _text(line, x + PAD, base + LINE * number) for number, line in enumerate(lines)
        )
        shapes.append(svg.element("g", svg.element("title", way.about or way.text) + words))
        shapes.append(_mark(way.to, x + width - PAD - MARK, base - 4, key))
        base += LINE * len(lines) + 9
    if block.common:
        base += 4
        shapes.append(_text(common_words, x + PAD, base, quiet=True))
        base += LINE + 8
        place = x + PAD + MARK
        for way in block.common:
            if place + MARK > x + width - PAD:
                place = x + PAD + MARK
                base += 2 * MARK + 5
            shapes.append(_mark(way.to, place, base - 4, key, way.about))
            place += 2 * MARK + 6
        base += LINE + 2
    bottom = base - LINE + PAD + 2
    outline = _outline(sign.kind, x, y, width, bottom - y)
    whole = svg.element("g", outline + svg.join(shapes), id=f"{_part(key)}-{sign.key}")
    return _Drawn(whole, y, bottom, ports)


def _part(key: str) -> str:
    """What the ids of all drawings of one page begin with."""
    return key.split("-")[0]


def _outline(kind: Kind, x: float, y: float, width: float, height: float) -> Markup:
    if kind is Kind.SUSPENDED:
        return _polygon(x, y, width, height, 10)
    if kind in (Kind.ENDED, Kind.COMMON):
        inner = _rect(x + 3.5, y + 3.5, width - 7, height - 7, stroke_width=0.75)
        return _rect(x, y, width, height, stroke_width=2) + inner
    if kind is Kind.REVIEW:
        dots = "1.5 4"
        return _rect(
            x, y, width, height, rx=12, stroke_width=2, dasharray=dots, stroke_linecap="round"
        )
    return _rect(x, y, width, height, rx=12, stroke_width=1.5)


def _rect(
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    stroke_width: float,
    rx: float | None = None,
    dasharray: str | None = None,
    stroke_linecap: str | None = None,
) -> Markup:
    return svg.element(
        "rect", x=x, y=y, width=width, height=height, rx=rx, fill="#ffffff", stroke=svg.INK,
        stroke_width=stroke_width, stroke_dasharray=dasharray, stroke_linecap=stroke_linecap,
    )  # fmt: skip


def _polygon(x: float, y: float, width: float, height: float, cut: float) -> Markup:
    """A box with its corners cut off, in dashes."""
    right, bottom = x + width, y + height
    points = (
        (x + cut, y), (right - cut, y), (right, y + cut), (right, bottom - cut),
        (right - cut, bottom), (x + cut, bottom), (x, bottom - cut), (x, y + cut),
    )  # fmt: skip
    written = " ".join(f"{svg.number(a)},{svg.number(b)}" for a, b in points)
    return svg.element(
        "polygon", points=written, fill="#ffffff", stroke=svg.INK, stroke_width=1.5,
        stroke_dasharray="7 4",
    )  # fmt: skip


def _mark(sign: Sign, x: float, y: float, key: str | None, about: str = "") -> Markup:
    """The mark of a block around (x, y), as a link to it where `key` is given."""
    ink = svg.INK
    half = MARK - 1
    if sign.kind is Kind.COMMON:
        shape = svg.element(
            "rect", x=x - half, y=y - half, width=2 * half, height=2 * half, fill=ink
        )
    elif sign.kind is Kind.ENDED:
        shape = svg.element(
            "rect", x=x - half, y=y - half, width=2 * half, height=2 * half, fill="#ffffff",
            stroke=ink, stroke_width=1.5,
        )  # fmt: skip
    elif sign.kind is Kind.SUSPENDED:
        points = ((-half, 0), (-half / 2, -half), (half / 2, -half), (half, 0), (half / 2, half),
                  (-half / 2, half))  # fmt: skip
        written = " ".join(f"{svg.number(x + a)},{svg.number(y + b)}" for a, b in points)
        shape = svg.element(
            "polygon", points=written, fill="#ffffff", stroke=ink, stroke_width=1.5,
            stroke_dasharray="3 2",
        )  # fmt: skip
    else:
        dots = "1.5 3" if sign.kind is Kind.REVIEW else None
        shape = svg.element(
            "circle", cx=x, cy=y, r=half, fill="#ffffff", stroke=ink, stroke_width=1.5,
            stroke_dasharray=dots,
        )  # fmt: skip
    if sign.kind is Kind.BEGINNING:
        return svg.element("circle", cx=x, cy=y, r=9, fill=ink)
    letter = svg.element(
        "text", sign.mark, x=x, y=y + 4, text_anchor="middle", font_size=11,
        fill="#ffffff" if sign.kind is Kind.COMMON else ink,
    )  # fmt: skip
    words = f"{sign.mark}: {sign.label}" + (f". {about}" if about else "")
    whole = svg.element("g", svg.element("title", words) + shape + letter)
    if key is None:
        return whole
    return svg.link(whole, f"#{_part(key)}-{sign.key}", words)


def _text(content: str, x: float, y: float, bold: bool = False, quiet: bool = False) -> Markup:
    return svg.element(
        "text", content, x=x, y=y, font_weight="bold" if bold else None,
        font_size=SIZE + 1 if bold else None, fill=svg.QUIET if quiet else svg.INK,
    )  # fmt: skip


def _arrowhead(key: str) -> Markup:
    head = svg.element("path", d="M0 0 L9 4.5 L0 9 z", fill=svg.INK)
    return svg.element(
        "defs",
        svg.element(
            "marker", head, id=f"{key}-arrow", markerWidth=9, markerHeight=9, refX=8.5, refY=4.5,
            markerUnits="userSpaceOnUse", orient="auto-start-reverse",
        ),
    )  # fmt: skip


def _line(key: str, points: Sequence[tuple[float, float]], back: bool = False) -> Markup:
    """An arrow along `points`; back: steps lead both ways."""
    path = "M" + " L".join(f"{svg.number(x)} {svg.number(y)}" for x, y in points)
    return svg.element(
        "path", d=path, fill="none", stroke=svg.INK, stroke_width=1.5,
        marker_end=f"url(#{key}-arrow)", marker_start=f"url(#{key}-arrow)" if back else None,
    )  # fmt: skip
