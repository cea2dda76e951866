"""The layout of each client's files; upgrades to later ones, noted and never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

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
    if op.get_bind().dialect.name == "postgresql":
        for name, event, each in (
            ("no_change", "UPDATE OR DELETE", "ROW"),
            ("no_truncate", "TRUNCATE", "STATEMENT"),
        ):
            op.execute(
                f"CREATE TRIGGER {TABLE}_{name} BEFORE {event} ON {TABLE} "
                f"FOR EACH {each} EXECUTE FUNCTION tablo_refuse()"
            )
        return
    refusal = f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
    for action in ("UPDATE", "DELETE"):
        op.execute(f"CREATE TRIGGER {TABLE}_no_{action.lower()} BEFORE {action} ON {TABLE} {refusal}")
    exists = f"EXISTS (SELECT 1 FROM {TABLE} WHERE client = NEW.client AND number = NEW.number)"  # noqa: S608 - names from this file
    op.execute(f"CREATE TRIGGER {TABLE}_no_replace BEFORE INSERT ON {TABLE} WHEN {exists} {refusal}")
