"""Adopted clients: which seals of whom were taken from the client's files, when, by whom, and what was read there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.migrating import make_append_only

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, in the manner of the other append-only ones."""
    op.create_table(
        "adoptions",
        sa.Column("client", sa.String(100), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["client"], ["clients.slug"], name="fk_adoptions_client"),
        sa.PrimaryKeyConstraint("client", "number", name="pk_adoptions"),
        sqlite_with_rowid=False,
    )
    make_append_only("adoptions", "client", "number")
