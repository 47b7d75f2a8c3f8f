"""The command that records one judgment of several accused: how each charge of each ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import Field
from pyramid.i18n import TranslationStringFactory

from courtwatch.commands.parsing import Ask, Command, Invalid, LongText, Number, When, parse
from courtwatch.commands.steps import SentenceGiven, read_sentence
from courtwatch.models.vocabulary import AccountSource, Reliability

_ = TranslationStringFactory("courtwatch")

SEPARATOR = ":"
SENTENCE_FIELDS = (
    "sentence_kind", "sentence_length", "sentence_unit", "sentence_suspended", "fine",
    "compensation_awarded", "compensation_paid", "currency",
)  # fmt: skip


class ChargeEnd(Command):
    """How one charge ended: by which step of the procedure, with which disposition."""

    charge: int
    step: str
    disposition: str
    to_offence: int | None = None


class Judged(Command):
    """What the judgment says of one accused."""

    prosecution: int
    ends: tuple[ChargeEnd, ...]
    mode: str | None = None
    sentence: SentenceGiven | None = None


class RecordJudgment(Command):
    """Record one judgment: when, by which court, and what it says of each accused."""

    occurred: When = Field(default_factory=When.unknown)
    institution: Number | None = None
    source: Annotated[AccountSource, Ask(_("Choose how you know of it"))]
    reliability: Reliability = Reliability.MEDIUM
    note: LongText = None
    accused: tuple[Judged, ...] = ()


class _JudgmentForm(Command):
    """The fields of the form that come once."""

    occurred: When
    institution: Number | None = None
    source: Annotated[AccountSource, Ask(_("Choose how you know of it"))]
    reliability: Reliability = Reliability.MEDIUM
    note: LongText = None


def parse_judgment(
    values: Mapping[str, Any], charges: Mapping[int, list[int]], today: date
) -> RecordJudgment:
    """Read the form about these charges, by prosecution. Raises Invalid with all that is wrong.

    `end-<charge>` is a step and a disposition; `to_offence-<charge>` the offence that it was
    convicted of; what is said of an accused has the key of the prosecution after its name.
    """
    errors: dict[str, Any] = {}
    once: _JudgmentForm | None = None
    try:
        once = parse(_JudgmentForm, values, today)
    except Invalid as problem:
        errors |= problem.errors
    judged = []
    for prosecution, ids in charges.items():
        try:
            sentence = _sentence_of(values, prosecution)
        except Invalid as problem:
            errors |= {at(name, prosecution): words for name, words in problem.errors.items()}
            continue
        ends = tuple(_ends(values, ids))
        if ends or sentence is not None:
            mode = values.get(at("mode", prosecution)) or None
            judged.append(
                Judged(prosecution=prosecution, ends=ends, mode=mode, sentence=sentence)
            )
    if errors or once is None:
        raise Invalid(errors)
    common = {name: getattr(once, name) for name in _JudgmentForm.model_fields}
    return RecordJudgment(**common, accused=tuple(judged))


def at(name: str, prosecution: int) -> str:
    """Return the name that a field has for one accused."""
    return f"{name}-{prosecution}"


def _ends(values: Mapping[str, Any], charge_ids: list[int]) -> Iterator[ChargeEnd]:
    for charge in charge_ids:
        chosen = str(values.get(f"end-{charge}") or "")
        if not chosen:
            continue
        step, _sign, disposition = chosen.partition(SEPARATOR)
        offence = str(values.get(f"to_offence-{charge}") or "")
        yield ChargeEnd(
            charge=charge,
            step=step,
            disposition=disposition,
            to_offence=int(offence) if offence.isdecimal() else None,
        )


def _sentence_of(values: Mapping[str, Any], prosecution: int) -> SentenceGiven | None:
    given = {
        name: values[at(name, prosecution)]
        for name in SENTENCE_FIELDS
        if at(name, prosecution) in values
    }
    return read_sentence(given)
