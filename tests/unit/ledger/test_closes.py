from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ledger import (
    FrozenConflict,
    LeaseHeld,
    LeaseLost,
    Ledger,
    LedgerError,
    MonthStateError,
    RecordError,
    UnfinishedClose,
)
from tests.unit.ledger.builders import NOW, OCTOBER, SEPTEMBER, TTL, a_client, close, to_review

SECOND = timedelta(seconds=1)


def test_a_lease_keeps_others_away_until_it_ends(book: Ledger) -> None:
    first = book.lease("acme", OCTOBER, "a", NOW, TTL)
    with pytest.raises(
        LeaseHeld, match=r"acme 2026-10 is being closed by a; .* 2026-11-05 09:35:00 UTC"
    ) as caught:
        book.lease("acme", OCTOBER, "b", NOW + TTL - SECOND, TTL)
    assert (caught.value.holder, caught.value.until_at) == ("a", NOW + TTL)
    second = book.lease("acme", OCTOBER, "b", NOW + TTL, TTL)
    assert second.token == first.token + 1


def test_a_dead_holders_lease_passes_on_to_one_only(book: Ledger) -> None:
    dead = book.lease("acme", OCTOBER, "dead", NOW, TTL)
    heir = book.lease("acme", OCTOBER, "heir", NOW, TTL, instead_of="dead")
    assert (heir.holder, heir.token) == ("heir", dead.token + 1)
    with pytest.raises(LeaseHeld, match="by heir"):
        book.lease("acme", OCTOBER, "late", NOW, TTL, instead_of="dead")
    with pytest.raises(LeaseLost):
        book.renew(dead, NOW, TTL)


def test_leases_of_other_months_and_clients_are_free(book: Ledger) -> None:
    book.add_client(a_client("zeta"))
    book.lease("acme", OCTOBER, "a", NOW, TTL)
    assert book.lease("acme", SEPTEMBER, "b", NOW, TTL).token == 1
    assert book.lease("zeta", OCTOBER, "b", NOW, TTL).token == 1


def test_who_was_restarted_takes_his_lease_again_under_a_new_token(book: Ledger) -> None:
    old = book.lease("acme", OCTOBER, "a", NOW, TTL)
    new = book.lease("acme", OCTOBER, "a", NOW + SECOND, TTL)
    assert new.token == old.token + 1
    with pytest.raises(LeaseLost):
        book.record_step("acme", OCTOBER, "archive", {}, old)
    assert book.record_step("acme", OCTOBER, "archive", {}, new)


def test_a_renewed_lease_holds_longer_under_its_token(book: Ledger) -> None:
    lease = book.lease("acme", OCTOBER, "a", NOW, TTL)
    renewed = book.renew(lease, NOW + 4 * TTL, TTL)  # late, but nobody came meanwhile
    assert renewed == replace(lease, until_at=NOW + 5 * TTL)
    with pytest.raises(LeaseHeld):
        book.lease("acme", OCTOBER, "b", NOW + 4 * TTL, TTL)


def test_a_released_lease_is_free_and_its_token_used_up(book: Ledger) -> None:
    lease = book.lease("acme", OCTOBER, "a", NOW, TTL)
    assert book.release(lease)
    assert not book.release(lease)
    with pytest.raises(LeaseLost):
        book.renew(lease, NOW, TTL)
    assert book.lease("acme", OCTOBER, "b", NOW, TTL).token == lease.token + 1


def test_who_lost_the_lease_writes_nothing_more(book: Ledger) -> None:
    lost = book.lease("acme", OCTOBER, "a", NOW, TTL)
    holds = book.lease("acme", OCTOBER, "b", NOW + TTL, TTL)
    writes = [
        lambda: book.put_snapshot("acme", OCTOBER, {}, lost),
        lambda: book.record_step("acme", OCTOBER, "archive", {}, lost),
        lambda: book.renew(lost, NOW, TTL),
        lambda: book.record_step("acme", SEPTEMBER, "archive", {}, holds),  # a lease of another month
        lambda: book.record_step("acme", OCTOBER, "archive", {}, replace(holds, token=holds.token + 1)),
        lambda: book.record_step("acme", OCTOBER, "archive", {}, replace(holds, holder="a")),
    ]
    for write in writes:
        with pytest.raises(LeaseLost):
            write()
    assert not book.release(lost)
    assert book.steps("acme", OCTOBER) == {}
    assert book.record_step("acme", OCTOBER, "archive", {"file": "A"}, holds)


