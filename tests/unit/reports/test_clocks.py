"""Durations and who has none, on rows that are made by hand, and beside R."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courtwatch.reports.clock_rows import NEVER, ClockRows
from courtwatch.reports.clocks import Clocks, LeftOut, clocks, vague
from courtwatch.reports.delay_words import estimate, known_by, still_open
from courtwatch.reports.known_late import known_late
from courtwatch.reports.model import Origin
from courtwatch.statistics.rates import wilson_interval
from courtwatch.statistics.survival import cumulative_incidence, kaplan_meier

REFERENCE = Path(__file__).parents[1] / "statistics" / "reference"


def rows_of(n, **columns):
    """Make rows of one origin, everything else unknown."""
    never = np.full(n, NEVER, np.int32)
    days = {
        name: np.array([NEVER if v is None else v for v in columns.get(name, [None] * n)], np.int32)
        for name in ("registered_on", "ended_on", "entry_date", "last_verified_on")
    }
    zeros = np.zeros(n, np.int32)
    flags = np.zeros(n, bool)
    code = np.array(columns.get("code", [0] * n), np.int32)
    return ClockRows(
        days | {"charged_on": never, "trial_on": never}, code, zeros, zeros, zeros, zeros, flags,
        flags, columns.get("inexact", {}),
    )  # fmt: skip


class TestNobodyOrEverybody:
    """An estimate of none, or all, has no spread, which is no certainty."""

    def test_the_interval_is_that_of_those_of_whom_it_is_known(self):
        """Lost ones and late ones tell nothing; the rest are Wilson's, from either side."""
        n = 60
        clock = Clocks(
            np.arange(n),
            np.repeat([100.0, 900.0, 50.0, 400.0], [20, 20, 10, 10]),
            np.where(np.arange(n) >= 50, 30.0, -1.0),
            np.repeat([1, 0, 0, 1], [20, 20, 10, 10]),
            LeftOut(0, 0, 0, 0, 0),
        )
        known = known_by(clock, 730)
        assert known == 40
        none = estimate(0.0, 0.0, n, known)
        wilson = wilson_interval([0, 40], 40)
        assert (none.value, none.lower, none.upper) == (0.0, 0.0, wilson.upper[0])
        every = estimate(1 - 1e-15, 0.0, n, known)
        assert (every.lower, every.upper) == (wilson.lower[1], 1.0)
        assert estimate(0.0, 0.0, n).upper is None
        assert estimate(0.4, 0.0, n, known).upper is None
        curve = kaplan_meier(clock.exit, clock.event, clock.delayed)
        first = still_open(curve, clock, 40)
        assert (first.value, first.upper) == (1.0, 1.0)
        assert first.lower == wilson_interval(50, 50).lower
        later = still_open(curve, clock, 200)
        assert later.lower is not None
        assert later.value is not None
        assert later.upper is not None
        assert later.lower < later.value < later.upper < 1


class TestKnownLate:
    @pytest.mark.parametrize(
        ("code", "court", "late"),
        [
            ([0, 0, 1, 2], [0, 7, 7, 7], ("50 %", "100 %")),
            ([0, 0, 1, 2], [7, 7, 0, 7], None),
            # With nobody to tell it from, a court is not known late.
            ([0, 0, 0, 0], [0, 0, 0, 7], None),
            ([1, 1, 2, 2], [0, 7, 7, 7], None),
        ],
    )
    def test_a_court_is_known_from_the_end_where_it_is_known_less_of_the_open(
        self, code, court, late
    ):
        rows = replace(rows_of(4, code=code), court=np.array(court, np.int32))
        assert known_late(rows) == late


class TestClocks:
    @given(
        st.lists(
            st.tuples(
                st.none() | st.integers(15000, 19000), st.none() | st.integers(15000, 21000),
                st.none() | st.integers(15000, 19500), st.none() | st.integers(15000, 21000),
                st.integers(0, 3),
            ),
            max_size=30,
        )
    )  # fmt: skip
    @settings(max_examples=60)
    def test_account_for_everybody_and_never_go_backwards(self, people):
        """Each has a duration or one reason why not; entries lie before exits."""
        origin, ended, entry, seen, code = map(list, zip(*people, strict=True)) if people else (
            [], [], [], [], [],
        )  # fmt: skip
        rows = rows_of(
            len(people), registered_on=origin, ended_on=ended, entry_date=entry,
            last_verified_on=seen, code=code,
        )  # fmt: skip
        found = clocks(rows, Origin.REGISTRATION, 20000)
        assert found.n + found.left_out.total == len(people)
        assert np.all(found.exit >= 0)
        assert np.all(found.entry < found.exit)

    def test_vague_days_bound_a_duration(self):
        """Registered in some day of ten, ended in some day of twenty: 10 to 40 days.

        Of another nobody knows when it was registered: it has no duration, and none that is vague.
        """
        ended = "ended_on=2022-01-28/2022-02-17"
        rows = rows_of(
            2, registered_on=[19000, None], ended_on=[19020, 19020], code=[1, 1],
            inexact={0: f"registered_on=2022-01-08/2022-01-18 {ended}", 1: ended},
        )  # fmt: skip
        assert clocks(rows, Origin.REGISTRATION, 20000).exit.tolist() == [20.0]
        bounds = vague(rows, Origin.REGISTRATION, 20000)
        assert bounds.n == 1
        assert bounds.shortest.exit.tolist() == [10.0]
        assert bounds.longest.exit.tolist() == [40.0]


class TestReference:
    def test_incidence_at_horizons_is_that_of_r(self):
        """The same path from days to figures gives R's estimates (mgus2, months as days)."""
        with (REFERENCE / "mgus2_input.csv").open(encoding="utf-8", newline="") as file:
            people = list(csv.DictReader(file))
        time = [int(float(p["time"])) for p in people]
        event = [int(p["event"]) for p in people]
        rows = rows_of(
            len(people), registered_on=[0] * len(people), code=event,
            ended_on=[t if e else None for t, e in zip(time, event, strict=True)],
            last_verified_on=[None if e else t for t, e in zip(time, event, strict=True)],
        )  # fmt: skip
        found = clocks(rows, Origin.REGISTRATION, 20000)
        assert found.n == len(people)
        curve = cumulative_incidence(found.exit, found.event, found.delayed)
        with (REFERENCE / "mgus2_aj_overall.csv").open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
        assert len(lines) > 100
        for line in lines:
            incidence, se = curve.at(float(line["time"]))
            for cause, name in enumerate(("pcm", "death")):
                assert incidence[cause] == pytest.approx(float(line[f"p_{name}"]), abs=1e-9)
                assert se[cause] == pytest.approx(float(line[f"se_{name}"]), abs=1e-9)
