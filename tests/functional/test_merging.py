"""Two organisations' records of one case: who may merge them, what is refused, which one holds."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from courtwatch.commands.cases import SetShareLevel
from courtwatch.commands.corrections import CorrectEvent
from courtwatch.commands.parsing import Invalid, When
from courtwatch.commands.steps import NamedCharge, RecordStep
from courtwatch.models import (
    Case,
    CaseLink,
    Event,
    HearingFact,
    Prosecution,
    ProsecutionFact,
)
from courtwatch.models.vocabulary import (
    AccountSource,
    HearingStatus,
    LinkDecision,
    PairHolds,
    PairKind,
    ShareLevel,
    VoidReason,
)
from courtwatch.services.corrections import correct_event
from courtwatch.services.fact_differences import all_differences
from courtwatch.services.merge_pairs import Pair, contents, propose
from courtwatch.services.merging import (
    MergeCases,
    decided,
    links_of,
    merge,
    not_the_same,
    take_apart,
    take_back,
    why_not,
)
from courtwatch.services.sharing import set_share_level
from courtwatch.services.work import Work
from tests.functional.scene import MadeCase, actor_of, hearing, make_case, step
from tests.functional.site import Site

JUDGED = date(2025, 6, 2)


def two_records(site: Site, share: ShareLevel = ShareLevel.FULL) -> tuple[MadeCase, MadeCase]:
    """Make two organisations' records of one case at court."""
    kept = make_case(site, "mony", share, name="Sok Dara", stage="trial")
    other = make_case(site, "rith", share, name="SOK Dara", stage="trial")
    return kept, other


def acquit(site: Site, made: MadeCase, day: date, user: str = "mony", **about: Any) -> int:
    """Record an acquittal."""
    return step(site, made, "acquit", day, user, mode="adversarial", stated=("EV1",), **about)


def proposed(site: Site, user: str, kept: MadeCase, other: MadeCase) -> tuple[Pair, ...]:
    """Return the pairs that are proposed to a user."""
    with site.reading() as session:
        left, right = (
            contents(session, actor_of(session, user, site), session.get_one(Case, made.id))
            for made in (kept, other)
        )
        return propose(left, right)


def merge_as(site: Site, user: str, kept: MadeCase, other: MadeCase, **about: Any) -> int:
    """Merge two cases with what is proposed, or with `pairs`."""
    pairs = about.pop("pairs") if "pairs" in about else proposed(site, user, kept, other)
    with site.writing() as session:
        work = Work(session, actor_of(session, user, site), "case:merged")
        one, two = (session.get_one(Case, made.id) for made in (kept, other))
        command = MergeCases(pairs, about.pop("why", "One court file"), **about)
        return merge(work, one, two, command).id


def refused(site: Site, user: str, kept: MadeCase, other: MadeCase, **about: Any) -> dict[str, str]:
    """Return why a merge is refused, by field."""
    with pytest.raises(Invalid) as caught:
        merge_as(site, user, kept, other, **about)
    return {key: str(getattr(words, "en", words)) for key, words in caught.value.errors.items()}


def facts_of(site: Site, *cases: MadeCase) -> list[ProsecutionFact]:
    """Return the facts of prosecutions that hold."""
    with site.reading() as session:
        query = select(ProsecutionFact).where(
            ProsecutionFact.case_id.in_([made.id for made in cases]),
            ProsecutionFact.rev_to.is_(None),
        )
        return list(session.scalars(query.order_by(ProsecutionFact.prosecution_id)))


def differences(site: Site) -> list[Any]:
    """Return what of the facts differs from what is derived."""
    with site.reading() as session:
        return list(all_differences(session.connection()))


def with_holds(pairs: tuple[Pair, ...], holds: PairHolds) -> tuple[Pair, ...]:
    """Return the pairs with what holds said by hand for entries and hearings."""
    return tuple(
        Pair(p.kind, p.kept, p.merged, holds) if p.kind in (PairKind.EVENT, PairKind.HEARING) else p
        for p in pairs
    )


