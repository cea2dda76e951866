"""Repairs of each client's files, noted and never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.migrating import make_append_only

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLE = "repair_notes"


def upgrade() -> None:
    """Create the table and its triggers, in the manner of the other append-only ones."""
    op.create_table(
        TABLE,
        sa.Column("client", sa.String(100), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["client"], ["clients.slug"], name=f"fk_{TABLE}_client"),
        sa.PrimaryKeyConstraint("client", "number", name=f"pk_{TABLE}"),
        sqlite_with_rowid=False,
    )
    make_append_only(TABLE, "client", "number")
