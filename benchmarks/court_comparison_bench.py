"""How well are failing courts found, and how fast?

Invents countries (`simulated_countries.py`), half of them without a failing court, and prints
for the comparison of courts, and for what is commonly done instead, how many flags are right.
Then the time of flagging 77,000 prosecutions in 200 courts, of the cumulative incidence of
1,000,000 (beside lifelines, if that is installed), of 200 courts, and of the import.

    python benchmarks/court_comparison_bench.py [COUNTRIES] [FIRST_SEED]
"""

from __future__ import annotations

import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from simulated_countries import Country, simulate

from courtwatch.statistics.court_comparison import compare_courts
from courtwatch.statistics.rates import funnel_limits
from courtwatch.statistics.survival import cumulative_incidence

Flags = NDArray[np.bool_]
HORIZON = 730
ENOUGH = 30


@dataclass
class Tally:
    """Flags of one rule over all countries."""

    right: int = 0
    wrong: int = 0
    failing: int = 0
    false_shares: list[float] = field(default_factory=list)
    clean: int = 0
    clean_flagged: int = 0

    def add(self, flagged: Flags, truth: Flags, clean: bool) -> None:
        """Count one country."""
        if clean:
            self.clean += 1
            self.clean_flagged += int(flagged.any())
            return
        right, wrong = int((flagged & truth).sum()), int((flagged & ~truth).sum())
        self.right += right
        self.wrong += wrong
        self.failing += int(truth.sum())
        self.false_shares.append(wrong / max(1, right + wrong))

    def line(self, name: str) -> str:
        """Return the figures as a row."""
        precision = self.right / max(1, self.right + self.wrong)
        return (
            f"{name:34} {precision:9.3f} {np.mean(self.false_shares):9.3f} "
            f"{self.right / max(1, self.failing):9.3f} {self.clean_flagged / self.clean:9.1%}"
        )


