"""When a column fits a filter: by one of its codes, words or periods, or by having no value."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, or_, select

from courtwatch.models import Reason, text_at
from courtwatch.security.visibility import SAYS_NONE
from courtwatch.services import periods

UNKNOWN = "unknown"
"""In a filter: no value is known."""


def either(values: tuple[str, ...], column: Any, known: Any) -> list[ColumnElement[bool]]:
    """Return the predicate that one of `values` fits, `unknown` meaning no value."""
    if not values:
        return []
    parts: list[ColumnElement[bool]] = []
    named = [value for value in values if value != UNKNOWN]
    if named:
        parts.append(known(named))
    if UNKNOWN in values:
        # Some columns keep the word itself (sex, age band), others nothing.
        parts.append(column.is_(None))
        if column.type.python_type is str:
            parts.append(column == UNKNOWN)
    return [or_(*parts)]


def one_of_codes(column: Any, table: Any) -> Any:
    """Return what says whether a column of keys is of a row with one of some codes."""
    return lambda values: column.in_(select(table.id).where(table.code.in_(values)))


def one_of_groups(column: Any, known_at: int | None) -> Any:
    """Return what says whether a column of reasons is of one of some groups, as they were then."""
    group = group_at(known_at)
    return lambda values: column.in_(select(Reason.id).where(group.in_(values)))


def group_at(known_at: int | None) -> Any:
    """Return the group of a reason as it was at a revision; None: today's."""
    return Reason.group_code if known_at is None else text_at(Reason, "group_code", known_at)


def reason_as_shown(column: Any, withheld: bool) -> Any:
    """Return a column of stated reasons as a reader is shown it.

    A withheld reason is no reason, in lists and in figures alike: else what one leaves out of
    "no reason known" and the other does not would tell the allegation.
    """
    if not withheld:
        return column
    return case((column.in_(kept_back()), None), else_=column)


def kept_back() -> Select[int]:
    """Return the query of the reasons of which a reader without allegations is told nothing.

    That a decision gives none is one of them (`Sight.stated`).
    """
    return select(Reason.id).where(
        or_(Reason.restricted.is_(True), Reason.code.in_(SAYS_NONE))
    )


def reasons_as_meant(values: tuple[str, ...], withheld: bool) -> tuple[str, ...]:
    """Return the codes of reasons that are asked for: to find none given is to find none known."""
    if withheld and {*values} & {*SAYS_NONE}:
        return (*values, UNKNOWN)
    return values


def one_of_periods(column: Any) -> Any:
    """Return what says whether a column of days lies in one of some periods."""

    def fits(values: list[str]) -> ColumnElement[bool]:
        return or_(*(_within(column, value) for value in values))

    return fits


def _within(column: Any, period: str) -> ColumnElement[bool]:
    bounds = periods.bounds(period)
    assert bounds is not None, "parse() checked it"
    first, after = bounds
    ends = [] if first is None else [column >= first]
    return and_(*ends, *([] if after is None else [column < after]))
