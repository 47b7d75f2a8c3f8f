"""procedures in use: which versions are, every form with filters asks

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

NAME = "ix_prosecution_fact_procedure"


def upgrade() -> None:
    op.create_index(NAME, "prosecution_fact", ["procedure_version_id", "rev_to", "jurisdiction_id"])


def downgrade() -> None:
    op.drop_index(NAME, "prosecution_fact")
