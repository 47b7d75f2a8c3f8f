"""What became of charges, from entries through the services to facts: known answers.

Classes as statistics, section 1: 0 open, 1 judgment, 2 ended without one by an authority, 3 outside
its control or going on elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from courtwatch.commands.cases import AddAccused, OpenCase
from courtwatch.commands.corrections import CorrectEvent
from courtwatch.commands.parsing import Invalid, When
from courtwatch.commands.steps import CorrectEntry, NamedCharge, NewCharge, RecordStep
from courtwatch.models import (
    Case,
    Charge,
    ChargeFact,
    Event,
    Offence,
    Prosecution,
    ProsecutionCase,
    ProsecutionFact,
    Reason,
)
from courtwatch.models.engine import begin_writing
from courtwatch.models.vocabulary import AccountSource, ShareLevel, VoidReason
from courtwatch.services.corrections import correct_event, void_event
from courtwatch.services.fact_inputs import read_lookups
from courtwatch.services.facts import differences
from courtwatch.services.open_case import open_case
from courtwatch.services.people import add_accused
from courtwatch.services.record_step import record_step
from courtwatch.services.work import Work
from tests.functional.site import make_settings
from tests.integration.test_worker import Office


class Story:
    """One accused, one step a day.

    `country`: of this jurisdiction instead of the office's. `beside`: accused in the same case.
    """

    def __init__(
        self, office: Office, stage: str, country: int | None = None, beside: Story | None = None
    ) -> None:
        self.office = office
        self.day = date(2025, 1, 1)
        country = country or office.country
        with office.sessions() as session:
            begin_writing(session)
            here = Offence.jurisdiction_id == country
            self.trafficking = self.key(session, Offence, Offence.article == "10", here)
            self.lesser = self.key(session, Offence, Offence.article == "14", here)
            self.reason = self.key(session, Reason, Reason.code == "EV1")
            about = {
                "stage": stage,
                "seen": When.day(self.day),
                "offence": self.trafficking,
            }
            work = Work(session, office.actor, "case:opened")
            self.case: int
            if beside is not None:
                self.case = beside.case
                command = AddAccused(source=AccountSource.TOLD, **about)
                added = add_accused(work, session.get_one(Case, self.case), command)
                self.prosecution = added.id
            else:
                opening = OpenCase(jurisdiction=country, share_level=ShareLevel.FULL, **about)
                self.case = open_case(work, opening).id
                self.prosecution = session.scalars(
                    select(ProsecutionCase.prosecution_id).where(
                        ProsecutionCase.case_id == self.case
                    )
                ).one()
            session.commit()

    @staticmethod
    def key(session: Any, model: Any, *where: Any) -> int:
        """Return the first key."""
        return int(session.scalars(select(model.id).where(*where).order_by(model.id)).first())

    def step(self, name: str, *ends: tuple[int, str | None], **more: Any) -> None:
        """Record a step on the next day about the charges named."""
        self.day += timedelta(days=1)
        named = tuple(NamedCharge(charge=key, disposition=end) for key, end in ends)
        with self.office.sessions() as session:
            begin_writing(session)
            command = RecordStep(
                step=name,
                occurred=When.day(self.day),
                source=AccountSource.COURT_DOCUMENT,
                **{"charges": named, **more},
            )
            prosecution = session.get_one(Prosecution, self.prosecution)
            record_step(Work(session, self.office.actor, "step"), prosecution, command)
            session.commit()

    def filing(self, *offences: int, replaces: int | None = None) -> dict[str, Any]:
        """Return what files charges of these offences, each in the place of `replaces`."""
        made = (NewCharge(offence=key, replaces=replaces) for key in offences)
        return {"new_charges": tuple(made)}

    def correct(self, reason: VoidReason, day: date, accused: int) -> None:
        """Put the last entry right: on this day, about this accused."""
        with self.office.sessions() as session:
            begin_writing(session)
            last = select(Event).where(Event.rev_to.is_(None)).order_by(Event.id.desc()).limit(1)
            event = session.scalars(last).one()
            entry = RecordStep(
                step=event.step, occurred=When.day(day), source=AccountSource.COURT_DOCUMENT
            )
            work = Work(session, self.office.actor, "event:corrected")
            correct_event(work, event, CorrectEvent(reason, None, entry, (accused,)))
            session.commit()

    def take_back(self) -> None:
        """Take the last entry back."""
        with self.office.sessions() as session:
            begin_writing(session)
            last = select(Event).where(Event.rev_to.is_(None)).order_by(Event.id.desc()).limit(1)
            work = Work(session, self.office.actor, "event:corrected")
            void_event(work, session.scalars(last).one(), CorrectEntry(reason="typed_wrong"))
            session.commit()

    @property
    def charges(self) -> list[int]:
        """Return the filed charges."""
        with self.office.sessions() as session:
            query = select(Charge.id).where(
                Charge.prosecution_id == self.prosecution,
                Charge.kind != "alleged",
                Charge.voided.is_(False),
            )
            return list(session.scalars(query.order_by(Charge.id)))

    def fact(self) -> ProsecutionFact:
        """Return the fact, after comparing all facts with the events."""
        with self.office.sessions() as session:
            connection = session.connection()
            lookups = read_lookups(connection)
            assert list(differences(connection, [self.prosecution], lookups)) == []
            return session.scalars(
                select(ProsecutionFact).where(
                    ProsecutionFact.prosecution_id == self.prosecution,
                    ProsecutionFact.rev_to.is_(None),
                )
            ).one()

    def told(self) -> tuple[str | None, int, bool, bool, int]:
        """Return outcome, class, whether live, whether reopened, and counted charges."""
        fact = self.fact()
        return fact.outcome, fact.event_code, fact.live, fact.reopened, fact.charges

    def counted(self) -> list[bool]:
        """Return which filed charges are counted as charges."""
        with self.office.sessions() as session:
            query = select(ChargeFact.counted).where(
                ChargeFact.charge_id.in_(self.charges), ChargeFact.rev_to.is_(None)
            )
            return list(session.scalars(query.order_by(ChargeFact.charge_id)))

    def stages(self) -> list[str]:
        """Return where each filed charge stands."""
        with self.office.sessions() as session:
            query = select(ChargeFact.stage).where(
                ChargeFact.charge_id.in_(self.charges), ChargeFact.rev_to.is_(None)
            )
            return list(session.scalars(query.order_by(ChargeFact.charge_id)))

    def ends(self) -> list[str | None]:
        """Return how each filed charge ended."""
        with self.office.sessions() as session:
            query = select(ChargeFact.disposition).where(
                ChargeFact.charge_id.in_(self.charges), ChargeFact.rev_to.is_(None)
            )
            return list(session.scalars(query.order_by(ChargeFact.charge_id)))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office; each story opens its own case in it."""
    made = Office(make_settings(tmp_path_factory.mktemp("office")))
    yield made
    made.engine.dispose()


