"""The state that all prosecutions at one node share, with gaps for days, events and charges."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from workflows.abstraction import Local, Tag, fields_of
from workflows.state import ChargePosition, ProsecutionState, Unresolved


class Template:
    """The state at a node with gaps, and what fills them: registers, and the ids of charges."""

    def __init__(self, state: ProsecutionState) -> None:
        names = [item.name for item in dataclasses.fields(state)]
        self.whole = _Gaps(ProsecutionState, [getattr(state, name) for name in names])
        self.positions = [
            (place, _Gaps(ChargePosition, list(position)))
            for place, position in state.positions.items()
        ]
        self.positions_at = names.index("positions")
        self.unresolved_at = names.index("unresolved")
        first = state.first_outcome
        self.first = None if first is None else _Gaps(type(first), list(fields_of(first)))
        self.first_at = names.index("first_outcome")
        self.tables = [
            (n, [(key, tag) for key, tag in getattr(state, name).items()])
            for n, name in enumerate(names)
            if name != "positions" and isinstance(getattr(state, name), dict)
        ]

    def fill(
        self, values: list[Any], ids: Sequence[int], unresolved: tuple[Unresolved, ...]
    ) -> ProsecutionState:
        """The state of one prosecution. values: by register, the event that was there last."""
        parts = self.whole.parts(values, ids)
        parts[self.positions_at] = {
            ids[place]: ChargePosition._make(gaps.parts(values, ids))
            for place, gaps in self.positions
        }
        parts[self.unresolved_at] = unresolved
        if self.first is not None:
            parts[self.first_at] = self.first.made(values, ids)
        for place, table in self.tables:
            parts[place] = {
                key: tag if tag is None else values[tag.register].day_from for key, tag in table
            }
        return ProsecutionState(*parts)


class _Gaps:
    """The fields of one value, and which of them are days, events and charges to fill in."""

    def __init__(self, kind: Callable[..., Any], constant: list[Any]) -> None:
        self.kind = kind
        self.constant = constant
        tags = [(n, value) for n, value in enumerate(constant) if isinstance(value, Tag)]
        self.days = [(n, tag.register) for n, tag in tags if tag.is_day]
        self.events = [(n, tag.register) for n, tag in tags if not tag.is_day]
        self.charges = [(n, value) for n, value in enumerate(constant) if isinstance(value, Local)]

    def parts(self, values: list[Any], ids: Sequence[int]) -> list[Any]:
        """The fields, filled in."""
        parts = self.constant.copy()
        for place, register in self.days:
            parts[place] = values[register].day_from
        for place, register in self.events:
            parts[place] = values[register].id
        for place, charge in self.charges:
            parts[place] = ids[charge]
        return parts

    def made(self, values: list[Any], ids: Sequence[int]) -> Any:
        """The value, filled in."""
        return self.kind(*self.parts(values, ids))
