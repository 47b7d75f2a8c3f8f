"""The whole Cook County register of 2019: prosecutions that no one here wrote."""

import os
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Engine, text

from courtwatch.exchange.import_result import ImportResult
from courtwatch.models.engine import make_session_factory
from courtwatch.reports.model import Figure, Report, Unit
from courtwatch.reports.queries import Reader
from courtwatch.reports.registry import Ask, make
from courtwatch.reports.words import plain
from courtwatch.services import facts as fact_service
from courtwatch.services.fact_filters import FactFilters
from tests.integration.import_site import contents, count, fresh_database, run_import

SHARED = Path(os.environ.get("COURTWATCH_SHARED", Path(__file__).parents[3] / "shared"))
REGISTER = SHARED / "data" / "cook_county_2019"

pytestmark = pytest.mark.skipif(
    not REGISTER.is_dir(),
    reason=f"the Cook County register is not at {REGISTER}; set COURTWATCH_SHARED",
)


class Loaded(NamedTuple):
    """The register in a database."""

    engine: Engine
    result: ImportResult
    memory: float


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """Import the register once; it takes a minute."""
    engine = fresh_database(tmp_path_factory.mktemp("cook"))
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew, from here
    result = run_import(engine, "cook-county", REGISTER)
    return Loaded(engine, result, resident("VmHWM") - before)


