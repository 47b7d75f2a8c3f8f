"""Cases made by the real services, for tests that look at pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from courtwatch.commands.cases import AddNote, AddVictim, OpenCase
from courtwatch.commands.hearings import RecordHearing
from courtwatch.commands.parsing import When
from courtwatch.commands.steps import NewCharge, RecordStep
from courtwatch.models import (
    Case,
    Institution,
    Jurisdiction,
    Membership,
    Offence,
    Organisation,
    Prosecution,
    ProsecutionCase,
    Reason,
)
from courtwatch.models.vocabulary import AccountSource, AgeBand, HearingStatus, NoteTier, ShareLevel
from courtwatch.services.open_case import add_note, open_case
from courtwatch.services.people import add_victim
from courtwatch.services.record_hearing import record_hearing
from courtwatch.services.record_step import record_step
from courtwatch.services.work import Actor, Work
from tests.functional.site import Site

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
COURT = "KH-02-CFI"
OFFENCE = "KH-TIPSE-10"


@dataclass
class MadeCase:
    """A case of a scene: its code, and the codes of its prosecutions."""

    id: int
    code: str
    prosecutions: list[str] = field(default_factory=list)


def actor_of(session: Any, name: str, site: Site) -> Actor:
    """Return the actor that a user of the site is."""
    user_id = site.users[name]
    membership, organisation = session.execute(
        select(Membership, Organisation)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.user_id == user_id)
    ).one()
    return Actor(user_id, organisation.id, membership.role, organisation.kind)


def key(session: Any, model: Any, code: str) -> int:
    """Return the key of a reference row by its code."""
    return int(session.scalars(select(model.id).where(model.code == code).limit(1)).one())


def make_case(
    site: Site,
    user: str = "mony",
    share: ShareLevel = ShareLevel.PRIVATE,
    name: str | None = None,
    number: str | None = None,
    court: str = COURT,
    **about: Any,
) -> MadeCase:
    """Open a case at the beginning, as `user`. `about` are fields of the command."""
    with site.writing() as session:
        work = Work(session, actor_of(session, user, site), "case:opened", NOW)
        case = open_case(
            work,
            OpenCase(
                jurisdiction=key(session, Jurisdiction, "KH"),
                court=key(session, Institution, court),
                number=number,
                stage=about.pop("stage", "start"),
                seen=When.day(date(2025, 1, 10)),
                source=AccountSource.SEEN_IN_COURT,
                name_latin=name,
                share_level=share,
                offence=key(session, Offence, about.pop("offence", OFFENCE)),
                **about,
            ),
        )
        codes = session.scalars(
            select(Prosecution.public_code)
            .join(ProsecutionCase, ProsecutionCase.prosecution_id == Prosecution.id)
            .where(ProsecutionCase.case_id == case.id)
        )
        return MadeCase(case.id, case.public_code, list(codes))


def step(site: Site, made: MadeCase, name: str, day: date, user: str = "mony", **more: Any) -> int:
    """Record a step for the first prosecution; `stated` and `assessed` are codes of reasons."""
    with site.writing() as session:
        work = Work(session, actor_of(session, user, site), "step:recorded", NOW)
        prosecution = session.scalars(
            select(Prosecution).where(Prosecution.public_code == made.prosecutions[0])
        ).one()
        stated = tuple(key(session, Reason, code) for code in more.pop("stated", ()))
        assessed = more.pop("assessed", None)
        charges = more.pop("new_charges", ())
        institution = more.pop("institution", None)
        event = record_step(
            work,
            prosecution,
            RecordStep(
                step=name,
                occurred=more.pop("occurred", None) or When.day(day),
                source=more.pop("source", AccountSource.COURT_DOCUMENT),
                reason_stated=stated,
                reason_assessed=key(session, Reason, assessed) if assessed else None,
                new_charges=tuple(
                    NewCharge(offence=key(session, Offence, code)) for code in charges
                ),
                institution=key(session, Institution, institution) if institution else None,
                **more,
            ),
        )
        return int(event.id)


def hearing(
    site: Site, made: MadeCase, day: date, status: HearingStatus, user: str = "mony", **more: Any
) -> str:
    """Record a hearing; returns its code."""
    with site.writing() as session:
        work = Work(session, actor_of(session, user, site), "hearing:recorded", NOW)
        case = session.get_one(Case, made.id)
        row = record_hearing(
            work, case, RecordHearing(scheduled=When.day(day), status=status, **more)
        )
        return row.public_code


def note(site: Site, made: MadeCase, text: str, tier: NoteTier, user: str = "mony") -> None:
    """Write a note."""
    with site.writing() as session:
        work = Work(session, actor_of(session, user, site), "note:added", NOW)
        add_note(work, session.get_one(Case, made.id), AddNote(text=text, tier=tier))


def victim(site: Site, made: MadeCase, band: AgeBand, user: str = "mony") -> None:
    """Add a victim."""
    with site.writing() as session:
        work = Work(session, actor_of(session, user, site), "victim:added", NOW)
        add_victim(work, session.get_one(Case, made.id), AddVictim(age_band=band))
