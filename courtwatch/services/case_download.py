"""One row of the list of cases as a download says it: codes, ISO dates, English names beside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from courtwatch.services.case_list import Row
from courtwatch.services.outcome_rules import rule_in_brief, version_of
from workflows.procedure import Procedure

COLUMNS = (
    "case", "prosecution", "jurisdiction", "invented", "stage", "live", "outcome", "event_code",
    "ended_by", "disposition", "reason_stated", "reason_assessed", "court", "court_name",
    "decided_by", "offence", "offence_name", "exploitation", "custody", "arrested_on",
    "registered_on", "charged_on", "trial_on", "ended_on", "entry_date", "entry_stage",
    "furthest_stage", "last_event_on", "last_verified_on", "reopened", "charges", "unresolved",
    "sex", "age_band", "official", "accused", "case_numbers", "organisation", "share_level",
    "procedure", "seen_as", "outcome_rule", "inexact_days",
)  # fmt: skip


def _code(row: Any) -> str | None:
    return None if row is None else str(row.code)


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def as_values(row: Row, address_of: Callable[[Procedure], str]) -> dict[str, Any]:
    """Return one row of a download: codes and ISO dates, English names beside the codes.

    `address_of` gives the page on which a procedure's rule of outcomes stands in full.
    """
    fact = row.fact
    plain = {
        name: getattr(fact, name)
        for name in (
            "stage", "live", "outcome", "event_code", "ended_by", "disposition", "exploitation",
            "custody", "entry_stage", "furthest_stage", "reopened", "charges", "unresolved", "sex",
            "age_band", "official",
        )
    }  # fmt: skip
    days = {name: _day(getattr(fact, name)) for name in COLUMNS if name.endswith("_on")}
    values = (
        plain
        | days
        | {
            "case": row.case_code,
            "prosecution": row.prosecution_code,
            "jurisdiction": row.jurisdiction.code,
            "invented": row.jurisdiction.invented,
            "entry_date": _day(fact.entry_date),
            "inexact_days": "; ".join((fact.inexact or "").split()) or None,
            "reason_stated": _code(row.reason_stated),
            "reason_assessed": _code(row.reason_assessed),
            "court": _code(row.court),
            "court_name": row.court.name_en if row.court else None,
            "decided_by": _code(row.decided_by),
            "offence": _code(row.offence),
            "offence_name": row.offence.name_en if row.offence else None,
            "accused": " / ".join(text for _script, text in row.accused_names) or row.pseudonym,
            "case_numbers": "; ".join(row.numbers) or None,
            "organisation": _code(row.organisation),
            "share_level": row.share_level,
            "procedure": version_of(row.procedure),
            "seen_as": str(row.level),
            "outcome_rule": rule_in_brief(row.procedure, address_of(row.procedure)),
        }
    )
    return {name: values[name] for name in COLUMNS}
