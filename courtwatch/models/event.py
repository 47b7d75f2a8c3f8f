"""What happened: append-only events, who told of them, and why charges ended."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from courtwatch.models.meta import Base, Recorded
from courtwatch.models.reference import Institution, Offence, Reason
from courtwatch.models.vocabulary import (
    AccountSource,
    Confidence,
    EventStatus,
    Precision,
    Reliability,
    VoidReason,
)


class Event(Recorded, Base):
    """A step that happened. Carries codes only; words live in notes, which can be redacted.

    `occurred_from`..`occurred_to` is the span of days in which it may have happened; both None
    means the day is unknown. `time` is 'HH:MM' in the jurisdiction's time zone, where custody
    needs it. `entry_stage` belongs to the step `first_seen`.
    """

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_case_id_rev_to", "case_id", "rev_to"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    step: Mapped[str] = mapped_column(String(60))
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    hearing_id: Mapped[int | None] = mapped_column(ForeignKey("hearing.id"), index=True)
    occurred_from: Mapped[date | None]
    occurred_to: Mapped[date | None]
    precision: Mapped[Precision] = mapped_column()
    time: Mapped[str | None] = mapped_column(String(5))
    sequence: Mapped[int] = mapped_column(default=0)
    entry_stage: Mapped[str | None] = mapped_column(String(60))
    mode: Mapped[str | None] = mapped_column(String(30))
    status: Mapped[EventStatus] = mapped_column(default=EventStatus.RECORDED)
    void_reason: Mapped[VoidReason | None] = mapped_column()
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
    chosen_account_id: Mapped[int | None]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    batch_id: Mapped[int | None] = mapped_column(
        ForeignKey("import_batch.id"), index=True
    )

    institution: Mapped[Institution | None] = relationship()
    targets: Mapped[list[EventTarget]] = relationship(
        back_populates="event", order_by="EventTarget.id"
    )
    accounts: Mapped[list[EventAccount]] = relationship(
        back_populates="event", order_by="EventAccount.id"
    )


class EventTarget(Base):
    """What an event did to one charge, or (charge None) to a prosecution as a whole.

    `new` says that the charge was filed by this event.
    """

    __tablename__ = "event_target"
    __table_args__ = (
        Index("ix_event_target_prosecution_id_event_id", "prosecution_id", "event_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)
    prosecution_id: Mapped[int] = mapped_column(ForeignKey("prosecution.id"))
    charge_id: Mapped[int | None] = mapped_column(ForeignKey("charge.id"), index=True)
    disposition: Mapped[str | None] = mapped_column(String(60))
    to_offence_id: Mapped[int | None] = mapped_column(ForeignKey("offence.id"))
    new: Mapped[bool] = mapped_column(default=False)

    event: Mapped[Event] = relationship(back_populates="targets")
    to_offence: Mapped[Offence | None] = relationship()
    reasons_stated: Mapped[list[ReasonStated]] = relationship(back_populates="target")
    reasons_assessed: Mapped[list[ReasonAssessed]] = relationship(
        back_populates="target"
    )
    sentences: Mapped[list[Sentence]] = relationship(back_populates="target")


class EventAccount(Recorded, Base):
    """Who told of an event: organisation, kind of source, and what day they gave."""

    __tablename__ = "event_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    source: Mapped[AccountSource] = mapped_column()
    reliability: Mapped[Reliability] = mapped_column(default=Reliability.MEDIUM)
    occurred_from: Mapped[date | None]
    occurred_to: Mapped[date | None]
    precision: Mapped[Precision] = mapped_column()
    disposition: Mapped[str | None] = mapped_column(String(60))

    event: Mapped[Event] = relationship(back_populates="accounts")


class ReasonStated(Recorded, Base):
    """What the order or judgment says."""

    __tablename__ = "reason_stated"

    id: Mapped[int] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("event_target.id"), index=True)
    reason_id: Mapped[int] = mapped_column(ForeignKey("reason.id"))
    primary: Mapped[bool] = mapped_column(default=True)

    target: Mapped[EventTarget] = relationship(back_populates="reasons_stated")
    reason: Mapped[Reason] = relationship()


class ReasonAssessed(Recorded, Base):
    """What a monitor concludes. Stays with the organisation unless shared."""

    __tablename__ = "reason_assessed"

    id: Mapped[int] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("event_target.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    reason_id: Mapped[int] = mapped_column(ForeignKey("reason.id"))
    confidence: Mapped[Confidence] = mapped_column()

    target: Mapped[EventTarget] = relationship(back_populates="reasons_assessed")
    reason: Mapped[Reason] = relationship()


class Sentence(Recorded, Base):
    """A sentence or compensation ordered for one charge.

    Length in days; amounts in `currency` (ISO 4217).
    """

    __tablename__ = "sentence"

    id: Mapped[int] = mapped_column(primary_key=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("event_target.id"), index=True)
    kind: Mapped[str] = mapped_column(String(30))
    length_days: Mapped[int | None]
    length_as_given: Mapped[str | None] = mapped_column(String(60))
    suspended_days: Mapped[int | None]
    fine_amount: Mapped[Decimal | None] = mapped_column(Numeric(16, 2))
    compensation_awarded: Mapped[Decimal | None] = mapped_column(Numeric(16, 2))
    compensation_paid: Mapped[Decimal | None] = mapped_column(Numeric(16, 2))
    currency: Mapped[str | None] = mapped_column(String(3))

    target: Mapped[EventTarget] = relationship(back_populates="sentences")
