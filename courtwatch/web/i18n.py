"""Languages of the pages: which there are, which one a person gets, how to change it.

Negotiation: the cookie ``lang`` (set by the language switch), then the browser's
``Accept-Language``, then English. The address never carries the language, so a link sent to a
colleague opens in the colleague's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound, HTTPSeeOther
from pyramid.i18n import TranslationString, make_localizer
from pyramid.interfaces import ILocalizer, ITranslationDirectories
from pyramid.request import Request
from pyramid.response import Response
from pyramid.threadlocal import get_current_request

from courtwatch.services.messages import with_values_in

DOMAIN = "courtwatch"
COOKIE = "lang"
YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Language:
    """A language of the interface. ``reviewed``: a native speaker has read the translation."""

    code: str
    name: str
    reviewed: bool


LANGUAGES = (Language("en", "English", True), Language("km", "ខ្មែរ", False))
CODES = tuple(language.code for language in LANGUAGES)
DEFAULT = "en"


def negotiate(request: Request) -> str:
    """Code of the language of this request: cookie, then Accept-Language, then English."""
    chosen = request.cookies.get(COOKIE)
    if chosen in CODES:
        return str(chosen)
    return str(request.accept_language.lookup(list(CODES), default=DEFAULT))


def current_language() -> str:
    """Language of the request being answered; English outside a request."""
    request = get_current_request()
    return DEFAULT if request is None else str(request.locale_name)


def translate(value: Any, lang: str | None = None) -> Any:
    """A label in the reader's language.

    ``TranslationString`` goes through gettext, an object with ``get(lang)`` and ``en`` (the
    ``Text`` of a procedure or a seeded label) gives its text, anything else comes back as it is.
    """
    if isinstance(value, TranslationString):
        request = get_current_request()
        if request is None:
            return value.interpolate()
        translated = request.localizer.translate
        return translated(with_values_in(value, translated))
    if hasattr(value, "en") and callable(getattr(value, "get", None)):
        return value.get(lang or current_language())
    return value


def say_as(request: Request, language: str) -> Callable[[Any], str]:
    """What gives the words of a label in one language, whatever the reader's own."""
    registry = request.registry
    localizer = registry.queryUtility(ILocalizer, name=language)
    if localizer is None:
        directories = registry.queryUtility(ITranslationDirectories, default=[])
        localizer = make_localizer(language, directories)
        registry.registerUtility(localizer, ILocalizer, name=language)

    def say(label: Any) -> str:
        if isinstance(label, TranslationString):
            return str(localizer.translate(with_values_in(label, localizer.translate)))
        return "" if label is None else str(translate(label, language))

    return say


def local_path(address: str | None) -> str:
    """``address`` if it is a path on this server, else ``/``: never redirect to elsewhere."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return "/"
    if any(ord(character) < 33 for character in address):
        return "/"
    parts = urlsplit(address)
    return "/" if parts.scheme or parts.netloc else address


def language_href(request: Request, code: str) -> str:
    """Address that switches to language ``code`` and comes back to the page being shown.

    A page that answers a POST cannot be come back to with GET in general: it keeps its path.
    """
    here = request.path_qs if request.method in ("GET", "HEAD") else request.path
    return f"/language/{code}?{urlencode({'next': here})}"


def change_language(request: Request) -> Response:
    """Remember the language in a cookie and go back to the page the person came from."""
    code = request.matchdict["code"]
    if code not in CODES:
        raise HTTPNotFound(f"There is no language {code!r}; there are {', '.join(CODES)}.")
    response = HTTPSeeOther(location=local_path(request.GET.get("next")))
    response.set_cookie(
        COOKIE,
        code,
        max_age=YEAR,
        path="/",
        httponly=True,
        secure=request.scheme == "https",
        samesite="Lax",
    )
    return response


def includeme(config: Configurator) -> None:
    """Wire negotiation, the message catalogues and ``/language/{code}?next=/path``."""
    config.set_locale_negotiator(negotiate)
    config.add_translation_dirs("courtwatch:locale")
    config.add_route("language", "/language/{code}")
    config.add_view(change_language, route_name="language", request_method="GET")
