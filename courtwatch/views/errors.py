"""What a person reads when something is refused, missing or broken."""

from __future__ import annotations

import logging
from typing import Any

from pyramid.csrf import BadCSRFToken
from pyramid.httpexceptions import (
    HTTPBadRequest,
    HTTPClientError,
    HTTPConflict,
    HTTPException,
    HTTPForbidden,
    HTTPNotFound,
    HTTPSeeOther,
)
from pyramid.i18n import TranslationStringFactory
from pyramid.request import Request
from pyramid.view import (
    exception_view_config,
    forbidden_view_config,
    notfound_view_config,
)
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from courtwatch.services.work import SubmissionConflict
from courtwatch.web.page import Action

_ = TranslationStringFactory("courtwatch")
log = logging.getLogger(__name__)


class NotRecordedYet(HTTPNotFound):
    """What the address names is in the record, and was not at the past moment asked for."""


@exception_view_config(context=NotRecordedYet, renderer="errors/404.jinja2")
def not_recorded_yet(context: NotRecordedYet, request: Request) -> dict[str, Any]:
    """404 at a past moment, for somebody who may see the thing itself: says when it came."""
    request.response.status_int = 404
    href = request.path
    return {
        "title": _("Not in the record at that moment"),
        "next_steps": [Action(_("Show the case as it is now"), href)],
        **_detail(context),
    }


@notfound_view_config(renderer="errors/404.jinja2", append_slash=False)
def not_found(context: Exception, request: Request) -> dict[str, Any]:
    """404: nothing there, or nothing this person may see. Both read the same."""
    request.response.status_int = 404
    return {}


@forbidden_view_config(renderer="errors/403.jinja2")
def forbidden(context: Exception, request: Request) -> Any:
    """403, or the sign-in page for somebody who is not signed in."""
    if request.identity is None:
        query = {}
        if request.method in ("GET", "HEAD") and request.path != "/":
            query["next"] = request.path_qs
        return HTTPSeeOther(request.route_path("sign_in", _query=query))
    request.response.status_int = 403
    return _detail(context)


@exception_view_config(context=BadCSRFToken, renderer="errors/400.jinja2")
def bad_token(context: BadCSRFToken, request: Request) -> dict[str, Any]:
    """A form without the token of this session: expired, or sent by another site."""
    request.response.status_int = 400
    return {
        "title": _("This form has expired"),
        "explanation": _(
            "You were signed out or signed in again since the page was opened, or your browser "
            "keeps no cookies. Nothing was saved."
        ),
    }


@exception_view_config(context=HTTPBadRequest, renderer="errors/400.jinja2")
def bad_request(context: HTTPBadRequest, request: Request) -> dict[str, Any]:
    """400: something in the address or the form cannot be understood."""
    request.response.status_int = 400
    return _detail(context)


@exception_view_config(context=UnicodeDecodeError, renderer="errors/400.jinja2")
def unreadable(context: UnicodeDecodeError, request: Request) -> dict[str, Any]:
    """400: bytes in the address or the form that are no text. No browser sends them."""
    request.response.status_int = 400
    return {"explanation": _("The address or the form holds characters that are no text.")}


@exception_view_config(context=HTTPConflict, renderer="errors/409.jinja2")
@exception_view_config(context=SubmissionConflict, renderer="errors/409.jinja2")
def conflict(context: Exception, request: Request) -> dict[str, Any]:
    """409: what was sent does not fit the record as it is now."""
    request.response.status_int = 409
    return _detail(context)


@exception_view_config(context=HTTPClientError, renderer="errors/400.jinja2")
def client_error(context: HTTPClientError, request: Request) -> Any:
    """Any other refusal keeps its status (405, 413, 429)."""
    request.response.status_int = context.status_int
    return {"title": context.title, **_detail(context)}


@exception_view_config(context=Exception, renderer="errors/500.jinja2")
def broken(context: Exception, request: Request) -> Any:
    """500: our fault. The page shows an id, the log has the rest under the same id."""
    if isinstance(context, HTTPException) and context.status_int < 400:
        return context
    busy = isinstance(context, OperationalError) and "locked" in str(context.orig)
    request.response.status_int = 503 if busy else 500
    # Not the text of database errors: what a driver says may carry values, which may be names.
    if isinstance(context, SQLAlchemyError):
        kinds = type(context).__name__, type(getattr(context, "orig", None)).__name__
        log.error("%s %s %s: %s of %s", request.request_id, request.method, _route(request), *kinds)
    else:
        log.exception("%s %s %s", request.request_id, request.method, _route(request))
    found: dict[str, Any] = {
        "problems": [_("Number of this error: ${id}", mapping={"id": request.request_id})]
    }
    if busy:
        request.response.headers["Retry-After"] = "30"
        found["title"] = _("The record is busy")
        found["explanation"] = _(
            "Another program is writing to the database, an import perhaps. Nothing was saved."
        )
    return found


def _route(request: Request) -> str:
    route = getattr(request, "matched_route", None)
    return route.name if route is not None else "(no route)"


def _detail(context: Exception) -> dict[str, Any]:
    """Return the words the raiser gave, where it gave its own."""
    if isinstance(context, HTTPException):
        own = context.detail
        generic = isinstance(context, HTTPForbidden | HTTPNotFound) and not own
        return {} if generic or not own else {"explanation": own}
    return {"explanation": str(context)}
