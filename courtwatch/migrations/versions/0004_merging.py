"""merging: which rows of two records of one case are the same thing

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "merge_pair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("kept_id", sa.Integer(), nullable=False),
        sa.Column("merged_id", sa.Integer(), nullable=False),
        sa.Column("holds", sa.String(length=20), nullable=False),
        sa.Column("rev_from", sa.Integer(), nullable=False),
        sa.Column("rev_to", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["link_id"], ["case_link.id"], name=op.f("fk_merge_pair_link_id_case_link")
        ),
        sa.ForeignKeyConstraint(
            ["rev_from"], ["revision.id"], name=op.f("fk_merge_pair_rev_from_revision")
        ),
        sa.ForeignKeyConstraint(
            ["rev_to"], ["revision.id"], name=op.f("fk_merge_pair_rev_to_revision")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge_pair")),
    )
    op.create_index("ix_merge_pair_kind_kept_id", "merge_pair", ["kind", "kept_id"])
    op.create_index("ix_merge_pair_kind_merged_id", "merge_pair", ["kind", "merged_id"])
    op.create_index(op.f("ix_merge_pair_link_id"), "merge_pair", ["link_id"])


def downgrade() -> None:
    """Take the pairs away. Cases that are merged stay so, with nothing paired."""
    op.drop_index(op.f("ix_merge_pair_link_id"), table_name="merge_pair")
    op.drop_index("ix_merge_pair_kind_merged_id", table_name="merge_pair")
    op.drop_index("ix_merge_pair_kind_kept_id", table_name="merge_pair")
    op.drop_table("merge_pair")
