"""A replay taken apart into a key without days, and set up again from one.

See `workflows.automaton` for what this is for, and why it is exact.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

from workflows.guards import Facts
from workflows.plan import Plan
from workflows.replay import Replay
from workflows.state import ChargeIn, TargetIn

_NEWEST = float("inf")
_GIVEN = frozenset({"plan", "charges", "announced", "facts"})
"""What a replay was given and does not change."""
_ORDERED = frozenset({"disposed_on", "disposed_by", "first"})
"""Fields between whose days the engine looks for the latest, and whose events it tells apart."""
_UNORDERED_KEYS = frozenset(
    {
        "since",
        "events",
        "dispositions",
        "disposed_on",
        "disposed_by",
        "stage_days",
        "milestone_days",
    }
)
"""Dictionaries that are only looked up in: in what order their keys came makes no difference."""

Register = tuple[str, Any]
"""The field of a `Replay`, and the key within it, that holds a tag."""
Key = tuple[Any, ...]
Shape = tuple[tuple[Any, ...], ...]
"""Of each charge: its place by id, that of its parent (-1: none of these), whether an event files
it, its kind, and what else is known of it."""


class Undecided(Exception):
    """The engine asked what a node does not hold."""


class Tag:
    """A day, or the id of an event, that a node holds without knowing which.

    rank: its place among the ordered tags of the node, alike for tags of one event; None without.
    `>` may be asked of days whose order is kept. It means "of a later event", whose day may be the
    same: enough for a maximum and for moving a day forward, and all that the engine does.
    """

    __slots__ = ("is_day", "rank", "register")

    def __init__(self, is_day: bool, register: int, rank: float | None) -> None:
        self.is_day = is_day
        self.register = register
        self.rank = rank

    def __gt__(self, other: object) -> bool:
        mine, others = self._ranks(other)
        return mine > others

    def __lt__(self, other: object) -> bool:
        mine, others = self._ranks(other)
        return mine < others

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Tag):
            return False
        mine, others = self._ranks(other)
        if self.is_day and mine != others:
            raise Undecided  # two events of one day
        return mine == others

    def __hash__(self) -> int:
        if self.rank is None:
            raise Undecided
        return hash(self.rank)

    def _ranks(self, other: object) -> tuple[float, float]:
        if not isinstance(other, Tag) or other.is_day is not self.is_day:
            raise Undecided
        mine, others = self.rank, other.rank
        if mine is not None and others is not None:
            return mine, others
        if _NEWEST not in (mine, others):
            raise Undecided
        return (-1 if mine is None else mine), (-1 if others is None else others)


class Unread(Mapping[str, object]):
    """Facts that a step without guards must not read."""

    def __getitem__(self, key: str) -> object:
        raise Undecided

    def __iter__(self) -> Iterator[str]:
        raise Undecided

    def __len__(self) -> int:
        raise Undecided


class Local(int):
    """A charge's place among those of its prosecution by id, which stands for the id in a node."""


class Happening:
    """An event without its day. It has what a `Replay` may read of an event, and nothing else."""

    __slots__ = ("day_from", "entry_stage", "id", "step", "targets")

    def __init__(self, step: str, entry_stage: str | None, targets: tuple[TargetIn, ...]) -> None:
        self.step = step
        self.entry_stage = entry_stage
        self.targets = targets
        self.id = Tag(False, -1, _NEWEST)
        self.day_from = Tag(True, -1, _NEWEST)


class Held:
    """What stands for a tag in a key: one object for each kind and rank."""

    __slots__ = ("is_day", "rank")
    _all: ClassVar[dict[tuple[bool, int | None], Held]] = {}

    def __init__(self, is_day: bool, rank: int | None) -> None:
        self.is_day = is_day
        self.rank = rank

    @classmethod
    def of(cls, is_day: bool, rank: int | None) -> Held:
        """The one object of a kind and rank."""
        found = cls._all.get((is_day, rank))
        return found or cls._all.setdefault((is_day, rank), cls(is_day, rank))


class Table(tuple[Any, ...]):
    """A dictionary in a key: key, value, key, value ..."""

    __slots__ = ()


class Record(NamedTuple):
    """A tuple or a dataclass in a key."""

    kind: type
    values: tuple[Any, ...]


