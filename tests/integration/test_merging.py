"""Two records of one case on a real database: read as one, counted once, and apart again."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from courtwatch.commands.cases import OpenCase
from courtwatch.commands.hearings import RecordHearing
from courtwatch.commands.parsing import When
from courtwatch.models import (
    Case,
    CaseLink,
    Charge,
    ChargeFact,
    Clock,
    HearingFact,
    MergePair,
    Prosecution,
    ProsecutionFact,
)
from courtwatch.models.vocabulary import HearingStatus, ShareLevel
from courtwatch.services.case_view import case_page
from courtwatch.services.fact_differences import all_differences
from courtwatch.services.merge_pairs import contents, propose
from courtwatch.services.merging import MergeCases, merge, take_apart
from courtwatch.services.open_case import open_case
from courtwatch.services.record_hearing import record_hearing
from courtwatch.services.work import Work
from tests.functional.site import make_settings
from tests.integration.test_voiding_and_order import BEGIN, Story, on_one_database
from tests.integration.test_worker import Office
from tests.told_oracle import disagreeing

STORED = {"id", "rev_from", "rev_to"}
FACTS: tuple[Any, ...] = (ProsecutionFact, ChargeFact, HearingFact, Clock)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Give an office on a database of its own; every example opens cases of its own in it."""
    made = Office(make_settings(tmp_path_factory.mktemp("office")))
    yield made
    made.engine.dispose()


def facts(office: Office, *case_ids: int) -> dict[str, list[dict[str, Any]]]:
    """Return every fact and clock that holds of these cases, without when it was derived."""
    found = {}
    with office.sessions() as session:
        members = select(ProsecutionFact.prosecution_id).where(
            ProsecutionFact.case_id.in_(case_ids), ProsecutionFact.rev_to.is_(None)
        )
        for model in FACTS:
            inside = (
                Clock.prosecution_id.in_(members) if model is Clock else model.case_id.in_(case_ids)
            )
            names = [c.name for c in model.__table__.columns if c.name not in STORED]
            rows = session.execute(
                select(*(getattr(model, name) for name in names)).where(
                    inside, model.rev_to.is_(None)
                )
            )
            found[model.__tablename__] = sorted((dict(row._mapping) for row in rows), key=_key)
    return found


def _key(row: dict[str, Any]) -> Any:
    return [
        str(row.get(name, "")).zfill(9) for name in ("prosecution_id", "charge_id", "place")
    ], repr(row)


def page(office: Office, case_id: int) -> Any:
    """Return all that its organisation sees of a case."""
    with office.sessions() as session:
        shown = case_page(session, office.actor, session.get_one(Case, case_id))
        assert dataclasses.is_dataclass(shown)
        values = {f.name: getattr(shown, f.name) for f in dataclasses.fields(shown)}
        return {name: repr(value) for name, value in values.items() if name != "case"}


def differences(office: Office) -> list[Any]:
    """Return what of the facts differs from what is derived."""
    with office.sessions() as session:
        return list(all_differences(session.connection()))


def writing(office: Office, act: Any) -> Any:
    """Carry an act out in a transaction of its own."""
    with office.sessions() as session:
        begin = Work(session, office.actor, "case:merged")
        made = act(session, begin)
        session.commit()
        return made


def merged(office: Office, kept_id: int, merged_id: int, pairs: Any = None) -> int:
    """Merge two cases, with the pairs that are proposed; return the link."""

    def act(session: Session, work: Work) -> int:
        kept, other = session.get_one(Case, kept_id), session.get_one(Case, merged_id)
        left, right = (contents(session, office.actor, case) for case in (kept, other))
        found = propose(left, right) if pairs is None else pairs
        return merge(work, kept, other, MergeCases(found, "One court file", accept=True)).id

    return int(writing(office, act))


def apart(office: Office, link_id: int) -> None:
    """Take a merge apart."""
    writing(office, lambda s, w: take_apart(w, s.get_one(CaseLink, link_id)))


def add_hearing(office: Office, case_id: int, day: date, status: HearingStatus) -> None:
    """Record a hearing."""
    writing(
        office,
        lambda s, w: record_hearing(
            w, s.get_one(Case, case_id), RecordHearing(scheduled=When.day(day), status=status)
        ),
    )


