"""Kinds of one thing entered twice: an accused, a number, a case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, exists, or_
from sqlalchemy.orm import aliased

from courtwatch.models import (
    Case,
    CaseLink,
    CaseNumber,
    Event,
    EventTarget,
    PersonName,
    Prosecution,
    ProsecutionCase,
)
from courtwatch.models.vocabulary import (
    LinkDecision,
)
from courtwatch.services.integrity.kinds import (
    Context,
    Group,
    Kind,
    Mender,
    Severity,
    Value,
    found,
)
from courtwatch.services.integrity.tables import HELD
from courtwatch.services.messages import _

Queries = Sequence[Select[Any]]


def _has_entries(prosecution_id: Any) -> Any:
    """Return that something that holds was entered about a prosecution."""
    return exists().where(
        EventTarget.prosecution_id == prosecution_id, EventTarget.event_id == Event.id, HELD
    )


def _accused_twice(context: Context) -> Queries:
    """Two accused of one case with the same key of a name, and entries of both that hold."""
    second_link, second = aliased(ProsecutionCase), aliased(Prosecution)
    name, other_name = aliased(PersonName), aliased(PersonName)
    query = (
        found(case=Case.id, prosecution=second.id, first=Prosecution.public_code)
        .select_from(ProsecutionCase)
        .join(Case, Case.id == ProsecutionCase.case_id)
        .join(Prosecution, Prosecution.id == ProsecutionCase.prosecution_id)
        .join(
            second_link,
            and_(
                second_link.case_id == ProsecutionCase.case_id,
                second_link.prosecution_id > ProsecutionCase.prosecution_id,
                second_link.rev_to.is_(None),
            ),
        )
        .join(second, second.id == second_link.prosecution_id)
        .join(name, name.person_id == Prosecution.person_id)
        .join(other_name, other_name.person_id == second.person_id)
        .where(
            ProsecutionCase.rev_to.is_(None),
            Case.merged_into_id.is_(None),
            Prosecution.merged_into_id.is_(None),
            second.merged_into_id.is_(None),
            name.rev_to.is_(None),
            other_name.rev_to.is_(None),
            name.key != "",
            name.key == other_name.key,
            _has_entries(Prosecution.id),
            _has_entries(second.id),
        )
        .distinct()
    )
    return (query,)


def _undecided(a_id: Any, b_id: Any) -> Any:
    """Return that nobody has decided whether two cases are the same."""
    decided = (LinkDecision.SAME, LinkDecision.NOT_SAME)
    link = aliased(CaseLink)
    return ~exists().where(
        or_(
            and_(link.a_id == a_id, link.b_id == b_id),
            and_(link.a_id == b_id, link.b_id == a_id),
        ),
        link.decision.in_(decided),
        link.rev_to.is_(None),
    )


def _told_here(context: Context, other: Any) -> Any:
    """Return that a pair is told of this case: once, or to each organisation of its own."""
    once = Case.id > other.id
    return once if context.of is None else or_(once, other.owner_id != Case.owner_id)


def _number_used_twice(context: Context) -> Queries:
    """One number of one issuer at one court in two cases; told once where both can be read."""
    other, number = aliased(Case), aliased(CaseNumber)
    query = (
        found(case=Case.id, row=other.id, first=other.public_code)
        .select_from(CaseNumber)
        .join(Case, Case.id == CaseNumber.case_id)
        .join(
            number,
            and_(
                number.normalised == CaseNumber.normalised,
                number.case_id != CaseNumber.case_id,
                number.issuer_kind == CaseNumber.issuer_kind,
                number.rev_to.is_(None),
            ),
        )
        .join(other, other.id == number.case_id)
        .where(
            CaseNumber.rev_to.is_(None),
            CaseNumber.normalised != "",
            Case.merged_into_id.is_(None),
            other.merged_into_id.is_(None),
            other.court_id == Case.court_id,
            context.readable(other),
            _undecided(Case.id, other.id),
            _told_here(context, other),
        )
        .distinct()
    )
    return (query,)


def _alike_undecided(context: Context) -> Queries:
    """A pair that somebody marked as perhaps the same, and nobody decided."""
    other = aliased(Case)
    here = or_(CaseLink.a_id == Case.id, CaseLink.b_id == Case.id)
    there = or_(CaseLink.a_id == other.id, CaseLink.b_id == other.id)
    query = (
        found(case=Case.id, row=other.id, first=other.public_code)
        .select_from(CaseLink)
        .join(Case, here)
        .join(other, and_(there, other.id != Case.id))
        .where(
            CaseLink.decision == LinkDecision.MAYBE,
            CaseLink.rev_to.is_(None),
            Case.merged_into_id.is_(None),
            other.merged_into_id.is_(None),
            context.readable(other),
            _undecided(Case.id, other.id),
            _told_here(context, other),
        )
        .distinct()
    )
    return (query,)


KINDS: tuple[Kind, ...] = (
    Kind(
        code="accused_twice",
        group=Group.ENTRY,
        severity=Severity.DOUBTFUL,
        title=_("The same accused twice in one case"),
        explanation=_(
            "Two accused of one case have the same name, spelling aside. If it is one person, "
            "figures count one prosecution twice."
        ),
        told=_("Has the same name as the accused of ${first}."),
        mend=_(
            "Compare the two. If they are one person, take back the entries of the one that was "
            "entered twice."
        ),
        who=Mender.MONITOR,
        find=_accused_twice,
        values=(Value.PLAIN,),
        route="case",
    ),
    Kind(
        code="number_used_twice",
        group=Group.ENTRY,
        severity=Severity.DOUBTFUL,
        title=_("Number used twice at a court"),
        explanation=_(
            "Two cases at one court carry the same number of the same issuer. If they are one "
            "case, it is counted twice; if not, one of the numbers is wrong."
        ),
        told=_("The number is also that of the case ${first}."),
        mend=_("Compare the two cases: correct the number, or say that they are the same or not."),
        who=Mender.MONITOR,
        find=_number_used_twice,
        values=(Value.PLAIN,),
        route="case",
    ),
    Kind(
        code="alike_undecided",
        group=Group.ENTRY,
        severity=Severity.TO_DO,
        title=_("Cases that may be the same, undecided"),
        explanation=_(
            "Somebody marked two cases as perhaps the same, and nobody has decided. Until then "
            "both are counted."
        ),
        told=_("May be the same case as ${first}."),
        mend=_("Compare the two and decide."),
        who=Mender.COORDINATOR,
        find=_alike_undecided,
        values=(Value.PLAIN,),
        route="case",
    ),
)
