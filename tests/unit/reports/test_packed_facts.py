"""What is packed of a fact says what its columns say."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, type_coerce, update
from sqlalchemy.types import NullType

from courtwatch.models import ChargeFact, ProsecutionFact, Revision
from courtwatch.models.packed import COUNTS, DAYS, KEYS, MOST, PLACES, SMALL, WORDS, pack
from courtwatch.models.vocabulary import AgeBand, Sex
from courtwatch.reports import packed_charges, packed_tally
from courtwatch.reports.clock_rows import NEVER, number_of
from courtwatch.reports.figures import Count
from courtwatch.reports.law import read_law
from courtwatch.reports.model import Scope, ScopeKind, Unit
from courtwatch.reports.packed_facts import PackedFacts, distinct, from_bytes, read_packed
from courtwatch.reports.packed_tally import tally
from courtwatch.reports.queries import Population, Reader
from courtwatch.services.fact_filters import FactFilters
from tests.unit.reports.asked import KH
from tests.unit.reports.grouped import grouped
from tests.unit.reports.scene import change_facts

STAGES = ("charged", "accused", "in_trial")
KEY = st.none() | st.integers(1, 2**31 - 1)
FACT = st.fixed_dictionaries(
    {
        **dict.fromkeys(DAYS, st.none() | st.dates(date(1600, 1, 1), date(2399, 12, 31))),
        **dict.fromkeys(KEYS, KEY),
        **dict.fromkeys(WORDS, st.none() | st.sampled_from((*STAGES, "elsewhere"))),
        **{name: st.sampled_from(words) for name, words in PLACES.items()},
        **dict.fromkeys(SMALL, st.integers(0, 3)),
        **dict.fromkeys(COUNTS, st.integers(0, MOST + 5)),
    }
)


def read(facts) -> PackedFacts:
    return from_bytes(b"".join(pack(fact) for fact in facts))


def population_of(scene, reader: Reader, unit=Unit.PROSECUTION, filters=None) -> Population:
    law = read_law(scene.session, scene.jurisdiction)
    return Population(scene.session, filters or KH, Scope(ScopeKind.SHARED), reader, law, unit)


class TestPack:
    @given(st.lists(FACT, max_size=12))
    @settings(max_examples=60)
    def test_every_column_reads_as_it_was(self, facts):
        found = read(facts)
        assert found.n == len(facts)
        for name in DAYS:
            days = [fact[name] for fact in facts]
            assert found.numbers(name).tolist() == [
                NEVER if day is None else number_of(day) for day in days
            ]
        for name in (*KEYS, *SMALL):
            assert found.numbers(name).tolist() == [fact[name] or 0 for fact in facts]
        for name in COUNTS:
            assert found.numbers(name).tolist() == [min(fact[name], MOST) for fact in facts]
        for name in WORDS:
            wanted = [STAGES.index(f[name]) if f[name] in STAGES else 3 for f in facts]
            assert found.places(name, STAGES).tolist() == wanted
        for name, words in PLACES.items():
            assert [words[place] for place in found.numbers(name)] == [f[name] for f in facts]
        assert distinct(found.numbers("case_id")) == len({fact["case_id"] for fact in facts})

    @given(st.lists(FACT, max_size=12), st.dates(date(1990, 1, 1), date(2030, 1, 1)))
    @settings(max_examples=60)
    def test_the_last_day_is_that_of_an_event_or_a_check(self, facts, today):
        days = [fact[name] for fact in facts for name in ("last_event_on", "last_verified_on")]
        known = [day for day in days if day is not None and day <= today]
        assert read(facts).last_day(today) == max(known, default=None)

    def test_the_words_are_those_of_the_vocabulary(self):
        """Each has its place, for good: the order here is the layout."""
        assert PLACES["sex"] == ("female", "male", "other", "unknown") == tuple(map(str, Sex))
        assert PLACES["age_band"] == tuple(map(str, AgeBand))

    def test_two_words_of_one_fingerprint_are_never_confused(self):
        """Both have the CRC-32 4ddb0c25."""
        found = read([{"outcome": "plumless"}])
        assert found.places("outcome", ("held", "plumless")).tolist() == [1]
        with pytest.raises(ValueError, match="outcome have one fingerprint"):
            found.places("outcome", ("plumless", "held", "buckeroo"))

    def test_a_procedure_without_words_has_no_place(self):
        assert read([{"custody": "detained"}, {}]).places("custody", ()).tolist() == [0, 0]


class TestStored:
    def test_facts_are_stored_with_what_is_packed_of_them(self, record):
        rows = record.session.connection().execute(select(ProsecutionFact.__table__)).mappings()
        found = [(row["packed"], pack(dict(row))) for row in rows]
        assert len(found) > 10
        assert all(stored == packed for stored, packed in found)

    def test_a_fact_without_it_is_told_and_not_left_out(self, record):
        record.session.execute(text("update prosecution_fact set packed = '' where id % 5 = 0"))
        query: Any = select(type_coerce(ProsecutionFact.packed, NullType), ProsecutionFact.id)
        with pytest.raises(ValueError, match="courtwatch rebuild"):
            read_packed(record.session, query)

    def test_other_columns_stand_beside_in_the_same_order(self, record):
        query: Any = select(type_coerce(ProsecutionFact.packed, NullType), ProsecutionFact.case_id)
        facts, (cases,) = read_packed(record.session, query)
        assert np.array_equal(facts.numbers("case_id"), cases)
        assert facts.n > 10


class TestTally:
    """What is counted of packed columns is what the database counts."""

    NAMES = (
        ("code", "ended_by", "outcome", "reason", "reopened"),
        ("offence", "code", "suspended", "outcome"),
        ("year", "month", "furthest", "code", "suspended", "late", "reopened"),
        ("court", "office", "police", "decided_by", "live"),
        ("code", "reason", "assessed", "end_year"),
        (),
    )

    @pytest.mark.parametrize("unit", list(Unit))
    @pytest.mark.parametrize("names", NAMES, ids="-".join)
    def test_is_that_of_a_grouped_query(self, record, names, unit):
        for organisation in (None, "lotus", "river"):
            reader = Reader(None if organisation is None else record.actor(organisation))
            population = population_of(record, reader, unit)
            found = population.tally(*names)
            asked = grouped(population, *names)
            assert found.counts == asked
            assert list(found.counts) == list(asked), "in the order of the database"
            assert found.sum().n == getattr(population.sizes(), f"{unit}s") > 5

    @pytest.mark.parametrize("unit", list(Unit))
    def test_is_that_of_a_grouped_query_of_any_moment(self, record, unit):
        """Also of a record that is narrowed, and of one in which nothing is left."""
        revisions = record.session.scalars(select(Revision.id).order_by(Revision.id)).all()
        for filters in (
            *(FactFilters(jurisdiction=("KH",), known_at=each) for each in revisions[::7]),
            FactFilters(jurisdiction=("KH",), sex=("female",)),
            FactFilters(jurisdiction=("KH",), cohort=("1990",)),
        ):
            population = population_of(record, Reader(None), unit, filters)
            names = ("code", "outcome", "offence", "suspended", "furthest")
            assert population.tally(*names).counts == grouped(population, *names)

    def test_charges_of_many_prosecutions_are_those_of_few(self, record, monkeypatch):
        """Read whole, as looked up; also where another country has charges."""
        names = ("outcome", "offence", "reason", "decided_by", "suspended")
        few = population_of(record, Reader(None), Unit.CHARGE).tally(*names)
        monkeypatch.setattr(packed_charges, "_FEW", 0)
        narrow = FactFilters(jurisdiction=("KH",), sex=("female",))
        for filters in (None, narrow):
            many = population_of(record, Reader(None), Unit.CHARGE, filters)
            assert many.tally(*names).counts == grouped(many, *names)
        assert population_of(record, Reader(None), Unit.CHARGE).tally(*names).counts == few.counts

    @given(facts=st.lists(FACT, max_size=30), data=st.data())
    @settings(max_examples=40)
    def test_many_combinations_are_counted_like_few(self, facts, data):
        """By sorting them as by an array of all; each fact once."""
        words = {"outcome": {*STAGES, "elsewhere"}}
        packed = read([fact | {"event_code": fact["event_code"] % 4} for fact in facts])
        visible = np.array(data.draw(st.lists(st.booleans(), min_size=len(facts),
                                              max_size=len(facts))), bool)  # fmt: skip
        names = ("code", "year", "outcome")
        one = tally(packed, visible, words, names)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(packed_tally, "_DIRECT", 0)
            other = tally(packed, visible, words, names)
        assert one.counts == other.counts
        assert list(one.counts) == list(other.counts)
        assert one.sum() == Count(len(facts), int(visible.sum()))

    def test_a_word_that_no_procedure_has_is_asked_of_the_database(self, record):
        unknown = update(ProsecutionFact).where(ProsecutionFact.outcome == "held")
        change_facts(record.session, unknown.values(outcome="elsewhere"))
        found = population_of(record, Reader(None)).tally("outcome")
        assert found.sum(outcome="elsewhere").n == 4
        assert found.sum(outcome="held").n == 0

    def test_so_is_one_of_a_charge(self, record):
        """Nobody is known to have ended it, and that is no end."""
        record.session.execute(
            update(ChargeFact).where(ChargeFact.disposition.is_not(None)).values(disposition="gone")
        )
        charges = population_of(record, Reader(None), Unit.CHARGE)
        found = charges.tally("outcome", "code", "ended_by")
        assert found.sum(outcome="gone").n > 4
        assert found.sum(outcome="gone", code=0, ended_by=None) == found.sum(outcome="gone")
