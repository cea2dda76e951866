"""What a followed row holds, and what it held when its days of free correction were over (behaviour §4a)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns: blank for the rows so far, of which only digests are known."""
    for name in ("cells", "registered"):
        op.add_column("input_rows", sa.Column(name, sa.Text))
