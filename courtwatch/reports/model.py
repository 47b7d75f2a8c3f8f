"""What a report is: frozen values, made once and written by the renderers.

A `Label` is text, a `TranslationString`, or anything with `get(language)` (the `Text` of a
procedure, the names of a court). Numbers are never formatted here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from courtwatch.services.fact_filters import FactFilters

Label = Any


class Unit(StrEnum):
    """What is counted."""

    PROSECUTION = "prosecution"
    CHARGE = "charge"
    CASE = "case"


class ScopeKind(StrEnum):
    """Whose record is counted."""

    OWN = "own"
    SHARED = "shared"
    OFFICIAL = "ministry"


class Cohort(StrEnum):
    """How long a registration cohort is."""

    YEAR = "year"
    MONTH = "month"


class Origin(StrEnum):
    """The day from which a report counts time. One report has one: they are never mixed."""

    ARREST = "arrest"
    REGISTRATION = "registration"
    CHARGE = "charge"


class RowKind(StrEnum):
    """What a row is: renderers set totals apart, and only parts add up to the total."""

    PART = "part"
    DETAIL = "detail"
    TOTAL = "total"


class ColumnKind(StrEnum):
    """What a column holds.

    A share is a count over a count; a probability is estimated (0..1) and has no two counts;
    a mark is a word with a code that does not change with the language.
    """

    COUNT = "count"
    SHARE = "share"
    PROBABILITY = "probability"
    DAYS = "days"
    RATIO = "ratio"
    NUMBER = "number"
    P_VALUE = "p_value"
    TEXT = "text"
    MARK = "mark"

    @property
    def is_text(self) -> bool:
        """Say whether a column holds words instead of numbers."""
        return self in (ColumnKind.TEXT, ColumnKind.MARK)


class ChartKind(StrEnum):
    """The chart that shows a table; `courtwatch.reports.pictures` says what it reads of it."""

    BARS = "bars"
    STACKED = "stacked"
    PARETO = "pareto"
    ATTRITION = "attrition"
    INCIDENCE = "incidence"
    SURVIVAL = "survival"
    FUNNEL = "funnel"
    CUSUM = "cusum"
    EXCESS = "excess"
    DIFFERENCE = "difference"
    TILES = "tiles"


class Opens(StrEnum):
    """What the rows of a table lead to on the page: their keys are its codes."""

    CASE = "case"
    SCORECARD = "scorecard"


@dataclass(frozen=True)
class Behind:
    """The prosecutions behind a figure: how many the reader may open, and how to list them.

    `visible` None: who may open what is a matter of today, and the figure is of a past moment.
    """

    visible: int | None
    filters: FactFilters


@dataclass(frozen=True)
class Figure:
    """One number.

    A count has `value` (int). A share has `value` 0..1 with its interval, numerator and
    denominator. Days, ratios, numbers and probabilities have `value` with its interval, whose
    ends may be open (None), and in `denominator` how many it rests on, where that is said.
    `value` None means that there is no answer; `missing` then says why. A mark has `text` and
    its `code`.
    """

    value: int | float | None
    numerator: int | None = None
    denominator: int | None = None
    lower: float | None = None
    upper: float | None = None
    missing: Label = None
    text: Label = None
    behind: Behind | None = None
    code: str | None = None


@dataclass(frozen=True)
class Curve:
    """A line of a chart, exact: CSV and JSON have every point, a printed table only some.

    `x`, `estimate` and, where they have them, `lower`, `upper` and `n` (at risk just before) are
    equally long. `names` say what a point is where its `x` is only its place.
    """

    key: str
    label: Label
    x: tuple[float, ...]
    estimate: tuple[float | None, ...]
    lower: tuple[float | None, ...] = ()
    upper: tuple[float | None, ...] = ()
    n: tuple[int, ...] = ()
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        optional = (self.lower, self.upper, self.n, self.names)
        if len(self.estimate) != len(self.x) or any(o and len(o) != len(self.x) for o in optional):
            raise ValueError(f"curve {self.key}: its columns are not equally long")


@dataclass(frozen=True)
class Column:
    """A column: `key` is its name in CSV and JSON."""

    key: str
    label: Label
    kind: ColumnKind = ColumnKind.COUNT


@dataclass(frozen=True)
class Row:
    """A row: `key` is a code that does not change with the language."""

    key: str
    label: Label
    figures: tuple[Figure, ...]
    kind: RowKind = RowKind.PART
    remark: Label = None


@dataclass(frozen=True)
class Table:
    """One table with what must stand beside it.

    `total` sums the parts; `details` below a part repeat some of it and add nothing. `chart`
    names the chart, `chart_columns` the columns (by key) that it draws, `curves` its lines over
    `x_label`, `limits` the values that part the shades of a map. `refused` is why this
    table can't be answered: it then has no rows. `opens` is what a row
    leads to.
    """

    key: str
    title: Label
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    n: int | None
    definition: Label
    row_label: Label
    subject: Label = None
    heading: Label = None
    total: Row | None = None
    unknown: Figure | None = None
    unknown_label: Label = None
    notes: tuple[Label, ...] = ()
    chart: ChartKind | None = None
    chart_columns: tuple[str, ...] = ()
    curves: tuple[Curve, ...] = ()
    x_label: Label = None
    limits: tuple[float, ...] = ()
    refused: Label = None
    opens: Opens | None = None

    def curve(self, key: str) -> Curve:
        """Return a curve by its key. Raises KeyError."""
        for curve in self.curves:
            if curve.key == key:
                return curve
        raise KeyError(f"table {self.key} has no curve {key}")

    def column(self, key: str) -> int:
        """Return the place of a column. Raises KeyError for an unknown key."""
        for place, column in enumerate(self.columns):
            if column.key == key:
                return place
        raise KeyError(f"table {self.key} has no column {key}")

    def figure(self, row: str, column: str) -> Figure:
        """Return one figure by the keys of row ('total' for the total) and column."""
        place = self.column(column)
        for each in self.every_row():
            if each.key == row:
                return each.figures[place]
        raise KeyError(f"table {self.key} has no row {row}")

    def every_row(self) -> Iterator[Row]:
        """Return the rows and, last, the total."""
        yield from self.rows
        if self.total is not None:
            yield self.total


@dataclass(frozen=True)
class Headline:
    """A figure that opens the report."""

    key: str
    label: Label
    figure: Figure
    kind: ColumnKind = ColumnKind.SHARE


@dataclass(frozen=True)
class Scope:
    """Whose record is counted, with the organisation where it is one's own."""

    kind: ScopeKind
    organisation_id: int | None = None
    organisation_code: str | None = None
    organisation_name: Label = None


