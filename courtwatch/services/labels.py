"""Names of what rows refer to by key, read for many rows at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import (
    Institution,
    Jurisdiction,
    Offence,
    Organisation,
    ProcedureVersion,
    Reason,
    reference_at,
)
from workflows.elements import CHECKED_UNCHANGED, FIRST_SEEN, MOVED_TO_VERSION, Text
from workflows.procedure import Procedure, loads

_BUILT_IN = {
    FIRST_SEEN: Text("First seen here; earlier steps are not known", "បានឃើញលើកដំបូងនៅទីនេះ"),
    CHECKED_UNCHANGED: Text("Checked: nothing had changed", "បានពិនិត្យ៖ គ្មានអ្វីផ្លាស់ប្តូរ"),
    MOVED_TO_VERSION: Text("Moved to another version of the procedure", "បានផ្លាស់ទៅកំណែផ្សេងនៃនីតិវិធី"),
}


def step_label(procedure: Procedure, name: str) -> Text:
    """Return the words for a step, the built-in ones included; its name where unknown."""
    return _BUILT_IN.get(name) or _label(procedure.step, name)


def stage_label(procedure: Procedure, name: str | None) -> Text | None:
    """Return the words for a stage; None for none."""
    return None if name is None else _label(procedure.stage, name)


def outcome_label(procedure: Procedure, name: str | None) -> Text | None:
    """Return the words for an outcome; None for none."""
    return None if name is None else _label(procedure.outcome, name)


def disposition_label(procedure: Procedure, name: str | None) -> Text | None:
    """Return the words for the end of a charge; None for none."""
    return None if name is None else _label(procedure.disposition, name)


def with_hint(label: Text, hint: str | None) -> Text:
    """Return a label with a few signs after it, in both languages."""
    return Text(f"{label.en} ({hint})", f"{label.get('km')} ({hint})") if hint else label


def actor_label(procedure: Procedure, name: str | None) -> Text | None:
    """Return the words for an actor; None for none."""
    return None if name is None else _label(procedure.actor, name)


def custody_label(procedure: Procedure, name: str | None) -> Text | None:
    """Return the words for a state of custody; None for none."""
    return None if name is None else _label(procedure.custody_state, name)


def _label(find: Any, name: str) -> Text:
    try:
        label: Text = find(name).label
    except KeyError:
        return Text(name)  # recorded under a version that knew it
    return label


def named(row: Any, code: bool = False) -> Text | None:
    """Return the names of a reference row as a text in both languages; None for none."""
    if row is None:
        return None
    return (
        Text(f"{row.code} {row.name_en}", f"{row.code} {row.name_km or row.name_en}")
        if (code)
        else Text(row.name_en, row.name_km)
    )


@dataclass
class Names:
    """Reference rows by key; `need` reads those that are not there yet.

    `revision`: with the names that they had then. What they mean is what they mean today.
    """

    session: Session
    revision: int | None = None
    institutions: dict[int, Institution] = field(default_factory=dict)
    offences: dict[int, Offence] = field(default_factory=dict)
    reasons: dict[int, Reason] = field(default_factory=dict)
    organisations: dict[int, Organisation] = field(default_factory=dict)
    jurisdictions: dict[int, Jurisdiction] = field(default_factory=dict)
    procedures: dict[int, Procedure] = field(default_factory=dict)

    def need(
        self,
        institutions: Iterable[int | None] = (),
        offences: Iterable[int | None] = (),
        reasons: Iterable[int | None] = (),
        organisations: Iterable[int | None] = (),
        jurisdictions: Iterable[int | None] = (),
        procedures: Iterable[int | None] = (),
    ) -> None:
        """Read the rows of these keys, one query for each table that lacks some."""
        self._read(Institution, self.institutions, institutions)
        self._read(Offence, self.offences, offences)
        self._read(Reason, self.reasons, reasons)
        self._read(Organisation, self.organisations, organisations)
        self._read(Jurisdiction, self.jurisdictions, jurisdictions)
        missing = _missing(self.procedures, procedures)
        if missing:
            query = select(ProcedureVersion).where(ProcedureVersion.id.in_(missing))
            for row in self.session.scalars(query):
                self.procedures[row.id] = loads(row.text, f"{row.name} {row.version}")

    def _read(self, model: Any, known: dict[int, Any], keys: Iterable[int | None]) -> None:
        missing = _missing(known, keys)
        if missing:
            for row in self.session.scalars(select(model).where(model.id.in_(missing))):
                known[row.id] = self._then(row)

    def _then(self, row: Any) -> Any:
        """Return a row with the names of then; a copy that belongs to no session if they differ."""
        was = self._was.get((row.__tablename__, row.id))
        if not was:
            return row
        names = {key: value for key, value in was.items() if "name_" in key}
        columns = row.__table__.columns.keys()
        return type(row)(**({key: getattr(row, key) for key in columns} | names))

    @cached_property
    def _was(self) -> dict[tuple[str, int], dict[str, Any] | None]:
        return {} if self.revision is None else reference_at(self.session, self.revision)


def _missing(known: dict[int, Any], keys: Iterable[int | None]) -> set[int]:
    return {key for key in keys if key is not None and key not in known}
