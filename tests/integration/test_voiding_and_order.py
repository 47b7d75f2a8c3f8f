"""Through the services, on a real database: an entry that is taken back and made again changes
nothing, and neither does the order in which entries arrive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from courtwatch.commands.cases import OpenCase
from courtwatch.commands.parsing import Invalid, When
from courtwatch.commands.steps import (
    CorrectEntry,
    NamedCharge,
    NewCharge,
    RecordStep,
    SentenceGiven,
)
from courtwatch.models import (
    Charge,
    ChargeFact,
    Clock,
    Event,
    EventTarget,
    Offence,
    Person,
    Prosecution,
    ProsecutionCase,
    ProsecutionFact,
    Reason,
    ReasonStated,
)
from courtwatch.models.engine import begin_writing
from courtwatch.models.vocabulary import AccountSource, AgeBand, ShareLevel, VoidReason
from courtwatch.services.corrections import void_event
from courtwatch.services.entry_rows import copy_row
from courtwatch.services.fact_differences import all_differences
from courtwatch.services.facts import refresh
from courtwatch.services.open_case import open_case
from courtwatch.services.record_step import record_step
from courtwatch.services.standing import movable_charges, offers, standing_of
from courtwatch.services.work import Work
from tests.functional.site import make_settings
from tests.integration.test_worker import Office

BEGIN = date(2024, 1, 1)
STAGES = ("start", "prosecutor_review", "investigation", "trial")
OWN = {"id", "rev_from", "rev_to", "prosecution_id", "case_id", "charge_id", "event_id", "packed"}
"""Columns that say which row it is, not what it says; what is packed has the keys, too."""

on_one_database = settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink would write for an hour
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Give an office on a database of its own; every example opens cases of its own in it."""
    made = Office(make_settings(tmp_path_factory.mktemp("office")))
    yield made
    made.engine.dispose()


