"""A ledger as lines of JSON, one logical form for SQLite and PostgreSQL, and a new ledger out of such lines (behaviour §7a).

The first line says the form, the version of the tables, the ledger's id and each table's columns with what they
hold; then comes a line for each row, and a last one that counts them. A ledger is filled in one transaction, at the
version of the tables that the lines are of; it is read again, compared row by row, and only then brought to the newest
version. The triggers that guard frozen and sealed rows are in force throughout.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    MetaData,
    Table,
    Text,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError as RefusedRow

from kpi_rules.errors import LedgerError, NewerFormError, SchemaError
from ledger import identity
from ledger.tables import SCHEMA_VERSION, Moment, metadata

FORM = 1
_BATCH = 500
_MONTH_WALK = ("open", "review", "closed")
"""A month begins open at the latest; the triggers let it only move on from there."""
_KINDS: Mapping[type, str] = {
    Moment: "moment",
    Date: "date",
    Boolean: "yes",
    BigInteger: "number",
    Integer: "number",
}
_TYPES: Mapping[str, Any] = {
    "moment": Moment,
    "date": Date,
    "yes": Boolean,
    "number": BigInteger,
    "text": Text,
}


@dataclass(frozen=True)
class Dumped:
    """What was written or read: the ledger's id, how many rows each table has, and a digest over all rows."""

    ledger_id: str
    rows: Mapping[str, int]
    digest: str


class _Content:
    """How many rows each table has, and a digest over all of them in whatever order a database gives them."""

    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self._sum = 0

    def add(self, table: str, line: bytes) -> None:
        """Count one row."""
        self.rows[table] = self.rows.get(table, 0) + 1
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(line).digest())) % 2**256

    @property
    def digest(self) -> str:
        """The sum of the rows' SHA-256."""
        return f"{self._sum:064x}"


def dump(db: Connection, write: Callable[[bytes], None]) -> Dumped:
    """Write the ledger line by line, as it stands in one transaction."""
    tables = {table.name: _columns(table) for table in metadata.sorted_tables}
    owner, content = identity.ledger_id(db), _Content()
    write(_line({"tablo_ledger": FORM, "schema": SCHEMA_VERSION, "id": owner, "tables": tables}))
    for table in metadata.sorted_tables:
        for line in _row_lines(db, table):
            content.add(table.name, line)
            write(line)
    write(_line({"rows": content.rows, "digest": content.digest}))
    return Dumped(owner, content.rows, content.digest)


def read_head(line: bytes) -> tuple[str, str]:
    """Give the version of the tables and the ledger's id of a first line.

    Raises NewerFormError where a newer program wrote it, SchemaError where it is no ledger.
    """
    head = _parsed(line)
    form = head.get("tablo_ledger") if isinstance(head, dict) else None
    if isinstance(form, int) and form > FORM:
        raise NewerFormError("backup of a ledger", str(form))
    if form != FORM:
        raise SchemaError("these lines are no ledger")
    return str(head["schema"]), str(head["id"])


def check_lines(lines: Iterable[bytes]) -> Dumped:
    """Count the lines and compare them with what the last one says. Raises NewerFormError, SchemaError."""
    source, content = iter(lines), _Content()
    _, owner = read_head(next(source, b""))
    said = None
    for line in source:
        row = _parsed(line)
        if isinstance(row, dict):
            said = row
            break
        content.add(row[0], line)
    _refuse_other(content, said)
    return Dumped(owner, content.rows, content.digest)


def _refuse_other(content: _Content, said: Mapping[str, Any] | None) -> None:
    if said is None or (said.get("rows"), said.get("digest")) != (content.rows, content.digest):
        raise SchemaError("this ledger is not whole: its rows are not those that were written")


def fill(db: Connection, lines: Iterable[bytes]) -> Dumped:
    """Make a ledger out of the lines in an empty database; all of it, or nothing.

    Raises NewerFormError where the tables are of a newer program, LedgerError where the ledger is in use already,
    SchemaError where what was written reads otherwise.
    """
    from ledger.migrating import known_versions, upgrade  # noqa: PLC0415 - Alembic is slow to load and seldom needed

    source = iter(lines)
    first = next(source, b"")
    schema, owner = read_head(first)
    if schema not in known_versions():
        raise NewerFormError("tables of a backup", schema)
    clear_empty(db)
    upgrade(db, schema, owner)
    tables = _tables(_parsed(first)["tables"])
    content = _Content()
    months: list[dict[str, Any]] = []
    said: Mapping[str, Any] | None = None
    for table, rows in _batches(source, tables, content):
        if table is None:
            said = rows[0]
        elif table.name == "months":
            months += rows
            _insert(db, table, [{**row, "state": min(row["state"], "open", key=_rank)} for row in rows])
        elif table.name != "identity":  # made with the tables, with the id of the first line
            _insert(db, table, rows)
    _refuse_other(content, said)
    if "months" in tables:
        _walk_on(db, tables["months"], months)
    again = _Content()
    for table in tables.values():
        for line in _row_lines(db, table):
            again.add(table.name, line)
    _refuse_other(again, said)
    _number_on(db)
    if schema != SCHEMA_VERSION:
        upgrade(db)
    return Dumped(owner, content.rows, content.digest)


