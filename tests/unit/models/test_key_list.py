"""Many keys in one parameter: the same rows as a list of them, in as many as there are."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, select
from sqlalchemy.dialects import postgresql

from courtwatch.models.key_list import is_among

ROWS = Table("row", MetaData(), Column("id", Integer, primary_key=True))


@pytest.fixture
def connection():
    engine = create_engine("sqlite://")
    ROWS.metadata.create_all(engine)
    with engine.connect() as connection:
        connection.execute(ROWS.insert(), [{"id": number} for number in range(1, 11)])
        yield connection


@pytest.mark.parametrize(
    ("keys", "found"),
    [([], []), ([3], [3]), ([7, 3, 7, 11], [3, 7]), (range(5, 400_000), [5, 6, 7, 8, 9, 10])],
)
def test_finds_the_rows_of_any_number_of_keys(connection, keys, found):
    query = select(ROWS.c.id).where(is_among(ROWS.c.id, keys)).order_by(ROWS.c.id)
    assert list(connection.scalars(query)) == found


def test_two_lists_in_one_statement_are_two(connection):
    both = is_among(ROWS.c.id, [1, 2, 3]) & ~is_among(ROWS.c.id, [2])
    assert list(connection.scalars(select(ROWS.c.id).where(both).order_by(ROWS.c.id))) == [1, 3]


def test_a_statement_is_as_long_for_many_as_for_one():
    dialect = postgresql.dialect()
    one, many = (
        str(is_among(ROWS.c.id, keys).compile(dialect=dialect)) for keys in ([1], range(99))
    )
    assert one == many
    assert "unnest(string_to_array(" in one


def test_sqlite_looks_keys_up_in_an_index():
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        ROWS.metadata.create_all(connection)
        query = select(ROWS.c.id).where(is_among(ROWS.c.id, [1, 2]))
        text = str(query.compile(dialect=engine.dialect))
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", ("1,2",)).all()
    assert any("SEARCH" in row[3] for row in plan), plan
