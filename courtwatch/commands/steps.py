"""Commands that record what happened to charges."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, model_validator
from pyramid.i18n import TranslationStringFactory

from courtwatch.commands.parsing import (
    KHMER_DIGITS,
    Ask,
    Command,
    Invalid,
    LongText,
    Number,
    OptionalText,
    When,
    parse,
    problem,
)
from courtwatch.models.vocabulary import AccountSource, Confidence, Reliability, VoidReason

_ = TranslationStringFactory("courtwatch")

NEW_CHARGE_ROWS = 3
DAYS = {"days": 1, "months": 30, "years": 365}


class NewCharge(Command):
    """A charge that a step files. `replaces`: the charge whose place it takes."""

    offence: Number
    exploitation: OptionalText = None
    replaces: int | None = None


class NamedCharge(Command):
    """A charge that a step names, how it ends, and what it becomes."""

    charge: int
    disposition: str | None = None
    to_offence: int | None = None


class SentenceGiven(Command):
    """A sentence or compensation. Amounts in `currency`; lengths in days."""

    kind: str
    length_days: int | None = None
    length_as_given: str | None = None
    suspended_days: int | None = None
    fine: Decimal | None = None
    compensation_awarded: Decimal | None = None
    compensation_paid: Decimal | None = None
    currency: str | None = None


class RecordStep(Command):
    """Record a step: what, when, by whom, about which charges, who told us."""

    step: str
    occurred: When = Field(default_factory=When.unknown)
    hour: Annotated[Number | None, Field(ge=0, le=23), Ask(_("Enter the hour from 0 to 23"))] = None
    institution: Number | None = None
    mode: OptionalText = None
    charges: tuple[NamedCharge, ...] = ()
    new_charges: tuple[NewCharge, ...] = ()
    also: tuple[int, ...] = ()
    reason_stated: tuple[Number, ...] = ()
    reason_assessed: Number | None = None
    confidence: Confidence = Confidence.LOW
    sentence: SentenceGiven | None = None
    source: Annotated[AccountSource, Ask(_("Choose how you know of it"))]
    reliability: Reliability = Reliability.MEDIUM
    hearing: Number | None = None
    note: LongText = None


class _StepForm(Command):
    """The fields of the form that come once each."""

    occurred: When
    institution: Number | None = None
    mode: OptionalText = None
    also: tuple[Number, ...] = ()
    reason_stated: tuple[Number, ...] = ()
    reason_assessed: Number | None = None
    confidence: Confidence = Confidence.LOW
    source: Annotated[AccountSource, Ask(_("Choose how you know of it"))]
    reliability: Reliability = Reliability.MEDIUM
    hearing: Number | None = None
    note: LongText = None


def parse_step(
    step: str, values: Mapping[str, Any], charge_ids: list[int], today: date
) -> RecordStep:
    """Read the form of a step about the charges `charge_ids`. Raises Invalid.

    A charge is named by `charge=<id>` ticked, or by a choice in `disposition-<id>`.
    """
    once = parse(_StepForm, values, today)
    hour = _read_hour(values)
    getall = getattr(values, "getall", lambda name: [values[name]] if name in values else [])
    ticked = {str(value) for value in getall("charge")}
    named = []
    for charge_id in charge_ids:
        disposition = values.get(f"disposition-{charge_id}") or None
        to_offence = values.get(f"to_offence-{charge_id}") or None
        if str(charge_id) in ticked or disposition or to_offence:
            named.append(
                NamedCharge(
                    charge=charge_id,
                    disposition=disposition,
                    to_offence=_number(
                        f"to_offence-{charge_id}", to_offence, _("Choose the new offence")
                    )
                    if to_offence
                    else None,
                )
            )
    new = [
        NewCharge(
            offence=_number(
                f"offence-{row}", values[f"offence-{row}"], _("Choose an offence from the list")
            ),
            exploitation=values.get(f"exploitation-{row}") or None,
            replaces=_number(
                f"replaces-{row}",
                values[f"replaces-{row}"],
                _("Choose a filed charge that is under way"),
            )
            if values.get(f"replaces-{row}")
            else None,
        )
        for row in range(1, NEW_CHARGE_ROWS + 1)
        if values.get(f"offence-{row}")
    ]
    return RecordStep(
        step=step,
        hour=hour,
        **{name: getattr(once, name) for name in _StepForm.model_fields},
        charges=tuple(named),
        new_charges=tuple(new),
        sentence=read_sentence(values),
    )


def _number(field: str, text: object, message: str) -> int:
    """Read what a list of choices sent; a page never sends anything else."""
    if not str(text).isdecimal():
        raise Invalid({field: message})
    return int(str(text))


def _read_hour(values: Mapping[str, Any]) -> int | None:
    text = str(values.get("occurred-hour") or "").translate(KHMER_DIGITS).strip()
    if not text:
        return None
    if not text.isdecimal() or int(text) > 23:
        raise Invalid({"occurred-hour": _("Enter the hour from 0 to 23")})
    return int(text)


class _SentenceForm(Command):
    sentence_kind: OptionalText = None
    sentence_length: Annotated[
        Number | None, Field(ge=0, le=36500), Ask(_("Enter the length as a whole number"))
    ] = None
    sentence_unit: str = "years"
    sentence_suspended: Annotated[
        Number | None,
        Field(ge=0, le=36500),
        Ask(_("Enter the suspended part as a whole number")),
    ] = None
    fine: Annotated[
        Decimal | None, Field(ge=0), Ask(_("Enter the fine as a number, such as 4000000"))
    ] = None
    compensation_awarded: Annotated[
        Decimal | None, Field(ge=0), Ask(_("Enter the compensation as a number"))
    ] = None
    compensation_paid: Annotated[
        Decimal | None, Field(ge=0), Ask(_("Enter what was paid as a number"))
    ] = None
    currency: str = "KHR"


def read_sentence(values: Mapping[str, Any]) -> SentenceGiven | None:
    """Return the sentence that a form gives, None if it gives none. Raises Invalid."""
    form = parse(_SentenceForm, values)
    amounts = (form.fine, form.compensation_awarded, form.compensation_paid)
    if form.sentence_kind is None and form.sentence_length is None and not any(amounts):
        return None
    if form.sentence_unit not in DAYS:
        raise Invalid({"sentence_unit": _("Choose days, months or years")})
    if form.sentence_kind is None:
        raise Invalid({"sentence_kind": _("Choose the kind of sentence")})
    unit = DAYS[form.sentence_unit]
    length, suspended = form.sentence_length, form.sentence_suspended
    return SentenceGiven(
        kind=form.sentence_kind,
        length_days=None if length is None else length * unit,
        length_as_given=None if length is None else f"{length} {form.sentence_unit}",
        suspended_days=None if suspended is None else suspended * unit,
        fine=form.fine,
        compensation_awarded=form.compensation_awarded,
        compensation_paid=form.compensation_paid,
        currency=form.currency if any(a is not None for a in amounts) else None,
    )


class CheckUnchanged(Command):
    """Say that somebody looked on a day and nothing had changed."""

    occurred: Annotated[When, Ask(_("Enter the day on which it was checked"))]
    source: AccountSource = AccountSource.TOLD

    @model_validator(mode="after")
    def _on_some_day(self) -> CheckUnchanged:
        if not self.occurred.known:
            raise problem("occurred", _("Enter the day on which it was checked"))
        return self


class CorrectEntry(Command):
    """Take an entry back because it should not be there; the court did not change its mind."""

    reason: Annotated[VoidReason, Ask(_("Choose what was wrong with the entry"))]
    remark: LongText = None


class AddAccount(Command):
    """Add what one more source says about an event that is already recorded.

    `disposition`: how the charges ended, where this source says it. `keep`: what holds now goes on
    holding; the source is only noted.
    """

    occurred: When = Field(default_factory=When.unknown)
    source: Annotated[AccountSource, Ask(_("Choose how you know of it"))]
    reliability: Reliability = Reliability.MEDIUM
    disposition: OptionalText = None
    keep: bool = False
