"""Pages for two records of one case: look at both, merge them, take them apart, or say no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound, HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from courtwatch.commands.parsing import Invalid
from courtwatch.models import Case, CaseLink
from courtwatch.models.vocabulary import LinkDecision
from courtwatch.services.duplicates import Alike, find_alike
from courtwatch.services.finding import case_by_code
from courtwatch.services.meanwhile import Touched
from courtwatch.services.merging import (
    MergeCases,
    decided,
    links_of,
    may_take_apart,
    merge,
    not_the_same,
    notes_on,
    take_apart,
    take_back,
)
from courtwatch.services.messages import _
from courtwatch.services.work import Work
from courtwatch.views.case_picker import pick
from courtwatch.views.case_words import text
from courtwatch.views.forms import submit
from courtwatch.views.lookup import case_from, visible
from courtwatch.views.meanwhile import Changes
from courtwatch.views.merge_compare import MAX_WHY, Compare
from courtwatch.views.resent import answer_again
from courtwatch.web.page import Cell, Column

WHY_ALIKE = {
    "number": _("the same number"),
    "name": _("an accused of the same name"),
    "marked": _("marked as perhaps the same"),
}
COLUMNS = (Column(_("Your case")), Column(_("The other")), Column(_("What is alike")))


@view_config(
    route_name="duplicates",
    request_method="GET",
    renderer="merging/duplicates.jinja2",
    permission="record:case:merge",
)
def duplicates(request: Request) -> dict[str, Any]:
    """List cases of this organisation that look like another that its people may read."""
    found = find_alike(request.dbsession, request.actor)
    return {"columns": COLUMNS, "rows": [_alike_row(request, alike) for alike in found]}


def _alike_row(request: Request, alike: Alike) -> list[Any]:
    href = request.route_path(
        "case_merge", case=alike.own.public_code, other=alike.other.public_code
    )
    owner = alike.other.owner.name(request.locale_name)
    return [
        Cell(alike.own.public_code, href=href, hint=_("Compare the two")),
        Cell(alike.other.public_code, hint=owner),
        ", ".join(text(WHY_ALIKE[reason]) for reason in alike.why),
    ]


@view_config(
    route_name="case_alike",
    renderer="merging/alike.jinja2",
    permission="record:case:merge",
)
def alike(request: Request) -> Any:
    """Show which cases look like this one, and what was decided; lead to one that is named."""
    case = case_from(request)
    session, values = request.dbsession, request.POST
    picked = pick(request, "other", values)
    if picked.code is not None:
        codes = {"case": case.public_code, "other": picked.code}
        raise HTTPSeeOther(request.route_path("case_merge", **codes))
    if picked.error is not None:
        request.response.status_int = 400
    refused = [
        {
            "code": other.public_code,
            "why": [note.text for note in notes_on(session, link) if _may_read(request, note)],
            "back": request.route_path(
                "case_not_same_back", case=case.public_code, other=other.public_code
            )
            if request.actor.organisation_id in (case.owner_id, other.owner_id)
            else None,
        }
        for link in links_of(session, case, LinkDecision.NOT_SAME)
        if _visible(request, other := _other(request, link, case))
    ]
    found = find_alike(session, request.actor, case)
    return {
        "case": case,
        "case_href": request.route_path("case", case=case.public_code),
        "values": values,
        "errors": {"other": picked.error} if picked.error is not None else {},
        "picked": picked,
        "columns": COLUMNS,
        "rows": [_alike_row(request, one) for one in found],
        "refused": refused,
        "banner": request.banner_for(case.jurisdiction.invented),
    }


def _may_read(request: Request, note: Any) -> bool:
    return bool(note.organisation_id == request.actor.organisation_id)


def _other(request: Request, link: CaseLink, case: Case) -> Case:
    key = link.b_id if link.a_id == case.id else link.a_id
    found: Case = request.dbsession.get_one(Case, key)
    return found


def _visible(request: Request, case: Case) -> bool:
    try:
        visible(request, case)
    except HTTPNotFound:
        return False
    return True


@view_config(
    route_name="case_merge", renderer="merging/merge.jinja2", permission="record:case:merge"
)
def merge_two(request: Request) -> Any:
    """Show two records side by side with what is proposed to be one, and merge them."""
    compare = Compare(request)
    if request.method != "POST":
        return compare.page({})
    kept = compare.kept

    def act(work: Work, command: MergeCases) -> str:
        merge(work, kept, compare.merged, command)
        return str(request.route_path("case", case=kept.public_code))

    return submit(
        request,
        "case:merged",
        compare.command,
        act,
        compare.page,
        _("The two records are read as one case now."),
        changes=Changes(
            Touched(kept.id, frozenset(compare.left.charges), frozenset({("case", kept.id)}))
        ),
    )


def _two(request: Request) -> tuple[Case, Case]:
    """Return the two cases of an address; the first may be written to."""
    case = case_from(request)
    other = case_by_code(request.dbsession, request.matchdict["other"])
    return case, visible(request, other)


def _why_page(request: Request, case: Case, other: Case, title: Any, **more: Any) -> Any:
    def page(errors: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "page_title": title,
            "case": case,
            "other": other,
            "case_href": request.route_path("case", case=case.public_code),
            "values": request.POST,
            "errors": errors,
            "banner": request.banner_for(case.jurisdiction.invented),
            **more,
        }

    return page


def _why(request: Request) -> str:
    """Return why, as typed. Raises Invalid."""
    why = str(request.POST.get("why", "")).strip()
    if len(why) > MAX_WHY:
        raise Invalid({"why": _("Say it in at most 2,000 characters")})
    return why


@view_config(
    route_name="case_apart", renderer="merging/apart.jinja2", permission="record:case:merge"
)
def apart(request: Request) -> Any:
    """Take a merge apart."""
    case, other = _two(request)
    link = decided(request.dbsession, case, other)
    if link is None or link.decision is not LinkDecision.SAME:
        answer_again(request)
        raise HTTPNotFound()
    if not may_take_apart(request.actor, case, other):
        raise HTTPForbidden()
    page = _why_page(request, case, other, _("Take the merge apart"))
    if request.method != "POST":
        return page({})

    def act(work: Work, why: str) -> str:
        take_apart(work, link, why)
        return str(request.route_path("case", case=case.public_code))

    return submit(
        request,
        "case:taken-apart",
        lambda: _why(request),
        act,
        page,
        _("The two records stand by themselves again."),
        changes=Changes(Touched(case.id, rows=frozenset({("case", case.id)}))),
    )


@view_config(
    route_name="case_not_same",
    renderer="merging/not_same.jinja2",
    permission="record:case:merge",
)
def not_same(request: Request) -> Any:
    """Remember that two cases are not the same."""
    case, other = _two(request)
    page = _why_page(request, case, other, _("Not the same case"))
    if request.method != "POST":
        return page({})

    def act(work: Work, why: str) -> str:
        not_the_same(work, case, other, why)
        return str(request.route_path("case_alike", case=case.public_code))

    return submit(
        request,
        "case:not-the-same",
        lambda: _why(request),
        act,
        page,
        _("It will be remembered: the two are not proposed again."),
        changes=Changes(Touched(case.id, rows=frozenset({("case", case.id)}))),
    )


@view_config(
    route_name="case_not_same_back",
    renderer="merging/not_same_back.jinja2",
    permission="record:case:merge",
)
def not_same_back(request: Request) -> Any:
    """Take back that two cases are not the same."""
    case, other = _two(request)
    link = decided(request.dbsession, case, other)
    if link is None or link.decision is not LinkDecision.NOT_SAME:
        answer_again(request)
        raise HTTPNotFound()
    if request.actor.organisation_id not in (case.owner_id, other.owner_id):
        raise HTTPForbidden()
    page = _why_page(request, case, other, _("Take back that they are not the same"))
    if request.method != "POST":
        return page({})

    def act(work: Work, nothing: None) -> str:
        take_back(work, link)
        return str(request.route_path("case_alike", case=case.public_code))

    return submit(
        request,
        "case:not-the-same-taken-back",
        lambda: None,
        act,
        page,
        _("The two may be compared and merged again."),
        changes=Changes(Touched(case.id, rows=frozenset({("case", case.id)}))),
    )
