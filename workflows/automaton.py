"""Histories walked instead of replayed: the positions of prosecutions as a lazily built automaton.

Most prosecutions take a way that others took before. What `Replay` makes of an event depends on
the event's step, targets, dispositions and entry stage, on where the prosecution stands, and on
what the guards ask; never on which day it was, only on which of two days was later. So where a
prosecution stands is kept as a *node* without days, an event as a *sign* without a day, and what
becomes of the node is worked out once, by `Replay` itself, and kept as an *edge*: as a regular
expression engine builds the states of its automaton while it reads, and no more than it needs.

Why the walk is exact:

- A node is everything that `Replay` holds, field by field, with each day and each event replaced
  by a `Tag` (`workflows.abstraction`). To make an edge, a `Replay` is set up from the node, applies
  an event whose day and id are tags newer than all others, and is taken apart into the next node.
  There is no other transition, and a field that `Replay` may get one day becomes part of the node
  by itself.
- Tags remember whence they come, so that an edge also says which *registers* (the day since which
  charge 2 stands where it stands, the event that ended it, ...) take the new event and which take
  over an earlier one. Carried out along the walk, they give every day of the state.
- Where the engine compares two days, tags answer only if the node holds their order; it does for
  the ends of charges, whose latest is the end of the prosecution. For any other comparison, as for
  a fact that a step reads without a guard, `Undecided` is raised, and the history is replayed.
- What comes after an event changes what becomes of it only where events share a moment or a date is
  vague. Histories with an undated event are replayed, and those where an event that is refused may
  still have happened after the next one, or one that names no charge shares its moment with one
  that does. An event that is refused with no such room is unresolved at once, in both.

Event ids must differ within a prosecution. Nodes are kept up to a bound and then all forgotten,
which costs time and changes nothing. Threads may walk at once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple, cast

from workflows.abstraction import Abstraction, Happening, Key, Shape, Undecided, Unread
from workflows.conclusion import in_words, state_of
from workflows.filling import Template
from workflows.guards import Facts
from workflows.machine import ProcedureMachine
from workflows.ordering import beside, has_room, moment
from workflows.plan import Refusal, plan_for
from workflows.state import ChargeIn, EventIn, Placement, ProsecutionState, Unresolved

MOST_EDGES = 100_000
"""Edges (and roots) that are kept for one procedure before all are forgotten."""

Known = frozenset[tuple[str, object]]
"""What is known of the accused and the offences, as a key."""
Sign = str | tuple[str, str | None, tuple[Key, ...], Known | None]
"""A step's name alone, or (step, entry stage, targets, what a guarded step's guards may ask)."""
_NOTHING_KNOWN: Known = frozenset()


class Edge:
    """What an event of one sign does to one node. target None: that is undecided."""

    __slots__ = ("applied", "copies", "event", "plain", "refused", "target", "words", "writes")

    def __init__(
        self,
        target: Node | None,
        event: Happening,
        applied: bool = False,
        refused: tuple[Refusal, ...] = (),
        writes: tuple[int, ...] = (),
        copies: tuple[tuple[int, int], ...] = (),
    ) -> None:
        self.target = target
        self.event = event
        self.applied = applied
        self.refused = refused
        self.plain = target is not None and applied and not refused
        self.writes = writes
        self.copies = copies
        self.words: dict[Known, tuple[Unresolved, ...]] = {}


class Node(dict[Sign, Edge]):
    """Where prosecutions stand whose ways had the same result: sign -> edge, made on demand."""

    __slots__ = ("key", "placements", "root", "template")

    def __init__(self, root: Root, key: Key) -> None:
        super().__init__()
        self.root = root
        self.key = key
        self.template: Template | None = None
        self.placements: dict[int, Placement] = {}

    def __missing__(self, sign: Sign) -> Edge:
        return self.root.edge(self, sign)


class Root:
    """The nodes of prosecutions with like charges: as many, of like kinds, ranks and parents."""

    def __init__(self, automaton: Automaton, shape: Shape) -> None:
        self.automaton = automaton
        self.abstraction = Abstraction(automaton.plan, shape)
        self.nodes: dict[Key, Node] = {}
        begun = self.abstraction.begun(None)
        self.start = self._node(self.abstraction.freeze(begun)[0])

    def _node(self, key: Key) -> Node:
        found = self.nodes.get(key)
        if found is None:
            found = self.nodes[key] = Node(self, key)
        return found

    def edge(self, node: Node, sign: Sign) -> Edge:
        """Make the edge of a sign at a node."""
        with self.automaton.lock:
            found = node.get(sign)
            if found is None:
                found = node[sign] = self._make(node, sign)
                self.automaton.edges_made += 1
                self.automaton.keep()
            return found

    def _make(self, node: Node, sign: Sign) -> Edge:
        step, entry, targets, known = (sign, None, (), None) if isinstance(sign, str) else sign
        event = self.abstraction.happening(step, entry, targets)
        replay = self.abstraction.thaw(node.key, Unread() if known is None else dict(known))
        try:
            applied, refused = replay.apply(cast(EventIn, event))
            key, tags = self.abstraction.freeze(replay)
        except Undecided:
            return Edge(None, event)
        writes: list[int] = []
        copies: list[tuple[int, int]] = []
        for register, tag in tags:
            if tag is event.id or tag is event.day_from:
                writes.append(register)
            elif tag.register != register:
                copies.append((register, tag.register))
        return Edge(self._node(key), event, applied, refused, tuple(writes), tuple(copies))

    def state_at(self, node: Node) -> ProsecutionState:
        """The state at a node, with tags for its days and events. May raise Undecided."""
        with self.automaton.lock:
            return state_of(self.abstraction.thaw(node.key), ())


class Walk(NamedTuple):
    """A history that was walked: where it led, by which edges, and what stands for what."""

    node: Node
    trail: list[Edge]
    events: Sequence[EventIn]
    ids: list[int]
    plain: bool


class Automaton:
    """The automaton of one procedure, as far as it was needed so far."""

    def __init__(self, machine: ProcedureMachine, most_edges: int = MOST_EDGES) -> None:
        self.machine = machine
        self.plan = plan_for(machine)
        self.most_edges = most_edges
        self.lock = Lock()
        self.walked = self.replayed = self.edges_made = self.forgotten = 0
        self.kept = 0
        self._roots: dict[Shape, Root] = {}
        self._guarded = frozenset(name for name, step in self.plan.steps.items() if step.guards)
        self._moment = moment(self.plan)

    def placement(
        self, charges: Sequence[ChargeIn], events: Sequence[EventIn], facts: Facts | None
    ) -> Placement | None:
        """Where a prosecution stands, or None if its history has to be replayed."""
        walk = self._walk(charges, events, facts)
        if walk is None:
            self.replayed += 1
            return None
        node = walk.node
        unresolved = 0 if walk.plain else sum(len(edge.refused) for edge in walk.trail)
        found = node.placements.get(unresolved)
        if found is None:
            try:
                found = Placement.of(node.root.state_at(node))
            except Undecided:
                self.replayed += 1
                return None
            found = dataclasses.replace(found, unresolved=unresolved)
            node.placements[unresolved] = found
        self.walked += 1
        return found

    def state(
        self, charges: Sequence[ChargeIn], events: Sequence[EventIn], facts: Facts | None
    ) -> ProsecutionState | None:
        """The state of a prosecution, or None if its history has to be replayed."""
        walk = self._walk(charges, events, facts)
        if walk is None:
            self.replayed += 1
            return None
        node = walk.node
        template = node.template
        if template is None:
            try:
                template = node.template = Template(node.root.state_at(node))
            except Undecided:
                self.replayed += 1
                return None
        self.walked += 1
        values: list[Any] = [None] * len(node.root.abstraction.layout)
        for edge, event in zip(walk.trail, walk.events, strict=True):
            if edge.copies:
                moved = [(to, values[source]) for to, source in edge.copies]
                for to, value in moved:
                    values[to] = value
            for register in edge.writes:
                values[register] = event
        unresolved = () if walk.plain else self._unresolved(walk, facts)
        return template.fill(values, walk.ids, unresolved)

    def _unresolved(self, walk: Walk, facts: Facts | None) -> tuple[Unresolved, ...]:
        key = frozenset((facts or {}).items())
        found: list[Unresolved] = []
        for edge, event in zip(walk.trail, walk.events, strict=True):
            if not edge.refused:
                continue
            words = edge.words.get(key)
            if words is None:
                words = edge.words[key] = tuple(
                    in_words(
                        self.machine, facts, cast(EventIn, edge.event), refusal, not edge.applied
                    )
                    for refusal in edge.refused
                )
            found.extend(
                Unresolved(
                    event.id,
                    said.why,
                    said.permitted,
                    None if said.charge_id is None else walk.ids[said.charge_id],
                    said.whole,
                )
                for said in words
            )
        return tuple(found)

    def _walk(
        self, charges: Sequence[ChargeIn], events: Sequence[EventIn], facts: Facts | None
    ) -> Walk | None:
        """Walk a history, or return None if its order is not plain."""
        ids = [charge.id for charge in charges]
        if len(ids) > 1:
            ids.sort()
        local = {cid: place for place, cid in enumerate(ids)}
        if len(local) != len(ids):
            return None
        announced: set[int] = set()
        last_day, last_sequence = date.min, 0
        ordered = True
        for event in events:
            day = event.day_from
            if day is None:
                return None
            if day > last_day:
                last_day, last_sequence = day, event.sequence
            elif day == last_day and event.sequence > last_sequence:
                last_sequence = event.sequence
            else:
                ordered = False
            if event.targets:
                for target in event.targets:
                    if target.charge_id not in local:
                        return None
                    if target.new:
                        announced.add(target.charge_id)
        if not ordered:
            events = sorted(events, key=self._moment)
            if _depends_on_its_moment(events):
                return None
        node = self._start(charges, local, announced)
        guarded = self._guarded
        known: Known | None = None
        trail: list[Edge] = []
        plain = True
        for event in events:
            step, targets = event.step, event.targets
            sign: Sign = step
            if targets or event.entry_stage is not None or step in guarded:
                if step in guarded and known is None:
                    known = frozenset(facts.items()) if facts else _NOTHING_KNOWN
                sign = (
                    step,
                    event.entry_stage,
                    tuple([(local[target[0]], *target[1:]) for target in targets]),
                    known if step in guarded else None,
                )
            edge = node[sign]
            trail.append(edge)
            if not edge.plain:
                plain = False
                if edge.target is None or not (edge.applied or _is_out(events, len(trail))):
                    return None
            node = edge.target  # type: ignore[assignment]
        return Walk(node, trail, events, ids, plain)

    def _start(
        self, charges: Sequence[ChargeIn], local: dict[int, int], announced: set[int]
    ) -> Node:
        """The node before the first event of a prosecution with these charges."""
        shape = tuple(
            [
                (
                    local[charge.id],
                    None if charge.parent is None else local.get(charge.parent, -1),
                    charge.id in announced,
                    charge.kind,
                    *charge[3:],
                )
                for charge in charges
            ]
        )
        root = self._roots.get(shape)
        if root is None:
            with self.lock:
                self.keep()
                root = self._roots.setdefault(shape, Root(self, shape))
        return root.start

    def keep(self) -> None:
        """Count an edge or a root that is kept from now on; forget all when there are too many."""
        self.kept += 1
        if self.kept > self.most_edges:
            self.kept = 0
            self._roots = {}
            self.forgotten += 1


def _depends_on_its_moment(events: Sequence[EventIn]) -> bool:
    """Whether an event that names no charge shares its moment with a later one that does."""
    return any(not event.targets and beside(events, place) for place, event in enumerate(events))


def _is_out(events: Sequence[EventIn], following: int) -> bool:
    """Whether an event that was refused can't have happened after the one that follows."""
    if following == len(events):
        return True
    return not has_room(events[following - 1], events[following])


@lru_cache(maxsize=64)
def automaton_for(machine: ProcedureMachine) -> Automaton:
    """The automaton of a machine."""
    return Automaton(machine)
