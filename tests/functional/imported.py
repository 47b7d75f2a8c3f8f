"""Entries as an import leaves them: kept whatever the law allows, under a batch."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import (
    Charge,
    Event,
    EventAccount,
    EventTarget,
    ImportBatch,
    Jurisdiction,
    Prosecution,
    ProsecutionCase,
)
from courtwatch.models.vocabulary import AccountSource, BatchStatus, Precision
from courtwatch.services.facts import refresh
from courtwatch.services.work import Actor, Work
from tests.functional.scene import NOW, MadeCase
from tests.functional.site import Site


def batch_of(site: Site, organisation: str = "lotus") -> int:
    """Make a batch of an organisation; returns its number."""
    with site.writing() as session:
        row = ImportBatch(
            jurisdiction_id=session.scalars(select(Jurisdiction.id)).first() or 0,
            organisation_id=site.organisations[organisation],
            mapping="register",
            mapping_sha256="0" * 64,
            source="register.csv",
            source_sha256="0" * 64,
            status=BatchStatus.PUBLISHED,
            started_at=NOW,
        )
        session.add(row)
        session.flush()
        return row.id


def imported(
    site: Site,
    made: MadeCase,
    step: str,
    day: date | None,
    *,
    batch: int | None = None,
    owner: str = "lotus",
    **more: Any,
) -> int:
    """Write an entry as an import does, without asking the law; returns its key."""
    with site.writing() as session:
        actor = Actor(None, site.organisations[owner])
        work = Work(session, actor, "import:published", NOW)
        return write_entry(work, made.id, step, day, batch=batch, **more)


def write_entry(
    work: Work,
    case_id: int,
    step: str,
    day: date | None,
    *,
    batch: int | None = None,
    accused: tuple[int, ...] = (0,),
    ends: str | None = None,
    last: date | None = None,
    sequence: int = 0,
    charges: dict[int, str | None] | None = None,
    entry_stage: str | None = None,
) -> int:
    """Write an entry; `accused` are places of the case's accused, `charges` key -> end."""
    session = work.session
    keys = prosecution_keys(session, case_id)
    precision = Precision.DAY if last in (None, day) else Precision.MONTH
    if day is None:
        precision = Precision.UNKNOWN
    days = {"occurred_from": day, "occurred_to": last or day, "precision": precision}
    event = work.add(
        Event(
            case_id=case_id,
            step=step,
            sequence=sequence,
            entry_stage=entry_stage,
            organisation_id=work.organisation_id,
            batch_id=batch,
            **days,
        )
    )
    work.add(
        EventAccount(
            event_id=event.id,
            organisation_id=work.organisation_id,
            source=AccountSource.IMPORT,
            disposition=ends,
            **days,
        )
    )
    touched = [keys[place] for place in accused if place < len(keys)]
    for key in touched:
        named: dict[int | None, str | None] = {None: None}
        if charges is not None:
            own = session.scalars(select(Charge.id).where(Charge.prosecution_id == key)).all()
            named = {one: charges[one] for one in own if one in charges} or named
        elif ends is not None:
            own = session.scalars(select(Charge.id).where(Charge.prosecution_id == key)).all()
            named = {one: ends for one in own[-1:]}
        for charge_id, disposition in named.items():
            work.add(
                EventTarget(
                    event_id=event.id,
                    prosecution_id=key,
                    charge_id=charge_id,
                    disposition=disposition,
                )
            )
    refresh(work, touched)
    return event.id


def prosecution_keys(session: Session, case_id: int) -> list[int]:
    """Return the prosecutions of a case, in order of entry."""
    return list(
        session.scalars(
            select(Prosecution.id)
            .join(ProsecutionCase, ProsecutionCase.prosecution_id == Prosecution.id)
            .where(ProsecutionCase.case_id == case_id, ProsecutionCase.rev_to.is_(None))
            .order_by(Prosecution.id)
        )
    )
