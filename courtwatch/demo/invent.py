"""Draft a case: where, when, who, what; then let it be walked, heard and remembered badly."""

from __future__ import annotations

import calendar
from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from courtwatch.demo.charges import Bench
from courtwatch.demo.country import FIRST_DAY, Country
from courtwatch.demo.drafts import (
    AccusedDraft,
    CaseDraft,
    ChargeDraft,
    EventDraft,
    TargetDraft,
    VictimDraft,
)
from courtwatch.demo.hearings import Docket
from courtwatch.demo.lottery import Lottery
from courtwatch.demo.names import invent_name
from courtwatch.demo.walk import Walk
from courtwatch.models import Offence
from courtwatch.models.vocabulary import (
    AgeBand,
    ChargeKind,
    Precision,
    Sex,
    YesNoUnknown,
)
from workflows.elements import CHECKED_UNCHANGED, START
from workflows.machine import ProcedureMachine

UNTIL = date(2026, 11, 15)
"""The last day of the demonstration. Fixed, so that the same seed gives the same country."""

ACCUSED_PER_CASE = Lottery(((1, 52), (2, 26), (3, 12), (4, 6), (5, 4)))
VICTIMS_PER_CASE = Lottery(((0, 6), (1, 52), (2, 22), (3, 10), (4, 6), (6, 4)))
MET_LATE = 0.15
ENTRY_STAGES = Lottery((("prosecutor_review", 2), ("charged", 3), ("indicted", 2), ("trial", 4)))
REGISTERING = frozenset({"refer_to_prosecutor", "receive_complaint", "order_referral"})
AGES = Lottery(
    ((AgeBand.UNDER_14, 0.3), (AgeBand.FROM_14, 1), (AgeBand.FROM_16, 2.5),
     (AgeBand.FROM_18, 18), (AgeBand.FROM_25, 34), (AgeBand.FROM_35, 27),
     (AgeBand.FROM_50, 9), (AgeBand.UNKNOWN, 8))
)  # fmt: skip
VICTIM_AGES = Lottery(
    ((AgeBand.FROM_18, 40), (AgeBand.FROM_25, 22), (AgeBand.FROM_35, 8), (AgeBand.FROM_16, 14),
     (AgeBand.FROM_14, 9), (AgeBand.UNDER_14, 4), (AgeBand.UNKNOWN, 3))
)  # fmt: skip
CHILD_AGES = Lottery(((AgeBand.FROM_16, 5), (AgeBand.FROM_14, 4), (AgeBand.UNDER_14, 2)))
# ISO 3166 keeps XA to XZ free for users: XD is the invented country, the others its neighbours.
CITIZENSHIPS = Lottery((("XD", 84), ("XB", 7), ("XC", 5), ("XE", 4)))
OFFICIAL = Lottery(zip(YesNoUnknown, (3, 80, 17), strict=True))
RELATED = Lottery(zip(YesNoUnknown, (12, 70, 18), strict=True))
CIVIL_PARTY = Lottery(zip(YesNoUnknown, (35, 40, 25), strict=True))


