"""What the search engines aim at, and whether a run of search_bench meets it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

KHMER = "Khmer word"
TWENTY_TIMES = ("rare term", "date sort")
AHEAD_OF_FTS5 = (
    "common term",
    "phrase",
    "prefix",
    "fuzzy",
    "date range",
    "two facets",
    "date sort",
    "highlighting",
)
FACETS = "two facets"
MILLION = 1_000_000


class Figures(Protocol):
    """What one engine took."""

    title: str
    commits: list[float]
    right: dict[str, int]

    def p50(self, kind: str) -> float | None:
        """Median milliseconds of a class."""

    def p95(self, kind: str) -> float | None:
        """95th percentile of a class."""


def _line(met: bool, text: str) -> str:
    return f"{'met    ' if met else 'NOT MET'}  {text}"


def _median(values: Sequence[float]) -> float:
    return sorted(values)[(len(values) - 1) // 2]


def aims(
    measured: Mapping[str, Figures], kinds: Sequence[str], size: int, repeats: int
) -> Iterator[str]:
    """Yield a line for each aim that this run can judge. They are stated for 100,000 cases."""
    if size != 100_000:
        yield f"(the aims beside other engines are stated for 100,000 cases; this run has {size:,})"
    whoosh, tantivy = measured.get("whoosh"), measured.get("tantivy")
    if whoosh is not None:
        yield from _whoosh(whoosh, measured, kinds, repeats)
    if tantivy is not None:
        yield from _tantivy(tantivy, measured, kinds, size, repeats)


def _khmer(one: Figures, kinds: Sequence[str], repeats: int) -> Iterator[str]:
    if KHMER in kinds:
        right = one.right.get(KHMER, 0)
        yield _line(right == repeats, f"{one.title}: Khmer words right, {right} of {repeats}")


def _whoosh(
    ours: Figures, measured: Mapping[str, Figures], kinds: Sequence[str], repeats: int
) -> Iterator[str]:
    yield from _khmer(ours, kinds, repeats)
    facets = ours.p50(FACETS)
    if facets is not None:
        yield _line(facets < 150, f"{ours.title}: two facets, {facets:.1f} ms of 150 (index only)")
    # Plainly is with a searcher for each question, as the quick start has it, or with one kept.
    for plain in filter(None, (measured.get("quickstart"), measured.get("plain"))):
        for kind in kinds:
            mine, theirs = ours.p50(kind), plain.p50(kind)
            if kind == KHMER or mine is None or theirs is None:
                continue
            wanted = 20 if kind in TWENTY_TIMES else 4
            times = theirs / mine
            text = f"{ours.title}: {kind}, {times:.1f} times faster than {plain.title}"
            yield _line(times >= wanted, f"{text}, aim {wanted}")
    plain = measured.get("plain")
    if plain is not None and ours.commits and plain.commits:
        times = _median(plain.commits) / _median(ours.commits)
        text = f"{ours.title}: one-document commit, {times:.1f} times faster, aim 10"
        yield _line(times >= 10, text)


def _tantivy(
    ours: Figures,
    measured: Mapping[str, Figures],
    kinds: Sequence[str],
    size: int,
    repeats: int,
) -> Iterator[str]:
    yield from _khmer(ours, kinds, repeats)
    raw, fts5 = measured.get("raw"), measured.get("fts5")
    for kind in kinds:
        mine = ours.p50(kind)
        theirs = raw.p50(kind) if raw is not None else None
        if mine is not None and theirs is not None and kind != KHMER:
            limit = max(theirs * 2, theirs + 0.5)
            text = f"{ours.title}: {kind}, {mine:.2f} ms, at most {limit:.2f} (raw {theirs:.2f})"
            yield _line(mine <= limit, text)
    for kind in kinds:
        mine = ours.p50(kind)
        if kind not in AHEAD_OF_FTS5 or mine is None or fts5 is None:
            continue
        other = fts5.p50(kind)
        told = "which cannot" if other is None else f"{other:.2f}"
        text = f"{ours.title}: {kind}, {mine:.2f} ms, ahead of FTS5 ({told})"
        yield _line(other is None or mine < other, text)
    for kind in kinds:
        slow = ours.p95(kind)
        if size >= MILLION and slow is not None:
            yield _line(slow < 50, f"{ours.title}: {kind}, p95 {slow:.1f} ms of 50")
