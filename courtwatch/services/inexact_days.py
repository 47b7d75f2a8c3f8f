"""Which days of a fact are not exact, and within which bounds they lie.

A fact keeps the first day that a thing can have happened: order and figures rest on that. What the
source said (March 2025, about 2019) stands beside it in `inexact`, written as ISO 8601-2 writes
uncertain dates: `2025-03`, `2019`, `2019~` (about), `2025-03-10/2025-03-31`. A day that is not
named there is exact, or as exact as the register that brought it.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from courtwatch.models.vocabulary import Precision
from courtwatch.services.fact_inputs import FactRow, ProsecutionInputs
from workflows.elements import CHECKED_UNCHANGED, FIRST_SEEN
from workflows.history import ProsecutionState
from workflows.procedure import Procedure

MILESTONES = {
    "arrested_on": "arrest",
    "registered_on": "registration",
    "charged_on": "charge",
    "trial_on": "trial",
}


@dataclass(frozen=True)
class Span:
    """The first and last day that something can have happened on. about: a guess."""

    first: date
    last: date
    about: bool = False

    @property
    def exact(self) -> bool:
        """Say whether it is one certain day."""
        return self.first == self.last and not self.about


def write(span: Span) -> str:
    """Return a span as ISO 8601-2 writes it: 2025-03, 2019~, 2025-03-10/2025-03-31."""
    first, last = span.first, span.last
    mark = "~" if span.about else ""
    if first == last:
        return f"{first.isoformat()}{mark}"
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
        return f"{first.year:04d}{mark}"
    if first.day == 1 and last == _month_end(first):
        return f"{first:%Y-%m}{mark}"
    return f"{first.isoformat()}{mark}/{last.isoformat()}{mark}"


def read(text: str) -> Span:
    """Return what `write` wrote. Raises ValueError for anything else."""
    about = text.endswith("~")
    parts = text.replace("~", "").split("/")
    if len(parts) == 2:
        return Span(date.fromisoformat(parts[0]), date.fromisoformat(parts[1]), about)
    (part,) = parts
    if re.fullmatch(r"\d{4}", part):
        return Span(date(int(part), 1, 1), date(int(part), 12, 31), about)
    if re.fullmatch(r"\d{4}-\d{2}", part):
        first = date.fromisoformat(f"{part}-01")
        return Span(first, _month_end(first), about)
    day = date.fromisoformat(part)
    return Span(day, day, about)


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def spans_of(fact: Any) -> dict[str, Span]:
    """Return the days of a stored fact that are not exact, by column."""
    pairs = (part.partition("=") for part in (fact.inexact or "").split())
    return {name: read(text) for name, _sign, text in pairs}


class Days:
    """How exactly the days of one prosecution are known, from the entries that counted."""

    def __init__(
        self, inputs: ProsecutionInputs, state: ProsecutionState, procedure: Procedure
    ) -> None:
        self.inputs = inputs
        self.state = state
        self.steps = {step.name: step for step in procedure.steps}
        without_place = {item.event_id for item in state.unresolved if item.whole}
        self.counted = [e for e in inputs.events.values() if e.id not in without_place]

    def span(self, day: date | None, events: Iterable[FactRow] | None = None) -> Span | None:
        """Return within which days `day` lies, from the entries that can have given it.

        None where no day is known. events: None asks all that counted. An entry of that exact day
        makes it exact; else the least vague one in whose bounds it lies holds.
        """
        if day is None:
            return None
        found = [e for e in (self.counted if events is None else events) if e.occurred_from]
        if any(e.occurred_from == day and _is_exact(e) for e in found):
            return Span(day, day)
        around = [
            Span(day, e.occurred_to or day, e.precision is Precision.ABOUT)
            for e in found
            if e.occurred_from <= day <= (e.occurred_to or e.occurred_from)
        ]
        return min(around, key=lambda span: (span.last, span.about), default=Span(day, day))

    def span_of_event(self, day: date | None, event_id: int | None) -> Span | None:
        """Return the same, from one entry."""
        event = self.inputs.events.get(event_id or 0)
        return self.span(day, [event] if event is not None else None)

    def stage_span(self, stage: str | None) -> Span | None:
        """Return when a stage was reached first."""
        return self.span(self.state.stage_days.get(stage or ""))

    def registered(self) -> Span | None:
        """Return when it was registered: as it was entered, else as its step says."""
        row = self.inputs.prosecution
        if row.registered_on is not None:
            return Span(row.registered_on, row.registered_to or row.registered_on)
        day = self.state.milestone_days.get("registration")
        return self.span(day, self._with_milestone("registration"))

    def charged(self, day: date | None) -> Span | None:
        """Return within which days the formal charge lies."""
        return self.span(day, self._with_milestone("charge"))

    def of_fact(self, values: Mapping[str, Any]) -> str | None:
        """Return what `prosecution_fact.inexact` says beside the days in `values`."""
        found = [
            f"{name}={write(span)}"
            for name, span in self._spans(values)
            if span is not None and not span.exact
        ]
        return " ".join(found) or None

    def _spans(self, values: Mapping[str, Any]) -> Iterator[tuple[str, Span | None]]:
        for name, milestone in MILESTONES.items():
            if name == "registered_on":
                yield name, self.registered()
            else:
                yield name, self.span(values[name], self._with_milestone(milestone))
        end = self.state.first_outcome
        yield "ended_on", self.span_of_event(values["ended_on"], end.ended_event if end else None)
        seen = [e for e in self.counted if e.step == FIRST_SEEN]
        yield "entry_date", self.span(values["entry_date"], seen or None)
        steps = [e for e in self.counted if e.step != CHECKED_UNCHANGED]
        yield "last_event_on", self.span(values["last_event_on"], steps)
        yield "last_verified_on", self.span(values["last_verified_on"])

    def _with_milestone(self, milestone: str) -> list[FactRow]:
        return [
            event
            for event in self.counted
            if event.step in self.steps and self.steps[event.step].milestone == milestone
        ]


def _is_exact(event: FactRow) -> bool:
    last = event.occurred_to or event.occurred_from
    return bool(event.occurred_from == last and event.precision is not Precision.ABOUT)
