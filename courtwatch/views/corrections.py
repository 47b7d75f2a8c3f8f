"""Add what another source says, redact words, choose the share level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.view import view_config

from courtwatch import labels
from courtwatch.commands.cases import RedactWords, SetShareLevel
from courtwatch.commands.parsing import parse
from courtwatch.commands.steps import AddAccount
from courtwatch.models import Case, CourtReply, Event, ReportSnapshot
from courtwatch.services.accounts_told import add_account
from courtwatch.services.entry_rows import targets_of
from courtwatch.services.event_accounts import one_disposition
from courtwatch.services.labels import step_label
from courtwatch.services.meanwhile import Touched, holding
from courtwatch.services.messages import _
from courtwatch.services.redaction import redact
from courtwatch.services.sharing import set_share_level
from courtwatch.services.standing import procedure_of
from courtwatch.services.work import Work
from courtwatch.views import options
from courtwatch.views.forms import submit
from courtwatch.views.lookup import event_from, own_case_from, visible, words_from
from courtwatch.views.meanwhile import Changes, Compared
from courtwatch.web.page import Option


def _page(
    request: Request,
    case: Case | None,
    title: Any,
    values: Mapping[str, Any],
    errors: Mapping[str, Any],
    **more: Any,
) -> dict[str, Any]:
    return {
        "page_title": title,
        "case": case,
        "case_href": request.route_path("case", case=case.public_code)
        if case is not None
        else request.route_path("coverage"),
        "values": values,
        "errors": errors,
        "banner": request.banner_for(case.jurisdiction.invented)
        if case is not None
        else request.banner,
        **more,
    }


@view_config(
    route_name="event",
    request_method="GET",
    permission="record:case:view",
)
def lead_to_case(request: Request) -> Any:
    """An event is shown on the timeline of its case."""
    event, case = event_from(request, visible)
    anchor = f"event-{event.id}"
    return HTTPSeeOther(request.route_path("case", case=case.public_code, _anchor=anchor))


def _other_ends(request: Request, event: Event, case: Case) -> list[Option]:
    """Return how else the entry may have ended its charges, where it ended all alike."""
    procedure = procedure_of(case.procedure_version)
    step = next((one for one in procedure.steps if one.name == event.step), None)
    if step is None or one_disposition(targets_of(request.dbsession, event.id)) is None:
        return []
    return options.dispositions(procedure, step.dispositions, request.locale_name)


@view_config(
    route_name="event_account",
    renderer="record/account.jinja2",
    permission="record:step:record",
)
def another_source(request: Request) -> Any:
    """Add what one more source says about an event."""
    event, case = event_from(request)

    def page(errors: Mapping[str, Any]) -> dict[str, Any]:
        return _page(
            request,
            case,
            _("Another source for this entry"),
            request.POST,
            errors,
            what=step_label(procedure_of(case.procedure_version), event.step),
            event=event,
            sources=options.words(labels.SOURCES),
            reliabilities=options.words(labels.RELIABILITIES),
            ends=_other_ends(request, event, case),
        )

    if request.method != "POST":
        return page({})

    def act(work: Work, command: AddAccount) -> str:
        add_account(work, holding(work.session, event), command)
        return str(request.route_path("case", case=case.public_code))

    return submit(
        request,
        "event:account_added",
        lambda: parse(AddAccount, request.POST, request.today(case.jurisdiction)),
        act,
        page,
        _("The source was added."),
        changes=None,
    )


@view_config(
    route_name="case_share", renderer="record/share.jinja2", permission="record:case:share"
)
def share(request: Request) -> Any:
    """Choose how far the case is shared."""
    case = own_case_from(request)

    def page(errors: Mapping[str, Any]) -> dict[str, Any]:
        values = request.POST or {"share_level": case.share_level}
        return _page(
            request,
            case,
            _("How far is this case shared?"),
            values,
            errors,
            share_levels=options.words(labels.SHARE_LEVELS, labels.SHARE_LEVEL_HINTS),
        )

    if request.method != "POST":
        return page({})

    def act(work: Work, command: SetShareLevel) -> str:
        set_share_level(work, case, command)
        return str(request.route_path("case", case=case.public_code))

    return submit(
        request,
        "case:shared",
        lambda: parse(SetShareLevel, request.POST),
        act,
        page,
        _("The share level was saved."),
        changes=Changes(
            Touched(
                case.id, rows=frozenset({("case", case.id)}), columns=frozenset({"share_level"})
            ),
            now=lambda: {"share_level": case.share_level},
            compared=(Compared("share_level", _("Share level"), "share_levels"),),
        ),
    )


def _home_of(request: Request, row: Any) -> str:
    """Return the page of words that belong to no case."""
    if isinstance(row, ReportSnapshot):
        return str(request.route_path("snapshot", code=row.code))
    return str(request.route_path("reports" if isinstance(row, CourtReply) else "coverage"))


@view_config(route_name="redact", renderer="record/redact.jinja2", permission="record:words:redact")
def take_words_out(request: Request) -> Any:
    """Take words out of whatever holds words that somebody typed."""
    found = words_from(request)

    def page(errors: Mapping[str, Any]) -> dict[str, Any]:
        return _page(
            request,
            found.case,
            found.what.title,
            request.POST,
            errors,
            text=found.text,
            reasons=options.words(labels.REDACTION_REASONS),
            **({} if found.case is not None else {"case_href": _home_of(request, found.row)}),
        )

    if request.method != "POST":
        return page({})

    def act(work: Work, command: RedactWords) -> str:
        redact(work, found, command)
        if found.case is None:
            return _home_of(request, found.row)
        return str(request.route_path("case", case=found.case.public_code))

    return submit(
        request,
        "words:redacted",
        lambda: parse(RedactWords, request.POST),
        act,
        page,
        _("The words were taken out."),
        changes=Changes(
            Touched(found.case.id, rows=frozenset({(found.row.__tablename__, found.row.id)}))
        )
        if found.case is not None
        else None,
    )
