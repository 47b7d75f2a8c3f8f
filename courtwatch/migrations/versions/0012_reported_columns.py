"""reported columns: what reports count by stands together, so that they read nothing else

A report of a million prosecutions read a million rows out of several million, most of them states
that no longer hold. The index holds everything that it counts by, in the order of what holds now.
Elsewhere than in SQLite an index has no place for so many columns. The same for hearings.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
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
HEARING = "ix_hearing_fact_reported"
HEARING_COLUMNS = (
    "jurisdiction_id", "rev_to", "case_id", "kind", "status", "scheduled_on", "share_level",
    "owner_id", "rev_from", "institution_id", "adjournment_reason_id", "next_on", "hearing_id",
)  # fmt: skip


def upgrade() -> None:
    op.create_index(HEARING, "hearing_fact", HEARING_COLUMNS)
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(NAME, "prosecution_fact", COLUMNS)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index(NAME, "prosecution_fact")
    op.drop_index(HEARING, "hearing_fact")
