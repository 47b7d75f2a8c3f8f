"""Add what one more source says of an event, and choose which account holds."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from courtwatch.commands.corrections import BY_RULE, ChooseAccount
from courtwatch.commands.parsing import Invalid
from courtwatch.commands.steps import AddAccount
from courtwatch.models import Event, EventAccount
from courtwatch.services.corrections import (
    EVENT,
    note_correction,
    refuse_moved_or_corrected,
    remark,
)
from courtwatch.services.entry_rows import (
    TargetPlan,
    accounts_of,
    column_values,
    succeed,
    targets_of,
)
from courtwatch.services.entry_trial import tried_like
from courtwatch.services.event_accounts import dating, ending, held_account, one_disposition
from courtwatch.services.facts import refresh
from courtwatch.services.messages import _
from courtwatch.services.record_step import add_account_row
from courtwatch.services.work import Work

CHOSEN, UNCHOSEN = "account_chosen", "account_by_rule"


def add_account(work: Work, event: Event, command: AddAccount) -> EventAccount:
    """Add what one more source says. If the rule prefers it, the event takes its day and end.

    With `keep`, the account that holds now is chosen by hand and goes on holding. Raises Invalid
    where the event would take a day or an end with which the history is not legal any more.
    """
    if event.rev_to is not None:
        raise Invalid({"": _("This entry was corrected; add the account to the entry that holds")})
    refuse_moved_or_corrected(event)
    _check_disposition(work, event, command.disposition)
    before = accounts_of(work.session, event.id)
    held = held_account(event, before)
    fill = _as_entered(work, event, before)
    account = add_account_row(work, event, command.occurred, command.source)
    account.reliability = command.reliability
    account.disposition = command.disposition
    work.session.flush()
    if command.keep and held is not None and event.chosen_account_id is None:
        _succeed(work, event, held.id, fill)
    else:
        _follow(work, event, None, fill)
    work.owe_index([event.case_id])
    return account


def choose_account(work: Work, event: Event, command: ChooseAccount) -> Event:
    """Say by hand which account holds, or let the rule say again. Returns the entry that holds.

    Who and when stand in the revision, why in a note. Raises Invalid where the history would not
    be legal any more, or nothing would change.
    """
    if event.rev_to is not None:
        raise Invalid({"": _("This entry was already corrected")})
    accounts = accounts_of(work.session, event.id)
    if command.account not in (BY_RULE, *(one.id for one in accounts)):
        raise Invalid({"account": _("Choose which account holds")})
    if command.account == (event.chosen_account_id or BY_RULE):
        raise Invalid({"account": _("This account holds already")})
    fresh = _follow(work, event, command.account, _as_entered(work, event, accounts))
    kind = UNCHOSEN if command.account == BY_RULE else CHOSEN
    note_correction(work, event.case_id, EVENT, event.id, fresh.id, kind)
    remark(work, event.case_id, command.remark, ("correction", fresh.id))
    return fresh


def _check_disposition(work: Work, event: Event, disposition: str | None) -> None:
    """An account can name another end only where the entry ended all its charges alike."""
    if disposition is None:
        return
    if one_disposition(targets_of(work.session, event.id)) is None:
        raise Invalid(
            {
                "disposition": _(
                    "This entry ends its charges in different ways; correct the entry instead"
                )
            }
        )


def _as_entered(
    work: Work, event: Event, accounts: list[EventAccount]
) -> dict[int, dict[str, Any]]:
    """Give the accounts of the entry's own organisation the end that the entry was made with.

    Older accounts name none: once another source names another end, they have to say theirs.
    """
    end = one_disposition(targets_of(work.session, event.id))
    if end is None:
        return {}
    silent = [one for one in accounts if one.disposition is None]
    return {
        one.id: {"disposition": end}
        for one in silent
        if one.organisation_id == event.organisation_id
    }


def _follow(work: Work, event: Event, choice: int | None, fill: dict[int, dict[str, Any]]) -> Event:
    """Let the event say what the account that holds says. `choice`: as `succeed` takes it."""
    session = work.session
    accounts = accounts_of(session, event.id)
    chosen = event.chosen_account_id if choice is None else (choice or None)
    ends = {one.id: fill.get(one.id, {}).get("disposition") or one.disposition for one in accounts}
    day = dating(accounts, chosen)
    end = ending(accounts, chosen, ends)
    targets = targets_of(session, event.id)
    values: dict[str, Any] = {}
    if day is not None and (day.occurred_from, day.occurred_to, day.precision) != (
        event.occurred_from,
        event.occurred_to,
        event.precision,
    ):
        values = {
            "occurred_from": day.occurred_from,
            "occurred_to": day.occurred_to,
            "precision": day.precision,
        }
    plans = None
    was = one_disposition(targets)
    if end is not None and was is not None and ends[end.id] != was:
        plans = [_ending_as(target, ends[end.id]) for target in targets]
    if not values and plans is None and choice is None:
        refresh(work, _touched(session, event))  # who told is a fact as well
        return event
    if values or plans is not None:
        values["sequence"] = tried_like(work, event, values, plans)
    return _succeed(work, event, choice, fill, values, plans)


def _ending_as(target: Any, disposition: str | None) -> TargetPlan:
    values = column_values(target, "event_id")
    if target.disposition is not None:
        values["disposition"] = disposition
    return TargetPlan(values, target.id)


def _succeed(
    work: Work,
    event: Event,
    choice: int | None,
    fill: dict[int, dict[str, Any]],
    values: dict[str, Any] | None = None,
    plans: list[TargetPlan] | None = None,
) -> Event:
    touched = _touched(work.session, event)
    fresh = succeed(work, event, values or {}, plans, fill, choice).event
    refresh(work, touched)
    return fresh


def _touched(session: Session, event: Event) -> list[int]:
    return sorted({target.prosecution_id for target in targets_of(session, event.id)})