def test_a_mixed_verdict_is_a_conviction(office: Office) -> None:
    """The strongest end of any charge decides; both charges count."""
    story = Story(office, "prosecutor_review")
    story.step("submit_to_investigation")
    story.step("charge", **story.filing(story.trafficking, story.lesser))
    story.step("indict")
    story.step("open_trial")
    first, second = story.charges
    story.step("acquit", (first, None), mode="adversarial")
    assert story.told() == (None, 0, True, False, 2), "one charge is still on trial"
    story.step("convict", (second, "convicted_as_charged"), mode="adversarial")
    assert story.told() == ("convicted", 1, False, False, 2)
    assert story.ends() == ["acquitted", "convicted_as_charged"]


def test_a_partial_non_suit_ends_nothing_while_the_rest_goes_on(office: Office) -> None:
    """Nor is it the outcome once the rest was judged."""
    story = Story(office, "investigation")
    story.step("charge", **story.filing(story.trafficking, story.lesser))
    first, second = story.charges
    story.step("order_non_suit", (first, None), reason_stated=(story.reason,))
    assert story.told() == (None, 0, True, False, 2)
    story.step("indict", (second, None))
    story.step("open_trial")
    story.step("acquit", (second, None), mode="adversarial")
    assert story.told() == ("acquitted", 1, False, False, 2)
    assert story.ends() == ["non_suit", "acquitted"]


