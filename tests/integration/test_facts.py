"""Facts say what the events say: no more, and nothing of another organisation."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from courtwatch.commands.cases import OpenCase
from courtwatch.commands.parsing import Invalid, When
from courtwatch.commands.steps import CorrectEntry, NamedCharge, NewCharge, RecordStep
from courtwatch.models import (
    Case,
    Charge,
    ChargeFact,
    Event,
    Offence,
    Organisation,
    Prosecution,
    ProsecutionCase,
    ProsecutionFact,
    Reason,
)
from courtwatch.models.engine import begin_writing
from courtwatch.models.vocabulary import (
    AccountSource,
    OrganisationKind,
    Role,
    ShareLevel,
    VoidReason,
)
from courtwatch.services.corrections import void_event
from courtwatch.services.fact_differences import all_differences
from courtwatch.services.open_case import open_case
from courtwatch.services.record_step import record_step
from courtwatch.services.work import Actor, Work
from tests.functional.site import make_settings
from tests.integration.test_worker import Office


class Bench:
    """One case at trial with one filed charge, and steps recorded on it."""

    def __init__(self, office: Office) -> None:
        self.office = office
        with office.sessions() as session:
            begin_writing(session)
            self.trafficking = _offence(session, "10")
            self.lesser = _offence(session, "14")
            command = OpenCase(
                jurisdiction=office.country,
                stage="trial",
                share_level=ShareLevel.FULL,
                offence=self.trafficking,
                seen=When.day(date(2026, 1, 1)),
            )
            case = open_case(Work(session, office.actor, "case:opened"), command)
            self.case_id = case.id
            self.prosecution_id = session.scalars(
                select(ProsecutionCase.prosecution_id).where(ProsecutionCase.case_id == case.id)
            ).one()
            self.charge_id = session.scalars(select(Charge.id).where(Charge.kind == "filed")).one()
            session.commit()

    def step(self, name: str, day: date, actor: Actor | None = None, **more: object) -> int:
        """Record a step and return its event."""
        with self.office.sessions() as session:
            begin_writing(session)
            work = Work(session, actor or self.office.actor, "step:recorded")
            command = RecordStep(
                step=name, occurred=When.day(day), source=AccountSource.TOLD, **more
            )
            event = record_step(work, session.get_one(Prosecution, self.prosecution_id), command)
            session.commit()
            return event.id

    def void(self, event_id: int) -> None:
        """Take an event back."""
        with self.office.sessions() as session:
            begin_writing(session)
            work = Work(session, self.office.actor, "event:corrected")
            command = CorrectEntry(reason=VoidReason.TYPED_WRONG)
            void_event(work, session.get_one(Event, event_id), command)
            session.commit()

    def fact(self) -> ProsecutionFact:
        """Return the fact that holds."""
        with self.office.sessions() as session:
            return session.scalars(
                select(ProsecutionFact).where(ProsecutionFact.rev_to.is_(None))
            ).one()

    def differences(self) -> list[tuple[str, str]]:
        """Return what differs between stored facts and events."""
        with self.office.sessions() as session:
            return [(d.table, d.column) for d in all_differences(session.connection())]


def _offence(session: Session, article: str) -> int:
    return session.scalars(
        select(Offence.id).where(Offence.article == article, Offence.jurisdiction_id == 1)
    ).one()


def _reason(session: Session, code: str) -> int:
    return session.scalars(select(Reason.id).where(Reason.code == code)).one()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Give a case at trial."""
    return Bench(Office(make_settings(tmp_path)))


class TestWhoseAssessment:
    """What monitors conclude is their own organisation's."""

    def test_another_organisations_assessment_is_no_fact_of_the_case(self, bench: Bench) -> None:
        with bench.office.sessions() as session:
            begin_writing(session)
            river = Organisation(code="river", kind=OrganisationKind.NGO, name_en="River")
            session.add(river)
            session.commit()
            settlement = _reason(session, "ST1")
            none_given = _reason(session, "UN1")
        other = Actor(bench.office.actor.user_id, river.id, Role.MONITOR, OrganisationKind.NGO)
        bench.step(
            "dismiss",
            date(2026, 3, 1),
            actor=other,
            reason_stated=(none_given,),
            reason_assessed=settlement,
        )
        fact = bench.fact()
        assert fact.reason_stated_id == none_given
        assert fact.reason_assessed_id is None

    def test_the_owners_assessment_is(self, bench: Bench) -> None:
        with bench.office.sessions() as session:
            settlement, none_given = _reason(session, "ST1"), _reason(session, "UN1")
        bench.step(
            "dismiss",
            date(2026, 3, 1),
            reason_stated=(none_given,),
            reason_assessed=settlement,
        )
        assert bench.fact().reason_assessed_id == settlement


