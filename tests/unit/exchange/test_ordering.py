"""Days that contradict each other: the fewest and least trusted are set aside."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from courtwatch.exchange.ordering import OrderRules

CHAIN = ["arrest", "charge", "trial", "end"]
RULES = OrderRules([CHAIN], {})
START = date(2019, 1, 1)


def day(number: int) -> date:
    """Return the n-th day."""
    return START + timedelta(number)


def test_leaves_days_in_order_alone() -> None:
    """Equal days are in order."""
    assert RULES.set_aside({"arrest": [day(1)], "charge": [day(1)], "end": [day(9)]}) == []


def test_sets_aside_the_one_day_that_contradicts_all_others() -> None:
    """Not the two that it contradicts."""
    days = {"arrest": [day(1)], "charge": [day(2)], "end": [day(-900)]}
    assert [(s.slot, s.day) for s in RULES.set_aside(days)] == [("end", day(-900))]


def test_of_two_sets_aside_the_less_trusted() -> None:
    """Trust is the mapping's."""
    rules = OrderRules([CHAIN], {"end": 2})
    found = rules.set_aside({"arrest": [day(5)], "end": [day(1)]})
    assert [(s.slot, s.against) for s in found] == [("arrest", ("end", day(1)))]


def test_keeps_the_days_of_other_charges() -> None:
    """One of two ends is wrong; the other stays."""
    found = RULES.set_aside({"charge": [day(5)], "trial": [day(6)], "end": [day(1), day(9)]})
    assert [(s.slot, s.day) for s in found] == [("end", day(1))]


def test_allows_slack() -> None:
    """An offence of the night dated the day after is no contradiction."""
    rules = OrderRules([["incident", "arrest"]], {}, {"incident": 1})
    assert rules.set_aside({"incident": [day(2)], "arrest": [day(1)]}) == []
    assert rules.set_aside({"incident": [day(3)], "arrest": [day(1)]})


_DAYS = st.dictionaries(
    st.sampled_from(CHAIN),
    st.lists(st.integers(0, 6).map(day), min_size=1, max_size=3, unique=True),
)


@given(_DAYS)
def test_what_is_left_has_no_contradiction(days: dict[str, list[date]]) -> None:
    """The property that the derivation relies on; and nothing is set aside without need."""
    aside = RULES.set_aside(days)
    gone = {(s.slot, s.day) for s in aside}
    left = {slot: [d for d in found if (slot, d) not in gone] for slot, found in days.items()}
    assert not RULES.conflicts(left)
    if not RULES.conflicts(days):
        assert not aside
    for node in gone:
        again = {k: [*v, *([node[1]] if node[0] == k else [])] for k, v in left.items()}
        assert RULES.conflicts(again), "a day was set aside that contradicts nothing"


@given(_DAYS, st.randoms())
def test_does_not_depend_on_the_order_in_which_days_come(days, random) -> None:
    """The same source gives the same record."""
    shuffled = list(days.items())
    random.shuffle(shuffled)
    assert RULES.set_aside(dict(shuffled)) == RULES.set_aside(days)
