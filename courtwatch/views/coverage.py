"""Which organisation watches which court, for which offence, when; and which nobody watches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from courtwatch.commands.coverage import AddCoverage, EndCoverage
from courtwatch.commands.parsing import parse
from courtwatch.models import Jurisdiction
from courtwatch.security.permissions import allows
from courtwatch.services import coverage as services
from courtwatch.services.coverage import Watched
from courtwatch.services.labels import named
from courtwatch.services.messages import _
from courtwatch.services.work import Work
from courtwatch.views import options
from courtwatch.views.forms import submit
from courtwatch.web.dates import format_day
from courtwatch.web.i18n import translate
from courtwatch.web.page import Action, Cell, Column, Option


@view_config(
    route_name="coverage",
    request_method="GET",
    renderer="coverage.jinja2",
    permission="coverage:entry:view",
)
def coverage(request: Request) -> dict[str, Any]:
    """Show who watches which court."""
    return _page(request, {}, {})


@view_config(
    route_name="coverage",
    request_method="POST",
    renderer="coverage.jinja2",
    permission="coverage:entry:add",
)
def change(request: Request) -> Any:
    """Add an entry of one's own organisation, or let one end."""
    jurisdiction = _jurisdiction(request, services.jurisdictions(request.dbsession, request.actor))
    today = request.today(jurisdiction)
    address = request.route_path("coverage", _query={"jurisdiction": jurisdiction.code})

    def add(work: Work, command: AddCoverage) -> str:
        services.add_coverage(work, jurisdiction, command)
        return str(address)

    def end(work: Work, command: EndCoverage) -> str:
        services.end_coverage(work, command, today)
        return str(address)

    def show(errors: Mapping[str, Any]) -> dict[str, Any]:
        return _page(request, request.POST, errors)

    if "end" in request.POST:
        return submit(
            request,
            "coverage:ended",
            lambda: parse(EndCoverage, request.POST),
            end,
            show,
            _("The entry has ended."),
            changes=None,  # ending it again changes nothing
        )
    return submit(
        request,
        "coverage:added",
        lambda: parse(AddCoverage, request.POST),
        add,
        show,
        _("The entry was added."),
        changes=None,
    )


def _jurisdiction(request: Request, found: list[Jurisdiction]) -> Jurisdiction:
    """Return the jurisdiction that the address or form names, else the first with anything."""
    wanted = request.params.get("jurisdiction", "")
    named_ = [one for one in found if one.code == wanted]
    own = [one for one in found if one.invented == request.identity.invented]
    return (named_ or own or found)[0]


def _page(request: Request, values: Mapping[str, Any], errors: Mapping[str, Any]) -> dict[str, Any]:
    session, lang = request.dbsession, request.locale_name
    found = services.jurisdictions(session, request.actor)
    jurisdiction = _jurisdiction(request, found)
    court = request.GET.get("court", "")
    shown = services.coverage_of(
        session, request.actor, jurisdiction, request.today(jurisdiction), court
    )
    may_add = allows(request.identity, "coverage:entry:add")
    return {
        "wide": True,
        "values": values,
        "errors": errors,
        "shown": shown,
        "jurisdiction": jurisdiction,
        "jurisdictions": [Option(one.code, named(one)) for one in found],
        "filter_values": {"jurisdiction": jurisdiction.code, "court": court},
        "columns": _columns(),
        "rows": [_row(request, entry) for entry in shown.entries],
        "own": [entry for entry in shown.entries if entry.own and entry.current] if may_add else [],
        "may_add": may_add,
        "redactions": _redactions(request, shown.entries),
        "courts": options.institutions(session, jurisdiction.id, lang),
        "offences": options.offences(session, jurisdiction.id, lang) if may_add else [],
        "period": _period,
        "banner": request.banner_for(jurisdiction.invented),
    }


def _redactions(request: Request, entries: Iterable[Watched]) -> list[Action]:
    """Return the links to take words out of the organisation's own entries, ended ones too."""
    if not allows(request.identity, "record:words:redact"):
        return []
    path, lang = request.route_path, request.locale_name
    found = []
    for entry in entries:
        about = f"{entry.court.name(lang)}, {_period(entry)}"
        if entry.own and entry.own_contact:
            href = path("redact", kind="contact", row=entry.id)
            found.append(Action(_("Redact contact"), href, about))
        if entry.own and entry.remark:
            href = path("redact", kind="remark", row=entry.id)
            found.append(Action(_("Redact remark"), href, about))
    return found


def _columns() -> list[Column]:
    return [
        Column(_("Court")),
        Column(_("Watched by")),
        Column(_("Offence")),
        Column(_("Period")),
        Column(_("Contact")),
    ]


def _row(request: Request, entry: Watched) -> list[Any]:
    lang = request.locale_name
    return [
        entry.court.name(lang),
        Cell(
            entry.organisation or _("A monitoring organisation"),
            hint="" if entry.current else _("not now"),
        ),
        entry.offence or _("All"),
        Cell(_period(entry), hint=entry.remark or ""),
        entry.contact or "–",
    ]


def _period(entry: Watched) -> str:
    if entry.first is None and entry.last is None:
        return str(translate(_("Always")))
    if entry.first is not None and entry.last is not None:
        return f"{format_day(entry.first)} – {format_day(entry.last)}"
    if entry.first is not None:
        return str(translate(_("since ${day}", mapping={"day": format_day(entry.first)})))
    return str(translate(_("until ${day}", mapping={"day": format_day(entry.last)})))