class TestOffence:
    """At which offence a prosecution counts."""

    def test_the_latest_requalification_by_day_holds_whenever_it_was_typed_in(
        self, bench: Bench
    ) -> None:
        def requalify(day: date, offence: int) -> None:
            named = NamedCharge(charge=bench.charge_id, to_offence=offence)
            bench.step("requalify_at_trial", day, charges=(named,))

        requalify(date(2026, 3, 1), bench.lesser)
        requalify(date(2026, 2, 1), bench.trafficking)
        assert bench.fact().offence_id == bench.lesser

    def test_an_alleged_trafficking_offence_is_not_charged(self, tmp_path: Path) -> None:
        office = Office(make_settings(tmp_path))
        with office.sessions() as session:
            begin_writing(session)
            command = OpenCase(
                jurisdiction=office.country,
                stage="prosecutor_review",
                share_level=ShareLevel.FULL,
                offence=_offence(session, "10"),
            )
            open_case(Work(session, office.actor, "case:opened"), command)
            session.commit()
            fact = session.scalars(select(ProsecutionFact)).one()
            charge = session.scalars(select(ChargeFact)).one()
        assert fact.trafficking_filed is False
        assert (fact.charges, charge.counted, charge.live) == (0, False, True)


class TestRebuild:
    """Facts can be derived again, and a falsified one is found."""

    def test_nothing_differs_after_steps_and_corrections(self, bench: Bench) -> None:
        with bench.office.sessions() as session:
            reason = _reason(session, "EV1")
        event = bench.step("dismiss", date(2026, 3, 1), reason_stated=(reason,))
        assert bench.fact().outcome == "dismissed_by_court"
        bench.void(event)
        fact = bench.fact()
        assert (fact.outcome, fact.stage, fact.reason_stated_id) == (None, "trial", None)
        assert bench.differences() == []

    def test_a_state_falsified_by_sql_is_found(self, bench: Bench) -> None:
        with bench.office.engine.begin() as connection:
            connection.execute(text("update prosecution_fact set stage = 'final'"))
        assert bench.differences() == [("prosecution_fact", "stage")]

    def test_a_clock_that_was_moved_or_lost_is_found(self, bench: Bench) -> None:
        bench.step("acquit", date(2026, 3, 1), mode="adversarial")
        assert bench.differences() == []
        with bench.office.engine.begin() as connection:
            connection.execute(
                text(
                    "update clock set due_at = '2030-01-01 00:00:00' "
                    "where time_limit = 'appeal_of_acquittal' and rev_to is null"
                )
            )
        assert bench.differences() == [("clock", "due_at")]
        with bench.office.engine.begin() as connection:
            connection.execute(text("delete from clock"))
        assert {table for table, _ in bench.differences()} == {"clock"}

    def test_every_earlier_state_is_kept_with_its_interval(self, bench: Bench) -> None:
        with bench.office.sessions() as session:
            reason = _reason(session, "EV1")
        bench.void(bench.step("dismiss", date(2026, 3, 1), reason_stated=(reason,)))
        with bench.office.sessions() as session:
            rows = session.scalars(select(ProsecutionFact).order_by(ProsecutionFact.rev_from)).all()
        assert [row.outcome for row in rows] == [None, "dismissed_by_court", None]
        assert [row.rev_to for row in rows] == [rows[1].rev_from, rows[2].rev_from, None]

    def test_a_hearing_of_another_case_is_refused(self, bench: Bench) -> None:
        with pytest.raises(Invalid) as refused:
            bench.step("acquit", date(2026, 3, 1), mode="adversarial", hearing=4711)
        assert "hearing" in refused.value.errors

    def test_a_refused_step_leaves_no_trace(self, bench: Bench) -> None:
        with bench.office.sessions() as session:
            before = len(session.scalars(select(Event)).all())
        with pytest.raises(Invalid):
            bench.step("charge", date(2026, 3, 1), new_charges=(NewCharge(offence=1),))
        with bench.office.sessions() as session:
            assert len(session.scalars(select(Event)).all()) == before
            assert len(session.scalars(select(Charge)).all()) == 2
            assert session.get_one(Case, bench.case_id).public_code
