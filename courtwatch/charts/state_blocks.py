"""What a state diagram shows: blocks in rows, their marks, and the ways out of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a block or a mark stands for; each has a shape of its own."""

    BEGINNING = "beginning"
    LIVE = "live"
    REVIEW = "review"
    SUSPENDED = "suspended"
    ENDED = "ended"
    COMMON = "common"


@dataclass(frozen=True)
class Sign:
    """A reference to a block: its mark, what it is called, and the id to jump to."""

    key: str
    mark: str
    kind: Kind
    label: str


@dataclass(frozen=True)
class Way:
    """A way out: the words for the steps, who takes them, and where they lead."""

    text: str
    to: Sign
    about: str = ""


@dataclass(frozen=True)
class Block:
    """A place with its ways out. common: ends that many places share, shown as marks alone."""

    sign: Sign
    ways: tuple[Way, ...] = ()
    common: tuple[Way, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class BlockRow:
    """A block with those that stand beside it."""

    middle: Block
    left: tuple[Block, ...] = ()
    right: tuple[Block, ...] = ()
    onward: bool = False
    """Whether a step leads from this row's middle to the next row's."""
