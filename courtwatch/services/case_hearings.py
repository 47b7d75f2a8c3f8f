"""The hearings of a case as its page shows them."""

from __future__ import annotations

from collections.abc import Iterable

from courtwatch.models import Hearing
from courtwatch.services.case_page import HearingShown, HearingWasShown
from courtwatch.services.case_reading import Reading
from courtwatch.services.labels import named


class Hearings:
    """Shows each hearing, and what was wrong with it before it was put right."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.rows = reading.rows
        self.sight = reading.sight

    def hearings(self) -> tuple[HearingShown, ...]:
        """Return the hearings in the order of their days."""
        return tuple(self._hearings())

    def _hearings(self) -> Iterable[HearingShown]:
        for hearing in self.rows.hearings:
            if not hearing.voided or self.sight.corrections:
                yield self._hearing(hearing)

    def _hearing(self, hearing: Hearing) -> HearingShown:
        names = self.rows.names
        return HearingShown(
            code=hearing.public_code,
            day=hearing.scheduled_on,
            time=hearing.scheduled_time,
            kind=hearing.kind,
            court=named(names.institutions.get(hearing.institution_id or 0)),
            status=hearing.status,
            reason=named(names.reasons.get(hearing.adjournment_reason_id or 0)),
            next_on=hearing.next_on,
            presence=tuple(
                (self.reading.ordinals[row.prosecution_id], row.presence)
                for row in hearing.prosecutions
                if row.prosecution_id in self.reading.ordinals
            ),
            notes=tuple(self.reading.notes.get(("hearing", hearing.id), ())),
            voided=hearing.voided,
            void_reason=hearing.void_reason,
            remarks=tuple(self.reading.notes.get(("hearing_correction", hearing.id), ())),
            own=hearing.organisation_id == self.sight.organisation_id,
            was=tuple(self._was(hearing)) if self.sight.corrections else (),
        )

    def _was(self, hearing: Hearing) -> Iterable[HearingWasShown]:
        """Yield what was wrong with a hearing before it was put right."""
        for was in self.rows.hearings_were.get(hearing.id, ()):
            day = was.day if was.day != hearing.scheduled_on else None
            same = was.day is None or was.institution_id == hearing.institution_id
            court = None if same else self.rows.names.institutions.get(was.institution_id or 0)
            yield HearingWasShown(
                kind=was.kind,
                day=day,
                court=named(court),
                accused=()
                if hearing.voided
                else tuple(
                    self.reading.ordinals[key]
                    for key in was.prosecutions
                    if key in self.reading.ordinals
                ),
                corrected=self.reading.writer(was.revision_id),
            )
