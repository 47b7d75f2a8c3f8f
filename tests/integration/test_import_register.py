"""A register in four tables: loaded through its mapping, all of it accounted for."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DatabaseError

from courtwatch.cli.exit_codes import ExitCode, code_for
from courtwatch.exchange import batches
from courtwatch.exchange.errors import ImportFailed, MissingColumns, UnreadableFile
from courtwatch.exchange.import_result import ImportResult
from courtwatch.exchange.mapping_reader import load
from courtwatch.exchange.reporting import write_reports
from courtwatch.models.engine import make_engine
from courtwatch.services.work import SYSTEM
from tests.integration.cook_rows import INITIATION, Register, small_register, write_csv
from tests.integration.import_site import (
    NOW,
    contents,
    count,
    facts,
    fresh_database,
    run_import,
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a database with reference data once; each test gets a copy."""
    directory = tmp_path_factory.mktemp("template")
    fresh_database(directory).dispose()
    return directory / "courtwatch.sqlite"


@pytest.fixture
def engine(template: Path, tmp_path: Path) -> Iterator[Engine]:
    """Give a fresh database."""
    made = make_engine(f"sqlite:///{shutil.copy(template, tmp_path / 'courtwatch.sqlite')}")
    yield made
    made.dispose()


class Loaded(NamedTuple):
    """The small register after its import, to be read only."""

    engine: Engine
    result: ImportResult


