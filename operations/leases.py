"""The lease on a close: one closer at a time, taken over at once when its process is known to be dead."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from kpi_rules.periods import Month
from ledger import Lease, LeaseHeld
from operations.services import Services

LEASE_TIME = timedelta(minutes=15)
"""Longer than the slowest single call to Google with its retries."""
_RUN = secrets.token_hex(4)


@contextmanager
def close_lease(services: Services, slug: str, month: Month) -> Iterator[Lease]:
    """Hold the lease on a month for the time of a close. Raises LeaseHeld while somebody else has it."""
    ledger, now = services.ledger, services.clock()
    holder = f"{socket.gethostname()} {os.getpid()} {_RUN} {secrets.token_hex(4)}"
    try:
        lease = ledger.lease(slug, month, holder, now, LEASE_TIME)
    except LeaseHeld as held:
        if not _is_dead(held.holder):
            raise
        lease = ledger.lease(slug, month, held.holder, now, LEASE_TIME)
    try:
        yield lease
    finally:
        ledger.release(lease)


def _is_dead(holder: str) -> bool:
    """Tell whether a holder was a process of this machine that is gone."""
    host, pid, run, *_ = [*holder.split(" "), "", "", ""]
    if host != socket.gethostname() or not pid.isdigit() or (int(pid) == os.getpid() and run == _RUN):
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
