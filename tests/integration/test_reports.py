"""`courtwatch report` on a database with real commits: three formats, past moments, refusals."""

from __future__ import annotations

import csv
import io
import json

import pytest
from sqlalchemy import update

from courtwatch.cli import run
from courtwatch.models import Jurisdiction, ProsecutionFact
from courtwatch.models.engine import make_session_factory
from courtwatch.reports.registry import REPORTS
from courtwatch.services.work import take_revision
from tests.databases import seeded
from tests.reports_asked import COURT
from tests.unit.reports.scene import NOW, Scene, small_record


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    """A settings file and a database with the small record; read only."""
    directory = tmp_path_factory.mktemp("installation")
    config = directory / "courtwatch.ini"
    config.write_text(
        "[app:main]\nuse = egg:courtwatch\n"
        f"sqlalchemy.url = sqlite:///{directory}/courtwatch.sqlite\n"
        f"courtwatch.data_directory = {directory}\n",
        encoding="utf-8",
    )
    engine = seeded(directory / "courtwatch.sqlite")
    with make_session_factory(engine)() as session:
        small_record(Scene(session))
        session.execute(update(Jurisdiction).where(Jurisdiction.code == "KH").values(invented=True))
        fact = session.query(ProsecutionFact).filter_by(outcome="dismissed_by_court").one()
        fact.rev_to = take_revision(session.connection(), "later", NOW)
        session.commit()
    engine.dispose()
    return str(config)


@pytest.fixture
def report(installation, capsys):
    """Run `courtwatch report` and return (exit code, stdout, stderr)."""

    def call(*arguments):
        code = run(["-c", installation, "report", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


class TestReportCommand:
    def test_lists_the_reports(self, report):
        """Names and what each counts, for people and programs."""
        code, text, _ = report("--list")
        assert code == 0
        assert all(name in text for name in REPORTS)
        names = [row["report"] for row in json.loads(report("--list", "--format", "json")[1])]
        assert names == list(REPORTS)

    @pytest.mark.parametrize("name", list(REPORTS))
    def test_prints_the_same_numbers_in_three_formats(self, report, name):
        """Every count of the JSON stands in the CSV; the text says what it rests on."""
        needed = [f"--filter={each}={COURT}" for each in REPORTS[name].needs]
        data = json.loads(report(name, *needed, "--format", "json")[1])
        lines = list(csv.DictReader(io.StringIO(report(name, *needed, "--format", "csv")[1])))
        found = {(r["table"], r["row"], r["column"]): r["value"] for r in lines}
        compared = 0
        for table in data["tables"]:
            for row in table["rows"]:
                for key, figure in row["figures"].items():
                    if figure.get("value") is not None:
                        assert float(found[table["key"], row["key"], key]) == figure["value"]
                        compared += 1
        assert compared
        code, text, _ = report(name, *needed)
        assert code == 0
        assert "Invented data" in text
        for words in ("Counting unit:", "Scope:", "Coverage:", "As known at:", "Definition:"):
            assert words in text
        assert data["about"]["rule"] in " ".join(text.split())
        assert {line["data"] for line in lines} == {"Invented data"}
        assert data["invented"] is True

    def test_prints_the_record_as_it_was(self, report):
        """Five ends now, six at the first revision, which is still the same tomorrow."""
        now = json.loads(report("ends", "--format", "json")[1])
        past = json.loads(report("ends", "--format", "json", "--as-known-at", "1")[1])
        assert now["headlines"][0]["value"] == 5
        assert past["headlines"][0]["value"] == 6
        assert past["revision"] == 1

    def test_filters_scopes_and_speaks_khmer(self, report):
        """Filters as in addresses, one organisation's own record, names in Khmer."""
        held = json.loads(report("ends", "--filter", "ended_by=prosecutor", "--format", "json")[1])
        assert held["n"] == 4
        own = json.loads(report("ends", "--organisation", "river", "--format", "json")[1])
        assert (own["scope"], own["n"]) == ("own", 3)
        assert "ព្រះរាជអាជ្ញា" in report("ends", "--language", "km")[1]
        months = json.loads(report("attrition", "--option", "by=month", "--format", "json")[1])
        assert months["tables"][1]["rows"][0]["key"] == "2023-02"

    @pytest.mark.parametrize(
        ("arguments", "code", "words"),
        [
            ((), 2, "Which report?"),
            (("rankings",), 3, "There are: overview, ends"),
            (("ends", "--jurisdiction", "ZZ"), 3, "Recorded are: KH"),
            (("ends", "--filter", "colour=red"), 3, "write NAME=VALUE"),
            (("ends", "--filter", "cohort=soon"), 3, "Write 2024 or 2024-05"),
            (("ends", "--as-known-at", "yesterday"), 3, "is no moment"),
            (("ends", "--as-known-at", "1999-01-01"), 3, "Nothing was recorded yet"),
            (("ends", "--scope", "own"), 3, "--organisation CODE"),
            (("attrition", "--unit", "charge"), 3, "counts no charges"),
            (("ends", "--format", "xml"), 2, "xml"),
        ],
    )
    def test_refuses_with_words_and_a_documented_code(self, report, arguments, code, words):
        """What is wrong, what is allowed; nothing on stdout that could be taken for figures."""
        found, out, err = report(*arguments)
        assert found == code
        assert words in err
        assert out == ""
