"""Broken procedure files: each is refused with the line at fault and what is allowed."""

from __future__ import annotations

import pytest

from workflows.errors import Problem, ProcedureError
from workflows.procedure import loads

SMALL = """\
procedure: small
version: 1
jurisdiction: XX
valid_from: 2020-01-01
title: {en: Small}
offence_classes: [felony]
age_bands: [minor, adult]
actors:
  police: {label: {en: Police}, institution: police}
  court: {label: {en: Court}, institution: court}
stages:
  reported: {label: {en: Reported}, phase: proceeding, kind: live}
  dropped: {label: {en: Dropped}, phase: closed, kind: terminal, exits: [reopen]}
  judged: {label: {en: Judged}, phase: closed, kind: terminal, exits: []}
custody:
  initial: unknown
  states:
    unknown: {label: {en: Not known}}
    held: {label: {en: Held}, detained: true}
dispositions:
  dropped: {label: {en: Dropped}, counts_as: ended_without_judgment, ended_by: police}
  convicted: {label: {en: Convicted}, counts_as: judgment, ended_by: court, conviction: true}
outcomes:
  convicted: {label: {en: Convicted}, group: judgment, dispositions: [convicted]}
  dropped: {label: {en: Dropped}, group: ended_without_judgment, dispositions: [dropped]}
steps:
  report:
    label: {en: Report}
    actor: police
    article: "1"
    verified: true
    from: start
    to: reported
    milestone: registration
  drop:
    label: {en: Drop}
    actor: police
    article: "2"
    verified: true
    from: reported
    to: dropped
    disposition: dropped
  reopen:
    label: {en: Reopen}
    actor: police
    article: "3"
    verified: true
    from: dropped
    to: reported
  judge:
    label: {en: Judge}
    actor: court
    article: "4"
    verified: true
    from: reported
    to: judged
    disposition: convicted
  hold:
    label: {en: Hold}
    track: custody
    actor: police
    article: "5"
    verified: true
    from: unknown
    to: held
    optional: [hour]
time_limits:
  hold_time:
    label: {en: Custody}
    article: "5"
    length: 48
    unit: hours
    trigger: hold
    satisfied_by: [judge]
    verified: true
"""


def line_of(text: str, part: str) -> int:
    """Return the number of the only line that contains `part`."""
    found = [n for n, line in enumerate(text.splitlines(), 1) if part in line]
    assert len(found) == 1, (part, found)
    return found[0]


def problems(text: str) -> tuple[Problem, ...]:
    """Return the problems of a broken text."""
    with pytest.raises(ProcedureError) as caught:
        loads(text, "small.yaml", published=False)
    return caught.value.problems


def test_the_small_procedure_is_sound():
    """The file that the tests break has nothing wrong to begin with."""
    assert loads(SMALL, "small.yaml", published=False).name == "small"


