"""The lease on a close: one closer at a time, taken over at once when its process is known to be dead.

It is fenced twice. The ledger lets nobody write under an older lease. And no call to Google is sent that might
still be under way when the lease ends: a slow closer holds it longer first, or learns that it is lost.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cache
from pathlib import Path

from kpi_rules.time.periods import Month
from ledger import Lease, LeaseHeld
from operations.world.services import Services
from sheets_sync.ports import CALL_SECONDS_MAX

LEASE_TIME = timedelta(minutes=15)
"""So long a month waits for a closer whose machine has died. Our choice."""
CALL_TIME = timedelta(seconds=CALL_SECONDS_MAX) + timedelta(minutes=1)
"""So much of a lease must be left when a call is sent: what Google still does after it is not ours any more."""
_RUN = secrets.token_hex(4)


class HeldLease:
    """A lease in use: it is held longer in time, and what it guards stops once somebody else has it."""

    def __init__(self, services: Services, lease: Lease) -> None:
        self._services = services
        self.lease = lease

    def renew(self) -> None:
        """Hold it for its whole time again. Raises LeaseLost when somebody took over."""
        self.lease = self._services.ledger.renew(self.lease, self._services.clock(), LEASE_TIME)

    def before_call(self, _kind: str) -> None:
        """Make sure that the call about to be sent ends within the lease. Raises LeaseLost."""
        if self._services.clock() + CALL_TIME > self.lease.until_at:
            self.renew()


@contextmanager
def close_lease(services: Services, slug: str, month: Month) -> Iterator[HeldLease]:
    """Hold the lease on a month for the time of a close. Raises LeaseHeld while somebody else has it."""
    ledger, now = services.ledger, services.clock()
    holder = f"{_place()} {os.getpid()} {_RUN} {secrets.token_hex(4)}"
    try:
        lease = ledger.lease(slug, month, holder, now, LEASE_TIME)
    except LeaseHeld as held:
        if not _is_dead(held.holder):
            raise
        lease = ledger.lease(slug, month, holder, now, LEASE_TIME, instead_of=held.holder)
    holding = HeldLease(services, lease)
    try:
        yield holding
    finally:
        ledger.release(holding.lease)


@cache
def _place() -> str:
    """Name the machine and, after a slash, where its process numbers count: this boot, this container.

    Two containers may bear one host name; each knows nothing of the other's processes.
    """
    parts = []
    with suppress(OSError):  # Linux alone has these files; elsewhere the host name has to do
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return f"{socket.gethostname()}/{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:8]}"


def _is_dead(holder: str) -> bool:
    """Tell whether a holder was a process of this machine that is gone."""
    place, pid, run, *_ = [*holder.split(" "), "", "", ""]
    if place != _place() or not pid.isdigit() or (int(pid) == os.getpid() and run == _RUN):
        return False
    if int(pid) == os.getpid():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
