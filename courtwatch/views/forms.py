"""What every form does: carry out once, or show again with what was entered and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request

from courtwatch.commands.parsing import Invalid
from courtwatch.services.work import Work
from courtwatch.views.meanwhile import Changes, page_of_both
from courtwatch.views.resent import answer_again, sent_as

_C = TypeVar("_C")


def submit(
    request: Request,
    kind: str,
    parse: Callable[[], _C],
    act: Callable[[Work, _C], str],
    show: Callable[[Mapping[str, Any]], dict[str, Any]],
    flash: Any = None,
    changes: Changes | None = None,
) -> Any:
    """Carry out what a form asks, once.

    `kind` names the act ('case:opened'). `parse` makes the command and `act` carries it out and
    returns the address to go to; both may raise Invalid, after which nothing is written and
    `show` gives the page again, with the messages by field. A form that is sent twice leads to
    the address of the first time; with other content it is refused (409). `changes` says what of
    the record the form rests on: where somebody wrote to that after the page was made, nothing is
    written and the page shows what they recorded beside what was entered (409). None is for what
    only adds and can contradict nothing.
    """
    work: Work = request.work(kind)
    uuid, sent = sent_as(request)
    answer_again(request)
    try:
        both = page_of_both(request, changes, show) if changes is not None else None
        if both is not None:
            request.tm.doom()
            request.response.status_int = 409
            return both
        address = act(work, parse())
    except Invalid as problem:
        request.tm.doom()
        request.response.status_int = 400
        return show(problem.errors)
    work.remember(uuid, sent, address)
    if flash is not None:
        request.session.flash(flash, "success")
    return HTTPSeeOther(address)
