"""What one report asks besides filters: a choice among words, or a text that it reads itself.

A kind of report declares them (`kinds.Kind.options`). They stand in the form, the address, the
command line (`--option NAME=VALUE`), above the figures and in the key of the memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pyramid.i18n import TranslationStringFactory

from courtwatch.commands.parsing import KHMER_DIGITS
from courtwatch.reports.model import Cohort, Label, Origin
from courtwatch.services.fact_filters import FilterError

_ = TranslationStringFactory("courtwatch")


@dataclass(frozen=True)
class Choice:
    """One of a few words; `values` are (word, what a person reads)."""

    name: str
    label: Label
    values: tuple[tuple[str, Label], ...]
    default: str

    def read(self, text: str) -> str:
        """Return the word chosen. Raises FilterError, naming those there are."""
        words = [word for word, _label in self.values]
        if text in words:
            return text
        about = {"name": self.name, "value": text, "allowed": ", ".join(words)}
        raise FilterError(
            {self.name: _("${name}: “${value}” is not known. Allowed: ${allowed}.", mapping=about)}
        )


@dataclass(frozen=True)
class Entry:
    """A text. `parse` returns its one proper form, and raises FilterError under `name`."""

    name: str
    label: Label
    hint: Label
    parse: Callable[[str], str]
    default: str = ""

    def read(self, text: str) -> str:
        """Return the text in its proper form. Raises FilterError."""
        return self.parse(text.translate(KHMER_DIGITS))


Option = Choice | Entry

COHORTS = Choice(
    "by",
    _("Cohorts by"),
    ((Cohort.YEAR.value, _("Year")), (Cohort.MONTH.value, _("Month"))),
    Cohort.YEAR.value,
)
ORIGINS = Choice(
    "origin",
    _("Time counted from"),
    (
        (Origin.ARREST.value, _("Arrest")),
        (Origin.REGISTRATION.value, _("Registration")),
        (Origin.CHARGE.value, _("Charge")),
    ),
    Origin.REGISTRATION.value,
)


def read_options(
    options: Iterable[Option], given: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Return (name, value) of every option, defaults included.

    What is given under other names is left alone: it may be meant for another report. Raises
    FilterError with all that is wrong.
    """
    found: list[tuple[str, str]] = []
    problems: dict[str, str] = {}
    for option in options:
        text = str(given.get(option.name, "")).strip()
        try:
            found.append((option.name, option.read(text) if text else option.default))
        except FilterError as wrong:
            problems |= wrong.problems
    if problems:
        raise FilterError(problems)
    return tuple(found)
