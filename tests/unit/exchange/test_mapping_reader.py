"""A mapping file is checked as a whole; every fault is told with file and line."""

from pathlib import Path

import pytest

from courtwatch.exchange import mapping_reader
from courtwatch.exchange.errors import MappingError
from workflows import procedure

GOOD = """\
mapping: small
version: 1
title: A small register
jurisdiction: KH
procedure: cambodia
source: told
tables:
  people:
    file: people.csv
    noun: one accused
    key: id
    prosecution: id
    case: case
    columns:
      id: {heading: id, required: true}
      case: {heading: case}
      sex: {heading: sex, type: word, words: sex}
      arrested: {heading: arrested, type: day}
vocabularies:
  sex: {words: {M: male, F: female}}
records:
  case: {table: people, number: case}
  prosecution: {table: people, sex: sex}
  events:
    - name: arrest
      table: people
      day: arrested
      rules:
        - step: arrest
"""


def problems(text: str) -> list[str]:
    """Return the faults as strings without the file's name."""
    with pytest.raises(MappingError) as caught:
        mapping_reader.loads(text, "small.yaml")
    assert all(str(p).startswith("small.yaml:") for p in caught.value.problems)
    return [str(p).removeprefix("small.yaml:") for p in caught.value.problems]


def test_reads_a_small_mapping() -> None:
    """One name may stand for a list of one."""
    mapping = mapping_reader.loads(GOOD, "small.yaml")
    assert mapping.tables["people"].key == ["id"]
    assert mapping.records.events[0].day == ["arrested"]


@pytest.mark.parametrize("name", mapping_reader.names())
def test_bundled_mappings_fit_their_procedures(name: str) -> None:
    """Every step and disposition that a mapping names exists."""
    file = mapping_reader.load(name)
    mapping_reader.check_procedure(file, procedure.load(file.mapping.procedure))
    assert file.mapping.mapping == name


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("words: sex}", "words: gender}", 17, "unknown vocabulary 'gender'; there is: sex"),
        ("number: case}", "number: nr}", 22, "unknown column of table 'people' 'nr'"),
        ("people\n      day", "persons\n      day", 26, "table 'persons'; there is: people"),
        ("version: 1", "version: one", 2, "version"),
        ("    noun: one accused\n", "", 8, "noun: this key is missing"),
        ("source: told", "source: rumour", 6, "source"),
        ("      day: arrested", "      days: arrested", 27, "this key is not known here"),
        ("- step: arrest", "- disposition: x", 29, "needs either 'step' or 'skip'"),
        ("    prosecution: id\n    case: case\n", "", 8, "needs 'prosecution' or 'case'"),
        ("type: day}", "type: day, formats: [roman]}", 18, "formats"),
    ],
)  # fmt: skip
def test_tells_line_and_fault(old: str, new: str, line: int, words: str) -> None:
    """One change to a good mapping, one fault at its line."""
    assert old in GOOD
    found = problems(GOOD.replace(old, new))
    assert any(problem.startswith(f"{line}: ") and words in problem for problem in found), found


def test_tells_all_faults_at_once() -> None:
    """Nobody should have to run it once for each."""
    text = GOOD.replace("number: case", "number: a").replace("sex: sex}", "sex: b}")
    assert len(problems(text)) == 2


@pytest.mark.parametrize("text", ["- a\n- b\n", "a: [1\n", "just words"])
def test_refuses_what_is_no_mapping(text: str) -> None:
    """Also what is no YAML at all."""
    assert len(problems(text)) == 1


def test_names_a_step_that_the_procedure_lacks(tmp_path: Path) -> None:
    """With the line, and the steps that there are."""
    path = tmp_path / "small.yaml"
    path.write_text(GOOD.replace("- step: arrest", "- step: arrrest"), encoding="utf-8")
    file = mapping_reader.load(str(path))
    with pytest.raises(MappingError, match=r"small.yaml:29: unknown step .*'arrrest'.*arrest"):
        mapping_reader.check_procedure(file, procedure.load("cambodia"))


def test_names_the_mappings_that_there_are() -> None:
    """Where the name is unknown."""
    with pytest.raises(MappingError, match="cook_county"):
        mapping_reader.load("cook-countie")
