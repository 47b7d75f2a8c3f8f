"""Kinds of what a case is about: what is missing, and what belongs elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, exists, func

from courtwatch.models import (
    Case,
    CaseNumber,
    Charge,
    Event,
    Hearing,
    Institution,
    Offence,
    Person,
    Prosecution,
    ProsecutionCase,
    Victim,
)
from courtwatch.models.vocabulary import (
    AgeBand,
    InstitutionKind,
    ShareLevel,
    YesNoUnknown,
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
from courtwatch.services.integrity.tables import (
    F,
    of_events,
    of_facts,
    of_hearings,
    recorded_by_monitors,
)
from courtwatch.services.messages import _
from workflows.elements import Phase

Queries = Sequence[Select[Any]]
_MINORS = tuple(band for band in AgeBand if band.minor)


def _case_without_number(context: Context) -> Queries:
    numbered = exists().where(CaseNumber.case_id == Case.id, CaseNumber.rev_to.is_(None))
    query = (
        of_facts(found(case=Case.id, first=func.min(F.stage)))
        .where(F.phase == Phase.ACCUSED, ~numbered, recorded_by_monitors())
        .group_by(Case.id)
    )
    return (query,)


def _case_without_court(context: Context) -> Queries:
    query = (
        of_facts(found(case=Case.id, first=func.min(F.stage)))
        .where(
            Case.court_id.is_(None),
            F.court_id.is_(None),
            F.phase.in_((Phase.ACCUSED, Phase.CONVICTED)),
            recorded_by_monitors(),
        )
        .group_by(Case.id)
    )
    return (query,)


def _case_without_accused(context: Context) -> Queries:
    inside = exists().where(ProsecutionCase.case_id == Case.id, ProsecutionCase.rev_to.is_(None))
    query = found(case=Case.id).select_from(Case).where(Case.merged_into_id.is_(None), ~inside)
    return (query,)


def _elsewhere(context: Context) -> Queries:
    court = found(case=Case.id, first=Case.court_id).select_from(Case)
    event = of_events(found(case=Case.id, event=Event.id, first=Event.institution_id))
    hearing = of_hearings(found(case=Case.id, hearing=Hearing.id, first=Hearing.institution_id))
    away = Institution.jurisdiction_id != Case.jurisdiction_id
    return (
        court.join(Institution, Institution.id == Case.court_id).where(
            away, Case.merged_into_id.is_(None)
        ),
        event.join(Institution, Institution.id == Event.institution_id).where(away),
        hearing.join(Institution, Institution.id == Hearing.institution_id).where(away),
    )


def _offence_elsewhere(context: Context) -> Queries:
    query = (
        of_facts(
            found(
                case=F.case_id, prosecution=F.prosecution_id, row=Charge.id, first=Charge.offence_id
            )
        )
        .join(Charge, Charge.prosecution_id == F.prosecution_id)
        .join(Offence, Offence.id == Charge.offence_id)
        .where(Charge.voided.is_(False), Offence.jurisdiction_id != Case.jurisdiction_id)
    )
    return (query,)


def _court_is_no_court(context: Context) -> Queries:
    case_court = found(case=Case.id, first=Case.court_id).select_from(Case)
    hearing = of_hearings(found(case=Case.id, hearing=Hearing.id, first=Hearing.institution_id))
    other = Institution.kind != InstitutionKind.COURT
    return (
        case_court.join(Institution, Institution.id == Case.court_id).where(
            other, Case.merged_into_id.is_(None)
        ),
        hearing.join(Institution, Institution.id == Hearing.institution_id).where(other),
    )


def _child_victim_shared(context: Context) -> Queries:
    """Shared in full, a child victim, and an accused whose relation to the child nobody gave."""
    query = (
        found(case=Case.id, prosecution=Prosecution.id)
        .select_from(Case)
        .join(ProsecutionCase, ProsecutionCase.case_id == Case.id)
        .join(Prosecution, Prosecution.id == ProsecutionCase.prosecution_id)
        .join(Person, Person.id == Prosecution.person_id)
        .where(
            Case.merged_into_id.is_(None),
            Case.share_level == ShareLevel.FULL,
            ProsecutionCase.rev_to.is_(None),
            Person.related_to_child_victim == YesNoUnknown.UNKNOWN,
            exists().where(
                Victim.case_id == Case.id,
                Victim.age_band.in_(_MINORS),
                Victim.withdrawn.is_(False),
            ),
        )
    )
    return (query,)


KINDS: tuple[Kind, ...] = (
    Kind(
        code="case_without_number",
        group=Group.ENTRY,
        severity=Severity.TO_DO,
        title=_("Case before a court without a number"),
        explanation=_(
            "Without its number the case can't be asked for at the court, and another "
            "organisation's record of it is not recognised."
        ),
        told=_("The case is before a court and has no number."),
        mend=_("Ask for the number and add it."),
        who=Mender.MONITOR,
        find=_case_without_number,
        values=(Value.STAGE,),
        route="case_number_add",
    ),
    Kind(
        code="case_without_court",
        group=Group.ENTRY,
        severity=Severity.TO_DO,
        title=_("Case before a court that is not named"),
        explanation=_(
            "The accused stands before a court, and no court is recorded. Every comparison of "
            "courts leaves the case out."
        ),
        told=_("The case is before a court, and nobody said which."),
        mend=_("Enter the next step with the court that acted."),
        who=Mender.MONITOR,
        find=_case_without_court,
        values=(Value.STAGE,),
        route="hearing_add",
    ),
    Kind(
        code="case_without_accused",
        group=Group.ENTRY,
        severity=Severity.TO_DO,
        title=_("Case without an accused"),
        explanation=_(
            "No prosecution belongs to the case any more. It is counted nowhere and found by "
            "nobody who looks for an accused."
        ),
        told=_("No accused belongs to this case."),
        mend=_("Add the accused."),
        who=Mender.MONITOR,
        find=_case_without_accused,
        route="accused_add",
    ),
    Kind(
        code="institution_elsewhere",
        group=Group.ENTRY,
        severity=Severity.WRONG,
        title=_("Institution of another jurisdiction"),
        explanation=_(
            "Case, event or hearing names a court or office of another jurisdiction. A report is "
            "of one jurisdiction, so the act is missing there."
        ),
        told=_("${first} belongs to another jurisdiction."),
        mend=_("Correct the entry and enter it again with the right institution."),
        who=Mender.MONITOR,
        find=_elsewhere,
        values=(Value.INSTITUTION,),
        route="case",
    ),
    Kind(
        code="offence_elsewhere",
        group=Group.ENTRY,
        severity=Severity.WRONG,
        title=_("Offence of another jurisdiction"),
        explanation=_(
            "A charge names an offence of another jurisdiction's law. Figures by offence can't "
            "place it."
        ),
        told=_("A charge is for “${first}”, which is an offence elsewhere."),
        mend=_("Correct the charge."),
        who=Mender.MONITOR,
        find=_offence_elsewhere,
        values=(Value.OFFENCE,),
        route="case",
    ),
    Kind(
        code="court_is_no_court",
        group=Group.ENTRY,
        severity=Severity.WRONG,
        title=_("Court that is no court"),
        explanation=_(
            "A police unit or prosecution office stands where the court of a case or hearing "
            "should. It would appear among the courts that are compared."
        ),
        told=_("${first} is named as the court."),
        mend=_("Correct the hearing, or the court of the case."),
        who=Mender.MONITOR,
        find=_court_is_no_court,
        values=(Value.INSTITUTION,),
        route="case",
    ),
    Kind(
        code="child_victim_shared",
        group=Group.ENTRY,
        severity=Severity.DOUBTFUL,
        title=_("Child victim, shared in full, relation to the accused unknown"),
        explanation=_(
            "The case is shared in full and has a victim under 18. Where the accused is a "
            "relative, the accused's name tells who the child is. As long as nobody has said, the "
            "name is withheld from others; say it, or share less."
        ),
        told=_("Nobody has said whether the accused is related to the child victim."),
        mend=_("Say whether the accused is related to the child, or share the case without names."),
        who=Mender.COORDINATOR,
        find=_child_victim_shared,
        route="case_share",
    ),
)
