"""Whose lease is taken over at once: that of a process of this machine that is known to be dead, nobody else's."""

import os
import socket
import subprocess
import sys
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from kpi_rules.periods import Month
from ledger import LeaseHeld
from operations import leases
from operations.leases import LEASE_TIME, close_lease

NOW = datetime(2026, 10, 6, 5, tzinfo=UTC)
SEPTEMBER = Month(2026, 9)
HERE = socket.gethostname()


class FakeLedger:
    """A ledger whose lease somebody holds; it gives it to that holder again, as the real one does."""

    def __init__(self, holder=None):
        self.holder, self.released = holder, []

    def lease(self, slug, month, holder, now, ttl):
        assert (now, ttl) == (NOW, LEASE_TIME)
        if self.holder not in {None, holder}:
            raise LeaseHeld(slug, str(month), self.holder, now + ttl)
        self.holder = holder
        return holder

    def release(self, lease):
        self.released.append(lease)


def services(ledger):
    return SimpleNamespace(ledger=ledger, clock=lambda: NOW)


def dead_pid():
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_a_free_lease_is_held_and_given_back_even_after_an_error():
    ledger = FakeLedger()
    held = close_lease(services(ledger), "a", SEPTEMBER)
    lease = held.__enter__()
    assert lease.split(" ")[:2] == [HERE, str(os.getpid())]
    assert held.__exit__(ValueError, ValueError("x"), None) is not True
    assert ledger.released == [lease]


def test_two_runs_of_one_process_have_different_names():
    first, second = FakeLedger(), FakeLedger()
    for ledger in (first, second):
        with close_lease(services(ledger), "a", SEPTEMBER):
            pass
    assert first.released != second.released


@pytest.mark.parametrize(
    "holder",
    [
        f"another-machine {os.getpid()} run x",
        "another-machine 999999 run x",
        f"{HERE} {os.getppid()} run x",
        f"{HERE} {os.getpid()} {leases._RUN} x",
        f"{HERE} 1 run x",
        f"{HERE} not-a-number run x",
        HERE,
        "",
    ],
)
def test_a_holder_who_may_live_keeps_his_lease(holder):
    ledger = FakeLedger(holder or "?")
    with pytest.raises(LeaseHeld), close_lease(services(ledger), "a", SEPTEMBER):
        pass
    assert ledger.released == []


def test_a_dead_process_of_this_machine_is_taken_over_at_once():
    ledger = FakeLedger(f"{HERE} {dead_pid()} run x")
    with close_lease(services(ledger), "a", SEPTEMBER) as lease:
        assert lease == ledger.holder
    assert ledger.released == [lease]


def test_an_earlier_run_that_had_our_process_number_is_dead():
    ledger = FakeLedger(f"{HERE} {os.getpid()} earlier-run x")
    with close_lease(services(ledger), "a", SEPTEMBER) as lease:
        assert lease == f"{HERE} {os.getpid()} earlier-run x"
