"""The public keys that sign seals are pinned; the first one is that of the first seal, where there is one."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from ledger.migrating import make_append_only

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLE = "seal_keys"


def upgrade() -> None:
    """Create the table and its triggers, in the manner of the other append-only ones, and pin the first key."""
    table = op.create_table(
        TABLE,
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=f"pk_{TABLE}"),
        sqlite_with_rowid=False,
    )
    _pin_first(table)
    make_append_only(TABLE, "number")


def _pin_first(table: sa.Table) -> None:
    """Pin the key of the oldest seal. If another one has signed since, that was never said: `kpi verify` tells it."""
    first = sa.text("SELECT public_key FROM seals ORDER BY month, number, client LIMIT 1")
    key = op.get_bind().execute(first).scalar()
    if key is None:
        return
    at = datetime.now(UTC).isoformat()
    record = {"at": at, "form": 1, "handed_over": [], "how": "first", "key": key, "reason": ""}
    text = json.dumps(record, sort_keys=True, separators=(",", ":"))
    row = {"number": 1, "record": hashlib.sha256(text.encode()).hexdigest(), "table": TABLE}
    digest = hashlib.sha256(json.dumps(row, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    op.bulk_insert(table, [{"number": 1, "record": text, "digest": digest}])
