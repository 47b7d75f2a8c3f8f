"""Turn a drafted case into rows, as one organisation enters it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from courtwatch.demo.country import Country
from courtwatch.demo.drafts import (
    AccusedDraft,
    CaseDraft,
    EventDraft,
    HearingDraft,
    TargetDraft,
)
from courtwatch.demo.lottery import Lottery
from courtwatch.demo.names import spell_differently
from courtwatch.demo.notes import NoteWriter
from courtwatch.demo.places import CURRENCY
from courtwatch.demo.rows import Codes, Rows
from courtwatch.models.vocabulary import (
    AccountSource,
    EventStatus,
    HearingStatus,
    Precision,
    Reliability,
    ShareLevel,
    VoidReason,
)
from courtwatch.services.people import stored_name_key
from search_index.numbers import normalise_case_number
from workflows.elements import CHECKED_UNCHANGED, FIRST_SEEN

SECOND_ACCOUNT = 0.12
TYPED_WRONG = 0.006
_SOURCES = tuple(AccountSource)[:5]
SEEN = Lottery(zip(_SOURCES, (2, 30, 55, 11, 2), strict=True))
HEARD = Lottery(zip(_SOURCES, (6, 30, 6, 50, 8), strict=True))
RELIABILITY = Lottery(zip(Reliability, (4, 5, 1), strict=True))
_KHMER_DIGITS = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")
_IN_COURT = frozenset({"convict", "acquit", "dismiss", "open_trial", "convict_in_default"})


@dataclass(frozen=True)
class Moments:
    """The revisions and the batch that the rows belong to.

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


