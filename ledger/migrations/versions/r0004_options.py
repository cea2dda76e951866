"""What each client asked for beyond what everybody has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column: a JSON list, empty for the clients so far."""
    op.add_column("clients", sa.Column("options", sa.Text, nullable=False, server_default="[]"))