class TestWhichHolds:
    """Two accounts of one act."""

    def judged(self, site: Site) -> tuple[MadeCase, MadeCase]:
        """Lotus was told of an acquittal; river has the judgment: two days later, a conviction."""
        kept, other = two_records(site)
        acquit(site, kept, JUDGED, source=AccountSource.TOLD)
        acquit(site, other, date(2025, 6, 4), "rith")
        return kept, other

    @pytest.mark.parametrize(
        ("holds", "day"),
        [
            (PairHolds.RULE, date(2025, 6, 4)),
            (PairHolds.KEPT, JUDGED),
            (PairHolds.MERGED, date(2025, 6, 4)),
        ],
    )
    def test_the_rule_or_the_hand_says_which_day_holds(
        self, site: Site, holds: PairHolds, day: date
    ) -> None:
        kept, other = self.judged(site)
        before = facts_of(site, kept, other)
        assert len(before) == 2
        pairs = with_holds(proposed(site, "chan", kept, other), holds)
        link = merge_as(site, "chan", kept, other, pairs=pairs)
        (fact,) = facts_of(site, kept, other)
        assert (fact.case_id, fact.outcome, fact.ended_on) == (kept.id, "acquitted", day)
        assert differences(site) == []
        with site.writing() as session:
            work = Work(session, actor_of(session, "rada", site), "case:apart")
            take_apart(work, session.get_one(CaseLink, link))
        after = facts_of(site, kept, other)
        assert [(f.case_id, f.ended_on) for f in after] == [(f.case_id, f.ended_on) for f in before]

    def test_a_correction_of_the_kept_entry_stays_paired(self, site: Site) -> None:
        kept, other = self.judged(site)
        pairs = with_holds(proposed(site, "chan", kept, other), PairHolds.KEPT)
        merge_as(site, "chan", kept, other, pairs=pairs)
        with site.reading() as session:
            acquitted = session.scalars(
                select(Event.id).where(Event.case_id == kept.id, Event.step == "acquit")
            ).one()
        with site.writing() as session:
            work = Work(session, actor_of(session, "mony", site), "event:corrected")
            event = session.get_one(Event, acquitted)
            entry = RecordStep(
                step="acquit",
                occurred=When.day(date(2025, 6, 3)),
                source=AccountSource.TOLD,
                mode="adversarial",
                charges=(NamedCharge(charge=event.targets[0].charge_id or 0),),
            )
            about = tuple({target.prosecution_id for target in event.targets})
            correct_event(work, event, CorrectEvent(VoidReason.WRONG_DATE, None, entry, about))
        (fact,) = facts_of(site, kept, other)
        assert fact.ended_on == date(2025, 6, 3)
        assert fact.unresolved == 0
        assert differences(site) == []

    def test_a_hearing_told_of_twice_is_one_and_what_came_of_it_is_known(self, site: Site) -> None:
        kept, other = two_records(site)
        day = date(2025, 5, 5)
        hearing(site, kept, day, HearingStatus.SCHEDULED)
        hearing(site, other, day, HearingStatus.HELD, "rith")
        hearing(site, other, date(2025, 5, 9), HearingStatus.HELD, "rith")
        merge_as(site, "chan", kept, other)
        with site.reading() as session:
            rows = session.scalars(
                select(HearingFact)
                .where(HearingFact.rev_to.is_(None))
                .order_by(HearingFact.scheduled_on)
            ).all()
        assert [(r.case_id, r.scheduled_on.day, r.status) for r in rows] == [
            (kept.id, 5, "held"),
            (kept.id, 9, "held"),
        ]
        assert differences(site) == []


