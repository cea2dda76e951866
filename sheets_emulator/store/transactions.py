"""What can be read and written within one transaction: records as rows of JSON, spreadsheets in blocks of rows.

A spreadsheet is a row for all but its cells and a row per block of rows, of which only the changed ones are written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sheets_emulator.book.document import Document
from sheets_emulator.store.books import Books, StoredBook, new_stamp
from sheets_emulator.store.records import (
    AccountRecord,
    ChangeRecord,
    DriveRecord,
    FileRecord,
    PermissionRecord,
)
from sheets_emulator.store.tables import rarest

if TYPE_CHECKING:
    import sqlite3

Rows = list[tuple[Any, ...]]


class Txn:
    """One moment of the store; where it may write, what it wrote is seen by itself at once, by others when it ends."""

    def __init__(
        self, db: sqlite3.Connection, books: Books, clock: Callable[[], datetime], *, writes: bool
    ) -> None:
        self._db, self._books, self._clock, self._writes = db, books, clock, writes
        self._stamps: dict[str, int] = {}  # of the books that were read
        self._forks: dict[str, Document] = {}  # the books that may be changed here
        self._written: dict[str, int] = {}  # the new stamps of those that were

    def _rows(self, query: str, *values: Any) -> Rows:
        return self._db.execute(query, values).fetchall()

    def _do(self, statement: str, *values: Any) -> None:
        self._db.execute(statement, values)

    def publish(self) -> None:
        """Let others read the spreadsheets that were written, once they are stored for good."""
        for file_id, stamp in self._written.items():
            self._books.put(file_id, stamp, self._forks[file_id])

    # ---- files
    def file(self, file_id: str) -> FileRecord | None:
        """The file or folder with this id."""
        data = self._one("SELECT data FROM files WHERE id = ?", file_id)
        return FileRecord.from_json(json.loads(data)) if data else None

    def put_file(self, record: FileRecord) -> None:
        """Store a new or changed file."""
        self._do("INSERT OR REPLACE INTO files VALUES (?, ?)", record.id, _text(record.as_json()))
        traits = record.traits()
        if traits != set(self._rows("SELECT kind, value FROM file_traits WHERE file_id = ?", record.id)):
            self._do("DELETE FROM file_traits WHERE file_id = ?", record.id)
            for kind, value in sorted(traits):
                self._do("INSERT INTO file_traits VALUES (?, ?, ?)", record.id, kind, value)

    def delete_file(self, file_id: str) -> None:
        """Remove a file with its content and permissions for good."""
        for table, column in (
            ("files", "id"),
            ("file_traits", "file_id"),
            ("permissions", "file_id"),
            ("documents", "file_id"),
            ("blocks", "file_id"),
            ("blobs", "file_id"),
        ):
            self._do(f"DELETE FROM {table} WHERE {column} = ?", file_id)  # noqa: S608  # own names
        self._forks.pop(file_id, None)
        self._written.pop(file_id, None)

    def files(self) -> Iterator[FileRecord]:
        """Every file, in the order of ids."""
        for (data,) in self._rows("SELECT data FROM files ORDER BY id"):
            yield FileRecord.from_json(json.loads(data))

    def files_with(self, traits: Iterable[tuple[str, str]]) -> Iterator[FileRecord]:
        """The files that have the rarest of these traits (`FileRecord.traits`); every file where none is named."""
        wanted = list(traits)
        if not wanted:
            yield from self.files()
            return
        for file_id in sorted(rarest(self._rows, wanted)):
            file = self.file(file_id)
            if file is not None:
                yield file

    # ---- permissions
    def permissions(self, file_id: str) -> list[PermissionRecord]:
        """The grants on a file or drive itself, without inherited ones and those whose time is over."""
        rows = self._rows("SELECT data FROM permissions WHERE file_id = ? ORDER BY rowid", file_id)
        grants = [PermissionRecord.from_json(json.loads(data)) for (data,) in rows]
        return [grant for grant in grants if not grant.ended(self._clock())]

    def put_permission(self, record: PermissionRecord) -> None:
        """Store a new or changed grant."""
        self._do(
            "INSERT INTO permissions VALUES (?, ?, ?) "
            "ON CONFLICT (file_id, id) DO UPDATE SET data = excluded.data",
            record.file_id,
            record.id,
            _text(record.as_json()),
        )

    def delete_permission(self, file_id: str, permission_id: str) -> None:
        """Take a grant back."""
        self._do("DELETE FROM permissions WHERE file_id = ? AND id = ?", file_id, permission_id)

    # ---- contents
    def document(self, file_id: str) -> Document:
        """The content of a spreadsheet: for reading alone, or one to change in place and then `put_document`.

        Raises:
            KeyError: the file has no spreadsheet content.
        """
        fork = self._forks.get(file_id)
        if fork is not None:
            return fork
        known = self._known(file_id)
        if not self._writes:
            return known
        self._forks[file_id] = known.fork()
        return self._forks[file_id]

    def keep(self, file_id: str, document: Document) -> None:
        """Let later readers have a book that was worked out further, without another content, than the stored one."""
        if not self._writes:
            self._books.put(file_id, self._stamps[file_id], document)

    def put_document(self, file_id: str, document: Document) -> None:
        """Store the properties and the changed blocks of a spreadsheet."""
        from pydantic_core import to_json  # noqa: PLC0415  # its load is for those alone who handle cells

        replaced = self._forks.get(file_id) is not document
        if replaced:
            self._do("DELETE FROM blocks WHERE file_id = ?", file_id)
            self._forks[file_id] = document
        document.is_volatile = None
        self._put_meta(file_id, document)
        for sheet in document.sheets:
            if sheet.stored_blocks is None:  # the id may have belonged to a tab that was deleted
                self._do("DELETE FROM blocks WHERE file_id = ? AND sheet_id = ?", file_id, sheet.sheet_id)
            for number, rows in sheet.blocks(only_changed=not replaced):
                key = (file_id, sheet.sheet_id, number)
                if rows:
                    self._do("INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?)", *key, to_json(rows))
                else:
                    self._do("DELETE FROM blocks WHERE file_id = ? AND sheet_id = ? AND number = ?", *key)
            sheet.stored()
        kept = [sheet.sheet_id for sheet in document.sheets]
        marks = ",".join("?" * len(kept))
        self._do(
            f"DELETE FROM blocks WHERE file_id = ? AND sheet_id NOT IN ({marks})",  # noqa: S608  # only marks
            file_id,
            *kept,
        )

    def copy_document(self, source_id: str, file_id: str, adjust: Callable[[Document], None]) -> None:
        """Store a spreadsheet's content as another file's; `adjust` may change anything in it but cells.

        Raises:
            KeyError: the source has no spreadsheet content.
        """
        from pydantic_core import from_json  # noqa: PLC0415  # its load is for those alone who handle cells

        meta = self._one("SELECT meta FROM documents WHERE file_id = ?", source_id)
        if meta is None:
            raise KeyError(source_id)
        without_cells = Document.from_meta(from_json(meta))
        adjust(without_cells)
        self._put_meta(file_id, without_cells)
        self._written.pop(file_id)
        self._do(
            "INSERT INTO blocks SELECT ?, sheet_id, number, data FROM blocks WHERE file_id = ?",
            file_id,
            source_id,
        )

    def stored_size(self, file_id: str) -> int:
        """How many bytes the cells of a spreadsheet take in the store."""
        return int(self._rows("SELECT total(length(data)) FROM blocks WHERE file_id = ?", file_id)[0][0])

    def stored_book(self, file_id: str, *, cells: bool = True) -> StoredBook:
        """A spreadsheet in the store's bytes, perhaps without its cells.

        Raises:
            KeyError: the file has no spreadsheet content.
        """
        meta = self._one("SELECT meta FROM documents WHERE file_id = ?", file_id)
        if meta is None:
            raise KeyError(file_id)
        query = "SELECT sheet_id, number, data FROM blocks WHERE file_id = ? ORDER BY sheet_id, number"
        return StoredBook(meta, tuple(self._db.execute(query, (file_id,))) if cells else ())

    def _known(self, file_id: str) -> Document:
        stamps = self._rows("SELECT stamp FROM documents WHERE file_id = ?", file_id)
        if not stamps:
            raise KeyError(file_id)
        stamp = self._stamps[file_id] = int(stamps[0][0])
        known = self._books.get(file_id, stamp)
        if known is None:
            known = self.stored_book(file_id).parsed()
            self._books.put(file_id, stamp, known)
        return known

    def _put_meta(self, file_id: str, document: Document) -> None:
        from pydantic_core import to_json  # noqa: PLC0415  # its load is for those alone who handle cells

        stamp = self._written[file_id] = new_stamp()
        self._do(
            "INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", file_id, to_json(document.meta()), stamp
        )

    def blob(self, file_id: str) -> bytes | None:
        """The bytes of a file that is no spreadsheet."""
        data = self._one("SELECT data FROM blobs WHERE file_id = ?", file_id)
        return None if data is None else bytes(data)

    def put_blob(self, file_id: str, data: bytes) -> None:
        """Store the bytes of a file that is no spreadsheet."""
        self._do("INSERT OR REPLACE INTO blobs VALUES (?, ?)", file_id, data)

    # ---- shared drives
    def drives(self) -> list[DriveRecord]:
        """Every shared drive, in the order of ids."""
        rows = self._rows("SELECT data FROM drives ORDER BY id")
        return [DriveRecord.from_json(json.loads(data)) for (data,) in rows]

    def drive(self, drive_id: str) -> DriveRecord | None:
        """The shared drive with this id."""
        data = self._one("SELECT data FROM drives WHERE id = ?", drive_id)
        return DriveRecord.from_json(json.loads(data)) if data else None

    def put_drive(self, record: DriveRecord) -> None:
        """Store a new or changed shared drive."""
        self._do("INSERT OR REPLACE INTO drives VALUES (?, ?)", record.id, _text(record.as_json()))

    def delete_drive(self, drive_id: str) -> None:
        """Remove a shared drive and its members."""
        self._do("DELETE FROM drives WHERE id = ?", drive_id)
        self._do("DELETE FROM permissions WHERE file_id = ?", drive_id)

    # ---- accounts, tokens, settings
    def account(self, email: str) -> AccountRecord | None:
        """The account with this address, whatever its case."""
        data = self._one("SELECT data FROM accounts WHERE email = ?", email.lower())
        return AccountRecord.from_json(json.loads(data)) if data else None

    def accounts(self) -> list[AccountRecord]:
        """Every account, by address."""
        rows = self._rows("SELECT data FROM accounts ORDER BY email")
        return [AccountRecord.from_json(json.loads(data)) for (data,) in rows]

    def put_account(self, record: AccountRecord) -> None:
        """Store a new or changed account."""
        self._do(
            "INSERT OR REPLACE INTO accounts VALUES (?, ?)", record.email.lower(), _text(record.as_json())
        )

    def token(self, digest: str) -> dict[str, Any] | None:
        """What stands behind a bearer token, by the SHA-256 of its text."""
        data = self._one("SELECT data FROM tokens WHERE digest = ?", digest)
        return dict(json.loads(data)) if data else None

    def put_token(self, digest: str, data: dict[str, Any]) -> None:
        """Remember a bearer token by its SHA-256."""
        self._do("INSERT OR REPLACE INTO tokens VALUES (?, ?)", digest, _text(data))

    def setting(self, name: str) -> Any:
        """A JSON value kept under a name; None when there is none."""
        data = self._one("SELECT data FROM settings WHERE name = ?", name)
        return json.loads(data) if data else None

    def put_setting(self, name: str, value: Any) -> None:
        """Keep a JSON value under a name."""
        self._do("INSERT OR REPLACE INTO settings VALUES (?, ?)", name, _text(value))

    # ---- changes
    def append_change(self, file_id: str, kind: str, at: datetime) -> None:
        """Add to the list of changes; `kind` is `file`, `removed` or `drive`."""
        self._do("INSERT INTO changes (file_id, kind, at) VALUES (?, ?, ?)", file_id, kind, at.isoformat())

    def changes(self, after: int = 0) -> list[ChangeRecord]:
        """The changes with a number above `after`, oldest first."""
        rows = self._rows(
            "SELECT number, file_id, kind, at FROM changes WHERE number > ? ORDER BY number", after
        )
        return [ChangeRecord(n, f, k, datetime.fromisoformat(at)) for n, f, k, at in rows]

    def last_change(self) -> int:
        """The number of the newest change; 0 before the first."""
        return int(self._rows("SELECT max(number) FROM changes")[0][0] or 0)

    def _one(self, query: str, key: str) -> Any:
        rows = self._rows(query, key)
        return rows[0][0] if rows else None


class Edit(Txn):
    """The writing of one spreadsheet beside everybody else: read from one moment, written in another.

    What it writes waits until the store makes it part of the file, which happens only if all that it has read is
    still so (`still_holds`). It sees what it wrote of files and spreadsheets itself, and writes nothing else.
    """

    def __init__(self, db: sqlite3.Connection, books: Books, clock: Callable[[], datetime]) -> None:
        super().__init__(db, books, clock, writes=True)
        self._read: list[tuple[str, tuple[Any, ...], Rows]] = []
        self._waiting: list[tuple[str, tuple[Any, ...]]] = []
        self._files: dict[str, FileRecord] = {}

    def file(self, file_id: str) -> FileRecord | None:
        """The file with this id, as this edit has left it."""
        return self._files.get(file_id) or super().file(file_id)

    def put_file(self, record: FileRecord) -> None:
        """Store a new or changed file when the edit ends."""
        super().put_file(record)
        self._files[record.id] = record

    def still_holds(self, db: sqlite3.Connection) -> bool:
        """Whether everything that was read is the same in this transaction."""
        return all(db.execute(query, values).fetchall() == rows for query, values, rows in self._read)

    def carry_out(self, db: sqlite3.Connection) -> None:
        """Write what waits."""
        for statement, values in self._waiting:
            db.execute(statement, values)

    def _rows(self, query: str, *values: Any) -> Rows:
        rows = super()._rows(query, *values)
        self._read.append((query, values, rows))
        return rows

    def _do(self, statement: str, *values: Any) -> None:
        self._waiting.append((statement, values))


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
