"""Values that hold for a time, looked up by the blocks of a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from search_index.spells import LEVELS, Spell, merged, moment_keys, spell_keys

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(-1_000, 2**27 + 1_000).map(lambda n: EPOCH + timedelta(minutes=n))
NEAR = st.integers(26_000_000, 26_000_100).map(lambda n: EPOCH + timedelta(minutes=n))


def found(spell: Spell, moment: datetime) -> bool:
    """Say whether an index that holds the spell's keys finds it at a moment."""
    keys = set(spell_keys("overdue", spell))
    return bool(keys & set(moment_keys("overdue", spell.value, moment)))


class TestKeys:
    @given(MOMENTS | NEAR, st.none() | MOMENTS | NEAR, MOMENTS | NEAR)
    def test_a_moment_shares_a_key_with_each_spell_that_holds_and_with_no_other(
        self, start: datetime, end: datetime | None, moment: datetime
    ) -> None:
        spell = Spell("act", start, end)
        if moment < datetime(2225, 1, 1, tzinfo=UTC):
            assert found(spell, moment) == spell.holds(moment)

    @given(MOMENTS, st.none() | MOMENTS)
    def test_keys_are_few(self, start: datetime, end: datetime | None) -> None:
        """However long a spell is: what an index has to hold of it is bounded."""
        assert len(list(spell_keys("overdue", Spell("act", start, end)))) <= 2 * LEVELS

    def test_begins_and_ends_to_the_minute(self) -> None:
        due = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)
        spell = Spell("detention", due, due + timedelta(hours=1))
        minute = timedelta(minutes=1)
        asked = [due - minute, due, due + timedelta(minutes=59), due + timedelta(hours=1)]
        assert [found(spell, moment) for moment in asked] == [False, True, True, False]

    def test_another_value_shares_no_key(self) -> None:
        now = datetime(2026, 3, 1, tzinfo=UTC)
        keys = set(spell_keys("overdue", Spell("act", EPOCH)))
        assert not keys & set(moment_keys("overdue", "detention", now))
        assert keys & set(moment_keys("overdue", "act", now))


class TestMerged:
    @given(st.lists(st.tuples(st.sampled_from(["act", "unknown"]), NEAR, st.none() | NEAR)), NEAR)
    def test_the_same_holds_at_every_moment(
        self, made: list[tuple[str, datetime, datetime | None]], moment: datetime
    ) -> None:
        spells = [Spell(v, start, end) for v, start, end in made if end is None or start < end]
        kept = merged(spells)
        assert {s.value for s in spells if s.holds(moment)} == {
            s.value for s in kept if s.holds(moment)
        }
        assert sum(s.holds(moment) for s in kept if s.value == "act") <= 1
