"""Everything the emulator remembers, in one SQLite file that survives `kill -9`.

WAL with `synchronous=FULL`: what is written is on the disk before its caller answers a request. Readers stand on a
moment of their own (`reading`) and wait for nobody. Writers of one spreadsheet take turns (`edit`); they read, compute
and serialise beside everybody else, and only the few rows that come of it are written under the store's one lock for
writing. Whatever else writes (`transaction`) has that lock from its beginning to its end, so it must be short.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from weakref import WeakValueDictionary

from sheets_emulator.store.books import Books
from sheets_emulator.store.records import (
    AccountRecord,
    ChangeRecord,
    DriveRecord,
    FileRecord,
    PermissionRecord,
)
from sheets_emulator.store.tables import prepare
from sheets_emulator.store.transactions import Edit, Txn

__all__ = ["AccountRecord", "ChangeRecord", "DriveRecord", "FileRecord", "PermissionRecord", "Store", "Txn"]

T = TypeVar("T")
_ATTEMPTS = 3
_IDLE_READERS = 8
_BUSY_SECONDS = 30


class Store:
    """The data folder of one emulator. Safe to use from many threads and beside other processes."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        (folder / "emulator.db").touch(mode=0o600)  # it holds the accounts' private keys
        self._lock = threading.RLock()
        self._db = self._connect()
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        prepare(self._db)
        self._books = Books()
        self._open: Txn | None = None
        self._idle: list[sqlite3.Connection] = []
        self._turns: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()
        self._lock_of_turns = threading.Lock()
        self._closed = False
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
            with self._written():
                txn = self._open = Txn(self._db, self._books, self._clock, writes=True)
                try:
                    yield txn
                finally:
                    self._open = None
            txn.publish()

    @contextmanager
    def reading(self) -> Iterator[Txn]:
        """One moment of the store for reading; writers go on meanwhile, and are not seen.

        Raises:
            sqlite3.OperationalError: something was to be written.
        """
        with self._moment() as db:
            yield Txn(db, self._books, self._clock, writes=False)

    def edit(self, file_id: str, work: Callable[[Txn], T]) -> T:
        """What `work` returns, which reads and writes one spreadsheet; all or nothing, durable when this returns.

        Edits of one file take turns. `work` runs again where something that it has read was changed beneath it, at
        last with everybody else held up, so it must do nothing but read and write.
        """
        with self._turn(file_id):
            for _ in range(_ATTEMPTS):
                with self._moment() as db:
                    edit = Edit(db, self._books, self._clock)
                    result = work(edit)
                if self._carried_out(edit):
                    return result
            with self.transaction() as txn:
                return work(txn)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._closed = True
            self._db.close()
            while self._idle:
                self._idle.pop().close()

    def _carried_out(self, edit: Edit) -> bool:
        with self._lock:
            with self._written():
                holds = edit.still_holds(self._db)
                if holds:
                    edit.carry_out(self._db)
            if holds:
                edit.publish()
            return holds

    @contextmanager
    def _written(self) -> Iterator[None]:
        """The one transaction that writes."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def _moment(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one moment of the file and cannot write."""
        try:
            db = self._idle.pop()  # atomic, as is append: readers take no lock
        except IndexError:
            db = self._connect()
            db.execute("PRAGMA query_only=ON")
        try:
            db.execute("BEGIN")
            yield db
        finally:
            db.execute("ROLLBACK")
            if self._closed or len(self._idle) >= _IDLE_READERS:
                db.close()
            else:
                self._idle.append(db)

    def _turn(self, file_id: str) -> threading.Lock:
        """Who holds it writes this file; forgotten when nobody waits for it."""
        with self._lock_of_turns:
            turn = self._turns.get(file_id)
            if turn is None:
                turn = self._turns[file_id] = threading.Lock()
            return turn

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(
            self.folder / "emulator.db", isolation_level=None, check_same_thread=False, timeout=_BUSY_SECONDS
        )

    def _clock(self) -> datetime:
        return self.clock()  # looked up at each call: the engine puts its own in its place


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
