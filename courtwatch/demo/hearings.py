"""Hearings of a walked case: scheduled, held, put off, and those still to come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from random import Random

from courtwatch.demo import behaviour
from courtwatch.demo.drafts import CaseDraft, EventDraft, HearingDraft
from courtwatch.demo.lottery import Lottery
from courtwatch.models.vocabulary import HearingStatus, Presence
from workflows.elements import FIRST_SEEN

TRIAL_BEGINS = frozenset({"open_trial"})
TRIAL_ENDS = frozenset(
    {"convict", "acquit", "dismiss", "convict_in_default", "send_to_investigation", "suspend"}
)
APPEAL_ENDS = frozenset({"uphold", "convict_on_appeal", "acquit_on_appeal", "remit_to_trial"})
MOST_HEARINGS = 9
PRESENCE = Lottery(zip(Presence, (84, 8, 4, 4), strict=True))


class Docket:
    """Invents the hearings of one case up to `until`."""

    def __init__(self, rng: Random, case: CaseDraft, until: date) -> None:
        self.rng = rng
        self.case = case
        self.until = until

    def fill(self) -> None:
        """Add hearings to the case and link the decisions that were made there."""
        for index, event in enumerate(self.case.events):
            if _begins_trial(event):
                self._trial(index, _accused(event))
            elif event.step in APPEAL_ENDS and event.institution is not None:
                self._link(
                    self._hold(event.day, "appeal", event.institution, _accused(event)),
                    (event,),
                )
        self._to_come()

    def _trial(self, start: int, accused: frozenset[int]) -> None:
        """Invent the chain of hearings from the opening of a trial to its last decision."""
        ends: dict[date, list[EventDraft]] = {}
        open_ = set(accused)
        for event in self.case.events[start + 1 :]:
            if event.step in TRIAL_ENDS and open_ & _accused(event):
                ends.setdefault(event.day, []).append(event)
                open_ -= _accused(event)
        first = self.case.events[start].day
        last = self.until if open_ else max(ends)
        days = self._days(first, last, ends)
        for place, day in enumerate(days):
            following = days[place + 1] if place + 1 < len(days) else None
            if day in ends:
                hearing = self._hold(day, "trial", self.case.seat.court, accused)
                self._link(hearing, ends[day])
                self.case.hearings[hearing].next_on = following
            else:
                self._sitting(day, following, accused)
        if open_ and self.rng.random() < 0.85:
            self._schedule(accused)

    def _days(self, first: date, last: date, ends: Iterable[date]) -> list[date]:
        days = {first, *ends}
        day = first
        while len(days) < MOST_HEARINGS:
            day += timedelta(days=self.rng.randrange(14, 60))
            if day >= last:
                break
            days.add(day)
        return sorted(days)

    def _sitting(self, day: date, following: date | None, accused: frozenset[int]) -> None:
        lot = self.rng.random()
        if lot < 0.6:
            status, reason = HearingStatus.ADJOURNED, behaviour.ADJOURNED.draw(self.rng)
        elif lot < 0.94:
            status, reason = HearingStatus.HELD, None
        else:
            status = self.rng.choice((HearingStatus.CANCELLED, HearingStatus.UNKNOWN))
            reason = None
        absent = reason in ("accused_absent", "accused_not_brought")
        self.case.hearings.append(
            HearingDraft(
                day=day,
                kind="trial",
                institution=self.case.seat.court,
                status=status,
                accused=tuple(sorted(accused)),
                reason=reason,
                next_on=following if status is not HearingStatus.UNKNOWN else None,
                presence=self._presence(accused, absent, status),
                hour=self.rng.choice((8, 8, 9, 14)),
            )
        )

    def _presence(
        self, accused: Iterable[int], absent: bool, status: HearingStatus
    ) -> dict[int, Presence]:
        if status in (HearingStatus.CANCELLED, HearingStatus.UNKNOWN):
            return {key: Presence.UNKNOWN for key in accused}
        if absent:
            return {key: Presence.ABSENT for key in accused}
        return {
            key: PRESENCE.draw(self.rng) for key in sorted(accused)
        }

    def _hold(self, day: date, kind: str, institution: int, accused: frozenset[int]) -> int:
        self.case.hearings.append(
            HearingDraft(
                day=day,
                kind=kind,
                institution=institution,
                status=HearingStatus.HELD,
                accused=tuple(sorted(accused)),
                presence=self._presence(accused, False, HearingStatus.HELD),
                hour=self.rng.choice((8, 9, 14)),
            )
        )
        return len(self.case.hearings) - 1

    def _link(self, hearing: int, events: Iterable[EventDraft]) -> None:
        presence = self.case.hearings[hearing].presence
        for event in events:
            event.hearing = hearing
            if event.step == "convict_in_default":
                presence.update(dict.fromkeys(_accused(event), Presence.ABSENT))
            elif event.step in ("convict", "acquit"):
                presence.update(dict.fromkeys(_accused(event), Presence.PRESENT))

    def _schedule(self, accused: frozenset[int]) -> None:
        day = self.until + timedelta(days=self.rng.randrange(1, 75))
        earlier = [h for h in self.case.hearings if set(h.accused) & accused]
        if earlier and earlier[-1].next_on is None:
            earlier[-1].next_on = day
        self.case.hearings.append(
            HearingDraft(
                day=day,
                kind="trial",
                institution=self.case.seat.court,
                status=HearingStatus.SCHEDULED,
                accused=tuple(sorted(accused)),
                presence=dict.fromkeys(accused, Presence.UNKNOWN),
                hour=self.rng.choice((8, 9, 14)),
            )
        )

    def _to_come(self) -> None:
        """Schedule a first hearing for some of those who wait for their trial."""
        waiting = frozenset(
            key
            for key, accused in enumerate(self.case.accused)
            if any(c.live and c.stage in ("indicted", "cited") for c in accused.charges)
        )
        if waiting and self.rng.random() < 0.45:
            self._schedule(waiting)


def _begins_trial(event: EventDraft) -> bool:
    return event.step in TRIAL_BEGINS or (
        event.step == FIRST_SEEN and event.entry_stage == "trial"
    )


def _accused(event: EventDraft) -> frozenset[int]:
    return frozenset(target.accused for target in event.targets)
