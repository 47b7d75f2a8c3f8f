"""Suppressed reports: no small number stands in them, and none can be worked out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from courtwatch.reports import render_csv, render_json, render_text
from courtwatch.reports.about import about
from courtwatch.reports.figures import share_figure
from courtwatch.reports.kinds import REPORTS, ReportProblem
from courtwatch.reports.model import (
    Column,
    ColumnKind,
    Figure,
    KnownAt,
    Provenance,
    Report,
    Row,
    RowKind,
    Scope,
    ScopeKind,
    Table,
    Unit,
)  # fmt: skip
from courtwatch.reports.queries import Reader
from courtwatch.reports.registry import Ask, make
from courtwatch.reports.suppression import SHAPES, THRESHOLD, suppressed
from courtwatch.reports.words import plain
from courtwatch.services.fact_filters import FilterError
from courtwatch.statistics.disclosure import feasible_ranges
from tests.unit.reports.asked import KH
from tests.unit.reports.scene import NOW

PUBLIC = Reader(public=True)
CELLS = st.integers(0, 40) | st.integers(0, 6)
CELLS_OF = np.array([[20, 30], [40, 50]])


def table_of(key, cells, names, whole, subset):
    """Return a table of a shape: `cells` (r, c); with `subset` the last column is not shown."""
    shown = names[:-1] if subset else names
    columns = (
        *(Column(name, name) for name in shown),
        *(() if whole in shown else (Column(whole, whole),)),
        Column("share", "share", ColumnKind.SHARE),
    )

    def row(name, values, kind=RowKind.PART):
        n = int(values.sum())
        figures = [Figure(int(v)) for v in values[: len(shown)]]
        figures += [] if whole in shown else [Figure(n)]
        return Row(name, name, (*figures, share_figure(int(values[0]), n)), kind)

    rows = tuple(row(f"r{i}", line) for i, line in enumerate(cells))
    total = row("total", cells.sum(axis=0), RowKind.TOTAL)
    return Table(key, key, columns, rows, int(cells.sum()), "", "", total=total)


def report_of(name, *tables):
    """Return a report around tables."""
    provenance = Provenance(
        "KH", "Cambodia", False, Unit.PROSECUTION, Scope(ScopeKind.SHARED),
        KnownAt(1, datetime(2026, 1, 1, tzinfo=UTC), True), (), (), "", "", "",
        datetime(2026, 1, 1, tzinfo=UTC), None, 7,
    )  # fmt: skip
    return Report(name, name, "", provenance, (), tables, "", ("not for publication",))


def rest_of(cells):
    """Return a report whose table does not print its last column, and the cells."""
    cells = np.array(cells)
    table = table_of("by_actor", cells, ["no_reason", "rest"], "ended", True)
    return report_of("ends", table), cells


@st.composite
def kinds(draw):
    """Return a report, its table's cells and the names of the columns, of every shape."""
    r = draw(st.integers(1, 4))
    name = draw(st.sampled_from(["ends", "offences", "reasons"]))
    c = {"ends": 2, "offences": draw(st.integers(2, 4)), "reasons": 1}[name]
    cells = np.array(draw(st.lists(CELLS, min_size=r * c, max_size=r * c))).reshape(r, c)
    if name == "ends":
        return rest_of(cells)
    if name == "offences":
        parts = [f"c{i}" for i in range(c)]
        return report_of(name, table_of("standing", cells, parts, "n", False)), cells
    return report_of(name, table_of("groups", cells, ["ended"], "ended", False)), cells


def hidden_cells(table, cells):
    """Return the mask (r + 1, c + 1) of what a reader does not see; unseen cells are hidden."""
    mask = np.zeros((cells.shape[0] + 1, cells.shape[1] + 1), bool)
    for i, row in enumerate(table.every_row()):
        counts = [f.value for f, c in zip(row.figures, table.columns, strict=True)
                  if c.kind is ColumnKind.COUNT]  # fmt: skip
        if table.key == "groups":
            mask[i, :] = counts[0] is None
        elif table.key == "by_actor":
            # The rest is not printed: it is seen where both others are.
            mask[i] = [counts[0] is None, None in counts, counts[1] is None]
        else:
            mask[i] = [value is None for value in counts]
    return mask


