"""`request.session`: nothing but the one message that a page shows after a redirect.

The signed-in session lives in the database (`services.accounts`). A message lives in a signed
cookie, because the page that shows it is a GET and a GET writes nothing to the database.
"""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.session import JSONSerializer, SignedCookieSessionFactory

from courtwatch.security.keys import KEY
from courtwatch.web.i18n import translate


def factory_for(secret: bytes, secure: bool) -> Any:
    """Return a session factory whose flash messages are translated when they are made."""
    base: Any = SignedCookieSessionFactory(
        secret.decode(),
        cookie_name="message",
        max_age=None,
        timeout=3600,
        secure=secure,
        httponly=True,
        samesite="Lax",
        serializer=JSONSerializer(),
        hashalg="sha512",
        salt="courtwatch.flash",
        reissue_time=3600,
        set_on_exception=False,
    )

    class FlashSession(base):
        """The base, for texts: JSON would drop what a translation still has to fill in."""

        def flash(self, msg: Any, queue: str = "", allow_duplicate: bool = True) -> None:
            super().flash(str(translate(msg)), queue, allow_duplicate)

    return FlashSession


def includeme(config: Configurator) -> None:
    """Set the session factory."""
    settings = config.registry["courtwatch.settings"]
    factory = factory_for(config.registry[KEY], settings.secure_cookies)

    def make(request: Request) -> Any:
        return factory(request)

    config.set_session_factory(make)
