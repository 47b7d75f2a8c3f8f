"""A case as a program reads it: what its page shows one reader, and nothing beside it.

Made of a `CasePage`, in which `security.visibility` has already decided field by field. What it
left out is null or an empty list. Codes, ISO dates, English names; a span of days is written as
ISO 8601-2 does. Nothing depends on when it is asked, so that a past moment reads the same for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from courtwatch.reports.model import KnownAt
from courtwatch.services.case_page import (
    AccusedShown,
    CasePage,
    ChangeShown,
    ChargeShown,
    EventShown,
    HearingShown,
    NoteShown,
    ReasonShown,
    SentenceShown,
    SourceShown,
    TouchedShown,
    WordsShown,
    WriterShown,
)
from courtwatch.services.inexact_days import Span, write
from courtwatch.services.limit_standing import find_limit
from courtwatch.services.outcome_rules import version_of
from workflows.elements import Text
from workflows.time_limits import Clock

FORMAT_VERSION = 1
Values = dict[str, Any]


def as_values(page: CasePage, at: KnownAt | None) -> Values:
    """Return the case as plain values; `at` is the past moment that the page shows."""
    state = page.state
    return {
        "format": FORMAT_VERSION,
        "case": page.code,
        "as_known_at": None
        if at is None
        else {
            "revision": at.revision,
            "at": _moment(at.at),
            "same_again": "Only redaction, erasure and the reader's rights of today change it.",
            "words_taken_out_since": [
                {"at": _moment(when), "reason": reason} for when, reason in page.redacted_since
            ],
        },
        "seen_as": str(page.sight.level),
        "invented": page.jurisdiction.invented,
        "jurisdiction": page.jurisdiction.code,
        "court": None if page.court is None else page.court.code,
        "court_name": None if page.court is None else page.court.name_en,
        "organisation": None if page.owner is None else page.owner.code,
        "share_level": page.share_level,
        "opened_to": [one.en for one in page.grantees],
        "numbers": [{"issuer": issuer, "number": number} for issuer, number in page.numbers],
        "procedure": version_of(page.procedure),
        "outcome_rule": page.rule.en,
        "stage": state.stage,
        "stage_name": _text(page.stage),
        "outcome": state.outcome,
        "outcome_name": _text(page.outcome),
        "accused": [_accused(one, page) for one in page.accused],
        "victims": [
            {
                "number": one.number,
                "pseudonym": one.pseudonym,
                "sex": one.sex,
                "age_band": one.age_band,
                "citizenship": one.citizenship,
                "exploitation": one.exploitation,
                "civil_party": one.civil_party,
                "withdrawn": one.withdrawn,
                "taken_out": _taken_out(one.words),
            }
            for one in page.victims
        ],
        "events": [_event(one) for one in page.events],
        "hearings": [_hearing(one) for one in page.hearings],
        "notes": _notes(page.notes),
        "questions": [_writer(one) for one in page.requests],
        "merged": [
            {
                "case": one.code,
                "organisation": _text(one.owner),
                "merged": _writer(one.merged),
                "why": _notes(one.why),
            }
            for one in page.merged
        ],
    }


def _accused(one: AccusedShown, page: CasePage) -> Values:
    state, days = one.state, one.days
    return {
        "prosecution": one.code,
        "number": one.number,
        "names": [{"script": script, "name": name} for script, name in one.names],
        "names_taken_out": [_taken_out(words) for words in one.name_words],
        "pseudonym": one.pseudonym,
        "sex": one.sex,
        "age_band": one.age_band,
        "citizenship": one.citizenship,
        "official": one.official,
        "related_to_child_victim": one.related,
        "registered_on": _span(one.registered),
        "stage": state.stage,
        "stage_name": _text(one.stage),
        "stage_since": _span(days.stage),
        "live": state.live,
        "suspended": state.suspended,
        "reopened": state.reopened,
        "custody": state.custody,
        "custody_name": _text(one.custody),
        "custody_since": _span(days.custody),
        "outcome": state.outcome,
        "outcome_name": _text(one.outcome),
        "event_code": state.event_code,
        "ended_by": state.ended_by,
        "ended_by_name": _text(one.ended_by),
        "ended_on": _span(days.ended),
        "last_verified_on": _span(days.verified),
        "charges": [_charge(charge, one) for charge in one.charges],
        "changes": [_change(change) for change in one.changes],
        "time_limits": [_clock(clock, page) for clock in one.clocks],
        "unresolved": [
            {
                "event": item.event_id,
                "step": item.step.en,
                "why": item.why.en,
                "permitted": [step.en for step in item.permitted],
            }
            for item in one.unresolved
        ],
    }


def _charge(one: ChargeShown, accused: AccusedShown) -> Values:
    position = accused.state.positions.get(one.id)
    return {
        "number": one.number,
        "kind": one.kind,
        "offence": _text(one.offence),
        "article": one.article,
        "as_given": one.as_given,
        "exploitation": one.exploitation,
        "stage": None if position is None else position.stage,
        "stage_name": _text(one.stage),
        "since": _span(one.since),
        "disposition": None if position is None else position.disposition,
        "disposition_name": _text(one.disposition),
        "disposed_on": _span(one.disposed_on),
        "ended_by": _text(one.ended_by),
        "institution": _text(one.institution),
        "live": one.live,
        "counted": one.counted,
        "voided": one.voided,
        "replaced_by": one.by,
        **_decided(one),
        "taken_out": _taken_out(one.words),
    }


def _change(one: ChangeShown) -> Values:
    return {
        "charge": one.number,
        "was": _text(one.was),
        "as_given": one.as_given,
        "became": _text(one.became),
        "replaced_by": one.by,
        "event": one.event_id,
        "step": one.step.en,
        "actor": _text(one.actor),
        "institution": _text(one.institution),
        **_days(one),
    }


def _clock(one: Clock, page: CasePage) -> Values:
    """Return a time limit: when it is due, never whether it is over, which moves with today."""
    limit = find_limit(page.procedure, one.limit)
    return {
        "limit": one.limit,
        "limit_name": None if limit is None else limit.label.en,
        "article": None if limit is None else limit.article,
        "verified": limit is not None and limit.verified,
        "event": one.act_id,
        "started_at": _moment(one.started_at),
        "due_at": _moment(one.due_at),
        "latest_due_at": _moment(one.latest_due_at),
        "ended": one.ended,
        "ended_at": _moment(one.ended_at),
        "latest_ended_at": _moment(one.latest_ended_at),
        "unknown": one.unknown,
    }


def _event(one: EventShown) -> Values:
    return {
        "event": one.id,
        "step": one.step.en,
        "actor": _text(one.actor),
        "article": one.article,
        "institution": _text(one.institution),
        **_days(one),
        "time": one.time,
        "mode": one.mode,
        "entry_stage": _text(one.entry_stage),
        "touched": [_touched(target) for target in one.touched],
        **_decided(one),
        "sources": [_source(source) for source in one.sources],
        "notes": _notes(one.notes),
        "entered": _writer(one.entered),
        "changed": _writer(one.changed),
        "in_place_of": one.in_place_of,
        "held_by": one.held_by,
        "earlier": [[_day(first), _day(last)] for first, last in one.earlier],
        "unresolved": _text(one.unresolved),
        "voided": one.voided,
        "void_reason": one.void_reason,
        "corrected": _writer(one.corrected),
        "remarks": _notes(one.remarks),
    }


def _touched(one: TouchedShown) -> Values:
    return {
        "accused": one.accused,
        "charge": _text(one.charge),
        "disposition": _text(one.disposition),
        "to_offence": _text(one.to_offence),
        "new": one.new,
        "instead_of": _text(one.instead_of),
    }


def _source(one: SourceShown) -> Values:
    return {
        "source": one.source,
        "reliability": one.reliability,
        "organisation": _text(one.organisation),
        "person": one.person,
        **_days(one),
        "disposition": _text(one.disposition),
        "chosen": one.chosen,
    }


def _hearing(one: HearingShown) -> Values:
    return {
        "hearing": one.code,
        "day": _day(one.day),
        "time": one.time,
        "kind": one.kind,
        "court": _text(one.court),
        "status": one.status,
        "adjournment_reason": _text(one.reason),
        "next_on": _day(one.next_on),
        "presence": [{"accused": number, "presence": told} for number, told in one.presence],
        "notes": _notes(one.notes),
        "voided": one.voided,
        "void_reason": one.void_reason,
        "remarks": _notes(one.remarks),
        "was": [
            {
                "kind": was.kind,
                "day": _day(was.day),
                "court": _text(was.court),
                "accused": list(was.accused),
                "corrected": _writer(was.corrected),
            }
            for was in one.was
        ],
    }


def _decided(one: ChargeShown | EventShown) -> Values:
    return {
        "reasons_stated": [_reason(reason) for reason in one.reasons_stated],
        "reasons_assessed": [_reason(reason) for reason in one.reasons_assessed],
        "sentences": [_sentence(sentence) for sentence in one.sentences],
    }


def _reason(one: ReasonShown) -> Values:
    return {"reason": one.code, "name": one.name.en, "confidence": one.confidence}


def _sentence(one: SentenceShown) -> Values:
    return {
        "kind": one.kind,
        "length_days": one.length_days,
        "length_as_given": one.length_as_given,
        "suspended_days": one.suspended_days,
        "fine": None if one.fine is None else str(one.fine),
        "awarded": None if one.awarded is None else str(one.awarded),
        "paid": None if one.paid is None else str(one.paid),
        "currency": one.currency,
        "taken_out": _taken_out(one.words),
    }


def _notes(notes: Iterable[NoteShown]) -> list[Values]:
    return [
        {
            "text": one.text,
            "language": one.language,
            "tier": one.tier,
            "organisation": _text(one.organisation),
            "person": one.person,
            "taken_out": _taken_out(one.words),
        }
        for one in notes
    ]


def _writer(one: WriterShown | None) -> Values | None:
    if one is None:
        return None
    return {
        "at": _moment(one.at),
        "organisation": _text(one.organisation),
        "person": one.person,
        "system": one.system,
    }


def _taken_out(words: WordsShown | None) -> Values | None:
    if words is None or words.taken_out is None:
        return None
    at, reason = words.taken_out
    return {"at": _moment(at), "reason": reason}


def _days(one: EventShown | SourceShown | ChangeShown) -> Values:
    return {"first": _day(one.first), "last": _day(one.last), "precision": one.precision}


def _text(value: Text | None) -> str | None:
    return None if value is None else value.en


def _span(value: Span | None) -> str | None:
    return None if value is None else write(value)


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _moment(value: datetime | time | None) -> str | None:
    return None if value is None else value.isoformat()
