"""reference past: how courts, offences, reasons and procedures read before they were edited

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reference_past",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(length=60), nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("was", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["revision.id"],
            name=op.f("fk_reference_past_revision_id_revision"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_past")),
    )
    op.create_index(op.f("ix_reference_past_revision_id"), "reference_past", ["revision_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_reference_past_revision_id"), table_name="reference_past")
    op.drop_table("reference_past")