def test_a_former_charge_that_is_named_moves_with_what_is_filed(office: Office) -> None:
    """Unless something takes its place; one that is not named stays where it is."""
    for named, stages in ((True, ["charged", "charged"]), (False, ["investigation", "charged"])):
        story = Story(office, "prosecutor_review")
        story.step("submit_to_investigation", **story.filing(story.trafficking))
        (former,) = story.charges
        ends = ((former, None),) if named else ()
        story.step("charge", *ends, **story.filing(story.lesser))
        assert story.stages() == stages
        assert story.fact().charges == 2


def test_a_new_indictment_is_no_failure_of_the_old_charges(office: Office) -> None:
    """Superseded charges go on elsewhere (3): the verdict on the new ones is the outcome."""
    story = Story(office, "trial")
    (old,) = story.charges
    story.step("replace_indictment", **story.filing(story.lesser))
    new = story.charges[-1]
    story.step("supersede", (old, None))
    assert story.told()[:4] == (None, 0, True, False)
    assert story.ends() == ["superseded", None]
    story.step("open_trial", (new, None))
    story.step("convict", (new, "convicted_as_charged"), mode="adversarial")
    assert story.told()[:4] == ("convicted", 1, False, False)


def test_a_new_indictment_in_the_place_of_the_old_is_counted_once(office: Office) -> None:
    """The old charge is superseded: no end, not counted, moved by nothing any more."""
    story = Story(office, "trial")
    (old,) = story.charges
    story.step("replace_indictment", **story.filing(story.lesser, replaces=old))
    new = story.charges[-1]
    assert story.told() == (None, 0, True, False, 1)
    assert (story.ends(), story.counted()) == ([None, None], [False, True])
    with pytest.raises(Invalid):
        story.step("replace_indictment", **story.filing(story.lesser, replaces=old))
    story.step("open_trial")
    story.step("convict", (new, "convicted_as_charged"), mode="adversarial")
    assert story.told() == ("convicted", 1, False, False, 1)
    assert (story.ends(), story.counted()) == ([None, "convicted_as_charged"], [False, True])
    assert story.fact().offence_id == story.lesser


def test_one_charge_may_be_split_into_two(office: Office) -> None:
    """Both take its place; the prosecution ends when both have ended."""
    story = Story(office, "trial")
    (old,) = story.charges
    story.step("replace_indictment", **story.filing(story.lesser, story.trafficking, replaces=old))
    _old, first, second = story.charges
    story.step("open_trial")
    story.step("acquit", (first, None), mode="adversarial")
    assert story.told() == (None, 0, True, False, 2)
    story.step("acquit", (second, None), mode="adversarial")
    assert story.told() == ("acquitted", 1, False, False, 2)


def test_a_new_indictment_taken_back_gives_the_old_charge_its_place_again(office: Office) -> None:
    """What was superseded by a mistake is under way as before."""
    story = Story(office, "trial")
    before = story.told()
    story.step("replace_indictment", **story.filing(story.lesser, replaces=story.charges[0]))
    story.take_back()
    assert (story.told(), story.counted()) == (before, [True])


def test_a_new_indictment_on_the_wrong_co_accused_is_put_right_in_one_act(office: Office) -> None:
    """What it superseded is under way again; for the right one it stands beside their own."""
    wrong = Story(office, "trial")
    right = Story(office, "trial", beside=wrong)
    before = wrong.told()
    wrong.step("replace_indictment", **wrong.filing(wrong.lesser, replaces=wrong.charges[0]))
    wrong.correct(VoidReason.WRONG_DATE, wrong.day - timedelta(days=1), wrong.prosecution)
    assert wrong.counted() == [False, True], "another day changes nothing else"
    wrong.correct(VoidReason.WRONG_ACCUSED, wrong.day, right.prosecution)
    assert (wrong.told(), wrong.counted()) == (before, [True])
    assert right.counted() == [True, True]
    assert right.told() == (None, 0, True, False, 2)


