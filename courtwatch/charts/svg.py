"""Writing SVG: escaped, without ``style``, without NaN, links to our own pages only.

Charts have no ``viewBox``: horizontal places are percentages and text keeps its size, so one
drawing is legible on a page of 320 px and on paper. Widths of text are estimated for the narrow
case (see courtwatch.charts.scale).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from courtwatch.charts.data import Fill, Heading

INK = "#14202b"
QUIET = "#47535f"
MAIN = "#16527a"
PALE = "#c9dae8"
FONT = 14
LINE = 19

# XML 1.0 knows no other characters (https://www.w3.org/TR/xml/#charsets).
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")


def clean(text: str) -> str:
    """Text without characters that XML forbids."""
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)


def number(value: float) -> str:
    """A coordinate with at most two decimals. Raises ValueError for NaN and infinities."""
    if not math.isfinite(value):
        raise ValueError(f"a chart cannot place {value}")
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"


def percent(share: float) -> str:
    """A horizontal place or width: 0..1 -> '0%'..'100%'; values outside are refused."""
    if not -1e-9 <= share <= 1 + 1e-9:
        raise ValueError(f"place {share} is outside the chart (0 to 1)")
    return number(100 * min(1.0, max(0.0, share))) + "%"


def element(name: str, content: Markup | str = "", **attributes: str | float | None) -> Markup:
    """One SVG element. ``_`` in attribute names becomes ``-`` (``text_anchor``, ``class_``).

    Plain strings are escaped, Markup is trusted. Attributes that are None are left out. Raises
    ValueError for a ``style`` attribute: the content security policy would drop it silently.
    """
    # A page of two hundred courts has thousands of these: text is put together once.
    parts = ["<", name]
    for key, value in attributes.items():
        if value is None:
            continue
        attribute = key.rstrip("_").replace("_", "-")
        if attribute == "style":
            raise ValueError("SVG carries no style attribute; use a class or an attribute")
        shown = str(escape(clean(value))) if isinstance(value, str) else number(value)
        parts += (" ", attribute, '="', shown, '"')
    inside = content if isinstance(content, Markup) else escape(clean(content))
    parts += (">", str(inside), "</", name, ">")
    return Markup("".join(parts))  # noqa: S704  every part is escaped or was Markup


def join(parts: Iterable[Markup]) -> Markup:
    """Elements one after the other."""
    return Markup("\n").join(parts)


def text(
    content: str,
    y: float,
    x: str = "0%",
    *,
    anchor: str | None = None,
    class_: str | None = None,
    bold: bool = False,
    dx: float | None = None,
    full: str | None = None,
) -> Markup:
    """A line of text with its baseline at ``y``. ``full`` is shown on hover where it is cut."""
    inside = escape(clean(content))
    if full is not None and full != content:
        inside += element("title", full)
    return element(
        "text",
        inside,
        x=x,
        y=y,
        dx=dx,
        text_anchor=anchor,
        class_=class_,
        font_weight="bold" if bold else None,
        fill=QUIET if class_ == "cw-chart__quiet" else INK,
    )


def link(content: Markup, href: str | None, label: str | None = None) -> Markup:
    """``content`` as a link to the cases behind it, or as it is without ``href``.

    Raises ValueError for an address that leaves this server or runs a script.
    """
    if href is None:
        return content
    if not re.match(r"(/(?![/\\])|[?#])", href):
        raise ValueError(f"a chart links to our own pages only, not to {href!r}")
    return element("a", content, href=href, aria_label=label)


def titled(name: str, title: str, **attributes: str | float | None) -> Markup:
    """A shape with a tooltip."""
    return element(name, element("title", title) if title else Markup(""), **attributes)


def pattern_id(key: str, fill: Fill) -> str:
    """Id of a fill's pattern within the chart ``key``."""
    return f"{key}-{fill.value}"


def paint(key: str, fill: Fill) -> str:
    """Value of the ``fill`` attribute."""
    match fill:
        case Fill.SOLID:
            return MAIN
        case Fill.LIGHT:
            return PALE
        case Fill.EMPTY:
            return "#ffffff"
        case _:
            return f"url(#{pattern_id(key, fill)})"


def _pattern(key: str, fill: Fill, lines: tuple[tuple[int, int, int, int], ...]) -> Markup:
    drawn = join(
        element("line", x1=a, y1=b, x2=c, y2=d, stroke=MAIN, stroke_width=1.5)
        for a, b, c, d in lines
    )
    if fill is Fill.DOTTED:
        drawn = element("circle", cx=3, cy=3, r=1.5, fill=MAIN)
    size = 6 if fill is Fill.DOTTED else 8
    ground = element("rect", width=size, height=size, fill="#ffffff")
    return element(
        "pattern",
        ground + drawn,
        id=pattern_id(key, fill),
        width=size,
        height=size,
        patternUnits="userSpaceOnUse",
    )


def patterns(key: str, fills: Iterable[Fill]) -> Markup:
    """Definitions of those of ``fills`` that are hatched or dotted."""
    rising = ((0, 8, 8, 0), (-2, 2, 2, -2), (6, 10, 10, 6))
    falling = ((0, 0, 8, 8), (-2, 6, 2, 10), (6, -2, 10, 2))
    shapes: dict[Fill, tuple[tuple[int, int, int, int], ...]] = {
        Fill.HATCHED: rising,
        Fill.CROSSED: rising + falling,
        Fill.LINES: ((0, 4, 8, 4),),
        Fill.STEEP: ((4, 0, 4, 8),),
        Fill.DOTTED: (),
    }
    wanted = [fill for fill in dict.fromkeys(fills) if fill in shapes]
    if not wanted:
        return Markup("")
    return element("defs", join(_pattern(key, fill, shapes[fill]) for fill in wanted))


def chart(
    heading: Heading, height: float, parts: Iterable[Markup], fills: Iterable[Fill] = ()
) -> Markup:
    """The whole drawing with title and description.

    Its role is ``group`` rather than ``img``: an image would hide the links inside from a screen
    reader. Raises ValueError for a key that cannot begin an id.
    """
    if not _KEY.match(heading.key):
        raise ValueError(f"chart key {heading.key!r}: letters, digits, - and _ only")
    title_id, description_id = f"{heading.key}-title", f"{heading.key}-description"
    inside = join(
        (
            element("title", heading.title, id=title_id),
            element("desc", heading.description, id=description_id),
            patterns(heading.key, fills),
            *parts,
        )
    )
    return element(
        "svg",
        inside,
        xmlns="http://www.w3.org/2000/svg",
        class_="cw-chart",
        role="group",
        aria_labelledby=f"{title_id} {description_id}",
        lang=heading.lang,
        width="100%",
        height=height,
        font_size=FONT,
        overflow="visible",
    )
