"""Names, codes and phrases of the invented country."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.exc import IntegrityError

from courtwatch.demo import rows as rows_module
from courtwatch.demo.lottery import Lottery
from courtwatch.demo.names import FAMILIES, invent_name, spell_differently
from courtwatch.demo.phrases import NOTES, Topic
from courtwatch.demo.rows import Codes, Rows
from courtwatch.models import Organisation
from courtwatch.models.meta import Base
from courtwatch.models.vocabulary import OrganisationKind
from search_index.names import similarity


class TestNames:
    @given(seed=st.integers(0, 2**32), female=st.booleans())
    def test_name_is_written_in_both_scripts(self, seed, female):
        """Two words in Latin letters, two in Khmer."""
        name = invent_name(Random(seed), female)
        assert re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+", name.latin)
        assert all("\u1780" <= char <= "\u17ff" or char == " " for char in name.khmer)

    @given(seed=st.integers(0, 2**32))
    def test_other_spelling_stays_alike(self, seed):
        """A second organisation's spelling can still be recognised."""
        rng = Random(seed)
        name = invent_name(rng, False).latin
        assert similarity(spell_differently(rng, name), name) > 0.7

    def test_no_family_name_is_a_common_khmer_one(self):
        """Made-up families, so that no combination names a known person."""
        common = {"sok", "chea", "keo", "chan", "heng", "kim", "ly", "nhem", "prak", "sar", "hun",
                  "sam", "sin", "tep", "ung", "yin", "lim", "ouk", "pen", "ros", "meas", "mao",
                  "long", "kong", "chhim", "nuon", "phan", "som", "tan", "touch", "khieu", "pol",
                  "sen", "ranariddh", "norodom", "sihanouk", "kem", "mam", "vann"}  # fmt: skip
        assert not common & {latin.casefold() for latin, _ in FAMILIES}


class TestPhrases:
    @pytest.mark.parametrize("topic", list(Topic))
    def test_every_topic_has_both_languages(self, topic):
        """A note can be drawn in either language."""
        assert len(NOTES[topic, "en"]) >= 4
        assert len(NOTES[topic, "km"]) >= 4

    def test_khmer_notes_are_khmer_and_fill_their_slots(self):
        """Running text; no slot is left open."""
        for (_, language), texts in NOTES.items():
            for text in texts:
                filled = text.format(pseudonym="V1", count=2, hours=3, weeks=4)
                assert "{" not in filled
                assert any("\u1780" <= c <= "\u17ff" for c in filled) == (language == "km")


class TestCodes:
    @given(st.integers(0, 2**32))
    def test_codes_repeat_with_the_seed_and_never_within_it(self, seed):
        """Unlike random codes they are the same for the same seed."""
        first, second = Codes(Random(seed)), Codes(Random(seed))
        codes = [first.new("C") for _ in range(50)]
        assert codes == [second.new("C") for _ in range(50)]
        assert len(set(codes)) == 50

    def test_taken_codes_are_left_out(self):
        """A code of a record that is there already is not drawn again."""
        code = Codes(Random(1)).new("C")
        assert Codes(Random(1), [code]).new("C") != code


class TestRows:
    @staticmethod
    def add(rows: Rows, code: str) -> int:
        """Queue an organisation."""
        return rows.add(
            "organisation", code=code, kind=OrganisationKind.NGO, name_en=code, name_km=None,
            contact=None,
        )  # fmt: skip

    def test_keys_go_on_after_what_is_there(self):
        """Rows can name each other before they are inserted."""
        engine = create_engine("sqlite://")
        Base.metadata.create_all(engine, [Organisation.__table__])  # type: ignore[list-item]
        with engine.begin() as connection:
            rows = Rows(connection, [Organisation])
            assert [self.add(rows, "A"), self.add(rows, "B")] == [1, 2]
            rows.flush()
            assert self.add(Rows(connection, [Organisation]), "C") == 3
            assert rows.inserted == {"organisation": 2}
            rows.flush()
            assert rows.inserted == {"organisation": 2}
        engine.dispose()

    def test_is_full_at_its_limit_and_errors_surface(self, monkeypatch):
        """A flush is asked for in time, and a refused row is not swallowed."""
        monkeypatch.setattr(rows_module, "FLUSH_ROWS", 2)
        engine = create_engine("sqlite://")
        Base.metadata.create_all(engine, [Organisation.__table__])  # type: ignore[list-item]
        with engine.connect() as connection:
            rows = Rows(connection, [Organisation])
            self.add(rows, "A")
            assert not rows.full
            self.add(rows, "A")
            assert rows.full
            with pytest.raises(IntegrityError):
                rows.flush()
        engine.dispose()


class TestLottery:
    @given(st.lists(st.floats(0.01, 100), min_size=1, max_size=6), st.integers(0, 2**32))
    def test_draws_one_of_its_values(self, weights, seed):
        """Whatever the weights."""
        assert Lottery(enumerate(weights)).draw(Random(seed)) in range(len(weights))

    def test_draws_by_weight(self):
        """Three to one."""
        rng = Random(1)
        lottery = Lottery((("often", 3), ("seldom", 1)))
        drawn = [lottery.draw(rng) for _ in range(4000)]
        assert 2850 < drawn.count("often") < 3150

    @pytest.mark.parametrize("weighted", [(), (("a", 0),), (("a", 1), ("b", -1))])
    def test_refuses_weights_that_mean_nothing(self, weighted):
        """A value that can never be drawn is a mistake."""
        with pytest.raises(ValueError, match="above zero"):
            Lottery(weighted)
