"""Who each client's people are, noted by the command that entered them and never changed; first as they stand."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from ledger.migrating import make_append_only

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLE = "people_notes"
ROLES = ("head_email", "owner_email", "accountant_email")


def upgrade() -> None:
    """Create the table and its triggers, in the manner of the other append-only ones; note who is there."""
    table = op.create_table(
        TABLE,
        sa.Column("client", sa.String(100), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["client"], ["clients.slug"], name=f"fk_{TABLE}_client"),
        sa.PrimaryKeyConstraint("client", "number", name=f"pk_{TABLE}"),
        sqlite_with_rowid=False,
    )
    _note_present(table)
    make_append_only(TABLE, "client", "number")


def _note_present(table: sa.Table) -> None:
    """Note the people who stand in the clients' rows: until now no command wrote down that it entered them."""
    at = datetime.now(UTC).isoformat()
    columns: list[sa.ColumnClause[str]] = [sa.column(name) for name in ("slug", *ROLES, "managers")]
    for row in (
        op.get_bind().execute(sa.select(*columns).select_from(sa.table("clients", *columns))).mappings()
    ):
        people = {**{name: row[name] for name in ROLES}, "managers": json.loads(row["managers"])}
        record = {**people, "at": at, "command": "", "form": 1, "previous": ""}
        text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        values = {"client": row["slug"], "number": 1, "record": text}
        behind = {**values, "record": hashlib.sha256(text.encode()).hexdigest(), "table": TABLE}
        digest = hashlib.sha256(
            json.dumps(behind, sort_keys=True, separators=(",", ":")).encode()
        ).hexdigest()
        op.bulk_insert(table, [{**values, "digest": digest}])