class Twin(Story):
    """The record that another organisation might keep of the case of a story: the same entries."""

    def __init__(self, story: Story) -> None:
        self.office, self.draw, self.day = story.office, story.draw, BEGIN
        self.offences, self.reason = story.offences, story.reason
        self.commands = []
        with self.office.sessions() as session:
            first = session.get_one(Case, story.case_id)
            charges = self._charges(session, story.prosecution_id)
            entered = page_command(session, story)
            case = open_case(Work(session, self.office.actor, "case:opened"), entered)
            assert case.procedure_version_id == first.procedure_version_id
            self.case_id = case.id
            self.prosecution_id = contents(session, self.office.actor, case).prosecutions[0][0].id
            session.commit()
        for command in story.commands:
            with self.office.sessions() as session:
                own = self._charges(session, self.prosecution_id)
            twins = dict(zip(charges, own, strict=False))
            named = tuple(
                one.model_copy(update={"charge": twins[one.charge]}) for one in command.charges
            )
            self.record(command.model_copy(update={"charges": named}))

    @staticmethod
    def _charges(session: Session, prosecution_id: int) -> list[int]:
        query = select(Charge.id).where(Charge.prosecution_id == prosecution_id)
        return list(session.scalars(query.order_by(Charge.id)))


def page_command(session: Session, story: Story) -> OpenCase:
    """Return the command that opened the case of a story."""
    inside = contents(session, story.office.actor, session.get_one(Case, story.case_id))
    prosecution, person = inside.prosecutions[0]
    seen = next((event for event in inside.events if event.step == "first_seen"), None)
    return OpenCase(
        jurisdiction=story.office.country,
        stage=seen.entry_stage if seen is not None and seen.entry_stage else "start",
        share_level=ShareLevel.FULL,
        offence=inside.charges[prosecution.id][0].offence_id,
        age_band=person.age_band,
        seen=When.day(BEGIN),
    )


class TestMerging:
    """Merge and take apart, at random."""

    @on_one_database
    @given(data=st.data())
    def test_and_taking_apart_is_the_identity(self, office: Office, data: Any) -> None:
        """Facts, clocks, counts and pages are what they were, whatever the two records say."""
        one, other = Story(office, data.draw), Story(office, data.draw)
        for story in (one, other):
            for _ in range(data.draw(st.integers(0, 5))):
                story.next_step()
            for place in range(data.draw(st.integers(0, 2))):
                status = data.draw(st.sampled_from((HearingStatus.HELD, HearingStatus.SCHEDULED)))
                add_hearing(office, story.case_id, BEGIN + timedelta(days=place), status)
        ids = (one.case_id, other.case_id)
        before = facts(office, *ids), [page(office, key) for key in ids]
        assert len(before[0]["prosecution_fact"]) == 2
        link = merged(office, *ids)
        together = facts(office, *ids)
        with office.sessions() as session:
            paired = session.get_one(Prosecution, other.prosecution_id).merged_into_id is not None
        counted = [row["prosecution_id"] for row in together["prosecution_fact"]]
        assert counted == [one.prosecution_id, other.prosecution_id][: 1 if paired else 2]
        for name in ("prosecution_fact", "charge_fact", "hearing_fact"):
            assert {row["case_id"] for row in together[name]} <= {one.case_id}
        assert differences(office) == []
        apart(office, link)
        assert (facts(office, *ids), [page(office, key) for key in ids]) == before
        assert differences(office) == []

    @on_one_database
    @given(data=st.data())
    def test_a_record_with_its_own_twin_says_what_it_said(self, office: Office, data: Any) -> None:
        """Where both records hold the same entries, all pair, and nothing is counted twice."""
        story = Story(office, data.draw)
        for _ in range(data.draw(st.integers(0, 6))):
            story.next_step()
        add_hearing(office, story.case_id, BEGIN, HearingStatus.HELD)
        twin = Twin(story)
        add_hearing(office, twin.case_id, BEGIN, HearingStatus.HELD)
        before = facts(office, story.case_id)
        merged(office, story.case_id, twin.case_id)
        assert facts(office, story.case_id) == before
        assert facts(office, twin.case_id)["hearing_fact"] == []

    def test_nothing_of_it_differs_from_what_is_derived(self, office: Office) -> None:
        assert differences(office) == []
        with office.sessions() as session:
            held = select(func.count()).select_from(MergePair).where(MergePair.rev_to.is_(None))
            assert session.scalar(held)

    def test_facts_say_at_every_moment_who_had_told(self, office: Office) -> None:
        """Before each merge, while it held and after."""
        with office.sessions() as session:
            assert disagreeing(session) == []
