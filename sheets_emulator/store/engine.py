"""What all handlers share: the store, the clock, the source of ids, the settings."""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import Callable

    from sheets_emulator.store.database import Store


def _utc_now() -> datetime:
    return datetime.now(UTC)


def new_id(kind: str) -> str:
    """A fresh id that looks like Google's: `file` and `folder` 33 or 44 characters, else 19 digits."""
    if kind == "spreadsheet":
        return "1" + secrets.token_urlsafe(40)[:43]
    if kind == "drive":
        return "0A" + secrets.token_urlsafe(16)[:13] + "Uk9PVA"
    if kind in ("file", "folder"):
        return "1" + secrets.token_urlsafe(40)[:32]
    return str(secrets.randbelow(2 * 10**9) + 1)


@dataclass(frozen=True)
class Lanes:
    """Threads for each kind of request, so that those who wait for a turn or for an export take none from readers.

    `processes` is held by each export that has a process of its own.
    """

    reading: Executor = field(default_factory=lambda: ThreadPoolExecutor(40, "reading"))
    writing: Executor = field(default_factory=lambda: ThreadPoolExecutor(40, "writing"))
    exporting: Executor = field(default_factory=lambda: ThreadPoolExecutor(16, "exporting"))
    processes: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
    )
    _turns: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    def turn(self, file_id: str) -> asyncio.Lock:
        """Who holds it writes this file: requests wait for it without a thread. Of the server's loop alone."""
        lock = self._turns.get(file_id)
        if lock is None:
            lock = self._turns[file_id] = asyncio.Lock()
        return lock

    def close(self) -> None:
        """Let the threads end."""
        for lane in (self.reading, self.writing, self.exporting):
            lane.shutdown(wait=False)


@dataclass
class Engine:
    """One emulator at work. `settings` are switches that an admin call or the start may set.

    Settings known: `service_account_quota` (bool, default False: service accounts own no files, as Google
    behaves now), `import_export_bytes` and whatever `faults.py` adds.
    """

    store: Store
    clock: Callable[[], datetime] = _utc_now
    new_id: Callable[[str], str] = new_id
    settings: dict[str, Any] = field(default_factory=dict)
    url: str = "http://127.0.0.1"
    instance: str = field(default_factory=lambda: secrets.token_hex(16))
    lanes: Lanes = field(default_factory=Lanes)

    def __post_init__(self) -> None:
        """Let grants of the store end by this clock."""
        self.store.clock = self._moment

    def close(self) -> None:
        """Let go of the store and of the threads, when the last request is answered."""
        self.lanes.close()
        self.store.close()

    def _moment(self) -> datetime:
        return self.clock()  # looked up at each call: a bad day may have put another clock in its place

    def now(self) -> datetime:
        """This moment by the emulator's clock, to the millisecond as Drive shows it."""
        at = self.clock()
        return at.replace(microsecond=at.microsecond // 1000 * 1000)
