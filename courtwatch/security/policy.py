"""The security policy: the cookie of a signed-in browser, and what its bearer may do.

The cookie holds `token.seen.signature`. The token is random and only its hash is in the
database. `seen` is when the bearer was here last, signed, so that an idle session ends although
a GET writes nothing to the database.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from pyramid.config import Configurator
from pyramid.interfaces import ISecurityPolicy
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import Allowed, Denied
from zope.interface import implementer

from courtwatch.db import reading
from courtwatch.security import permissions
from courtwatch.security.identity import Identity
from courtwatch.security.keys import KEY, sign, signed
from courtwatch.services import accounts

COOKIE = "session"
_PURPOSE = "session"
IDLE = timedelta(hours=2)
"""After so long without a request a person has to sign in again."""
REFRESH = timedelta(seconds=60)


@implementer(ISecurityPolicy)
class Policy:
    """Sessions kept on the server, permissions in one map."""

    def __init__(self, secret: bytes, secure: bool) -> None:
        self.secret = secret
        self.secure = secure

    def identity(self, request: Request) -> Identity | None:
        """Return who is signed in; read once for each request, in a session of its own.

        Its own, because the request's session may be a writing one and must start when the view
        needs it, not when the token of the form is checked.
        """
        if "courtwatch.identity" not in request.environ:
            request.environ["courtwatch.identity"] = self._read(request)
        found: Identity | None = request.environ["courtwatch.identity"]
        return found

    def _read(self, request: Request) -> Identity | None:
        token, seen = self._cookie(request)
        now: datetime = request.now
        if token is None or seen is None or not -REFRESH <= now - seen <= IDLE:
            return None
        with reading(request.registry) as session:
            identity = accounts.identity_of(session, token, now)
        if identity is not None and now - seen > REFRESH:
            request.add_response_callback(
                lambda request, response: self.set_cookie(response, token, now)
            )
        return identity

    def _cookie(self, request: Request) -> tuple[str | None, datetime | None]:
        parts = request.cookies.get(COOKIE, "").split(".")
        if len(parts) != 3 or not parts[1].isascii() or not parts[1].isdigit():
            return None, None
        token, seen, signature = parts
        if len(seen) > 12 or not signed(self.secret, _PURPOSE, f"{token}.{seen}", signature):
            return None, None
        return token, datetime.fromtimestamp(int(seen), UTC)

    def token(self, request: Request) -> str | None:
        """Return the token that the browser sent, if it is one we signed."""
        return self._cookie(request)[0]

    def set_cookie(self, response: Response, token: str, now: datetime) -> None:
        """Hand the browser its token. Ends with the browser; the server ends it earlier."""
        seen = str(int(now.timestamp()))
        signature = sign(self.secret, _PURPOSE, f"{token}.{seen}")
        response.set_cookie(
            COOKIE,
            f"{token}.{seen}.{signature}",
            httponly=True,
            samesite="Lax",
            secure=self.secure,
            path="/",
        )

    def authenticated_userid(self, request: Request) -> int | None:
        """Return the key of the signed-in user; names never reach a log this way."""
        identity = self.identity(request)
        return None if identity is None else identity.user_id

    def permits(self, request: Request, context: Any, permission: str) -> Allowed | Denied:
        """Ask the map of permissions."""
        if permissions.allows(self.identity(request), permission):
            return Allowed("%s", permission)
        return Denied("%s", permission)

    def remember(self, request: Request, userid: Any, **kw: Any) -> list[tuple[str, str]]:
        """Return the headers that hand out a token (`userid` is the token)."""
        response = Response()
        self.set_cookie(response, str(userid), request.now)
        return [(k, v) for k, v in response.headerlist if k.lower() == "set-cookie"]

    def forget(self, request: Request, **kw: Any) -> list[tuple[str, str]]:
        """Return the headers that take the cookie away."""
        response = Response()
        response.delete_cookie(COOKIE, path="/")
        return [(k, v) for k, v in response.headerlist if k.lower() == "set-cookie"]


def includeme(config: Configurator) -> None:
    """Set the policy."""
    settings = config.registry["courtwatch.settings"]
    policy = Policy(config.registry[KEY], settings.secure_cookies)
    config.registry["courtwatch.policy"] = policy
    config.set_security_policy(policy)
