"""A report for people who may not see small numbers: hidden cells, and what could tell them.

A pure function of a report that was made for the public reader (`queries.Reader.public`), whose
reasons are withheld and whose figures open nothing. Of the tables of a report at most one is
shown: tables that share margins are linked, and what hides a cell in one may be read off another.
A table that is not known to add up as `SHAPES` says is withheld, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from pyramid.i18n import TranslationStringFactory

from courtwatch.reports.model import Column, ColumnKind, Figure, Label, Report, Row, RowKind, Table
from courtwatch.statistics.disclosure import Mask, suppress

_ = TranslationStringFactory("courtwatch")

THRESHOLD = 10
"""Statistics, section 7: 10 for child victims and sensitive offences, which these laws are."""
HIDDEN = _("hidden")
DERIVED = _("follows from what is hidden")
NOT_BUILT = _(
    "Withheld: this table is not made of counts that add up to one total, so that nobody can prove "
    "that small numbers can't be worked out of it."
)
LINKED = _(
    "Withheld: it shares totals with the table that is shown, and small numbers hidden there could "
    "be worked out from here."
)
TOO_SMALL = _("Withheld: nearly everything in it would have to be hidden.")
SUPPRESSED = _(
    "Small numbers are hidden: no number from 1 to ${most} stands here, and none can be worked out "
    "from the other numbers of this table. Zeros are shown. No figure opens a list of cases, and "
    "reasons of settlement, threat and integrity are shown nationally only, from ${most_and_one}.",
    mapping={"most": str(THRESHOLD - 1), "most_and_one": str(THRESHOLD)},
)
DIFFERENCING = _(
    "This holds for one table at a time. Two releases that differ by a filter, a counting unit or "
    "a few days can be subtracted from each other, and other reports of the same question show "
    "sums that are hidden here. No ledger of releases prevents it yet: publish one, and keep the "
    "others."
)
NO_COVERAGE = _(
    "Coverage is not told here: it would set counts of this record beside official ones."
)


@dataclass(frozen=True)
class Shape:
    """How the counts of a table add up: `whole` is the sum of `parts` in every row.

    `parts` None: all other counts; `rest` True: what is missing from the parts is a part of its
    own that is not shown. `telling` are shares that follow from other rows.
    """

    whole: str
    parts: tuple[str, ...] | None = None
    rest: bool = False
    telling: tuple[str, ...] = ()


SHAPES: Mapping[tuple[str, str], Shape] = MappingProxyType(
    {
        ("ends", "by_actor"): Shape("ended", ("no_reason",), rest=True),
        ("offences", "standing"): Shape("n"),
        ("reasons", "groups"): Shape("ended", (), telling=("share_of_known",)),
    }
)
"""One table of each report that has one: the others are linked with it, or not of this kind."""


def suppressed(report: Report) -> Report:
    """Return what of a report can be shown to everybody, as far as it can be proved."""
    shown: Table | None = None
    tables = []
    for table in report.tables:
        shape = SHAPES.get((report.name, table.key))
        done = None if shape is None or table.refused is not None else _hidden(table, shape)
        if done is not None and done.refused is None:
            shown = done
        tables.append(done or _withheld(table, NOT_BUILT))
    if shown is not None:
        tables = [
            replace(each, refused=LINKED) if each.refused == NOT_BUILT else each for each in tables
        ]
    return replace(
        report,
        provenance=replace(
            report.provenance, n=None if shown is None else shown.n, sizes=None, suppressed=True,
            coverage=NO_COVERAGE, covered=(), data_until=None,
            redactions=None if report.provenance.redactions else 0,
        ),
        headlines=(),
        tables=tuple(tables),
        notes=(SUPPRESSED, DIFFERENCING),
        warnings=(),
    )


def _withheld(table: Table, why: Label) -> Table:
    """Return a table without anything that was counted."""
    return Table(
        table.key, table.title, (), (), None, table.definition, table.row_label, refused=why
    )


def _hidden(table: Table, shape: Shape) -> Table | None:
    """Return a table with its small numbers hidden; None where it does not add up."""
    counts = _counts(table, shape)
    if counts is None:
        return None
    mask = suppress(counts, THRESHOLD)
    if mask[-1, -1]:
        return _withheld(table, TOO_SMALL)
    places = {key: place for place, key in enumerate(_parts(table, shape))}
    # Without parts the count itself is the only column, and the margin repeats it.
    whole = mask[:, -1] | mask[:, 0] if not places else mask[:, -1]
    rows = [
        _row(row, table.columns, shape, {**{k: bool(mask[i, p]) for k, p in places.items()},
                                         shape.whole: bool(whole[i])}, mask)
        for i, row in enumerate(table.every_row())
    ]  # fmt: skip
    bare = bool(mask.any())
    return replace(
        table,
        rows=tuple(rows[:-1]),
        total=rows[-1],
        unknown=None if bare else table.unknown,
        heading=None,
        notes=(),
        chart=None if bare else table.chart,
        curves=(),
    )


def _parts(table: Table, shape: Shape) -> tuple[str, ...]:
    if shape.parts is not None:
        return shape.parts
    return tuple(
        c.key for c in table.columns if c.kind is ColumnKind.COUNT and c.key != shape.whole
    )


def _counts(table: Table, shape: Shape) -> np.ndarray | None:
    """Return the cells (rows, parts) of a table that adds up; None for any other."""
    parts = _parts(table, shape)
    counted = {c.key for c in table.columns if c.kind is ColumnKind.COUNT}
    if table.total is None or not table.rows or counted != {*parts, shape.whole}:
        return None
    if any(row.kind is not RowKind.PART or row.remark is not None for row in table.rows):
        return None
    values = np.array(
        [[row.figures[table.column(key)].value for key in (*parts, shape.whole)]
         for row in table.every_row()], dtype=object,
    )  # fmt: skip
    if any(not isinstance(value, int) or value < 0 for value in values.flat):
        return None
    whole = values.astype(np.int64)
    cells = whole[:, :-1]
    rest = whole[:, -1:] - cells.sum(axis=1, keepdims=True)
    if not parts:
        cells = whole[:, -1:]
    elif shape.rest:
        cells = np.concatenate([cells, rest], axis=1)
    elif rest.any():
        return None
    if (cells < 0).any() or (cells[:-1].sum(axis=0) != cells[-1]).any():
        return None
    if table.n != int(whole[-1, -1]):
        return None
    return cells[:-1]


def _row(
    row: Row, columns: tuple[Column, ...], shape: Shape, hidden: dict[str, bool], mask: Mask
) -> Row:
    """Return a row without what is hidden, and without what would tell it."""
    touched = any(hidden.values()) or bool(mask[-1].any())
    figures = []
    for column, figure in zip(columns, row.figures, strict=True):
        if column.kind.is_text:
            figures.append(figure)
        elif column.kind is ColumnKind.COUNT:
            figures.append(
                Figure(None, missing=HIDDEN) if hidden[column.key] else Figure(figure.value)
            )
        elif touched or (column.key in shape.telling and mask.any()):
            figures.append(Figure(None, missing=DERIVED))
        else:
            figures.append(replace(figure, behind=None))
    return replace(row, figures=tuple(figures))
