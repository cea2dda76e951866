"""Whose lease is taken over at once: that of a process of this machine that is known to be dead, nobody else's."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from kpi_rules.time.periods import Month
from ledger import Client, LeaseHeld, LeaseLost, open_ledger
from operations.world import leases
from operations.world.leases import CALL_TIME, LEASE_TIME, close_lease

NOW = datetime(2026, 10, 6, 5, tzinfo=UTC)
SEPTEMBER = Month(2026, 9)
HERE = leases._place()


class FakeLedger:
    """A ledger whose lease somebody holds; it passes it on in that holder's stead, as the real one does."""

    def __init__(self, holder=None):
        self.holder, self.released = holder, []

    def lease(self, slug, month, holder, now, ttl, *, instead_of=None):
        assert (now, ttl) == (NOW, LEASE_TIME)
        if self.holder not in {None, holder, instead_of}:
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
    lease = held.__enter__().lease
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
        f"{HERE.partition('/')[0]}/of-another-container 999999 run x",
        "another-machine 999999 run x",
        f"{HERE} {os.getppid()} run x",
        f"{HERE} {os.getpid()} {leases._RUN} x",
        f"{HERE} 1 run x",
        f"{HERE} not-a-number run x",
        HERE,
        "",
    ],
    ids=[
        "our number elsewhere", "another container", "another machine", "our parent", "ourselves", "the first process",
        "no number", "no process", "nobody named",
    ],
)  # fmt: skip
def test_a_holder_who_may_live_keeps_his_lease(holder):
    ledger = FakeLedger(holder or "?")
    with pytest.raises(LeaseHeld), close_lease(services(ledger), "a", SEPTEMBER):
        pass
    assert ledger.released == []


def test_a_dead_process_of_this_machine_is_taken_over_at_once():
    ledger = FakeLedger(f"{HERE} {dead_pid()} run x")
    with close_lease(services(ledger), "a", SEPTEMBER) as held:
        assert held.lease == ledger.holder
        assert held.lease.split(" ")[1] == str(os.getpid()), (
            "under our own name: the next one sees that we live"
        )
    assert ledger.released == [held.lease]


def test_an_earlier_run_that_had_our_process_number_is_dead():
    ledger = FakeLedger(f"{HERE} {os.getpid()} earlier-run x")
    with close_lease(services(ledger), "a", SEPTEMBER) as held:
        assert held.lease == ledger.holder
        assert held.lease.split(" ")[2] == leases._RUN


def test_of_two_who_find_a_dead_holder_one_takes_over(tmp_path):
    """The second one read the dead holder's name too, but by then the lease has passed on."""
    with open_ledger(folder=tmp_path) as book:
        book.add_client(Client("А", "a", "b2b", "ru", NOW))
        dead = f"{HERE} {dead_pid()} run x"
        book.lease("a", SEPTEMBER, dead, NOW, LEASE_TIME)
        with close_lease(services(book), "a", SEPTEMBER) as held:
            with pytest.raises(LeaseHeld) as caught:
                book.lease("a", SEPTEMBER, "second", NOW, LEASE_TIME, instead_of=dead)
            assert caught.value.holder == held.lease.holder
            with pytest.raises(LeaseHeld), close_lease(services(book), "a", SEPTEMBER):
                pass


def test_a_call_is_sent_only_with_enough_of_the_lease_left(tmp_path):
    moment = NOW
    world = SimpleNamespace(ledger=None, clock=lambda: moment)
    with open_ledger(folder=tmp_path) as book:
        book.add_client(Client("А", "a", "b2b", "ru", NOW))
        world.ledger = book
        with close_lease(world, "a", SEPTEMBER) as held:
            moment = NOW + LEASE_TIME - CALL_TIME
            held.before_call("write")
            assert held.lease.until_at == NOW + LEASE_TIME
            moment += timedelta(seconds=1)
            held.before_call("write")
            assert held.lease.until_at == moment + LEASE_TIME
            book.lease("a", SEPTEMBER, "second", moment + LEASE_TIME, LEASE_TIME)  # we slept through it
            moment += LEASE_TIME
            with pytest.raises(LeaseLost):
                held.before_call("write")
        assert book.unfinished_closes(moment) == []
