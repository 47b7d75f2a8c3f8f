"""Words of Khmer text, as the segmenter of khmercut sees them.

Khmer is written without spaces between words. Cutting it is a guess by a statistical model and
costs more than all the rest of the analysis, so the cuts of a text are remembered: a case that is
indexed again, because one note was added, segments the new note only.

What is remembered holds no word, so that it can't keep one that was redacted: the key is a keyed
hash of the text (the key is made when the process starts and never leaves it, so that nobody can
try likely names against the hashes), the value says how many clusters each word has. It lives in
the memory of the process, never on disk, and holds the last 20,000 texts (about 5 MB).
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Iterator
from hashlib import blake2b
from threading import Lock

_REMEMBERED = 20_000


class Segmenter:
    """Cuts runs of clusters into words, and remembers where."""

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        self._size = remembered
        self._key = secrets.token_bytes(16)
        self._cuts: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = Lock()
        self.asked = 0
        """How often the model was asked."""

    def words(self, run: tuple[str, ...]) -> tuple[str, ...]:
        """Words of a run of normalised clusters; each is a join of whole clusters."""
        if len(run) < 2:
            return run
        lengths = self._lengths(run)
        words, at = [], 0
        for length in lengths:
            words.append("".join(run[at : at + length]))
            at += length
        return tuple(words)

    def _lengths(self, run: tuple[str, ...]) -> bytes:
        text = "".join(run)
        key = blake2b(text.encode(), key=self._key, digest_size=16).digest()
        with self._lock:
            known = self._cuts.get(key)
            if known is not None:
                self._cuts.move_to_end(key)
                return known
        made = bytes(_cut(run, text))
        with self._lock:
            self.asked += 1
            self._cuts[key] = made
            if len(self._cuts) > self._size:
                self._cuts.popitem(last=False)
        return made

    def __len__(self) -> int:
        return len(self._cuts)


def _cut(run: tuple[str, ...], text: str) -> Iterator[int]:
    """Number of clusters of each word. A cut of the model inside a cluster of ours is none."""
    import khmercut  # the model is loaded on first use, which takes about 80 ms

    borders, at = set(), 0
    for word in khmercut.tokenize(text):
        at += len(word)
        borders.add(at)
    length, at = 0, 0
    for cluster in run:
        length += 1
        at += len(cluster)
        if at in borders or length == 255:
            yield length
            length = 0
    if length:
        yield length


_segmenter = Segmenter()


def segment(run: tuple[str, ...]) -> tuple[str, ...]:
    """Words of a run of normalised clusters."""
    return _segmenter.words(run)