def closed_share(country: Country) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return ended without judgment, and closed, by court."""
    courts = country.failing.size
    ended = np.bincount(country.court[country.event == 2], minlength=courts)
    return ended, np.bincount(country.court[country.event > 0], minlength=courts)


def raw_ranking(country: Country) -> Flags:
    """Flag the worst tenth by dismissed of closed."""
    ended, closed = closed_share(country)
    share = np.where(closed >= ENOUGH, ended / np.maximum(closed, 1), 0.0)
    flagged: Flags = share >= np.quantile(share[closed >= ENOUGH], 0.9)
    return flagged & (closed >= ENOUGH)


def fixed_threshold(country: Country) -> Flags:
    """Flag one and a half times the national share of closed."""
    ended, closed = closed_share(country)
    national = ended.sum() / closed.sum()
    flagged: Flags = (closed >= ENOUGH) & (ended > 1.5 * national * closed)
    return flagged


def plain_funnel(country: Country) -> Flags:
    """Flag what lies above the 99.8 % binomial limit of dismissed of closed."""
    ended, closed = closed_share(country)
    limits = funnel_limits(np.maximum(closed, 1), ended.sum() / closed.sum(), (0.998,))
    flagged: Flags = (closed >= ENOUGH) & (ended / np.maximum(closed, 1) > limits.upper[0])
    return flagged


def without_weights(country: Country) -> Flags:
    """Flag as the comparison does, but leave out those whose end is unknown, unweighted."""
    kept = (country.event > 0) | (country.time >= HORIZON)
    found = compare_courts(
        country.court[kept],
        country.covariates[kept],
        country.time[kept],
        country.event[kept],
        horizon=HORIZON,
        followup=country.followup[kept],
    )
    flagged = np.zeros(country.failing.size, dtype=bool)
    flagged[found.court] = found.dismissal_flagged
    return flagged


COMMON: dict[str, Callable[[Country], Flags]] = {
    "raw ranking, worst tenth": raw_ranking,
    "fixed threshold, 1.5 x national": fixed_threshold,
    "plain funnel, 99.8 %": plain_funnel,
    "no censoring weights": without_weights,
}


def quality(countries: int, first: int) -> None:
    """Print how many flags are right, over `countries` with failing courts and as many without."""
    tallies = {name: Tally() for name in ("comparison: dismissal", "comparison: either", *COMMON)}
    insufficient = 0
    for number in range(countries):
        kind = "small" if number % 4 == 3 else "mixed"
        for clean in (False, True):
            country = simulate(first + number, kind, 0.0 if clean else 0.1)
            found = compare_courts(
                country.court,
                country.covariates,
                country.time,
                country.event,
                horizon=HORIZON,
                entry=country.entry,
                followup=country.followup,
            )
            either = found.dismissal_flagged | found.unresolved_flagged
            insufficient += int((either & ~found.sufficient).sum())
            failing, stalling = country.failing[found.court], country.stalling[found.court]
            tallies["comparison: dismissal"].add(found.dismissal_flagged, failing, clean)
            tallies["comparison: either"].add(either, failing | stalling, clean)
            for name, rule in COMMON.items():
                tallies[name].add(rule(country), country.failing, clean)
    print(f"{countries} countries with failing courts and {countries} without, seeds from {first}")
    print(f"{'':34} {'precision':>9} {'FDR':>9} {'recall':>9} {'clean':>9}")
    print(f"{'aim: dismissal':34} {'.940':>9} {'.050':>9} {'.440':>9} {'15.0%':>9}")
    print(f"{'aim: either':34} {'.900':>9} {'.080':>9} {'':>9} {'28.0%':>9}")
    for name, tally in tallies.items():
        print(tally.line(name))
    print(f"flags of courts with insufficient data: {insufficient}")


def best_of(times: int, work: Callable[[], object]) -> float:
    """Return the least of several times, in seconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def invented(n: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return log-normal whole days and events of three causes."""
    days = np.ceil(np.exp(rng.normal(5.7, 0.8, n))).astype(np.int64)
    event = rng.choice([1, 2, 3], n, p=[0.65, 0.29, 0.06])
    censoring = rng.integers(1, 2500, n)
    return np.minimum(days, censoring), np.where(days <= censoring, event, 0)


def speed() -> None:
    """Print times."""
    rng = np.random.default_rng(1)
    days, event = invented(1_000_000, rng)
    ours = best_of(5, lambda: cumulative_incidence(days, event))
    print(f"cumulative incidence of 1,000,000, 3 causes, with errors: {ours * 1000:.0f} ms")
    try:
        from lifelines import AalenJohansenFitter
    except ImportError:
        print("lifelines is not installed: no comparison")
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitter = AalenJohansenFitter(calculate_variance=False, seed=1)
            theirs = best_of(1, lambda: fitter.fit(days, event, event_of_interest=1))
        print(f"lifelines, one cause, without errors: {theirs:.1f} s, {theirs / ours:.0f} times")
    court = rng.integers(0, 200, 1_000_000)
    order = np.argsort(court, kind="stable")
    edges = np.searchsorted(court[order], np.arange(201))
    parts = [order[edges[k] : edges[k + 1]] for k in range(200)]
    each = best_of(3, lambda: [cumulative_incidence(days[p], event[p]) for p in parts])
    print(f"each of 200 courts: {each:.2f} s")
    n = 77_000
    court = rng.choice(200, n, p=rng.dirichlet(np.ones(200)))
    covariates = np.stack([rng.integers(0, k, n) for k in (8, 2, 3, 2)], axis=1)
    followup = np.maximum(rng.integers(1, 2500, n), days[:n])
    for name, entry in (("from the origin", None), ("some first seen late", days[:n] // 3)):
        flags = best_of(
            5,
            lambda entry=entry: compare_courts(
                court, covariates, days[:n], event[:n], entry=entry, followup=followup
            ),
        )
        print(f"flagging 77,000 prosecutions in 200 courts, {name}: {flags:.2f} s")
    code = "import courtwatch.statistics.court_comparison, courtwatch.statistics.survival"
    bare = best_of(3, lambda: subprocess.run([sys.executable, "-c", ""], check=True))
    full = best_of(3, lambda: subprocess.run([sys.executable, "-c", code], check=True))
    print(f"import of what a web worker needs: {full - bare:.2f} s")


if __name__ == "__main__":
    quality(
        int(sys.argv[1]) if len(sys.argv) > 1 else 150,
        int(sys.argv[2]) if len(sys.argv) > 2 else 1,
    )
    speed()
