"""What a page of results carries so that its search can be kept, and no word of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pyramid.httpexceptions import HTTPBadRequest
from pyramid.request import Request

from courtwatch.services.saved_searches import LONGEST_NAME, Look, look_at


def look_field(look: Look) -> str:
    """Return a look as a form carries it: the number of a change and a moment."""
    return f"{look.change}@{look.at.isoformat()}"


def look_in(request: Request) -> Look:
    """Return up to where the page that was sent had shown. 400 for what no page of ours sends."""
    change, _at, moment = request.POST.get("look", "").partition("@")
    try:
        at = datetime.fromisoformat(moment)
        number = int(change)
    except ValueError:
        raise HTTPBadRequest() from None
    if at.tzinfo is None or not -1 <= number < 2**53:
        raise HTTPBadRequest()
    return Look(number, at)


def look_of(request: Request) -> str:
    """Return what a page that is made now shows, as its form carries it."""
    return look_field(look_at(request.dbsession, request.now))


def saving(code: str, filters: Mapping[str, Sequence[str]], sort: str, look: str) -> dict[str, Any]:
    """Return what the form needs that keeps a search."""
    return {
        "code": code,
        "filters": [(name, value) for name, values in filters.items() for value in values],
        "sort": sort,
        "look": look,
        "longest": LONGEST_NAME,
    }
