"""The guide to adding a country is right: followed to the letter, it gives a working procedure."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.unit.cli.conftest import CommandLine
from workflows import procedure as procedures
from workflows.guards import GUARDS
from workflows.procedure import BUNDLED, MILESTONES, MODES, REQUIREMENTS, load, names

GUIDE = Path(__file__).parents[3] / "docs" / "procedures.md"
CHAPTER = GUIDE.read_text(encoding="utf-8").partition("## Adding a country\n")[2]


def blocks(part: str, kind: str) -> list[str]:
    """Return the fenced blocks of a kind ('' for plain ones) in a part of the guide."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", part, re.M | re.S)
    return [text for language, text in found if language == kind]


def steps() -> dict[str, str]:
    """Return the numbered parts of the chapter by their headings."""
    _, *parts = re.split(r"^### ", CHAPTER, flags=re.M)
    return {part.partition("\n")[0]: part for part in parts}


def edited(text: str, diff: str) -> str:
    """Return the file after one block of the guide: `-` lines out, `+` lines in their place."""
    lines = diff.splitlines()
    old = [line[1:] for line in lines if line[0] in "- "]
    new = [line[1:] for line in lines if line[0] in "+ "]
    before = "\n" + "\n".join(old) + "\n"
    assert text.count(before) == 1, f"the file has no such place: {old}"
    return text.replace(before, "\n" + "\n".join(new) + "\n")


def test_the_guide_leads_to_a_procedure_that_works(
    courtwatch: CommandLine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Copy, edit, check, mend, check again, draw, replay, publish: each block as it stands."""
    parts = list(steps().values())
    assert len(parts) == 7
    copy, law, check, limits, picture, replay, _publish = parts
    monkeypatch.chdir(tmp_path)
    path = Path("lakeland.yaml")
    assert blocks(copy, "") == ["cp workflows/procedures/civil_law.yaml lakeland.yaml\n"]
    text = (BUNDLED / "civil_law.yaml").read_text(encoding="utf-8")
    for diff in (*blocks(copy, "diff"), *blocks(law, "diff")):
        text = edited(text, diff)
    path.write_text(text, encoding="utf-8")

    command, told = blocks(check, "")
    refused = courtwatch(*command.split()[1:])
    assert refused.code == 3
    assert refused.err.splitlines()[1:] == told.splitlines()

    for diff in (*blocks(check, "diff"), *blocks(limits, "diff")):
        text = edited(text, diff)
    path.write_text(text, encoding="utf-8")
    sound = courtwatch(*command.split()[1:])
    assert (sound.code, sound.err) == (0, "")

    drawn = courtwatch(*blocks(picture, "")[0].split()[1:])
    assert drawn.code == 0
    assert "Objection to the penal order" in drawn.out

    (program,) = blocks(replay, "python")
    exec(compile(program, str(GUIDE), "exec"), {})
    assert capsys.readouterr().out == blocks(replay, "")[0]

    bundled = tmp_path / "procedures"
    shutil.copytree(BUNDLED, bundled)
    shutil.copy(path, bundled / "lakeland.yaml")
    monkeypatch.setattr(procedures, "BUNDLED", bundled)
    assert "lakeland" in names()
    lakeland = load("lakeland")
    assert (lakeland.jurisdiction, lakeland.version) == ("LL", 1)
    assert lakeland.time_limit("police_custody").length == 24
    assert sum(step.verified for step in lakeland.steps) == 2


def test_the_guide_names_every_guard_and_every_field_of_a_step():
    """A word that a file may use and the guide does not know would never be used."""
    guide = GUIDE.read_text(encoding="utf-8")
    for word in (*GUARDS, *REQUIREMENTS, *MODES, *MILESTONES):
        assert f"`{word}`" in guide, word
