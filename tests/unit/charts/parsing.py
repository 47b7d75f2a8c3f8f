"""What holds for every chart, checked on the parsed XML."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from courtwatch.charts.svg import clean

NAMESPACE = "{http://www.w3.org/2000/svg}"


def parsed(drawing: str) -> ElementTree.Element:
    """Parse a chart and check what every chart promises; gives the root."""
    root = ElementTree.fromstring(drawing)
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids)), "ids must be unique"
    assert set((root.get("aria-labelledby") or "").split()) <= set(ids)
    assert root.find(f"{NAMESPACE}title") is not None
    assert root.find(f"{NAMESPACE}desc") is not None
    for element in root.iter():
        for name, value in element.attrib.items():
            assert name != "style"
            assert not name.startswith("on")
            assert not re.search(r"\b(nan|inf)\b", value, re.IGNORECASE) or name in (
                "aria-label",
                "href",
            )
            if name in ("x", "width", "x1", "x2", "cx") and value.endswith("%"):
                assert 0 <= float(value[:-1]) <= 100.01
            if name in ("y", "height"):
                assert float(value) >= 0
        painted = element.get("fill", "")
        if painted.startswith("url(#"):
            assert painted[5:-1] in ids, "a pattern that is not defined paints nothing"
    return root


def drawings(chart: str) -> list[ElementTree.Element]:
    """Parse a chart of several drawings, one after the other."""
    roots = ElementTree.fromstring(f"<div>{chart}</div>")
    return [parsed(ElementTree.tostring(root, encoding="unicode")) for root in roots]


def words(root: ElementTree.Element) -> str:
    """All text of a chart, drawn and in tooltips, blanks folded."""
    return fold(" ".join(root.itertext()))


def fold(text: str) -> str:
    """Text as it is compared: XML-clean, every run of blanks one blank, as browsers show it."""
    return " ".join(clean(text).split())


def links(root: ElementTree.Element) -> list[str]:
    """Addresses of all links, in order."""
    return [element.attrib["href"] for element in root.iter(f"{NAMESPACE}a")]


def drawn_texts(root: ElementTree.Element) -> list[tuple[float, str, str]]:
    """(y, anchor or 'start', text) of every drawn line with its own coordinates."""
    return [
        (float(element.attrib["y"]), element.get("text-anchor", "start"), element.text or "")
        for element in root.iter(f"{NAMESPACE}text")
    ]
