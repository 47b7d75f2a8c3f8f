"""saved search: what its owner has seen, and when what an audience may see of a case changed

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "indexed_document",
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("audience", sa.String(length=30), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "audience", name=op.f("pk_indexed_document")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_indexed_document_changed"), "indexed_document", ["changed"])
    with op.batch_alter_table("saved_search") as table:
        table.add_column(sa.Column("filters", sa.JSON(), nullable=True))
        table.add_column(sa.Column("sort", sa.String(length=20), nullable=True))
        table.add_column(sa.Column("looked_at", sa.DateTime(), nullable=True))
        table.add_column(sa.Column("looked_at_change", sa.Integer(), nullable=True))
        table.add_column(sa.Column("looked_as", sa.String(length=200), nullable=True))
        table.add_column(sa.Column("seen", sa.LargeBinary(), nullable=True))
        table.drop_constraint("fk_saved_search_looked_at_revision_revision", type_="foreignkey")
        table.drop_column("looked_at_revision")
        table.create_unique_constraint(op.f("uq_saved_search_user_id_name"), ["user_id", "name"])


def downgrade() -> None:
    """Take away what was seen. Searches keep their names and words, without filters."""
    with op.batch_alter_table("saved_search") as table:
        table.drop_constraint(op.f("uq_saved_search_user_id_name"), type_="unique")
        table.add_column(sa.Column("looked_at_revision", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_saved_search_looked_at_revision_revision"),
            "revision",
            ["looked_at_revision"],
            ["id"],
        )
        for name in ("seen", "looked_as", "looked_at_change", "looked_at", "sort", "filters"):
            table.drop_column(name)
    op.drop_index(op.f("ix_indexed_document_changed"), table_name="indexed_document")
    op.drop_table("indexed_document")
