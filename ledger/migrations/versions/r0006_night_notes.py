"""How the last night of each client went, by its parts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; nights before it are not known."""
    op.create_table(
        "night_notes",
        sa.Column("client", sa.String(100), sa.ForeignKey("clients.slug"), primary_key=True),
        sa.Column("part", sa.String(50), primary_key=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("error_code", sa.String(200)),
        sa.Column("failures", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
