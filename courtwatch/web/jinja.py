"""The template environment: search path, filters, globals, what every page is given.

Undefined names raise: a template that misspells a variable fails in its test, not in a court.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import partial
from types import CodeType
from typing import Any
from urllib.parse import quote

from jinja2 import BytecodeCache, pass_context
from jinja2.bccache import Bucket
from jinja2.runtime import Context
from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.events import BeforeRender
from pyramid.i18n import TranslationString
from pyramid.interfaces import ISessionFactory
from pyramid.request import Request
from pyramid_jinja2.i18n import GetTextWrapper

from courtwatch.web import dates
from courtwatch.web.i18n import DOMAIN, LANGUAGES, current_language, language_href, translate
from courtwatch.web.page import Banner

DASH = "–"
FLASH_KINDS = ("success", "information", "warning")
"""Queues of ``request.session.flash(message, kind)`` that the layout prints."""


def tr(value: Any, lang: str | None = None) -> Any:
    """Filter: a label in the reader's language (see courtwatch.web.i18n.translate)."""
    return "" if value is None else translate(value, lang)


def whole_number(value: Any) -> str:
    """Filter: 36190 -> '36,190' in every language; None or NaN -> a dash.

    Khmer digits and Khmer separators are not used on purpose: '1.234' beside '1,234' in two
    languages of one report is a factor of a thousand.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return DASH
    return f"{round(value):,}"


def decimal(value: Any, places: int = 1) -> str:
    """Filter: a number with fixed places, point as decimal mark; None or NaN -> a dash."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return DASH
    return f"{value:,.{places}f}"