def _batches(
    source: Iterable[bytes], tables: Mapping[str, Table], content: _Content
) -> Iterator[tuple[Table | None, list[dict[str, Any]]]]:
    """Give the rows of the lines, some of one table at a time; at the end the last line, with no table."""
    present: Table | None = None
    batch: list[dict[str, Any]] = []
    for line in source:
        row = _parsed(line)
        if isinstance(row, dict):
            if present is not None:
                yield present, batch
            yield None, [row]
            return
        content.add(row[0], line)
        table = tables[row[0]]
        if present is not None and (table is not present or len(batch) >= _BATCH):
            yield present, batch
            batch = []
        present = table
        batch.append(_values(table, row[1:]))


def _walk_on(db: Connection, table: Table, months: Iterable[Mapping[str, Any]]) -> None:
    """Bring the months to their states step by step, as the triggers want it; their seals are there now."""
    for month in months:
        where = (table.c.client == month["client"], table.c.month == month["month"])
        for state in _MONTH_WALK[1 : _rank(month["state"]) + 1]:
            db.execute(update(table).where(*where).values(state=state))


def _number_on(db: Connection) -> None:
    """Let the server go on numbering changes of rows after those that are there; SQLite does so by itself."""
    if db.dialect.name != "postgresql":
        return
    changes = metadata.tables["input_row_changes"]
    last = db.execute(select(func.max(changes.c.id))).scalar()
    if last is not None:
        of = "pg_get_serial_sequence('input_row_changes', 'id')"
        db.execute(text(f"SELECT setval({of}, :last)"), {"last": last})


def clear_empty(db: Connection) -> None:
    """Take away the tables of a ledger that nobody has used yet. Raises LedgerError where it is in use."""
    if not inspect(db).has_table("alembic_version"):
        return
    if is_in_use(db):
        raise LedgerError(
            "this ledger is in use; a backup is restored into an empty one", "restore_not_empty"
        )
    for table in reversed(metadata.sorted_tables):
        db.execute(text(f"DROP TABLE IF EXISTS {table.name}"))
    db.execute(text("DROP TABLE alembic_version"))
    if db.dialect.name == "postgresql":
        db.execute(text("DROP FUNCTION IF EXISTS tablo_refuse(), tablo_month()"))


def is_in_use(db: Connection) -> bool:
    """Tell whether a ledger has clients, begun ones included, or a pinned key."""
    names = ("clients", "begun_clients", "seal_keys")
    there = inspect(db).get_table_names()
    used = (
        db.execute(select(func.count()).select_from(metadata.tables[n])).scalar() for n in names if n in there
    )
    return any(used)


# ---- lines, rows and values
def _columns(table: Table) -> list[list[str]]:
    return [[column.name, _KINDS.get(type(column.type), "text")] for column in table.columns]


def _row_lines(db: Connection, table: Table) -> Iterator[bytes]:
    for row in db.execute(select(table).execution_options(yield_per=_BATCH)):
        yield _line([table.name, *(_written(value) for value in row)])


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _written(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        raise SchemaError("these lines are no ledger") from None


def _tables(described: Mapping[str, list[list[str]]]) -> dict[str, Table]:
    """Give tables to write to with the columns that the lines have: of this version or an earlier one."""
    own = MetaData()
    return {
        name: Table(name, own, *(Column(column, _TYPES[kind]) for column, kind in columns))
        for name, columns in described.items()
    }


def _values(table: Table, row: list[Any]) -> dict[str, Any]:
    return {column.name: _read(column.type, value) for column, value in zip(table.columns, row, strict=True)}


def _read(kind: object, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, Moment):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value


def _insert(db: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    try:
        db.execute(insert(table), rows)
    except RefusedRow:
        raise SchemaError(f"rows of {table.name} do not fit together") from None


def _rank(state: str) -> int:
    return _MONTH_WALK.index(state) if state in _MONTH_WALK else -1
