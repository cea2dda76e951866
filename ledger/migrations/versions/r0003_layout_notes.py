"""The layout of each client's files; upgrades to later ones, noted and never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from ledger.migrating import make_append_only

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLE = "layout_notes"


def upgrade() -> None:
    """Add the column; create the table and its triggers, in the manner of the other append-only ones."""
    op.add_column("clients", sa.Column("layout", sa.Integer, nullable=False, server_default="1"))
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