class Clerk:
    """Enters drafted cases. Remembers which prosecutions and hearings were entered."""

    def __init__(
        self, rng: Random, rows: Rows, codes: Codes, country: Country, moments: Moments
    ) -> None:
        self.rng = rng
        self.rows = rows
        self.codes = codes
        self.country = country
        self.moments = moments
        self.notes = NoteWriter(rng, rows, country, moments.entered, moments.batch)
        self.cases: list[int] = []
        self.prosecutions: list[int] = []
        self.hearings: list[int] = []
        self._others = sorted(country.organisations.values())

    def enter(self, case: CaseDraft, entry: Entry) -> int:
        """Queue all rows of a case; return its key."""
        case_id = self.rows.add(
            "case",
            public_code=self.codes.new("C"),
            jurisdiction_id=self.country.jurisdiction_id,
            procedure_version_id=self.country.procedure_version_id,
            owner_id=entry.owner,
            court_id=case.seat.court if self.rng.random() < 0.94 else None,
            share_level=entry.share_level,
            batch_id=self.moments.batch,
            rev_from=self.moments.entered,
        )
        self.cases.append(case_id)
        self._numbers(case, case_id, entry)
        people = [
            self._prosecution(case, case_id, place, accused, entry)
            for place, accused in enumerate(case.accused)
        ]
        self._victims(case, case_id)
        hearings = self._hearings(case, case_id, people, entry)
        for event in case.events:
            self._event(event, case_id, people, hearings, entry)
        self.notes.write(case, case_id, entry.owner)
        return case_id

    # -- identity

    def _numbers(self, case: CaseDraft, case_id: int, entry: Entry) -> None:
        year, serial = case.opened.year, case.serial
        steps = {event.step for event in case.events}
        numbers = [("police", case.seat.police, f"PL {serial:04d}/{year % 100:02d}", 0.35)]
        numbers.append(("prosecutor", case.seat.prosecution, f"លេខ {serial:04d}/{year} អ.យ", 0.7))
        if steps & {"charge", "close_investigation", "indict"}:
            judge = f"No. {serial:04d}-{year} IJ"
            numbers.append(("investigating", case.seat.court, judge, 0.6))
        if steps & {"open_trial", "indict", "cite", "order_immediate_appearance"}:
            numbers.append(("court", case.seat.court, f"{serial:04d}/{year} TC", 0.95))
        for issuer, institution, given, chance in numbers:
            if not entry.again and self.rng.random() >= chance:
                continue
            text = self._as_given(given)
            self.rows.add(
                "case_number",
                case_id=case_id,
                issuer_kind=issuer,
                institution_id=institution,
                as_given=text,
                normalised=normalise_case_number(text),
                rev_from=self.moments.entered,
            )

    def _as_given(self, number: str) -> str:
        lot = self.rng.random()
        if lot < 0.3:
            return number.translate(_KHMER_DIGITS)
        return number.replace("/", " / ") if lot < 0.4 else number

    def _prosecution(
        self, case: CaseDraft, case_id: int, place: int, accused: AccusedDraft, entry: Entry
    ) -> tuple[int, list[int]]:
        person = self._person(place, accused, entry)
        known = case.registered is not None and (not entry.again or self.rng.random() < 0.5)
        key = self.rows.add(
            "prosecution",
            public_code=self.codes.new("P"),
            person_id=person,
            registered_on=case.registered if known else None,
            entry_date=case.entry_day,
            batch_id=self.moments.batch,
            rev_from=self.moments.entered,
        )
        self.prosecutions.append(key)
        self.rows.add(
            "prosecution_case", prosecution_id=key, case_id=case_id, rev_from=self.moments.entered
        )
        charges: list[int] = []
        for rank, charge in enumerate(accused.charges):
            charges.append(
                self.rows.add(
                    "charge",
                    prosecution_id=key,
                    kind=charge.kind,
                    offence_id=charge.offence.id,
                    as_given=None,
                    exploitation=charge.exploitation,
                    parent_id=None if charge.parent is None else charges[charge.parent],
                    rank=max(0, rank - 1),
                    rev_from=self.moments.entered,
                )
            )
        return key, charges

    def _person(self, place: int, accused: AccusedDraft, entry: Entry) -> int:
        key = self.rows.add(
            "person",
            pseudonym=f"A{place + 1}",
            sex=accused.sex,
            age_band=accused.age_band,
            citizenship=accused.citizenship,
            official=accused.official,
            related_to_child_victim=accused.related,
            rev_from=self.moments.entered,
        )
        latin = accused.name.latin
        if entry.again:
            latin = spell_differently(self.rng, latin)
        names = [("Latn", latin), ("Khmr", accused.name.khmer)]
        if self.rng.random() < 0.15:
            del names[self.rng.randrange(2)]
        for script, text in names:
            self.rows.add(
                "person_name",
                person_id=key,
                script=script,
                text=text,
                key=stored_name_key(text),
                rev_from=self.moments.entered,
            )
        return key

    def _victims(self, case: CaseDraft, case_id: int) -> None:
        for victim in case.victims:
            self.rows.add(
                "victim",
                case_id=case_id,
                pseudonym=victim.pseudonym,
                sex=victim.sex,
                age_band=victim.age_band,
                citizenship=victim.citizenship,
                exploitation=victim.exploitation,
                civil_party=victim.civil_party,
                rev_from=self.moments.entered,
            )

    # -- hearings

    def _hearings(
        self,
        case: CaseDraft,
        case_id: int,
        people: Sequence[tuple[int, list[int]]],
        entry: Entry,
    ) -> list[int]:
        keys = []
        for hearing in case.hearings:
            key = self.rows.add(
                "hearing",
                public_code=self.codes.new("H"),
                case_id=case_id,
                institution_id=hearing.institution,
                kind=hearing.kind,
                scheduled_on=hearing.day,
                scheduled_time=f"{hearing.hour:02d}:00",
                status=hearing.status,
                adjournment_reason_id=(
                    self.country.adjournments[hearing.reason] if hearing.reason else None
                ),
                next_on=hearing.next_on,
                organisation_id=entry.owner,
                batch_id=self.moments.batch,
                rev_from=self.moments.entered,
            )
            keys.append(key)
            self._assign(key, hearing, entry)
            for accused in hearing.accused:
                self.rows.add(
                    "hearing_prosecution",
                    hearing_id=key,
                    prosecution_id=people[accused][0],
                    presence=hearing.presence[accused],
                    rev_from=self.moments.entered,
                )
        self.hearings += keys
        return keys

    def _assign(self, key: int, hearing: HearingDraft, entry: Entry) -> None:
        """Plan who watches a hearing to come, where the organisation has an account for it."""
        user = self.country.monitors.get(entry.owner)
        if hearing.status is HearingStatus.SCHEDULED and user is not None:
            self.rows.add(
                "assignment",
                hearing_id=key,
                organisation_id=entry.owner,
                user_id=user,
                status="planned",
            )

    # -- events

    def _event(
        self,
        event: EventDraft,
        case_id: int,
        people: Sequence[tuple[int, list[int]]],
        hearings: Sequence[int],
        entry: Entry,
    ) -> None:
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
            self._account(wrong, entry.owner, AccountSource.TOLD, event.day, event.day)

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
    ) -> None:
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
        )
