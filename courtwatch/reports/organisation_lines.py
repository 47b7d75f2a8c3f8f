"""The rows of each table on organisations: quarters, provinces, sexes and age bands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.i18n import TranslationStringFactory

from courtwatch.models.vocabulary import AgeBand, Sex
from courtwatch.reports.context import Context
from courtwatch.reports.delay_groups import SEX_WORDS
from courtwatch.reports.figures import Tally
from courtwatch.reports.model import Label
from courtwatch.reports.organisation_rows import SEVERAL_COURTS
from courtwatch.reports.organisation_words import AGES, PROVINCES, QUARTERS, SEXES
from courtwatch.reports.then import courts_then
from courtwatch.reports.words import NOT_KNOWN
from courtwatch.services.fact_filters import UNKNOWN

_ = TranslationStringFactory("courtwatch")

NO_DAY = _("No day known, or never registered")

_SEVERAL = "several"
Named = Mapping[str, Any]
"""What a count is of, by the names of its tally's keys."""


@dataclass(frozen=True)
class Lines:
    """One table's rows: its key, title and label, and which row a count belongs to.

    `reads` names the keys of a tally that say so.
    """

    key: str
    title: Label
    row_label: Label
    reads: tuple[str, ...]
    fold: Callable[[Named], str]
    labels: Mapping[str, Label]
    query: Callable[[str], dict[str, Any] | None]


def by_quarter(tallies: Iterable[Tally]) -> Lines:
    """Return a row for each quarter of which any tally knows a day."""
    found = {
        _quarter(dict(zip(tally.names, key, strict=True)))
        for tally in tallies
        for key in tally.counts
    }
    known = sorted(found - {UNKNOWN})
    return Lines(
        QUARTERS, _("By quarter"), _("Quarter"), ("year", "month"), _quarter,
        {**{key: key for key in known}, UNKNOWN: NO_DAY}, _months,
    )  # fmt: skip


def _quarter(named: Named) -> str:
    if named["year"] is None:
        return UNKNOWN
    return f"{int(named['year']):04}-Q{(int(named['month']) + 2) // 3}"


def _months(quarter: str) -> dict[str, Any]:
    if quarter == UNKNOWN:
        return {"days": UNKNOWN}
    year, number = quarter.split("-Q")
    first = 3 * int(number) - 2
    return {"days": tuple(f"{year}-{month:02}" for month in range(first, first + 3))}


def by_province(context: Context) -> Lines:
    """Return provinces by code; each is called as its court of first instance."""
    regions: dict[int, str] = {}
    labels: dict[str, Label] = {}
    courts: dict[str, list[str]] = {}
    for row in courts_then(context.session, context.jurisdiction, context.then):
        # A court that nobody placed on the map stands for itself.
        region = context.then.value(row, "region") or context.then.value(row, "code")
        regions[row.id] = region
        courts.setdefault(region, []).append(context.then.value(row, "code"))
        if (context.then.value(row, "level") or 1) == 1:
            labels.setdefault(region, context.then.name(row))
    found = sorted(courts, key=lambda code: (len(code), code))

    def fold(named: Named) -> str:
        court = named["court"]
        return _SEVERAL if court == SEVERAL_COURTS else regions.get(court, UNKNOWN)

    return Lines(
        PROVINCES, _("By province of the court"), _("Province or court"), ("court",), fold,
        {
            **{code: labels.get(code, code) for code in found},
            _SEVERAL: _("Several courts"), UNKNOWN: NOT_KNOWN,
        },
        lambda code: {"court": tuple(courts[code])} if code in courts else None,
    )  # fmt: skip


def by_sex() -> Lines:
    """Return a row for each sex of the accused."""
    return _people(SEXES, _("By sex"), "sex", Sex)


def by_age() -> Lines:
    """Return a row for each age band of the accused."""
    return _people(AGES, _("By age at the offence"), "age_band", AgeBand)


def _people(key: str, title: Label, column: str, words: Any) -> Lines:
    labels = {
        str(each): SEX_WORDS.get(str(each), NOT_KNOWN if str(each) == UNKNOWN else str(each))
        for each in words
    }
    return Lines(
        key, title, _("Sex") if column == "sex" else _("Age band"), (column,),
        lambda named: str(named[column]),
        labels, lambda value: {column: value},
    )  # fmt: skip
