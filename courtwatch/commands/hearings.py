"""Commands about hearings."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from pyramid.i18n import TranslationStringFactory

from courtwatch.commands.parsing import (
    Ask,
    Command,
    Invalid,
    LongText,
    Number,
    OptionalText,
    When,
    problem,
)
from courtwatch.models.vocabulary import HearingStatus, Precision

_ = TranslationStringFactory("courtwatch")

TIME_PATTERN = r"^([01]?\d|2[0-3]):[0-5]\d$"


class RecordHearing(Command):
    """Record a hearing: scheduled, or already held or adjourned."""

    scheduled: Annotated[When, Ask(_("Enter the day of the hearing"))]
    time: Annotated[
        str | None,
        Field(pattern=TIME_PATTERN),
        Ask(_("Enter the time as hours and minutes, such as 14:30")),
    ] = None
    institution: Number | None = None
    kind: str = "trial"
    status: Annotated[HearingStatus, Ask(_("Choose what became of the hearing"))]
    adjournment_reason: Number | None = None
    next: When | None = None
    prosecutions: tuple[Number, ...] = ()
    absent: tuple[Number, ...] = ()
    note: LongText = None
    tier: OptionalText = None

    @model_validator(mode="after")
    def _fits_together(self) -> RecordHearing:
        check_hearing(self.scheduled, self.status, self.adjournment_reason, self.next)
        return self


class RecordOutcome(Command):
    """Say what became of a scheduled hearing."""

    status: Annotated[HearingStatus, Ask(_("Choose what became of the hearing"))]
    adjournment_reason: Number | None = None
    next: When | None = None
    note: LongText = None


def check_hearing(
    scheduled: When, status: HearingStatus, adjournment_reason: int | None, next_: When | None
) -> None:
    """Raise a message for people where the parts of a hearing contradict each other."""
    if scheduled.precision is not Precision.DAY:
        raise problem("scheduled-day", _("Enter the exact day of the hearing: day, month and year"))
    if status is HearingStatus.ADJOURNED and adjournment_reason is None:
        raise problem("adjournment_reason", _("Choose why the hearing was adjourned"))
    if status is not HearingStatus.ADJOURNED and adjournment_reason is not None:
        raise problem(
            "adjournment_reason", _("Only an adjourned hearing has a reason for adjournment")
        )
    if next_ is None:
        return
    if next_.precision is not Precision.DAY:
        raise problem("next-day", _("Enter the exact day of the next hearing, or leave it empty"))
    if next_.first and scheduled.first and next_.first <= scheduled.first:
        raise problem("next-day", _("The next hearing must be after this one"))


def check_outcome(scheduled_on: date, command: RecordOutcome) -> None:
    """Refuse an outcome that contradicts itself or the day of its hearing. Raises Invalid."""
    try:
        check_hearing(
            When.day(scheduled_on), command.status, command.adjournment_reason, command.next
        )
    except PydanticCustomError as error:
        context = error.context or {}
        raise Invalid({context["field"]: context["message"]}) from error
