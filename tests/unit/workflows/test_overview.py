"""The arrangement for a picture hides nothing and shows nothing twice."""

from __future__ import annotations

from collections import Counter

import pytest

from workflows.elements import START, CountsAs
from workflows.overview import MANY, Overview, arrange
from workflows.procedure import load, names


@pytest.fixture(params=names())
def plan(request: pytest.FixtureRequest) -> Overview:
    """Return each bundled procedure, arranged."""
    return arrange(load(request.param))


def test_every_stage_has_one_place(plan):
    """In a row, beside one, or among the common ends."""
    rows = [row for part in plan.parts for row in part.rows]
    shown = Counter(
        name
        for row in rows
        for name in (row.place, *(s.name for s in row.suspended), *(s.name for s in row.ends))
    )
    shown.update(stage.name for stage in plan.common)
    assert shown == Counter([START, *(stage.name for stage in plan.procedure.stages)])
    assert rows[0].place == START


def test_every_move_is_an_exit_of_its_source(plan):
    """What the law declares, no less and no more; what stays where it is moves nothing."""
    declared = {
        (source, target, step.name)
        for step in plan.procedure.steps
        if step.track == "main"
        for source, target in step.moves
        if source != target
    }
    shown = [
        (place, exit_.target, step.name)
        for place, exits in plan.exits.items()
        for exit_ in exits
        for step in exit_.steps
    ]
    assert sorted(shown) == sorted(declared)
    for place in plan.exits:
        assert {*plan.own_exits(place), *plan.common_exits(place)} == set(plan.exits[place])


def test_marks_tell_stages_apart(plan):
    """Numbers in declared order; letters for common ends."""
    assert len(set(plan.marks.values())) == len(plan.procedure.stages)
    numbered = [plan.marks[s.name] for s in plan.procedure.stages if s not in plan.common]
    assert numbered == [str(number) for number in range(1, len(numbered) + 1)]
    assert all(plan.marks[stage.name].isalpha() for stage in plan.common)


def test_only_ends_that_many_stages_share_are_marked_by_a_letter(plan):
    """A judgment never is: it is what the reader looks for."""
    judgments = {
        target
        for step in plan.procedure.steps
        for _, target in step.moves
        if any(
            plan.procedure.disposition(name).counts_as is CountsAs.JUDGMENT
            for name in step.possible_dispositions
        )
    }
    for stage in plan.procedure.stages:
        ways = [name for name in plan.ways_in(stage.name) if name != START]
        common = stage.terminal and stage.name not in judgments and len(ways) >= MANY
        assert (stage in plan.common) is common


def test_phases_stand_in_the_order_of_the_file():
    """Cambodia: before charging, charged, before the court, and what follows a judgment."""
    plan = arrange(load("cambodia"))
    assert [part.phase for part in plan.parts] == ["proceeding", "charged", "accused", None]
    after = [row.place for row in plan.parts[-1].rows]
    assert after == ["dismissal_appealed", "opposition", "appeal", "cassation", "review"]
    trial = next(row for part in plan.parts for row in part.rows if row.place == "trial")
    assert [stage.name for stage in trial.ends] == [
        "acquitted",
        "convicted",
        "convicted_in_default",
    ]
    assert [stage.name for stage in trial.suspended] == ["absconded_at_trial"]
