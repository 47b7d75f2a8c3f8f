"""Versions are published once and for all; cases move between them, visibly and back again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from courtwatch.commands.cases import OpenCase
from courtwatch.commands.parsing import When
from courtwatch.commands.steps import NamedCharge, RecordStep
from courtwatch.demo import build as demo
from courtwatch.models import (
    Case,
    Charge,
    ChargeFact,
    Event,
    Job,
    Offence,
    ProcedureVersion,
    Prosecution,
    ProsecutionFact,
    Revision,
)
from courtwatch.models.engine import begin_writing, make_session_factory
from courtwatch.models.vocabulary import AccountSource, ShareLevel
from courtwatch.services import accounts, seed
from courtwatch.services.fact_inputs import read_lookups
from courtwatch.services.facts import differences
from courtwatch.services.open_case import open_case
from courtwatch.services.procedure_moves import (
    MovePlan,
    MoveRefused,
    cases_to_move,
    move_cases,
    plan_move,
)
from courtwatch.services.procedure_versions import (
    ProcedureChanged,
    UnknownVersion,
    VersionTooLow,
    find_version,
    publish,
    versions,
)
from courtwatch.services.record_step import record_step
from courtwatch.services.work import SYSTEM, Work
from tests.databases import migrated
from tests.functional.site import make_settings
from tests.integration.test_worker import Office
from tests.procedures import first_cambodia, published
from workflows.elements import MOVED_TO_VERSION
from workflows.procedure import Procedure, load, loads

NOW = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)  # in Phnom Penh it is the 21st already


def edition(version: int, valid_from: str = "2007-08-11", word: str = "") -> Procedure:
    """Return the bundled procedure of Cambodia as another version."""
    text = load("cambodia").text.replace("\nversion: 2\n", f"\nversion: {version}\n")
    text = text.replace("\nvalid_from: 2007-08-11\n", f"\nvalid_from: {valid_from}\n")
    return loads(text + word, f"cambodia {version}")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office on a seeded database."""
    made = Office(make_settings(tmp_path))
    yield made
    made.engine.dispose()


@pytest.fixture
def session(office: Office) -> Iterator[Session]:
    """A writing session on it."""
    with office.sessions() as session:
        begin_writing(session)
        yield session


