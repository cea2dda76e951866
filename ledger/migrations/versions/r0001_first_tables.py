"""The first tables, and the triggers that let nobody change what was frozen, recorded or sealed.

There is no way back: a downgrade would delete sealed months.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Append-only tables with the columns that name a row; SQLite's `INSERT OR REPLACE` would delete by any of them.
APPEND_ONLY: dict[str, list[tuple[str, ...]]] = {
    "frozen": [("client", "month", "kind", "key")],
    "snapshots": [("client", "month")],
    "steps": [("client", "month", "name")],
    "seals": [("client", "number"), ("client", "month")],
    "paid_corrections": [("client", "number")],
}
# A month only moves on, a closed one has its seal and stays, and `shadow` is settled before the month opens.
LEGAL = (
    "NEW.client = OLD.client AND NEW.month = OLD.month AND "
    "(NEW.shadow = OLD.shadow OR OLD.state = 'planning') AND ("
    "(OLD.state = 'planning' AND NEW.state IN ('planning', 'open')) OR "
    "(OLD.state = 'open' AND NEW.state = 'review') OR "
    "(OLD.state = 'review' AND NEW.state = 'closed' AND EXISTS "
    "(SELECT 1 FROM seals WHERE client = NEW.client AND month = NEW.month)))"
)
BEGINS = "NEW.state IN ('planning', 'open')"


def upgrade() -> None:
    """Create tables and triggers."""
    _create_tables()
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgres()
    else:
        _guard_sqlite()


def _table(name: str, key: tuple[str, ...], *columns: Any) -> None:
    items = list(columns)
    if name != "clients":
        items = [
            sa.Column("client", sa.String(100), nullable=False),
            *items,
            sa.ForeignKeyConstraint(["client"], ["clients.slug"], name=f"fk_{name}_client"),
        ]
    key_constraint = sa.PrimaryKeyConstraint(*key, name=f"pk_{name}")
    op.create_table(name, *items, key_constraint, sqlite_with_rowid=name == "input_row_changes")


def _string(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _create_tables() -> None:
    optional = (
        "workbook_id", "payroll_id", "folder_id", "records_folder_id", "head_email", "owner_email",
        "accountant_email",
    )  # fmt: skip
    _table(
        "clients", ("slug",), _string("slug", 100), _text("name"), _string("template", 100),
        _string("language", 20), _moment("created_at"), *(_text(name, nullable=True) for name in optional),
        _text("managers"), _text("extra"),
    )  # fmt: skip
    month = ("client", "month")
    _table(
        "months", month, _string("month", 7), _string("state", 20),
        sa.Column("shadow", sa.Boolean, nullable=False), _moment("since_at"),
        sa.CheckConstraint("state IN ('planning', 'open', 'review', 'closed')", name="ck_months_state"),
    )  # fmt: skip
    _table(
        "frozen", (*month, "kind", "key"), _string("month", 7), _string("kind", 20), _string("key", 200),
        _text("record"), _string("frozen_at", 40), _string("digest", 64),
        sa.CheckConstraint("kind IN ('rules', 'calendar', 'plan', 'settings')", name="ck_frozen_kind"),
    )  # fmt: skip
    _table(
        "leases",
        month,
        _string("month", 7),
        _text("holder", nullable=True),
        _number("token"),
        _moment("until_at"),
    )
    _table(
        "snapshots", month, _string("month", 7), _string("close_id", 40), _number("token"), _text("record"),
        _string("digest", 64),
    )  # fmt: skip
    _table(
        "steps", (*month, "name"), _string("month", 7), _string("name", 100), _number("token"), _text("record"),
        _string("digest", 64),
    )  # fmt: skip
    _table(
        "seals", ("client", "number"), _number("number"), _string("month", 7),
        _string("previous", 64, nullable=True), _text("record"), _string("digest", 64),
        _string("public_key", 64), _string("signature", 128),
        sa.UniqueConstraint("client", "month", name="uq_seals_client_month"),
        sa.CheckConstraint("number >= 1", name="ck_seals_number"),
    )  # fmt: skip
    _table("paid_corrections", ("client", "number"), _string("number", 200), _number("seal_number"))
    _create_tables_of_syncs()


def _create_tables_of_syncs() -> None:
    _table(
        "input_rows", ("client", "tab", "key"), _string("tab", 100), _text("key"), _string("digest", 64),
        _text("manager", nullable=True), sa.Column("amount_tiyn", sa.BigInteger, nullable=True),
        sa.Column("paid_on", sa.Date, nullable=True), _moment("first_seen_at"), _moment("changed_at"),
        _moment("vanished_at", nullable=True),
    )  # fmt: skip
    _table(
        "input_row_changes", ("id",), _number("id"), _string("tab", 100), _text("key"), _moment("changed_at"),
        _string("event", 20), _text("before"), _text("after"),
    )  # fmt: skip
    op.create_index("ix_input_row_changes_client_changed_at", "input_row_changes", ["client", "changed_at"])
    _table(
        "sync_notes", ("client",), _moment("tried_at"), _moment("synced_at", nullable=True),
        _moment("rows_noted_at", nullable=True), _string("error_code", 200, nullable=True), _number("failures"),
    )  # fmt: skip
    _table(
        "acknowledgements", ("client", "kind", "key"), _string("kind", 50), _string("key", 200), _text("by"),
        _moment("at"),
    )  # fmt: skip


def _guard_sqlite() -> None:
    for table, keys in APPEND_ONLY.items():
        refusal = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for action in ("UPDATE", "DELETE"):
            op.execute(f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} {refusal}")
        same = " OR ".join("(" + " AND ".join(f"{each} = NEW.{each}" for each in key) + ")" for key in keys)
        exists = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - names from this file
        op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {exists} {refusal}")
    refusal = "BEGIN SELECT RAISE(ABORT, 'a month only moves on'); END"
    op.execute(f"CREATE TRIGGER months_move_on BEFORE UPDATE ON months WHEN NOT ({LEGAL}) {refusal}")
    op.execute(f"CREATE TRIGGER months_stay BEFORE DELETE ON months {refusal}")
    exists = "EXISTS (SELECT 1 FROM months WHERE client = NEW.client AND month = NEW.month)"
    op.execute(
        f"CREATE TRIGGER months_begin BEFORE INSERT ON months WHEN NOT ({BEGINS}) OR {exists} {refusal}"
    )
    refusal = "BEGIN SELECT RAISE(ABORT, 'a client stays, under one short name'); END"
    op.execute(f"CREATE TRIGGER clients_stay BEFORE DELETE ON clients {refusal}")
    op.execute(f"CREATE TRIGGER clients_keep_slug BEFORE UPDATE OF slug ON clients {refusal}")
    exists = "EXISTS (SELECT 1 FROM clients WHERE slug = NEW.slug)"
    op.execute(f"CREATE TRIGGER clients_no_replace BEFORE INSERT ON clients WHEN {exists} {refusal}")


def _guard_postgres() -> None:
    op.execute(
        "CREATE FUNCTION tablo_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; "
        "END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION tablo_refuse()"
        )
    op.execute(
        f"CREATE FUNCTION tablo_month() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'INSERT' THEN IF {BEGINS} THEN RETURN NEW; END IF; "
        f"ELSIF {LEGAL} THEN RETURN NEW; END IF; "
        "RAISE EXCEPTION 'a month only moves on' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        "CREATE TRIGGER months_move_on BEFORE INSERT OR UPDATE ON months FOR EACH ROW "
        "EXECUTE FUNCTION tablo_month()"
    )
    op.execute(
        "CREATE TRIGGER clients_keep_slug BEFORE UPDATE ON clients FOR EACH ROW "
        "WHEN (OLD.slug <> NEW.slug) EXECUTE FUNCTION tablo_refuse()"
    )
    for table in ("months", "clients"):
        op.execute(
            f"CREATE TRIGGER {table}_stay BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION tablo_refuse()"
        )
    for table in (*APPEND_ONLY, "months", "clients"):
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION tablo_refuse()"
        )
