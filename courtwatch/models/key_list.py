"""Many keys in one parameter: a statement stays as long as it is, however many there are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, ColumnElement, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


def is_among(column: Any, keys: Iterable[int]) -> ColumnElement[bool]:
    """Return the predicate that a column is one of `keys`, which a database reads as a table."""
    return _Among(column, literal(",".join(map(str, keys))))


class _Among(FunctionElement[bool]):
    """A column, and keys written one behind another."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """Stay as it is: with "= 1" behind it, for want of booleans, SQLite looks in no index."""
        return self


@compiles(_Among)
def _in_array(element: _Among, compiler: Any, **kw: Any) -> str:
    column, keys = (compiler.process(each, **kw) for each in element.clauses)
    return f"{column} IN (SELECT CAST(unnest(string_to_array({keys}, ',')) AS INTEGER))"


@compiles(_Among, "sqlite")
def _in_json(element: _Among, compiler: Any, **kw: Any) -> str:
    column, keys = (compiler.process(each, **kw) for each in element.clauses)
    # Both are what the compiler made: a column's name, and the mark of a parameter.
    return f"{column} IN (SELECT value FROM json_each('[' || {keys} || ']'))"  # noqa: S608
