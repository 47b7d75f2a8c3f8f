"""Commands that put right what was typed wrong, in one act: what was wrong, and what holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

from pydantic import Field, model_validator
from pyramid.i18n import TranslationStringFactory

from courtwatch.commands.hearings import TIME_PATTERN, check_hearing
from courtwatch.commands.parsing import (
    Ask,
    Command,
    Invalid,
    LongText,
    Number,
    OptionalText,
    When,
    parse,
)
from courtwatch.commands.steps import RecordStep, parse_step
from courtwatch.models.vocabulary import TAKES_BACK, HearingStatus, Precision, VoidReason

_ = TranslationStringFactory("courtwatch")

BY_RULE = 0
"""The choice that lets the rule say again which account holds."""


class _WhatWasWrong(Command):
    """What every correction says."""

    reason: Annotated[VoidReason, Ask(_("Choose what was wrong with the entry"))]
    remark: LongText = None

    @property
    def takes_back(self) -> bool:
        """Say whether nothing stands in the entry's place."""
        return self.reason in TAKES_BACK


@dataclass(frozen=True)
class CorrectEvent:
    """An entry as it should be (`entry`; None: it should not be there), and what was wrong.

    `accused`: the prosecutions that it is about. `filed`: the offence of charges that it filed, by
    charge. Reasons and sentence in `entry` take the place of those recorded; empty ones leave them.
    """

    reason: VoidReason
    remark: str | None
    entry: RecordStep | None = None
    accused: tuple[int, ...] = ()
    entry_stage: str | None = None
    filed: Mapping[int, int] = field(default_factory=dict)


class _Accused(Command):
    accused: tuple[Number, ...] = ()
    entry_stage: OptionalText = None
    step: Annotated[OptionalText, Ask(_("Choose the step"))] = None


def parse_event_correction(
    values: Mapping[str, Any],
    step: str,
    charges: Collection[int],
    filed: Collection[int],
    today: date,
) -> CorrectEvent:
    """Read the form that corrects an entry of `step`. Raises Invalid.

    `charges` are those that the form may name, `filed` those that the entry filed itself.
    """
    errors: dict[str, Any] = {}
    wrong = _part(errors, lambda: parse(_WhatWasWrong, values))
    if isinstance(wrong, _WhatWasWrong) and wrong.takes_back:
        return CorrectEvent(wrong.reason, wrong.remark)
    about = _part(errors, lambda: parse(_Accused, values))
    named = about.step if isinstance(about, _Accused) and about.step else step
    entry = _part(errors, lambda: parse_step(named, values, list(charges), today))
    if errors:
        raise Invalid(errors)
    assert isinstance(wrong, _WhatWasWrong)
    assert isinstance(about, _Accused)
    assert isinstance(entry, RecordStep)
    offences = {}
    for charge in filed:
        text = str(values.get(f"filed-{charge}") or "")
        if text.isdecimal():
            offences[charge] = int(text)
    return CorrectEvent(
        reason=wrong.reason,
        remark=wrong.remark,
        entry=entry,
        accused=tuple(dict.fromkeys(about.accused)),
        entry_stage=about.entry_stage,
        filed=offences,
    )


def _part(errors: dict[str, Any], read: Any) -> Any:
    """Read a part of a form, keeping what is wrong with it for the others' messages."""
    try:
        return read()
    except Invalid as problem:
        errors.update(problem.errors)
        return None


class CorrectHearing(_WhatWasWrong):
    """A hearing as it should be, and what was wrong. Taken back, the other fields say nothing."""

    scheduled: When = Field(default_factory=When.unknown)
    time: Annotated[
        str | None,
        Field(pattern=TIME_PATTERN),
        Ask(_("Enter the time as hours and minutes, such as 14:30")),
    ] = None
    institution: Number | None = None
    kind: str = "trial"
    status: HearingStatus = HearingStatus.UNKNOWN
    adjournment_reason: Number | None = None
    next: When | None = None
    prosecutions: tuple[Number, ...] = ()
    absent: tuple[Number, ...] = ()
    also_next: bool = False

    @model_validator(mode="after")
    def _fits_together(self) -> CorrectHearing:
        if not self.takes_back:
            check_hearing(self.scheduled, self.status, self.adjournment_reason, self.next)
        return self


class ChooseAccount(Command):
    """Say by hand which account of an event holds, or let the rule say again (`BY_RULE`)."""

    account: Annotated[Number, Ask(_("Choose which account holds"))]
    remark: Annotated[str, Field(min_length=1, max_length=20_000), Ask(_("Say why it holds"))]


def date_values(name: str, when: When) -> dict[str, str]:
    """Return a day as the fields of a form hold it."""
    if when.first is None:
        return {}
    last = when.last or when.first
    values = {f"{name}-year": str(when.first.year)}
    if (when.first.year, when.first.month) == (last.year, last.month):
        values[f"{name}-month"] = str(when.first.month)
        if when.first == last:
            values[f"{name}-day"] = str(when.first.day)
    if when.precision is Precision.ABOUT:
        values[f"{name}-about"] = "1"
    return values
