"""Move cases to another published version of their procedure.

The law changed, or a file told it wrong. First what would change is derived and listed; nothing is
written. A move is an entry on the timeline of each case (step `moved_to_version`, which moves no
charge), an edit of the case that keeps its history, and its facts derived again. A past view keeps
the version of its moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import (
    Case,
    Event,
    EventTarget,
    ProcedureVersion,
    Prosecution,
    ProsecutionCase,
)
from courtwatch.models.vocabulary import Precision
from courtwatch.services.fact_inputs import Lookups, ProsecutionInputs, read_inputs, read_lookups
from courtwatch.services.fact_rows import state_of
from courtwatch.services.facts import refresh
from courtwatch.services.procedure_versions import named
from courtwatch.services.what_if import lost
from courtwatch.services.work import Work
from workflows.elements import MOVED_TO_VERSION
from workflows.history import ProsecutionState

CHUNK = 200
"""Cases that one transaction moves: a writer beside it waits no longer than a second or two."""

UNRESOLVED = "unresolved"


class MoveRefused(Exception):
    """The move makes no sense, or names cases that it can't move."""

    exit_code = 6


@dataclass(frozen=True)
class MoveChange:
    """What a move would change of one prosecution.

    `what`: stage, live, custody, outcome, event_code, or `unresolved` for an entry that would have
    no legal place any more; then `before` is the entry and `after` says why.
    """

    case: str
    prosecution: str
    what: str
    before: object
    after: object


@dataclass
class MovePlan:
    """What a move would do, or did: how many cases and prosecutions, and each difference.

    `staying`: public codes of the cases that would gain unresolved entries and stay for that.
    """

    cases: int = 0
    prosecutions: int = 0
    moving: list[int] = field(default_factory=list)
    staying: list[str] = field(default_factory=list)
    changes: list[MoveChange] = field(default_factory=list)

    def add(self, other: MovePlan) -> None:
        """Take in what another transaction did."""
        self.cases += other.cases
        self.prosecutions += other.prosecutions
        self.moving += other.moving
        self.staying += other.staying
        self.changes += other.changes

    def counts(self) -> dict[str, int]:
        """Return the figures, for people and for programs."""
        by: dict[str, set[str]] = {}
        for change in self.changes:
            by.setdefault(change.what, set()).add(change.prosecution)
        return {
            "cases": self.cases,
            "prosecutions": self.prosecutions,
            "cases_that_move": len(self.moving),
            "cases_that_stay": len(self.staying),
            "prosecutions_with_another_stage": len(by.get("stage", ())),
            "prosecutions_with_another_outcome": len(by.get("outcome", ())),
            "prosecutions_with_another_event_code": len(by.get("event_code", ())),
            "prosecutions_with_new_unresolved_entries": len(by.get(UNRESOLVED, ())),
        }


def cases_to_move(
    session: Session,
    source: ProcedureVersion,
    target: ProcedureVersion,
    codes: Iterable[str] = (),
) -> list[int]:
    """Return the cases on `source`, or those named by public code. Raises MoveRefused."""
    if source.id == target.id:
        raise MoveRefused(f"Both versions are {named(source)}: nothing would move.")
    if source.name != target.name:
        raise MoveRefused(
            f"{named(source)} and {named(target)} are different procedures; a case moves between "
            "versions of one."
        )
    wanted = list(dict.fromkeys(codes))
    query = select(Case.id, Case.public_code).where(
        Case.procedure_version_id == source.id, Case.merged_into_id.is_(None)
    )
    found = session.execute(query.order_by(Case.id)).all()
    if not wanted:
        return [row.id for row in found]
    by_code = {row.public_code: row.id for row in found}
    if missing := [code for code in wanted if code not in by_code]:
        raise MoveRefused(f"Not a case on {named(source)}: {', '.join(missing)}")
    return [by_code[code] for code in wanted]


