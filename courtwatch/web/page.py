"""Values that views hand to the layout and to the macros of ``templates/components``.

All are frozen and hold text that is *not* escaped yet: the macros print them through Jinja's
autoescape. A label may be a plain ``str``, a ``TranslationString``, or anything with
``get(lang)`` (the ``Text`` of a procedure); macros print labels with the filter ``tr``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Label = Any
"""``str``, ``TranslationString`` or an object with ``get(lang) -> str``."""


class Colour(StrEnum):
    """Colours of a tag. A colour only repeats what the words of the tag say."""

    GREY = "grey"
    BLUE = "blue"
    TEAL = "teal"
    GREEN = "green"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"
    PURPLE = "purple"


@dataclass(frozen=True)
class NavItem:
    """One entry of the main navigation; views give only those the person may open."""

    label: Label
    href: str
    current: bool = False


@dataclass(frozen=True)
class Banner:
    """What the whole page must say about itself.

    ``demonstration``: the record is invented. ``open_serving``: the server answers beyond
    loopback although the installation is not secured.
    """

    demonstration: bool = False
    open_serving: bool = False


@dataclass(frozen=True)
class User:
    """The signed-in person as the header shows them."""

    name: str
    organisation: Label = ""
    account_href: str | None = None
    sign_out_href: str | None = None


@dataclass(frozen=True)
class Option:
    """One choice of a select, radios or checkboxes field."""

    value: str
    label: Label
    hint: Label = ""
    disabled: bool = False


@dataclass(frozen=True)
class OptionGroup:
    """Choices under a common heading (an ``optgroup``, or a sub-heading of radios)."""

    label: Label
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Column:
    """A column heading of a table; ``numeric`` columns are set right and in tabular figures."""

    label: Label
    numeric: bool = False
    href: str | None = None
    sorted: str = ""
    """``ascending``, ``descending`` or empty; announced as ``aria-sort``."""


@dataclass(frozen=True)
class Cell:
    """A table cell with more than plain text."""

    text: Label
    href: str | None = None
    hint: Label = ""
    colour: Colour | None = None
    header: bool = False
    lang: str | None = None


@dataclass(frozen=True)
class Action:
    """A link beside a summary row or a card; ``about`` is read out after the label."""

    label: Label
    href: str
    about: Label = ""


@dataclass(frozen=True)
class SummaryRow:
    """One row of a summary list. ``value`` is text, or several texts shown one a line."""

    key: Label
    value: Any
    actions: tuple[Action, ...] = ()
    href: str | None = None
    hint: Label = ""


@dataclass(frozen=True)
class FacetValue:
    """One value of a facet with its count; ``href`` adds it, or takes it off when active."""

    label: Label
    count: int | None
    href: str
    active: bool = False


@dataclass(frozen=True)
class Facet:
    """A group of facet values."""

    name: str
    label: Label
    values: tuple[FacetValue, ...]


@dataclass(frozen=True)
class TimelineEntry:
    """One entry of a record's timeline.

    ``when`` is text, already with its precision. ``voided`` entries stay visible, struck
    through, with ``void_reason``. ``facts`` are (key, value) pairs, ``sources`` one line each.
    """

    when: Label
    title: Label
    facts: tuple[tuple[Label, Label], ...] = ()
    sources: tuple[Label, ...] = ()
    note: str = ""
    tag: Label = ""
    colour: Colour = Colour.GREY
    voided: bool = False
    void_reason: Label = ""
    actions: tuple[Action, ...] = ()
    anchor: str = ""
    datetime: str = ""


@dataclass(frozen=True)
class Pagination:
    """Where a list stands. ``page`` counts from 1; ``href(n)`` gives the address of page n."""

    page: int
    per_page: int
    total: int
    href: Callable[[int], str]

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.per_page))

    @property
    def first(self) -> int:
        """Number of the first record shown, 0 when there is none."""
        return 0 if self.total == 0 else (self.page - 1) * self.per_page + 1

    @property
    def last(self) -> int:
        """Number of the last record shown."""
        return min(self.page * self.per_page, self.total)

    def numbers(self) -> Iterator[int | None]:
        """Page numbers to offer, ``None`` where some are left out: 1 … 6 7 8 … 20."""
        wanted = sorted(
            {1, self.pages}
            | {n for n in range(self.page - 1, self.page + 2) if 0 < n <= self.pages}
        )
        previous = 0
        for number in wanted:
            if number == previous + 2:
                yield previous + 1
            elif number > previous + 2:
                yield None
            yield number
            previous = number


def options(pairs: Sequence[tuple[str, Label]]) -> tuple[Option, ...]:
    """Options from (value, label) pairs."""
    return tuple(Option(value, label) for value, label in pairs)
