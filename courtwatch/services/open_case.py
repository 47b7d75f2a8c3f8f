"""Open a case, after looking for the same case among those that are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rapidfuzz.fuzz import token_sort_ratio
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from courtwatch.commands.cases import AddCaseNumber, AddNote, FindCase, OpenCase
from courtwatch.commands.parsing import Invalid, When
from courtwatch.models import (
    AccessRequest,
    Audit,
    Case,
    CaseNumber,
    Institution,
    Jurisdiction,
    Note,
    Organisation,
    Person,
    PersonName,
    ProcedureVersion,
    Prosecution,
    ProsecutionCase,
    new_public_code,
)
from courtwatch.models.vocabulary import InstitutionKind
from courtwatch.security.visibility import level_for, sight_of
from courtwatch.services.child_victims import child_victim_cases
from courtwatch.services.facts import refresh
from courtwatch.services.messages import Told, _
from courtwatch.services.people import enter_prosecution, stored_name_key
from courtwatch.services.procedure_versions import valid_on
from courtwatch.services.work import Work
from search_index.numbers import normalise_case_number

NUMBER_ISSUERS = ("police", "prosecutor", "investigating", "court", "appeal", "supreme", "other")
SIMILAR_NAMES = 88  # of 100, token_sort_ratio on folded keys
MATCHES_SHOWN = 10
FINDS_PER_HOUR = 10
FIND_ACTION = "case:find_elsewhere"
CANDIDATES = 2_000


@dataclass(frozen=True)
class Match:
    """A case that may be the same. Without `code` the asker may know only that it exists."""

    why: tuple[str, ...]
    code: str | None
    owner: Organisation
    score: int


class TooManyFinds(Told):
    """The hourly limit of questions about other organisations' cases is reached."""


def open_case(work: Work, command: OpenCase) -> Case:
    """Open a case with its first accused. Raises Invalid naming the field."""
    jurisdiction = work.session.get(Jurisdiction, command.jurisdiction)
    if jurisdiction is None:
        raise Invalid({"jurisdiction": _("Choose the jurisdiction")})
    court = court_of(work, jurisdiction, command.court)
    case = work.add(
        Case(
            public_code=new_public_code("C"),
            jurisdiction_id=jurisdiction.id,
            procedure_version_id=procedure_for(work.session, jurisdiction, work.now).id,
            owner_id=work.organisation_id,
            court_id=court.id if court else None,
            share_level=command.share_level,
            installation=work.installation,
        )
    )
    if command.number:
        add_number(
            work,
            case,
            AddCaseNumber(number=command.number, number_issuer=command.number_issuer),
        )
    prosecution = enter_prosecution(
        work, case, command, command.stage, command.seen or When.unknown(), command.source
    )
    if command.note:
        add_note(work, case, AddNote(text=command.note))
    refresh(work, [prosecution.id])
    return case


def court_of(work: Work, jurisdiction: Jurisdiction, court_id: int | None) -> Institution | None:
    """Return the court that a form names, if one is named. Raises Invalid for any other."""
    if court_id is None:
        return None
    court = work.session.get(Institution, court_id)
    fits = (
        court is not None
        and court.jurisdiction_id == jurisdiction.id
        and court.kind is InstitutionKind.COURT
    )
    if not fits:
        raise Invalid({"court": _("Choose a court from the list")})
    return court


def procedure_for(
    session: Session, jurisdiction: Jurisdiction, moment: datetime
) -> ProcedureVersion:
    """Return the version that a case opened at this moment gets: the newest valid on that day."""
    day = moment.astimezone(ZoneInfo(jurisdiction.time_zone)).date()
    return session.scalars(valid_on(jurisdiction.procedure_name, day)).one()


def add_number(work: Work, case: Case, command: AddCaseNumber) -> CaseNumber:
    """Add a case number as given, and normalised for finding it. Raises Invalid."""
    if command.number_issuer not in NUMBER_ISSUERS:
        raise Invalid({"number_issuer": _("Choose who gave the number")})
    normalised = normalise_case_number(command.number)
    if not normalised:
        raise Invalid({"number": _("A case number needs at least one letter or digit")})
    number = work.add(
        CaseNumber(
            case_id=case.id,
            issuer_kind=command.number_issuer,
            as_given=command.number,
            normalised=normalised,
        )
    )
    work.owe_index([case.id])
    return number


def add_note(
    work: Work, case: Case, command: AddNote, subject: tuple[str, int] | None = None
) -> Note:
    """Add free text to a case, or to one row of it (`subject`: kind and id)."""
    khmer = any("ក" <= letter <= "៿" for letter in command.text)
    note = work.add(
        Note(
            case_id=case.id,
            subject_kind=subject[0] if subject else None,
            subject_id=subject[1] if subject else None,
            organisation_id=work.organisation_id,
            user_id=work.actor.user_id,
            tier=command.tier,
            language="km" if khmer else "en",
            text=command.text,
        )
    )
    work.owe_index([case.id])
    return note


