"""The page that shows what somebody else recorded beside what was entered (409)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyramid.request import Request

from courtwatch.models import Case
from courtwatch.services.case_history import (
    Written,
    by_revision,
    for_reader,
    read_writers,
)
from courtwatch.services.case_page import CasePage
from courtwatch.services.case_view import case_page
from courtwatch.services.meanwhile import Touched, written_meanwhile
from courtwatch.services.messages import _
from courtwatch.views.case_past import who
from courtwatch.views.case_words import text
from courtwatch.views.history_words import describe
from courtwatch.views.resent import SEEN
from courtwatch.web.dates import format_moment
from courtwatch.web.jinja import value_of, values_of
from courtwatch.web.page import Column, Option, OptionGroup

_TOLD_WITH = frozenset({"hearing_prosecution"})
"""Tables told with the row that they hang on, which the sender of the form is looking at."""
COLUMNS = (Column(_("When")), Column(_("What was recorded")), Column(_("By")))
BOTH_COLUMNS = (Column(_("Field")), Column(_("In the record now")), Column(_("What you entered")))


@dataclass(frozen=True)
class Compared:
    """A field of a form that changes a row in place.

    `choices` names the page's list of choices that the field offers. `date`: it is a date in
    three parts.
    """

    name: str
    label: Any
    choices: str | None = None
    date: bool = False


@dataclass(frozen=True)
class Changes:
    """What an act rests on, and how the page that shows both versions is made.

    `now`: the form as it would be shown now; with `compared`, field by field beside what was
    entered. `action`: where the form is to be sent, if not to the address of this one.
    """

    touched: Touched
    now: Callable[[], Mapping[str, Any]] | None = None
    compared: Sequence[Compared] = field(default=())
    action: str | None = None


def numbers(request: Request, name: str) -> frozenset[int]:
    """Return the keys that a form sent under a name; what is no key is left to its parser."""
    return frozenset(filter(None, map(key_in, request.POST.getall(name))))


def key_in(written: str) -> int:
    """Return the key that a field holds; 0 for anything that is none."""
    return int(written) if written.isascii() and written.isdigit() and len(written) < 19 else 0


def _seen(request: Request) -> int:
    """Return the revision that the form says it showed. None, or nonsense: it showed nothing."""
    seen = key_in(request.POST.get(SEEN, ""))
    return seen if seen <= request.last_revision else 0


def page_of_both(
    request: Request, changes: Changes, show: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> dict[str, Any] | None:
    """Return what the form's page shows of both versions; None where nobody wrote meanwhile."""
    session = request.dbsession
    found = written_meanwhile(session, changes.touched, _seen(request))
    if not found:
        return None
    case = session.get_one(Case, changes.touched.case_id)
    shown = case_page(session, request.actor, case)
    if not isinstance(shown, CasePage):
        return None
    allowed = set(map(id, for_reader(found, shown.sight, shown.name_rights)))
    known = [one for one in found if id(one) in allowed or one.table in _TOLD_WITH]
    lines = list(_lines(request, shown, known))
    if not lines:
        return None
    page = show({})
    both = {
        "columns": COLUMNS,
        "lines": lines,
        "both_columns": BOTH_COLUMNS,
        "both": _both(page, changes, page["values"]),
    }
    return page | {"meanwhile": both, SEEN: request.last_revision, "action": changes.action}


def _lines(
    request: Request, shown: CasePage, known: Sequence[Written]
) -> Iterator[tuple[str, str, str]]:
    """Say what each revision recorded, when and by whom, as far as the reader may know."""
    grouped = by_revision(known)
    writers = read_writers(request.dbsession, list(grouped))
    for key, written in grouped.items():
        when = format_moment(writers.revisions[key].at, shown.jurisdiction.time_zone)
        what = "; ".join(describe(request.dbsession, shown, written))
        yield when, what, who(shown, writers, key, request.locale_name)


def _both(
    page: Mapping[str, Any], changes: Changes, entered: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    if changes.now is None:
        return []
    now = changes.now()
    return [
        (text(one.label), _words(page, one, now), _words(page, one, entered))
        for one in changes.compared
    ]


def _words(page: Mapping[str, Any], one: Compared, values: Mapping[str, Any]) -> str:
    """Return what a field says, as a person reads it."""
    if one.date:
        parts = (value_of(values, f"{one.name}-{part}") for part in ("day", "month", "year"))
        return " ".join(part.lstrip("0") for part in parts if part) or "–"
    if one.choices is None:
        return value_of(values, one.name) or "–"
    ticked = values_of(values, one.name)
    labels = [option.label for option in _options(page[one.choices]) if option.value in ticked]
    return ", ".join(text(label) for label in labels) or "–"


def _options(choices: Sequence[Option | OptionGroup]) -> Iterator[Option]:
    for one in choices:
        if isinstance(one, OptionGroup):
            yield from one.options
        else:
            yield one