def test_only_a_filed_charge_under_way_gives_its_place(office: Office) -> None:
    """Not the allegation, not one that ended, not another accused's."""
    story, other = Story(office, "trial"), Story(office, "trial")
    with office.sessions() as session:
        alleged = session.scalars(
            select(Charge.id).where(
                Charge.prosecution_id == story.prosecution, Charge.kind == "alleged"
            )
        ).one()
    story.step("replace_indictment", **story.filing(story.lesser))
    ended = story.charges[0]
    story.step("acquit", (ended, None), mode="adversarial")
    for wrong in (alleged, ended, other.charges[0], 0):
        with pytest.raises(Invalid) as refused:
            story.step("replace_indictment", **story.filing(story.lesser, replaces=wrong))
        assert "replaces-1" in refused.value.errors


def test_charges_that_only_go_on_elsewhere_are_class_3(office: Office) -> None:
    """Severed charges of an accused with no others: a competing event that counts for nobody."""
    story = Story(office, "trial")
    story.step("sever_charges", (story.charges[0], None))
    assert story.told()[:3] == ("joined", 3, False)


def test_requalified_and_then_convicted_of_the_lesser_offence(office: Office) -> None:
    """Requalification is no end; the prosecution counts at the new offence."""
    story = Story(office, "trial")
    (charge,) = story.charges
    changed = (NamedCharge(charge=charge, to_offence=story.lesser),)
    story.step("requalify_at_trial", charges=changed)
    assert story.told() == (None, 0, True, False, 1)
    story.step("convict", (charge, "convicted_lesser"), mode="adversarial")
    assert story.told() == ("convicted_lesser", 1, False, False, 1)
    fact = story.fact()
    assert (fact.offence_id, fact.trafficking_filed) == (story.lesser, True)


def test_a_default_judgment_that_is_set_aside_is_open_again(office: Office) -> None:
    """And not reopened: the first judgment never counted."""
    story = Story(office, "trial")
    (charge,) = story.charges
    story.step("convict_in_default", (charge, "convicted_default"), mode="default")
    assert story.told()[:2] == ("convicted_in_default", 1)
    story.step("notify_default_judgment")
    story.step("oppose")
    story.step("admit_opposition")
    assert story.told()[:4] == (None, 0, True, False)


def test_a_remitted_case_keeps_its_first_judgment_and_says_reopened(office: Office) -> None:
    """First instance is the headline; what came later stands beside it."""
    story = Story(office, "trial")
    (charge,) = story.charges
    story.step("convict", (charge, "convicted_as_charged"), mode="adversarial")
    story.step("appeal")
    assert story.told()[:4] == ("convicted", 1, True, False), "on appeal, the judgment stands"
    story.step("remit_to_trial")
    assert story.told()[:4] == ("convicted", 1, True, True)


def test_a_held_file_that_is_reopened_keeps_its_first_end(office: Office) -> None:
    """The end counts for the prosecutor; that it did not last stands beside it."""
    story = Story(office, "prosecutor_review")
    story.step("hold_file", reason_stated=(story.reason,))
    assert story.told()[1:4] == (2, False, False)
    story.step("reopen_held_file")
    assert story.told()[1:4] == (2, True, True)


def test_absconding_suspends_and_ends_nothing(office: Office) -> None:
    """Open while the accused is away, and live as before when the case is resumed."""
    story = Story(office, "trial")
    story.step("suspend")
    fact = story.fact()
    assert (fact.event_code, fact.suspended, fact.live) == (0, True, True)
    story.step("resume")
    fact = story.fact()
    assert (fact.event_code, fact.suspended, fact.reopened) == (0, False, False)
