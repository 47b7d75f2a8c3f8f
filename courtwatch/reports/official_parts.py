"""What the tables of all forms are made of: periods, what a form hands back, and folding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from courtwatch.reports import official_words as words
from courtwatch.reports.figures import Count, Tally
from courtwatch.reports.model import Label, Table
from courtwatch.reports.official_rows import OffenceClass
from courtwatch.services.fact_filters import UNKNOWN
from courtwatch.services.reference_totals import period_of

Query = dict[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class Span:
    """The period of a table: `first` until before `after`."""

    first: date
    after: date
    label: str

    @property
    def period(self) -> str:
        """Return it as filters write it."""
        return period_of(self.first, self.after - timedelta(days=1))


@dataclass(frozen=True)
class Made:
    """One form's tables, the periods they are of, and its own tallies by stage.

    `whole` are those whom the form counts; `came` all who came to a stage, whatever the offence:
    of whom no offence is known nobody can say whether they belong into a form of trafficking.
    """

    tables: tuple[Table, ...]
    spans: tuple[Span, ...]
    whole: Mapping[str, Tally]
    came: Mapping[str, Tally]
    queries: Mapping[str, Query]
    rules: tuple[Label, ...]


def year_of(year: int) -> Span:
    """Return a calendar year."""
    return Span(date(year, 1, 1), date(year + 1, 1, 1), str(year))


def folded(
    part: Tally, law: Mapping[int, OffenceClass], fold: Callable[[object, object], str]
) -> tuple[dict[str, Tally], dict[str, Query]]:
    """Return parts by a class of offence and exploitation, and the filters that list each."""
    offence, form = part.names.index("offence"), part.names.index("exploitation")
    parts: dict[str, dict[Any, Count]] = {}
    codes: dict[str, dict[str, None]] = {}
    forms: dict[str, dict[str, None]] = {}
    for key, count in part.counts.items():
        name = fold(key[offence], key[form])
        parts.setdefault(name, {})[key] = count
        code = UNKNOWN if key[offence] is None else law[int(str(key[offence]))].code
        codes.setdefault(name, {})[code] = None
        forms.setdefault(name, {})[str(key[form])] = None
    queries: dict[str, Query] = {}
    for name in parts:
        queries[name] = {"offence": tuple(sorted(codes[name]))}
        if name in words.FORM_OF_CLASS or name in words.TIP_COLUMNS:
            queries[name]["exploitation"] = tuple(sorted(forms[name]))
    return {name: Tally(part.names, counts) for name, counts in parts.items()}, queries


def trafficking_of(part: Tally, law: Mapping[int, OffenceClass]) -> Tally:
    """Return the part that counts at an offence of trafficking."""
    return part.only(offence=trafficking_keys(law))


def trafficking_keys(law: Mapping[int, OffenceClass]) -> frozenset[int]:
    """Return the keys of the offences of trafficking."""
    return frozenset(key for key, each in law.items() if each.trafficking)


def trafficking_codes(law: Mapping[int, OffenceClass]) -> tuple[str, ...]:
    """Return the codes of the offences of trafficking."""
    return tuple(sorted(each.code for each in law.values() if each.trafficking))
