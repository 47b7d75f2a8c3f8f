"""What several sources say of one event, and which of them holds.

Effective day and disposition: an explicit choice, else official before seen before told, else the
earliest recorded. A source that gives no day, or no end, never decides it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from courtwatch.models import Event, EventAccount, EventTarget
from courtwatch.models.vocabulary import AccountSource

_RANK = {
    AccountSource.OFFICIAL_REGISTER: 0,
    AccountSource.COURT_DOCUMENT: 0,
    AccountSource.SEEN_IN_COURT: 1,
    AccountSource.TOLD: 2,
    AccountSource.MEDIA: 3,
    AccountSource.IMPORT: 4,
}


def rank(source: AccountSource) -> int:
    """Return the place of a kind of source in the rule: official, seen, told, media, import."""
    return _RANK[source]


def by_rule(accounts: Iterable[EventAccount]) -> list[EventAccount]:
    """Return accounts in the order in which the rule prefers them."""
    return sorted(accounts, key=lambda account: (_RANK[account.source], account.id))


def dating(accounts: Sequence[EventAccount], chosen: int | None = None) -> EventAccount | None:
    """Return the account whose day holds: the chosen one, else the first by rule with a day."""
    explicit = next((one for one in accounts if one.id == chosen), None)
    dated = (one for one in by_rule(accounts) if one.occurred_from is not None)
    return explicit or next(dated, None)


def ending(
    accounts: Sequence[EventAccount],
    chosen: int | None = None,
    ends: Mapping[int, str | None] | None = None,
) -> EventAccount | None:
    """Return the account whose disposition holds; None where none gives one.

    `ends`: what each account says where that is not what its row says yet.
    """
    says = {one.id: one.disposition for one in accounts} | dict(ends or {})
    explicit = next((one for one in accounts if one.id == chosen and says[one.id]), None)
    ending_ones = (one for one in by_rule(accounts) if says[one.id] is not None)
    return explicit or next(ending_ones, None)


def one_disposition(targets: Iterable[EventTarget]) -> str | None:
    """Return how an event ended its charges where all ended alike; None where they did not.

    Only such an event can be told of with another end: an account names one.
    """
    found = {target.disposition for target in targets if target.disposition is not None}
    return found.pop() if len(found) == 1 else None


def days_of(row: Any) -> tuple[Any, Any]:
    """Return the first and last day that an account or an event gives."""
    return row.occurred_from, row.occurred_to


def held_account(event: Event, accounts: Sequence[EventAccount]) -> EventAccount | None:
    """Return the account that the entry itself rests on: the dating one, else the first."""
    return dating(accounts, event.chosen_account_id) or next(iter(accounts), None)
