"""What was written to one case, row by row and by revision: its history, and what is new since.

Read from the rows themselves (docs: adr/0002), never from a log beside them. `for_reader` leaves
out what a reader may not know of; nothing leaves without it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import (
    Answer,
    Case,
    CaseGrant,
    CaseNumber,
    Charge,
    Event,
    EventAccount,
    EventTarget,
    Hearing,
    HearingProsecution,
    Note,
    Observation,
    Organisation,
    Person,
    PersonName,
    Prosecution,
    ProsecutionCase,
    ReasonAssessed,
    ReasonStated,
    Redaction,
    Revision,
    Sentence,
    User,
    Victim,
    history_table,
)
from courtwatch.models.vocabulary import EventStatus
from courtwatch.security.visibility import Level, Sight

_QUIET = frozenset({"rev_from", "rev_to", "id", "batch_id"})


class How(StrEnum):
    """What was done to a row."""

    ADDED = "added"
    EDITED = "edited"
    CLOSED = "closed"
    REDACTED = "redacted"


@dataclass(frozen=True)
class Change:
    """A column of a row that was edited: what it was, and what it was made."""

    column: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Written:
    """One row that a revision added, edited, closed, or took words out of.

    `values` is the row as that revision left it. `prosecutions` are those it is about; none: the
    case as a whole.
    """

    revision_id: int
    table: str
    row_id: int
    how: How
    values: Mapping[str, Any]
    prosecutions: frozenset[int] = frozenset()
    changes: tuple[Change, ...] = ()

    @property
    def row(self) -> tuple[str, int]:
        """Return which row it is."""
        return self.table, self.row_id


@dataclass
class _About:
    """Which prosecutions rows of the case are about, by key of what they hang on."""

    events: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    targets: dict[int, int] = field(default_factory=dict)
    hearings: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    people: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))


def read_history(session: Session, case_id: int, since: int = 0) -> list[Written]:
    """Return what was written to a case after revision `since`, in order; a few queries."""
    members = set(
        session.scalars(
            select(ProsecutionCase.prosecution_id).where(ProsecutionCase.case_id == case_id)
        )
    )
    about = _read_about(session, case_id, members)
    found = list(_everything(session, case_id, members, about))
    found += _redactions(session, case_id, {w.row: w for w in found})
    return sorted(
        (written for written in found if written.revision_id > since),
        key=lambda w: (w.revision_id, w.table, w.row_id),
    )


def _read_about(session: Session, case_id: int, members: set[int]) -> _About:
    about = _About()
    targets = (
        select(EventTarget.id, EventTarget.event_id, EventTarget.prosecution_id)
        .join(Event, Event.id == EventTarget.event_id)
        .where(Event.case_id == case_id)
    )
    for target in session.execute(targets):
        about.events[target.event_id].add(target.prosecution_id)
        about.targets[target.id] = target.prosecution_id
    named = (
        select(HearingProsecution.hearing_id, HearingProsecution.prosecution_id)
        .join(Hearing, Hearing.id == HearingProsecution.hearing_id)
        .where(Hearing.case_id == case_id)
    )
    for row in session.execute(named):
        about.hearings[row.hearing_id].add(row.prosecution_id)
    people = select(Prosecution.id, Prosecution.person_id).where(Prosecution.id.in_(members))
    for one in session.execute(people):
        about.people[one.person_id].add(one.id)
    return about


def _everything(
    session: Session, case_id: int, members: set[int], about: _About
) -> Iterator[Written]:
    def of_case(c: Any) -> Any:
        return c.case_id == case_id

    nothing: frozenset[int] = frozenset()
    versioned: tuple[tuple[Any, Any, Any], ...] = (
        (Case, lambda c: c.id == case_id, lambda v: nothing),
        (Prosecution, lambda c: c.id.in_(members), lambda v: {v["id"]}),
        (Person, lambda c: c.id.in_(about.people), lambda v: about.people[v["id"]]),
        (Charge, lambda c: c.prosecution_id.in_(members), lambda v: {v["prosecution_id"]}),
        (Hearing, of_case, lambda v: about.hearings[v["id"]]),
        (Victim, of_case, lambda v: nothing),
    )
    for model, where, whom in versioned:
        yield from _versioned(session, model, where, whom)
    recorded: tuple[tuple[Any, Any, Any], ...] = (
        (ProsecutionCase, of_case, lambda v: {v["prosecution_id"]}),
        (PersonName, lambda c: c.person_id.in_(about.people),
         lambda v: about.people[v["person_id"]]),
        (Event, of_case, lambda v: about.events[v["id"]]),
        (EventAccount, lambda c: c.event_id.in_(about.events),
         lambda v: about.events[v["event_id"]]),
        *(
            (model, lambda c: c.target_id.in_(about.targets),
             lambda v: {about.targets[v["target_id"]]})
            for model in (ReasonStated, ReasonAssessed, Sentence)
        ),
        (HearingProsecution, lambda c: c.hearing_id.in_(about.hearings),
         lambda v: {v["prosecution_id"]}),
        (CaseNumber, of_case, lambda v: nothing),
        (CaseGrant, of_case, lambda v: nothing),
        (Note, of_case, lambda v: nothing),
    )  # fmt: skip
    for model, where, whom in recorded:
        yield from _recorded(session, model, where, whom)


def _recorded(session: Session, model: Any, where: Any, whom: Any) -> Iterator[Written]:
    table = model.__table__
    for row in session.execute(select(table).where(where(table.c))).mappings():
        values = dict(row)
        prosecutions = frozenset(whom(values))
        yield Written(
            row["rev_from"], table.name, row["id"], How.ADDED, _as_added(values), prosecutions
        )
        if row["rev_to"] is not None:
            yield Written(row["rev_to"], table.name, row["id"], How.CLOSED, values, prosecutions)


def _as_added(values: dict[str, Any]) -> dict[str, Any]:
    """Return a row as it was added, before it was closed."""
    if "status" in values:
        values = values | {"status": EventStatus.RECORDED, "void_reason": None}
    return values | {"rev_to": None}


def _versioned(session: Session, model: Any, where: Any, whom: Any) -> Iterator[Written]:
    table = model.__table__
    past = history_table(table)
    states: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for source in (past, table):
        query = select(*(source.c[column.name] for column in table.columns)).where(where(source.c))
        for row in session.execute(query.order_by(source.c.rev_from)).mappings():
            states[row["id"]].append(dict(row))
    for key, found in states.items():
        prosecutions = frozenset(whom(found[-1]))
        yield Written(found[0]["rev_from"], table.name, key, How.ADDED, found[0], prosecutions)
        for before, after in pairwise(found):
            yield Written(
                after["rev_from"], table.name, key, How.EDITED, after, prosecutions,
                tuple(_changes(before, after)),
            )  # fmt: skip


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for column, value in after.items():
        if column not in _QUIET and before[column] != value:
            yield Change(column, before[column], value)


def _redactions(
    session: Session, case_id: int, rows: Mapping[tuple[str, int], Written]
) -> Iterator[Written]:
    """Yield who took words out of what and why, as a change of the column that held them."""
    wrote = dict(
        session.execute(
            select(Answer.id, Observation.organisation_id)
            .join(Observation, Observation.id == Answer.observation_id)
            .join(Hearing, Hearing.id == Observation.hearing_id)
            .where(Hearing.case_id == case_id)
        ).all()
    )
    for one in session.scalars(select(Redaction).where(Redaction.case_id == case_id)):
        row = rows.get((one.table_name, one.row_id))
        about: Mapping[str, Any] | None = row.values if row is not None else None
        if one.table_name == "answer":
            about = {"organisation_id": wrote.get(one.row_id)}
        if about is not None:
            yield Written(
                one.revision_id, one.table_name, one.row_id, How.REDACTED, about,
                row.prosecutions if row is not None else frozenset(),
                (Change(one.column_name, None, one.reason),),
            )  # fmt: skip


def for_reader(
    found: Iterable[Written], sight: Sight, shows_name: Mapping[int, bool]
) -> list[Written]:
    """Return what a reader may know of. `shows_name`: whether they read a person's names."""
    return [written for written in found if _may_know(written, sight, shows_name)]