class TestTables:
    @settings(max_examples=30)
    @given(kinds())
    @example(rest_of([[1, 0], [10, 10]]))
    def test_no_hidden_cell_can_be_worked_out(self, made):
        """Over all tables that agree with what is shown, each hidden cell has more than a value."""
        report, cells = made
        table = suppressed(report).tables[0]
        if table.refused is not None:
            return
        mask = hidden_cells(table, cells)
        whole = np.zeros(mask.shape, int)
        whole[:-1, :-1] = cells
        whole[-1], whole[:, -1] = whole.sum(axis=0), whole.sum(axis=1)
        ranges = feasible_ranges(cells, mask & (whole > 0))
        small = mask & (whole > 0) & (whole < THRESHOLD)
        printed = np.zeros_like(mask)
        printed[:, [0, -1] if table.key == "by_actor" else slice(None)] = True
        # A rest of ten or more that is not printed may be worked out: it is no small number.
        assert (ranges.width[mask & printed & (whole > 0)] >= 1).all()
        assert (ranges.width[small] >= THRESHOLD - 1 - 1e-6).all()

    @settings(max_examples=30)
    @given(kinds())
    def test_no_small_number_stands_anywhere(self, made):
        """Counts, what shares rest on, and n: nothing from 1 to 9."""
        found = suppressed(made[0])
        for table in found.tables:
            assert table.n is None or table.n == 0 or table.n >= THRESHOLD
            for row in table.every_row():
                for figure, column in zip(row.figures, table.columns, strict=True):
                    assert figure.behind is None
                    if column.kind is ColumnKind.COUNT:
                        assert not 0 < (figure.value or 0) < THRESHOLD
                    elif figure.value is not None:
                        part, whole = figure.numerator or 0, figure.denominator or 0
                        said = (part, whole, whole - part)
                        assert not any(0 < n < THRESHOLD for n in said), said

    def test_nothing_small_stands_above_the_tables(self):
        """Ours beside an official total is a count; the last day known is one prosecution's."""
        report = report_of("offences", table_of("standing", CELLS_OF, ["c0", "c1"], "n", False))
        told = replace(
            report.provenance, covered=(("ours 2", "theirs 50"),), data_until=date(2025, 12, 24)
        )
        hidden = suppressed(replace(report, provenance=told))
        found = hidden.provenance
        assert (found.covered, found.data_until) == ((), None)
        assert "data_until" not in {line.key for line in about(hidden, plain)}, "not unknown"

    @pytest.mark.parametrize("redactions", [0, 3])
    def test_of_a_past_moment_it_says_whether_words_were_taken_out_and_not_how_often(
        self, redactions
    ):
        report, _cells = rest_of([[10, 20], [30, 40]])
        then = KnownAt(1, datetime(2026, 1, 1, tzinfo=UTC), False)
        past = replace(report.provenance, known_at=then, redactions=redactions)
        found = suppressed(replace(report, provenance=past))
        told = {line.key: line.value for line in about(found, plain)}
        said = [value for value in told.values() if "Words were taken out" in value]
        assert bool(said) is bool(redactions)
        assert "3" not in " ".join(said)
        assert render_json.as_dict(found, plain)["redactions_since"] in (0, None)

    def test_a_table_that_does_not_add_up_is_withheld(self):
        """A shape is checked, and not believed."""
        table = table_of("standing", CELLS_OF, ["c0", "c1"], "n", False)
        first = replace(table.rows[0], figures=(Figure(21), *table.rows[0].figures[1:]))
        found = suppressed(report_of("offences", replace(table, rows=(first, table.rows[1]))))
        assert found.tables[0].refused is not None
        assert not found.tables[0].rows
        assert found.provenance.n is None

    def test_linked_tables_are_withheld_and_say_so(self):
        """One table of a report is shown; another of the same record is not."""
        cells = np.array([[20, 30], [40, 50]])
        found = suppressed(report_of(
            "offences", table_of("standing", cells, ["c0", "c1"], "n", False),
            table_of("outcomes", cells, ["c0", "c1"], "ended", False),
        ))  # fmt: skip
        assert found.tables[0].refused is None
        assert "shares totals" in plain(found.tables[1].refused)


class TestReports:
    @pytest.mark.parametrize("name", list(REPORTS))
    def test_every_format_says_the_same_and_opens_nothing(self, record, name):
        """At most one table is shown, and no list, headline or warning with a number."""
        try:
            found = make(record.session, name, Ask(KH), PUBLIC, NOW)
        except ReportProblem:
            return  # a report that can't be made for everybody is refused for everybody
        shown = [table for table in found.tables if table.refused is None]
        assert len(shown) <= len([key for key in SHAPES if key[0] == name]) <= 1
        assert found.provenance.suppressed
        assert not found.headlines
        assert not found.warnings
        text, table = render_text.render(found, plain), render_csv.render(found, plain)
        data = render_json.as_dict(found, plain)
        assert data["suppressed"] is True
        for said in (text, table, str(data)):
            assert "Not for publication" not in said
            assert "Small numbers are hidden" in said
        assert "cases=" not in str(data)

    def test_the_small_record_hides_all_but_zeros(self, record):
        """Thirteen prosecutions: every part is below ten."""
        table = make(record.session, "offences", Ask(KH), PUBLIC, NOW).table("standing")
        counts = {f.value for row in table.rows for f, c in zip(row.figures, table.columns,
                  strict=True) if c.kind is ColumnKind.COUNT}  # fmt: skip
        assert counts <= {None, 0} or table.refused is not None

    def test_a_refusal_tells_nothing_of_what_is_on_record(self, record):
        """Which offences occur in a month is a small number told in words."""
        narrow = KH.with_(cohort="2023-02-01..2023-04-30")
        asked = Ask(narrow, options={"between": "offence", "a": "KH-99"})
        with pytest.raises(ReportProblem, match="On record: KH-TIPSE"):
            make(record.session, "comparison", asked, Reader(), NOW)
        with pytest.raises(ReportProblem, match="not told") as told:
            make(record.session, "comparison", asked, PUBLIC, NOW)
        assert "TIPSE" not in str(told.value)

    def test_nobody_counts_their_own_or_an_organisation_in_public(self, record):
        """The scope is the shared record, and allegations are no filter."""
        for reader in (PUBLIC, Reader(record.actor("lotus"), public=True)):
            for wrong in (Ask(KH, scope=ScopeKind.OWN), Ask(KH.with_(organisation="lotus")),
                          Ask(KH.with_(reason="ST1"))):  # fmt: skip
                with pytest.raises((ReportProblem, FilterError)):
                    make(record.session, "ends", wrong, reader, NOW)
