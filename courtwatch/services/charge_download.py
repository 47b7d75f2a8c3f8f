"""One row for each charge of the prosecutions in a list: codes, ISO dates, and which became which.

Charges are named as on pages: by the code of their prosecution and their number in it. What a
charge became is derived where something changed it; everything else stands in the facts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from courtwatch.models import Charge, ChargeFact, Event, EventTarget, Prosecution
from courtwatch.models.vocabulary import Precision
from courtwatch.services.case_list import Row
from courtwatch.services.charge_lineage import (
    IN_PLACE,
    ChargeChange,
    changes_of,
    charge_code,
    numbered,
)
from courtwatch.services.fact_inputs import ProsecutionInputs, read_inputs, read_lookups
from courtwatch.services.fact_rows import state_of
from courtwatch.services.inexact_days import Span, write
from courtwatch.services.labels import Names
from courtwatch.services.outcome_rules import rule_in_brief, version_of
from workflows.procedure import Procedure

CHUNK = 200

COLUMNS = (
    "case", "prosecution", "charge", "kind", "offence_filed", "offence_filed_name", "as_given",
    "offence", "offence_name", "exploitation", "changes", "replaces", "replaced_by", "counted",
    "stage", "live", "disposition", "event_code", "ended_by", "disposed_on", "institution",
    "reason_stated", "jurisdiction", "invented", "procedure", "seen_as", "outcome_rule",
    "inexact_days",
)  # fmt: skip


class ChargeRows:
    """The charges of listed prosecutions, some hundreds at a time."""

    def __init__(self, session: Session, address_of: Callable[[Procedure], str]) -> None:
        """`address_of` gives the page on which a procedure's rule of outcomes stands in full."""
        self.session = session
        self.address_of = address_of
        self.names = Names(session)
        self.lookups = read_lookups(session.connection())

    def of(self, prosecutions: Iterable[Row]) -> Iterator[dict[str, Any]]:
        """Yield one row for each charge that was not taken back, in the order of the list."""
        left = iter(prosecutions)
        while some := list(islice(left, CHUNK)):
            yield from self._some(some)

    def _some(self, rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
        ids = [row.fact.prosecution_id for row in rows]
        facts: dict[int, list[ChargeFact]] = defaultdict(list)
        query = select(ChargeFact).where(
            ChargeFact.prosecution_id.in_(ids), ChargeFact.rev_to.is_(None)
        )
        for fact in self.session.scalars(query.order_by(ChargeFact.charge_id)):
            facts[fact.prosecution_id].append(fact)
        told = _Told(self, [fact for found in facts.values() for fact in found])
        for row in rows:
            for fact in facts[row.fact.prosecution_id]:
                yield told.values(row, fact)


class _Told:
    """What is told of some charges beside their facts, read with a fixed number of queries."""

    def __init__(self, rows: ChargeRows, facts: Sequence[ChargeFact]) -> None:
        self.rows = rows
        session, names = rows.session, rows.names
        keys = [fact.charge_id for fact in facts]
        filed = session.scalars(select(Charge).where(Charge.id.in_(keys)))
        self.filed = {charge.id: charge for charge in filed}
        self.codes = _codes(session, {charge.prosecution_id for charge in self.filed.values()})
        self.inputs = self._changed(facts)
        self.changes: dict[int, list[ChargeChange]] = defaultdict(list)
        self.replaces: dict[int, int] = {}
        self.replaced_by: dict[int, list[int]] = defaultdict(list)
        for inputs in self.inputs.values():
            for change in changes_of(inputs, state_of(inputs, rows.lookups)):
                if change.by is None:
                    self.changes[change.charge_id].append(change)
                else:
                    self.replaces[change.by] = change.charge_id
                    self.replaced_by[change.charge_id].append(change.by)
        ends = session.scalars(
            select(Event).where(Event.id.in_({f.event_id for f in facts if f.disposition}))
        )
        self.ends = {event.id: event for event in ends}
        changes = [change for found in self.changes.values() for change in found]
        names.need(
            offences=[
                *(charge.offence_id for charge in self.filed.values()),
                *(fact.offence_id for fact in facts),
                *(key for change in changes for key in (change.was, change.became)),
            ],
            institutions=[fact.institution_id for fact in facts],
            reasons=[fact.reason_stated_id for fact in facts],
        )

    def _changed(self, facts: Sequence[ChargeFact]) -> dict[int, ProsecutionInputs]:
        """Return what is known of the prosecutions of which something changed a charge.

        The others are not derived again: nothing would come of it.
        """
        session = self.rows.session
        renamed = set(
            session.scalars(
                select(EventTarget.charge_id).where(
                    EventTarget.charge_id.in_(self.filed), EventTarget.to_offence_id.is_not(None)
                )
            )
        )
        changed = {
            fact.prosecution_id
            for fact in facts
            if fact.charge_id in renamed
            or fact.kind in IN_PLACE
            or fact.offence_id != self.filed[fact.charge_id].offence_id
        }
        return read_inputs(session.connection(), sorted(changed))

    def values(self, row: Row, fact: ChargeFact) -> dict[str, Any]:
        """Return the values of one charge."""
        names, charge = self.rows.names, self.filed[fact.charge_id]
        filed = names.offences.get(charge.offence_id or 0)
        offence = names.offences.get(fact.offence_id or 0)
        reason = names.reasons.get(fact.reason_stated_id or 0)
        seen = reason is not None and row.sight.stated(reason.code, reason.restricted)
        code, ended_by = _ended(row.procedure, fact)
        values = {
            "case": row.case_code,
            "prosecution": row.prosecution_code,
            "charge": self.codes[fact.charge_id],
            "kind": fact.kind,
            "offence_filed": _code(filed),
            "offence_filed_name": filed.name_en if filed else None,
            "as_given": charge.as_given if self._words_of(row, fact) else None,
            "offence": _code(offence),
            "offence_name": offence.name_en if offence else None,
            "exploitation": fact.exploitation,
            "changes": "; ".join(map(self._change, self.changes[fact.charge_id])) or None,
            "replaces": self.codes.get(self.replaces.get(fact.charge_id, 0)),
            "replaced_by": "; ".join(
                self.codes[key] for key in self.replaced_by[fact.charge_id] if key in self.codes
            )
            or None,
            "counted": fact.counted,
            "stage": fact.stage,
            "live": fact.live,
            "disposition": fact.disposition,
            "event_code": code if fact.counted else None,
            "ended_by": ended_by,
            "disposed_on": _iso(fact.disposed_on),
            "institution": _code(names.institutions.get(fact.institution_id or 0)),
            "reason_stated": _code(reason) if seen else None,
            "jurisdiction": row.jurisdiction.code,
            "invented": row.jurisdiction.invented,
            "procedure": version_of(row.procedure),
            "seen_as": str(row.level),
            "outcome_rule": rule_in_brief(row.procedure, self.rows.address_of(row.procedure)),
        }
        values["inexact_days"] = self._inexact(fact)
        return {name: values[name] for name in COLUMNS}

    def _words_of(self, row: Row, fact: ChargeFact) -> bool:
        """Say whether the reader may have the words of a charge, as its own record gives them.

        A charge of a merged record keeps its words there: its case has readers of its own.
        """
        own = self.filed[fact.charge_id].prosecution_id == fact.prosecution_id
        return own and row.sight.record_text

    def _inexact(self, fact: ChargeFact) -> str | None:
        """Say within which bounds the day of an end lies, where it is none."""
        event, day = self.ends.get(fact.event_id or 0), fact.disposed_on
        if event is None or day is None or event.occurred_from != day:
            return None
        span = _span(event)
        return None if span is None or span.exact else f"disposed_on={write(span)}"

    def _change(self, change: ChargeChange) -> str:
        """Return a change in a line: day, step, code before > code after."""
        known = (inputs.events.get(change.event_id) for inputs in self.inputs.values())
        event = next(row for row in known if row is not None)
        offences = self.rows.names.offences
        was, became = (_code(offences.get(key or 0)) for key in (change.was, change.became))
        span = _span(event)
        return f"{write(span) if span else '?'} {event.step}: {was or '?'} > {became or '?'}"


def _codes(session: Session, prosecutions: set[int]) -> dict[int, str]:
    """Return how each charge of these prosecutions is named, those taken back too."""
    query = (
        select(Charge.id, Prosecution.public_code)
        .join(Prosecution, Prosecution.id == Charge.prosecution_id)
        .where(Charge.prosecution_id.in_(prosecutions))
    )
    found: dict[str, list[int]] = defaultdict(list)
    for key, code in session.execute(query):
        found[code].append(key)
    return {
        key: charge_code(code, number)
        for code, keys in found.items()
        for key, number in numbered(keys).items()
    }


def _ended(procedure: Procedure, fact: ChargeFact) -> tuple[int, str | None]:
    """Return the class of a charge's end (statistics, section 1) and who ended it."""
    if fact.disposition is None:
        return 0, None
    outcome = procedure.outcome_of(fact.disposition)
    return outcome.event_code, procedure.disposition(fact.disposition).ended_by or outcome.ended_by


def _span(event: Any) -> Span | None:
    if event.occurred_from is None:
        return None
    last = event.occurred_to or event.occurred_from
    return Span(event.occurred_from, last, event.precision is Precision.ABOUT)


def _code(row: Any) -> str | None:
    return None if row is None else str(row.code)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
