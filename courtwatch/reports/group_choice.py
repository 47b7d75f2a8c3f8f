"""Two groups of prosecutions to set beside each other: what they differ in, and which two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyramid.i18n import TranslationStringFactory

from courtwatch import labels
from courtwatch.models.packed import number_of
from courtwatch.reports.clock_rows import AGE_BANDS, NEVER, SEXES, ClockRows, Flags
from courtwatch.reports.context import Context, Unanswerable
from courtwatch.reports.delay_words import count_of
from courtwatch.reports.figures import share_figure
from courtwatch.reports.model import (
    ChartKind,
    Column,
    ColumnKind,
    Figure,
    Label,
    Row,
    RowKind,
    Table,
)
from courtwatch.reports.options import Choice, Entry
from courtwatch.reports.packed_tally import calendar_years
from courtwatch.reports.words import NOT_KNOWN
from courtwatch.services import periods
from courtwatch.services.fact_filters import UNKNOWN, FilterError

_ = TranslationStringFactory("courtwatch")

COHORT, COURT, OFFENCE, SEX, AGE_BAND = "cohort", "court", "offence", "sex", "age_band"
DIMENSIONS = Choice(
    "between",
    _("Compare by"),
    (
        (COHORT, _("Day of registration: two years, months or periods")),
        (COURT, _("Court")),
        (OFFENCE, _("Offence")),
        (SEX, _("Sex of the accused")),
        (AGE_BAND, _("Age band of the accused")),
    ),
    COHORT,
)
_HINT = _(
    "A year (2023), a period (2023-01..2023-06), or the code of a court, offence, sex or age band. "
    "Empty: the report chooses. The table at the end of the report has the codes."
)


def _code(name: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        value = periods.proper(text)
        if not 1 <= len(value) <= 80 or not value.isprintable():
            raise FilterError({name: _("A period, or a code of 1 to 80 characters.")})
        return value

    return read


FIRST = Entry("a", _("First group (A)"), _HINT, _code("a"))
SECOND = Entry("b", _("Second group (B)"), _HINT, _code("b"))


@dataclass(frozen=True)
class Value:
    """What a group is: its code as an address has it, its name, and who is in it."""

    code: str
    name: Label
    rows: Flags


def choose(
    context: Context, rows: ClockRows, followed: Flags, there: tuple[Value, ...]
) -> tuple[Value, Value] | None:
    """Return the two groups asked for; where one is not named, the report chooses.

    Of cohorts the two latest years that were followed long enough, else the two largest groups;
    None where there are none. Raises Unanswerable for what is asked and not there, or for groups
    that share prosecutions.
    """
    name = context.option(DIMENSIONS.name)
    usual = [value for value in there if value.code != UNKNOWN]
    if name == COHORT:
        ready = [v for v in usual if np.count_nonzero(v.rows & followed) * 2 > v.rows.sum()]
        usual = sorted(ready, key=lambda value: value.code)[-2:]
    found: list[Value | None] = [
        _named(context, rows, name, context.option(each), there) for each in ("a", "b")
    ]
    for place in (0, 1):
        if found[place] is None:
            taken = {value.code for value in found if value is not None}
            free = [value for value in usual if value.code not in taken]
            if not free:
                return None
            found[place] = free[0]
    first, second = found
    assert first is not None
    assert second is not None
    if bool((first.rows & second.rows).any()) or first.code == second.code:
        raise Unanswerable(OVERLAP)
    return first, second


OVERLAP = _("The two groups share prosecutions. Choose two that have none in common.")
NOT_THERE = _("“${code}” is not on record here. On record: ${codes}.")


def _named(
    context: Context, rows: ClockRows, name: str, code: str, there: tuple[Value, ...]
) -> Value | None:
    if not code:
        return None
    if name == COHORT and code != UNKNOWN:
        bounds = periods.bounds(code)
        if bounds is None:
            words = {"code": code, "codes": _codes(there)}
            raise Unanswerable(_(NOT_THERE, mapping=words))
        day = rows.days["registered_on"]
        inside = day != NEVER
        if bounds[0] is not None:
            inside &= day >= number_of(bounds[0])
        if bounds[1] is not None:
            inside &= day < number_of(bounds[1])
        return Value(code, code, inside)
    for value in there:
        if value.code == code:
            return value
    raise Unanswerable(_(NOT_THERE, mapping={"code": code, "codes": _codes(there)}))


def _codes(there: tuple[Value, ...]) -> str:
    shown = [value.code for value in there[:20]]
    return ", ".join(shown) + (", …" if len(there) > len(shown) else "") or "–"


def every(context: Context, rows: ClockRows, name: str) -> tuple[Value, ...]:
    """Return every value that occurs, the most frequent first, then by code."""
    codes, named = column(context, rows, name)
    found = [
        Value(*named.get(int(code), (UNKNOWN, NOT_KNOWN)), codes == code)
        for code in np.unique(codes)
    ]
    if name == COHORT:
        return tuple(sorted(found, key=lambda value: value.code))
    return tuple(sorted(found, key=lambda value: (-int(value.rows.sum()), value.code)))


def column(
    context: Context, rows: ClockRows, name: str
) -> tuple[np.ndarray, Mapping[int, tuple[str, Label]]]:
    """Return a column of codes and, of each that is known, (code of an address, name)."""
    words = context.words
    if name == COURT:
        known = {key: (w.code, w.name) for key, w in words.institutions.items()}
        return rows.court, known
    if name == OFFENCE:
        return rows.offence, {key: (w.code, w.name) for key, w in words.offences.items()}
    if name == SEX:
        return rows.sex, _words(SEXES, labels.SEXES)
    if name == AGE_BAND:
        return rows.age_band, _words(AGE_BANDS, labels.AGE_BANDS)
    year = calendar_years(rows.days["registered_on"])
    return year, {int(y): (str(y), str(y)) for y in np.unique(year) if y}


def _words(values: tuple[str, ...], said: Mapping[Any, Label]) -> dict[int, tuple[str, Label]]:
    return {place: (word, labels.label(said, word)) for place, word in enumerate(values)}


def table_of(
    context: Context, rows: ClockRows, there: tuple[Value, ...], followed: Flags
) -> Table:
    """Return what can be chosen as A and B, with the codes to write."""
    name = context.option("between")

    def figures(code: str, chosen: Flags, **narrower: str) -> tuple[Figure, ...]:
        n, long = int(np.count_nonzero(chosen)), int(np.count_nonzero(chosen & followed))
        return (
            Figure(None, text=code),
            context.count(count_of(rows, chosen), **narrower),
            share_figure(n, rows.n),
            Figure(long),
            share_figure(long, n),
        )

    found = tuple(
        Row(value.code, value.name, figures(value.code, value.rows, **{name: value.code}))
        for value in there
    )
    everybody = np.ones(rows.n, bool)
    columns = (
        Column("code", _("Written as"), ColumnKind.TEXT),
        Column("all", _("Prosecutions")),
        Column("share", _("Share of all"), ColumnKind.SHARE),
        Column("followed", _("With a known time, and begun long enough before the record ends")),
        Column("followed_share", _("Share of the group"), ColumnKind.SHARE),
    )
    return Table(
        "values", _("What can be compared: codes to write as A and B"), columns, found, rows.n,
        _("Every group that occurs, with its prosecutions."), _("Group"),
        total=Row("total", _("All"), figures("", everybody), RowKind.TOTAL),
        chart=ChartKind.BARS, chart_columns=("share",),
    )  # fmt: skip
