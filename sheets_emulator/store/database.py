"""Everything the emulator remembers, in one SQLite file that survives `kill -9`.

WAL with `synchronous=FULL`: a transaction is on the disk before its caller answers a request. Records are
rows of JSON; a spreadsheet is a row for all but its cells and a row per block of rows, of which only the
changed ones are written. Documents are cached in memory; a transaction that fails drops those it touched,
so the next one reads the stored state: that is how a batch is atomic.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sheets_emulator.book.document import Document
from sheets_emulator.store.records import (
    AccountRecord,
    ChangeRecord,
    DriveRecord,
    FileRecord,
    PermissionRecord,
)

__all__ = ["AccountRecord", "ChangeRecord", "DriveRecord", "FileRecord", "PermissionRecord", "Store", "Txn"]

_TABLES = """
CREATE TABLE IF NOT EXISTS files (id TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS permissions (
    file_id TEXT NOT NULL, id TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (file_id, id));
CREATE TABLE IF NOT EXISTS drives (id TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS accounts (email TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (digest TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (file_id TEXT PRIMARY KEY, meta BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS blocks (
    file_id TEXT NOT NULL, sheet_id INTEGER NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (file_id, sheet_id, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blobs (file_id TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS changes (
    number INTEGER PRIMARY KEY AUTOINCREMENT, file_id TEXT NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, data TEXT NOT NULL);
"""


class Store:
    """The data folder of one emulator. Safe to use from many threads; transactions run one at a time."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        (folder / "emulator.db").touch(mode=0o600)  # it holds the accounts' private keys
        self._lock = threading.RLock()
        self._db = sqlite3.connect(
            folder / "emulator.db", isolation_level=None, check_same_thread=False, timeout=30
        )
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_TABLES)
        self._documents: dict[str, Document] = {}
        self._seen_version = self._data_version()
        self._open: Txn | None = None
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @contextmanager
    def transaction(self) -> Iterator[Txn]:
        """All or nothing; durable when the block ends. A transaction inside another joins it.

        Raises:
            sqlite3.OperationalError: another process held the file for more than 30 seconds.
        """
        with self._lock:
            if self._open is not None:
                yield self._open
                return
            self._db.execute("BEGIN IMMEDIATE")
            version = self._data_version()
            if version != self._seen_version:  # another process has written: what we remember may be old
                self._documents.clear()
                self._seen_version = version
            txn = self._open = Txn(self._db, self._documents, self.clock)
            try:
                yield txn
            except BaseException:
                self._db.execute("ROLLBACK")
                for file_id in txn.touched:
                    self._documents.pop(file_id, None)
                raise
            else:
                self._db.execute("COMMIT")
            finally:
                self._open = None

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def _data_version(self) -> int:
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])


class Txn:
    """What can be read and written within one transaction."""

    def __init__(
        self, db: sqlite3.Connection, documents: dict[str, Document], clock: Callable[[], datetime]
    ) -> None:
        self._db, self._documents, self._clock = db, documents, clock
        self.touched: set[str] = set()

    # ---- files
    def file(self, file_id: str) -> FileRecord | None:
        """The file or folder with this id."""
        data = self._one("SELECT data FROM files WHERE id = ?", file_id)
        return FileRecord.from_json(json.loads(data)) if data else None

    def put_file(self, record: FileRecord) -> None:
        """Store a new or changed file."""
        self._db.execute("INSERT OR REPLACE INTO files VALUES (?, ?)", (record.id, _text(record.as_json())))

    def delete_file(self, file_id: str) -> None:
        """Remove a file with its content and permissions for good."""
        for table, column in (
            ("files", "id"),
            ("permissions", "file_id"),
            ("documents", "file_id"),
            ("blocks", "file_id"),
            ("blobs", "file_id"),
        ):
            self._db.execute(f"DELETE FROM {table} WHERE {column} = ?", (file_id,))  # noqa: S608  # own names
        self._documents.pop(file_id, None)

    def files(self) -> Iterator[FileRecord]:
        """Every file, in the order of ids."""
        for (data,) in self._db.execute("SELECT data FROM files ORDER BY id").fetchall():
            yield FileRecord.from_json(json.loads(data))

    # ---- permissions
    def permissions(self, file_id: str) -> list[PermissionRecord]:
        """The grants on a file or drive itself, without inherited ones and those whose time is over."""
        rows = self._db.execute("SELECT data FROM permissions WHERE file_id = ? ORDER BY rowid", (file_id,))
        found = [PermissionRecord.from_json(json.loads(data)) for (data,) in rows.fetchall()]
        return [grant for grant in found if not grant.ended(self._clock())]

    def put_permission(self, record: PermissionRecord) -> None:
        """Store a new or changed grant."""
        self._db.execute(
            "INSERT INTO permissions VALUES (?, ?, ?) "
            "ON CONFLICT (file_id, id) DO UPDATE SET data = excluded.data",
            (record.file_id, record.id, _text(record.as_json())),
        )

    def delete_permission(self, file_id: str, permission_id: str) -> None:
        """Take a grant back."""
        self._db.execute("DELETE FROM permissions WHERE file_id = ? AND id = ?", (file_id, permission_id))

    # ---- contents
    def document(self, file_id: str) -> Document:
        """The content of a spreadsheet, cached; change it in place, then `put_document`.

        Raises:
            KeyError: the file has no spreadsheet content.
        """
        self.touched.add(file_id)
        known = self._documents.get(file_id)
        if known is None:
            known = self._documents[file_id] = self._load(file_id)
        return known

    def put_document(self, file_id: str, document: Document) -> None:
        """Store the properties and the changed blocks of a spreadsheet."""
        from pydantic_core import to_json  # noqa: PLC0415  # its load is for those alone who handle cells

        self.touched.add(file_id)
        replaced = self._documents.get(file_id) is not document
        if replaced:
            self._db.execute("DELETE FROM blocks WHERE file_id = ?", (file_id,))
            self._documents[file_id] = document
        self._db.execute(
            "INSERT OR REPLACE INTO documents VALUES (?, ?)", (file_id, to_json(document.meta()))
        )
        for sheet in document.sheets:
            if sheet.stored_blocks is None:  # the id may have belonged to a tab that was deleted
                self._db.execute(
                    "DELETE FROM blocks WHERE file_id = ? AND sheet_id = ?", (file_id, sheet.sheet_id)
                )
            for number, rows in sheet.blocks(only_changed=not replaced):
                if rows:
                    self._db.execute(
                        "INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?)",
                        (file_id, sheet.sheet_id, number, to_json(rows)),
                    )
                else:
                    self._db.execute(
                        "DELETE FROM blocks WHERE file_id = ? AND sheet_id = ? AND number = ?",
                        (file_id, sheet.sheet_id, number),
                    )
            sheet.stored()
        kept = [sheet.sheet_id for sheet in document.sheets]
        marks = ",".join("?" * len(kept))
        self._db.execute(
            f"DELETE FROM blocks WHERE file_id = ? AND sheet_id NOT IN ({marks})",  # noqa: S608  # only marks
            (file_id, *kept),
        )

    def blob(self, file_id: str) -> bytes | None:
        """The bytes of a file that is no spreadsheet."""
        data = self._one("SELECT data FROM blobs WHERE file_id = ?", file_id)
        return None if data is None else bytes(data)

    def put_blob(self, file_id: str, data: bytes) -> None:
        """Store the bytes of a file that is no spreadsheet."""
        self._db.execute("INSERT OR REPLACE INTO blobs VALUES (?, ?)", (file_id, data))

    # ---- shared drives
    def drives(self) -> list[DriveRecord]:
        """Every shared drive, in the order of ids."""
        rows = self._db.execute("SELECT data FROM drives ORDER BY id").fetchall()
        return [DriveRecord.from_json(json.loads(data)) for (data,) in rows]

    def drive(self, drive_id: str) -> DriveRecord | None:
        """The shared drive with this id."""
        data = self._one("SELECT data FROM drives WHERE id = ?", drive_id)
        return DriveRecord.from_json(json.loads(data)) if data else None

    def put_drive(self, record: DriveRecord) -> None:
        """Store a new or changed shared drive."""
        self._db.execute("INSERT OR REPLACE INTO drives VALUES (?, ?)", (record.id, _text(record.as_json())))

    def delete_drive(self, drive_id: str) -> None:
        """Remove a shared drive and its members."""
        self._db.execute("DELETE FROM drives WHERE id = ?", (drive_id,))
        self._db.execute("DELETE FROM permissions WHERE file_id = ?", (drive_id,))

    # ---- accounts, tokens, settings
    def account(self, email: str) -> AccountRecord | None:
        """The account with this address, whatever its case."""
        data = self._one("SELECT data FROM accounts WHERE email = ?", email.lower())
        return AccountRecord.from_json(json.loads(data)) if data else None

    def accounts(self) -> list[AccountRecord]:
        """Every account, by address."""
        rows = self._db.execute("SELECT data FROM accounts ORDER BY email").fetchall()
        return [AccountRecord.from_json(json.loads(data)) for (data,) in rows]

    def put_account(self, record: AccountRecord) -> None:
        """Store a new or changed account."""
        self._db.execute(
            "INSERT OR REPLACE INTO accounts VALUES (?, ?)", (record.email.lower(), _text(record.as_json()))
        )

    def token(self, digest: str) -> dict[str, Any] | None:
        """What stands behind a bearer token, by the SHA-256 of its text."""
        data = self._one("SELECT data FROM tokens WHERE digest = ?", digest)
        return dict(json.loads(data)) if data else None

    def put_token(self, digest: str, data: dict[str, Any]) -> None:
        """Remember a bearer token by its SHA-256."""
        self._db.execute("INSERT OR REPLACE INTO tokens VALUES (?, ?)", (digest, _text(data)))

    def setting(self, name: str) -> Any:
        """A JSON value kept under a name; None when there is none."""
        data = self._one("SELECT data FROM settings WHERE name = ?", name)
        return json.loads(data) if data else None

    def put_setting(self, name: str, value: Any) -> None:
        """Keep a JSON value under a name."""
        self._db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, _text(value)))

    # ---- changes
    def append_change(self, file_id: str, kind: str, at: datetime) -> None:
        """Add to the list of changes; `kind` is `file`, `removed` or `drive`."""
        self._db.execute(
            "INSERT INTO changes (file_id, kind, at) VALUES (?, ?, ?)", (file_id, kind, at.isoformat())
        )

    def changes(self, after: int = 0) -> list[ChangeRecord]:
        """The changes with a number above `after`, oldest first."""
        rows = self._db.execute(
            "SELECT number, file_id, kind, at FROM changes WHERE number > ? ORDER BY number", (after,)
        )
        return [ChangeRecord(n, f, k, datetime.fromisoformat(at)) for n, f, k, at in rows.fetchall()]

    def _one(self, query: str, key: str) -> Any:
        row = self._db.execute(query, (key,)).fetchone()
        return row[0] if row else None

    def _load(self, file_id: str) -> Document:
        from pydantic_core import from_json  # noqa: PLC0415  # its load is for those alone who handle cells

        meta = self._one("SELECT meta FROM documents WHERE file_id = ?", file_id)
        if meta is None:
            raise KeyError(file_id)
        document = Document.from_meta(from_json(meta))
        for sheet in document.sheets:
            blocks = self._db.execute(
                "SELECT data FROM blocks WHERE file_id = ? AND sheet_id = ? ORDER BY number",
                (file_id, sheet.sheet_id),
            )
            for (data,) in blocks:
                sheet.load_block(from_json(data))
            sheet.stored()
        return document


@contextmanager
def opened(place: Path | Store) -> Iterator[Store]:
    """The store given, or one opened on a folder and closed again."""
    if isinstance(place, Store):
        yield place
        return
    store = Store(place)
    try:
        yield store
    finally:
        store.close()


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
