"""What a case page says of records that were merged into the case."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request

from courtwatch.security.permissions import allows
from courtwatch.services.case_page import CasePage, MergedShown
from courtwatch.services.messages import _
from courtwatch.views.case_parts import Parts
from courtwatch.web.page import Action


def merged_records(request: Request, page: CasePage, parts: Parts) -> list[dict[str, Any]]:
    """Return the merged records: which, whose, who merged them, when and why."""
    return [
        {
            "code": one.code,
            "owner": one.owner,
            "merged": parts.writer(one.merged),
            "why": [parts.note(note) for note in one.why],
            "actions": list(_actions(request, page, one)),
        }
        for one in page.merged
    ]


def _actions(request: Request, page: CasePage, one: MergedShown) -> list[Action]:
    path, found = request.route_path, []
    if page.revision is not None:
        return []
    if one.may_take_apart and allows(request.identity, "record:case:merge"):
        href = path("case_apart", case=page.code, other=one.code)
        found.append(Action(_("Take apart"), href))
    if one.own and allows(request.identity, "record:case:share"):
        # Who keeps the merged record can narrow it at any time; the merge ends then.
        found.append(Action(_("Change how far it is shared"), path("case_share", case=one.code)))
    return found
