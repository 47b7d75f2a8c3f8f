"""What the charts draw: frozen values made by a report, text already in the reader's language.

Rules that hold for all of them: a ``label`` is plain text (escaped by the chart); ``text`` is
what stands beside the mark in words and figures, so that the chart says as much as its table;
``href`` opens the cases behind the mark and must be a local address; ``None`` as a value means
"not known" or "not enough data", draws nothing and lets ``text`` say so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum


class Fill(StrEnum):
    """How an area is filled. Every fill differs in print without colour: shade and hatching."""

    SOLID = "solid"
    LIGHT = "light"
    HATCHED = "hatched"
    DOTTED = "dotted"
    CROSSED = "crossed"
    EMPTY = "empty"
    LINES = "lines"
    STEEP = "steep"


@dataclass(frozen=True)
class Heading:
    """Title, description and language of a chart; what a screen reader reads out first.

    ``key`` must be unique on the page: ids inside the chart begin with it.
    """

    title: str
    description: str
    key: str = "chart"
    lang: str = "en"

    def part(self, number: int, of: int) -> Heading:
        """Return the heading of one of several drawings that make up a chart, counted from 1."""
        if of == 1:
            return self
        title = f"{self.title} ({number} / {of})"
        return replace(self, title=title, key=f"{self.key}-{number}")


@dataclass(frozen=True)
class BarItem:
    """One bar: a share or an amount with its interval, in the order given.

    ``value``, ``lower`` and ``upper`` are in one unit; ``n`` is the denominator.
    """

    label: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    n: int | None = None
    href: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Reference:
    """A vertical line across the bars, for example the rate of all courts together."""

    value: float
    label: str


@dataclass(frozen=True)
class AttritionStage:
    """One stage of a registration cohort.

    ``reached`` prosecutions came to this stage; of these ``pending`` stand here still, ``ended``
    ended here without judgment, ``outside`` ended here outside the authority's control. The rest
    went on. Raises ValueError when the parts are more than the whole.
    """

    label: str
    reached: int
    pending: int = 0
    ended: int = 0
    outside: int = 0
    text: str = ""
    href: str | None = None
    pending_href: str | None = None
    ended_href: str | None = None
    outside_href: str | None = None

    def __post_init__(self) -> None:
        parts = (self.pending, self.ended, self.outside)
        if min(parts) < 0 or sum(parts) > self.reached:
            raise ValueError(
                f"stage {self.label!r}: pending, ended and outside are {parts}, of {self.reached}"
            )


@dataclass(frozen=True)
class AttritionWords:
    """Names of the four parts of a stage, for the legend."""

    went_on: str
    pending: str
    ended: str
    outside: str


@dataclass(frozen=True)
class Segment:
    """A part of a stacked bar: an amount in a series."""

    series: str
    value: float
    text: str = ""
    href: str | None = None


@dataclass(frozen=True)
class StackedItem:
    """One stacked bar, for example one actor; segments in the order of the legend."""

    label: str
    segments: tuple[Segment, ...]
    text: str = ""
    href: str | None = None


@dataclass(frozen=True)
class Series:
    """A series of a stacked chart. ``name`` is its key, ``label`` its words."""

    name: str
    label: str


@dataclass(frozen=True)
class Span:
    """A period on a timeline; ``end`` None means it goes on to the end of the chart."""

    label: str
    start: date
    end: date | None
    text: str = ""
    href: str | None = None
    fill: Fill = Fill.SOLID


@dataclass(frozen=True)
class Mark:
    """A moment on a timeline; ``held`` False draws it empty (an adjourned hearing)."""

    label: str
    day: date
    href: str | None = None
    held: bool = True


@dataclass(frozen=True)
class MarkRow:
    """Moments of one kind on one line, for example all hearings."""

    label: str
    marks: tuple[Mark, ...]
    text: str = ""


@dataclass(frozen=True)
class Tile:
    """One province. ``code`` is ISO 3166-2 (``KH-12``); ``value`` decides the shade."""

    code: str
    label: str
    value: float | None
    text: str
    href: str | None = None


@dataclass(frozen=True)
class StepLine:
    """A step function: ``estimate`` holds from each ``x`` on, 0 or 1 before the first.

    ``lower`` and ``upper`` (empty, or as long as ``x``; None where there is no limit) make its
    band; ``n`` counts who is at risk just before each ``x``.
    """

    label: str
    x: tuple[float, ...]
    estimate: tuple[float | None, ...]
    lower: tuple[float | None, ...] = ()
    upper: tuple[float | None, ...] = ()
    n: tuple[int, ...] = ()


@dataclass(frozen=True)
class PlotWords:
    """Words of a plot: what its x is, and the name of the row of numbers at risk."""

    x: str
    at_risk: str = ""


@dataclass(frozen=True)
class Level:
    """A time to mark below a curve, for example when half have a judgment.

    ``share`` 0..1 is the height of the curve there, None for a time that is not on it.
    """

    label: str
    at: float | None
    share: float | None = None


class Shape(StrEnum):
    """The shape of a point. Each differs in print without colour."""

    CIRCLE = "circle"
    DIAMOND = "diamond"
    TRIANGLE = "triangle"
    SQUARE = "square"
    CROSS = "cross"


@dataclass(frozen=True)
class Point:
    """A point of a funnel plot: a court with its size and share.

    ``mark`` is the key of its shape; ``named`` points are numbered and listed below the plot.
    """

    label: str
    size: float
    share: float
    mark: str
    text: str = ""
    named: bool = False
    href: str | None = None


@dataclass(frozen=True)
class MarkShape:
    """A kind of points: its key, shape and words."""

    mark: str
    shape: Shape
    label: str


@dataclass(frozen=True)
class LimitLine:
    """A pair of limits over sizes, for example of 95 %."""

    label: str
    size: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]


@dataclass(frozen=True)
class Signal:
    """A place where a sum reached its threshold; ``place`` counts from 1."""

    place: int
    label: str
    href: str | None = None


@dataclass(frozen=True)
class ExcessItem:
    """More (or fewer, below 0) than expected, for example for one reason, with its interval."""

    label: str
    excess: float
    text: str
    href: str | None = None
    lower: float | None = None
    upper: float | None = None
