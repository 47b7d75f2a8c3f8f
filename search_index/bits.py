"""Sets of document numbers as whole numbers: bit n stands for document n.

Python's integers do AND, OR and counting over 100,000 documents in microseconds, which makes
facets and filters cheap without any further package.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import compress

_TO_FLAGS = bytes.maketrans(b"01", b"\x00\x01")
_ONE = ord("1")


def from_numbers(numbers: Iterable[int], size: int) -> int:
    """Set of the numbers, all below ``size``."""
    flags = bytearray(b"0") * size
    for number in numbers:
        flags[number] = _ONE
    flags.reverse()
    return int(flags, 2) if size else 0


def full(size: int) -> int:
    """Set of all numbers below ``size``."""
    return (1 << size) - 1


def numbers_of(bits: int) -> Iterator[int]:
    """Members of a set, ascending."""
    if bits.bit_count() <= 64:
        return _few(bits)
    flags = f"{bits:b}".encode()[::-1].translate(_TO_FLAGS)
    return compress(range(len(flags)), flags)


def _few(bits: int) -> Iterator[int]:
    base = 0
    while bits:
        low = (bits & -bits).bit_length() - 1
        yield base + low
        bits >>= low + 1
        base += low + 1