def percent(value: Any, places: int = 1) -> str:
    """Filter: a share 0..1 -> '12.3 %'; None or NaN -> a dash."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return DASH
    return f"{100 * value:.{places}f} %"


def value_of(values: Mapping[str, Any] | None, name: str) -> str:
    """What a text field shows: the value entered last, as text; '' when there is none."""
    value = None if values is None else values.get(name)
    if value is None:
        return ""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value)


def values_of(values: Mapping[str, Any] | None, name: str) -> frozenset[str]:
    """What is ticked in a checkboxes field; reads a MultiDict, a list, or one value."""
    if values is None:
        return frozenset()
    getall = getattr(values, "getall", None)
    found = getall(name) if getall is not None else values.get(name)
    if found is None:
        return frozenset()
    if isinstance(found, str) or not isinstance(found, Iterable):
        return frozenset({str(found)})
    return frozenset(str(value) for value in found)


def errors_of(errors: Mapping[str, Any] | None, name: str) -> tuple[Any, ...]:
    """Messages at one field, in order; a mapping may give one message or several."""
    found = None if errors is None else errors.get(name)
    if not found:
        return ()
    if isinstance(found, (list, tuple)):
        return tuple(found)
    return (found,)


def anchor_of(field: str) -> str:
    """Id of the input an error is about: the day of a date carries the id of the date."""
    return field.removesuffix("-day")


def errors_under(errors: Mapping[str, Any] | None, name: str) -> tuple[Any, ...]:
    """Messages at a field and at its parts (``charged_on``, ``charged_on-year``)."""
    keys = (name, *(f"{name}-{part}" for part in ("day", "month", "year", "about", "hour")))
    return tuple(message for key in keys for message in errors_of(errors, key))


def new_submission() -> str:
    """A fresh UUID for a form that may be sent twice; the server refuses the second."""
    return str(uuid.uuid4())


def fragments(pairs: Iterable[tuple[str, bool]]) -> Markup:
    """Filter: (text, hit) pairs -> escaped text with the hits in ``<mark>``."""
    return Markup("").join(
        Markup("<mark>{}</mark>").format(text) if hit else text for text, hit in pairs
    )


FILTERS = {
    "tr": tr,
    "whole_number": whole_number,
    "decimal": decimal,
    "percent": percent,
    "fragments": fragments,
    "day": dates.format_day,
    "partial_date": dates.format_partial,
    "moment": dates.format_moment,
    "quote_path": lambda text: quote(str(text), safe="/"),
}
GLOBALS = {
    "value_of": value_of,
    "values_of": values_of,
    "anchor_of": anchor_of,
    "errors_of": errors_of,
    "errors_under": errors_under,
    "new_submission": new_submission,
    "current_language": current_language,
    "languages": LANGUAGES,
    "date_range": dates.format_range,
}


def pop_flash(request: Request) -> list[tuple[str, Any]]:
    """Messages kept for this page as (kind, message), oldest first within a kind.

    Called by the layout only when it prints them, so that a JSON answer loses none and a page
    without a session opens none.
    """
    if request.registry.queryUtility(ISessionFactory) is None:
        return []
    return [(kind, message) for kind in FLASH_KINDS for message in request.session.pop_flash(kind)]


def add_page_values(event: BeforeRender) -> None:
    """Give every template what the layout needs, unless the view gave its own.

    The application may define the request attributes ``nav`` (sequence of NavItem), ``banner``
    (Banner), ``header_user`` (User or None) and ``as_of`` (text, printed in the print header).
    """
    request = event.get("request")
    if request is None or not str(event.get("renderer_name")).endswith(".jinja2"):
        return
    event.setdefault("lang", request.locale_name)
    event.setdefault("nav", getattr(request, "nav", ()))
    event.setdefault("banner", getattr(request, "banner", Banner()))
    event.setdefault("header_user", getattr(request, "header_user", None))
    event.setdefault("as_of", getattr(request, "as_of", ""))
    event.setdefault("asset", getattr(request, "asset", None))
    event.setdefault("errors", {})
    event.setdefault("page_title", "")
    event.setdefault("language_href", partial(language_href, request))
    event.setdefault("pop_flash", partial(pop_flash, request))


@pass_context
def gettext(context: Context, message: Any, /, **variables: Any) -> Any:
    """``_('Case %(code)s', code=code)`` in a template; without variables '95 %' is just text.

    Jinja's own puts the variables in also where there are none, and a lone per cent sign then
    fails the page. ``{% trans %}`` writes '%%' for a per cent sign: it becomes one either way.
    """
    text = _messages().gettext(message)
    if isinstance(message, TranslationString):
        return text  # its mapping may hold what a person typed: escaped like any other text
    shown = Markup(text) if context.eval_ctx.autoescape else text  # noqa: S704 - see below
    # Message texts are ours and come from the catalogue, as in Jinja; variables are escaped by
    # Markup's own formatting.
    return shown % variables if variables else shown.replace("%%", "%")


class ProcessCache(BytecodeCache):
    """Compiled templates of this process, for every application that it makes.

    Compiling the templates is most of what the first request of an application costs. Nothing is
    written to disk: a file of compiled code that another user can write to is a way in.
    """

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket if its template was compiled from this source."""
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        if bucket.code is not None:
            self._compiled[bucket.key, bucket.checksum] = bucket.code


COMPILED = ProcessCache()


def _messages() -> GetTextWrapper:
    return GetTextWrapper(domain=DOMAIN)


def _from_the_root(name: str, _parent: str) -> str:
    """Name a template by its place below `templates`, whoever imports it.

    pyramid_jinja2 also looks beside the parent, and so compiles the macros that every page
    imports again for every page.
    """
    return name


def includeme(config: Configurator) -> None:
    """Set up pyramid_jinja2 for ``*.jinja2`` below ``courtwatch:templates``."""
    config.add_settings(
        {
            "jinja2.directories": "courtwatch:templates",
            "jinja2.undefined": "strict",
            "jinja2.i18n.domain": DOMAIN,
            "jinja2.newstyle": "true",
            "jinja2.trim_blocks": "true",
            "jinja2.lstrip_blocks": "true",
            "jinja2.bytecode_caching": COMPILED,
        }
    )
    config.include("pyramid_jinja2")
    config.commit()
    environment = config.get_jinja2_environment()
    environment.join_path = _from_the_root
    environment.filters.update(FILTERS)
    environment.globals.update(GLOBALS, gettext=gettext)
    config.add_subscriber(add_page_values, BeforeRender)
