"""A form that was sent before is known again, whatever became of what it was about.

A phone with a poor line sends twice. Its second sending leads to the result of the first, even
where the first took away what the form stood on: a merge that was taken apart, a record that rests.
"""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPConflict, HTTPSeeOther
from pyramid.request import Request
from sqlalchemy.orm import Session

from courtwatch.services.work import SubmissionConflict, Work

SEEN = "seen_revision"
"""The hidden field of a form: the last revision of the record that its page was made from."""
_NOT_CONTENT = frozenset({"csrf_token", "submission", SEEN})


def sent_as(request: Request) -> tuple[str | None, dict[str, Any]]:
    """Return the id of what a form sent, and its content: without token, id and revision seen."""
    content = {name: request.POST.getall(name) for name in request.POST if name not in _NOT_CONTENT}
    return request.POST.get("submission"), content | {"address": [request.path]}


def sent_before(request: Request, session: Session) -> bool:
    """Say whether `answer_again` will answer this form, for what should be done before writing."""
    work = Work(session, request.actor, "form:sent_again", request.now)
    try:
        return work.seen_before(*sent_as(request)) is not None
    except SubmissionConflict:
        return True


def answer_again(request: Request) -> None:
    """Lead to the first result if this form was carried out before. Call it before refusing.

    Raises HTTPSeeOther then, and HTTPConflict where the same id came with other content or from
    another user. Nothing is written.
    """
    if request.method != "POST":
        return
    work: Work = request.work("form:sent_again")
    try:
        earlier = work.seen_before(*sent_as(request))
    except SubmissionConflict as conflict:
        request.tm.doom()
        raise HTTPConflict(str(conflict)) from conflict
    if earlier is not None:
        raise HTTPSeeOther(earlier)
