"""Which institutions end more prosecutions without a judgment than expected: like with like.

One comparison for each way of ending a prosecution, of the actors who can end it that way: never
pooled, never ranked. Beside each comparison stands what is recorded, unadjusted, with its lists.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyramid.i18n import TranslationStringFactory

from courtwatch.reports import institution_words as words
from courtwatch.reports.comparison import ARREST, COURT, REGISTRATION, Comparison
from courtwatch.reports.comparison_arm import Arm
from courtwatch.reports.comparison_tables import (
    COLUMNS,
    POOLED,
    Compared,
    comparison_table,
    definition,
    figures,
    funnel_table,
    left_out,
)
from courtwatch.reports.context import NO_REASON, Body, Context
from courtwatch.reports.figures import Count, share_figure
from courtwatch.reports.known_late import known_of
from courtwatch.reports.looking_ahead import BY_OUTCOME, later
from courtwatch.reports.model import (
    ChartKind,
    Column,
    ColumnKind,
    Figure,
    Headline,
    Label,
    Opens,
    Origin,
    Row,
    RowKind,
    Table,
)
from courtwatch.reports.queries import Population
from courtwatch.reports.replies import Replies, read_replies
from courtwatch.reports.words import NOT_KNOWN
from courtwatch.services.fact_filters import UNKNOWN
from courtwatch.statistics.known_late import late_for_shares
from workflows.event_codes import JUDGMENT, WITHOUT

_ = TranslationStringFactory("courtwatch")

PERIODS = ("cohort", "arrested", "charged")
Flags = NDArray[np.bool_]


def build(context: Context) -> Body:
    """Build the report from one query of columns, and a second where years are pooled."""
    comparison = Comparison(context)
    replies = read_replies(context)
    parts = [_Part(comparison, arm, replies) for arm in comparison.arms]
    pooled = _pooled(context, parts)
    tables: list[Table] = []
    for part in parts:
        tables += part.tables(pooled)
    answered = replies.table()
    tables += [answered] if answered is not None else []
    rows = comparison.rows
    without = rows.code == WITHOUT
    unknown = without & (rows.more["decided_by"] == 0)
    marked = sum(part.marked for part in parts)
    notes: list[Label] = [
        words.NOT_MARKED_MEANS, words.INSUFFICIENT_MEANS, words.UNSEEN_MEANS, words.NO_RANKS,
        words.FIRST_SEEN_LATER,
    ]  # fmt: skip
    in_tables = np.zeros(rows.n, bool)
    for decision in context.law.decisions():
        in_tables |= comparison.ended(decision)
    if bool((without & ~in_tables).any()):
        notes.append(words.BY_LAW)
    return Body(
        headlines=(
            Headline("ended", _("ended without judgment"),
                     context.count(comparison.count(without), event_code=str(WITHOUT)),
                     ColumnKind.COUNT),
            Headline("unknown", _("of them where the deciding institution is not known"),
                     share_figure(int(unknown.sum()), int(without.sum()))),
            Headline("marked", _("marks “review”, in all tables together"), Figure(marked),
                     ColumnKind.COUNT),
        ),
        tables=tuple(tables),
        definition=words.LIKE_WITH_LIKE,
        n=rows.n,
        notes=tuple(notes),
        warnings=_of_disposed(comparison),
    )  # fmt: skip


def _pooled(context: Context, parts: list[_Part]) -> dict[str, Compared]:
    """Return the comparisons of all years, where a period is chosen that is too short for some."""
    chosen = [name for name in PERIODS if getattr(context.filters, name)]
    if not chosen or not any(part.small for part in parts):
        return {}
    filters = context.filters.with_(**dict.fromkeys(chosen))
    population = Population(
        context.session, filters, context.scope, context.reader, context.law, context.unit
    )
    whole = Comparison(replace(context, filters=filters, population=population))
    return {
        arm.key: Compared(whole, arm, arm.compared) for arm in whole.arms if arm.refusal is None
    }


def _of_disposed(comparison: Comparison) -> tuple[Label, ...]:
    """Return the warning where the court is known only once a prosecution has ended."""
    of = known_of(comparison.rows)
    if not late_for_shares(of):
        return ()
    return (_(words.OF_DISPOSED, mapping={name: f"{n:,}" for name, n in asdict(of).items()}),)


class _Part:
    """The tables of one arm."""

    def __init__(self, comparison: Comparison, arm: Arm, replies: Replies) -> None:
        self.comparison = comparison
        self.replies = replies
        self.context = comparison.context
        self.arm = arm
        self.refusal = _looks_ahead(self.context, arm) or arm.refusal
        self.compared = (
            None if self.refusal is not None else Compared(comparison, arm, arm.compared)
        )
        self.title = arm.decision.outcome.label
        self.subject = self.context.law.actor_label(arm.decision.actor)

    @property
    def small(self) -> list[int]:
        """Return the institutions, by name, that have too few to be tested."""
        if self.compared is None:
            return []
        sufficient = self.compared.result.sufficient
        return [place for place in self.compared.order() if not sufficient[place]]

    @property
    def marked(self) -> int:
        """Return how many marks there are."""
        if self.compared is None:
            return 0
        result = self.compared.result
        return int(result.dismissal_flagged.sum() + result.unresolved_flagged.sum())

    def tables(self, pooled: dict[str, Compared]) -> list[Table]:
        """Return the comparison, its funnel and lists, and what is recorded."""
        found: list[Table | None] = []
        if self.compared is None:
            found.append(
                Table(
                    self.arm.key, self.title, COLUMNS, (), self.arm.n, definition(self.arm),
                    _("Institution"), subject=self.subject, refused=self.refusal,
                    notes=tuple(n for n in (left_out(self.arm),) if n is not None),
                )
            )  # fmt: skip
        else:
            found += [
                comparison_table(self.compared, self.title, self.subject, self._beside),
                funnel_table(self.compared, self.title),
                self._none_judged(self.compared),
                self._small(self.compared, pooled.get(self.arm.key)),
            ]
        found.append(_Recorded(self.comparison, self.arm, self.title).table())
        opens = Opens.SCORECARD if self.arm.filter == COURT else None
        return [replace(table, opens=opens) for table in found if table is not None]

    def _none_judged(self, compared: Compared) -> Table | None:
        result = compared.result
        places = [place for place in compared.order() if result.without_judgment[place]]
        title = words.NONE_JUDGED if self.arm.judged else words.NONE_SENT
        table = self._to_read("none", title, words.NONE_DEFINITION, compared, places)
        return None if table is None else replace(table, n=self.arm.n)

    def _small(self, compared: Compared, pooled: Compared | None) -> Table | None:
        """Return the institutions with too few: all years of them, else lists to read."""
        places = self.small
        if not places:
            return None
        if pooled is not None:
            return self._years(compared, pooled)
        table = self._to_read("small", words.SMALL, words.SMALL_DEFINITION, compared, places)
        return None if table is None else replace(table, heading=words.SMALL_HEADING)

    def _to_read(
        self, key: str, title: Label, definition: Label, compared: Compared, places: list[int]
    ) -> Table | None:
        """Return some institutions with the lists of what came before them; None without any."""
        if not places:
            return None
        counts, listed = compared.counts(), compared.on_record()
        rows = tuple(
            self._row(
                compared, place, listed[place],
                *(counts[name][place] for name in ("n", "ended", "open")),
                Figure(int(compared.result.full_followup[place])),
            )
            for place in places
        )  # fmt: skip
        _n, *others = COLUMNS[:4]
        columns = (Column("on_record", _("On record")), Column("n", _("Compared")), *others)
        return Table(
            f"{self.arm.key}_{key}", title, columns, rows,
            sum(int(compared.result.n[place]) for place in places), definition, _("Institution"),
            subject=self.title,
        )  # fmt: skip

    def _years(self, compared: Compared, pooled: Compared) -> Table:
        keys = {int(compared.result.court[place]) for place in self.small}
        counts = pooled.counts()
        rows = tuple(
            self._row(pooled, place, *figures(pooled, counts, place))
            for place in pooled.order()
            if int(pooled.result.court[place]) in keys
        )
        return Table(
            f"{self.arm.key}{POOLED}",
            words.POOLED, COLUMNS, rows,
            pooled.arm.n, words.POOLED_DEFINITION, _("Institution"), subject=self.title,
            heading=words.POOLED_HEADING,
        )  # fmt: skip

    def _beside(self, key: int) -> Label:
        return self.replies.beside(self.arm.decision.outcome.name, key)

    def _row(self, compared: Compared, place: int, *cells: Figure) -> Row:
        about = compared.words(int(compared.result.court[place]))
        return Row(about.code, about.name, cells, RowKind.DETAIL)


_ORIGINS = {ARREST: Origin.ARREST, REGISTRATION: Origin.REGISTRATION}
"""Where time counts from the charge or behind it, no filter of a day looks ahead."""


def _looks_ahead(context: Context, arm: Arm) -> Label:
    """Return why filters that look at what became of a prosecution allow no comparison."""
    used = [name for name in BY_OUTCOME if getattr(context.filters, name)]
    used += ["reached"] if any(each != "registration" for each in context.filters.reached) else []
    used += later(context.filters, _ORIGINS.get(arm.origin, Origin.CHARGE))
    return _(words.LOOKS_AHEAD, mapping={"names": ", ".join(used)}) if used else None


class _Recorded:
    """What is on record of the decisions of one actor: counts with their lists, unadjusted."""

    def __init__(self, comparison: Comparison, arm: Arm, subject: Label) -> None:
        self.comparison = comparison
        self.context = comparison.context
        self.arm = arm
        self.subject = subject
        decision = arm.decision
        rows = comparison.rows
        self.ended = comparison.ended(decision)
        gone = (
            rows.code == JUDGMENT if arm.judged else comparison.at(decision.went_on or frozenset())
        )
        self.apart = comparison.passed_by(decision)
        gone = gone & ~self.apart
        self.went_on = gone & ~self.ended
        self.lists_gone = gone
        self.decided_by = rows.more["decided_by"]
        self.column = comparison.column(arm.filter)
        self.place = np.where(self.ended, self.decided_by, self.column)
        self.all_ended, self.all_gone = int(self.ended.sum()), int(gone.sum())
        self.no_reason = self.ended & (rows.more["no_reason"] == 1)

    def table(self) -> Table | None:
        """Return the table; None where no institution is known that could have decided."""
        about = self.context.words.institutions
        found = [int(k) for k in np.unique(self.place[self.ended | self.went_on])]
        keys = [
            k for k in found if k == 0 or about[k].preliminary_only == self.arm.preliminary
        ]  # fmt: skip
        if self.arm.preliminary:
            keys = [k for k in keys if k != 0]
        if not keys or (not bool(self.ended.any()) and keys == [0]):
            return None
        order = sorted(
            (k for k in keys if k), key=lambda k: (about[k].name.en.casefold(), about[k].code)
        )
        each = self._each(max(found, default=0) + 1)
        rows = [Row(about[k].code, about[k].name, self._figures(each, k)) for k in order]
        if 0 in keys:
            rows.append(Row(UNKNOWN, NOT_KNOWN, self._figures(each, 0)))
        decided = sum(each("decided", k).n for k in keys)
        unknown = each("decided", 0).n if 0 in keys else 0
        judged = self.arm.judged
        return Table(
            f"{self.arm.key}_recorded",
            words.RECORDED,
            self._columns(), tuple(rows), decided,
            words.DEFINITION_JUDGED if judged else words.DEFINITION_ON,
            _("Institution that decided"), subject=self.subject, heading=words.RECORDED_HEADING,
            total=Row("total", _("All"), self._total(each, keys), RowKind.TOTAL),
            unknown=share_figure(unknown, decided), unknown_label=_("Institution not known"),
            notes=(words.PRELIMINARY,) if self.arm.preliminary else (), chart=ChartKind.BARS,
            chart_columns=("share",),
        )  # fmt: skip

    def _columns(self) -> tuple[Column, ...]:
        return (
            Column("decided", _("Decided")),
            Column("ended", self.arm.decision.outcome.label),
            Column("went_on", _("Judged") if self.arm.judged else _("Went on")),
            Column("share", _("Share ended so, of those decided"), ColumnKind.SHARE),
            Column("no_reason", _("Ended so with no reason known")),
            Column("no_reason_share", _("Share without a known reason"), ColumnKind.SHARE),
        )

    def _each(self, size: int) -> Callable[[str, int], Count]:
        """Return how many each institution has, by name of the part."""
        visible = self.comparison.rows.visible

        def counts(chosen: Flags, of: Any) -> tuple[Any, Any]:
            return (
                np.bincount(of[chosen], minlength=size),
                np.bincount(of[chosen & visible], minlength=size),
            )

        found = {
            "decided": counts(self.ended | self.went_on, self.place),
            "ended": counts(self.ended, self.place),
            "went_on": counts(self.went_on, self.place),
            "no_reason": counts(self.no_reason, self.place),
            # What the lists behind `went_on` would show.
            "listed": counts(self.lists_gone, self.column),
        }

        def count(name: str, key: int) -> Count:
            n, seen = found[name]
            return Count(int(n[key]), int(seen[key]))

        return count

    def _figures(self, each: Callable[[str, int], Count], key: int) -> tuple[Figure, ...]:
        code = UNKNOWN if key == 0 else self.context.words.institutions[key].code
        counts = {
            name: each(name, key) for name in ("decided", "ended", "went_on", "no_reason", "listed")
        }
        return self._of(counts, code)

    def _total(self, each: Callable[[str, int], Count], keys: list[int]) -> tuple[Figure, ...]:
        counts = {
            name: sum((each(name, key) for key in keys), Count())
            for name in ("decided", "ended", "went_on", "no_reason", "listed")
        }
        return self._of(counts, None)

    def _of(self, counts: dict[str, Count], code: str | None) -> tuple[Figure, ...]:
        arm, context = self.arm, self.context
        ended: dict[str, Any] = {"event_code": str(WITHOUT), "outcome": arm.decision.outcome.name}
        gone: dict[str, Any] = (
            {"event_code": str(JUDGMENT)}
            if arm.judged
            else {"furthest": tuple(sorted(arm.decision.went_on or ()))}
        )
        if self.apart.any():
            gone["straight_to_trial"] = "no"
        everywhere = code is None and counts["ended"].n == self.all_ended
        if code is not None:
            ended["decided_by"] = code
            gone[arm.filter] = code
        exact = counts["listed"].n == counts["went_on"].n and (
            code is not None or counts["listed"].n == self.all_gone
        )
        opens = code is not None or everywhere
        return (
            context.plain_count(counts["decided"]),
            context.count(counts["ended"], **ended) if opens
            else context.plain_count(counts["ended"]),
            context.count(counts["went_on"], **gone) if exact
            else context.plain_count(counts["went_on"]),
            share_figure(counts["ended"].n, counts["decided"].n),
            context.count(counts["no_reason"], **ended, reason=NO_REASON) if opens
            else context.plain_count(counts["no_reason"]),
            share_figure(counts["no_reason"].n, counts["ended"].n),
        )  # fmt: skip
