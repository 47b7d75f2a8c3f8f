"""Say by hand which source of an entry holds, or let the rule say again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyramid.request import Request
from pyramid.view import view_config

from courtwatch import labels
from courtwatch.commands.corrections import BY_RULE, ChooseAccount
from courtwatch.commands.parsing import parse
from courtwatch.models import Event, EventAccount, Organisation
from courtwatch.services.accounts_told import choose_account
from courtwatch.services.entry_rows import accounts_of
from courtwatch.services.labels import disposition_label, step_label
from courtwatch.services.meanwhile import holding, same_account, touched_by_event
from courtwatch.services.messages import _
from courtwatch.services.standing import procedure_of
from courtwatch.services.work import Work
from courtwatch.views.case_words import text, when
from courtwatch.views.forms import submit
from courtwatch.views.lookup import event_from, own_entry
from courtwatch.views.meanwhile import Changes, Compared, key_in
from courtwatch.web.page import Option
from workflows.procedure import Procedure


def _option(request: Request, procedure: Procedure, account: EventAccount) -> Option:
    """Return what one source says, in a line, with who it is."""
    organisation = request.dbsession.get_one(Organisation, account.organisation_id)
    says = [when(account.occurred_from, account.occurred_to, account.precision)]
    end = disposition_label(procedure, account.disposition)
    if end is not None:
        says.append(text(end))
    about = [
        text(labels.label(labels.SOURCES, account.source)),
        organisation.name(request.locale_name),
    ]
    return Option(str(account.id), " · ".join(says), hint=" · ".join(about))


def _chosen(event: Event) -> dict[str, Any]:
    """Return which source was chosen, as the form shows it."""
    return {"account": str(event.chosen_account_id or BY_RULE)}


def _entered(request: Request, event: Event, now: Event) -> dict[str, Any]:
    """Return what was sent; the source named of an earlier entry is the one carried over."""
    sent = dict(request.POST)
    named = key_in(sent.get("account", ""))
    if named:
        sent["account"] = str(same_account(request.dbsession, event, now, named))
    return sent


@view_config(
    route_name="event_choose",
    renderer="record/choose_account.jinja2",
    permission="record:account:choose",
)
def choose_which_holds(request: Request) -> Any:
    """Choose which account of an event holds, and say why."""
    event, case = event_from(request)
    own_entry(request, event.organisation_id, case)
    now = holding(request.dbsession, event)
    procedure = procedure_of(case.procedure_version)
    by_rule = Option(
        str(BY_RULE),
        _("Let the rule say"),
        hint=_("Official before seen before told; else the earliest entry."),
    )
    accounts = [
        *(_option(request, procedure, one) for one in accounts_of(request.dbsession, now.id)),
        by_rule,
    ]

    def page(errors: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "page_title": _("Which source holds?"),
            "case": case,
            "case_href": request.route_path("case", case=case.public_code),
            "values": _entered(request, event, now) or _chosen(now),
            "errors": errors,
            "event": event,
            "what": step_label(procedure, event.step),
            "accounts": accounts,
            "banner": request.banner_for(case.jurisdiction.invented),
        }

    if request.method != "POST":
        return page({})

    def act(work: Work, command: ChooseAccount) -> str:
        choose_account(work, now, command)
        return str(request.route_path("case", case=case.public_code))

    return submit(
        request,
        "event:account_chosen",
        lambda: parse(ChooseAccount, _entered(request, event, now)),
        act,
        page,
        _("The choice was saved; every figure follows it."),
        changes=Changes(
            touched_by_event(request.dbsession, event),
            now=lambda: _chosen(now),
            compared=(Compared("account", _("Which source holds?"), "accounts"),),
        ),
    )
