"""Name a case by a few letters: suggestions while typing, a list to choose from without a script.

What is typed is a name: it is posted, with the token of the form, and stands in no address.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from courtwatch import labels
from courtwatch.services.case_picker import (
    CODE,
    SHOWN,
    CaseOffered,
    CasePicker,
    Offer,
    PersonOffered,
    enough,
)
from courtwatch.services.finding import case_by_code
from courtwatch.services.messages import _
from courtwatch.views.case_words import text
from courtwatch.views.lookup import visible
from courtwatch.views.search import forget_index, index_of
from courtwatch.views.search_words import OUT_OF_ORDER
from courtwatch.web.page import Option
from search_index.errors import SearchIndexError

ASKED = "courtwatch.case_suggestions"
NONE_SUCH = _("There is no such case that you may read")
NOTHING_FITS = _("No case that you may read fits. Type another name, a number or a code.")
MORE_LETTERS = _("Type at least two letters of a name, a number or a code")
CHOOSE = _("Choose the case that you mean")
TOO_FAST = _("You asked too often. Wait some seconds, then try again.")


class Allowance:
    """How often each person may ask: `burst` at once, then `per_second`. In this process only.

    Faster than anybody types, slower than a program that tries every name.
    """

    def __init__(
        self, burst: float, per_second: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.burst = burst
        self.per_second = per_second
        self.clock = clock
        self._left: dict[int, tuple[float, float]] = {}
        self._lock = Lock()

    def take(self, user_id: int) -> bool:
        """Take one question from what a person has left; False if nothing is."""
        with self._lock:
            now = self.clock()
            left, since = self._left.get(user_id, (self.burst, now))
            left = min(self.burst, left + (now - since) * self.per_second)
            allowed = left >= 1
            self._left[user_id] = (left - 1 if allowed else left, now)
            return allowed


def _allowed(request: Request) -> bool:
    registry = request.registry
    allowance: Allowance = registry.setdefault(ASKED, Allowance(burst=60, per_second=5))
    return allowance.take(request.actor.user_id)


def _offer(request: Request, typed: str) -> Offer:
    return CasePicker(request.dbsession, index_of(request), request.actor).offer(typed)


def title_of(one: CaseOffered) -> str:
    """Return what a case is called in a list: its code and the numbers that may be read."""
    return " · ".join((one.code, *one.numbers[:2]))


def detail_of(request: Request, one: CaseOffered) -> str:
    """Return what tells a case from others: who is in it and what they are called, where, when."""
    people = "; ".join(_person(person) for person in one.people)
    if one.more_people:
        more = _("${count} more", mapping={"count": one.more_people})
        people += f"; {text(more)}"
    lang = request.locale_name
    place = one.court.name(lang) if one.court is not None else text(_("court not known"))
    parts = [people, place, str(one.year) if one.year else text(_("year not known"))]
    if one.organisation is not None:
        parts.append(one.organisation.name(lang))
    return " · ".join(parts)


def _person(one: PersonOffered) -> str:
    return f"{one.called} ({text(one.end or labels.PHASES[one.phase])})"


def options_of(request: Request, cases: tuple[CaseOffered, ...]) -> list[Option]:
    """Return cases as choices of a form."""
    return [Option(one.code, title_of(one), detail_of(request, one)) for one in cases]


@view_config(
    route_name="case_suggestions",
    request_method="POST",
    renderer="json",
    permission="search:record:use",
)
def suggestions(request: Request) -> dict[str, Any]:
    """Answer what was typed so far with the likeliest cases; kept by no cache, noted in no log."""
    if not _allowed(request):
        request.response.status_int = 429
        request.response.headers["Retry-After"] = "5"
        return {"cases": [], "more": False}
    try:
        offer = _offer(request, request.POST.get("typed", ""))
    except SearchIndexError as error:
        forget_index(request, error)
        request.response.status_int = 503
        return {"cases": [], "more": False}
    return {
        "cases": [
            {"code": one.code, "title": title_of(one), "detail": detail_of(request, one)}
            for one in offer.cases
        ],
        "more": offer.more,
    }


@dataclass(frozen=True)
class Picked:
    """What a form's field for a case came to: a case (`code`), or what to choose from, or why not.

    `asked`: what was typed when `choices` were found; typed anew, the choice counts no longer.
    """

    code: str | None = None
    asked: str = ""
    choices: tuple[Option, ...] = ()
    error: str | None = None
    more: bool = False


NOTHING_PICKED = Picked()


def pick(request: Request, name: str, values: Mapping[str, Any]) -> Picked:
    """Return which case the field `name` means: by its code, by what was chosen, or by words."""
    typed = str(values.get(name, "")).strip()
    chosen = str(values.get(f"{name}-choice", "")).strip()
    if chosen and values.get(f"{name}-asked") == typed:
        typed = chosen
    if not typed:
        return NOTHING_PICKED
    code = typed.upper()
    if readable(request, code):
        return Picked(code)
    if not enough(typed):
        return Picked(asked=typed, error=MORE_LETTERS)
    if not _allowed(request):
        return Picked(asked=typed, error=TOO_FAST)
    try:
        offer = _offer(request, typed)
    except SearchIndexError as error:
        forget_index(request, error)
        return Picked(asked=typed, error=OUT_OF_ORDER)
    if not offer.cases:
        return Picked(asked=typed, error=NONE_SUCH if CODE.match(code) else NOTHING_FITS)
    choices = tuple(options_of(request, offer.cases))
    return Picked(asked=typed, choices=choices, error=CHOOSE, more=offer.more)


def readable(request: Request, code: str) -> bool:
    """Say whether there is a case of this code that the person may see."""
    try:
        visible(request, case_by_code(request.dbsession, code))
    except HTTPNotFound:
        return False
    return True


@view_config(
    route_name="case_go",
    renderer="case/go.jinja2",
    permission="search:record:use",
)
def go(request: Request) -> Any:
    """Lead to the case that is meant, or show which may be."""
    found = NOTHING_PICKED
    if request.method == "POST":
        found = pick(request, "case", request.POST)
        code = found.code
        if code is None and len(found.choices) == 1 and not found.more:
            code = str(found.choices[0].value)
        if code is not None:
            return HTTPSeeOther(request.route_path("case", case=code))
        if not found.asked:
            found = Picked(error=MORE_LETTERS)
        if not found.choices:
            request.response.status_int = 400
    errors = {"case": found.error} if found.error and not found.choices else {}
    return {
        "page_title": _("Go to a case"),
        "values": request.POST,
        "errors": errors,
        "found": found,
        "shown": SHOWN,
    }