@dataclass(frozen=True)
class KnownAt:
    """A moment of the record: its last revision, when that was, and whether it is the latest."""

    revision: int
    at: datetime | None
    latest: bool


@dataclass(frozen=True)
class Sizes:
    """The same record counted by each unit."""

    charges: int
    prosecutions: int
    cases: int


@dataclass(frozen=True)
class Frozen:
    """The snapshot that a report is: its identifier, its checksum, and when it was frozen."""

    code: str
    checksum: str
    at: datetime


@dataclass(frozen=True)
class Provenance:
    """What every figure of a report rests on.

    `covered` has a line for each official total beside it, in parts that are said one by one.
    `redactions`: how many there were since, of a past moment; None: some, how many is not told.
    """

    jurisdiction: str
    jurisdiction_name: Label
    invented: bool
    unit: Unit
    scope: Scope
    known_at: KnownAt
    period: tuple[tuple[str, str], ...]
    filters: tuple[tuple[str, str], ...]
    coverage: Label
    procedure: str
    rule: Label
    made_at: datetime
    data_until: date | None
    n: int | None
    redactions: int | None = 0
    sizes: Sizes | None = None
    suppressed: bool = False
    covered: tuple[tuple[Label, ...], ...] = ()
    frozen: Frozen | None = None


@dataclass(frozen=True)
class Report:
    """A finished report."""

    name: str
    title: Label
    lead: Label
    provenance: Provenance
    headlines: tuple[Headline, ...]
    tables: tuple[Table, ...]
    definition: Label
    notes: tuple[Label, ...] = ()
    warnings: tuple[Label, ...] = field(default=())

    def table(self, key: str) -> Table:
        """Return a table by its key. Raises KeyError."""
        for table in self.tables:
            if table.key == key:
                return table
        raise KeyError(f"report {self.name} has no table {key}")
