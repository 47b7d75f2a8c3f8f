"""running clocks: the limits that nothing has ended yet, in an index of their own

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NAME = "ix_clock_running"
COLUMNS = (
    "rev_to", "time_limit", "due_at", "unknown", "latest_due_at", "prosecution_id", "rev_from",
)  # fmt: skip


def upgrade() -> None:
    running = sa.text("ended IS NULL")
    op.create_index(NAME, "clock", COLUMNS, sqlite_where=running, postgresql_where=running)


def downgrade() -> None:
    op.drop_index(NAME, "clock")
