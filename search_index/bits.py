"""Sets of document numbers as whole numbers: bit n stands for document n.

Python's integers do AND, OR and counting over 100,000 documents in microseconds, and they can
neither be changed nor be of the wrong size; arrays of numbers are made from them where needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

Numbers = Any
"""An array of ascending document numbers."""


def from_numbers(numbers: Iterable[int], size: int) -> int:
    """Set of the numbers, all below ``size``. IndexError if one is not."""
    if not isinstance(numbers, np.ndarray):
        numbers = np.fromiter(numbers, dtype=np.int64)
    if not len(numbers):
        return 0
    flags = np.zeros(size, dtype=np.bool_)
    flags[numbers] = True
    return from_flags(flags)


def from_flags(flags: Any) -> int:
    """Set of the places that are true."""
    return int.from_bytes(np.packbits(flags, bitorder="little").tobytes(), "little")


def full(size: int) -> int:
    """Set of all numbers below ``size``."""
    return (1 << size) - 1


def flags_of(bits: int, size: int) -> Any:
    """Array of ``size`` truth values."""
    packed = np.frombuffer(bits.to_bytes(size // 8 + 1, "little"), dtype=np.uint8)
    return np.unpackbits(packed, count=size, bitorder="little").view(np.bool_)


def numbers_of(bits: int) -> Numbers:
    """Members of a set, ascending."""
    size = bits.bit_length()
    return np.flatnonzero(flags_of(bits, size))