class Abstraction:
    """Replays of prosecutions with the same charges, and keys of what they hold."""

    def __init__(self, plan: Plan, shape: Shape) -> None:
        self.plan = plan
        self.layout: dict[Register, int] = {}
        self._tags: dict[tuple[int, Held], Tag] = {}
        self._locals = [Local(place) for place in range(len(shape))]
        self._charges: dict[int, ChargeIn] = {}
        self._announced: set[int] = set()
        for place, parent, announced, kind, *others in shape:
            cid = self._locals[place]
            known = parent is not None and parent >= 0
            heir_of = self._locals[parent] if known else parent
            self._charges[cid] = ChargeIn(cid, kind, heir_of, *others)
            if announced:
                self._announced.add(cid)
        self._names = tuple(name for name in vars(self.begun(None)) if name not in _GIVEN)

    def begun(self, facts: Facts | None) -> Replay:
        """A replay that has not begun yet."""
        return Replay(self.plan, self._charges, self._announced, facts)

    def happening(self, step: str, entry: str | None, targets: Key) -> Happening:
        """A new event. targets: as `TargetIn`, with a charge's place for its id."""
        named = [TargetIn(self._locals[target[0]], *target[1:]) for target in targets]
        return Happening(step, entry, tuple(named))

    def freeze(self, replay: Replay) -> tuple[Key, list[tuple[int, Tag]]]:
        """What a replay holds, as a key without days, and each tag with its register."""
        held = vars(replay)
        ranks = self._ranks(held)
        tags: list[tuple[int, Tag]] = []
        key: list[Any] = []
        for name in self._names:
            value = held[name]
            kind = type(value)
            known = ranks if name in _ORDERED else _NO_RANKS
            if kind is dict:
                items = sorted(value.items()) if name in _UNORDERED_KEYS else value.items()
                parts: list[Any] = []
                for inner, part in items:
                    parts += (inner, self._frozen((name, inner), part, known, tags))
                key.append(Table(parts) if parts else _EMPTY)
            elif kind is tuple or dataclasses.is_dataclass(kind):
                key.append(
                    Record(
                        kind,
                        tuple(
                            [
                                self._frozen((name, n), part, known, tags)
                                for n, part in enumerate(fields_of(value))
                            ]
                        ),
                    )
                )
            else:
                key.append(self._frozen((name, None), value, known, tags))
        return tuple(key), tags

    def thaw(self, key: Key, facts: Facts | None = None) -> Replay:
        """A replay that holds what a key says."""
        replay = self.begun(facts)
        held = vars(replay)
        for name, value in zip(self._names, key, strict=True):
            kind = type(value)
            if kind is Table:
                parts = iter(value)
                held[name] = {
                    inner: self._tag((name, inner), part) if type(part) is Held else part
                    for inner, part in zip(parts, parts, strict=True)
                }
            elif kind is Record:
                made = [
                    self._tag((name, n), part) if type(part) is Held else part
                    for n, part in enumerate(value.values)
                ]
                held[name] = tuple(made) if value.kind is tuple else value.kind(*made)
            else:
                held[name] = self._tag((name, None), value) if kind is Held else value
        return replay

    @staticmethod
    def _ranks(held: dict[str, Any]) -> dict[float | None, int]:
        """The ordered tags' ranks, told anew from 0."""
        found = {tag.rank for name in _ORDERED for tag in _parts(held[name]) if type(tag) is Tag}
        if None in found:
            raise Undecided
        return {rank: place for place, rank in enumerate(sorted(found))}  # type: ignore[type-var]

    def _frozen(
        self,
        register: Register,
        part: Any,
        ranks: Mapping[float | None, int],
        tags: list[tuple[int, Tag]],
    ) -> Any:
        if type(part) is Tag:
            tags.append((self._number(register), part))
            return Held.of(part.is_day, ranks.get(part.rank))
        if type(part) not in _SCALARS:
            raise TypeError(f"a node can't hold {part!r} of {register}")
        return part

    def _tag(self, register: Register, held: Held) -> Tag:
        number = self._number(register)
        found = self._tags.get((number, held))
        if found is None:
            found = self._tags[number, held] = Tag(held.is_day, number, held.rank)
        return found

    def _number(self, register: Register) -> int:
        return self.layout.setdefault(register, len(self.layout))


_EMPTY = Table()
_NO_RANKS: Mapping[float | None, int] = {}
_SCALARS = frozenset({str, int, bool, type(None), Local})


def _parts(value: Any) -> Iterator[Any]:
    if type(value) is dict:
        yield from value.values()
    elif value is not None:
        yield from fields_of(value)


def fields_of(value: Any) -> tuple[Any, ...]:
    """The fields of a tuple or of a dataclass, in order."""
    if isinstance(value, tuple):
        return value
    return tuple([getattr(value, item.name) for item in dataclasses.fields(value)])