class TestRefusals:
    """What can't be merged, and why."""

    @pytest.mark.parametrize(
        ("user", "share", "says"),
        [
            ("mony", ShareLevel.FULL, "ask the coordinator"),
            ("chan", ShareLevel.CODED, "read all of the other"),
            ("chan", ShareLevel.PRIVATE, "read all of the other"),
            ("anan", ShareLevel.FULL, "has to keep one"),
            ("reak", ShareLevel.FULL, "has to keep one"),
        ],
    )
    def test_by_who_asks_and_how_far_they_are_shared(
        self, site: Site, user: str, share: ShareLevel, says: str
    ) -> None:
        kept, other = two_records(site, share)
        assert says in refused(site, user, kept, other)[""]
        assert len(facts_of(site, kept, other)) == 2

    def test_of_cases_that_are_shared_differently(self, site: Site) -> None:
        kept = make_case(site, "mony", ShareLevel.FULL, stage="trial")
        other = make_case(site, "mony", ShareLevel.PRIVATE, stage="trial")
        assert "shared differently" in refused(site, "mony", kept, other)[""]

    def test_of_a_chain(self, site: Site) -> None:
        one, two, three = (make_case(site, "mony", stage="trial") for _ in range(3))
        merge_as(site, "mony", one, two)
        assert "merged into a case already" in refused(site, "mony", three, two)[""]
        assert "merged into a case already" in refused(site, "mony", two, three)[""]
        assert "Keep that one instead" in refused(site, "mony", three, one)[""]
        assert "itself" in refused(site, "mony", one, one)[""]
        merge_as(site, "mony", one, three)
        assert [fact.case_id for fact in facts_of(site, one, two, three)] == [one.id]
        assert differences(site) == []

    def test_of_pairs_that_contradict(self, site: Site) -> None:
        kept, other = two_records(site)
        acquit(site, kept, JUDGED)
        pairs = proposed(site, "chan", kept, other)
        (people,) = (p for p in pairs if p.kind is PairKind.PROSECUTION)
        charge = next(p for p in pairs if p.kind is PairKind.CHARGE)
        seen = next(p for p in pairs if p.kind is PairKind.EVENT)
        with site.reading() as session:
            acquitted = session.scalars(select(Event.id).where(Event.step == "acquit")).one()
        for wrong, field, says in (
            ((charge,), "charge", "only where their accused are"),
            ((people, people), "prosecution", "pair one"),
            ((people, Pair(PairKind.EVENT, acquitted, seen.merged)), "event", "different steps"),
            ((seen,), "event", "about one accused"),
            ((Pair(PairKind.HEARING, 77, 78),), "hearing", "not part of its case"),
            ((Pair(PairKind.PROSECUTION, people.merged, people.kept),), "prosecution", "not part"),
        ):
            assert says in refused(site, "chan", kept, other, pairs=wrong)[field]
        assert "Say why" in refused(site, "chan", kept, other, why="  ")["why"]

    def test_of_entries_that_would_have_no_place_unless_accepted(self, site: Site) -> None:
        """One act told of twice, on two days, and not paired."""
        kept, other = two_records(site)
        acquit(site, kept, JUDGED)
        acquit(site, other, date(2025, 8, 2), "rith")
        found = proposed(site, "chan", kept, other)
        says = refused(site, "chan", kept, other, pairs=found)[""]
        assert "2025-08-02" in says
        merge_as(site, "chan", kept, other, pairs=found, accept=True)
        (fact,) = facts_of(site, kept, other)
        assert (fact.unresolved, fact.ended_on) == (1, JUDGED)


class TestComingApart:
    """A merge holds while both cases are shared alike."""

    @pytest.mark.parametrize("whose", ["mony", "rith"])
    def test_either_owner_who_shares_less_takes_it_apart(self, site: Site, whose: str) -> None:
        kept, other = two_records(site)
        merge_as(site, "chan", kept, other)
        mine = kept if whose == "mony" else other
        with site.writing() as session:
            work = Work(session, actor_of(session, whose, site), "case:shared")
            command = SetShareLevel(share_level=ShareLevel.PRIVATE)
            set_share_level(work, session.get_one(Case, mine.id), command)
        assert [(f.case_id, f.share_level) for f in facts_of(site, kept, other)] == [
            (made.id, "private" if made is mine else "full") for made in (kept, other)
        ]
        with site.reading() as session:
            assert session.scalars(select(Prosecution.merged_into_id)).all() == [None, None]
        assert differences(site) == []


class TestNotTheSame:
    """That two are not the same is remembered, and can be taken back."""

    def test_is_remembered_and_taken_back(self, site: Site) -> None:
        kept, other = two_records(site)
        with site.writing() as session:
            work = Work(session, actor_of(session, "mony", site), "case:not-same")
            one, two = (session.get_one(Case, made.id) for made in (kept, other))
            with pytest.raises(Invalid):
                not_the_same(work, two, one, " ")
            link = not_the_same(work, two, one, "Two men of one name").id
        assert "not the same" in refused(site, "chan", kept, other)[""]
        with site.reading() as session:
            one, two = (session.get_one(Case, made.id) for made in (kept, other))
            found = decided(session, one, two)
            assert found is not None
            assert found.decision is LinkDecision.NOT_SAME
            assert links_of(session, one, LinkDecision.SAME) == []
        with site.writing() as session:
            work = Work(session, actor_of(session, "mony", site), "case:not-same-back")
            take_back(work, session.get_one(CaseLink, link))
        with site.reading() as session:
            one, two = (session.get_one(Case, made.id) for made in (kept, other))
            assert why_not(session, actor_of(session, "chan", site), one, two) is None
