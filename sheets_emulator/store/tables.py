"""The tables of the SQLite file, and what brings an older file up to them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sheets_emulator.store.records import FileRecord

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

_TABLES = """
CREATE TABLE IF NOT EXISTS files (id TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS file_traits (
    file_id TEXT NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (file_id, kind, value)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS files_by_trait ON file_traits (kind, value);
CREATE TABLE IF NOT EXISTS permissions (
    file_id TEXT NOT NULL, id TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (file_id, id));
CREATE TABLE IF NOT EXISTS drives (id TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS accounts (email TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (digest TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    file_id TEXT PRIMARY KEY, meta BLOB NOT NULL, stamp INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS blocks (
    file_id TEXT NOT NULL, sheet_id INTEGER NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (file_id, sheet_id, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blobs (file_id TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS changes (
    number INTEGER PRIMARY KEY AUTOINCREMENT, file_id TEXT NOT NULL, kind TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, data TEXT NOT NULL);
"""
_TRAITS_KNOWN = "fileTraits"


def prepare(db: sqlite3.Connection) -> None:
    """Make what tables are missing; an older file gets its stamps and the traits of its files."""
    db.executescript(_TABLES)
    known = db.execute("SELECT 1 FROM settings WHERE name = ?", (_TRAITS_KNOWN,)).fetchone()
    if known is not None:
        return
    db.execute("BEGIN IMMEDIATE")
    if "stamp" not in {row[1] for row in db.execute("PRAGMA table_info(documents)")}:
        db.execute("ALTER TABLE documents ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0")
    for (data,) in db.execute("SELECT data FROM files").fetchall():
        record = FileRecord.from_json(json.loads(data))
        rows = [(record.id, *trait) for trait in record.traits()]
        db.executemany("INSERT OR IGNORE INTO file_traits VALUES (?, ?, ?)", rows)
    db.execute("INSERT OR REPLACE INTO settings VALUES (?, '1')", (_TRAITS_KNOWN,))
    db.execute("COMMIT")


def rarest(rows: Callable[..., list[tuple[Any, ...]]], traits: Iterable[tuple[str, str]]) -> list[str]:
    """The ids of the files that have the rarest of these traits, looked for in growing steps.

    A client's mark names three files, the mark of a kind of file one of each client: asking for few first never
    walks through the many. `rows` answers a query with its values.
    """
    wanted, most = sorted(traits), 16
    while True:
        for trait in wanted:
            query = "SELECT file_id FROM file_traits WHERE kind = ? AND value = ? LIMIT ?"
            ids = rows(query, *trait, most + 1)
            if len(ids) <= most:
                return [file_id for (file_id,) in ids]
        most *= 16
