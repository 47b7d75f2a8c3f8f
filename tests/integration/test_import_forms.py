"""An NGO's workbook with Khmer headings, and form exports with repeat groups."""

import shutil
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import Engine, text

from courtwatch.exchange.errors import ImportFailed, UnreadableFile
from courtwatch.exchange.organisation_export import ExportRefused, export_organisation
from courtwatch.models.engine import make_engine
from tests.integration.import_site import DATA, count, facts, fresh_database, run_import


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a database with reference data once; each test gets a copy."""
    directory = tmp_path_factory.mktemp("template")
    fresh_database(directory).dispose()
    return directory / "courtwatch.sqlite"


@pytest.fixture
def engine(template: Path, tmp_path: Path):
    """Give a fresh database with the organisation LAC."""
    made = make_engine(f"sqlite:///{shutil.copy(template, tmp_path / 'courtwatch.sqlite')}")
    yield made
    made.dispose()


def rows(engine: Engine, query: str) -> list[tuple]:
    """Return the rows of a query."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


class TestWorkbook:
    def test_reads_khmer_headings_words_digits_and_dates(self, engine: Engine) -> None:
        """Dates as cells, as text day first, in Khmer words, or only the month."""
        run_import(engine, "ngo_workbook", DATA / "ngo_workbook.xlsx", "LAC")
        found = facts(engine, "outcome", "ended_on", "arrested_on", "sex", "age_band", "unresolved")
        assert found == [
            ("convicted", "2023-09-14", "2023-02-03", "male", "25-34", 0),
            ("non_suit", "2023-06-20", "2023-02-03", "female", "25-34", 0),
            ("held", "2024-03-20", "2024-01-15", "male", "35-49", 0),
            (None, None, "2024-05-01", "male", "unknown", 0),
            ("convicted_in_default", "2024-11-04", None, "female", "50+", 0),
        ]
        assert count(engine, "event", "precision = 'month'") == 1

    def test_keeps_reasons_stated_and_assessed_apart(self, engine: Engine) -> None:
        """What the order says is not what the monitor concludes."""
        run_import(engine, "ngo_workbook", DATA / "ngo_workbook.xlsx", "LAC")
        stated = "select r.code from reason_stated s join reason r on r.id = s.reason_id order by 1"
        assessed = stated.replace("reason_stated", "reason_assessed")
        assert rows(engine, stated) == [("EV1",), ("VW1",)]
        assert rows(engine, assessed) == [("ST1",)]

    def test_finds_courts_by_khmer_name_english_name_or_alias(self, engine: Engine) -> None:
        """Two spellings of one court are one court."""
        run_import(engine, "ngo_workbook", DATA / "ngo_workbook.xlsx", "LAC")
        query = (
            "select i.code, count(*) from \"case\" c join institution i on i.id = c.court_id "
            "group by i.code order by 1"
        )
        assert rows(engine, query) == [("KH-12-CFI", 2), ("KH-17-CFI", 2)]

    def test_keeps_names_numbers_hearings_and_notes(self, engine: Engine) -> None:
        """The number as given; notes stay with the organisation."""
        run_import(engine, "ngo_workbook", DATA / "ngo_workbook.xlsx", "LAC")
        assert ("លេខ ៤៥/២០២៤", "45-2024") in rows(
            engine, "select as_given, normalised from case_number"
        )
        assert ("Khmr", "សុខ ដារ៉ា") in rows(engine, "select script, text from person_name")
        assert rows(engine, "select status, next_on from hearing order by scheduled_on") == [
            ("adjourned", "2023-09-14"), ("held", None),
        ]  # fmt: skip
        assert rows(engine, "select distinct tier from note") == [("organisation",)]
        assert rows(engine, "select distinct share_level from \"case\"") == [("private",)]
        assert count(engine, "sentence", "kind = 'prison'") == 2

    def test_a_second_run_changes_nothing(self, engine: Engine) -> None:
        """Also for a workbook."""
        run_import(engine, "ngo_workbook", DATA / "ngo_workbook.xlsx", "LAC")
        assert not run_import(engine, "ngo_workbook", DATA / "ngo_workbook.xlsx", "LAC").changed

    def test_a_row_added_later_is_added(self, engine: Engine, tmp_path: Path) -> None:
        """The workbook grows; what was loaded stays."""
        run_import(engine, "ngo_workbook", DATA / "ngo_workbook.xlsx", "LAC")
        book = load_workbook(DATA / "ngo_workbook.xlsx")
        book["សំណុំរឿង"].append([2, "88/2024", None, "ថ្មី", None, "ស្រី"])
        book.save(tmp_path / "later.xlsx")
        result = run_import(engine, "ngo_workbook", tmp_path / "later.xlsx", "LAC")
        assert result.quality.records["prosecutions"] == 1
        assert count(engine, "case") == 4
        assert len(facts(engine, "stage")) == 6

    def test_asks_whose_data_it_is(self, engine: Engine) -> None:
        """And names the organisations that there are."""
        with pytest.raises(ImportFailed, match="LAC"):
            run_import(engine, "ngo_workbook", DATA / "ngo_workbook.xlsx")

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"not a workbook", "not a workbook"),
            (bytes.fromhex("D0CF11E0A1B11AE1") + b"x" * 600, "password"),
            (b"PK\x03\x04 broken", "not a workbook"),
        ],
    )
    def test_says_what_is_wrong_with_a_file(
        self, engine: Engine, tmp_path: Path, content: bytes, words: str
    ) -> None:
        """Old format, password, damage."""
        (tmp_path / "x.xlsx").write_bytes(content)
        with pytest.raises(UnreadableFile, match=words):
            run_import(engine, "ngo_workbook", tmp_path / "x.xlsx", "LAC")

    def test_names_the_sheets_and_headings_that_it_looked_for(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        """A workbook of somebody else."""
        book = Workbook()
        assert book.active is not None
        book.active.title = "Sheet1"
        book.save(tmp_path / "x.xlsx")
        with pytest.raises(UnreadableFile, match=r"no sheet 'សំណុំរឿង'.*Sheet1"):
            run_import(engine, "ngo_workbook", tmp_path / "x.xlsx", "LAC")
        book.active.title = "Cases"
        book.active.append(["a", "b"])
        book.save(tmp_path / "x.xlsx")
        with pytest.raises(UnreadableFile, match="no heading row"):
            run_import(engine, "ngo_workbook", tmp_path / "x.xlsx", "LAC")


class TestRepeatGroups:
    def test_links_groups_by_submission_and_parent(self, engine: Engine) -> None:
        """Charges belong to the accused above them, accused and victims to the case."""
        result = run_import(engine, "kobo", DATA / "kobo", "LAC")
        assert facts(engine, "outcome", "charges", "age_band", "unresolved") == [
            ("convicted", 2, "35-49", 0),
            (None, 1, "16-17", 0),
            ("held", 0, "35-49", 0),
            (None, 0, "unknown", 0),
        ]
        assert count(engine, "victim") == 2
        assert count(engine, "hearing") == 2
        assert result.quality.balanced

    def test_rejects_what_hangs_on_nothing_and_unknown_articles(self, engine: Engine) -> None:
        """With the reason."""
        result = run_import(engine, "kobo", DATA / "kobo", "LAC")
        found = {(r.table, r.line): r.reason for r in result.quality.rejects}
        assert set(found) == {("accused", 6), ("charges", 6)}
        assert "art99" in found["charges", 6]

    def test_keeps_no_name_of_the_monitor(self, engine: Engine, tmp_path: Path) -> None:
        """Columns that say who filled in the form are left on purpose."""
        shutil.copytree(DATA / "kobo", tmp_path / "kobo")
        path = tmp_path / "kobo" / "case_monitoring.csv"
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        ends = ["username", *["monitor7"] * (len(lines) - 1)]
        lines = [f'{line};"{end}"' for line, end in zip(lines, ends, strict=True)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        run_import(engine, "kobo", tmp_path / "kobo", "LAC")
        with engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            assert "monitor7" not in "\n".join(driver.iterdump())

    def test_takes_the_same_groups_from_a_workbook(self, engine: Engine, tmp_path: Path) -> None:
        """KoBo exports a sheet per group."""
        import csv

        book = Workbook()
        assert book.active is not None
        book.remove(book.active)
        for path in sorted((DATA / "kobo").glob("*.csv")):
            sheet = book.create_sheet(path.stem)
            with path.open(encoding="utf-8-sig", newline="") as stream:
                for row in csv.reader(stream, delimiter=";"):
                    sheet.append(row)
        book.save(tmp_path / "kobo.xlsx")
        run_import(engine, "kobo", tmp_path / "kobo.xlsx", "LAC")
        assert [outcome for (outcome,) in facts(engine, "outcome")] == [
            "convicted", None, "held", None,
        ]  # fmt: skip


class TestOwnDataOut:
    def test_writes_all_that_the_organisation_entered_and_nothing_else(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        """Another organisation's import of the same workbook stays out."""
        with engine.begin() as connection:
            connection.execute(
                text("insert into organisation (code, kind, name_en, invented) values ('B', 'ngo', 'B', 1)")  # noqa: E501
            )
        run_import(engine, "ngo_workbook", DATA / "ngo_workbook.xlsx", "LAC")
        run_import(engine, "kobo", DATA / "kobo", "B")
        with engine.connect() as connection:
            counts = export_organisation(connection, "LAC", tmp_path / "out")
        assert {k: counts[k] for k in ("cases", "accused", "names", "notes", "hearings")} == {
            "cases": 4, "accused": 5, "names": 9, "notes": 3, "hearings": 2,
        }  # fmt: skip
        assert counts["events"] == count(
            engine, "event", "organisation_id = (select id from organisation where code = 'LAC')"
        )
        everything = "".join(p.read_text("utf-8") for p in (tmp_path / "out").iterdir())
        assert "ផល វណ្ណា" not in everything
        assert "សុខ ដារ៉ា" in everything
        readme = (tmp_path / "out" / "README.txt").read_text("utf-8")
        assert all(f"{name}.csv" in readme for name in counts)

    def test_refuses_a_directory_that_is_there_and_an_unknown_organisation(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        """Nothing is overwritten."""
        (tmp_path / "out").mkdir()
        with engine.connect() as connection:
            with pytest.raises(ExportRefused, match="is there already"):
                export_organisation(connection, "LAC", tmp_path / "out")
            with pytest.raises(ExportRefused, match="'XYZ'.*LAC"):
                export_organisation(connection, "XYZ", tmp_path / "new")
        assert list((tmp_path / "out").iterdir()) == []