class Story:
    """A case that is opened, and what is recorded on it by a random choice of what is permitted."""

    def __init__(self, office: Office, draw: Any) -> None:
        self.office = office
        self.draw = draw
        self.day = BEGIN
        self.commands: list[RecordStep] = []
        with office.sessions() as session:
            begin_writing(session)
            self.offences = session.scalars(
                select(Offence.id).where(Offence.jurisdiction_id == office.country).limit(3)
            ).all()
            self.reason = session.scalars(select(Reason.id).where(Reason.code == "EV1")).one()
            command = OpenCase(
                jurisdiction=office.country,
                stage=draw(st.sampled_from(STAGES)),
                share_level=ShareLevel.FULL,
                offence=draw(st.sampled_from((*self.offences, None))),
                age_band=draw(st.sampled_from(list(AgeBand))),
                seen=When.day(BEGIN),
            )
            case = open_case(Work(session, office.actor, "case:opened"), command)
            self.case_id = case.id
            self.prosecution_id = session.scalars(
                select(ProsecutionCase.prosecution_id).where(ProsecutionCase.case_id == case.id)
            ).one()
            session.commit()

    def write(self, act: Any) -> Any:
        """Carry an act out in a transaction of its own."""
        with self.office.sessions() as session:
            begin_writing(session)
            made = act(session, Work(session, self.office.actor, "step:recorded"))
            session.commit()
            return made

    def record(self, command: RecordStep) -> int:
        """Record a step; return its event."""

        def act(session: Session, work: Work) -> int:
            return record_step(work, session.get_one(Prosecution, self.prosecution_id), command).id

        return int(self.write(act))

    def next_step(self) -> int | None:
        """Record one of the steps that are offered; None if none is, or its form is refused."""
        with self.office.sessions() as session:
            standing = standing_of(session, session.get_one(Prosecution, self.prosecution_id))
            permitted = [offer.step for offer in offers(standing) if offer.allowed]
            if not permitted:
                return None
            step = self.draw(st.sampled_from(permitted))
            movable = movable_charges(standing, step)
        self.day += timedelta(days=self.draw(st.integers(1, 60)))
        asks = {*step.requires, *step.optional}
        some = movable
        if len(movable) > 1 and self.draw(st.booleans()):
            some = [self.draw(st.sampled_from(movable))]
        named: tuple[NamedCharge, ...] = ()
        # Named always: who is meant when nobody is named depends on when it is typed in.
        if not step.files_charges:
            named = tuple(
                NamedCharge(
                    charge=key,
                    disposition=self.draw(st.sampled_from(step.dispositions or (None,))),
                    to_offence=self.offences[0] if "to_offence" in asks else None,
                )
                for key in some
            )
        new = [
            self.draw(st.sampled_from(self.offences)) for _ in range(self.draw(st.integers(1, 2)))
        ]
        command = RecordStep(
            step=step.name,
            occurred=When.day(self.day),
            source=AccountSource.TOLD,
            charges=named,
            new_charges=tuple(NewCharge(offence=key) for key in new)
            if "new_charges" in asks
            else (),
            reason_stated=(self.reason,) if "reason" in asks else (),
            sentence=SentenceGiven(kind="imprisonment", length_days=900)
            if "sentence" in asks
            else None,
            mode=step.modes[0] if step.modes else None,
        )
        try:
            event = self.record(command)
        except Invalid:
            return None
        self.commands.append(command)
        return event

    def facts(self, prosecution_id: int | None = None) -> tuple[Any, ...]:
        """Return what the facts say that hold: of the prosecution, its charges and its clocks.

        An event stands for itself by its day and step, as another entry of it has another number.
        """
        prosecution_id = prosecution_id or self.prosecution_id
        with self.office.sessions() as session:
            own = select(Event).where(Event.case_id == self.case_id)
            events = {e.id: (e.occurred_from, e.step) for e in session.scalars(own)}
            found = []
            for model, order in (
                (ProsecutionFact, ProsecutionFact.id),
                (ChargeFact, ChargeFact.charge_id),
                (Clock, Clock.place),
            ):
                rows = session.scalars(
                    select(model)
                    .where(model.prosecution_id == prosecution_id, model.rev_to.is_(None))
                    .order_by(order)
                )
                names = {column.name for column in model.__table__.columns} - OWN
                for row in rows:
                    values = {name: getattr(row, name) for name in names}
                    found.append(
                        values | {"event": events.get(getattr(row, "event_id", None) or 0)}
                    )
            return tuple(found)

    def arrive(self, order: list[int]) -> int:
        """Enter the record of this prosecution again for another accused, its events in an order.

        Entries come as an import brings them: each in a transaction of its own, whether or not it
        has a legal place yet. Returns the other prosecution.
        """

        def accused(session: Session, work: Work) -> tuple[int, dict[int, int], list[int]]:
            first = session.get_one(Prosecution, self.prosecution_id)
            person = session.get_one(Person, first.person_id)
            columns = {
                name: getattr(person, name)
                for name in {column.name for column in Person.__table__.columns}
                - {"id", "rev_from", "public_code"}
            }
            twin = work.add(Person(**columns))
            other = work.add(
                Prosecution(
                    public_code=f"T{first.public_code}",
                    person_id=twin.id,
                    entry_date=first.entry_date,
                    registered_on=first.registered_on,
                )
            )
            work.add(ProsecutionCase(prosecution_id=other.id, case_id=self.case_id))
            charges: dict[int, int] = {}
            for charge in session.scalars(
                select(Charge)
                .where(Charge.prosecution_id == first.id, Charge.voided.is_(False))
                .order_by(Charge.id)
            ).all():
                charges[charge.id] = work.add(
                    Charge(
                        prosecution_id=other.id,
                        kind=charge.kind,
                        offence_id=charge.offence_id,
                        exploitation=charge.exploitation,
                        rank=charge.rank,
                        parent_id=charges.get(charge.parent_id or -1),
                    )
                ).id
            events = session.scalars(
                select(Event.id)
                .join(EventTarget, EventTarget.event_id == Event.id)
                .where(EventTarget.prosecution_id == first.id, Event.rev_to.is_(None))
                .distinct()
                .order_by(Event.id)
            ).all()
            return other.id, charges, list(events)

        other_id, charges, events = self.write(accused)
        for place in order:
            if place < len(events):
                self.write(lambda s, w, e=events[place]: self._copy(s, w, e, other_id, charges))
        return int(other_id)

    def _copy(
        self, session: Session, work: Work, event_id: int, other: int, charges: dict[int, int]
    ) -> None:
        event = session.get_one(Event, event_id)
        columns = {
            name: getattr(event, name)
            for name in {column.name for column in Event.__table__.columns}
            - {"id", "rev_from", "rev_to", "public_code"}
        }
        made = work.add(Event(**columns))
        for account in event.accounts:
            copy_row(work, account, event_id=made.id)
        for target in event.targets:
            if target.prosecution_id == self.prosecution_id:
                copy = EventTarget(
                    event_id=made.id,
                    prosecution_id=other,
                    charge_id=None if target.charge_id is None else charges[target.charge_id],
                    disposition=target.disposition,
                    to_offence_id=target.to_offence_id,
                    new=target.new,
                )
                work.add(copy)
                for stated in session.scalars(
                    select(ReasonStated).where(ReasonStated.target_id == target.id)
                ).all():
                    work.add(
                        ReasonStated(
                            target_id=copy.id, reason_id=stated.reason_id, primary=stated.primary
                        )
                    )
        refresh(work, [other])