def plan_move(
    session: Session,
    source: ProcedureVersion,
    target: ProcedureVersion,
    case_ids: Sequence[int],
    also_with_unresolved: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> MovePlan:
    """Derive what moving these cases would change; writes nothing. `progress`: cases looked at."""
    plan = MovePlan()
    lookups = read_lookups(session.connection())
    for chunk in _chunks(case_ids):
        _plan_chunk(session, source, target, chunk, lookups, also_with_unresolved, plan)
        progress(len(chunk))
    return plan


def move_cases(
    work: Work,
    source: ProcedureVersion,
    target: ProcedureVersion,
    case_ids: Sequence[int],
    also_with_unresolved: bool = False,
) -> MovePlan:
    """Move cases; the caller commits. What would change is derived again in this transaction.

    A case that somebody moved since is left out. Returns what changed, and which stayed.
    """
    session = work.session
    still = session.scalars(
        select(Case)
        .where(Case.id.in_(case_ids), Case.procedure_version_id == source.id)
        .order_by(Case.id)
    ).all()
    plan = MovePlan()
    lookups = read_lookups(session.connection())
    ids = [case.id for case in still]
    _plan_chunk(session, source, target, ids, lookups, also_with_unresolved, plan)
    members = _members(session, plan.moving)
    moving = set(plan.moving)
    for case in still:
        if case.id in moving:
            _move(work, case, source, target, members.get(case.id, ()))
    session.flush()
    refresh(work, [key for keys in members.values() for key in keys])
    work.owe_index(moving)
    return plan


def _move(
    work: Work,
    case: Case,
    source: ProcedureVersion,
    target: ProcedureVersion,
    prosecution_ids: Sequence[int],
) -> None:
    today = work.now.astimezone(ZoneInfo(case.jurisdiction.time_zone)).date()
    event = work.add(
        Event(
            case_id=case.id,
            step=MOVED_TO_VERSION,
            occurred_from=today,
            occurred_to=today,
            precision=Precision.DAY,
            mode=f"{source.version} → {target.version}",
            organisation_id=case.owner_id,
        )
    )
    for key in prosecution_ids:
        work.add(EventTarget(event_id=event.id, prosecution_id=key))
    work.edit(case).procedure_version_id = target.id


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _members(session: Session, case_ids: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    query = (
        select(ProsecutionCase.case_id, ProsecutionCase.prosecution_id)
        .where(ProsecutionCase.case_id.in_(case_ids), ProsecutionCase.rev_to.is_(None))
        .order_by(ProsecutionCase.prosecution_id)
    )
    for row in session.execute(query):
        found.setdefault(row.case_id, []).append(row.prosecution_id)
    return found


def _plan_chunk(
    session: Session,
    source: ProcedureVersion,
    target: ProcedureVersion,
    case_ids: Sequence[int],
    lookups: Lookups,
    also_with_unresolved: bool,
    plan: MovePlan,
) -> None:
    if not case_ids:
        return
    moved = replace(
        lookups, machines={**lookups.machines, source.id: lookups.machines[target.id]}
    )
    members = _members(session, case_ids)
    inputs = read_inputs(session.connection(), [key for keys in members.values() for key in keys])
    codes = _codes(session, case_ids, list(inputs))
    for case_id in case_ids:
        found = [inputs[key] for key in members.get(case_id, ()) if key in inputs]
        changes = [
            change
            for one in found
            for change in _compare(one, lookups, moved, codes[0][case_id], codes[1])
        ]
        plan.cases += 1
        plan.prosecutions += len(found)
        plan.changes += changes
        if any(change.what == UNRESOLVED for change in changes) and not also_with_unresolved:
            plan.staying.append(codes[0][case_id])
        else:
            plan.moving.append(case_id)


def _codes(
    session: Session, case_ids: Sequence[int], prosecution_ids: Sequence[int]
) -> tuple[dict[int, str], dict[int, str]]:
    cases = session.execute(select(Case.id, Case.public_code).where(Case.id.in_(case_ids)))
    found = {row.id: row.public_code for row in cases}
    codes: dict[int, str] = {}
    for start in range(0, len(prosecution_ids), 800):
        part = prosecution_ids[start : start + 800]
        query = select(Prosecution.id, Prosecution.public_code).where(Prosecution.id.in_(part))
        codes |= {row.id: row.public_code for row in session.execute(query)}
    return found, codes


def _compare(
    inputs: ProsecutionInputs,
    lookups: Lookups,
    moved: Lookups,
    case: str,
    codes: dict[int, str],
) -> Iterator[MoveChange]:
    before, after = state_of(inputs, lookups), state_of(inputs, moved)
    code = codes[inputs.prosecution.id]
    then, now = _figures(before), _figures(after)
    for what, value in then.items():
        if now[what] != value:
            yield MoveChange(case, code, what, value, now[what])
    for item in lost(before, after):
        row = inputs.events[item.event_id]
        day = row.occurred_from.isoformat() if row.occurred_from else "day not known"
        yield MoveChange(case, code, UNRESOLVED, f"{row.step} ({day})", item.why.en)


def _figures(state: ProsecutionState) -> dict[str, object]:
    """Return what the facts say of a state; the outcome is the first end."""
    end = state.first_outcome
    return {
        "stage": state.stage,
        "live": state.live,
        "custody": state.custody,
        "outcome": end.outcome if end else None,
        "event_code": end.event_code if end else 0,
    }
