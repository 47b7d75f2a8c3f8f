"""charges by offence: who is charged with an offence is read from the index alone

What became of trafficking charges looked up half a million charges one by one.

Revision ID: 0014
Revises: 0009
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0009"
branch_labels = None
depends_on = None

NAME = "ix_charge_fact_offence"
BEFORE = ("offence_id", "rev_to")


def upgrade() -> None:
    op.drop_index(NAME, "charge_fact")
    op.create_index(NAME, "charge_fact", [*BEFORE, "counted", "prosecution_id", "rev_from"])


def downgrade() -> None:
    op.drop_index(NAME, "charge_fact")
    op.create_index(NAME, "charge_fact", BEFORE)
