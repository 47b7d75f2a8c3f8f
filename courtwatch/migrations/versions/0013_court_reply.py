"""court reply: what courts were asked about figures marked for review, and what they answered

Revision ID: 0013
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "court_inquiry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_code", sa.String(length=20), nullable=False),
        sa.Column("jurisdiction_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=60), nullable=False),
        sa.Column("marks", sa.String(length=20), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("known_at", sa.Integer(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=False),
        *_recorded("court_inquiry"),
        *(
            _refers("court_inquiry", column, table)
            for column, table in (
                ("jurisdiction_id", "jurisdiction"),
                ("institution_id", "institution"),
                ("organisation_id", "organisation"),
                ("known_at", "revision"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_court_inquiry")),
        sa.UniqueConstraint("public_code", name=op.f("uq_court_inquiry_public_code")),
    )
    op.create_index(
        "ix_court_inquiry_jurisdiction_id_rev_to", "court_inquiry", ["jurisdiction_id", "rev_to"]
    )
    op.create_table(
        "court_reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("inquiry_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("redacted", sa.Boolean(), nullable=False),
        *_recorded("court_reply"),
        _refers("court_reply", "inquiry_id", "court_inquiry"),
        _refers("court_reply", "organisation_id", "organisation"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_court_reply")),
    )
    op.create_index(op.f("ix_court_reply_inquiry_id"), "court_reply", ["inquiry_id"])


def _recorded(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("rev_from", sa.Integer(), nullable=False),
        sa.Column("rev_to", sa.Integer(), nullable=True),
        _refers(table, "rev_from", "revision"),
        _refers(table, "rev_to", "revision"),
    )


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def downgrade() -> None:
    op.drop_index(op.f("ix_court_reply_inquiry_id"), table_name="court_reply")
    op.drop_table("court_reply")
    op.drop_index("ix_court_inquiry_jurisdiction_id_rev_to", table_name="court_inquiry")
    op.drop_table("court_inquiry")
