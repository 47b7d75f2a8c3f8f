"""Facts: flat rows that reports read, one per interval of revisions.

Derived by `workflows.history` through `courtwatch.services.facts`; never edited by hand. A past
moment is one predicate: `rev_from <= r and (rev_to is null or rev_to > r)`. Codes only, no names.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, and_, or_, text
from sqlalchemy.orm import Mapped, mapped_column

from courtwatch.models.meta import Base, Recorded
from courtwatch.models.packed import pack_inserted
from courtwatch.models.told import NOBODY


def holds_at(table: Any, revision: int | None) -> ColumnElement[bool]:
    """Return the predicate that a fact held at `revision` (None: holds now)."""
    if revision is None:
        held: ColumnElement[bool] = table.rev_to.is_(None)
        return held
    return and_(table.rev_from <= revision, or_(table.rev_to.is_(None), table.rev_to > revision))


REPORTED = (
    "jurisdiction_id", "rev_to", "rev_from", "counted", "share_level", "told", "packed",
    "case_id", "prosecution_id", "owner_id", "event_code", "ended_by", "outcome", "disposition",
    "decided_by_id", "offence_id", "reason_stated_id", "reason_assessed_id", "court_id",
    "prosecution_office_id", "police_id", "stage", "phase", "furthest_stage", "live", "suspended",
    "reopened", "custody", "sex", "age_band", "exploitation", "trafficking_filed", "charges",
    "live_charges", "unresolved", "registered_on", "arrested_on", "charged_on", "trial_on",
    "filed_on", "accused_on", "ended_on", "entry_date", "last_event_on", "last_verified_on",
    "official", "inexact",
    "custody_at_charge",
)  # fmt: skip
"""What reports read of a prosecution. On SQLite one index holds all of it, what holds now first:
a count reads nothing else, and twice to three times as fast. A column that reports read belongs
here too, by a migration that makes the index again."""


class ProsecutionFact(Recorded, Base):
    """One prosecution as it stands in an interval of revisions.

    `event_code`: 0 open, 1 judgment, 2 ended without judgment by an authority's act, 3 ended
    outside its control or going on elsewhere (statistics, section 1). `court_id` is the court
    of first instance that last acted or the case's court, `prosecution_office_id` the office of
    first instance that last acted; `decided_by_id` the institution whose act ended it.
    `filed_on` is the day on which the prosecution let it go on with charges, `accused_on` that on
    which it first came before the trial court; both are unknown where it was first seen later.
    `custody_at_charge` is that of the day of the formal charge, None for who was not charged.
    Of a day that is not exact it keeps the first; `inexact` says within which bounds it lies
    (`services.inexact_days`). `told` is who told how it stands (`models.told`). `packed` holds
    days, keys and words once more, in one value.
    """

    __tablename__ = "prosecution_fact"
    __table_args__ = (
        Index("ix_prosecution_fact_current", "prosecution_id", "rev_to"),
        Index(
            "ix_prosecution_fact_jurisdiction",
            "jurisdiction_id",
            "rev_to",
            "event_code",
        ),
        Index("ix_prosecution_fact_case", "case_id", "rev_to"),
        Index("ix_prosecution_fact_court", "court_id", "rev_to", "stage"),
        Index("ix_prosecution_fact_decided_by", "decided_by_id", "rev_to", "outcome"),
        Index("ix_prosecution_fact_registered", "registered_on", "rev_to"),
        # Which versions of a procedure are in use is asked by every form with filters.
        Index("ix_prosecution_fact_procedure", "procedure_version_id", "rev_to", "jurisdiction_id"),
        Index("ix_prosecution_fact_reported", *REPORTED).ddl_if(dialect="sqlite"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    prosecution_id: Mapped[int] = mapped_column(ForeignKey("prosecution.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("jurisdiction.id"))
    procedure_version_id: Mapped[int] = mapped_column(ForeignKey("procedure_version.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    share_level: Mapped[str] = mapped_column(String(10))
    counted: Mapped[bool] = mapped_column(default=True)
    stage: Mapped[str | None] = mapped_column(String(60))
    phase: Mapped[str] = mapped_column(String(20))
    live: Mapped[bool]
    suspended: Mapped[bool] = mapped_column(default=False)
    custody: Mapped[str] = mapped_column(String(30))
    custody_at_charge: Mapped[str | None] = mapped_column(String(30))
    outcome: Mapped[str | None] = mapped_column(String(60))
    disposition: Mapped[str | None] = mapped_column(String(60))
    event_code: Mapped[int] = mapped_column(default=0)
    ended_on: Mapped[date | None]
    ended_by: Mapped[str | None] = mapped_column(String(40))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    reopened: Mapped[bool] = mapped_column(default=False)
    arrested_on: Mapped[date | None]
    registered_on: Mapped[date | None]
    charged_on: Mapped[date | None]
    trial_on: Mapped[date | None]
    filed_on: Mapped[date | None]
    accused_on: Mapped[date | None]
    entry_date: Mapped[date | None]
    entry_stage: Mapped[str | None] = mapped_column(String(60))
    furthest_stage: Mapped[str | None] = mapped_column(String(60))
    last_event_on: Mapped[date | None]
    last_verified_on: Mapped[date | None]
    inexact: Mapped[str | None] = mapped_column(String(400))
    court_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    prosecution_office_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    police_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    offence_id: Mapped[int | None] = mapped_column(ForeignKey("offence.id"))
    exploitation: Mapped[str | None] = mapped_column(String(30))
    trafficking_filed: Mapped[bool] = mapped_column(default=False)
    sex: Mapped[str] = mapped_column(String(10))
    age_band: Mapped[str] = mapped_column(String(10))
    official: Mapped[str] = mapped_column(String(10))
    reason_stated_id: Mapped[int | None] = mapped_column(ForeignKey("reason.id"))
    reason_assessed_id: Mapped[int | None] = mapped_column(ForeignKey("reason.id"))
    charges: Mapped[int] = mapped_column(default=0)
    live_charges: Mapped[int] = mapped_column(default=0)
    unresolved: Mapped[int] = mapped_column(default=0)
    told: Mapped[int] = mapped_column(default=NOBODY, server_default="0")
    packed: Mapped[bytes] = mapped_column(default=pack_inserted, server_default="")


class ChargeFact(Recorded, Base):
    """One charge as it stands in an interval of revisions."""

    __tablename__ = "charge_fact"
    __table_args__ = (
        Index("ix_charge_fact_current", "charge_id", "rev_to"),
        Index("ix_charge_fact_prosecution", "prosecution_id", "rev_to"),
        # Which prosecutions are, or were, charged with an offence: nothing else is read.
        Index(
            "ix_charge_fact_offence",
            "offence_id",
            "rev_to",
            "counted",
            "prosecution_id",
            "rev_from",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    charge_id: Mapped[int] = mapped_column(ForeignKey("charge.id"))
    prosecution_id: Mapped[int] = mapped_column(ForeignKey("prosecution.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("jurisdiction.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    share_level: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(20))
    counted: Mapped[bool]
    offence_id: Mapped[int | None] = mapped_column(ForeignKey("offence.id"))
    exploitation: Mapped[str | None] = mapped_column(String(30))
    stage: Mapped[str | None] = mapped_column(String(60))
    live: Mapped[bool]
    since: Mapped[date | None]
    disposition: Mapped[str | None] = mapped_column(String(60))
    disposed_on: Mapped[date | None]
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    reason_stated_id: Mapped[int | None] = mapped_column(ForeignKey("reason.id"))


class HearingFact(Recorded, Base):
    """One hearing as it stands in an interval of revisions."""

    __tablename__ = "hearing_fact"
    __table_args__ = (
        Index("ix_hearing_fact_current", "hearing_id", "rev_to"),
        Index("ix_hearing_fact_institution", "institution_id", "rev_to", "scheduled_on"),
        # What reports count by, so that they read nothing else, the hearings of a case together.
        Index(
            "ix_hearing_fact_reported",
            "jurisdiction_id",
            "rev_to",
            "case_id",
            "kind",
            "status",
            "scheduled_on",
            "share_level",
            "owner_id",
            "rev_from",
            "institution_id",
            "adjournment_reason_id",
            "next_on",
            "hearing_id",
        ),
        # What became of them and why, of a whole country, without sorting two million.
        Index(
            "ix_hearing_fact_became",
            "jurisdiction_id",
            "rev_to",
            "status",
            "adjournment_reason_id",
            "share_level",
            "scheduled_on",
            "institution_id",
            "owner_id",
            "rev_from",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    hearing_id: Mapped[int] = mapped_column(ForeignKey("hearing.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    jurisdiction_id: Mapped[int] = mapped_column(ForeignKey("jurisdiction.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    share_level: Mapped[str] = mapped_column(String(10))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    kind: Mapped[str] = mapped_column(String(30))
    scheduled_on: Mapped[date]
    status: Mapped[str] = mapped_column(String(10))
    adjournment_reason_id: Mapped[int | None] = mapped_column(ForeignKey("reason.id"))
    next_on: Mapped[date | None]


class Clock(Recorded, Base):
    """A statutory time limit of one prosecution, as derived by `workflows.time_limits`.

    Due moments only: whether one is overdue is asked of today. `due_at` is the first moment that
    is too late, `latest_due_at` the same for the latest day that a vague start allows;
    `satisfied_at` and `latest_satisfied_at` enclose the act that stopped it (`ended` says how:
    satisfied, extended, custody). `why` says what is missing where it is `unknown`.
    `place` numbers the clocks of a prosecution. What a limit is called, its article and whether
    that was verified stand in the procedure.
    """

    __tablename__ = "clock"
    __table_args__ = (
        Index("ix_clock_prosecution_id_rev_to", "prosecution_id", "rev_to"),
        # Limits that run, whoever's they are: one in five of all.
        Index(
            "ix_clock_running",
            "rev_to",
            "time_limit",
            "due_at",
            "unknown",
            "latest_due_at",
            "prosecution_id",
            "rev_from",
            sqlite_where=text("ended IS NULL"),
            postgresql_where=text("ended IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    prosecution_id: Mapped[int] = mapped_column(ForeignKey("prosecution.id"))
    place: Mapped[int]
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    time_limit: Mapped[str] = mapped_column(String(60))
    started_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    latest_due_at: Mapped[datetime | None]
    ended: Mapped[str | None] = mapped_column(String(20))
    satisfied_at: Mapped[datetime | None]
    latest_satisfied_at: Mapped[datetime | None]
    unknown: Mapped[bool] = mapped_column(default=False)
    why: Mapped[str | None] = mapped_column(String(20))
