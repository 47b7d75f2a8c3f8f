"""A token on every POST: the session's own, and before signing in that of a cookie.

The referrer policy `no-referrer` makes browsers send `Origin: null`, so that Pyramid's check of
the origin cannot be used; the browser's own word `Sec-Fetch-Site` is checked instead.
"""

from __future__ import annotations

import hmac
import secrets

from pyramid.config import Configurator
from pyramid.csrf import BadCSRFToken
from pyramid.interfaces import ICSRFStoragePolicy
from pyramid.request import Request
from zope.interface import implementer

COOKIE = "csrf"
_LENGTH = 64


@implementer(ICSRFStoragePolicy)
class Tokens:
    """Where the token of a request is kept."""

    def __init__(self, secure: bool) -> None:
        self.secure = secure

    def new_csrf_token(self, request: Request) -> str:
        """Make a new token for somebody who is not signed in. A session's token never changes."""
        token = secrets.token_hex(_LENGTH // 2)
        request.cookies[COOKIE] = token

        def set_cookie(request: Request, response: object) -> None:
            response.set_cookie(  # type: ignore[attr-defined]
                COOKIE, token, httponly=True, samesite="Lax", secure=self.secure, path="/"
            )

        request.add_response_callback(set_cookie)
        return token

    def get_csrf_token(self, request: Request) -> str:
        """Return the token that this request's forms carry."""
        if request.identity is not None:
            return str(request.identity.csrf_token)
        token = request.cookies.get(COOKIE, "")
        return token if len(token) == _LENGTH else self.new_csrf_token(request)

    def check_csrf_token(self, request: Request, supplied_token: str) -> bool:
        """Say whether the token sent is the one expected, and the browser saw no other site."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return False
        if request.identity is None and len(request.cookies.get(COOKIE, "")) != _LENGTH:
            return False
        expected = self.get_csrf_token(request)
        return hmac.compare_digest(expected.encode(), str(supplied_token).encode())


def includeme(config: Configurator) -> None:
    """Require a token on every request that may change something."""
    config.set_csrf_storage_policy(Tokens(config.registry["courtwatch.settings"].secure_cookies))
    config.set_default_csrf_options(require_csrf=True, check_origin=False)


__all__ = ["BadCSRFToken", "Tokens", "includeme"]
