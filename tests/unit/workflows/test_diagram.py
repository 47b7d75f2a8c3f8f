"""The Mermaid diagram: every stage once, every move, shapes for what waits and what has ended."""

from __future__ import annotations

import re

import pytest

from workflows.diagram import mermaid
from workflows.elements import START, Track
from workflows.overview import arrange
from workflows.procedure import load, loads, names

NODE = re.compile(r'^ +s_(\w+)(\(\(|\(|\[\[|\{\{)"([^"]*)"(\)\)|\)|\]\]|\}\})$', re.M)
ARROW = re.compile(r'^ +s_(\w+) -->\|"([^"]*)"\| s_(\w+)$', re.M)


@pytest.mark.parametrize("name", names())
def test_draws_every_stage_once_in_the_shape_of_its_kind(name):
    """Round, hexagon, double; nothing else is a node."""
    law = load(name)
    nodes = {found[1]: found for found in NODE.finditer(mermaid(law))}
    assert set(nodes) == {START, *(stage.name for stage in law.stages)}
    for stage in law.stages:
        shape = "[[" if stage.terminal else "{{" if stage.suspended else "("
        assert nodes[stage.name][2] == shape
        assert stage.label.en in nodes[stage.name][3]
    assert len(NODE.findall(mermaid(law))) == len(nodes)


@pytest.mark.parametrize("name", names())
def test_tells_every_move_by_an_arrow_or_a_letter(name):
    """An end that many stages share has its letter in each of them, and no arrow."""
    law = load(name)
    plan = arrange(law)
    text = mermaid(law)
    arrows = {(a[1], a[3]): a[2].split(" / ") for a in ARROW.finditer(text)}
    nodes = {found[1]: found[3] for found in NODE.finditer(text)}
    common = {stage.name for stage in plan.common}
    for step in law.steps:
        if step.track is Track.CUSTODY:
            continue
        for source, target in step.moves:
            if source == target:
                assert (source, target) not in arrows
            elif target in common and source != START:
                assert (source, target) not in arrows
                letters = nodes[source].partition("as ")[2].rstrip(")").split(", ")
                assert plan.marks[target] in letters
            else:
                assert step.label.en in arrows[source, target]


@pytest.mark.parametrize("name", names())
def test_groups_follow_the_phases_and_close(name):
    """As many ends as beginnings; each group has a title."""
    text = mermaid(load(name))
    titles = re.findall(r'^  subgraph (\w+)\["([^"]+)"\]$', text, re.M)
    assert text.count("\n  end\n") == len(titles)
    assert len(titles) == len(arrange(load(name)).parts) + 1
    assert titles[0][1] == "Proceeding"


@pytest.mark.parametrize("name", names())
def test_draws_custody_with_every_move(name):
    """Locked up is a double box."""
    law = load(name)
    text = mermaid(law, track=Track.CUSTODY)
    nodes = {found[1]: found for found in NODE.finditer(text)}
    assert set(nodes) == {START, *(state.name for state in law.custody)}
    for state in law.custody:
        assert (nodes[state.name][2] == "[[") is state.detained
    moves = {
        (source, target)
        for step in law.steps
        if step.track is Track.CUSTODY
        for source, target in step.moves
        if source != target
    }
    assert {(found[1], found[3]) for found in ARROW.finditer(text)} == moves


def test_speaks_khmer():
    """Labels, titles and the words for common ends."""
    text = mermaid(load("cambodia"), "km")
    assert str(load("cambodia").stage("trial").label.km) in text
    assert "may also" not in text
    assert "Proceeding" not in text


def test_signs_of_the_language_stay_words():
    """A quote, a bracket or a number sign in a label breaks no line."""
    source = load("civil_law").text.replace(
        "{label: {en: On trial}", "{label: {en: 'Trial \"A\" <b> #1 | x; end'}"
    )
    text = mermaid(loads(source, "x.yaml"))
    node = next(found for found in NODE.finditer(text) if found[1] == "trial")
    assert "Trial #quot;A#quot; #lt;b#gt; #35;1 | x; end" in node[3]
