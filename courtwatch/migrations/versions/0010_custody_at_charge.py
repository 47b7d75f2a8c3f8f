"""custody at the charge: in what custody the accused was on the day of the formal charge

A covariate when courts are compared. What a fact says is derived: `courtwatch rebuild --mend`
fills it.

Revision ID: 0010
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0012"
branch_labels = None
depends_on = None

NAME = "ix_prosecution_fact_reported"
COLUMNS = (
    "jurisdiction_id", "rev_to", "rev_from", "counted", "share_level", "case_id",
    "prosecution_id", "owner_id", "event_code", "ended_by", "outcome", "disposition",
    "decided_by_id", "offence_id", "reason_stated_id", "reason_assessed_id", "court_id",
    "prosecution_office_id", "police_id", "stage", "phase", "furthest_stage", "live", "suspended",
    "reopened", "custody", "sex", "age_band", "exploitation", "trafficking_filed", "charges",
    "live_charges", "unresolved", "registered_on", "arrested_on", "charged_on", "trial_on",
    "filed_on", "accused_on", "ended_on", "entry_date", "last_event_on", "last_verified_on",
    "official", "inexact",
)  # fmt: skip


def upgrade() -> None:
    column = sa.Column("custody_at_charge", sa.String(length=30), nullable=True)
    op.add_column("prosecution_fact", column)
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index(NAME, "prosecution_fact")
        op.create_index(NAME, "prosecution_fact", [*COLUMNS, "custody_at_charge"])


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.drop_index(NAME, "prosecution_fact")
    with op.batch_alter_table("prosecution_fact", schema=None) as batch_op:
        batch_op.drop_column("custody_at_charge")
    if sqlite:
        op.create_index(NAME, "prosecution_fact", COLUMNS)
