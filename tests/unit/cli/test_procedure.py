"""`courtwatch procedure`: bundled files are listed and drawn, a faulty one is refused by line."""

import csv
import io
import json
from pathlib import Path

import pytest

from courtwatch.cli.exit_codes import ExitCode
from tests.unit.cli.conftest import CommandLine
from workflows.errors import ProcedureError
from workflows.procedure import BUNDLED, load, names

BROKEN_FILES = sorted((Path(__file__).parents[2] / "data/procedures/broken").glob("*.yaml"))


def test_lists_every_bundled_procedure_without_a_database(
    courtwatch: CommandLine, ini: Path
) -> None:
    """A lawyer can look at the law files before anything is installed."""
    result = courtwatch("procedure", "list", "--format", "json")
    assert result.code == ExitCode.OK
    listed = json.loads(result.out)
    assert tuple(row["procedure"] for row in listed) == names()
    assert listed[0]["steps"] == len(load(names()[0]).steps)
    assert not (ini.parent / "var").exists()


def test_shows_every_word_that_a_mapping_may_use(courtwatch: CommandLine) -> None:
    """Stages, steps and dispositions, in the order of the file."""
    result = courtwatch("procedure", "show", "cambodia", "--format", "csv")
    assert result.code == ExitCode.OK
    rows = list(csv.DictReader(io.StringIO(result.out)))
    procedure = load("cambodia")
    for kind, items in (
        ("stage", procedure.stages),
        ("step", procedure.steps),
        ("disposition", procedure.dispositions),
    ):
        shown = [row["name"] for row in rows if row["kind"] == kind]
        assert shown == [item.name for item in items]


def test_shows_khmer_labels(courtwatch: CommandLine) -> None:
    """The label that a monitor reads on the page."""
    procedure = load("cambodia")
    result = courtwatch("procedure", "show", "cambodia", "--lang", "km")
    assert procedure.stages[0].label.get("km") in result.out


@pytest.mark.parametrize("name", names())
def test_a_good_file_passes_and_tells_its_checksum(courtwatch: CommandLine, name: str) -> None:
    """The checksum is what a case remembers of its procedure."""
    result = courtwatch("procedure", "check", str(BUNDLED / f"{name}.yaml"), "--format", "json")
    assert result.code == ExitCode.OK
    assert json.loads(result.out)["sha256"] == load(name).sha256


def test_a_fault_is_named_with_file_and_line(courtwatch: CommandLine, tmp_path: Path) -> None:
    """An editor can jump to it; nothing goes to standard output."""
    text = (BUNDLED / "cambodia.yaml").read_text(encoding="utf-8")
    first_step = load("cambodia").steps[0]
    place = text.index(f"to: {first_step.target}", text.index("\nsteps:"))
    broken = text[:place] + "to: nowhere_at_all" + text[place + len(f"to: {first_step.target}") :]
    line = broken[:place].count("\n") + 1
    path = tmp_path / "broken.yaml"
    path.write_text(broken, encoding="utf-8")
    result = courtwatch("procedure", "check", str(path))
    assert result.code == ExitCode.BAD_INPUT
    assert result.out == ""
    assert f"{path}:{line}: " in result.err
    assert "nowhere_at_all" in result.err


@pytest.mark.parametrize("path", BROKEN_FILES, ids=[path.stem for path in BROKEN_FILES])
def test_a_broken_file_is_rejected_whole(courtwatch: CommandLine, path: Path) -> None:
    """Exit code 3; every fault on a line of its own that begins with file and line."""
    result = courtwatch("procedure", "check", str(path))
    assert (result.code, result.out) == (ExitCode.BAD_INPUT, "")
    head, *faults = result.err.splitlines()
    with pytest.raises(ProcedureError) as caught:
        load(path)
    assert faults == [str(problem) for problem in caught.value.problems]
    count = len(faults)
    assert head.endswith(f"{path}: {count} fault{'s' * (count > 1)}")
    assert all(fault.startswith(f"{path}:") for fault in faults)
    assert all(fault.removeprefix(f"{path}:").split(":")[0].isdigit() for fault in faults)


@pytest.mark.parametrize("command", ["check", "diagram", "show"])
def test_a_file_that_is_not_there_is_named(
    courtwatch: CommandLine, tmp_path: Path, command: str
) -> None:
    """Not a traceback, but the path."""
    path = tmp_path / "missing.yaml"
    result = courtwatch("procedure", command, str(path))
    assert result.code == ExitCode.BAD_INPUT
    assert str(path) in result.err


def test_draws_the_charges_and_the_custody(courtwatch: CommandLine) -> None:
    """Every stage is in the one diagram, every state of custody in the other."""
    procedure = load("cambodia")
    main = courtwatch("procedure", "diagram", "cambodia")
    custody = courtwatch("procedure", "diagram", "cambodia", "--track", "custody")
    assert main.code == custody.code == ExitCode.OK
    assert main.out.startswith("flowchart TB\n")
    assert all(f" s_{stage.name}" in main.out for stage in procedure.stages)
    assert all(f" s_{state.name}" in custody.out for state in procedure.custody)
