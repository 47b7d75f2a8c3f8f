"""Whatever a register does to its rows, each of them has exactly one fate."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courtwatch.exchange import mapping_reader
from courtwatch.exchange.builder import Builder
from courtwatch.exchange.plan import Plan
from courtwatch.exchange.quality import Fate, Quality
from courtwatch.exchange.tables import Table, read_tables
from tests.integration.cook_rows import Register, small_register

MAPPING = mapping_reader.load("cook-county").mapping

_TABLES = ("intake", "initiation", "dispositions", "sentencing")
_JUNK = st.sampled_from(
    ["", " ", "?", "Vanished", "2019-13-45", "99/99/9999", "1901-01-01 00:00:00", "p1", "k1",
     "2109-05-08 00:00:00", "6/3/2019 12:00:00 AM", "Nolle Prosecution", "-1", "true"]
)  # fmt: skip


def mutate(register: Register, changes: list[tuple[int, int, int, str]]) -> Register:
    """Overwrite cells, repeat rows and drop rows."""
    for table, row, column, junk in changes:
        rows = register.tables[_TABLES[table]]
        if not rows:
            continue
        if column == 0:
            rows.append(dict(rows[row % len(rows)]))
        elif column == 1:
            rows.pop(row % len(rows))
        else:
            cells = rows[row % len(rows)]
            cells[sorted(cells)[column % len(cells)]] = junk
    return register


def plan_of(directory: Path) -> tuple[Plan, Quality, dict[str, Table]]:
    """Read and plan a register without a database."""
    quality = Quality()
    tables = read_tables(MAPPING, directory, quality)
    plan = Builder(MAPPING, tables, quality, lambda step: True, date(2026, 11, 23)).build()
    return plan, quality, tables


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 20), st.integers(0, 40), _JUNK), max_size=12
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_row_has_one_fate(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int, int, str]]
) -> None:
    """Rows read = loaded + merged + rejected, and every reject has its reason."""
    register = mutate(small_register(), changes)
    plan, quality, tables = plan_of(register.write(tmp_path_factory.mktemp("r")))
    for name, table in tables.items():
        count = quality.tables[name]
        assert count.read == len(register.tables[name])
        assert count.balanced
        assert None not in table.fates
        assert count.fates[Fate.REJECTED] == sum(r.table == name for r in quality.rejects)
    assert all(rejected.reason for rejected in quality.rejects)
    prosecutions = [p for case in plan.cases for p in case.prosecutions]
    assert len(prosecutions) == quality.tables["intake"].fates[Fate.LOADED]
    filed = sum(len(p.charges) - 1 for p in prosecutions)
    assert filed == quality.tables["initiation"].fates[Fate.LOADED]


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 20), st.integers(0, 40), _JUNK), max_size=6
    )
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_same_source_gives_the_same_plan(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int, int, str]]
) -> None:
    """Nothing depends on sets or hashes."""
    directory = mutate(small_register(), changes).write(tmp_path_factory.mktemp("r"))
    assert plan_of(directory)[0] == plan_of(directory)[0]
