"""The tables of one comparison of institutions, and its funnel."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from pyramid.i18n import TranslationStringFactory

from courtwatch.reports import institution_words as said
from courtwatch.reports.comparison import (
    FROM,
    PRELIMINARY,
    Comparison,
)
from courtwatch.reports.comparison_arm import Arm, Flags, by_institution
from courtwatch.reports.context import Context
from courtwatch.reports.figures import Count, share_figure
from courtwatch.reports.model import (
    ChartKind,
    Column,
    ColumnKind,
    Curve,
    Figure,
    Label,
    Row,
    RowKind,
    Table,
)
from courtwatch.reports.words import InstitutionWords
from courtwatch.statistics.court_comparison import CourtComparison, Funnel, Indicator
from courtwatch.statistics.terms import HORIZON_DAYS
from workflows.event_codes import OPEN, WITHOUT

_ = TranslationStringFactory("courtwatch")

POOLED = "_pooled"
"""Behind the key of a comparison: all years of institutions that have too few in some."""
LEVELS = ("95", "998")
LEVEL_WORDS = (
    (_("Chance alone, 95 %"), _("With natural variation, 95 %")),
    (_("Chance alone, 99.8 %"), _("With natural variation, 99.8 %")),
)


@dataclass(frozen=True)
class Compared:
    """One arm whose institutions were compared, and the words and links of its rows."""

    comparison: Comparison
    arm: Arm
    result: CourtComparison

    @property
    def context(self) -> Context:
        """Return the question."""
        return self.comparison.context

    @property
    def keys(self) -> list[int]:
        """Return the institutions, in the order of the result."""
        return [int(key) for key in self.result.court]

    def words(self, key: int) -> InstitutionWords:
        """Return what an institution is called."""
        return self.context.words.institutions[key]

    def order(self, wanted: str = said.NAME) -> list[int]:
        """Return places in the result, in the order asked for: never by a rate."""
        marked = self.result.dismissal_flagged | self.result.unresolved_flagged

        def key(place: int) -> tuple[Any, ...]:
            found = self.words(int(self.result.court[place]))
            name = (found.name.en.casefold(), found.code)
            match wanted:
                case said.CODE:
                    return (found.code,)
                case said.SIZE:
                    return (-int(self.result.n[place]), *name)
                case said.MARKED:
                    return (not marked[place], *name)
                case _:
                    return name

        return sorted(range(len(self.result.court)), key=key)

    def mark(self, place: int, indicator: Indicator) -> Figure:
        """Return the mark of one institution for one way of standing out."""
        if not self.result.sufficient[place] or indicator.thin[place]:
            return said.mark("insufficient")
        if self.result.not_tested is not None or math.isnan(indicator.p_value[place]):
            return said.mark("not_tested")
        return said.mark("review" if indicator.flagged[place] else "none")

    def counts(self) -> dict[str, list[Figure]]:
        """Return the counts of every institution, each opening its list where one is the same."""
        rows, arm, keys = self.comparison.rows, self.arm, self.keys
        visible = rows.visible[arm.place]
        found: dict[str, list[Figure]] = {}
        for name, chosen, narrower in self._lists():
            n = by_institution(arm, chosen, keys)
            seen = by_institution(arm, chosen & visible, keys)
            same = self._same(chosen, narrower)
            figures = []
            for place, key in enumerate(keys):
                count = Count(int(n[place]), int(seen[place]))
                query = dict(narrower)
                query["decided_by" if name == "ended" else arm.filter] = self.words(key).code
                figures.append(
                    self.context.count(count, **query)
                    if same[place]
                    else self.context.plain_count(count)
                )
            found[name] = figures
        return found

    def _lists(self) -> tuple[tuple[str, Any, dict[str, Any]], ...]:
        """Return (column, who is in it, the filters of a list that should show the same)."""
        arm, stages = self.arm, self._stages()
        here = tuple(sorted(self.comparison.law.here(arm.decision) & stages))
        return (
            ("n", np.ones(arm.n, bool), {"furthest": tuple(sorted(stages))}),
            ("ended", arm.event == WITHOUT,
             {"event_code": str(WITHOUT), "outcome": arm.decision.outcome.name}),
            ("open", arm.event == OPEN, {"event_code": str(OPEN), "furthest": here}),
        )  # fmt: skip

    def _stages(self) -> frozenset[str]:
        """Return the stages at which this authority decides, and those behind them.

        What a procedure sends back stands at an earlier one, with others that never came here.
        """
        law, decision = self.comparison.law, self.arm.decision
        first = min(law.stages[name].order for name in law.deciding(decision.outcome))
        return frozenset(
            name for name in law.came_to(decision) if law.stages[name].order >= first
        )

    def on_record(self) -> list[Figure]:
        """Return how many stand where every institution decides, or behind it; each opens these."""
        rows, stages = self.comparison.rows, self._stages()
        column = self.comparison.column(self.arm.filter)
        came = self.comparison.at(stages)
        size = max(self.keys, default=0) + 1
        n = np.bincount(column[came], minlength=size)
        seen = np.bincount(column[came & rows.visible], minlength=size)
        return [
            self.context.count(
                Count(int(n[key]), int(seen[key])),
                furthest=tuple(sorted(stages)), **{self.arm.filter: self.words(key).code},
            )
            for key in self.keys
        ]  # fmt: skip

    def _same(self, chosen: Flags, narrower: dict[str, Any]) -> list[bool]:
        """Say of each institution whether the list with these filters holds just the `chosen`.

        As many is not enough: others may be in the list than those that are counted.
        """
        rows, comparison = self.comparison.rows, self.comparison
        listed = np.ones(rows.n, bool)
        column = comparison.column(self.arm.filter)
        if "event_code" in narrower:
            listed &= rows.code == int(narrower["event_code"])
        if "outcome" in narrower:
            listed &= comparison.ended(self.arm.decision)
            column = rows.more["decided_by"]
        if "furthest" in narrower:
            if not narrower["furthest"]:
                return [False] * len(self.keys)
            listed &= comparison.at(frozenset(narrower["furthest"]))
        counted = np.zeros(rows.n, np.int64)
        counted[self.arm.place[chosen]] = np.maximum(self.arm.institution[chosen], 0)
        opened = np.where(listed, column, 0)
        apart = counted != opened
        differing = np.zeros(max(int(opened.max(initial=0)), *self.keys, 0) + 1, bool)
        differing[counted[apart]] = differing[opened[apart]] = True
        return [not differing[key] for key in self.keys]


COLUMNS = (
    Column("n", _("Prosecutions")),
    Column("ended", _("Ended so, on record")),
    Column("open", _("Not decided yet")),
    Column("followed", said.ALL_FOLLOWED),
    Column("observed", _("Ended so, weighted"), ColumnKind.NUMBER),
    Column("expected", _("Expected"), ColumnKind.NUMBER),
    Column("ratio", _("Ratio"), ColumnKind.RATIO),
    Column("shrunken", _("Ratio, drawn together"), ColumnKind.RATIO),
    Column("mark", _("Mark: ended so"), ColumnKind.MARK),
    Column("unresolved", _("Unresolved, weighted"), ColumnKind.NUMBER),
    Column("unresolved_expected", _("Unresolved, expected"), ColumnKind.NUMBER),
    Column("unresolved_ratio", _("Ratio of unresolved"), ColumnKind.RATIO),
    Column("unresolved_mark", _("Mark: unresolved"), ColumnKind.MARK),
)


def decision_of(table: Table) -> str | None:
    """Return the outcome whose comparison a table is; None for any other table.

    Branches that hold preliminary hearings, and all years of what is too few, have one of their
    own (`comparison.Comparison`, `institutions`).
    """
    if table.columns != COLUMNS:
        return None
    return table.key.removesuffix(POOLED).removesuffix(PRELIMINARY)


def number(value: float, lower: float = math.nan, upper: float = math.nan) -> Figure:
    """Return an estimate with its interval; none where there is none."""
    if not math.isfinite(value):
        return Figure(None, missing=said.NO_FIGURE)
    low, high = (float(end) if math.isfinite(end) else None for end in (lower, upper))
    return Figure(float(value), lower=low, upper=high)


def ratio(indicator: Indicator, place: int, share: float = 1.0) -> Figure:
    """Return observed over expected (times `share`) with its interval.

    Where next to nothing was expected there is no ratio.
    """
    if not indicator.expected[place] >= said.LEAST_EXPECTED:
        return Figure(None, missing=said.HARDLY_EXPECTED)
    ends = [float(each[place]) for each in (indicator.ratio, indicator.lower, indicator.upper)]
    if share == 1.0:
        return number(*ends)
    return number(*(_inside(share * each) for each in ends))


def drawn_together(indicator: Indicator, place: int) -> Figure:
    """Return the ratio moved towards that of all; none for who is marked.

    How far institutions vary by nature is estimated of those that do not stand out. Whoever is
    marked is not one of them: drawn towards them, a ratio of 3.8 would read 1.0.
    """
    if indicator.flagged[place]:
        return Figure(None, missing=said.STANDS_OUT)
    return number(indicator.shrunken_ratio[place])


def figures(compared: Compared, counts: dict[str, list[Figure]], place: int) -> tuple[Figure, ...]:
    """Return the figures of one institution, in the order of COLUMNS."""
    result = compared.result
    parts: list[Figure] = []
    for indicator in (result.dismissal, result.unresolved):
        estimates = [
            replace(
                number(indicator.observed[place]), denominator=int(indicator.behind[place])
            ),
            number(indicator.expected[place]),
            ratio(indicator, place),
        ]
        if indicator is result.dismissal:  # one drawn-together ratio is enough for one table
            estimates.append(drawn_together(indicator, place))
        if not result.followed_through[place]:
            estimates = [Figure(None, missing=said.NOT_THROUGH)] * len(estimates)
        parts += [*estimates, compared.mark(place, indicator)]
    return (
        *(counts[name][place] for name in ("n", "ended", "open")),
        Figure(int(result.full_followup[place])),
        *parts,
    )


def comparison_table(compared: Compared, title: Label, subject: Label, remarks: Any) -> Table:
    """Return the one table of a comparison; `remarks` (key -> label) stand beside rows."""
    result, arm = compared.result, compared.arm
    counts = compared.counts()
    order = compared.order(compared.context.option("order"))
    rows = []
    for place in order:
        key = int(result.court[place])
        about = compared.words(key)
        rows.append(
            Row(about.code, about.name, figures(compared, counts, place), RowKind.DETAIL,
                remarks(key))
        )  # fmt: skip
    notes: list[Label] = []
    if arm.preliminary:
        notes.append(said.PRELIMINARY)
    if result.not_tested is not None:
        notes.append(_(said.FEW_TESTED, mapping={"n": str(int(result.sufficient.sum()))}))
    notes += [note for note in (left_out(arm),) if note is not None]
    return Table(
        arm.key, title, COLUMNS, tuple(rows), arm.n, definition(arm), _("Institution"),
        subject=subject, heading=said.REVIEW_MEANS,
        unknown=share_figure(result.unknown_court, arm.n), unknown_label=_("Institution not known"),
        notes=tuple(notes),
    )  # fmt: skip


def definition(arm: Arm) -> Label:
    """Return what is compared, from which day on."""
    return _(said.COMPARED, mapping={"days": str(HORIZON_DAYS), "origin": FROM[arm.origin]})


def left_out(arm: Arm) -> Label:
    """Return how many are in no comparison and why; None where nobody is left out."""
    left = arm.left_out
    if not left.total:
        return None
    numbers = {"total": left.total, **asdict(left)}
    return _(said.LEFT_OUT, mapping={name: f"{n:,}" for name, n in numbers.items()})


def funnel_table(compared: Compared, subject: Label) -> Table | None:
    """Return the funnel with its twin in numbers; None where nobody ended so anywhere."""
    result, funnel = compared.result, compared.result.dismissal.funnel
    if not math.isfinite(funnel.centre) or not np.isfinite(funnel.limits.lower).all():
        return None
    columns = (
        Column("size", _("Number"), ColumnKind.NUMBER),
        Column("share", _("Adjusted share"), ColumnKind.PROBABILITY),
        *(Column(f"{end}_{level}", label, ColumnKind.PROBABILITY)
          for level, (lower, upper) in zip(LEVELS, LIMIT_COLUMNS, strict=True)
          for end, label in (("lower", lower), ("upper", upper))),
        Column("mark", _("Mark: ended so"), ColumnKind.MARK),
    )  # fmt: skip
    rows = []
    typical = _typical(result.dismissal, funnel)
    for place in compared.order():
        about = compared.words(int(result.court[place]))
        d = result.dismissal
        limits = [
            number(min(1.0, max(0.0, float(end[level, place]))))
            for level in range(len(LEVELS))
            for end in (funnel.limits.lower, funnel.limits.upper)
        ]
        share = (
            ratio(d, place, typical)
            if result.followed_through[place]
            else Figure(None, missing=said.NOT_THROUGH)
        )
        size = number(funnel.size[place])
        rows.append(
            Row(about.code, about.name, (size, share, *limits, compared.mark(place, d)),
                RowKind.DETAIL)
        )  # fmt: skip
    return Table(
        f"{compared.arm.key}_funnel", said.FUNNEL_TITLE, columns, tuple(rows), compared.arm.n,
        said.FUNNEL, _("Institution"), subject=subject, chart=ChartKind.FUNNEL,
        chart_columns=("size", "share", "mark"), curves=_curves(funnel),
        x_label=_("Prosecutions, after weighting"),
    )  # fmt: skip


LIMIT_COLUMNS = (
    (_("95 % limit, lower"), _("95 % limit, upper")),
    (_("99.8 % limit, lower"), _("99.8 % limit, upper")),
)


def _inside(share: float) -> float:
    return share if math.isnan(share) else min(1.0, max(0.0, float(share)))


def _typical(indicator: Indicator, funnel: Funnel) -> float:
    """Return the share by which a ratio becomes an adjusted share."""
    known = np.isfinite(funnel.share) & np.isfinite(indicator.ratio) & (indicator.ratio > 0)
    if not known.any():
        return funnel.centre
    place = int(np.flatnonzero(known)[0])
    return float(funnel.share[place] / indicator.ratio[place])


def _curves(funnel: Funnel) -> tuple[Curve, ...]:
    """Return the share of all and the limits, over the sizes that occur."""
    sizes, places = np.unique(funnel.size, return_index=True)
    x = tuple(float(size) for size in sizes)
    middle = (funnel.centre,) * len(x)
    curves = [Curve("centre", _("Share of all"), x, middle)]
    for level, (chance, natural) in enumerate(LEVEL_WORDS):
        for key, label, limits in (
            (f"chance_{LEVELS[level]}", chance, funnel.limits),
            (f"natural_{LEVELS[level]}", natural, funnel.widened),
        ):
            lower, upper = (
                tuple(_inside(end[level, place]) for place in places)
                for end in (limits.lower, limits.upper)
            )
            curves.append(Curve(key, label, x, middle, lower, upper))
    return tuple(curves)
