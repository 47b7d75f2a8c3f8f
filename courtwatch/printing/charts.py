"""A chart for print: its shapes as SVG, its words as text of the page laid over them.

WeasyPrint sets the text of an SVG letter by letter, which tears Khmer syllables apart. Text of the
page goes through Pango as a whole. So each `text` is taken out of the drawing and placed where it
was, in a drawing of one fixed width.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from xml.etree import ElementTree as ET

from markupsafe import Markup

WIDTH = 660.0
"""px; a page of A4 with its margins has 672."""
SCALE = 0.7
"""Of the whole drawing on paper, where letters of 10 px are read easily."""
BESIDE_WIDTH = {1: WIDTH, 2: 470.0, 3: 310.0}
"""px of each of the drawings of a long chart, by how many stand side by side at SCALE."""
SIDE_WIDTH = 333.0
SIDE_SCALE = 0.66
"""The same of a drawing that stands beside its table, in a third of the page's width."""
LINE = 1.5
"""Height of a line in units of its letters' size."""
_BASELINE = 1.096
"""Where DejaVu Sans has its baseline in such a line: half of what is left, plus its ascent."""
_SVG = "{http://www.w3.org/2000/svg}"
_SHIFT = {"middle": "-50%", "end": "-100%"}


@dataclass(frozen=True)
class _Frame:
    """Where a drawing lies in px, and what its text inherits."""

    x: float = 0.0
    y: float = 0.0
    width: float = WIDTH
    height: float = 0.0
    size: float = 14.0
    bold: bool = False
    anchor: str = "start"


def printable(chart: Markup, sheet: bool = False) -> tuple[Markup, ...]:
    """Return the drawings of a chart as HTML whose words are text of the page.

    On a ``sheet`` they stand beside their table; else up to three stand side by side.
    """
    ET.register_namespace("", "http://www.w3.org/2000/svg")
    roots = list(ET.fromstring(f"<div>{chart}</div>"))  # noqa: S314
    if sheet:
        return tuple(_laid_over(root, SIDE_WIDTH, SIDE_SCALE) for root in roots)
    width = BESIDE_WIDTH[min(len(roots), max(BESIDE_WIDTH))]
    return tuple(_laid_over(root, width, SCALE) for root in roots)


def _laid_over(root: ET.Element, width: float, scale: float) -> Markup:
    """Return one drawing with its words laid over it."""
    height = float(root.get("height", "0"))
    root.set("width", f"{width:g}")
    words = Markup("")
    frame = _Frame(width=width, height=height)
    for text in _take_out(root, _inherit(root, frame)):
        words += text
    drawing = Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - escaped by the parser
    whole = Markup('<div class="chart" style="width: {}px; height: {}px">{}{}</div>').format(
        f"{width:g}", f"{height:g}", drawing, words
    )
    return Markup('<div class="place" style="height: {}px">{}</div>').format(
        f"{height * scale:g}", whole
    )


def _take_out(parent: ET.Element, frame: _Frame) -> list[Markup]:
    found = []
    for child in list(parent):
        if child.tag == f"{_SVG}text":
            parent.remove(child)
            found.append(_placed(child, _inherit(child, frame)))
        else:
            inner = _inherit(child, frame)
            if child.tag == f"{_SVG}svg":
                inner = _nested(child, inner)
            found += _take_out(child, inner)
    return found


def _inherit(element: ET.Element, frame: _Frame) -> _Frame:
    return replace(
        frame,
        size=float(element.get("font-size", frame.size)),
        bold=element.get("font-weight", "bold" if frame.bold else "") == "bold",
        anchor=element.get("text-anchor", frame.anchor),
    )


def _nested(element: ET.Element, frame: _Frame) -> _Frame:
    return replace(
        frame,
        x=frame.x + _length(element.get("x", "0"), frame.width),
        y=frame.y + _length(element.get("y", "0"), frame.height),
        width=_length(element.get("width", "100%"), frame.width),
        height=_length(element.get("height", "100%"), frame.height),
    )


def _length(value: str, whole: float) -> float:
    return whole * float(value[:-1]) / 100 if value.endswith("%") else float(value)


def _placed(text: ET.Element, frame: _Frame) -> Markup:
    x = frame.x + _length(text.get("x", "0"), frame.width) + float(text.get("dx", "0"))
    y = frame.y + _length(text.get("y", "0"), frame.height) - _BASELINE * frame.size
    # What stands below a text is its tooltip: paper has none, and says it in the table.
    return Markup(
        '<span style="left: {}px; top: {}px; font-size: {}px; font-weight: {}; color: {}; '
        'transform: translateX({})">{}</span>'
    ).format(
        f"{x:.2f}",
        f"{y:.2f}",
        f"{frame.size:g}",
        "bold" if frame.bold else "normal",
        text.get("fill", "#14202b"),
        _SHIFT.get(frame.anchor, "0%"),
        text.text or "",
    )
