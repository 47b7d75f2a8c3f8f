"""Signing in and out."""

from __future__ import annotations

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.i18n import TranslationStringFactory
from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED, forget, remember
from pyramid.view import view_config

from courtwatch.db import SESSIONS
from courtwatch.services import accounts
from courtwatch.web.i18n import COOKIE as LANGUAGE_COOKIE
from courtwatch.web.i18n import DEFAULT, YEAR, local_path

_ = TranslationStringFactory("courtwatch")


@view_config(
    route_name="sign_in",
    request_method="GET",
    renderer="sign_in.jinja2",
    permission=NO_PERMISSION_REQUIRED,
)
def show(request: Request) -> Any:
    """Show the form; somebody who is signed in goes on to where they wanted."""
    if request.identity is not None:
        return HTTPSeeOther(local_path(request.GET.get("next")))
    return {"values": {}, "next": local_path(request.GET.get("next"))}


@view_config(
    route_name="sign_in",
    request_method="POST",
    renderer="sign_in.jinja2",
    permission=NO_PERMISSION_REQUIRED,
)
def sign_in(request: Request) -> Any:
    """Open a session, or show the form again: which of the two was wrong is not said."""
    name = request.POST.get("name", "").strip()
    password = request.POST.get("password", "")
    after = local_path(request.POST.get("next"))
    errors = _missing(name, password)
    if not errors:
        result = accounts.sign_in(
            request.registry[SESSIONS],
            request.settings_,
            name,
            password,
            request.now,
            request.registry["courtwatch.policy"].token(request),
        )
        if result.token is not None:
            return _signed_in(request, result, after)
        errors = _refused(result.throttled)
        request.response.status_int = 429 if result.throttled else 400
    else:
        request.response.status_int = 400
    return {"values": {"name": name}, "next": after, "errors": errors}


def _signed_in(request: Request, result: accounts.SignInResult, after: str) -> HTTPSeeOther:
    response = HTTPSeeOther(after, headers=remember(request, result.token))
    response.delete_cookie("csrf", path="/")
    if result.language != DEFAULT and LANGUAGE_COOKIE not in request.cookies:
        # The account's language, until this browser chooses one.
        response.set_cookie(
            LANGUAGE_COOKIE,
            result.language,
            max_age=YEAR,
            path="/",
            httponly=True,
            secure=request.settings_.secure_cookies,
            samesite="Lax",
        )
    return response


def _missing(name: str, password: str) -> dict[str, Any]:
    errors: dict[str, Any] = {}
    if not name:
        errors["name"] = _("Enter your sign-in name")
    if not password:
        errors["password"] = _("Enter your password")
    return errors


def _refused(throttled: bool) -> dict[str, Any]:
    if throttled:
        return {
            "name": _(
                "Too many wrong passwords for this name. Wait 15 minutes, or ask the "
                "administrator for a new password"
            )
        }
    return {"name": _("The sign-in name or the password is wrong")}


@view_config(route_name="sign_out", request_method="POST", permission=NO_PERMISSION_REQUIRED)
def sign_out(request: Request) -> HTTPSeeOther:
    """End the session on the server, and take the cookie away."""
    token = request.registry["courtwatch.policy"].token(request)
    if token is not None:
        accounts.sign_out(request.dbsession, token, request.now)
    return HTTPSeeOther(request.route_path("sign_in"), headers=forget(request))
