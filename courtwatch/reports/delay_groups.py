"""Delay by group: sex, age, offence, level of the court; and whether groups differ (Gray)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.clock_rows import AGE_BANDS, NEVER, SEXES, ClockRows
from courtwatch.reports.clocks import COLUMN, Clocks
from courtwatch.reports.context import Context
from courtwatch.reports.delay_words import (
    FEWEST,
    HORIZONS,
    NOT_SO_LONG,
    count_of,
    longest,
    quantile,
    reach,
    refusal,
    share_at,
    still_open,
)
from courtwatch.reports.known_late import known_late
from courtwatch.reports.model import (
    Column,
    ColumnKind,
    Figure,
    Label,
    Row,
    RowKind,
    Table,
)
from courtwatch.reports.words import NOT_KNOWN, OffenceWords
from courtwatch.services.fact_filters import UNKNOWN
from courtwatch.statistics.gray import gray_test
from courtwatch.statistics.refusal import CannotAnswer
from courtwatch.statistics.survival import cumulative_incidence, kaplan_meier
from courtwatch.statistics.terms import HORIZON_DAYS
from workflows.elements import Text
from workflows.event_codes import JUDGMENT, OPEN, WITHOUT

_ = TranslationStringFactory("courtwatch")
Codes = NDArray[np.int32]

TESTS = "gray"
MOST_TESTED = 8
"""Groups in one test: more are cut to the largest, for the power of a test is shared by all."""
DEFINITION = _(
    "Estimated as for everybody, within each group, at the longest of the fixed horizons up to "
    "${days} days to which enough were followed. Groups that are too few have no estimate. Groups "
    "differ in their cases: a difference is no finding about how they are treated.",
    mapping={"days": str(HORIZON_DAYS)},
)
GRAY_DEFINITION = _(
    "Gray's test asks whether the whole curves of the groups could be the same. It leaves out who "
    "entered late, groups below ${fewest} and those not known, and takes at most the ${most} "
    "largest groups. In a large record it finds differences that do not matter: read it with the "
    "tables above.",
    mapping={"fewest": str(FEWEST), "most": str(MOST_TESTED)},
)
FROM_THE_END = _(
    "The court is known of ${open} of the open and ${ended} of the ended prosecutions: it is known "
    "from the end. Times by court would leave out who waits.",
)
CUSTODY = _(
    "This report does not divide by custody on the day of the charge; its filter does. Custody of "
    "today follows from how long a prosecution took, and can't explain it."
)
ONE_GROUP = _("fewer than two groups are large enough")
NOBODY = _("nobody in these groups ended so")
CONSTANT = _("a group was followed at no time when somebody ended so")
SEX_WORDS = {
    "female": _("Female"), "male": _("Male"), "other": _("Other"), UNKNOWN: NOT_KNOWN,
}  # fmt: skip


@dataclass(frozen=True)
class _Group:
    """Groups of one kind: their codes by row, and (code, key, label, filter) of each."""

    key: str
    title: Label
    codes: Codes
    members: tuple[tuple[int, str, Label, str | None], ...]
    filter: str | None
    refused: Label = None
    merges: bool = False


def tables(context: Context, rows: ClockRows, clock: Clocks, why: Label) -> Iterator[Table]:
    """Return a table for each kind of group, then the tests."""
    if why is not None:
        return
    groups = list(_groups(context, rows))
    horizon = longest(clock, tuple(each for each in HORIZONS if each <= HORIZON_DAYS))
    for group in groups:
        yield _table(context, rows, clock, group, horizon)
    yield Table(
        "by_custody", _("By custody at the charge"), (), (), 0, DEFINITION, _("Custody"),
        refused=CUSTODY,
    )  # fmt: skip
    yield _tests(clock, groups)


def _groups(context: Context, rows: ClockRows) -> Iterator[_Group]:
    yield _Group(
        "sex", _("By sex"), rows.sex,
        tuple((n, key, SEX_WORDS.get(key, key), key) for n, key in enumerate(SEXES)), "sex",
    )  # fmt: skip
    yield _Group(
        "age_band", _("By age at the offence"), rows.age_band,
        tuple((n, key, NOT_KNOWN if key == UNKNOWN else key, key)
              for n, key in enumerate(AGE_BANDS)), "age_band",
    )  # fmt: skip
    words = context.words.offences
    found = sorted(set(np.unique(rows.offence).tolist()) - {0}, key=lambda k: words[k].code)
    yield _Group(
        "offence", _("By offence"), rows.offence,
        (*((k, words[k].code, _with_code(words[k]), words[k].code) for k in found),
         (0, UNKNOWN, NOT_KNOWN, UNKNOWN)), "offence", merges=True,
    )  # fmt: skip
    yield _levels(context, rows)


def _with_code(offence: OffenceWords) -> Text:
    """Name an offence by code and words: laws have many of one name."""
    return Text(
        f"{offence.code}: {offence.name.get('en')}", f"{offence.code}: {offence.name.get('km')}"
    )


def _levels(context: Context, rows: ClockRows) -> _Group:
    """Group by the level of the court; refused where a court is known from the end only."""
    courts = context.words.institutions
    levels = np.zeros(rows.n, np.int32)
    for court in np.unique(rows.court).tolist():
        place = courts.get(court)
        if place is not None and place.level is not None:
            levels[rows.court == court] = place.level
    late = known_late(rows)
    refused: Label = None if late is None else _(FROM_THE_END, mapping=late._asdict())
    members = tuple(
        (level, str(level) if level else UNKNOWN,
         _("Level ${n}", mapping={"n": str(level)}) if level else NOT_KNOWN, None)
        for level in (*sorted(set(np.unique(levels).tolist()) - {0}), 0)
    )  # fmt: skip
    return _Group("court_level", _("By level of the court"), levels, members, None, refused)


def _table(context: Context, rows: ClockRows, clock: Clocks, group: _Group, horizon: int) -> Table:
    columns = (
        Column("n", _("With a known origin")),
        Column("judgment", _("Judged by ${days} days", mapping={"days": str(horizon)}),
               ColumnKind.PROBABILITY),
        Column("without", _("Ended without judgment by then"), ColumnKind.PROBABILITY),
        Column("open", _("Still open then"), ColumnKind.PROBABILITY),
        Column("median", _("Until half have a judgment"), ColumnKind.DAYS),
    )  # fmt: skip
    key = f"by_{group.key}"
    known = rows.days[COLUMN[context.origin]] != NEVER
    if group.refused is not None:
        return Table(
            key, group.title, columns, (), clock.n, DEFINITION, group.title, refused=group.refused
        )
    codes = group.codes[clock.place]
    found = []
    rest = np.zeros(rows.n, bool)
    for code, name, label, value in group.members:
        here = known & (group.codes == code)
        if not here.any():
            continue
        if group.merges and code and np.count_nonzero(here) < FEWEST:
            rest |= here
            continue
        counted = count_of(rows, here)
        figure = (
            context.plain_count(counted)
            if group.filter is None or value is None
            else context.count(counted, reached=context.origin.value, **{group.filter: value})
        )
        estimates = _estimates(context, clock.only(codes == code), horizon)
        found.append(Row(name, label, (figure, *estimates)))
    if rest.any():
        label = _("Others, fewer than ${n} each", mapping={"n": str(FEWEST)})
        estimates = _estimates(context, clock.only(rest[clock.place]), horizon)
        found.append(Row("others", label, (context.plain_count(count_of(rows, rest)), *estimates)))
    total = Row(
        "total", _("All"),
        (context.count(count_of(rows, known), reached=context.origin.value),
         *_estimates(context, clock, horizon)),
        RowKind.TOTAL,
    )  # fmt: skip
    return Table(
        key, group.title, columns, tuple(found), clock.n, DEFINITION, _("Group"), total=total
    )


def _estimates(context: Context, clock: Clocks, horizon: int) -> tuple[Figure, ...]:
    why = refusal(clock, context.origin)
    if why is not None:
        return (Figure(None, missing=why),) * 4
    curve = cumulative_incidence(clock.exit, clock.event, clock.delayed)
    median = quantile(kaplan_meier(clock.exit, clock.event == JUDGMENT, clock.delayed), 0.5)
    if horizon > reach(curve):
        return (*(Figure(None, missing=NOT_SO_LONG),) * 3, median)
    still = kaplan_meier(clock.exit, clock.event != OPEN, clock.delayed)
    return (
        *(share_at(curve, clock, code, horizon) for code in (JUDGMENT, WITHOUT)),
        still_open(still, clock, horizon),
        median,
    )


def _tests(clock: Clocks, groups: list[_Group]) -> Table:
    start = ~clock.late
    rows = []
    figures: tuple[Figure, ...]
    for group in groups:
        if group.refused is not None:
            figures = (Figure(None, missing=group.refused),) * 2 + (Figure(0), Figure(0))
        else:
            figures = _test(clock.only(start), group)
        rows.append(Row(group.key, group.title, figures, RowKind.DETAIL))
    return Table(
        TESTS,
        _("Do the groups differ? (Gray's test)"),
        (
            Column("judgment", _("Judgment: p"), ColumnKind.P_VALUE),
            Column("without", _("Ended without judgment: p"), ColumnKind.P_VALUE),
            Column("groups", _("Groups tested")),
            Column("n", _("Prosecutions tested")),
        ),
        tuple(rows),
        int(np.count_nonzero(start)),
        GRAY_DEFINITION,
        _("Groups"),
    )


def _test(clock: Clocks, group: _Group) -> tuple[Figure, ...]:
    codes = group.codes[clock.place]
    unknown = {code for code, key, _label, _value in group.members if key == UNKNOWN}
    values, sizes = np.unique(codes, return_counts=True)
    large = sorted(
        ((int(size), -int(value)) for value, size in zip(values, sizes, strict=True)
         if size >= FEWEST and int(value) not in unknown), reverse=True,
    )[:MOST_TESTED]  # fmt: skip
    kept = np.isin(codes, [-value for _size, value in large])
    chosen = clock.only(kept)
    counts = (Figure(len(large)), Figure(chosen.n))
    if len(large) < 2:
        return (Figure(None, missing=ONE_GROUP),) * 2 + counts
    return tuple(_p(chosen, codes[kept], cause) for cause in (1, 2)) + counts


def _p(clock: Clocks, codes: Codes, cause: int) -> Figure:
    if not bool(np.any(clock.event == cause)):
        return Figure(None, missing=NOBODY)
    try:
        return Figure(gray_test(clock.exit, clock.event, codes, cause).p_value, None, clock.n)
    except CannotAnswer:
        return Figure(None, missing=CONSTANT)
