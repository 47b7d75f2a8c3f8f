"""What was written to a case, in words: one phrase for each row, with old and new where edited."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from courtwatch import labels
from courtwatch.models import Institution, Offence, ProcedureVersion, Reason
from courtwatch.models.vocabulary import EventStatus
from courtwatch.services import labels as names
from courtwatch.services.case_history import Change, How, Written
from courtwatch.services.case_page import CasePage
from courtwatch.services.messages import _
from courtwatch.views.case_words import text, when
from courtwatch.web.dates import format_day

_THINGS = {
    "case": (_("Case opened"), _("Case changed"), None),
    "prosecution": (_("Accused added"), _("Prosecution changed"), None),
    "prosecution_case": (_("Prosecution in this case"), None, _("Prosecution left this case")),
    "person": (None, _("What is known of an accused changed"), None),
    "person_name": (_("Name added"), None, _("Name replaced")),
    "charge": (_("Charge added"), _("Charge changed"), None),
    "event": (_("Entry"), None, _("Entry corrected")),
    "event_account": (_("Source"), None, None),
    "hearing_prosecution": (_("Who was there was recorded"), None, _("Who was there was changed")),
    "hearing": (_("Hearing recorded"), _("Hearing changed"), None),
    "victim": (_("Victim added"), _("What is known of a victim changed"), None),
    "case_number": (_("Case number added"), None, _("Case number replaced")),
    "case_grant": (_("Opened to another organisation"), None, _("Closed to an organisation")),
    "note": (_("Note written"), None, _("Note replaced")),
}
_HELD = {
    ("note", "text"): _("a note"),
    ("person_name", "text"): _("a name"),
    ("person", "pseudonym"): _("an accused’s pseudonym"),
    ("victim", "pseudonym"): _("a victim’s pseudonym"),
    ("charge", "as_given"): _("a charge"),
    ("case_number", "as_given"): _("a case number"),
    ("sentence", "length_as_given"): _("a sentence"),
    ("answer", "note"): _("an answer"),
}
"""What words were taken out of, by table and column."""
COLUMNS = {
    "share_level": _("Sharing"),
    "procedure_version_id": _("Procedure"),
    "court_id": _("Court"),
    "status": _("What became of it"),
    "adjournment_reason_id": _("Reason for adjournment"),
    "next_on": _("Next date"),
    "scheduled_on": _("Day"),
    "scheduled_time": _("Time"),
    "institution_id": _("Court"),
    "kind": _("Kind"),
    "offence_id": _("Offence"),
    "exploitation": _("Exploitation"),
    "voided": _("Taken back"),
    "age_band": _("Age"),
    "sex": _("Sex"),
    "official": _("An official"),
    "citizenship": _("Citizenship"),
    "registered_on": _("Registered"),
    "civil_party": _("Civil party"),
    "withdrawn": _("withdrew"),
}
"""The columns whose old and new values are told: codes and days, never a name."""
_WORDS: dict[str, Any] = {
    "share_level": labels.SHARE_LEVELS,
    "status": labels.HEARING_STATUSES,
    "exploitation": labels.EXPLOITATIONS,
    "age_band": labels.AGE_BANDS,
    "sex": labels.SEXES,
    "official": labels.YES_NO,
    "civil_party": labels.YES_NO,
}
_ROWS: dict[str, Any] = {
    "court_id": Institution,
    "institution_id": Institution,
    "adjournment_reason_id": Reason,
    "offence_id": Offence,
}


def describe(session: Session, page: CasePage, written: Iterable[Written]) -> list[str]:
    """Return a phrase for each row that was written, without repeating one."""
    phrases = (_phrase(session, page, one) for one in written)
    return list(dict.fromkeys(phrase for phrase in phrases if phrase))


def _taken_out(written: Written) -> str:
    (change,) = written.changes
    what = text(_HELD[written.table, change.column])
    why = text(labels.label(labels.REDACTION_REASONS, change.new)).lower()
    return text(_("Words taken out of ${what}: ${why}", mapping={"what": what, "why": why}))


def _phrase(session: Session, page: CasePage, written: Written) -> str:
    if written.how is How.REDACTED:
        return _taken_out(written)
    added, edited, closed = _THINGS.get(written.table, (None, None, None))
    words = {How.ADDED: added, How.EDITED: edited, How.CLOSED: closed}[written.how]
    if written.table == "event":
        return _entry(page, written)
    if words is None:
        return ""
    parts = [text(words)]
    if written.table == "hearing":
        parts[0] += f" ({format_day(written.values['scheduled_on'])})"
    if written.table == "event_account":
        parts[0] += f" ({_source(written)})"
    changed = [_changed(session, page, change) for change in written.changes]
    if told := [words for words in changed if words]:
        parts.append(", ".join(told))
    return ": ".join(parts)


def _source(written: Written) -> str:
    values = written.values
    day = when(values["occurred_from"], values["occurred_to"], values["precision"])
    return f"{text(labels.label(labels.SOURCES, values['source']))}, {day}"


def _entry(page: CasePage, written: Written) -> str:
    values = written.values
    step = text(names.step_label(page.procedure, values["step"]))
    day = when(values["occurred_from"], values["occurred_to"], values["precision"])
    if written.how is How.ADDED:
        return f"{step} ({day})"
    if values["status"] is EventStatus.VOIDED:
        return text(_("Entry corrected: ${entry}", mapping={"entry": f"{step} ({day})"}))
    return text(_("Entry replaced: ${entry}", mapping={"entry": f"{step} ({day})"}))


def _changed(session: Session, page: CasePage, change: Change) -> str:
    if change.column not in COLUMNS or (change.column == "share_level" and not page.own):
        return ""
    label = text(COLUMNS[change.column])
    old, new = (value_words(session, change.column, v) for v in (change.old, change.new))
    return f"{label}: {old} → {new}"


def value_words(session: Session, column: str, value: Any) -> str:
    """Return the value of a column as a person reads it."""
    if value is None or value == "":
        return "–"
    if column == "procedure_version_id":
        version = session.get(ProcedureVersion, value)
        return f"{version.name} {version.version}" if version is not None else "–"
    if column in _ROWS:
        row = session.get(_ROWS[column], value)
        return text(names.named(row)) if row is not None else "–"
    if column in _WORDS:
        return text(labels.label(_WORDS[column], value))
    if isinstance(value, bool):
        return text(_("yes") if value else _("no"))
    return format_day(value) if hasattr(value, "month") else str(value)
