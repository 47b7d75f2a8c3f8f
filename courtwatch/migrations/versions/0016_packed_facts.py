"""packed facts: what reports on time read of a prosecution's fact, in one value

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import struct
from datetime import date
from typing import Any
from zlib import crc32

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

NAME = "ix_prosecution_fact_reported"
FIRST = ("jurisdiction_id", "rev_to", "rev_from", "counted", "share_level")
REST = (
    "case_id", "prosecution_id", "owner_id", "event_code", "ended_by", "outcome", "disposition",
    "decided_by_id", "offence_id", "reason_stated_id", "reason_assessed_id", "court_id",
    "prosecution_office_id", "police_id", "stage", "phase", "furthest_stage", "live", "suspended",
    "reopened", "custody", "sex", "age_band", "exploitation", "trafficking_filed", "charges",
    "live_charges", "unresolved", "registered_on", "arrested_on", "charged_on", "trial_on",
    "filed_on", "accused_on", "ended_on", "entry_date", "last_event_on", "last_verified_on",
    "official", "inexact", "custody_at_charge",
)  # fmt: skip
DAYS = (
    "registered_on", "arrested_on", "charged_on", "trial_on", "filed_on", "accused_on", "ended_on",
    "entry_date", "last_event_on", "last_verified_on",
)  # fmt: skip
KEYS = (
    "case_id", "prosecution_id", "owner_id", "offence_id", "court_id", "decided_by_id",
    "prosecution_office_id", "police_id", "reason_stated_id", "reason_assessed_id",
)  # fmt: skip
WORDS = ("outcome", "ended_by", "furthest_stage", "custody", "custody_at_charge")
OTHERS = (
    "sex", "age_band", "event_code", "suspended", "reopened", "live", "trafficking_filed",
    "charges", "unresolved",
)  # fmt: skip
SMALL = ("event_code", "suspended", "reopened", "live", "trafficking_filed")
SEXES = ("female", "male", "other", "unknown")
AGE_BANDS = ("0-13", "14-15", "16-17", "18-24", "25-34", "35-49", "50+", "unknown")
LAYOUT = struct.Struct("<20i5I7B2H")
CHUNK = 20_000


def upgrade() -> None:
    packed = sa.Column("packed", sa.LargeBinary(), server_default="", nullable=False)
    op.add_column("prosecution_fact", packed)
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.drop_index(NAME, "prosecution_fact")
    _pack_all(op.get_bind())
    if sqlite:
        op.create_index(NAME, "prosecution_fact", [*FIRST, "packed", *REST])


def _pack_all(connection: sa.Connection) -> None:
    """Pack what every fact holds, those of the past too."""
    columns = [sa.column(name, sa.Date()) for name in DAYS]
    columns += [sa.column(name) for name in (*KEYS, *WORDS, *OTHERS)]
    fact = sa.table(
        "prosecution_fact", sa.column("id"), *columns, sa.column("packed", sa.LargeBinary())
    )
    filled = (
        sa.update(fact).where(fact.c.id == sa.bindparam("of")).values(packed=sa.bindparam("value"))
    )
    last = 0
    while True:
        query = sa.select(fact.c.id, *columns).where(fact.c.id > last).order_by(fact.c.id)
        rows = connection.execute(query.limit(CHUNK)).all()
        if not rows:
            return
        last = rows[-1][0]
        connection.execute(filled, [{"of": row[0], "value": _packed(row)} for row in rows])


def _packed(row: Any) -> bytes:
    first = date(1970, 1, 1).toordinal()
    known = row._mapping
    days = (known[name] for name in DAYS)
    words = (known[name] for name in WORDS)
    sex, age_band = known["sex"], known["age_band"]
    return LAYOUT.pack(
        *(-(2**31) if day is None else day.toordinal() - first for day in days),
        *(known[name] or 0 for name in KEYS),
        *(0 if word is None else crc32(word.encode()) for word in words),
        SEXES.index(sex) if sex in SEXES else len(SEXES) - 1,
        AGE_BANDS.index(age_band) if age_band in AGE_BANDS else len(AGE_BANDS) - 1,
        *(int(known[name] or 0) for name in SMALL),
        *(min(known[name] or 0, 2**16 - 1) for name in ("charges", "unresolved")),
    )


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.drop_index(NAME, "prosecution_fact")
    with op.batch_alter_table("prosecution_fact", schema=None) as batch_op:
        batch_op.drop_column("packed")
    if sqlite:
        op.create_index(NAME, "prosecution_fact", [*FIRST, *REST])
