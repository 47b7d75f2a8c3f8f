"""One court that was asked about its mark, and answered: what stands beside a figure then."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from courtwatch.demo.country import JURISDICTION, Country
from courtwatch.models import CourtInquiry, CourtReply, ProsecutionFact
from courtwatch.models.vocabulary import ShareLevel

MARKED = "Mekhalin"
"""Whose dismissals `institutions` marks in the country of the default size and seed."""
DECISION = "dismissed_by_court"
ANSWER = (
    "In most of these files the victim did not come to the hearing and no other witness was named. "
    "We ask the prosecution to name witnesses before a hearing is set. (Invented.)"
)


def add_answer(session: Session, country: Country, revision: int, day: date) -> None:
    """Add the inquiry of one organisation and the court's answer; the caller commits."""
    seat = next(seat for seat in country.seats if seat.province.name_en == MARKED)
    organisation = country.organisations["XD-OPENDOOR"]
    inquiry = CourtInquiry(
        public_code="R-2M3K4W5N",
        jurisdiction_id=country.jurisdiction_id,
        institution_id=seat.court,
        organisation_id=organisation,
        decision=DECISION,
        marks="ended",
        filters=[["jurisdiction", JURISDICTION]],
        known_at=revision,
        cases=session.scalar(select(func.count()).where(_sent(seat.court, organisation))) or 0,
        sent_on=day,
        rev_from=revision,
    )
    session.add(inquiry)
    session.flush()
    session.add(
        CourtReply(
            inquiry_id=inquiry.id, organisation_id=organisation, received_on=day, language="en",
            text=ANSWER, rev_from=revision,
        )
    )  # fmt: skip
    session.flush()


def _sent(court: int, organisation: int) -> ColumnElement[bool]:
    """Return which prosecutions the court ended so, of those that the organisation may open."""
    fact = ProsecutionFact
    return and_(
        fact.rev_to.is_(None),
        fact.decided_by_id == court,
        fact.outcome == DECISION,
        or_(
            fact.owner_id == organisation,
            fact.share_level.in_((ShareLevel.CODED, ShareLevel.FULL)),
        ),
    )