@pytest.fixture(scope="module")
def loaded(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """Import the small register once for all tests that only look at what became of it."""
    directory = tmp_path_factory.mktemp("loaded")
    engine = make_engine(f"sqlite:///{shutil.copy(template, directory / 'courtwatch.sqlite')}")
    register = small_register().write(directory / "register")
    yield Loaded(engine, run_import(engine, "cook-county", register))
    engine.dispose()


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """Give the directory of the small register."""
    return small_register().write(tmp_path / "register")


class TestWhatIsLoaded:
    def test_every_participant_is_one_prosecution_with_its_outcome(
        self, loaded: Loaded
    ) -> None:
        """And what goes on elsewhere, diversion and absconding are no failure to prosecute."""
        engine, result = loaded
        assert result.quality.balanced
        assert facts(engine, "stage", "outcome", "event_code", "charges", "unresolved") == [
            ("sentenced", "convicted", 1, 2, 0),
            ("nolle_prosequi", "nolle_prosequi", 2, 1, 0),
            ("review_rejected", "review_rejected", 2, 0, 0),
            ("diverted", "diverted", 3, 1, 0),
            ("continued_elsewhere", "goes_on_elsewhere", 3, 1, 0),
            ("warrant_before_trial", None, 0, 1, 0),
            ("no_probable_cause", "no_probable_cause", 2, 1, 0),
            ("charged", None, 0, 1, 0),
        ]

    def test_days_are_those_of_the_court_not_of_the_shifted_clock(
        self, loaded: Loaded
    ) -> None:
        """02:30 on the 5th by intake's clock was 22:30 on the 4th."""
        engine = loaded.engine
        arrested, registered, ended = facts(engine, "arrested_on", "registered_on", "ended_on")[0]
        assert (arrested, registered, ended) == ("2019-01-04", "2019-01-05", "2019-06-03")

    def test_co_accused_share_a_case_and_keep_their_own_charges(
        self, loaded: Loaded
    ) -> None:
        """A charge number of the register may stand for two people."""
        engine = loaded.engine
        assert count(engine, "case") == 7
        assert count(engine, "prosecution") == 8
        assert count(engine, "charge", "kind = 'alleged'") == 8
        assert count(engine, "charge", "kind = 'filed'") == 8
        assert count(engine, "sentence", "length_days = 730") + count(
            engine, "sentence", "length_days = 731"
        ) == 1  # two years of 365.25 days

    def test_a_plea_to_another_offence_is_recorded_beside_the_charge_filed(
        self, loaded: Loaded
    ) -> None:
        """Requalification is not an end."""
        engine, result = loaded
        assert count(engine, "event_target", "to_offence_id is not null") == 1
        assert result.quality.count_of("charge_version_changed") == 1

    def test_the_court_is_known_only_from_dispositions(
        self, loaded: Loaded
    ) -> None:
        """Before, it is unknown; branches that hold preliminary hearings only are marked."""
        engine = loaded.engine
        unknown = [at for at, (court,) in enumerate(facts(engine, "court_id")) if court is None]
        assert unknown == [2, 7]  # never charged; not disposed
        assert count(engine, "institution", "preliminary_only = 1") == 1
        assert count(engine, "institution", "name_en like '%26th Street%'") == 1

    def test_names_of_judges_and_race_are_nowhere(self, loaded: Loaded) -> None:
        """They are left out on purpose, and the report says so."""
        engine, result = loaded
        with engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            dump = "\n".join(driver.iterdump())
        assert "Somebody" not in dump
        assert any("judge" in note for note in result.quality.notes)

    def test_open_prosecutions_are_verified_on_the_day_of_the_extract(
        self, loaded: Loaded
    ) -> None:
        """Censored there, not today."""
        engine = loaded.engine
        open_ones = facts(engine, "event_code", "last_verified_on")
        assert {day for code, day in open_ones if code == 0} == {"2019-12-02"}

    def test_cases_are_owed_to_the_index(self, loaded: Loaded) -> None:
        """The worker will find a job for each."""
        engine = loaded.engine
        assert count(engine, "job", "kind = 'index_case'") == 7


class TestWhatIsFound:
    def test_a_day_after_the_extract_has_not_happened(
        self, loaded: Loaded
    ) -> None:
        """A hearing in 2109 is no hearing; the charge stands."""
        result = loaded.result
        found = [f for f in result.quality.findings if f.kind == "day_after_cut_off"]
        assert [(f.table, f.column, f.value) for f in found] == [
            ("initiation", "event_date", "2109-05-08")
        ]

    def test_counts_shifts_blanks_and_impossible_ages(
        self, loaded: Loaded
    ) -> None:
        """Each with what was done."""
        quality = loaded.result.quality
        assert quality.count_of("clock_shift") == 8 + 8 + 7 + 7
        assert quality.count_of("impossible_number") == 1
        assert quality.count_of("reason_not_stated") == 2
        assert "intake.arrested agree in 7 rows" in " ".join(quality.notes)

    def test_a_contradicting_day_is_set_aside_and_the_step_kept(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        """Disposed three years before the arrest: the outcome counts, its day is unknown."""
        register = Register()
        register.accused("c1", "p1")
        register.charge("c1", "p1", "k1")
        register.end("c1", "p1", "k1", "Plea Of Guilty", disposition_date="8/14/2016 12:00:00 AM")
        result = run_import(engine, "cook-county", register.write(tmp_path / "register"))
        assert facts(engine, "outcome", "ended_on") == [("convicted", None)]
        assert result.quality.count_of("days_out_of_order") == 1

    def test_rows_without_their_parent_are_rejected_with_the_reason(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        """And all that hangs on them."""
        register = small_register()
        register.charge("c9", "p9", "k9")
        register.end("c9", "p9", "k9", "Plea Of Guilty")
        result = run_import(engine, "cook-county", register.write(tmp_path / "register"))
        assert [(r.table, "intake" in r.reason) for r in result.quality.rejects] == [
            ("initiation", True), ("dispositions", True),
        ]  # fmt: skip
        assert result.quality.balanced

    def test_an_unknown_word_rejects_its_row_and_names_it(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        """Nothing is guessed."""
        register = small_register()
        register.tables["dispositions"][0]["charge_disposition"] = "Vanished"
        result = run_import(engine, "cook-county", register.write(tmp_path / "register"))
        assert any("Vanished" in r.reason for r in result.quality.rejects)
        assert result.quality.count_of("unknown_value") == 1

    def test_a_row_that_comes_twice_is_merged_and_a_key_with_other_content_rejected(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        """Both are listed."""
        register = small_register()
        register.tables["intake"].append(dict(register.tables["intake"][0]))
        register.accused("c1", "p1", gender="Female")
        quality = run_import(engine, "cook-county", register.write(tmp_path / "r")).quality
        assert quality.count_of("duplicate_row") == quality.count_of("duplicate_key") == 1
        assert quality.balanced
        assert count(engine, "prosecution") == 8

    def test_reports_hold_every_anomaly_and_every_reject_with_its_cells(
        self, engine: Engine, tmp_path: Path
    ) -> None:
        """A rejected row can be mended from the file alone."""
        register = small_register()
        register.accused("c8", "p9", participant_status="Sent to Mars")
        result = run_import(engine, "cook-county", register.write(tmp_path / "register"))
        report, anomalies, rejects = write_reports(
            result, load("cook-county"), tmp_path / "reports"
        )
        with rejects.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert [row["table"] for row in rows] == ["intake"]
        assert "Sent to Mars" in rows[0]["reason"]
        assert "case_participant_id=p9" in rows[0]["cells"]
        assert "9 read = 8 loaded + 0 unchanged + 0 merged + 1 rejected" in report.read_text()
        with anomalies.open(encoding="utf-8", newline="") as stream:
            assert len(list(csv.DictReader(stream))) == len(result.quality.findings)


class TestAgain:
    def test_a_second_run_changes_nothing_and_says_so(
        self, engine: Engine, register: Path
    ) -> None:
        """Not one row of any table."""
        run_import(engine, "cook-county", register)
        before = contents(engine)
        result = run_import(engine, "cook-county", register)
        assert result.batch_id is None
        assert not result.changed
        assert contents(engine) == before
        assert "8 read = 0 loaded + 8 unchanged" in result.quality.text()

    def test_a_dry_run_changes_nothing_and_says_what_it_would(
        self, engine: Engine, register: Path
    ) -> None:
        """The same counts as the run itself."""
        before = contents(engine)
        dry = run_import(engine, "cook-county", register, dry_run=True)
        assert contents(engine) == before
        wet = run_import(engine, "cook-county", register)
        for kind in ("cases", "prosecutions", "charges, filed", "events"):
            assert dry.quality.records[kind] == wet.quality.records[kind] > 0

    def test_only_what_is_new_is_added(self, engine: Engine, tmp_path: Path) -> None:
        """The next extract: one end more, one accused more."""
        register = small_register()
        run_import(engine, "cook-county", register.write(tmp_path / "register"))
        register.end("c7", "p8", "k8", "Plea Of Guilty", disposition_date="11/20/2019 12:00:00 AM")
        register.accused("c1", "p10")
        result = run_import(engine, "cook-county", register.write(tmp_path / "register"))
        assert result.quality.records["prosecutions"] == 1
        assert count(engine, "case") == 7
        assert count(engine, "prosecution") == 9
        assert count(engine, "prosecution_fact", "rev_to is null") == 9
        assert result.quality.balanced

    def test_a_changed_row_is_not_taken_silently(self, engine: Engine, tmp_path: Path) -> None:
        """It is rejected with what to do."""
        register = small_register()
        run_import(engine, "cook-county", register.write(tmp_path / "register"))
        register.tables["intake"][2]["gender"] = "Female"
        result = run_import(engine, "cook-county", register.write(tmp_path / "register"))
        assert result.quality.count_of("changed_row") == 1
        assert "undo that batch" in result.quality.rejects[0].reason
        assert result.quality.balanced


class TestUndo:
    def test_voids_all_and_a_new_run_loads_again(self, engine: Engine, register: Path) -> None:
        """Nothing counts any more; nothing was deleted."""
        batch = run_import(engine, "cook-county", register).batch_id
        assert batch is not None
        done = batches.undo(engine, batch, SYSTEM)
        assert (done.voided, done.kept) == (7, ())
        assert facts(engine, "stage") == []
        assert count(engine, "event", "status != 'voided'") == 0
        assert count(engine, "case") == 7
        again = run_import(engine, "cook-county", register)
        assert again.changed
        assert len(facts(engine, "stage")) == 8
        with engine.connect() as connection:
            states = [row.status.value for row in batches.list_batches(connection)]
        assert states == ["published", "undone"]

    def test_leaves_cases_with_later_work_and_lists_them(
        self, engine: Engine, register: Path
    ) -> None:
        """A person's note must not hang in the air."""
        batch = run_import(engine, "cook-county", register).batch_id
        assert batch is not None
        with engine.begin() as connection:
            connection.execute(
                text("insert into revision (at, kind) values ('2026-11-24', 'note')")
            )
            connection.execute(
                text(
                    "insert into note (case_id, organisation_id, tier, text, redacted, rev_from) "
                    "select 1, 1, 'organisation', 'seen', 0, max(id) from revision"
                )
            )
            query = text('select public_code from "case" where id = 1')
            code = connection.execute(query).scalar()
        done = batches.undo(engine, batch, SYSTEM)
        assert done.voided == 6
        assert done.kept == (code,)
        assert len(facts(engine, "stage")) == 2  # p1 and p2 of that case

    def test_refuses_a_batch_that_is_not_there_or_undone(
        self, engine: Engine, register: Path
    ) -> None:
        """With words."""
        batch = run_import(engine, "cook-county", register).batch_id
        assert batch is not None
        batches.undo(engine, batch, SYSTEM)
        with pytest.raises(ImportFailed, match="undone already"):
            batches.undo(engine, batch, SYSTEM)
        with pytest.raises(ImportFailed, match="There is no batch 99"):
            batches.undo(engine, 99, SYSTEM)


class TestBadInput:
    def test_a_missing_column_is_named_and_nothing_is_written(
        self, engine: Engine, register: Path
    ) -> None:
        """Refused before the first row."""
        headings = [heading for heading in INITIATION if heading != "event_date"]
        write_csv(register / "initiation.csv", headings, [])
        before = contents(engine)
        with pytest.raises(MissingColumns, match=r"initiation.*'event_date'"):
            run_import(engine, "cook-county", register)
        assert contents(engine) == before

    def test_a_missing_table_is_named(self, engine: Engine, register: Path) -> None:
        """With what the directory has."""
        (register / "sentencing.csv").unlink()
        with pytest.raises(UnreadableFile, match=r"no file for the table 'sentencing'.*intake.csv"):
            run_import(engine, "cook-county", register)

    def test_a_broken_quote_far_down_leaves_nothing_behind(
        self, engine: Engine, register: Path
    ) -> None:
        """The file is read whole before anything is written."""
        with (register / "sentencing.csv").open("a", encoding="utf-8") as stream:
            stream.write('c1,"p1\n')
        before = contents(engine)
        with pytest.raises(UnreadableFile, match=r"sentencing.csv, line 3: .*never closed"):
            run_import(engine, "cook-county", register)
        assert contents(engine) == before

    @pytest.mark.parametrize("share", [0.1, 0.9])
    def test_a_full_disk_leaves_nothing_half_done(
        self, engine: Engine, template: Path, tmp_path: Path, share: float
    ) -> None:
        """While loading or while publishing: the batch reads failed, no case is there."""
        register = Register()
        for number in range(200):
            register.accused(f"c{number}", f"p{number}")
            register.charge(f"c{number}", f"p{number}", f"k{number}")
        source = register.write(tmp_path / "register")
        before = _pages(engine)
        trial = make_engine(f"sqlite:///{shutil.copy(template, tmp_path / 'trial.sqlite')}")
        run_import(trial, "cook-county", source)
        limited = _limited(engine, before + int((_pages(trial) - before) * share))
        trial.dispose()
        with pytest.raises(DatabaseError) as caught:
            run_import(limited, "cook-county", source)
        limited.dispose()
        assert code_for(caught.value) is ExitCode.DISK_FULL
        for table in ("case", "prosecution", "event", "external_key", "prosecution_fact", "job"):
            assert count(engine, table) == 0, table
        assert count(engine, "import_batch", "status = 'failed'") == 1
        assert run_import(engine, "cook-county", source).changed

    def test_an_import_that_was_killed_is_taken_out_by_hand(
        self, engine: Engine, register: Path
    ) -> None:
        """A batch that reads `loading` may be running: a person decides."""
        with engine.begin() as connection:
            connection.execute(
                text(
                    "insert into organisation (code, kind, name_en, invented) "
                    "values ('cook-county-sao', 'operator', 'x', 0)"
                )
            )
            connection.execute(
                text(
                    "insert into import_batch (jurisdiction_id, organisation_id, mapping, "
                    "mapping_sha256, source, source_sha256, status, started_at) select 2, max(id), "
                    "'cook_county', '', '', '', 'loading', :now from organisation"
                ),
                {"now": NOW.replace(tzinfo=None)},
            )
        with pytest.raises(ImportFailed, match="courtwatch batch undo 1"):
            run_import(engine, "cook-county", register)
        batches.undo(engine, 1, SYSTEM)
        assert run_import(engine, "cook-county", register).changed


def _pages(engine: Engine) -> int:
    """Return the size of a database in pages."""
    with engine.connect() as connection:
        return int(connection.execute(text("pragma page_count")).scalar() or 0)


def _limited(engine: Engine, pages: int) -> Engine:
    """Return another engine on the same file that may not grow beyond `pages`."""
    limited = make_engine(str(engine.url))
    event.listen(
        limited, "connect", lambda dbapi, record: dbapi.execute(f"pragma max_page_count = {pages}")
    )
    return limited
