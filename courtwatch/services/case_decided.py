"""What was decided, and why, as a case page shows it: reasons and sentences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from courtwatch.models import EventTarget, ReasonStated
from courtwatch.services.case_page import ReasonShown, SentenceShown
from courtwatch.services.case_reading import Reading
from workflows.elements import Text


class Decided:
    """What hangs on the targets of entries; both the accused and the timeline show it."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.sight = reading.sight

    def stated(self, targets: Iterable[EventTarget]) -> tuple[ReasonShown, ...]:
        """Return the reasons that the decision gave; none where the main one is kept back.

        A second reason without a first would tell that there is one.
        """
        found = {}
        for target in targets:
            rows = [row for row in target.reasons_stated if _held(row, target)]
            if not all(self._shown(row) for row in rows if row.primary):
                continue
            for row in sorted(rows, key=lambda r: (not r.primary, r.id)):
                if self._shown(row):
                    found[row.reason_id] = self._reason(row.reason)
        return tuple(found.values())

    def _shown(self, row: ReasonStated) -> bool:
        return self.sight.stated(row.reason.code, row.reason.restricted)

    def assessed(self, targets: Iterable[EventTarget]) -> tuple[ReasonShown, ...]:
        """Return the reasons that monitors see behind it, each as far as the reader may."""
        found = {
            row.reason_id: self._reason(row.reason, row.confidence)
            for target in targets
            for row in target.reasons_assessed
            if _held(row, target)
            and self.sight.assessed(row.organisation_id, row.reason.restricted)
        }
        return tuple(found.values())

    def sentences(self, targets: Iterable[EventTarget]) -> tuple[SentenceShown, ...]:
        """Return the sentences and what was awarded."""
        return tuple(
            SentenceShown(
                kind=row.kind,
                length_days=row.length_days,
                length_as_given=row.length_as_given if self.sight.record_text else None,
                suspended_days=row.suspended_days,
                fine=row.fine_amount,
                awarded=row.compensation_awarded,
                paid=row.compensation_paid,
                currency=row.currency,
                words=self.reading.words("sentence", row)
                if row.length_as_given and self.sight.record_text
                else None,
            )
            for target in targets
            for row in target.sentences
            if _held(row, target)
        )

    def _reason(self, reason: Any, confidence: Any = None) -> ReasonShown:
        definition = reason.definition_en
        return ReasonShown(
            code=reason.code,
            name=Text(reason.name_en, reason.name_km),
            group=Text(reason.group_name_en, reason.group_name_km),
            definition=Text(definition, reason.definition_km) if definition else None,
            lawful=reason.lawful if self.sight.lawful_marks else None,
            lawful_verified=reason.lawful_verified,
            confidence=confidence,
        )


def _held(row: Any, target: EventTarget) -> bool:
    """Say whether a reason or sentence holds, or held until its entry was corrected."""
    return row.rev_to is None or row.rev_to == target.event.rev_to
