"""Turn the drafted events of a case into rows: targets, accounts, reasons, sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from courtwatch.demo.country import Country
from courtwatch.demo.drafts import EventDraft, TargetDraft
from courtwatch.demo.lottery import Lottery
from courtwatch.demo.places import CURRENCY
from courtwatch.demo.rows import Rows
from courtwatch.models.vocabulary import (
    AccountSource,
    EventStatus,
    Precision,
    Reliability,
    ShareLevel,
    VoidReason,
)
from workflows.elements import CHECKED_UNCHANGED, FIRST_SEEN

SECOND_ACCOUNT = 0.12
TYPED_WRONG = 0.006
_SOURCES = tuple(AccountSource)[:5]
SEEN = Lottery(zip(_SOURCES, (2, 30, 55, 11, 2), strict=True))
HEARD = Lottery(zip(_SOURCES, (6, 30, 6, 50, 8), strict=True))
RELIABILITY = Lottery(zip(Reliability, (4, 5, 1), strict=True))
_IN_COURT = frozenset({"convict", "acquit", "dismiss", "open_trial", "convict_in_default"})


@dataclass(frozen=True)
class Moments:
    """The revisions of one sitting, and the batch that the rows belong to.

    `entered`: the rows were first written. `corrected`: some were taken back and replaced.
    """

    entered: int
    corrected: int
    batch: int


@dataclass(frozen=True)
class Entry:
    """Who enters a case and how: `again` as a second organisation that does not know the first."""

    owner: int
    share_level: ShareLevel
    official: bool = False
    again: bool = False


class EventClerk:
    """Enters events and what hangs on them."""

    def __init__(self, rng: Random, rows: Rows, country: Country, moments: Moments) -> None:
        self.rng = rng
        self.rows = rows
        self.country = country
        self.moments = moments
        self._others = sorted(country.organisations.values())

    def enter(
        self,
        event: EventDraft,
        case_id: int,
        people: Sequence[tuple[int, list[int]]],
        hearings: Sequence[int],
        entry: Entry,
    ) -> None:
        """Queue an event; some were typed wrong at first and corrected later."""
        wrong = None
        if event.precision is Precision.DAY and self.rng.random() < TYPED_WRONG:
            wrong = self._event_row(event, case_id, hearings, entry, mistyped=True)
        key = self._event_row(event, case_id, hearings, entry, replaces=wrong)
        for target in event.targets:
            if wrong is not None:
                self._target_row(wrong, target, people, bare=True)
            row = self._target_row(key, target, people)
            self._reasons(row, target, entry)
        self._accounts(event, key, entry)
        if wrong is not None:
            self._account(
                wrong, entry.owner, AccountSource.TOLD, event.day, event.day, over=True
            )

    def _event_row(
        self,
        event: EventDraft,
        case_id: int,
        hearings: Sequence[int],
        entry: Entry,
        *,
        mistyped: bool = False,
        replaces: int | None = None,
    ) -> int:
        """Queue an event; a mistyped one a day and a year off, taken back by the correction."""
        off = timedelta(days=365) if mistyped else timedelta()
        first = event.first - off if event.first else None
        last = event.last - off if event.last else None
        later = replaces is not None
        return self.rows.add(
            "event",
            case_id=case_id,
            step=event.step,
            institution_id=event.institution,
            hearing_id=None if event.hearing is None else hearings[event.hearing],
            occurred_from=first,
            occurred_to=last,
            precision=event.precision,
            time=None if event.hour is None else f"{event.hour:02d}:00",
            sequence=event.sequence,
            entry_stage=event.entry_stage,
            mode=event.mode,
            status=EventStatus.VOIDED if mistyped else EventStatus.RECORDED,
            void_reason=VoidReason.WRONG_DATE if mistyped else None,
            replaces_id=replaces,
            organisation_id=entry.owner,
            batch_id=self.moments.batch,
            rev_from=self.moments.corrected if later else self.moments.entered,
            rev_to=self.moments.corrected if mistyped else None,
        )

    def _target_row(
        self,
        event: int,
        target: TargetDraft,
        people: Sequence[tuple[int, list[int]]],
        *,
        bare: bool = False,
    ) -> int:
        prosecution, charges = people[target.accused]
        return self.rows.add(
            "event_target",
            event_id=event,
            prosecution_id=prosecution,
            charge_id=None if target.charge is None else charges[target.charge],
            disposition=target.disposition,
            to_offence_id=target.to_offence.id if target.to_offence else None,
            new=target.new and not bare,
        )

    def _reasons(self, row: int, target: TargetDraft, entry: Entry) -> None:
        revision = self.moments.entered
        for place, code in enumerate(target.stated):
            self.rows.add(
                "reason_stated",
                target_id=row,
                reason_id=self.country.terminations[code],
                primary=place == 0,
                rev_from=revision,
            )
        if target.assessed is not None and not entry.official:
            self.rows.add(
                "reason_assessed",
                target_id=row,
                organisation_id=entry.owner,
                reason_id=self.country.terminations[target.assessed[0]],
                confidence=target.assessed[1],
                rev_from=revision,
            )
        sentence = target.sentence
        if sentence is not None:
            self.rows.add(
                "sentence",
                target_id=row,
                kind=sentence.kind,
                length_days=sentence.length_days,
                length_as_given=None,
                suspended_days=sentence.suspended_days,
                compensation_awarded=sentence.awarded,
                compensation_paid=sentence.paid,
                currency=CURRENCY if sentence.awarded else None,
                rev_from=revision,
            )

    def _accounts(self, event: EventDraft, key: int, entry: Entry) -> None:
        own = self._source(event, entry)
        self._account(key, entry.owner, own, event.first, event.last, event.precision)
        if event.step in (FIRST_SEEN, CHECKED_UNCHANGED) or self.rng.random() >= SECOND_ACCOUNT:
            return
        if event.first is None:
            return  # a dated account would date the event
        other = self.rng.choice(self._others)
        if other == entry.owner:
            return
        day = event.day
        if self.rng.random() < 0.3:
            day += timedelta(days=self.rng.randrange(-6, 10))
        # Never a better source than the owner's: the event's day is that of the best account.
        told = own is not AccountSource.MEDIA and self.rng.random() < 0.7
        self._account(key, other, AccountSource.TOLD if told else AccountSource.MEDIA, day, day)

    def _source(self, event: EventDraft, entry: Entry) -> AccountSource:
        if entry.official:
            return AccountSource.OFFICIAL_REGISTER
        if event.hearing is not None or event.step in _IN_COURT:
            return SEEN.draw(self.rng)
        return HEARD.draw(self.rng)

    def _account(
        self,
        event: int,
        organisation: int,
        source: AccountSource,
        first: date | None,
        last: date | None,
        precision: Precision = Precision.DAY,
        over: bool = False,
    ) -> None:
        """Queue an account; `over`: of an entry that was corrected, and closed with it."""
        self.rows.add(
            "event_account",
            event_id=event,
            organisation_id=organisation,
            user_id=self.country.monitors.get(organisation),
            source=source,
            reliability=RELIABILITY.draw(self.rng),
            occurred_from=first,
            occurred_to=last,
            precision=precision,
            rev_from=self.moments.entered,
            rev_to=self.moments.corrected if over else None,
        )
