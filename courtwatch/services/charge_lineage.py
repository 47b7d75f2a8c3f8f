"""Which charge became which: requalified or amended, or giving its place to another.

Two things happen to a charge while it is under way, and neither is an end. It goes on with another
offence (a step names `to_offence`), or a step files another charge in its place (kind `amended`,
whose `parent_id` is the former one): the former is superseded, moves no more and is not counted.
Read from what the facts are derived from, so that a past view tells the past.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from courtwatch.models.vocabulary import ChargeKind
from courtwatch.services.fact_inputs import ProsecutionInputs
from workflows.history import ProsecutionState

IN_PLACE = (ChargeKind.AMENDED, ChargeKind.REQUALIFIED)
"""The kinds of charges that take the place of the one they name in `parent_id`."""


@dataclass(frozen=True)
class ChargeChange:
    """One change, by keys: which charge, through which event, from which offence to which.

    `by`: the charge that took its place; None where the same charge went on.
    """

    charge_id: int
    event_id: int
    was: int | None
    became: int | None
    by: int | None = None


def changes_of(inputs: ProsecutionInputs, state: ProsecutionState) -> Iterator[ChargeChange]:
    """Yield what changed the charges of one prosecution, in order.

    What has no legal place in the procedure changes nothing, as in `current_offences`.
    """
    unresolved = {one.event_id for one in state.unresolved}
    charges = {charge.id: charge for charge in inputs.charges}
    offences = {key: charge.offence_id for key, charge in charges.items()}
    for event in inputs.events_in_order():
        if event.id in unresolved:
            continue
        for target in inputs.targets[event.id]:
            key = target.charge_id
            if key not in charges:
                continue
            if target.new and (former := _former(charges, state, key)) is not None:
                yield ChargeChange(former, event.id, offences[former], offences[key], by=key)
            became = target.to_offence_id
            if became is not None and became != offences[key]:
                yield ChargeChange(key, event.id, offences[key], became)
                offences[key] = became


def _former(charges: dict[int, Any], state: ProsecutionState, key: int) -> int | None:
    """Return the charge whose place this one took; None if it took none."""
    parent = charges[key].parent_id
    if charges[key].kind not in IN_PLACE or parent not in charges:
        return None
    position = state.positions.get(parent)
    gone = position is not None and position.stage is not None and not position.counted
    return int(parent) if gone else None


def numbered(charge_ids: Iterable[int]) -> dict[int, int]:
    """Number the charges of one prosecution, from 1, in order of entry.

    `charge_ids`: all of them, those taken back too, so that a number stays when one is.
    """
    return {key: number for number, key in enumerate(sorted(charge_ids), 1)}


def charge_code(prosecution_code: str, number: int) -> str:
    """Return how a charge is named outside: by its prosecution and its number in it."""
    return f"{prosecution_code}/{number}"
