"""The ledger's tables. Frozen rows, snapshots, steps, seals and paid corrections are append-only.

The triggers that refuse changes stand in the migrations; `digest` columns are over all other columns of a row.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect

SCHEMA_VERSION = "0011"
"""The newest migration; a database that says so is opened without loading Alembic."""
APPEND_ONLY = (
    "frozen",
    "snapshots",
    "steps",
    "seals",
    "paid_corrections",
    "calendar_overrides",
    "layout_notes",
    "seal_keys",
    "identity",
    "begun_clients",
    "turns",
    "adoptions",
    "repair_notes",
    "people_notes",
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC; SQLite has no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse a moment without a zone: nobody could tell what it means."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give it back aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _client(**options: Any) -> Column[str]:
    return Column("client", String(100), ForeignKey("clients.slug"), primary_key=True, **options)


def _month() -> Column[str]:
    return Column("month", String(7), primary_key=True)


def _text(name: str, length: int, *, nullable: bool = False, primary_key: bool = False) -> Column[str]:
    return Column(name, String(length), nullable=nullable, primary_key=primary_key)


# Without rowid: `INSERT OR REPLACE` by a row's hidden number would pass the triggers.
_ROWID = False

clients = Table(
    "clients", metadata,
    _text("slug", 100, primary_key=True),
    Column("name", Text, nullable=False),
    _text("template", 100), _text("language", 20),
    Column("created_at", Moment, nullable=False),
    *(Column(name, Text) for name in ("workbook_id", "payroll_id", "folder_id", "records_folder_id")),
    *(Column(name, Text) for name in ("head_email", "owner_email", "accountant_email")),
    Column("managers", Text, nullable=False),
    Column("extra", Text, nullable=False),
    Column("layout", Integer, nullable=False, server_default="1"),
    Column("options", Text, nullable=False, server_default="[]"),
    Column("id", String(32), nullable=False, server_default=text("''")),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip

months = Table(
    "months", metadata, _client(), _month(),
    _text("state", 20),
    Column("shadow", Boolean, nullable=False),
    Column("since_at", Moment, nullable=False),
    CheckConstraint("state IN ('planning', 'open', 'review', 'closed')", name="state"),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip

frozen = Table(
    "frozen", metadata, _client(), _month(),
    _text("kind", 20, primary_key=True), _text("key", 200, primary_key=True),
    Column("record", Text, nullable=False),
    _text("frozen_at", 40),
    _text("digest", 64),
    CheckConstraint("kind IN ('rules', 'calendar', 'plan', 'settings')", name="kind"),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip

leases = Table(
    "leases", metadata, _client(), _month(),
    Column("holder", Text),
    Column("token", Integer, nullable=False),
    Column("until_at", Moment, nullable=False),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip

snapshots = Table(
    "snapshots", metadata, _client(), _month(),
    _text("close_id", 40),
    Column("token", Integer, nullable=False),
    Column("record", Text, nullable=False),
    _text("digest", 64),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip

steps = Table(
    "steps", metadata, _client(), _month(),
    _text("name", 100, primary_key=True),
    Column("token", Integer, nullable=False),
    Column("record", Text, nullable=False),
    _text("digest", 64),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip

seals = Table(
    "seals", metadata, _client(),
    Column("number", Integer, primary_key=True),
    _text("month", 7),
    _text("previous", 64, nullable=True),
    Column("record", Text, nullable=False),
    _text("digest", 64), _text("public_key", 64), _text("signature", 128),
    UniqueConstraint("client", "month"),
    CheckConstraint("number >= 1", name="number"),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip

seal_keys = Table(
    "seal_keys", metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("record", Text, nullable=False),
    _text("digest", 64),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip

paid_corrections = Table(
    "paid_corrections", metadata, _client(),
    _text("number", 200, primary_key=True),
    Column("seal_number", Integer, nullable=False),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip

calendar_overrides = Table(
    "calendar_overrides", metadata, _client(),
    Column("number", Integer, primary_key=True),
    _text("month", 7),
    Column("record", Text, nullable=False),
    _text("digest", 64),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip

layout_notes = Table(
    "layout_notes", metadata, _client(),
    Column("number", Integer, primary_key=True),
    Column("record", Text, nullable=False),
    _text("digest", 64),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip

identity = Table(
    "identity", metadata,
    _text("id", 32, primary_key=True),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip

begun_clients = Table(
    "begun_clients", metadata,
    _text("slug", 100, primary_key=True), _text("id", 32), _text("at", 40),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip

turns = Table(
    "turns", metadata, _client(),
    Column("number", Integer, primary_key=True),
    _text("word", 32), _text("at", 40), _text("digest", 64),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip

adoptions = Table(
    "adoptions", metadata, _client(),
    Column("number", Integer, primary_key=True),
    Column("record", Text, nullable=False),
    _text("digest", 64),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip

repair_notes = Table(
    "repair_notes", metadata, _client(),
    Column("number", Integer, primary_key=True),
    Column("record", Text, nullable=False),
    _text("digest", 64),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip

people_notes = Table(
    "people_notes", metadata, _client(),
    Column("number", Integer, primary_key=True),
    Column("record", Text, nullable=False),
    _text("digest", 64),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip

input_rows = Table(
    "input_rows", metadata, _client(),
    _text("tab", 100, primary_key=True), Column("key", Text, primary_key=True),
    _text("digest", 64),
    Column("manager", Text),
    Column("amount_tiyn", BigInteger),
    Column("paid_on", Date),
    Column("first_seen_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("vanished_at", Moment),
    Column("cells", Text),
    Column("registered", Text),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip

input_row_changes = Table(
    "input_row_changes", metadata,
    Column("id", Integer, primary_key=True),
    Column("client", String(100), ForeignKey("clients.slug"), nullable=False),
    _text("tab", 100), Column("key", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
    _text("event", 20),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Index(None, "client", "changed_at"),
)  # fmt: skip

sync_notes = Table(
    "sync_notes", metadata, _client(),
    Column("tried_at", Moment, nullable=False),
    Column("synced_at", Moment),
    Column("rows_noted_at", Moment),
    _text("error_code", 200, nullable=True),
    Column("failures", Integer, nullable=False),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip

night_notes = Table(
    "night_notes", metadata, _client(),
    _text("part", 50, primary_key=True),
    Column("tried_at", Moment, nullable=False),
    Column("done_at", Moment),
    _text("error_code", 200, nullable=True),
    Column("failures", Integer, nullable=False),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip

acknowledgements = Table(
    "acknowledgements", metadata, _client(),
    _text("kind", 50, primary_key=True), _text("key", 200, primary_key=True),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    sqlite_with_rowid=_ROWID,
)  # fmt: skip
