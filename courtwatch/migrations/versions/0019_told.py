"""told: who told how a prosecution stands, in its fact, so that a filter asks no account

A fact says one thing from its first revision to its last. Where an account was added while nothing
else changed, it becomes one fact before and one after: they stay apart on the way back.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NAME = "ix_prosecution_fact_reported"
FIRST = ("jurisdiction_id", "rev_to", "rev_from", "counted", "share_level")
REST = (
    "packed", "case_id", "prosecution_id", "owner_id", "event_code", "ended_by", "outcome",
    "disposition", "decided_by_id", "offence_id", "reason_stated_id", "reason_assessed_id",
    "court_id", "prosecution_office_id", "police_id", "stage", "phase", "furthest_stage", "live",
    "suspended", "reopened", "custody", "sex", "age_band", "exploitation", "trafficking_filed",
    "charges", "live_charges", "unresolved", "registered_on", "arrested_on", "charged_on",
    "trial_on", "filed_on", "accused_on", "ended_on", "entry_date", "last_event_on",
    "last_verified_on", "official", "inexact", "custody_at_charge",
)  # fmt: skip
BITS = {
    "official_register": 1, "court_document": 2, "seen_in_court": 4, "told": 8, "media": 16,
    "import": 32, "high": 64, "medium": 128, "low": 256,
}  # fmt: skip
CHUNK = 5_000
"""Prosecutions that are read at once."""


class Told(NamedTuple):
    """An account of the entry that brought a charge where it stood, while both held.

    `to` None: both hold now. `counted`: the charge is.
    """

    since: int
    to: int | None
    bits: int
    counted: bool


class State(NamedTuple):
    """What is told in an interval of revisions."""

    since: int
    to: int | None
    told: int


def upgrade() -> None:
    bind = op.get_bind()
    told = sa.Column("told", sa.Integer(), server_default="0", nullable=False)
    op.add_column("prosecution_fact", told)
    if bind.dialect.name == "sqlite":
        op.drop_index(NAME, "prosecution_fact")
    _tell_all(bind)
    if bind.dialect.name == "sqlite":
        op.create_index(NAME, "prosecution_fact", [*FIRST, "told", *REST])


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.drop_index(NAME, "prosecution_fact")
    with op.batch_alter_table("prosecution_fact", schema=None) as batch_op:
        batch_op.drop_column("told")
    if sqlite:
        op.create_index(NAME, "prosecution_fact", [*FIRST, *REST])


def _tell_all(connection: sa.Connection) -> None:
    """Write what was told into every fact, those of the past too."""
    fact = sa.Table("prosecution_fact", sa.MetaData(), autoload_with=connection, resolve_fks=False)
    here = fact.c.id == sa.bindparam("of")
    bits, since, to = (sa.bindparam(name, type_=sa.Integer()) for name in ("bits", "since", "to"))
    written = sa.update(fact).where(here).values(told=bits)
    closed = sa.update(fact).where(here).values(rev_to=to)
    new = {"told": bits, "rev_from": since, "rev_to": to}
    names = [column.name for column in fact.c if column.name != "id"]
    copied = sa.insert(fact).from_select(
        names, sa.select(*(new.get(name, fact.c[name]) for name in names)).where(here)
    )
    asked = sa.select(
        fact.c.id, fact.c.prosecution_id, fact.c.charges, fact.c.rev_from, fact.c.rev_to
    )
    for first, last in _stretches(connection, fact):
        accounts = _accounts(connection, first, last)
        stretch = asked.where(fact.c.prosecution_id.between(first, last))
        writing: list[dict[str, Any]] = []
        closing: list[dict[str, Any]] = []
        adding: list[dict[str, Any]] = []
        for key, prosecution, charges, held_from, held_to in connection.execute(stretch).all():
            told = [one for one in accounts[prosecution] if one.counted or charges == 0]
            if not told:
                continue
            now, *later = _states(held_from, held_to, told)
            writing.append({"of": key, "bits": now.told})
            closing += [{"of": key, "to": now.to}] if later else []
            adding += ({"of": key, "since": s.since, "to": s.to, "bits": s.told} for s in later)
        for statement, rows in ((copied, adding), (closed, closing), (written, writing)):
            if rows:
                connection.execute(statement, rows)


def _stretches(connection: sa.Connection, fact: sa.Table) -> Iterator[tuple[int, int]]:
    """Give the first and last keys of some prosecutions at a time."""
    key = fact.c.prosecution_id
    first = connection.scalar(sa.select(sa.func.min(key)))
    while first is not None:
        following = sa.select(key).where(key >= first).distinct().order_by(key)
        last = max(connection.scalars(following.limit(CHUNK)))
        yield first, last
        first = connection.scalar(sa.select(sa.func.min(key)).where(key > last))


def _accounts(connection: sa.Connection, first: int, last: int) -> dict[int, list[Told]]:
    """Return what was told of the prosecutions whose keys lie between two."""
    charge = sa.table("charge_fact", *map(sa.column, (
        "prosecution_id", "event_id", "counted", "rev_from", "rev_to",
    )))  # fmt: skip
    account = sa.table("event_account", *map(sa.column, (
        "event_id", "source", "reliability", "rev_from", "rev_to",
    )))  # fmt: skip
    query = (
        sa.select(charge.c.prosecution_id, charge.c.counted, charge.c.rev_from, charge.c.rev_to,
                  account.c.rev_from, account.c.rev_to, account.c.source, account.c.reliability)
        .join_from(charge, account, account.c.event_id == charge.c.event_id)
        .where(charge.c.prosecution_id.between(first, last))
    )  # fmt: skip
    found: dict[int, list[Told]] = defaultdict(list)
    for row in connection.execute(query):
        prosecution, counted, stood, stood_to, said, said_to, source, reliability = row
        bits = BITS[source] | BITS[reliability]
        ends = [end for end in (stood_to, said_to) if end is not None]
        told = Told(max(stood, said), min(ends, default=None), bits, bool(counted))
        if told.to is None or told.since < told.to:
            found[prosecution].append(told)
    return found


def _states(since: int, to: int | None, asked: Sequence[Told]) -> list[State]:
    """Return what was told from `since` to `to`, one state behind the other."""
    moments = {since}
    for one in asked:
        for moment in (one.since, one.to):
            if moment is not None and moment > since and (to is None or moment < to):
                moments.add(moment)
    found: list[State] = []
    for moment in sorted(moments):
        told = 0
        for one in asked:
            if one.since <= moment and (one.to is None or moment < one.to):
                told |= one.bits
        if not found or found[-1].told != told:
            found = [*found[:-1], *(s._replace(to=moment) for s in found[-1:])]
            found.append(State(moment, to, told))
    return found
