"""Send a court the cases behind a figure that is marked for review; record what it answers.

Nothing here is edited: an answer that was typed wrong is closed, and a better one takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from courtwatch.commands.court_replies import RecordReply, SendCases
from courtwatch.commands.parsing import Invalid
from courtwatch.models import (
    Case,
    CaseNumber,
    CourtInquiry,
    CourtReply,
    Institution,
    Jurisdiction,
    ProsecutionFact,
    Revision,
    User,
)
from courtwatch.models.meta import new_public_code
from courtwatch.models.vocabulary import ShareLevel
from courtwatch.security.visibility import Level, level_expression, visible_cases
from courtwatch.services.fact_filters import FactFilters
from courtwatch.services.messages import _
from courtwatch.services.work import Actor, Work
from workflows import event_codes

ENDED, UNRESOLVED = "ended", "unresolved"


@dataclass(frozen=True)
class Sent:
    """The cases that a court is sent: the numbers it gave them itself, and how many more.

    `cases` are those open to the reader, `numbers` those of them that the court knows by a number
    of its own and whose number the reader may read.
    """

    cases: int
    numbers: tuple[str, ...]

    @property
    def without(self) -> int:
        """Return how many cases have no number here."""
        return self.cases - len(self.numbers)


def behind(
    filters: FactFilters,
    column: str,
    code: str,
    decision: str,
    marks: Sequence[str],
    here: frozenset[str],
) -> list[FactFilters]:
    """Return the filters of the prosecutions behind a marked figure.

    `here` are the stages at which the institution has not decided yet: what has left its hands
    and is still open is none of what it left unresolved.
    """
    found = []
    if ENDED in marks:
        ended = str(event_codes.WITHOUT)
        found.append(filters.with_(event_code=ended, outcome=decision, decided_by=code))
    if UNRESOLVED in marks:
        waiting = filters.with_(**{"event_code": str(event_codes.OPEN), column: code})
        found.append(waiting.with_(furthest=tuple(sorted(here))))
    return found


def cases_to_send(
    session: Session, actor: Actor, institution: Institution, wanted: Sequence[FactFilters]
) -> Sent:
    """Return the cases behind a figure as this reader may send them: numbers, never names."""
    if not wanted:
        return Sent(0, ())
    facts = select(ProsecutionFact.case_id).where(
        or_(*(each.where() for each in wanted)),
        ProsecutionFact.share_level != ShareLevel.PRIVATE,  # in no figure that others read
    )
    cases = select(Case.id).where(Case.id.in_(facts), visible_cases(actor))
    count = session.scalar(select(func.count()).select_from(cases.subquery())) or 0
    numbers = session.execute(
        select(CaseNumber.case_id, CaseNumber.as_given)
        .join(Case, Case.id == CaseNumber.case_id)
        .where(
            CaseNumber.case_id.in_(cases),
            CaseNumber.institution_id == institution.id,
            CaseNumber.rev_to.is_(None),
            level_expression(actor, Case).in_([Level.OWN.value, Level.NETWORK.value]),
        )
        .order_by(CaseNumber.as_given, CaseNumber.id)
    )
    first: dict[int, str] = {}
    for case_id, number in numbers:
        first.setdefault(case_id, number)
    return Sent(count, tuple(first.values()))


def send_cases(
    work: Work,
    command: SendCases,
    institution: Institution,
    decision: str,
    marks: Sequence[str],
    filters: FactFilters,
    known_at: int,
    cases: int,
    today: date,
) -> CourtInquiry:
    """Record that an institution was sent the cases behind its figure. Raises Invalid."""
    if not marks:
        raise Invalid({"": _("This figure is not marked for review: no cases are sent for it")})
    row = work.add(
        CourtInquiry(
            public_code=new_public_code("R"),
            jurisdiction_id=institution.jurisdiction_id,
            institution_id=institution.id,
            organisation_id=work.organisation_id,
            decision=decision,
            marks=" ".join(marks),
            filters=[list(pair) for pair in filters.pairs() if pair[0] != "known_at"],
            known_at=known_at,
            cases=cases,
            sent_on=_day(command.sent, "sent", today),
        )
    )
    work.audit("inquiry:sent", institution.code, {"inquiry": row.id})
    return row


def _day(when: object, field: str, today: date) -> date:
    first, last = getattr(when, "first", None), getattr(when, "last", None)
    if first is None or first != last:
        raise Invalid({field: _("Enter the day, month and year")})
    if first > today:
        raise Invalid({field: _("The day can’t be in the future")})
    found: date = first
    return found


def record_reply(
    work: Work, inquiry: CourtInquiry, command: RecordReply, today: date
) -> CourtReply:
    """Record an answer to an inquiry of one's own organisation; an earlier one is closed.

    Raises Invalid.
    """
    if inquiry.organisation_id != work.organisation_id or inquiry.rev_to is not None:
        raise Invalid({"": _("This inquiry does not belong to your organisation")})
    received = _day(command.received, "received", today)
    if received < inquiry.sent_on:
        raise Invalid({"received": _("The answer can’t be older than the inquiry")})
    work.close(replies_of(work.session, inquiry))
    row = work.add(
        CourtReply(
            inquiry_id=inquiry.id,
            organisation_id=work.organisation_id,
            received_on=received,
            language=command.language,
            text=command.text,
        )
    )
    work.audit("inquiry:answered", inquiry.public_code, {"reply": row.id})
    return row


def inquiry_of(session: Session, code: str) -> CourtInquiry | None:
    """Return an inquiry by its code; None where there is none."""
    return session.scalars(
        select(CourtInquiry).where(CourtInquiry.public_code == code, CourtInquiry.rev_to.is_(None))
    ).first()


def institution_of(session: Session, jurisdiction: str, code: str) -> Institution | None:
    """Return an institution by its code; None where there is none."""
    query = select(Institution).join(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
    return session.scalars(
        query.where(Institution.code == code, Jurisdiction.code == jurisdiction)
    ).first()


def inquiries_of(session: Session, institution: Institution, decision: str) -> list[CourtInquiry]:
    """Return what an institution was asked about one kind of decision, the latest first."""
    query = select(CourtInquiry).where(
        CourtInquiry.institution_id == institution.id,
        CourtInquiry.decision == decision,
        CourtInquiry.rev_to.is_(None),
    )
    return list(
        session.scalars(query.order_by(CourtInquiry.sent_on.desc(), CourtInquiry.id.desc()))
    )


def replies_of(session: Session, inquiry: CourtInquiry, closed: bool = False) -> list[CourtReply]:
    """Return the answers to an inquiry, the latest first; closed ones only where asked for."""
    query = select(CourtReply).where(CourtReply.inquiry_id == inquiry.id)
    if not closed:
        query = query.where(CourtReply.rev_to.is_(None))
    return list(session.scalars(query.order_by(CourtReply.id.desc())))


def entered(
    session: Session, actor: Actor, row: CourtInquiry | CourtReply
) -> tuple[Revision, str | None]:
    """Return when a row was entered and, to that person's own organisation, by whom."""
    revision = session.get_one(Revision, row.rev_from)
    if revision.user_id is None or revision.organisation_id != actor.organisation_id:
        return revision, None
    user = session.get(User, revision.user_id)
    return revision, None if user is None else (user.display_name or user.name)
