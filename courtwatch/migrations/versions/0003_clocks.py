"""clocks: what a time limit needs to be asked of today

The table never held anything before, and what it holds is derived: it is made anew both ways.
`courtwatch rebuild --mend` fills it.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.drop_index("ix_clock_prosecution_id_rev_to")
        batch_op.drop_index(batch_op.f("ix_clock_due_at"))
    op.drop_table("clock")
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("prosecution_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("time_limit", sa.String(length=60), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("latest_due_at", sa.DateTime(), nullable=True),
        sa.Column("ended", sa.String(length=20), nullable=True),
        sa.Column("satisfied_at", sa.DateTime(), nullable=True),
        sa.Column("latest_satisfied_at", sa.DateTime(), nullable=True),
        sa.Column("unknown", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=True),
        sa.Column("rev_from", sa.Integer(), nullable=False),
        sa.Column("rev_to", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_clock_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["prosecution_id"],
            ["prosecution.id"],
            name=op.f("fk_clock_prosecution_id_prosecution"),
        ),
        sa.ForeignKeyConstraint(
            ["rev_from"], ["revision.id"], name=op.f("fk_clock_rev_from_revision")
        ),
        sa.ForeignKeyConstraint(
            ["rev_to"], ["revision.id"], name=op.f("fk_clock_rev_to_revision")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )
    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clock_due_at"), ["due_at"], unique=False)
        batch_op.create_index(
            "ix_clock_prosecution_id_rev_to", ["prosecution_id", "rev_to"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.drop_index("ix_clock_prosecution_id_rev_to")
        batch_op.drop_index(batch_op.f("ix_clock_due_at"))
    op.drop_table("clock")
    op.create_table(
        "clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("prosecution_id", sa.Integer(), nullable=False),
        sa.Column("time_limit", sa.String(length=60), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("satisfied_at", sa.DateTime(), nullable=True),
        sa.Column("unknown", sa.Boolean(), nullable=False),
        sa.Column("rev_from", sa.Integer(), nullable=False),
        sa.Column("rev_to", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["prosecution_id"],
            ["prosecution.id"],
            name=op.f("fk_clock_prosecution_id_prosecution"),
        ),
        sa.ForeignKeyConstraint(
            ["rev_from"], ["revision.id"], name=op.f("fk_clock_rev_from_revision")
        ),
        sa.ForeignKeyConstraint(
            ["rev_to"], ["revision.id"], name=op.f("fk_clock_rev_to_revision")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )
    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clock_due_at"), ["due_at"], unique=False)
        batch_op.create_index(
            "ix_clock_prosecution_id_rev_to", ["prosecution_id", "rev_to"], unique=False
        )
