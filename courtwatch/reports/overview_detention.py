"""Custody beyond the legal limit, by the clocks on record as the day began."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from pyramid.i18n import TranslationStringFactory
from sqlalchemy import Integer, String, cast, func, or_, select, type_coerce

from courtwatch.models import Clock
from courtwatch.models.facts import holds_at
from courtwatch.models.packed import number_of
from courtwatch.reports.clock_rows import ClockRows
from courtwatch.reports.context import Context
from courtwatch.reports.figures import Count, share_figure, text_figure
from courtwatch.reports.model import Column, ColumnKind, Figure, Row, RowKind, Table
from courtwatch.reports.overview_rows import Flags
from courtwatch.reports.packed_facts import read_columns
from courtwatch.services.account_filters import limit_passed
from workflows.elements import TimeLimit
from workflows.limit_state import LimitKind, kind_of

_ = TranslationStringFactory("courtwatch")
Keys = NDArray[np.int64]

DETENTION = "detention"
DETENTION_DEFINITION = _(
    "Prosecutions whose accused is held, by the record, although a legal limit had passed when the "
    "day began, counted from the latest day on which it may have begun. Nothing that stopped the "
    "limit is on record: a release that nobody entered reads as custody. Days over are whole days "
    "since then; of several limits of one prosecution the longest counts in the total."
)
UNTOLD = _("Not known whether beyond")
NO_LIMITS = _(
    "No limit of detention is laid in this procedure, so nobody can say who is held beyond one."
)
UNVERIFIED = _("not confirmed by a lawyer")
VERIFIED = _("confirmed by a lawyer")
MUST_CONFIRM = _(
    "Limits marked as not confirmed were read in a secondary source. A lawyer must confirm them "
    "against the law before a figure of theirs is used."
)
LOOKED_AT = _(
    "“Looked at since” are those that somebody verified after the limit had passed and found "
    "unchanged. Of the others nobody knows whether they are still held."
)


@dataclass(frozen=True)
class _Part:
    """What was found of one limit, or of all: prosecutions over it, and not known."""

    over: Count
    looked_at: int
    days: int
    longest: int
    unknown: Count


@dataclass(frozen=True)
class _Running:
    """Limits that run: columns (n,) of whose and which, and whole days over, -1 not known to be.

    `looked_at` is true of those that were not over.
    """

    key: Keys
    limit: Keys
    days: Keys
    looked_at: Flags
    visible: Flags

    def only(self, chosen: Any) -> _Running:
        """Return some of them."""
        return _Running(
            self.key[chosen], self.limit[chosen], self.days[chosen], self.looked_at[chosen],
            self.visible[chosen],
        )  # fmt: skip

    def longest(self) -> _Running:
        """Return one of each prosecution, the longest; looked at is who was after every limit."""
        found = self.only(np.lexsort((-self.days, self.key)))
        first = np.flatnonzero(np.diff(found.key, prepend=-1))
        if not first.size:
            return found
        every = np.logical_and.reduceat(found.looked_at, first)
        return replace(found.only(first), looked_at=every)

    def part(self) -> _Part:
        """Return the counts."""
        over = self.days >= 0
        return _Part(
            self._count(over),
            int(np.count_nonzero(over & self.looked_at)),
            int(self.days[over].sum()),
            int(self.days.max(initial=0)),
            self._count(~over),
        )

    def _count(self, chosen: Flags) -> Count:
        return Count(int(np.count_nonzero(chosen)), int(np.count_nonzero(chosen & self.visible)))


def limits_of(context: Context) -> dict[str, TimeLimit]:
    """Return the limits of detention by name, as the newest version that has them lays them."""
    found: dict[str, TimeLimit] = {}
    for procedure in context.law.procedures:
        for limit in procedure.time_limits:
            if kind_of(procedure, limit) is LimitKind.DETENTION:
                found.setdefault(limit.name, limit)
    return found


def detained(context: Context) -> tuple[str, ...]:
    """Return the states of custody in which somebody is held."""
    return tuple(sorted(frozenset().union(*(each.detained for each in context.law.procedures))))


def day_began(context: Context) -> datetime:
    """Return the moment at which the day of the report began at the courts."""
    zone = ZoneInfo(context.jurisdiction.time_zone)
    return datetime.combine(context.today, time(), zone).astimezone(UTC)


def table(context: Context, rows: ClockRows) -> Table:
    """Return who is held beyond which limit, of those who are held at all."""
    held_now = int(np.count_nonzero(rows.more["held"]))
    columns = (
        Column("article", _("Article"), ColumnKind.TEXT),
        Column("verified", _("The limit is"), ColumnKind.MARK),
        Column("over", _("Held beyond it")),
        Column("looked_at", _("Looked at since")),
        Column("days", _("Days over, all together")),
        Column("longest", _("Longest"), ColumnKind.DAYS),
        Column("unknown", UNTOLD),
        Column("share", _("Held beyond it, of all held"), ColumnKind.SHARE),
    )
    title, label = _("Held beyond the legal limit"), _("Limit")
    limits = limits_of(context)
    if not limits:
        return Table(DETENTION, title, columns, (), 0, DETENTION_DEFINITION, label,
                     refused=NO_LIMITS)  # fmt: skip
    now = day_began(context)
    parts, whole = _counted(context, rows, limits, now)
    made = tuple(
        Row(
            name, limit.label,
            (text_figure(limit.article), _mark(limit),
             *_figures(context, parts[name], [name], now, held_now)),
            RowKind.DETAIL,
        )
        for name, limit in limits.items()
        if name in parts
    )  # fmt: skip
    nothing = text_figure("")
    # One prosecution may be over several limits: the last row is no sum of the others.
    total = Row(
        "total", _("All limits"),
        (nothing, nothing, *_figures(context, whole, list(limits), now, held_now)), RowKind.TOTAL,
    )  # fmt: skip
    notes = [LOOKED_AT]
    if any(not limits[name].verified for name in parts):
        notes.append(MUST_CONFIRM)
    return Table(
        DETENTION, title, columns, (*made, total), held_now, DETENTION_DEFINITION, label,
        unknown=share_figure(whole.unknown.n, held_now) if held_now else None,
        unknown_label=UNTOLD, notes=tuple(notes),
    )  # fmt: skip


def _mark(limit: TimeLimit) -> Figure:
    code = "verified" if limit.verified else "unverified"
    return Figure(None, text=VERIFIED if limit.verified else UNVERIFIED, code=code)


def _figures(
    context: Context, part: _Part, names: list[str], now: datetime, held_now: int
) -> tuple[Figure, ...]:
    wanted = tuple(limit_passed(name, now) for name in names)
    return (
        context.count(part.over, over_limit=wanted, custody=detained(context)),
        Figure(part.looked_at),
        Figure(part.days),
        Figure(part.longest) if part.over.n else Figure(None, missing=_("nobody is over it")),
        context.plain_count(part.unknown),
        share_figure(part.over.n, held_now),
    )


def _counted(
    context: Context, rows: ClockRows, limits: Iterable[str], now: datetime
) -> tuple[dict[str, _Part], _Part]:
    """Count prosecutions by limit and altogether.

    One that is over two limits counts once in all, and one for which a limit runs twice, once in
    its row.
    """
    names = sorted(limits)
    running = _running(context, rows, names, now)
    present = np.bincount(running.limit, minlength=len(names))
    parts = {
        name: running.only(running.limit == place).longest().part()
        for place, name in enumerate(names)
        if present[place]
    }
    return parts, running.longest().part()


def _running(context: Context, rows: ClockRows, names: list[str], now: datetime) -> _Running:
    """Return the running limits of who is held that have passed, or that nothing is known of."""
    key, name, unknown, latest = read_columns(context.session, _query(context, names, now))
    held = np.flatnonzero(rows.more["held"])
    held = held[np.argsort(rows.more["prosecution"][held])]
    keys = np.array(key, np.int64)
    at = np.searchsorted(rows.more["prosecution"][held], keys)
    theirs = np.append(rows.more["prosecution"][held], -1)[at] == keys
    zone = ZoneInfo(context.jurisdiction.time_zone)
    # Many rows, few moments: each of these is read once.
    due = {text: _due(text, now, zone) for text in set(latest)}
    place = {each: number for number, each in enumerate(names)}
    days, day_due = np.array([due[text] for text in latest], np.int64).reshape(-1, 2).T
    days = np.where(np.array(unknown, bool), -1, days)[theirs]
    who = held[at[theirs]]
    looked_at = rows.days["last_verified_on"][who] >= day_due[theirs]
    return _Running(
        keys[theirs], np.array([place[each] for each in name], np.int64)[theirs], days,
        looked_at | (days < 0), rows.visible[who],
    )  # fmt: skip


def _due(text: str | None, now: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """Return how many whole days ago a moment was, -1 if it was not, and its day at the courts."""
    if text is None:
        return -1, 0
    at = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return (now - at).days if at <= now else -1, number_of(at.astimezone(zone).date())


def _query(context: Context, names: list[str], now: datetime) -> Any:
    """Read the running limits of detention that may have passed, or of which nothing is known."""
    return select(
        Clock.prosecution_id, Clock.time_limit, type_coerce(Clock.unknown, Integer),
        cast(func.coalesce(Clock.latest_due_at, Clock.due_at), String),
    ).where(
        holds_at(Clock, context.filters.known_at),
        Clock.time_limit.in_(names),
        Clock.ended.is_(None),
        or_(Clock.unknown, Clock.due_at <= now),
    )  # fmt: skip
