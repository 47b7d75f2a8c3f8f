"""The state diagram: complete, legible, and told apart without colour."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from courtwatch.charts.data import Heading
from courtwatch.charts.scale import text_width
from courtwatch.charts.state_blocks import Block, BlockRow, Kind, Sign, Way
from courtwatch.charts.state_diagram import MIDDLE, WIDTH, block_list, state_diagram
from courtwatch.views.procedure_diagram import HIGHEST, KEY, figures
from tests.unit.charts.parsing import NAMESPACE, parsed, words
from workflows.elements import START
from workflows.overview import arrange
from workflows.procedure import load, names

Box = tuple[float, float, float, float]


@pytest.fixture(params=names())
def name(request: pytest.FixtureRequest) -> str:
    """Return the name of each bundled procedure."""
    return str(request.param)


def drawings(name: str) -> list[ElementTree.Element]:
    """Return the drawings of a procedure, each checked for what holds of every chart."""
    return [parsed(str(figure.svg)) for figure in figures(load(name))]


def blocks(root: ElementTree.Element) -> Iterator[tuple[str, ElementTree.Element]]:
    """Yield each block with the name of its place."""
    for group in root.iter(f"{NAMESPACE}g"):
        if group.get("id"):
            yield group.attrib["id"].removeprefix(f"{KEY}-"), group


def extent(block: ElementTree.Element) -> Box:
    """Return the outline of a block: left, top, right, bottom."""
    outline = block[0]
    if outline.tag == f"{NAMESPACE}polygon":
        numbers = [float(n) for n in re.findall(r"[\d.]+", outline.attrib["points"])]
        return min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])
    x, y, width, height = (float(outline.attrib[k]) for k in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def test_every_stage_is_one_block_of_the_page(name):
    """Ids are unique over all drawings, so that a mark leads to the one block it means."""
    shown = [place for root in drawings(name) for place, _ in blocks(root)]
    assert sorted(shown) == sorted([START, *(stage.name for stage in load(name).stages)])


def test_every_move_stands_in_the_block_of_its_source(name):
    """The words of the step and a link to where it leads, for each of the two hundred moves."""
    plan = arrange(load(name))
    found = {place: block for root in drawings(name) for place, block in blocks(root)}
    for place, exits in plan.exits.items():
        hrefs = [a.attrib["href"] for a in found[place].iter(f"{NAMESPACE}a")]
        assert sorted(hrefs) == sorted(f"#{KEY}-{exit_.target}" for exit_ in exits)
        said = words(found[place])
        for exit_ in exits:
            assert plan.procedure.stage(exit_.target).label.en in said
            for step in exit_.steps:
                assert step.label.en in said
                assert step.article in said
                assert plan.procedure.actor(step.actor).label.en in said


def test_blocks_do_not_cover_each_other_and_hold_their_words(name):
    """Estimated widths are rather too wide than too narrow."""
    for root in drawings(name):
        places = [(place, extent(block), block) for place, block in blocks(root)]
        for (_, a, _), (_, b, _) in combinations(places, 2):
            apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
            assert apart
        height = float(root.attrib["height"])
        for place, (left, top, right, bottom), block in places:
            assert -2 <= left < right <= WIDTH + 2
            assert 0 <= top < bottom <= height
            for line in block.iter(f"{NAMESPACE}text"):
                x, y = float(line.attrib["x"]), float(line.attrib["y"])
                assert top < y < bottom, (place, line.text)
                if line.get("text-anchor") is None:
                    size = float(line.get("font-size", 13))
                    assert left <= x
                    assert x + text_width(line.text or "", size) <= right, line.text


def test_every_drawing_fits_on_a_page(name):
    """A browser cuts what is higher than the paper, through the middle of a block."""
    for root in drawings(name):
        middles = [e for _, b in blocks(root) if (e := extent(b))[2] - e[0] == MIDDLE]
        assert float(root.attrib["height"]) <= HIGHEST + 6 or len(middles) == 1


def test_arrows_run_between_blocks_and_never_through_one(name):
    """Each piece of each arrow stays in the gaps."""
    for root in drawings(name):
        extents = [extent(block) for _, block in blocks(root)]
        arrows = [p for p in root.iter(f"{NAMESPACE}path") if p.get("marker-end")]
        for arrow in arrows:
            numbers = [float(n) for n in re.findall(r"[\d.]+", arrow.attrib["d"])]
            points = list(zip(numbers[::2], numbers[1::2], strict=True))
            for (x1, y1), (x2, y2) in pairwise(points):
                for left, top, right, bottom in extents:
                    inside_x = min(x1, x2) < right - 0.5 and max(x1, x2) > left + 0.5
                    inside_y = min(y1, y2) < bottom - 0.5 and max(y1, y2) > top + 0.5
                    assert not (inside_x and inside_y)
    assert any(p.get("marker-end") for root in drawings(name) for p in root.iter())


def test_kinds_differ_by_shape():
    """Dashes, double lines, corners: nothing that is lost on a black and white printer."""
    signs = [Sign(f"s{n}", str(n), kind, "Stage") for n, kind in enumerate(Kind)]
    root = parsed(str(block_list([Block(s) for s in signs], Heading("t", "d", "x-y"), "ends")))
    looks = []
    for _, block in blocks(root):
        outline, mark = block[0], block.find(f"{NAMESPACE}g")
        double = block[1].tag == f"{NAMESPACE}rect"
        shape = mark[1].tag if mark is not None else "dot"
        looks.append((outline.tag, outline.get("stroke-dasharray"), double, shape))
    by_kind = dict(zip(Kind, looks, strict=True))
    assert len({by_kind[k] for k in (Kind.LIVE, Kind.REVIEW, Kind.SUSPENDED, Kind.ENDED)}) == 4
    assert by_kind[Kind.BEGINNING] != by_kind[Kind.LIVE]


def test_long_words_stay_whole():
    """A label longer than its block goes over several lines, and its tooltip has all of it."""
    there = Sign("b", "2", Kind.ENDED, "End")
    long = "A step with a very long name that nobody could put on one line of a small block " * 2
    row = BlockRow(
        Block(Sign("a", "1", Kind.LIVE, "Here"), (Way(long.strip(), there),)), right=(Block(there),)
    )
    root = parsed(str(state_diagram([row], Heading("t", "d", "x-y"), "ends")))
    drawn = " ".join(line.text or "" for line in root.iter(f"{NAMESPACE}text"))
    assert " ".join(long.split()) in " ".join(drawn.split())
    assert long.strip() in words(root)


def test_nothing_to_draw_is_an_error():
    """An empty picture would look like a law without steps."""
    with pytest.raises(ValueError, match="at least one"):
        state_diagram([], Heading("t", "d"), "ends")
    with pytest.raises(ValueError, match="at least one"):
        block_list([], Heading("t", "d"), "ends")
