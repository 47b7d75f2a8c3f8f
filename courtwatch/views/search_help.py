"""The page that explains how to search."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from courtwatch.services.messages import _


@view_config(
    route_name="search_help",
    request_method="GET",
    renderer="search/help.jinja2",
    permission="search:record:use",
)
def explain(request: Request) -> dict[str, Any]:
    """Explain the operators, with examples that are tested."""
    return {"page_title": _("How to search"), "examples": EXAMPLES}


EXAMPLES = (
    ("adjourned witness", _("Cases with both words, in any order")),
    ("adjourned OR postponed", _("Cases with at least one of the words")),
    ("witness NOT victim", _("The first word without the second")),
    ('"closed hearing"', _("Exactly these words, one after the other")),
    ('"judge absent"~3', _("These words near each other, at most three words between")),
    ("traffick*", _("Words that begin so")),
    ("Vuthy~", _("Words written almost so")),
    ("name:Sok", _("Names, also in other spellings: Sok, Sokh")),
    ("court:Battambang AND reason:EV1", _("In one field")),
    ("registered:[2025-01 TO 2025-06]", _("Days, months or years from … to")),
    ("តុលាការ", _("A Khmer word, also inside running text")),
)
