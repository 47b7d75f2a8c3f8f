"""What changed since the last quarter: in the courts, and in what the record knows.

The record as it was known at the end of the last quarter is set beside what the record says today
of the same evening. Only what lies between today's two columns is change; what lies between the
first two was entered late or corrected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyramid.i18n import TranslationStringFactory

from courtwatch.models import ProsecutionFact
from courtwatch.models.packed import number_of
from courtwatch.reports import moments
from courtwatch.reports.clock_rows import NEVER, ClockRows
from courtwatch.reports.clocks import never_came
from courtwatch.reports.context import Context
from courtwatch.reports.figures import Count, share_figure
from courtwatch.reports.model import (
    Column,
    ColumnKind,
    Figure,
    Label,
    Origin,
    Row,
    RowKind,
    Table,
)
from courtwatch.reports.moments import UnknownMoment
from courtwatch.reports.overview_flow import Dated, Length, Period, balance, period_of
from courtwatch.reports.overview_rows import looks_ahead
from courtwatch.reports.packed_facts import PackedFacts
from courtwatch.reports.queries import Population
from courtwatch.reports.unlike import told_alike
from courtwatch.statistics.difference import count_difference, share_difference
from workflows.event_codes import JUDGMENT, OPEN, OUTSIDE, WITHOUT

_ = TranslationStringFactory("courtwatch")
Days = NDArray[np.int32]

SINCE, ACTS, QUARTERS, SHARES = "since", "since_entries", "quarters", "quarter_shares"
SINCE_DEFINITION = _(
    "Levels on the evening of ${day}, the end of the last quarter, as the record knew them then "
    "and as it knows them now, and levels now. “Entered late or corrected” is the difference of "
    "the first two: it is no change in the courts. “Change” is the difference of the last two, "
    "with the 95 % interval that chance alone leaves it (Poisson). Only prosecutions whose days "
    "are known and in order.",
)
ACTS_DEFINITION = _(
    "Each prosecution whose record differs from what it was at the end of the last quarter, once, "
    "under the first line that holds.",
)
QUARTERS_DEFINITION = _(
    "The last full quarter beside the one before it and the same quarter a year earlier, by the "
    "days of events as the record knows them now. Differences with 95 % intervals: of counts "
    "(Zou and Donner), as if both were Poisson. Quarters differ by season: courts rest for "
    "holidays."
)
SHARES_DEFINITION = _(
    "Of those that ended in the quarter by a judgment or without one. Differences with 95 % "
    "intervals (Newcombe). It is no chance of ending so: how long each kind of end takes moves it "
    "too."
)
NO_QUARTER = _("Ended so in no known quarter: a day is not known, or days are not in order")
NOT_YET = _(
    "Nothing was on record at the end of the last quarter (${day}).",
)
YOUNG = _(
    "More entries of the last quarter may still come: what was entered late of the quarter before "
    "says how many to expect."
)
LEVELS = (
    ("registered", _("Registered so far")),
    ("pending", _("Pending")),
    ("judgment", _("Judgment so far")),
    ("without", _("Ended without judgment so far")),
    ("outside", _("Ended outside control, or going on elsewhere, so far")),
)
LINES = (
    ("left", _("No longer in this selection: merged, no longer shared, or not fitting any more")),
    ("new_undated", _("New on record, day of registration not known")),
    ("registered", _("Registered since")),
    ("entered_late", _("Registered before, but entered since (late)")),
    ("corrected", _("Day of registration, or an end, corrected")),
    ("end_undated", _("Ended, on a day that is not known")),
    ("end_late", _("Ended before, but entered since (late)")),
    ("ended", _("Ended since")),
    ("other", _("Went on, or was described otherwise")),
)


@dataclass(frozen=True)
class _State:
    """Days of registration and end, and codes, of some prosecutions: arrays (n,)."""

    came: Days
    ended: Days
    code: Days

    def levels(self, day: int) -> dict[str, int]:
        """Return the levels on the evening of a day, of those whose days are in order."""
        here = Dated.of(self.came, self.ended, self.code).dated & (self.came <= day)
        over = here & (self.code != OPEN) & (self.ended <= day)
        found = {"registered": here, "pending": here & ~over}
        for key, code in (("judgment", JUDGMENT), ("without", WITHOUT), ("outside", OUTSIDE)):
            found[key] = over & (self.code == code)
        return {key: int(np.count_nonzero(chosen)) for key, chosen in found.items()}

    def only(self, chosen: NDArray[np.bool_]) -> _State:
        """Return the state of some."""
        return _State(self.came[chosen], self.ended[chosen], self.code[chosen])


def last_quarter(context: Context) -> Period:
    """Return the last quarter that is over on the day of the report."""
    this = period_of(context.today, Length.QUARTER)
    return period_of(this.first - timedelta(days=1), Length.QUARTER)


def revision_then(context: Context) -> int | None:
    """Return the revision at the end of the last quarter; None where nothing was on record."""
    day = last_quarter(context).last.isoformat()
    try:
        found = moments.moment(context.session, day, context.jurisdiction.time_zone)
    except UnknownMoment:
        return None
    return min(found.revision, context.known_at.revision)


def tables(context: Context, rows: ClockRows) -> tuple[Table, ...]:
    """Return levels then and now, what was written since, and quarters beside each other."""
    why = looks_ahead(context)
    return (*_since(context, rows, why), *_quarters(context, rows, why))


def _since(context: Context, rows: ClockRows, why: Label) -> tuple[Table, Table]:
    quarter = last_quarter(context)
    day = quarter.last.isoformat()
    then = None if why is not None else revision_then(context)
    if why is None and then is None:
        why = _(NOT_YET, mapping={"day": day})
    columns = (
        Column("known_then", _("On ${day}, as known then", mapping={"day": day})),
        Column("known_now", _("On ${day}, as known now", mapping={"day": day})),
        Column("late", _("Entered late or corrected")),
        Column("now", _("Now")),
        Column("change", _("Change"), ColumnKind.NUMBER),
    )
    definition = _(SINCE_DEFINITION, mapping={"day": day})
    titles = (_("Since the last quarter: what changed"), _("Since the last quarter: entries"))
    acts = (Column("n", _("Prosecutions")),)
    if why is not None or then is None:
        return (
            Table(SINCE, titles[0], columns, (), 0, definition, _("Level"), refused=why),
            Table(ACTS, titles[1], acts, (), 0, ACTS_DEFINITION, _("What happened"), refused=why),
        )
    now = _State(rows.days["registered_on"], rows.days["ended_on"], rows.code)
    past, present = _changed(context, then)
    before, after = _by_prosecution(past), _by_prosecution(present)
    unchanged = now.only(rows.more["fresh"] == 0).levels(number_of(quarter.last))
    was = _state(past).levels(number_of(quarter.last))
    known_then = {key: unchanged[key] + was[key] for key, _label in LEVELS}
    known_now = now.levels(number_of(quarter.last))
    today = now.levels(number_of(context.today))
    made = tuple(
        Row(key, label, _level(key, known_then, known_now, today), RowKind.DETAIL)
        for key, label in LEVELS
    )
    lines = dict.fromkeys((key for key, _label in LINES), 0)
    # Who differs in what nobody is told has not changed, for this reader.
    for key in (before.keys() | after.keys()) - told_alike(context, then, past, present):
        lines[_line(before.get(key), after.get(key), number_of(quarter.last))] += 1
    entries = tuple(Row(key, label, (Figure(lines[key]),)) for key, label in LINES)
    total = Row("total", _("All that differ"), (Figure(sum(lines.values())),), RowKind.TOTAL)
    return (
        Table(SINCE, titles[0], columns, made, rows.n, definition, _("Level")),
        Table(ACTS, titles[1], acts, entries, rows.n, ACTS_DEFINITION, _("What happened"),
              total=total),
    )  # fmt: skip


def _level(
    key: str, then: Mapping[str, int], now_of_then: Mapping[str, int], now: Mapping[str, int]
) -> tuple[Figure, ...]:
    change = now[key] - now_of_then[key]
    if key == "pending":
        # Comings and goings have a chance each: their difference is what the level moves by.
        goings = sum(now[k] - now_of_then[k] for k in ("judgment", "without", "outside"))
        found = count_difference(change + goings, goings)
    else:
        found = count_difference(change, 0)
    return (
        Figure(then[key]), Figure(now_of_then[key]), Figure(now_of_then[key] - then[key]),
        Figure(now[key]), Figure(float(change), None, None, found.lower, found.upper),
    )  # fmt: skip


One = tuple[int, int, int]


def _changed(context: Context, then: int) -> tuple[PackedFacts, PackedFacts]:
    """Return what differs: as it was then and holds no more, and as it is now."""
    fact = ProsecutionFact
    past = Population(
        context.session,
        replace(context.filters, known_at=then),
        context.scope,
        context.reader,
        context.law,
    )
    # What held then and holds no more lies between the two in the index: nothing else is read.
    ended = fact.rev_to.between(then + 1, context.known_at.revision)
    return past.read_some(ended), context.population.read_some(fact.rev_from > then)


def _state(facts: PackedFacts) -> _State:
    days = (facts.numbers(name) for name in ("registered_on", "ended_on", "event_code"))
    return _State(*days)


def _by_prosecution(facts: PackedFacts) -> dict[int, One]:
    state = _state(facts)
    columns = (facts.numbers("prosecution_id"), state.came, state.ended, state.code)
    found = zip(*(column.tolist() for column in columns), strict=True)
    return {key: (came, ended, code) for key, came, ended, code in found}


def _line(was: One | None, now: One | None, day: int) -> str:
    """Return under which line a prosecution counts."""
    if now is None:
        return "left"
    came, ended, code = now
    if was is None:
        if came == NEVER:
            return "new_undated"
        return "registered" if came > day else "entered_late"
    if came != was[0] or (was[2] != OPEN and (code, ended) != (was[2], was[1])):
        return "corrected"
    if code == OPEN or was[2] != OPEN:
        return "other"
    if ended == NEVER:
        return "end_undated"
    return "end_late" if ended <= day else "ended"


def _quarters(context: Context, rows: ClockRows, why: Label) -> tuple[Table, Table]:
    last = last_quarter(context)
    earlier = period_of(last.first - timedelta(days=1), Length.QUARTER)
    year_ago = period_of(last.first - timedelta(days=365), Length.QUARTER)
    columns = tuple(
        Column(key, label, kind)
        for key, label, kind in (
            ("last", last.code, ColumnKind.COUNT),
            ("before", earlier.code, ColumnKind.COUNT),
            ("difference", _("Difference"), ColumnKind.NUMBER),
            ("year_ago", year_ago.code, ColumnKind.COUNT),
            ("year_difference", _("Difference to a year ago"), ColumnKind.NUMBER),
        )
    )
    shares = tuple(
        Column(c.key, c.label,
               ColumnKind.SHARE if c.kind is ColumnKind.COUNT else ColumnKind.PROBABILITY)
        for c in columns
    )  # fmt: skip
    titles = _("The last quarter beside others"), _("Shares in the last quarter beside others")
    found: tuple[Row, ...] = ()
    rates: tuple[Row, ...] = ()
    n = ends = 0
    unplaced = None
    if why is None:
        state = Dated.of(rows.days["registered_on"], rows.days["ended_on"], rows.code).dated
        n = int(np.count_nonzero(state))
        over = (rows.code == JUDGMENT) | (rows.code == WITHOUT)
        over &= ~never_came(rows, Origin.REGISTRATION, context.law)
        ends = int(np.count_nonzero(over & state))
        unplaced = share_figure(int(np.count_nonzero(over & ~state)), int(np.count_nonzero(over)))
        counts = [_flows(context, rows, state, each) for each in (last, earlier, year_ago)]
        found = tuple(_flow_row(key, label, counts) for key, label in _FLOWS)
        rates = (_share_row(counts),)
    notes = (YOUNG,)
    return (
        Table(QUARTERS, titles[0], columns, found, n, QUARTERS_DEFINITION, _("In the quarter"),
              notes=notes, refused=why),
        Table(SHARES, titles[1], shares, rates, ends, SHARES_DEFINITION, _("Share"),
              unknown=unplaced, unknown_label=NO_QUARTER, refused=why),
    )  # fmt: skip


_FLOWS = (
    ("incoming", _("Incoming")),
    ("judgment", _("Judgment")),
    ("without", _("Ended without judgment")),
    ("outside", _("Ended outside control, or goes on elsewhere")),
)


def _flows(
    context: Context, rows: ClockRows, dated: NDArray[np.bool_], quarter: Period
) -> dict[str, Figure]:
    """Return the counts of a quarter, which open their prosecutions."""
    edges = [number_of(quarter.first), number_of(quarter.last) + 1]
    whole, seen = (
        balance(rows.days["registered_on"][here], rows.days["ended_on"][here], rows.code[here],
                edges)
        for here in (dated, dated & rows.visible)
    )  # fmt: skip

    def count(n: Any, visible: Any, **query: str | tuple[str, ...]) -> Figure:
        return context.count(Count(int(n), int(visible)), dated="yes", **query)

    found = {"incoming": count(whole.incoming[0], seen.incoming[0], cohort=quarter.months)}
    for code, key in ((JUDGMENT, "judgment"), (WITHOUT, "without"), (OUTSIDE, "outside")):
        found[key] = count(
            whole.outgoing[code - 1, 0], seen.outgoing[code - 1, 0], ended=quarter.months,
            event_code=str(code),
        )  # fmt: skip
    return found


def _flow_row(key: str, label: Label, counts: list[dict[str, Figure]]) -> Row:
    last, before, year_ago = (each[key] for each in counts)
    return Row(
        key, label,
        (last, before, _difference(last, before), year_ago, _difference(last, year_ago)),
        RowKind.DETAIL,
    )  # fmt: skip


def _difference(one: Figure, other: Figure) -> Figure:
    found = count_difference(int(one.value or 0), int(other.value or 0))
    return Figure(found.value, None, None, found.lower, found.upper)


def _share_row(counts: list[dict[str, Figure]]) -> Row:
    pairs = []
    for each in counts:
        without, judged = int(each["without"].value or 0), int(each["judgment"].value or 0)
        pairs.append((without, without + judged))
    last, before, year_ago = pairs

    def difference(other: tuple[int, int]) -> Figure:
        if last[1] == 0 or other[1] == 0:
            return Figure(None, missing=_("nothing to divide by"))
        found = share_difference(*last, *other)
        return Figure(found.value, None, None, found.lower, found.upper)

    return Row(
        "without", _("Ended without judgment, of those that ended by a judgment or without one"),
        (share_figure(*last), share_figure(*before), difference(before), share_figure(*year_ago),
         difference(year_ago)), RowKind.DETAIL,
    )  # fmt: skip


def fresh(context: Context) -> Any:
    """Return the predicate of what was written after the end of the last quarter."""
    then = revision_then(context)
    return ProsecutionFact.rev_from > (context.known_at.revision if then is None else then)