class TestPublish:
    def test_the_same_text_again_changes_nothing(self, session: Session) -> None:
        """Idempotent, and says whether it was new."""
        row, new = publish(session, edition(3), NOW)
        again, still_new = publish(session, edition(3), NOW.replace(year=2030))
        assert (new, still_new) == (True, False)
        assert again.id == row.id
        assert again.published_at == NOW

    def test_another_text_under_a_published_version_is_refused(self, session: Session) -> None:
        """Not one sign of it, not even a comment."""
        with pytest.raises(ProcedureChanged, match="cambodia 2 is published.*higher 'version'"):
            publish(session, edition(2, word="# a word\n"), NOW)

    def test_a_version_below_the_newest_is_refused(self, session: Session) -> None:
        """And says which is the next."""
        publish(session, edition(7), NOW)
        with pytest.raises(VersionTooLow, match="version 7 is already.*version 8 or higher"):
            publish(session, edition(3), NOW)

    def test_loading_reference_data_publishes_by_the_same_rules(
        self, session: Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A changed text stops it; a version below one's own is left out and stops nothing."""
        publish(session, edition(7), NOW)
        bundled = {"cambodia": edition(3)}
        monkeypatch.setattr(
            "workflows.procedure.load", lambda name: bundled.get(name) or load(name)
        )
        assert seed.load_procedures(session, NOW).inserted == 0
        assert [one.row.version for one in versions(session, "cambodia")] == [2, 7]
        bundled["cambodia"] = edition(2, word="# a word\n")
        with pytest.raises(ProcedureChanged):
            seed.load_procedures(session, NOW)

    def test_a_new_case_gets_the_newest_version_in_force_on_its_day(
        self, office: Office, session: Session
    ) -> None:
        """By the day in the courts' own time zone."""
        publish(session, edition(3, "2026-11-21"), NOW)
        publish(session, edition(4, "2026-11-22"), NOW)

        def opened(at: datetime) -> int:
            command = OpenCase(
                jurisdiction=office.country, stage="trial", share_level=ShareLevel.FULL
            )
            case = open_case(Work(session, office.actor, "case:opened", at), command)
            return case.procedure_version.version

        assert opened(datetime(2026, 11, 20, 16, 59, tzinfo=UTC)) == 2
        assert opened(NOW) == 3
        assert opened(datetime(2026, 11, 21, 17, 0, tzinfo=UTC)) == 4

    def test_versions_are_listed_with_the_cases_on_each(
        self, office: Office, session: Session
    ) -> None:
        """And one that is not there is named with those that are."""
        first_cambodia(session)
        session.commit()
        office.open("Sok Dara")
        listed = {one.name: one.cases for one in versions(session)}
        assert listed["cambodia/1"] == 0
        assert listed["cambodia/2"] == 1
        assert set(listed) == {"cambodia/1", "cambodia/2", *others()}
        with pytest.raises(UnknownVersion, match="cambodia/9.*cambodia/1, cambodia/2"):
            find_version(session, "cambodia/9")


def others() -> set[str]:
    """Return the other bundled procedures as commands name them."""
    names = {path.stem for path in Path("workflows/procedures").glob("*.yaml")} - {"cambodia"}
    return {f"{name}/{load(name).version}" for name in names}


class Bench:
    """A case that version 1 lets become final at once, and version 2 only after notice."""

    def __init__(self, office: Office) -> None:
        self.office = office
        with office.sessions() as session:
            begin_writing(session)
            self.first = first_cambodia(session).id
            self.second = find_version(session, "cambodia/2").id
            session.commit()
        self.default = self.open_at_trial()
        self.plain = office.open("Chan Mony")
        self.move("cambodia/2", "cambodia/1")
        self.charge = self.only(Charge, Charge.kind == "filed").id
        ended = NamedCharge(charge=self.charge, disposition="convicted_default")
        self.step("convict_in_default", date(2026, 3, 1), charges=(ended,), mode="default")
        self.step("become_final", date(2026, 5, 1))

    def open_at_trial(self) -> int:
        """Open a case at trial with a filed charge."""
        with self.office.sessions() as session:
            begin_writing(session)
            command = OpenCase(
                jurisdiction=self.office.country,
                stage="trial",
                share_level=ShareLevel.FULL,
                offence=session.scalars(
                    select(Offence.id).where(Offence.article == "10")
                ).first(),
            )
            case = open_case(Work(session, self.office.actor, "case:opened"), command)
            session.commit()
            return case.id

    def only(self, model: Any, *where: Any) -> Any:
        """Return the first row."""
        with self.office.sessions() as session:
            return session.scalars(select(model).where(*where).order_by(model.id)).first()

    def step(self, name: str, day: date, **more: Any) -> None:
        """Record a step in the first case."""
        with self.office.sessions() as session:
            begin_writing(session)
            prosecution = session.get_one(Prosecution, 1)
            command = RecordStep(
                step=name, occurred=When.day(day), source=AccountSource.TOLD, **more
            )
            record_step(Work(session, self.office.actor, "step"), prosecution, command)
            session.commit()

    def plan(self, source: str, target: str, **more: Any) -> MovePlan:
        """Derive what a move would change."""
        with self.office.sessions() as session:
            old, new = find_version(session, source), find_version(session, target)
            return plan_move(session, old, new, cases_to_move(session, old, new), **more)

    def move(self, source: str, target: str, **more: Any) -> MovePlan:
        """Move all cases of a version."""
        return move_all(self.office.sessions, source, target, **more)


def move_all(sessions: sessionmaker[Session], source: str, target: str, **more: Any) -> MovePlan:
    """Move all cases of a version, and commit."""
    with sessions() as session:
        begin_writing(session)
        old, new = find_version(session, source), find_version(session, target)
        work = Work(session, SYSTEM, "case:moved", NOW)
        done = move_cases(work, old, new, cases_to_move(session, old, new), **more)
        session.commit()
        return done


@pytest.fixture
def bench(office: Office) -> Bench:
    """Give the case."""
    return Bench(office)


def facts_of(sessions: sessionmaker[Session]) -> list[dict[str, Any]]:
    """Return the facts that hold, without their keys and revisions."""
    rows: list[dict[str, Any]] = []
    with sessions() as session:
        for model, key in ((ProsecutionFact, "prosecution_id"), (ChargeFact, "charge_id")):
            table = model.__table__
            query = select(table).where(table.c.rev_to.is_(None)).order_by(table.c[key])
            for row in session.execute(query).mappings():
                values = {name: row[name] for name in row if name not in ("id", "rev_from")}
                rows.append(values)
    return rows


def without_version(facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return facts without the version that they were derived by."""
    return [{k: v for k, v in row.items() if k != "procedure_version_id"} for row in facts]


class TestMove:
    def test_a_dry_run_lists_what_would_change_and_writes_nothing(self, bench: Bench) -> None:
        """The judgment in default is not final before it was notified: version 2 says so."""
        with bench.office.engine.connect() as connection:
            before = list(connection.connection.iterdump())
        plan = bench.plan("cambodia/1", "cambodia/2")
        with bench.office.engine.connect() as connection:
            assert list(connection.connection.iterdump()) == before
        counts = plan.counts()
        assert (counts["cases"], counts["cases_that_move"], counts["cases_that_stay"]) == (2, 1, 1)
        assert counts["prosecutions_with_another_stage"] == 1
        assert counts["prosecutions_with_another_outcome"] == 0
        assert counts["prosecutions_with_new_unresolved_entries"] == 1
        by = {change.what: change for change in plan.changes}
        assert (by["stage"].before, by["stage"].after) == ("final", "convicted_in_default")
        assert by["unresolved"].before == "become_final (2026-05-01)"
        assert "not possible at" in str(by["unresolved"].after)

    def test_cases_that_would_gain_unresolved_entries_stay(self, bench: Bench) -> None:
        """They are named, and the others move."""
        done = bench.move("cambodia/1", "cambodia/2")
        code = bench.only(Case, Case.id == bench.default).public_code
        assert done.staying == [code]
        assert done.moving == [bench.plain]
        assert bench.only(Case, Case.id == bench.default).procedure_version_id == bench.first
        assert bench.only(Case, Case.id == bench.plain).procedure_version_id == bench.second

    def test_they_move_where_that_is_wanted(self, bench: Bench) -> None:
        """The entry is unresolved then, listed and uncounted; figures agree with the events."""
        bench.move("cambodia/1", "cambodia/2", also_with_unresolved=True)
        fact = bench.only(
            ProsecutionFact, ProsecutionFact.prosecution_id == 1, ProsecutionFact.rev_to.is_(None)
        )
        assert (fact.stage, fact.outcome, fact.unresolved) == (
            "convicted_in_default", "convicted_in_default", 1,
        )  # fmt: skip
        assert fact.procedure_version_id == bench.second
        with bench.office.sessions() as session:
            connection = session.connection()
            assert list(differences(connection, [1, 2], read_lookups(connection))) == []

    def test_a_move_stands_on_the_timeline_and_is_owed_to_the_index(self, bench: Bench) -> None:
        """One entry for each case, about its prosecutions and no charge, by the system."""
        bench.office.work()
        bench.move("cambodia/1", "cambodia/2")
        with bench.office.sessions() as session:
            events = session.scalars(
                select(Event).where(Event.step == MOVED_TO_VERSION, Event.case_id == bench.plain)
            ).all()
            last = events[-1]
            assert [event.mode for event in events] == ["2 → 1", "1 → 2"]
            assert [(t.prosecution_id, t.charge_id) for t in last.targets] == [(2, None)]
            assert last.occurred_from == last.occurred_to == date(2026, 11, 21)
            revision = session.get_one(Revision, last.rev_from)
            assert (revision.organisation_id, revision.kind) == (None, "case:moved")
            assert str(bench.plain) in set(session.scalars(select(Job.key)))

    def test_every_past_moment_keeps_its_version(self, bench: Bench) -> None:
        """The facts of before the move are closed, not changed."""
        with bench.office.sessions() as session:
            before = session.scalars(select(func.max(Revision.id))).one()
        bench.move("cambodia/1", "cambodia/2")
        with bench.office.sessions() as session:
            facts = session.scalars(
                select(ProsecutionFact)
                .where(ProsecutionFact.prosecution_id == 2)
                .order_by(ProsecutionFact.id)
            ).all()
        then = [f for f in facts if f.rev_from <= before and (f.rev_to or before + 1) > before]
        assert [f.procedure_version_id for f in then] == [bench.first]
        assert facts[-1].procedure_version_id == bench.second

    def test_a_case_moved_since_is_left_out(self, bench: Bench) -> None:
        """What was listed may be old when it is carried out."""
        with bench.office.sessions() as session:
            begin_writing(session)
            old, new = (session.get_one(ProcedureVersion, k) for k in (bench.second, bench.first))
            done = move_cases(Work(session, SYSTEM, "case:moved"), old, new, [bench.plain])
        assert (done.cases, done.moving) == (0, [])

    @pytest.mark.parametrize(
        ("source", "target", "codes", "words"),
        [
            ("cambodia/2", "cambodia/2", (), "nothing would move"),
            ("cambodia/2", "illinois_felony/{}", (), "different procedures"),
            ("cambodia/1", "cambodia/2", ("C-NOTHERE9",), "C-NOTHERE9"),
        ],
    )
    def test_senseless_moves_are_refused(
        self, bench: Bench, source: str, target: str, codes: tuple[str, ...], words: str
    ) -> None:
        """With words that say why."""
        with bench.office.sessions() as session:
            old = find_version(session, source)
            new = find_version(session, target.format(load("illinois_felony").version))
            with pytest.raises(MoveRefused, match=words):
                cases_to_move(session, old, new, codes)


class TestInvariants:
    """On invented countries: every path that the demonstration knows."""

    @settings(max_examples=3, suppress_health_check=[HealthCheck.too_slow])
    @given(number=st.integers(0, 10_000))
    def test_moves_change_no_more_than_they_say(
        self, number: int, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        """To an identical version: only the version. To another and back: nothing at all."""
        directory = tmp_path_factory.mktemp("country")
        made = make_settings(directory)
        engine = migrated(directory / "courtwatch.sqlite")
        sessions = make_session_factory(engine)
        with sessions() as session:
            begin_writing(session)
            demo.build(session, accounts.hasher_of(made), size=60, seed=number)
            first_cambodia(session)
            publish(session, edition(3), NOW)
            session.commit()
        before = facts_of(sessions)
        same = move_all(sessions, "cambodia/2", "cambodia/3")
        assert (same.changes, same.staying) == ([], [])
        assert same.prosecutions == len({row["prosecution_id"] for row in before})
        after = facts_of(sessions)
        assert after != before
        assert without_version(after) == without_version(before)
        there = move_all(sessions, "cambodia/3", "cambodia/1", also_with_unresolved=True)
        moved = without_version(facts_of(sessions))
        assert {change.what for change in there.changes} - {"unresolved"} == {
            what
            for what in ("stage", "live", "custody", "outcome", "event_code")
            for old, new in zip(without_version(before), moved, strict=True)
            if "custody" in old and old[what] != new[what]
        }
        move_all(sessions, "cambodia/1", "cambodia/2", also_with_unresolved=True)
        assert facts_of(sessions) == before
        engine.dispose()


def test_version_1_is_the_text_that_was_published() -> None:
    """The file is what the first release stored; a changed sign would prove nothing."""
    assert published("cambodia", 1).version == 1
    assert published("cambodia", 1).sha256 != load("cambodia").sha256
