"""What is unknown, endless or no such thing is refused in words: no number, no numpy warning."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from courtwatch.statistics.change import cusum
from courtwatch.statistics.court_comparison import compare_courts
from courtwatch.statistics.coverage import bounds, weighted_rate
from courtwatch.statistics.decomposition import excess_by_reason, expected_rows
from courtwatch.statistics.difference import count_difference, share_difference
from courtwatch.statistics.rates import funnel_limits, wilson_interval
from courtwatch.statistics.survival import (
    cumulative_incidence,
    gray_test,
    kaplan_meier,
    state_occupation,
)

NAN: Any = float("nan")
INF: Any = float("inf")
NOTHING: Any = None
MANY, SOME = np.zeros(20), np.full(20, 0.2)
CURVE = kaplan_meier([1, 2, 3], [1, 1, 0])
COURTS: dict[str, Any] = {
    "court": np.arange(90) % 3, "covariates": None, "time": np.full(90, 400),
    "event": np.arange(90) % 4,
}  # fmt: skip

REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "an unknown event": (lambda: cumulative_incidence([1, 2], [1, NAN]), "event"),
    "a cause without end": (lambda: cumulative_incidence([1, 2], [1, 10**9]), "0 to 1000"),
    "a time nobody knows": (lambda: cumulative_incidence([1], [1]).at(NAN), "not known"),
    "a certainty of 1": (lambda: kaplan_meier([1, 2], [1, 0], confidence=1), "confidence"),
    "a level in percent": (lambda: kaplan_meier([1, 2], [1, 0], confidence=95), "confidence"),
    "a mean up to nowhere": (lambda: CURVE.restricted_mean(NAN), "limit"),
    "a mean without limit": (lambda: CURVE.restricted_mean(INF), "limit"),
    "an event of Gray's": (lambda: gray_test([1, 2], [1, NAN], [0, 1]), "event"),
    "censoring as a cause": (lambda: gray_test([1, 2], [1, 0], [0, 1], cause=0), "cause"),
    "a group without a name": (lambda: gray_test([1, 2], [1, 1], [0, NAN]), "group"),
    "a group of nothing": (lambda: gray_test([1, 2], [1, 1], ["a", NOTHING]), "group"),
    "a goal of nothing": (lambda: state_occupation(["a"], [NOTHING], [0], [1]), "to_state"),
    "a state without a name": (lambda: state_occupation([NAN], [1], [0], [1]), "from_state"),
    "no stays": (lambda: state_occupation([], [], [], []), "nobody"),
    "an endless total": (lambda: wilson_interval(1, INF), "total"),
    "an endless court": (lambda: funnel_limits([INF], 0.2), "whole numbers"),
    "a funnel without levels": (lambda: funnel_limits([9], 0.2, ()), "level"),
    "an unknown share": (lambda: share_difference(NAN, 9, 1, 9), "between 0 and its total"),
    "an unknown count": (lambda: count_difference(NAN, 1), "unknown"),
    "a count's confidence": (lambda: count_difference(2, 1, 95), "confidence"),
    "an unknown registration": (lambda: cusum(MANY, SOME, MANY * NAN, 5), "registration"),
    "an endless caseload": (lambda: cusum(MANY, SOME, MANY, INF), "caseload"),
    "no rate to bound": (lambda: bounds(NOTHING, 0.5), "rate"),
    "an unknown Gamma": (lambda: bounds(0.2, 0.5).at(NAN), "Gamma"),
    "an unknown horizon": (lambda: compare_courts(**COURTS, horizon=NAN), "horizon"),
    "an endless horizon": (lambda: compare_courts(**COURTS, horizon=INF), "horizon"),
    "a reason that is missing": (lambda: excess_by_reason(**COURTS, reason=np.full(90, NAN), of=0),
                                 "reason"),
    "a model's horizon": (lambda: expected_rows(**COURTS, horizon=0), "horizon"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_in_words(name):
    """Each says what is wrong."""
    ask, words = REFUSED[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match=words):
            ask()


def test_hardly_any_coverage_leaves_weights_to_one_another():
    """At the smallest q the chance of being watched is q times the hearings."""
    found = weighted_rate([1, 0], [1, 2], 1e-300)
    assert found.rate == pytest.approx(2 / 3)
    assert found.effective == pytest.approx(1.5**2 / 1.25)


def test_next_to_nobody_is_an_interval():
    """Not one without end: an effective size may be of any smallness."""
    found = wilson_interval(1e-300, 1e-300)
    assert 0 <= found.lower <= found.upper <= 1


def test_nothing_unwatched_leaves_one_rate():
    """The bounds of a docket known in full are its rate, to the last bit."""
    for rate in (0.1, 0.2, 0.7):
        assert bounds(rate, 1).lower == bounds(rate, 1).upper == rate