BROKEN = {
    "unknown stage in from": (
        "    from: start\n    to: reported\n",
        "    from: [start, repotred]  # here\n    to: reported\n",
        "# here",
        "unknown stage 'repotred'",
    ),
    "unknown stage in to": (
        "    from: start\n    to: reported\n",
        "    from: start\n    to: repotred  # here\n",
        "# here",
        "unknown stage 'repotred' in 'to' of step 'report'; did you mean 'reported'? "
        "allowed are: stay, reported",
    ),
    "unreachable stage": (
        "  judged: {label: {en: Judged}",
        "  lost: {label: {en: Lost}, phase: closed, kind: terminal, exits: []}\n"
        "  judged: {label: {en: Judged}",
        "  lost:",
        "unreachable stage 'lost'",
    ),
    "unknown stage in a flow mapping": (
        "    from: reported\n    to: judged\n    disposition: convicted\n",
        "    from: reported\n    to: judged\n    disposition: convicted\n"
        "  wait: {label: {en: Wait}, actor: court, article: '6', verified: true, "
        "from: reported, to: waiting}\n",
        "  wait: {",
        "unknown stage 'waiting'",
    ),
    "terminal stage without declared exits": (
        "  judged: {label: {en: Judged}, phase: closed, kind: terminal, exits: []}",
        "  judged: {label: {en: Judged}, phase: closed, kind: terminal}",
        "  judged:",
        "terminal stage 'judged' declares no exits",
    ),
    "exit that is no step from there": (
        "kind: terminal, exits: []}",
        "kind: terminal, exits: [judge]}",
        "exits: [judge]",
        "exit 'judge' of the stage 'judged' is no step that starts there",
    ),
    "step out of an end that is not declared": (
        "kind: terminal, exits: [reopen]}",
        "kind: terminal, exits: []}",
        "    from: dropped",
        "step 'reopen' leaves the terminal stage 'dropped', which does not declare it",
    ),
    "unknown guard": (
        "    disposition: convicted\n",
        "    disposition: convicted\n    guards: [is_sunday]\n",
        "is_sunday",
        "unknown guard 'is_sunday' in 'guards' of step 'judge'; allowed are: has_charges",
    ),
    "time limit without trigger": (
        "    trigger: hold\n",
        "",
        "  hold_time:",
        "time limit 'hold_time' has no trigger: name the step that starts the clock",
    ),
    "time limit with an unknown trigger": (
        "    trigger: hold\n",
        "    trigger: hodl\n",
        "hodl",
        "time limit 'hold_time' has no trigger: there is no step 'hodl'",
    ),
    "outcome rule that does not cover a disposition": (
        "dispositions: [dropped]}",
        "dispositions: []}",
        "  dropped: {label: {en: Dropped}, counts_as",
        "the outcome rule does not cover the disposition 'dropped'",
    ),
    "disposition in two outcomes": (
        "group: judgment, dispositions: [convicted]}",
        "group: judgment, dispositions: [convicted, dropped]}",
        "  dropped: {label: {en: Dropped}, group",
        "disposition 'dropped' leads to two outcomes, 'convicted' and 'dropped'",
    ),
    "outcome of the wrong kind": (
        "group: ended_without_judgment",
        "group: outside_control",
        "group: outside_control",
        "outcome 'dropped' is of group 'outside_control', but its disposition 'dropped'",
    ),
    "two steps that can't be told apart": (
        "  reopen:\n",
        "  abandon:\n    label: {en: drop}\n    actor: police\n    article: '7'\n"
        "    verified: true\n    from: reported\n    to: dropped\n    disposition: dropped\n"
        "  reopen:\n",
        "  abandon:",
        "steps 'drop' and 'abandon' can't be told apart",
    ),
    "actor that no institution can be": (
        "institution: police}",
        "institution: navy}",
        "institution: navy",
        "which no institution can be; allowed are: police, prosecution, court",
    ),
    "unknown actor": (
        "    actor: court\n",
        "    actor: jury\n",
        "actor: jury",
        "'actor' of step 'judge' is 'jury'; allowed are: police, court",
    ),
    "name used twice": (
        "  reopen:\n",
        "  drop:  # again\n    label: {en: Again}\n  reopen:\n",
        "# again",
        "'drop' is already given in line 35",
    ),
    "field that nobody knows": (
        "    length: 48\n",
        "    lenght: 48\n    length: 48\n",
        "lenght",
        "time limit 'hold_time' has no field 'lenght'; did you mean 'length'? known are:",
    ),
    "number that is none": (
        "    length: 48\n",
        "    length: two\n",
        "length: two",
        "'length' of time limit 'hold_time' must be a whole number above 0",
    ),
    "date that is none": (
        "valid_from: 2020-01-01",
        "valid_from: 2020-02-30",
        "2020-02-30",
        "no date of the calendar",
    ),
    "unit that is none": (
        "    unit: hours\n",
        "    unit: moons\n",
        "moons",
        "'unit' of time limit 'hold_time' is 'moons'; did you mean 'months'? "
        "allowed are: hours, days, weeks",
    ),
    "end without a disposition": (
        "    to: judged\n    disposition: convicted\n",
        "    to: judged\n",
        "  judge:",
        "step 'judge' ends a charge at 'judged' but says no 'disposition'",
    ),
    "disposition that no step gives": (
        "outcomes:\n  convicted: {label: {en: Convicted}, group: judgment, dispositions: [",
        "  acquitted: {label: {en: Acquitted}, counts_as: judgment}\n"
        "outcomes:\n  convicted: {label: {en: Convicted}, group: judgment, "
        "dispositions: [acquitted, ",
        "  acquitted:",
        "no step gives the disposition 'acquitted'",
    ),
    "conviction that is no judgment": (
        "counts_as: ended_without_judgment, ended_by: police}",
        "counts_as: ended_without_judgment, ended_by: police, conviction: true}",
        "ended_by: police, conviction: true",
        "disposition 'dropped' is a conviction but does not count as a judgment",
    ),
    "built-in step declared": (
        "  reopen:\n",
        "  first_seen: {label: {en: Seen}, actor: police, article: '8', verified: true, "
        "from: start, to: reported}\n  reopen:\n",
        "  first_seen:",
        "'first_seen' is built in",
    ),
    "choice that is not asked for": (
        "    disposition: convicted\n",
        "    dispositions: [convicted, dropped]\n",
        "  judge:",
        "has a choice of dispositions; require 'disposition'",
    ),
    "unknown custody state": (
        "    from: unknown\n    to: held\n",
        "    from: unknown\n    to: jailed\n",
        "to: jailed",
        "'to' of step 'hold' is 'jailed'; allowed are: unknown, held",
    ),
    "label without words": (
        "  judged: {label: {en: Judged}",
        "  judged: {label: {km: null}",
        "  judged:",
        "needs the field 'en'",
    ),
    "broken YAML": (
        "  court: {label: {en: Court}, institution: court}\n",
        "  court: {label: {en: Court}, institution: court\n",
        "stages:",
        "broken YAML",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_refuses_a_broken_file_with_its_line(case):
    """A broken file is refused, with file, line and what is wrong."""
    old, new, where, message = BROKEN[case]
    assert SMALL.count(old) >= 1, case
    text = SMALL.replace(old, new, 1)
    found = [problem for problem in problems(text) if message in problem.message]
    assert found, [str(problem) for problem in problems(text)]
    assert found[0].file == "small.yaml"
    assert found[0].line == line_of(text, where)


def test_names_a_live_stage_that_nothing_leaves():
    """A live stage that nothing leaves is a dead end."""
    text = SMALL.replace(
        "  dropped: {label: {en: Dropped}, phase",
        "  waiting: {label: {en: Waiting}, phase: proceeding, kind: live}\n"
        "  dropped: {label: {en: Dropped}, phase",
    ).replace(
        "  reopen:\n",
        "  wait: {label: {en: Wait}, actor: court, article: '6', verified: true, "
        "from: reported, to: waiting}\n  reopen:\n",
    )
    (problem,) = problems(text)
    assert problem.message.startswith("no step leaves the stage 'waiting'")
    assert problem.line == line_of(text, "  waiting:")


def test_lists_every_problem_in_order_of_line():
    """All problems come at once, one per line, in order."""
    text = SMALL.replace("unit: hours", "unit: moons").replace("    actor: court\n", "")
    text = text.replace("institution: police}", "institution: navy}")
    found = problems(text)
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)
    assert len(found) == 3
    with pytest.raises(ProcedureError) as caught:
        loads(text, "small.yaml", published=False)
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert all(line.startswith("small.yaml:") for line in lines)


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words\n", "42\n"])
def test_refuses_what_is_no_procedure_at_all(text):
    """A file that is no mapping is refused in one sentence."""
    (problem,) = problems(text)
    assert problem.line == 1
    assert "mapping" in problem.message


def test_never_makes_objects_of_a_file():
    """A tag that asks for an object of Python is a text like any other."""
    text = SMALL.replace("title: {en: Small}", "title: {en: !!python/name:os.system x}")
    assert loads(text, "small.yaml").title.en == "x"


def test_an_age_band_is_a_name():
    """YAML 1.2: 14_15 is a name, not the number 1415."""
    text = SMALL.replace("age_bands: [minor, adult]", "age_bands: [14_15, adult]")
    assert loads(text, "small.yaml").age_bands == ("14_15", "adult")
