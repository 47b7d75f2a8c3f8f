"""The rule of courts that are known only once a prosecution has ended."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courtwatch.statistics.known_late import Known, late_for_shares, late_to_compare

parts = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("known", "compare", "shares"),
    [
        (Known(0, 70, 90, 100), True, True),
        (Known(44, 100, 90, 100), True, True),
        (Known(45, 100, 90, 100), False, True),
        (Known(69, 100, 90, 100), False, True),
        (Known(70, 100, 90, 100), False, False),
        # Hardly any court is known at all: nothing can be told by court.
        (Known(9, 100, 10, 100), True, True),
        (Known(10, 100, 12, 100), False, False),
        # Nobody to tell it from.
        (Known(0, 0, 9, 10), False, False),
        (Known(0, 10, 0, 0), False, False),
    ],
)
def test_where_the_line_is(known: Known, compare: bool, shares: bool) -> None:
    assert (late_to_compare(known), late_for_shares(known)) == (compare, shares)


@given(parts, parts)
def test_what_can_not_be_compared_has_no_shares_and_more_known_is_never_later(
    open_: tuple[int, int], ended: tuple[int, int]
) -> None:
    known = Known(*open_, *ended)
    assert late_for_shares(known) >= late_to_compare(known)
    if open_[0] < open_[1]:
        more = Known(open_[0] + 1, open_[1], *ended)
        assert late_to_compare(more) <= late_to_compare(known)
        assert late_for_shares(more) <= late_for_shares(known)
