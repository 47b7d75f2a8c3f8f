"""hearings by status: what became of a country's hearings, and why they were adjourned

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

NAME = "ix_hearing_fact_became"
COLUMNS = (
    "jurisdiction_id", "rev_to", "status", "adjournment_reason_id", "share_level", "scheduled_on",
    "institution_id", "owner_id", "rev_from",
)  # fmt: skip


def upgrade() -> None:
    op.create_index(NAME, "hearing_fact", COLUMNS)


def downgrade() -> None:
    op.drop_index(NAME, "hearing_fact")