def resident(line: str) -> float:
    """Memory of this process in MiB: VmRSS now, VmHWM at its peak."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{line}:")[1].split()[0]) / 1024


def scalar(engine: Engine, query: str) -> int:
    """Return the one value of a query."""
    with engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())


def test_every_row_of_every_table_is_accounted_for(loaded: Loaded) -> None:
    """133,782 rows, none lost; the register breaks no link."""
    tables = loaded.result.quality.tables
    assert {name: table.read for name, table in tables.items()} == {
        "intake": 36_190, "initiation": 73_029, "dispositions": 20_234, "sentencing": 4_329,
    }  # fmt: skip
    assert loaded.result.quality.balanced
    assert loaded.result.quality.rejects == []
    assert count(loaded.engine, "external_key", "kind <> 'case'") == 133_782


def test_every_participant_is_one_prosecution(loaded: Loaded) -> None:
    """36,190, of which 28,886 were initiated; the others keep their alleged charge."""
    engine = loaded.engine
    assert count(engine, "prosecution") == 36_190
    assert count(engine, "case") == 33_405
    filed = "select count(distinct prosecution_id) from charge where kind = 'filed'"
    assert scalar(engine, filed) == 28_886
    assert count(engine, "charge", "kind = 'alleged'") == 36_190
    assert count(engine, "charge", "kind = 'filed'") == 73_029
    assert count(engine, "sentence") == 4_329


def test_every_prosecution_has_a_derived_stage(loaded: Loaded) -> None:
    """And every ended one its outcome; hardly a step is without a legal place."""
    engine = loaded.engine
    assert count(engine, "prosecution_fact", "rev_to is null") == 36_190
    assert count(engine, "prosecution_fact", "stage is null") == 0
    assert count(engine, "prosecution_fact", "event_code <> 0 and outcome is null") == 0
    assert count(engine, "charge_fact", "rev_to is null") == 36_190 + 73_029
    assert scalar(engine, "select sum(unresolved) from prosecution_fact") < 150


def test_failures_to_prosecute_are_told_apart(loaded: Loaded) -> None:
    """Whoever pleaded to one count is convicted, however many counts were dropped for it."""
    outcomes = loaded.result.outcomes
    guilty = (
        "select count(distinct p.prosecution_id) from prosecution_fact p "
        "join charge_fact c on c.prosecution_id = p.prosecution_id "
        "where p.live = 0 and (c.disposition like 'plea_guilty%' "
        "or c.disposition like 'finding_guilty%' or c.disposition like 'verdict_guilty%')"
    )
    convicted = outcomes["convicted"] + outcomes["convicted_lesser"]
    assert convicted == scalar(loaded.engine, guilty) > 4_000
    assert outcomes["diverted"] > 1_300
    dropped_for_other = scalar(
        loaded.engine,
        "select count(*) from prosecution_fact where event_code = 2 "
        "and disposition in ('plea_other_count', 'proceeds_other_count', 're_indicted')",
    )
    assert dropped_for_other == 0
    absconded = "event_code <> 0 and stage like 'warrant%'"
    assert count(loaded.engine, "prosecution_fact", absconded) == 0


def test_what_the_register_is_known_for_is_found(loaded: Loaded) -> None:
    """Two date formats, a shifted clock, impossible days, blanks, replaced sentences."""
    quality = loaded.result.quality
    assert quality.count_of("clock_shift") == 36_190 + 35_336 + 31_938 + 20_999
    assert "initiation.arrested and intake.arrested agree in 69,741 rows" in quality.notes
    assert quality.count_of("tables_disagree") == 0
    assert quality.count_of("no_initiation_event") == 6_472
    assert quality.count_of("impossible_number") == 8
    assert quality.count_of("sentence_replaced") == 20
    assert quality.count_of("charge_version_changed") == 1_415
    assert quality.count_of("day_after_cut_off") > 2_000
    assert quality.count_of("days_out_of_order") > 1_000


def test_by_court_only_what_was_disposed(loaded: Loaded) -> None:
    """The court is known only from dispositions."""
    engine = loaded.engine
    with_court = "select count(*) from prosecution_fact where court_id is not null"
    assert 11_000 < scalar(engine, with_court) <= 11_322
    assert scalar(engine, "select count(*) from institution where preliminary_only = 1") == 5


def test_stored_facts_agree_with_the_events(loaded: Loaded) -> None:
    """A sample derived again."""
    with loaded.engine.connect() as connection:
        lookups = fact_service.read_lookups(connection)
        sample = list(range(1, 36_190, 97))
        assert list(fact_service.differences(connection, sample, lookups)) == []


def report(engine: Engine, name: str, unit: Unit = Unit.PROSECUTION, **filters: str) -> Report:
    """Return a report of the register, as the command line makes it."""
    asked = FactFilters(jurisdiction=("US-IL-COOK",)).with_(**filters)
    with make_session_factory(engine)() as session:
        return make(session, name, Ask(asked, unit=unit), Reader())


def headline(made: Report, key: str) -> Figure:
    """Return a figure of those on top."""
    (found,) = [each.figure for each in made.headlines if each.key == key]
    return found


class TestCaseStudy:
    """What docs/case-study-cook-county.md tells, section by section."""

    def test_delay_has_kaplan_meier_beside_the_naive_median(self, loaded: Loaded) -> None:
        """Half are not judged within the record; of any end the naive median is 37 days."""
        times = report(loaded.engine, "delay").table("times")
        assert times.figure("median", "judgment").value is None
        assert times.figure("median", "end").value == 240
        assert [times.figure("naive", to).value for to in ("judgment", "end")] == [128, 37]
        assert any("must not be quoted" in plain(note) for note in times.notes)

    def test_the_first_months_are_known_to_be_cut_off(self, loaded: Loaded) -> None:
        """In January 99 % seem to end without judgment, in November 45 %: the report says why."""
        for month, ended, decided in (("01", 394, 398), ("11", 533, 1_176)):
            made = report(loaded.engine, "ends", ended=f"2019-{month}")
            share = headline(made, "share")
            assert (share.numerator, share.denominator) == (ended, decided)
            assert any("the first months of a record" in plain(note) for note in made.notes)

    def test_no_branch_is_accused_and_no_courthouse_compared(self, loaded: Loaded) -> None:
        """Branches stand apart, by their building; every comparison is refused, and says why."""
        made = report(loaded.engine, "institutions")
        assert headline(made, "marked").value == 0
        for table in made.tables:
            if not table.key.endswith("_recorded"):
                assert table.refused is not None, table.key
        assert "only after disposition" in plain(made.table("nolle_prosequi").refused)
        apart = made.table("nolle_prosequi_preliminary_recorded")
        among = made.table("nolle_prosequi_recorded")
        assert len(apart.rows) == 5
        assert not {row.key for row in apart.rows} & {row.key for row in among.rows}

    def test_pleas_to_other_counts_are_no_failures(self, loaded: Loaded) -> None:
        """9,986 charges were dropped; 4,356 prosecutions were, less than half."""
        charges = report(loaded.engine, "ends", Unit.CHARGE, event_code="1")
        assert headline(charges, "ended").value == 4_673
        ends = report(loaded.engine, "ends").table("by_actor")
        assert ends.figure("states_attorney.nolle_prosequi", "ended").value == 4_356


def test_a_second_run_changes_nothing(loaded: Loaded) -> None:
    """Not one row; and it says so."""
    before = contents(loaded.engine)
    again = run_import(loaded.engine, "cook-county", REGISTER)
    assert not again.changed
    assert contents(loaded.engine) == before
    assert "36,190 read = 0 loaded + 36,190 unchanged" in again.quality.text()


def test_memory_stays_below_a_gigabyte(loaded: Loaded) -> None:
    """What an import adds to a process, whatever ran in it before; one of its own begins at 140."""
    assert loaded.memory < 1024 - 140
