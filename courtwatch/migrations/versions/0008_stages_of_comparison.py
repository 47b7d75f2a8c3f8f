"""stages of comparison: when charges were filed, and when the trial court had the prosecution

Offices, investigating judges and trial courts are compared each from the day on which a
prosecution came before them. What a fact says is derived: `courtwatch rebuild --mend` fills it.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COLUMNS = ("filed_on", "accused_on")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("prosecution_fact", sa.Column(name, sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("prosecution_fact", schema=None) as batch_op:
        for name in reversed(COLUMNS):
            batch_op.drop_column(name)