class TestVoiding:
    """Taking an entry back, and making it again."""

    @on_one_database
    @given(data=st.data())
    def test_and_recording_again_is_the_identity(self, office: Office, data: Any) -> None:
        """Any entry of a random history, but one that files charges on which others rest."""
        story = Story(office, data.draw)
        events = [story.next_step() for _ in range(data.draw(st.integers(1, 7)))]
        made = [event for event in events if event is not None]
        if not made:
            return
        before = story.facts()
        place = data.draw(st.sampled_from(range(len(made))))
        if story.commands[place].new_charges and place < len(made) - 1:
            place = len(made) - 1
        taken_back = CorrectEntry(reason=VoidReason.TYPED_WRONG)
        story.write(lambda s, w: void_event(w, s.get_one(Event, made[place]), taken_back))
        between = story.facts()
        story.record(story.commands[place])
        assert story.facts() == before
        with office.sessions() as session:
            kept = session.get_one(Event, made[place])
            assert kept.rev_to is not None
            assert kept.void_reason == VoidReason.TYPED_WRONG
        if place == len(made) - 1:
            assert between != before

    def test_nothing_of_it_differs_from_what_is_derived(self, office: Office) -> None:
        """After all those acts every fact is what the record says."""
        with office.sessions() as session:
            assert list(all_differences(session.connection())) == []


class TestArrival:
    """Entries that come in another order than things happened."""

    @on_one_database
    @given(data=st.data())
    def test_does_not_matter(self, office: Office, data: Any) -> None:
        """The same entries, one by one, in any order: facts and clocks are the same in the end."""
        story = Story(office, data.draw)
        for _ in range(data.draw(st.integers(1, 7))):
            story.next_step()
        order = data.draw(st.permutations(range(8)))
        assert story.facts(story.arrive(list(order))) == story.facts()

    def test_nothing_of_it_differs_from_what_is_derived(self, office: Office) -> None:
        """Facts that were replaced entry by entry are what the whole record says."""
        with office.sessions() as session:
            assert list(all_differences(session.connection())) == []
            held = session.execute(
                text("select count(*) from prosecution_fact where rev_to is not null")
            ).scalar_one()
            running = session.execute(text("select count(*) from clock")).scalar_one()
        assert held > 20
        assert running > 20
