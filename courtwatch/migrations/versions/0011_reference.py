"""reference: official totals keep what was known of them when

A report of a past moment then sets beside its figures the totals that were on record by then.

Revision ID: 0011
Revises: 0008
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give totals their two revisions; what is there already holds from the latest on."""
    with op.batch_alter_table("reference_total") as table:
        table.add_column(sa.Column("rev_from", sa.Integer(), nullable=True))
        table.add_column(sa.Column("rev_to", sa.Integer(), nullable=True))
    connection = op.get_bind()
    if connection.scalar(sa.text("SELECT count(*) FROM reference_total")):
        latest = connection.scalar(sa.text("SELECT max(id) FROM revision"))
        if latest is None:
            columns: list[sa.ColumnClause[Any]] = [
                sa.column("id", sa.Integer()),
                sa.column("at", sa.DateTime()),
                sa.column("kind", sa.String()),
            ]
            now = datetime.now(UTC).replace(tzinfo=None)
            connection.execute(
                sa.insert(sa.table("revision", *columns)).values(
                    id=1, at=now, kind="reference:migrated"
                )
            )
            latest = 1
        connection.execute(
            sa.text("UPDATE reference_total SET rev_from = :latest"), {"latest": latest}
        )
    with op.batch_alter_table("reference_total") as table:
        table.alter_column("rev_from", existing_type=sa.Integer(), nullable=False)
        for name in ("rev_from", "rev_to"):
            table.create_foreign_key(
                op.f(f"fk_reference_total_{name}_revision"), "revision", [name], ["id"]
            )


def downgrade() -> None:
    """Forget when totals were known: what was replaced goes, the present ones stay."""
    op.execute("DELETE FROM reference_total WHERE rev_to IS NOT NULL")
    with op.batch_alter_table("reference_total") as table:
        for name in ("rev_from", "rev_to"):
            table.drop_constraint(op.f(f"fk_reference_total_{name}_revision"), type_="foreignkey")
            table.drop_column(name)
