"""The record of `report_bench` is one that the application could have written."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from courtwatch.models import ProsecutionFact
from courtwatch.models.packed import pack

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

import report_facts  # type: ignore[import-not-found]


@pytest.fixture(scope="module")
def facts(tmp_path_factory):
    """The facts of a small record: a country of sixty, three times over."""
    path = tmp_path_factory.mktemp("record") / "record.sqlite"
    report_facts.make_record(path, 180, base=60)
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        found = connection.execute(select(ProsecutionFact.__table__)).mappings().all()
    engine.dispose()
    return found


class TestRecord:
    def test_packs_of_every_fact_what_its_columns_say(self, facts):
        """Of a copy its own keys, of the past what held then: reports read nothing else."""
        assert all(fact["packed"] == pack(dict(fact)) for fact in facts)

    def test_every_copy_has_cases_of_its_own(self, facts):
        """And a past: a third and more of its facts hold no longer."""
        current = [fact for fact in facts if fact["rev_to"] is None]
        assert len({fact["prosecution_id"] for fact in current}) == len(current) > 150
        assert len({fact["case_id"] for fact in current}) > 60
        assert len(facts) > 1.3 * len(current)
