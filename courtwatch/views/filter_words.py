"""Filters in words: what can be chosen for each, and what a value of an address means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request

from courtwatch.services import case_choices, labels
from courtwatch.services.case_choices import Choices
from courtwatch.services.fact_filters import UNKNOWN
from courtwatch.services.messages import _
from courtwatch.views.list_words import FILTER_WORDS, VALUE_WORDS
from courtwatch.web.page import Option

CHOICE_FIELDS = ("court", "stage", "outcome", "ended_by", "offence", "reason", "custody")
NOT_KNOWN = Option(UNKNOWN, _("Not known or none"))


@dataclass(frozen=True)
class Active:
    """A filter that holds, in words, with the address of the same page without it."""

    name: Any
    value: Any
    href: str


def active(
    request: Request,
    available: Sequence[Choices],
    pairs: Iterable[tuple[str, str]],
    address: Callable[[tuple[str, str]], str],
) -> list[Active]:
    """Return the filters `pairs` in words; `address` gives the page without one of them."""
    return [
        Active(
            FILTER_WORDS[name], value_words(request, available, name, value), address((name, value))
        )
        for name, value in pairs
    ]


def words_of(name: str) -> list[Option]:
    """Return the closed set of a filter's values as choices."""
    return [Option(value, words) for value, words in VALUE_WORDS[name].items()]


def pairs_of(one: Choices, name: str) -> list[tuple[str, Any]]:
    """Return what can be chosen for a filter in one jurisdiction, as (code, label)."""
    if name in ("court", "offence", "reason"):
        return list({"court": one.courts, "offence": one.offences, "reason": one.reasons}[name])
    procedure = one.procedure
    if procedure is None:
        return []
    if name == "ended_by":
        ending = {outcome.ended_by for outcome in procedure.outcomes}
        return [(a.name, a.label) for a in procedure.actors if a.name in ending]
    items: Any = {
        "stage": procedure.stages,
        "outcome": procedure.outcomes,
        "custody": procedure.custody,
    }[name]
    return [(item.name, item.label) for item in items]


def organisations(request: Request) -> list[Option]:
    """Return the monitoring organisations, the reader's own first."""
    found = case_choices.organisations(request.dbsession, request.actor)
    return [Option(one.code, labels.named(one)) for one in found]


def value_words(request: Request, available: Sequence[Choices], name: str, value: str) -> Any:
    """Return what a value of a filter means; the code itself where nobody names it."""
    if value == UNKNOWN:
        return _("not known or none")
    words = VALUE_WORDS.get(name, {}).get(value)
    if words is not None:
        return words
    same = {"decided_by": "court", "charge": "offence", "assessed": "reason", "furthest": "stage"}
    for one in available:
        if name == "jurisdiction" and one.jurisdiction.code == value:
            return labels.named(one.jurisdiction)
        if same.get(name, name) in CHOICE_FIELDS:
            label = dict(pairs_of(one, same.get(name, name))).get(value)
            if label is not None:
                return label
    if name == "organisation":
        return dict((o.value, o.label) for o in organisations(request)).get(value, value)
    return value
