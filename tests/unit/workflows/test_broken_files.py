"""Broken procedure files: each fault is told with its line and with words that help.

A comment `# fault: ...` at a line of the test data says what must be told of that line, ` | `
stands between several faults of one line, and nothing else may be told of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from workflows.builder import Builder
from workflows.checks import SOUND, USABLE
from workflows.errors import Problem, ProcedureError
from workflows.machine import machine_for
from workflows.procedure import load, loads
from workflows.reader import read

DATA = Path(__file__).parents[2] / "data" / "procedures"
BROKEN = sorted((DATA / "broken").glob("*.yaml"))
PUBLISHED = sorted((DATA / "published").glob("*.yaml"))
MARK = "# fault: "


def expected(path: Path) -> list[tuple[int, str]]:
    """Return the lines at fault and what must be said there."""
    found = []
    for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), 1):
        _, mark, said = line.partition(MARK)
        if mark:
            found += [(number, part.strip()) for part in said.split(" | ")]
    return found


def problems(path: Path) -> tuple[Problem, ...]:
    """Return what is wrong with a file."""
    with pytest.raises(ProcedureError) as caught:
        load(path)
    return caught.value.problems


def differences(found: tuple[Problem, ...], wanted: list[tuple[int, str]]) -> Iterator[str]:
    """Yield each fault that was not told, and each that was told without being expected."""
    left = list(found)
    for line, words in wanted:
        said = next((p for p in left if p.line == line and words in p.message), None)
        if said is None:
            yield f"missing: {line}: {words}"
        else:
            left.remove(said)
    yield from (f"unexpected: {problem}" for problem in left)


@pytest.mark.parametrize("path", BROKEN, ids=[path.stem for path in BROKEN])
def test_every_fault_is_told_with_its_line_and_no_other(path):
    """Lines, words and number of the faults are exactly those that the file marks."""
    wanted = expected(path)
    assert wanted
    found = problems(path)
    assert list(differences(found, wanted)) == []
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)
    assert {problem.file for problem in found} == {str(path)}


def test_the_file_that_was_broken_is_sound():
    """The broken files are this one with a few words changed."""
    assert load(DATA / "sound" / "riverland.yaml").name == "riverland"


def test_the_broken_files_break_every_rule():
    """A rule that no broken file breaks might never say anything."""
    told = [words for path in BROKEN for _, words in expected(path)]
    assert len(BROKEN) >= 12
    assert len(told) >= len(SOUND)
    spoken: set[str] = set()
    for path in BROKEN:
        try:
            builder = Builder(read(path.read_text(encoding="utf-8"), "x"))
        except (ProcedureError, UnicodeDecodeError):
            continue  # no YAML at all
        procedure = builder.build()
        spoken.update(rule.__name__ for rule in SOUND if any(rule(procedure, builder)))
    assert {rule.__name__ for rule in SOUND} - spoken == {"something_begins"}


def test_a_procedure_that_never_begins_is_refused():
    """Every stage is then unreachable too; the first thing to say is why."""
    text = (DATA / "sound" / "riverland.yaml").read_text(encoding="utf-8")
    text = text.replace("from: start, to: reported", "from: trial, to: reported")
    with pytest.raises(ProcedureError) as caught:
        loads(text, "x.yaml", published=False)
    line = text.splitlines().index("steps:") + 1
    assert any(
        p.line == line and p.message.startswith("no step begins a prosecution")
        for p in caught.value.problems
    )


@pytest.mark.parametrize("path", PUBLISHED, ids=[path.stem for path in PUBLISHED])
def test_a_published_version_stays_readable(path):
    """Rules that came later never take a procedure away from the cases that keep it."""
    text = path.read_text(encoding="utf-8")
    procedure = loads(text, path.name)
    assert f"{procedure.name}_{procedure.version}" == path.stem
    assert machine_for(procedure).table
    assert set(USABLE) < set(SOUND)


def test_a_short_text_cannot_become_endless():
    """Names for parts that hold each other many times over are refused, not followed."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for number in range(1, 9):
        inner = ", ".join([f"*a{number - 1}"] * 10)
        lines.append(f"a{number}: &a{number} [{inner}]")
    with pytest.raises(ProcedureError, match="more than 100000 values"):
        loads("\n".join(lines), "bomb.yaml")
