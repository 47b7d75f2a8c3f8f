"""Findings in words: codes of what they are about, names of stages and courts, never of persons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pyramid.i18n import TranslationString
from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import Case, Hearing, Institution, Offence, Prosecution
from courtwatch.services.integrity.kinds import Finding, Kind, Value
from courtwatch.services.labels import custody_label, outcome_label, stage_label, step_label
from workflows.procedure import Procedure

CHUNK = 500
_OF_PROCEDURE: Mapping[Value, Callable[[Procedure, str], Any]] = {
    Value.STAGE: stage_label,
    Value.OUTCOME: outcome_label,
    Value.CUSTODY: custody_label,
    Value.STEP: step_label,
}


@dataclass(frozen=True)
class Told:
    """A finding as a person reads it: codes of our own and one sentence."""

    kind: Kind
    case: str | None
    prosecution: str | None
    hearing: str | None
    event: int | None
    row: int | None
    since: date | None
    words: TranslationString

    def columns(self) -> dict[str, Any]:
        """Return the columns of a download; `words` are put in by whoever knows the language."""
        return {
            "kind": self.kind.code,
            "severity": self.kind.severity.value,
            "case": self.case,
            "prosecution": self.prosecution,
            "hearing": self.hearing,
            "event": self.event,
            "row": None if self.kind.about_cases else self.row,
            "since": self.since.isoformat() if self.since else None,
        }


class Teller:
    """Puts findings into words, reading what they refer to for many at once."""

    def __init__(
        self,
        session: Session,
        procedures: Mapping[int, Procedure],
        language: str = "en",
        day: Callable[[date], str] = date.isoformat,
    ) -> None:
        self.session = session
        self.procedures = procedures
        self.language = language
        self.day = day

    def tell(self, kind: Kind, findings: Sequence[Finding]) -> list[Told]:
        """Return the findings in words, in their order."""
        told: list[Told] = []
        for start in range(0, len(findings), CHUNK):
            told += self._tell(kind, findings[start : start + CHUNK])
        return told

    def _tell(self, kind: Kind, findings: Sequence[Finding]) -> list[Told]:
        cases = {
            row.id: row
            for row in self._rows(Case, {f.case_id for f in findings}, Case.procedure_version_id)
        }
        prosecutions = self._codes(Prosecution, {f.prosecution_id for f in findings})
        hearings = self._codes(Hearing, {f.hearing_id for f in findings})
        names = self._names(kind, findings)
        told = []
        for one in findings:
            case = cases.get(one.case_id)
            procedure = self.procedures[case.procedure_version_id] if case else None
            mapping = {
                place: self._word(value, getattr(one, place), procedure, names)
                for place, value in zip(("first", "second"), kind.values, strict=False)
            }
            told.append(
                Told(
                    kind,
                    case.public_code if case else None,
                    prosecutions.get(one.prosecution_id),
                    hearings.get(one.hearing_id),
                    one.event_id,
                    one.row_id,
                    one.since,
                    TranslationString(kind.told, mapping=mapping),
                )
            )
        return told

    def _word(
        self, value: Value, given: Any, procedure: Procedure | None, names: Mapping[Any, str]
    ) -> str:
        if given is None:
            return "–"
        if value is Value.DAY:
            return self.day(given)
        if value in (Value.INSTITUTION, Value.OFFENCE):
            return names.get(given, str(given))
        if value in _OF_PROCEDURE and procedure is not None:
            label = _OF_PROCEDURE[value](procedure, given)
            return str(label.get(self.language))
        return str(given)

    def _names(self, kind: Kind, findings: Sequence[Finding]) -> dict[Any, str]:
        names: dict[Any, str] = {}
        for place, value in zip(("first", "second"), kind.values, strict=False):
            model: Any = {Value.INSTITUTION: Institution, Value.OFFENCE: Offence}.get(value)
            if model is None:
                continue
            ids = {getattr(f, place) for f in findings} - {None}
            for row in self.session.scalars(select(model).where(model.id.in_(ids))):
                names[row.id] = row.name(self.language)
        return names

    def _codes(self, model: Any, ids: set[int | None]) -> dict[int | None, str]:
        return {row.id: row.public_code for row in self._rows(model, ids)}

    def _rows(self, model: Any, ids: set[int | None], *more: Any) -> Sequence[Any]:
        query = select(model.id, model.public_code, *more).where(model.id.in_(ids - {None}))
        return self.session.execute(query).all() if ids - {None} else []
