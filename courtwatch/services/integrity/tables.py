"""Pieces that the finders of several kinds share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import aliased

from courtwatch.models import (
    Case,
    Event,
    EventAccount,
    EventTarget,
    Hearing,
    HearingProsecution,
    Organisation,
    ProsecutionCase,
    ProsecutionFact,
)
from courtwatch.models.vocabulary import AccountSource, EventStatus, OrganisationKind, Precision

F = ProsecutionFact
HELD: ColumnElement[bool] = and_(Event.rev_to.is_(None), Event.status == EventStatus.RECORDED)
"""An event that holds: neither corrected nor replaced."""


def of_facts(query: Select[Any]) -> Select[Any]:
    """Read the present facts of prosecutions, with their cases."""
    return query.select_from(F).join(Case, Case.id == F.case_id).where(F.rev_to.is_(None))


def of_hearings(query: Select[Any]) -> Select[Any]:
    """Read the hearings that were not taken back, with their cases."""
    joined = query.select_from(Hearing).join(Case, Case.id == Hearing.case_id)
    return joined.where(Hearing.voided.is_(False), Case.merged_into_id.is_(None))


def of_events(query: Select[Any]) -> Select[Any]:
    """Read the events that hold, with their cases."""
    joined = query.select_from(Event).join(Case, Case.id == Event.case_id)
    return joined.where(HELD, Case.merged_into_id.is_(None))


def of_targets(query: Select[Any]) -> Select[Any]:
    """Read what the events that hold did, with the case where each prosecution is now."""
    return (
        query.select_from(EventTarget)
        .join(Event, Event.id == EventTarget.event_id)
        .join(ProsecutionCase, ProsecutionCase.prosecution_id == EventTarget.prosecution_id)
        .join(Case, Case.id == ProsecutionCase.case_id)
        .where(HELD, ProsecutionCase.rev_to.is_(None), Case.merged_into_id.is_(None))
    )


def recorded_by_monitors() -> ColumnElement[bool]:
    """Return that members of the case's organisation can enter what is missing.

    What a register alone tells of can't be asked for: it holds what it holds.
    """
    kind = Organisation.kind == OrganisationKind.NGO
    own, told = aliased(Event), aliased(EventAccount)
    by_people = exists().where(
        own.case_id == Case.id, told.event_id == own.id, told.rev_to.is_(None), _by_people(told)
    )
    return and_(
        Case.owner_id.in_(select(Organisation.id).where(kind)),
        or_(Case.batch_id.is_(None), by_people),
    )


def _by_people(account: Any) -> ColumnElement[bool]:
    told: ColumnElement[bool] = account.source != AccountSource.OFFICIAL_REGISTER
    return told


def told_by_people() -> ColumnElement[bool]:
    """Return that an event is known from more than a register."""
    return exists().where(
        EventAccount.event_id == Event.id, EventAccount.rev_to.is_(None), _by_people(EventAccount)
    )


def follows_hearings() -> ColumnElement[bool]:
    """Return that the hearings of a case are followed: a register may have none at all."""
    other = aliased(Hearing)
    return Case.batch_id.is_(None) | exists().where(
        other.case_id == Case.id, other.voided.is_(False)
    )


def dated_exactly(prosecution_id: Any) -> ColumnElement[bool]:
    """Return that a prosecution has no event with a vague day, whose order nobody knows."""
    return ~exists().where(
        EventTarget.prosecution_id == prosecution_id,
        EventTarget.event_id == Event.id,
        HELD,
        Event.precision != Precision.DAY,
    )


def at_hearing(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return that a hearing deals with a prosecution whose present fact fits."""
    return exists().where(
        HearingProsecution.hearing_id == Hearing.id,
        HearingProsecution.rev_to.is_(None),
        F.prosecution_id == HearingProsecution.prosecution_id,
        F.rev_to.is_(None),
        *conditions,
    )
