"""What all handlers share: the store, the clock, the source of ids, the settings."""

from __future__ import annotations

import os
import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from anyio import CapacityLimiter

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
    """Threads apart for those who may wait for a turn to write or for an export: they take none from readers.

    `processes` is held by each export that has a process of its own.
    """

    writing: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(40))
    exporting: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(16))
    processes: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
    )


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

    def _moment(self) -> datetime:
        return self.clock()  # looked up at each call: a bad day may have put another clock in its place

    def now(self) -> datetime:
        """This moment by the emulator's clock, to the millisecond as Drive shows it."""
        at = self.clock()
        return at.replace(microsecond=at.microsecond // 1000 * 1000)
