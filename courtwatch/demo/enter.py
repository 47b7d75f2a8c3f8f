"""Turn a drafted case into rows, as one organisation enters it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from courtwatch.demo.country import Country
from courtwatch.demo.drafts import AccusedDraft, CaseDraft, HearingDraft
from courtwatch.demo.enter_events import Entry, EventClerk, Moments
from courtwatch.demo.names import spell_differently
from courtwatch.demo.notes import NoteWriter
from courtwatch.demo.rows import Codes, Rows
from courtwatch.models.vocabulary import HearingStatus
from courtwatch.services.people import stored_name_key
from search_index.numbers import normalise_case_number

_NUMBERED = {
    "investigating": {"charge", "close_investigation", "indict"},
    "court": {"open_trial", "indict", "cite", "order_immediate_appearance"},
}
"""With which steps a case gets a number, beside those that it has from the beginning."""
_KHMER_DIGITS = str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩")


SEEN_LATE = 0.3
"""Of the cases, how many somebody had not looked into for some time at the first sitting."""
LATEST = 60
NEVER = date.min


@dataclass
class Entered:
    """What was entered since it was last asked for, by sitting: keys.

    `touched` are prosecutions of the first sitting of which more was entered in the second.
    """

    prosecutions: dict[bool, list[int]] = field(default_factory=lambda: {False: [], True: []})
    hearings: dict[bool, list[int]] = field(default_factory=lambda: {False: [], True: []})
    touched: list[int] = field(default_factory=list)


class Clerk:
    """Enters drafted cases, in two sittings: what was known at the first, and what came since.

    Remembers which prosecutions and hearings were entered.
    """

    def __init__(
        self,
        rng: Random,
        rows: Rows,
        codes: Codes,
        country: Country,
        sittings: tuple[Moments, Moments],
        first: date,
        pace: Random,
    ) -> None:
        self.rng = rng
        self.rows = rows
        self.codes = codes
        self.country = country
        self.sittings = sittings
        self.first = first
        self.pace = pace
        self.moments = sittings[0]
        self.events = EventClerk(rng, rows, country, self.moments)
        self.notes = NoteWriter(rng, rows, country, self.moments.entered, self.moments.batch)
        self.cases: list[int] = []
        self.entered = Entered()

    def enter(self, case: CaseDraft, entry: Entry) -> int:
        """Queue all rows of a case; return its key."""
        known = self.known = self._known_until(case)
        self._sit(known == NEVER)
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
            self._sit(event.day > known)
            self.events.enter(event, case_id, people, hearings, entry)
        more = max(event.day for event in case.events) > known
        self._sit(more)
        self.notes.write(case, case_id, entry.owner)
        if more and known != NEVER:
            self.entered.touched += [key for key, _charges in people]
        self._sit(False)
        return case_id

    # -- sittings

    def _known_until(self, case: CaseDraft) -> date:
        """Return the last day of which anything was entered at the first sitting, NEVER if none.

        What is entered later always comes behind what was known, as in a case that somebody
        looks into again.
        """
        late = self.pace.random() < SEEN_LATE
        known = self.first - timedelta(days=self.pace.randrange(1, LATEST) if late else 0)
        needed = [case.opened, min(event.day for event in case.events)]
        needed += [day for day in (case.registered, case.entry_day) if day is not None]
        return NEVER if max(needed) > known else known

    def _sit(self, later: bool) -> None:
        """Take up what is entered from here on at one of the two sittings."""
        self.moments = self.events.moments = self.sittings[later]
        self.notes.revision = self.moments.entered
        self.rows.later = later

    def _sit_for(self, days: Iterable[date]) -> None:
        """Take up what became known on the first of some days; of none, with the case."""
        self._sit(self.known == NEVER or min(days, default=NEVER) > self.known)

    def take(self) -> Entered:
        """Return what was entered since it was last asked for."""
        entered, self.entered = self.entered, Entered()
        return entered

    # -- identity

    def _numbers(self, case: CaseDraft, case_id: int, entry: Entry) -> None:
        year, serial = case.opened.year, case.serial
        steps = {event.step for event in case.events}
        numbers = [("police", case.seat.police, f"PL {serial:04d}/{year % 100:02d}", 0.35)]
        numbers.append(("prosecutor", case.seat.prosecution, f"លេខ {serial:04d}/{year} អ.យ", 0.7))
        if steps & _NUMBERED["investigating"]:
            judge = f"No. {serial:04d}-{year} IJ"
            numbers.append(("investigating", case.seat.court, judge, 0.6))
        if steps & _NUMBERED["court"]:
            numbers.append(("court", case.seat.court, f"{serial:04d}/{year} TC", 0.95))
        for issuer, institution, given, chance in numbers:
            if not entry.again and self.rng.random() >= chance:
                continue
            text = self._as_given(given)
            self._sit_for(e.day for e in case.events if e.step in _NUMBERED.get(issuer, ()))
            self.rows.add(
                "case_number",
                case_id=case_id,
                issuer_kind=issuer,
                institution_id=institution,
                as_given=text,
                normalised=normalise_case_number(text),
                rev_from=self.moments.entered,
            )
        self._sit_for(())

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
        # Whom the police did not refer, the prosecution office did not receive.
        known = known and place not in case.not_referred
        key = self.rows.add(
            "prosecution",
            public_code=self.codes.new("P"),
            person_id=person,
            registered_on=case.registered if known else None,
            entry_date=case.entry_day,
            batch_id=self.moments.batch,
            rev_from=self.moments.entered,
        )
        self.entered.prosecutions[self.rows.later].append(key)
        self.rows.add(
            "prosecution_case", prosecution_id=key, case_id=case_id, rev_from=self.moments.entered
        )
        charges: list[int] = []
        for rank, charge in enumerate(accused.charges):
            self._sit_for(_days_of(case, place, rank) if rank else ())
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
        self._sit_for(())
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
            self._sit(hearing.day > self.known)
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
            self.entered.hearings[self.rows.later].append(key)
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


def _days_of(case: CaseDraft, place: int, charge: int) -> Iterator[date]:
    """Return the days of the events about a charge of an accused."""
    for event in case.events:
        if any(t.accused == place and t.charge == charge for t in event.targets):
            yield event.day
