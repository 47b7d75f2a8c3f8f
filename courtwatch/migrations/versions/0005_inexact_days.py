"""inexact days: a fact says which of its days are known to a month or a year only

What a fact says is derived: `courtwatch rebuild --mend` fills it. The last day on which a
prosecution can have been registered was not kept before; where it is missing, the day is taken as
it was entered.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PAST_TOO = ("prosecution", "prosecution_history")


def upgrade() -> None:
    op.add_column("prosecution_fact", sa.Column("inexact", sa.String(length=400), nullable=True))
    for table in PAST_TOO:
        op.add_column(table, sa.Column("registered_to", sa.Date(), nullable=True))


def downgrade() -> None:
    for table in PAST_TOO:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("registered_to")
    with op.batch_alter_table("prosecution_fact", schema=None) as batch_op:
        batch_op.drop_column("inexact")
