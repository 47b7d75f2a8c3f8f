"""A digest of all that each audience may see of a case, to tell when that changed.

It covers what the page of the case shows such a reader, each row as far as `visibility` lets them
see it, so that a note, a reason or a name that an audience may not read can't change its digest.
It is made of codes, days and keys of rows and of the words of the record, never of words of
reference data: a court that is renamed changes no case.

The digest is keyed with the installation's secret: without that nobody can try names on it. It
begins with a mark of `VERSION` and key; digests of different marks are not compared, so that new
software or a new key makes nothing look changed.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, or_, select

from courtwatch.models import (
    Charge,
    Correction,
    Event,
    EventAccount,
    EventTarget,
    Hearing,
    HearingProsecution,
    Note,
    Person,
    Prosecution,
    ProsecutionCase,
    ReasonAssessed,
    ReasonStated,
    Sentence,
    Victim,
)
from courtwatch.models.vocabulary import EventStatus
from courtwatch.security.visibility import Level, Sight
from courtwatch.services.index_documents import names_of, sights_of
from courtwatch.services.index_rows import CaseRows, Names

VERSION = 1
"""Raise it with whatever goes into a digest: the next pass then takes new digests silently."""
MARK = 4
SIZE = 12
FACT = (
    "stage", "live", "suspended", "custody", "outcome", "disposition", "ended_on", "ended_by",
    "decided_by_id", "reopened", "registered_on", "last_event_on", "last_verified_on", "court_id",
    "offence_id",
)  # fmt: skip


class Digester:
    """Makes digests under one key."""

    def __init__(self, secret: bytes) -> None:
        self._key = hashlib.blake2b(secret, person=b"cw seen").digest()
        version = f"version {VERSION}".encode()
        self.mark = hashlib.blake2b(version, key=self._key, digest_size=MARK).digest()

    def comparable(self, digest: bytes) -> bool:
        """Say whether a digest was made by this version and under this key."""
        return digest[:MARK] == self.mark

    def of(self, seen: Iterable[Sequence[Any]]) -> bytes:
        """Return the digest of what is seen, whatever the order of its rows."""
        lines = sorted(
            json.dumps(row, ensure_ascii=False, default=str, separators=(",", ":")) for row in seen
        )
        text = "\n".join(lines).encode()
        return self.mark + hashlib.blake2b(text, key=self._key, digest_size=SIZE).digest()


@dataclass
class _More:
    """The rows of one record that its page shows and no search document holds, by kind."""

    people: list[Any] = field(default_factory=list)
    victims: list[Any] = field(default_factory=list)
    charges: list[Any] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)
    targets: list[Any] = field(default_factory=list)
    accounts: list[Any] = field(default_factory=list)
    stated: list[Any] = field(default_factory=list)
    assessed: list[Any] = field(default_factory=list)
    sentences: list[Any] = field(default_factory=list)
    hearings: list[Any] = field(default_factory=list)
    presence: list[Any] = field(default_factory=list)
    corrections: list[Any] = field(default_factory=list)
    notes: list[Any] = field(default_factory=list)


def digests_of(
    connection: Connection, cases: Sequence[CaseRows], names: Names, digester: Digester
) -> Iterator[tuple[int, str, bytes]]:
    """Yield (case, audience, digest) for every audience that may see something of these cases."""
    ids = [one.case.id for case in cases for one in (case, *case.merged)]
    more = _read_more(connection, ids)
    for case in cases:
        together, sights = sights_of(case)
        for audience in sights[0]:
            each = [found[audience][0] for found in sights]
            seen: list[Sequence[Any]] = [("name", name) for name in names_of(together, each)]
            for one, sight in zip(together, each, strict=True):
                seen += _seen(one, more[one.case.id], names, sight)
            yield case.case.id, audience, digester.of(seen)


def _seen(rows: CaseRows, more: _More, names: Names, sight: Sight) -> Iterator[Sequence[Any]]:
    """Yield what one audience sees of one record, as `services.case_view` shows it."""
    case = rows.case
    yield "case", case.public_code, case.procedure_version_id, case.court_id
    if sight.organisations:
        yield "owner", case.owner_id
    if sight.level is Level.OWN:
        yield "share", case.share_level
        yield from (("grant", *grant) for grant in rows.grants)
    if sight.numbers:
        yield from (("number", number) for number in rows.numbers)
    for fact in rows.facts:
        yield ("fact", fact.prosecution_id, *(getattr(fact, name) for name in FACT))
    for row in more.people:
        own = (row.pseudonym, row.related_to_child_victim) if sight.pseudonyms else ()
        shown = (row.public_code, row.sex, row.age_band, row.citizenship, row.official)
        yield ("accused", row.id, *shown, *own)
    for row in more.victims:
        pseudonym = (row.pseudonym,) if sight.pseudonyms else ()
        yield ("victim", *_values(row, "pseudonym"), *pseudonym)
    yield from _charges(more, sight)
    yield from _entries(more, names, sight)
    for row in more.hearings:
        if not row.voided or sight.corrections:
            yield ("hearing", *row)
    voided = {row.id for row in more.hearings if row.voided}
    for row in more.presence:
        if (row.rev_to is None or row.hearing_id in voided) and (
            row.hearing_id not in voided or sight.corrections
        ):
            yield ("presence", *_values(row, "rev_to"))
    if sight.corrections:
        yield from (("correction", *row) for row in more.corrections)
    for row in more.notes:
        if sight.note(row.tier, row.organisation_id):
            yield ("note", *row)


def _charges(more: _More, sight: Sight) -> Iterator[Sequence[Any]]:
    for row in more.charges:
        if not row.voided or sight.corrections:
            words = (row.as_given,) if sight.record_text else ()
            yield ("charge", *_values(row, "as_given", "case_id"), *words)


def _entries(more: _More, names: Names, sight: Sight) -> Iterator[Sequence[Any]]:
    """Yield the entries of the timeline that are shown, with all that hangs on them."""
    events = {}
    for row in more.events:
        voided = row.status == EventStatus.VOIDED
        if sight.corrections if voided else row.rev_to is None:
            events[row.id] = row
            yield ("event", *_values(row, "rev_to"))
    for row in more.accounts:
        event = events.get(row.event_id)
        if event is not None and row.rev_to in (None, event.rev_to):
            told = (row.organisation_id,) if sight.organisations else ()
            yield ("account", *_values(row, "rev_to", "organisation_id"), *told)
    targets = {}
    for row in more.targets:
        if row.event_id in events:
            targets[row.id] = events[row.event_id]
            yield ("target", *row)

    def held(row: Any) -> bool:
        event = targets.get(row.target_id)
        return event is not None and row.rev_to in (None, event.rev_to)

    stated = list(filter(held, more.stated))
    shown = {row.reason_id: sight.stated(*names.reasons[row.reason_id][::2]) for row in stated}
    # Of whose main reason nothing is told, nothing is told of the others (`case_decided`).
    untold = {row.target_id for row in stated if row.primary and not shown[row.reason_id]}
    for row in stated:
        if shown[row.reason_id] and row.target_id not in untold:
            yield ("stated", *_values(row, "rev_to"))
    for row in filter(held, more.assessed):
        if sight.assessed(row.organisation_id, names.reasons[row.reason_id][2]):
            yield ("assessed", *_values(row, "rev_to"))
    for row in filter(held, more.sentences):
        words = (row.length_as_given,) if sight.record_text else ()
        yield ("sentence", *_values(row, "rev_to", "length_as_given"), *words)


def _values(row: Any, *without: str) -> Iterator[Any]:
    return (value for key, value in row._mapping.items() if key not in without)


def _read_more(connection: Connection, ids: Sequence[int]) -> dict[int, _More]:
    """Read the rows of these records with a fixed number of queries."""
    found: dict[int, _More] = defaultdict(_More)

    def read(kind: str, query: Any) -> None:
        for row in connection.execute(query):
            getattr(found[row.case_id], kind).append(row)

    members = (
        ProsecutionCase.case_id.in_(ids),
        ProsecutionCase.rev_to.is_(None),
    )
    read(
        "people",
        select(
            ProsecutionCase.case_id, Prosecution.id, Prosecution.public_code, Person.pseudonym,
            Person.sex, Person.age_band, Person.citizenship, Person.official,
            Person.related_to_child_victim,
        )
        .join(Prosecution, Prosecution.id == ProsecutionCase.prosecution_id)
        .join(Person, Person.id == Prosecution.person_id)
        .where(*members),
    )  # fmt: skip
    read(
        "victims",
        select(
            Victim.case_id, Victim.id, Victim.pseudonym, Victim.sex, Victim.age_band,
            Victim.citizenship, Victim.exploitation, Victim.civil_party, Victim.withdrawn,
        ).where(Victim.case_id.in_(ids)),
    )  # fmt: skip
    read(
        "charges",
        select(
            ProsecutionCase.case_id, Charge.id, Charge.prosecution_id, Charge.kind,
            Charge.offence_id, Charge.as_given, Charge.exploitation, Charge.parent_id,
            Charge.rank, Charge.voided,
        )
        .join(ProsecutionCase, ProsecutionCase.prosecution_id == Charge.prosecution_id)
        .where(*members),
    )  # fmt: skip
    shown = (
        Event.case_id.in_(ids),
        or_(Event.rev_to.is_(None), Event.status == EventStatus.VOIDED),
    )
    read(
        "events",
        select(
            Event.case_id, Event.id, Event.step, Event.institution_id, Event.occurred_from,
            Event.occurred_to, Event.precision, Event.time, Event.sequence, Event.entry_stage,
            Event.mode, Event.status, Event.void_reason, Event.replaces_id,
            Event.chosen_account_id, Event.rev_to,
        ).where(*shown),
    )  # fmt: skip
    _read_hanging(read, shown)
    read(
        "hearings",
        select(
            Hearing.case_id, Hearing.id, Hearing.institution_id, Hearing.kind,
            Hearing.scheduled_on, Hearing.scheduled_time, Hearing.status,
            Hearing.adjournment_reason_id, Hearing.next_on, Hearing.voided, Hearing.void_reason,
        ).where(Hearing.case_id.in_(ids)),
    )  # fmt: skip
    read(
        "presence",
        select(
            Hearing.case_id, HearingProsecution.hearing_id, HearingProsecution.prosecution_id,
            HearingProsecution.presence, HearingProsecution.rev_to,
        )
        .join(Hearing, Hearing.id == HearingProsecution.hearing_id)
        .where(Hearing.case_id.in_(ids)),
    )  # fmt: skip
    read(
        "corrections",
        select(Correction.case_id, Correction.id, Correction.kind).where(
            Correction.case_id.in_(ids)
        ),
    )
    read(
        "notes",
        select(
            Note.case_id, Note.id, Note.subject_kind, Note.subject_id, Note.tier,
            Note.organisation_id, Note.language, Note.text,
        ).where(Note.case_id.in_(ids), Note.rev_to.is_(None)),
    )  # fmt: skip
    return found


def _read_hanging(read: Any, shown: Sequence[Any]) -> None:
    """Read what hangs on the events that are shown."""
    read(
        "accounts",
        select(
            Event.case_id, EventAccount.id, EventAccount.event_id, EventAccount.organisation_id,
            EventAccount.source, EventAccount.reliability, EventAccount.occurred_from,
            EventAccount.occurred_to, EventAccount.precision, EventAccount.disposition,
            EventAccount.rev_to,
        )
        .join(Event, Event.id == EventAccount.event_id)
        .where(*shown),
    )  # fmt: skip
    read(
        "targets",
        select(
            Event.case_id, EventTarget.id, EventTarget.event_id, EventTarget.prosecution_id,
            EventTarget.charge_id, EventTarget.disposition, EventTarget.to_offence_id,
            EventTarget.new,
        )
        .join(Event, Event.id == EventTarget.event_id)
        .where(*shown),
    )  # fmt: skip
    hanging: tuple[tuple[str, Any, tuple[Any, ...]], ...] = (
        ("stated", ReasonStated, (ReasonStated.primary,)),
        ("assessed", ReasonAssessed, (ReasonAssessed.organisation_id, ReasonAssessed.confidence)),
    )
    for kind, table, columns in hanging:
        read(
            kind,
            select(
                Event.case_id, table.id, table.target_id, table.reason_id, *columns, table.rev_to
            )
            .join(EventTarget, EventTarget.id == table.target_id)
            .join(Event, Event.id == EventTarget.event_id)
            .where(*shown),
        )
    read(
        "sentences",
        select(
            Event.case_id, Sentence.id, Sentence.target_id, Sentence.kind, Sentence.length_days,
            Sentence.length_as_given, Sentence.suspended_days, Sentence.fine_amount,
            Sentence.compensation_awarded, Sentence.compensation_paid, Sentence.currency,
            Sentence.rev_to,
        )
        .join(EventTarget, EventTarget.id == Sentence.target_id)
        .join(Event, Event.id == EventTarget.event_id)
        .where(*shown),
    )  # fmt: skip