def find_matches(work: Work, command: OpenCase) -> list[Match]:
    """Return cases that may be the one about to be opened, likeliest first.

    A case is shown for a number or a name only to one who may read that number or that name
    there: otherwise the form would be an oracle for names. That a case exists which the actor may
    not read is told only by `find_elsewhere`, to one who knows its number and court.
    """
    candidates = [
        _Candidate(case_id, "number", 100)
        for case_id in _same_number(work, command.jurisdiction, command.number)
    ]
    candidates += _similar_names(work, command)
    found: dict[int, Match] = {}
    for candidate in candidates:
        case = work.session.get(Case, candidate.case_id)
        if case is None or case.merged_into_id is not None or not _may_read(work, case, candidate):
            continue
        earlier = found.get(case.id)
        why = (*(earlier.why if earlier else ()), candidate.why)
        score = candidate.score + (earlier.score if earlier else 0)
        found[case.id] = Match(tuple(dict.fromkeys(why)), case.public_code, case.owner, score)
        if earlier is None and command.court and case.court_id == command.court:
            match = found[case.id]
            found[case.id] = replace(match, why=(*match.why, "court"), score=match.score + 20)
    ranked = sorted(found.items(), key=lambda item: (-item[1].score, item[0]))
    return [match for _key, match in ranked[:MATCHES_SHOWN]]


@dataclass(frozen=True)
class _Candidate:
    """A case that looks alike, and the very person whose name does."""

    case_id: int
    why: str
    score: int
    person: Person | None = None


def _may_read(work: Work, case: Case, candidate: _Candidate) -> bool:
    """Say whether the actor may read, in that case, what made it look alike."""
    level = level_for(work.session, work.actor, case)
    sight = sight_of(work.actor, level, case.owner_id, case.share_level)
    if candidate.person is None:
        return sight.numbers
    person = candidate.person
    children = case.id in child_victim_cases(work.session, {case.id})
    return sight.name(person.age_band, person.related_to_child_victim, children)


def _same_number(work: Work, jurisdiction_id: int, number: str | None) -> Sequence[int]:
    normalised = normalise_case_number(number or "")
    if not normalised:
        return ()
    return work.session.scalars(
        select(CaseNumber.case_id)
        .join(Case, Case.id == CaseNumber.case_id)
        .where(
            Case.jurisdiction_id == jurisdiction_id,
            CaseNumber.normalised == normalised,
            CaseNumber.rev_to.is_(None),
        )
        .distinct()
        .limit(CANDIDATES)
    ).all()


def _similar_names(work: Work, command: OpenCase) -> list[_Candidate]:
    keys = [stored_name_key(text) for text in (command.name_latin, command.name_khmer) if text]
    keys = [key for key in keys if key]
    if not keys:
        return []
    longest = max((word for key in keys for word in key.split()), key=len)
    query = (
        select(PersonName.key, ProsecutionCase.case_id, Person)
        .join(Person, Person.id == PersonName.person_id)
        .join(Prosecution, Prosecution.person_id == Person.id)
        .join(ProsecutionCase, ProsecutionCase.prosecution_id == Prosecution.id)
        .join(Case, Case.id == ProsecutionCase.case_id)
        .where(
            Case.jurisdiction_id == command.jurisdiction,
            PersonName.rev_to.is_(None),
            ProsecutionCase.rev_to.is_(None),
            PersonName.key.contains(longest, autoescape=True),
        )
        .order_by(PersonName.id.desc())
        .limit(CANDIDATES)
    )
    candidates = []
    for key, case_id, person in work.session.execute(query):
        score = int(max(token_sort_ratio(own, key) for own in keys))
        if score >= SIMILAR_NAMES:
            candidates.append(_Candidate(case_id, "name", score // 2, person))
    return candidates


def find_elsewhere(work: Work, command: FindCase) -> list[Match]:
    """Say whether other organisations hold a private case with this number at this court.

    The question is logged, its owner is told, and a person may ask ten times an hour. Raises
    TooManyFinds.
    """
    _limit_finds(work)
    query = (
        select(Case)
        .join(CaseNumber, CaseNumber.case_id == Case.id)
        .where(
            CaseNumber.normalised == normalise_case_number(command.number),
            CaseNumber.rev_to.is_(None),
            Case.court_id == command.court,
            Case.merged_into_id.is_(None),
        )
        .distinct()
    )
    matches = []
    for case in work.session.scalars(query):
        readable = _may_read(work, case, _Candidate(case.id, "number", 100))
        if not readable:
            _tell_owner(work, case)
        code = case.public_code if readable else None
        matches.append(Match(("number", "court"), code, case.owner, 100))
    work.audit(FIND_ACTION, detail={"court": command.court, "found": len(matches)})
    return matches


def _limit_finds(work: Work) -> None:
    asked = work.session.scalar(
        select(func.count())
        .select_from(Audit)
        .where(
            Audit.user_id == work.actor.user_id,
            Audit.action == FIND_ACTION,
            Audit.at > work.now - timedelta(hours=1),
        )
    )
    if (asked or 0) >= FINDS_PER_HOUR:
        raise TooManyFinds(
            _(
                "You have asked ${times} times within an hour. Ask again later, or ask the "
                "organisation that watches the court (see Coverage).",
                mapping={"times": str(FINDS_PER_HOUR)},
            )
        )


def _tell_owner(work: Work, case: Case) -> None:
    work.session.add(
        AccessRequest(
            case_id=case.id,
            user_id=work.actor.user_id,
            organisation_id=work.organisation_id,
            revision_id=work.revision_id,
        )
    )
