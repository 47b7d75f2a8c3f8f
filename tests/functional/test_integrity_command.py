"""`courtwatch check`: counts first, then cases by code; the exit code says whether one is wrong."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from courtwatch.cli import run
from courtwatch.cli.exit_codes import ExitCode
from courtwatch.models.vocabulary import HearingStatus
from courtwatch.services.integrity.registry import KINDS
from tests.functional.integrity_bench import Bench, make_bench
from tests.functional.scene import hearing, make_case
from tests.functional.site import Site

AHEAD = datetime.now(UTC).date() + timedelta(days=30)
INI = """
[app:main]
use = egg:courtwatch
sqlalchemy.url = sqlite:///{here}/courtwatch.sqlite
courtwatch.data_directory = {here}
courtwatch.index_directory = {here}/index
"""


class Command:
    """The command on the database of a bench."""

    def __init__(self, bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
        self.bench = bench
        self.capsys = capsys
        self.ini = bench.database.parent / "check.ini"
        self.ini.write_text(INI.format(here=bench.database.parent), encoding="utf-8")

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """Run it; return exit code, standard output and standard error."""
        self.capsys.readouterr()
        code = run(["-c", str(self.ini), "check", *arguments])
        written = self.capsys.readouterr()
        return code, written.out, written.err


@pytest.fixture
def check(site: Site, capsys: pytest.CaptureFixture[str]) -> Command:
    """Give the command, on a record with one clean case."""
    return Command(make_bench(site, AHEAD), capsys)


class TestExitCode:
    """What scripts ask."""

    def test_nothing_wrong_is_zero_whatever_is_to_do(self, check: Command) -> None:
        """What is doubtful or to do does not fail a script."""
        made = check.bench.convicted()
        code, out, _err = check("--group", "law", "--format", "json")
        assert code == ExitCode.OK
        findings = [(row["kind"], row["case"]) for row in json.loads(out)["findings"]]
        assert findings == [("conviction_without_sentence", made.code)]

    def test_something_wrong_has_a_code_of_its_own(self, check: Command) -> None:
        """A fact that no event supports is found, and the code is the documented one."""
        check.bench.sql("update prosecution_fact set stage = 'reported'")
        code, out, _err = check()
        assert code == ExitCode.FOUND
        assert out.index("Fact that differs from its events") < out.index("differs, first in stage")


class TestChoosing:
    """What is looked for."""

    def test_one_kind_one_group_one_organisation(self, check: Command) -> None:
        """Each narrows what is looked for."""
        assert _counted(check("--kind", "orphan", "--format", "json")) == {"orphan"}
        law = {code for code, kind in KINDS.items() if kind.group == "law"}
        assert _counted(check("--group", "law", "--format", "json")) == law
        cases = {code for code, kind in KINDS.items() if kind.about_cases}
        assert _counted(check("--organisation", "lotus", "--format", "json")) == cases

    def test_an_organisation_sees_its_own_cases_only(self, check: Command) -> None:
        """The case of one organisation is in no list of the other."""
        hearing(check.bench.site, check.bench.made, date(2020, 10, 1), HearingStatus.SCHEDULED)
        assert check.bench.made.code in check("--organisation", "lotus")[1]
        assert check.bench.made.code not in check("--organisation", "river")[1]

    def test_a_number_of_a_case_that_is_not_open_is_not_told(self, check: Command) -> None:
        """That another's private case has the same number is no business of one's own."""
        other = make_case(check.bench.site, "rith", number="123/2025", matches_checked=True)
        one = ("--kind", "number_used_twice", "--format", "json")
        assert other.code in check(*one)[1]
        assert json.loads(check(*one, "--organisation", "lotus")[1])["findings"] == []

    def test_threshold(self, check: Command) -> None:
        """From how many months on something is dormant can be said."""
        one = ("--kind", "active_without_next_date", "--format", "json")
        planned = "select public_code from hearing where scheduled_on = :day"
        check.bench.void_hearing(check.bench.one(planned, day=str(AHEAD)))
        before = json.loads(check(*one, "--threshold", "next_date_days=9999")[1])
        assert before["counts"][0]["count"] == 0

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("--kind", "nonsense"), "There is no kind nonsense"),
            (("--threshold", "dormant_months=many"), "write NAME=NUMBER"),
            (("--threshold", "moods=3"), "dormant_months"),
            (("--organisation", "nobody"), "There is no organisation nobody"),
            (("--kind", "orphan", "--organisation", "lotus"), "No kind is left"),
        ],
    )
    def test_what_is_not_there_is_refused(
        self, check: Command, arguments: tuple[str, ...], words: str
    ) -> None:
        """With words that say what is allowed."""
        code, out, err = check(*arguments)
        assert (code, out) == (ExitCode.BAD_INPUT, "")
        assert words in err


class TestFormats:
    """The same in text, CSV and JSON."""

    def test_limit_cuts_lists_and_no_count(self, check: Command) -> None:
        """Counts are of all findings, lists of the first."""
        for day in (1, 2, 3):
            hearing(
                check.bench.site, check.bench.made, date(2020, 10, day), HearingStatus.SCHEDULED
            )
        one = ("--kind", "hearing_without_outcome", "--limit", "2")
        whole = json.loads(check(*one, "--format", "json")[1])
        assert whole["counts"][0]["count"] == 3
        assert [row["since"] for row in whole["findings"]] == ["2020-10-01", "2020-10-02"]
        _code, out, err = check(*one, "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(out)))
        assert [row["case"] for row in rows] == [check.bench.made.code] * 2
        assert "hearing_without_outcome (to_do): 3" in err

    def test_no_name_is_printed(self, check: Command) -> None:
        """Names of accused stay in the record, also where two are alike."""
        check.bench.sql("update prosecution_fact set stage = 'reported', charges = 0")
        hearing(check.bench.site, check.bench.made, date(2020, 10, 1), HearingStatus.SCHEDULED)
        for output in ("text", "csv", "json"):
            _code, out, err = check("--format", output)
            assert "Sok" not in out + err
            assert "123/2025" not in out + err

    def test_list_needs_no_database(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Every kind is named, and every threshold with its default."""
        assert run(["-c", str(tmp_path / "no.ini"), "check", "--list"]) == ExitCode.OK
        written = capsys.readouterr()
        assert all(code in written.out for code in KINDS)
        assert "--threshold dormant_months=6" in written.err


def _counted(result: tuple[int, str, str]) -> set[str]:
    return {row["kind"] for row in json.loads(result[1])["counts"]}