def _may_know(written: Written, sight: Sight, shows_name: Mapping[int, bool]) -> bool:
    values = written.values
    match written.table:
        case "note":
            return sight.note(values["tier"], values["organisation_id"])
        case "case_number":
            return sight.numbers
        case "case_grant":
            return sight.level is Level.OWN
        case "case":
            own = sight.level is Level.OWN
            return (
                own
                or any(c.column != "share_level" for c in written.changes)
                or (written.how is How.ADDED)
            )
        case "person_name":
            return shows_name.get(values["person_id"], False)
        case "answer":
            return bool(values["organisation_id"] == sight.organisation_id)
        case "sentence":
            # Told with the entry that it hangs on; that words left it is told by itself.
            return written.how is How.REDACTED and sight.record_text
        case "reason_assessed" | "reason_stated" | "hearing_prosecution":
            return False  # told with the entry or hearing that they hang on
        case "event" | "hearing" | "charge":
            if written.how is How.REDACTED:
                return sight.record_text
            taken_back = written.how is How.CLOSED or values.get("voided")
            return sight.corrections or not taken_back
        case _:
            return written.how is not How.REDACTED or sight.record_text


def by_revision(found: Sequence[Written]) -> dict[int, list[Written]]:
    """Return what was written by revision, the latest first."""
    grouped: dict[int, list[Written]] = defaultdict(list)
    for written in found:
        grouped[written.revision_id].append(written)
    return dict(sorted(grouped.items(), reverse=True))


@dataclass(frozen=True)
class Writers:
    """Revisions, and who wrote them."""

    revisions: Mapping[int, Revision]
    users: Mapping[int, User]
    organisations: Mapping[int, Organisation]


def read_writers(session: Session, keys: Sequence[int]) -> Writers:
    """Read revisions by key with their users and organisations: three queries."""
    found = session.scalars(select(Revision).where(Revision.id.in_(keys)))
    revisions = {one.id: one for one in found}
    user_ids = {one.user_id for one in revisions.values()}
    users = session.scalars(select(User).where(User.id.in_(user_ids)))
    organisation_ids = {one.organisation_id for one in revisions.values()}
    organisations = session.scalars(
        select(Organisation).where(Organisation.id.in_(organisation_ids))
    )
    return Writers(
        revisions, {one.id: one for one in users}, {one.id: one for one in organisations}
    )