class Inventor:
    """Drafts the cases of the country one after the other."""

    def __init__(self, rng: Random, country: Country, machine: ProcedureMachine) -> None:
        self.rng = rng
        self.country = country
        self.machine = machine
        self.bench = Bench(rng, country, machine.procedure)
        self._seats = Lottery((seat, seat.province.weight) for seat in country.seats)
        self._serials: dict[tuple[int, int], int] = {}

    def case(self, most_accused: int) -> CaseDraft:
        """Draft one case with at most `most_accused` accused, complete with hearings."""
        rng = self.rng
        seat = self._seats.draw(rng)
        opened = FIRST_DAY + timedelta(
            days=int((UNTIL - FIRST_DAY).days * rng.random() ** 0.85)
        )
        number = min(ACCUSED_PER_CASE.draw(rng), most_accused)
        offence, exploitation = self.bench.alleged()
        case = CaseDraft(
            seat=seat,
            opened=opened,
            accused=[self._accused(offence, exploitation) for _ in range(number)],
            victims=self._victims(offence.child, exploitation),
            serial=self._serial(seat.number, opened.year),
        )
        entry = ENTRY_STAGES.draw(rng) if rng.random() < MET_LATE else None
        walk = Walk(rng, self.machine, case, UNTIL, self.bench, entry)
        walk.run()
        self._settle(case, walk)
        return case

    def _settle(self, case: CaseDraft, walk: Walk) -> None:
        case.events.sort(key=lambda event: (event.day, event.sequence))
        case.registered = next(
            (event.day for event in case.events if event.step in REGISTERING), None
        )
        case.not_referred = _about(case, {"do_not_refer"}) - _about(case, REGISTERING)
        Docket(self.rng, case, UNTIL).fill()
        self._check_pending(case, walk)
        if self.rng.random() < 0.004:
            _tell_impossible(case)
        earlier: date | None = None
        for event in case.events:
            self._blur(event, earlier)
            earlier = event.day

    def _serial(self, seat: int, year: int) -> int:
        key = (seat, year)
        self._serials[key] = self._serials.get(key, 0) + self.rng.choice((1, 1, 2, 3, 7))
        return self._serials[key]

    def _accused(self, offence: Offence, exploitation: str) -> AccusedDraft:
        rng = self.rng
        female = rng.random() < 0.36
        return AccusedDraft(
            name=invent_name(rng, female),
            sex=Sex.FEMALE if female else Sex.MALE,
            age_band=AGES.draw(rng),
            citizenship=CITIZENSHIPS.draw(rng),
            official=OFFICIAL.draw(rng),
            related=RELATED.draw(rng) if offence.child else YesNoUnknown.NO,
            charges=[
                ChargeDraft(ChargeKind.ALLEGED, offence, exploitation, None, START, offence)
            ],
        )

    def _victims(self, child: bool, exploitation: str) -> list[VictimDraft]:
        rng = self.rng
        number = VICTIMS_PER_CASE.draw(rng)
        female = 0.92 if exploitation in ("sexual", "forced_marriage", "surrogacy") else 0.5
        return [
            VictimDraft(
                pseudonym=f"V{place}",
                sex=Sex.FEMALE if rng.random() < female else Sex.MALE,
                age_band=(CHILD_AGES if child else VICTIM_AGES).draw(rng),
                citizenship=CITIZENSHIPS.draw(rng),
                exploitation=exploitation,
                civil_party=CIVIL_PARTY.draw(rng),
            )
            for place in range(1, number + 1)
        ]

    def _check_pending(self, case: CaseDraft, walk: Walk) -> None:
        """Let somebody look again at cases in which nothing has happened for a while."""
        live = {stage.name for stage in walk.procedure.stages if stage.live}
        for group in walk.pending:
            if group.stage not in live or self.rng.random() < 0.3:
                continue
            idle = (UNTIL - group.day).days
            if idle < 40:
                continue
            day = group.day + timedelta(days=self.rng.randrange(30, idle))
            targets = [TargetDraft(key, None) for key in group.members]
            case.events.append(EventDraft(CHECKED_UNCHANGED, day, 50, targets))

    def _blur(self, event: EventDraft, earlier: date | None) -> None:
        """Set what is known of the day: mostly the day, at times the month, a span or nothing.

        A span that reaches back over the step before would leave the order open; the one who
        enters it is asked then, so that it stays rare.
        """
        event.first = event.last = event.day
        lot = self.rng.random()
        if event.hour is not None or event.hearing is not None or lot < 0.88:
            return
        precision, first, last = self._span(event.day, lot, earlier is None)
        back = first is not None and earlier is not None and first <= earlier
        if not back or self.rng.random() < 0.03:
            event.precision, event.first, event.last = precision, first, last

    def _span(
        self, day: date, lot: float, opening: bool
    ) -> tuple[Precision, date | None, date | None]:
        if lot < 0.95:
            length = calendar.monthrange(day.year, day.month)[1]
            return Precision.MONTH, day.replace(day=1), day.replace(day=length)
        if lot < 0.985 or not opening:
            earliest = day - timedelta(days=self.rng.randrange(1, 5))
            return Precision.ABOUT, earliest, day + timedelta(days=self.rng.randrange(1, 8))
        if lot < 0.991:
            return Precision.YEAR, day.replace(month=1, day=1), day.replace(month=12, day=31)
        return Precision.UNKNOWN, None, None


def _tell_impossible(case: CaseDraft) -> None:
    """Add an account that no legal order has room for, so that the review list is not empty."""
    first = case.events[0]
    if first.step in ("open_trial", "first_seen"):
        return
    case.events.append(
        EventDraft(
            "open_trial", first.day - timedelta(days=40), 0,
            [replace(first.targets[0], charge=0, stated=(), assessed=None)],
            institution=case.seat.court, illegal=True,
        )
    )  # fmt: skip


def _about(case: CaseDraft, steps: Collection[str]) -> frozenset[int]:
    """Return the accused whom one of these steps was about."""
    events = (event for event in case.events if event.step in steps)
    return frozenset(target.accused for event in events for target in event.targets)
