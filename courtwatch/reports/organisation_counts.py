"""Every count of the report on organisations, and the tables that are made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pyramid.i18n import TranslationStringFactory

from courtwatch.charts.tile_grid import has_a_place
from courtwatch.reports.context import Context
from courtwatch.reports.figures import ZERO, Count, Tally, count_figure, share_figure
from courtwatch.reports.model import ChartKind, Column, Figure, Row, RowKind, Table
from courtwatch.reports.organisation_lines import Lines
from courtwatch.reports.organisation_rows import Supported
from courtwatch.reports.organisation_words import DEFINITION, EVERYBODY, QUARTERS
from courtwatch.services.fact_filters import UNKNOWN
from workflows.elements import OutcomeGroup
from workflows.event_codes import JUDGMENT, OUTSIDE, WITHOUT

_ = TranslationStringFactory("courtwatch")

_LIMITS = ((3, 6, 12), (5, 15, 50), (20, 60, 200), (100, 400, 1500))
"""What parts the shades of the map, by how large its largest number is."""


class Counts:
    """Every count of the report, and its figures."""

    def __init__(self, context: Context, supported: Supported) -> None:
        self.context = context
        self.victims_shown = _reads_victims(context, supported.organisation_id)
        self.people = supported.people()
        self.registered = supported.registered()
        self.ended = supported.ended()
        self.cases = supported.case_tally()
        self.hearings = supported.hearing_tally()
        self.victims = (
            supported.victim_tally()
            if self.victims_shown
            else Tally(("year", "month", "court", "sex", "age_band"), {})
        )
        law = context.law
        occurring = {str(name) for name in self.people.only(code=JUDGMENT).values("outcome")}
        self.judgments = [
            name
            for name, outcome in law.outcomes.items()
            if outcome.group is OutcomeGroup.JUDGMENT and name in occurring
        ]

    def by_day(self) -> tuple[Tally, ...]:
        """Return what is counted by year and month."""
        return (self.cases, self.registered, self.ended, self.hearings, self.victims)

    def columns(self, people: bool) -> tuple[Column, ...]:
        """Return the columns; a table of people has no cases and no hearings."""
        law = self.context.law
        return (
            *(() if people else (Column("cases", _("Cases")),)),
            Column("prosecutions", _("Prosecutions")),
            *(Column(f"outcome.{name}", law.outcome_label(name)) for name in self.judgments),
            Column("without", _("Ended without judgment")),
            Column("outside", _("Ended outside the authority's control, or goes on elsewhere")),
            *(
                ()
                if people
                else (
                    Column("hearings", _("Hearings, day over")),
                    Column("held", _("Hearings held")),
                )
            ),
            *((Column("victims", _("Victims")),) if self.victims_shown else ()),
        )

    def table(self, lines: Lines, people: bool = False, tiles: bool = False) -> Table:
        """Return one table; every column adds up to its total."""
        columns = self.columns(people)
        parts = self._parts(lines, people)
        keys = [key for key in lines.labels if any(key in part for part in parts.values())]
        made = [
            Row(
                key,
                lines.labels[key],
                tuple(
                    self._figure(column.key, parts[column.key].get(key, {}), lines.query(key))
                    for column in columns
                ),
            )
            for key in keys
        ]
        last = Row(
            "total",
            _("All"),
            tuple(
                self._figure(column.key, _merged(parts[column.key].values()), {})
                for column in columns
            ),
            RowKind.TOTAL,
        )
        n = self.people.sum().n
        unknown = sum(parts["prosecutions"].get(UNKNOWN, {}).values(), ZERO).n
        placed = [row.figures[0].value or 0 for row in made if has_a_place(row.key)]
        largest = max(placed, default=0)
        map_ = tiles and bool(placed)
        limits = next((each for each in _LIMITS if each[2] >= largest), _LIMITS[-1])
        outcomes = tuple(f"outcome.{name}" for name in self.judgments)
        return Table(
            lines.key, lines.title, columns, tuple(made), n,
            EVERYBODY if self.context.scope.organisation_id is None else DEFINITION,
            lines.row_label, total=last, unknown=share_figure(unknown, n),
            unknown_label=lines.labels[UNKNOWN],
            chart=ChartKind.TILES if map_ else None if tiles else ChartKind.STACKED,
            chart_columns=("cases",) if tiles else (*outcomes, "without", "outside"),
            limits=tuple(map(float, limits)) if map_ else (),
        )  # fmt: skip

    def _parts(self, lines: Lines, people: bool) -> dict[str, dict[str, dict[object, Count]]]:
        """Return column -> row -> kept -> count."""
        quarters = lines.key == QUARTERS
        ended = self.ended if quarters else self.people
        ends = ended.along(*lines.reads, "code", "outcome", "kept")
        registered = self.registered if quarters else ends

        def of(tally: Tally) -> dict[str, dict[object, Count]]:
            found: dict[str, dict[object, Count]] = {}
            kept_too = ("kept",) if "kept" in tally.names else ()
            for key, count in tally.along(*lines.reads, *kept_too).counts.items():
                named = dict(zip((*lines.reads, *kept_too), key, strict=True))
                row = found.setdefault(lines.fold(named), {})
                kept = named.get("kept", 1)
                row[kept] = row.get(kept, Count()) + count
            return found

        parts = {
            "prosecutions": of(registered),
            **{f"outcome.{n}": of(ends.only(code=JUDGMENT, outcome=n)) for n in self.judgments},
            "without": of(ends.only(code=WITHOUT)),
            "outside": of(ends.only(code=OUTSIDE)),
            "victims": of(self.victims),
        }
        if not people:
            held = self.hearings.only(held=1)
            parts |= {"cases": of(self.cases), "hearings": of(self.hearings), "held": of(held)}
        return parts

    def _figure(
        self, column: str, counts: Mapping[object, Count], query: dict[str, Any] | None
    ) -> Figure:
        """Return a count; it opens a list where the list of cases shows just these.

        Lists know who keeps a case, not who tells of it, so what others keep opens none.
        """
        count = sum(counts.values(), ZERO)
        codes = {"without": str(WITHOUT), "outside": str(OUTSIDE)}
        narrower = dict(query or {})
        days = narrower.pop("days", None)
        if column == "prosecutions" and days:
            narrower["cohort"] = days
        elif column in codes or column.startswith("outcome."):
            narrower["event_code"] = codes.get(column, str(JUDGMENT))
            if column.startswith("outcome."):
                narrower["outcome"] = column.removeprefix("outcome.")
            if days:
                narrower["ended"] = days
        elif column != "prosecutions":
            return count_figure(Count(count.n), None)
        if query is None or counts.get(0, Count()).n:
            return count_figure(count, None)
        return self.context.count(count, **narrower)


def _reads_victims(context: Context, organisation_id: int | None) -> bool:
    """Say whether victims are counted: for the operator, and of one's own organisation's cases.

    A case of others may be open to nobody but them, and "one girl of 16" is a victim told.
    """
    actor = context.reader.actor
    if not context.reader.sees_allegations:
        return False
    return actor is None or organisation_id == actor.organisation_id


def _merged(rows: Iterable[Mapping[object, Count]]) -> dict[object, Count]:
    found: dict[object, Count] = {}
    for row in rows:
        for kept, count in row.items():
            found[kept] = found.get(kept, Count()) + count
    return found