def test_a_moment_without_a_zone_is_refused(book: Ledger) -> None:
    with pytest.raises(LedgerError, match="time zone"):
        book.lease("acme", OCTOBER, "a", NOW.replace(tzinfo=None), TTL)


def test_the_snapshot_is_taken_once_and_gives_the_close_its_id(book: Ledger) -> None:
    lease = book.lease("acme", OCTOBER, "a", NOW, TTL)
    assert book.snapshot("acme", OCTOBER) is None
    taken = book.put_snapshot("acme", OCTOBER, {"salary_tiyn": 25_000_000, "rows": [1, "=A1"]}, lease)
    assert len(taken.close_id) == 32
    assert "25000000" not in repr(taken)
    assert book.snapshot("acme", OCTOBER) == taken
    assert book.put_snapshot("acme", OCTOBER, {"rows": [1, "=A1"], "salary_tiyn": 25_000_000}, lease) == taken
    with pytest.raises(FrozenConflict, match="another snapshot") as caught:
        book.put_snapshot("acme", OCTOBER, {"salary_tiyn": 25_000_001}, lease)
    assert "25000001" not in str(caught.value)
    assert book.snapshot("acme", OCTOBER) == taken


def test_a_step_is_recorded_once(book: Ledger) -> None:
    lease = book.lease("acme", OCTOBER, "a", NOW, TTL)
    assert book.step("acme", OCTOBER, "archive") is None
    assert book.record_step("acme", OCTOBER, "archive", {"file": "A"}, lease)
    assert not book.record_step("acme", OCTOBER, "archive", {"file": "A"}, lease)
    with pytest.raises(FrozenConflict, match="«archive»"):
        book.record_step("acme", OCTOBER, "archive", {"file": "B"}, lease)
    assert book.step("acme", OCTOBER, "archive") == {"form": 1, "file": "A"}
    assert book.steps("acme", OCTOBER) == {"archive": {"form": 1, "file": "A"}}


def test_evidence_and_snapshots_hold_no_floats(book: Ledger) -> None:
    lease = book.lease("acme", OCTOBER, "a", NOW, TTL)
    with pytest.raises(RecordError):
        book.record_step("acme", OCTOBER, "archive", {"rate": 0.5}, lease)
    with pytest.raises(RecordError):
        book.put_snapshot("acme", OCTOBER, {"rate": 0.5}, lease)


def test_closes_that_were_cut_off_are_listed_until_they_are_sealed(book: Ledger) -> None:
    book.add_client(a_client("zeta"))
    assert book.unfinished_closes(NOW) == []
    lease = book.lease("zeta", OCTOBER, "a", NOW, TTL)
    assert book.unfinished_closes(NOW) == []  # nothing was begun but the lease
    book.put_snapshot("zeta", OCTOBER, {}, lease)
    assert book.unfinished_closes(NOW) == [UnfinishedClose("zeta", OCTOBER, free=False)]
    assert book.unfinished_closes(NOW + TTL) == [UnfinishedClose("zeta", OCTOBER, free=True)]
    book.release(lease)
    assert book.unfinished_closes(NOW) == [UnfinishedClose("zeta", OCTOBER, free=True)]
    close(book, OCTOBER, "acme")
    assert [each.client for each in book.unfinished_closes(NOW)] == ["zeta"]


def test_nothing_freezes_once_the_close_has_its_snapshot(book: Ledger) -> None:
    """The seal is worked out from what had frozen: its fingerprint stands on files before it is entered."""
    lease = to_review(book, OCTOBER)
    book.freeze("acme", OCTOBER, "plan", "M01", {"revenue_tiyn": 1}, NOW)
    book.put_snapshot("acme", OCTOBER, {}, lease)
    before = book.month_evidence("acme", OCTOBER)
    with pytest.raises(MonthStateError, match="is closed"):
        book.freeze("acme", OCTOBER, "plan", "M02", {"revenue_tiyn": 2}, NOW)
    assert not book.freeze("acme", OCTOBER, "plan", "M01", {"revenue_tiyn": 1}, NOW), (
        "the same again is no error"
    )
    assert book.month_evidence("acme", OCTOBER) == before
