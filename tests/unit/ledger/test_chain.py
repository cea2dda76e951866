from __future__ import annotations

from dataclasses import replace

import pytest

import ledger
from ledger import LeaseLost, Ledger, MonthState, MonthStateError, SealError, check_chain
from tests.unit.ledger.builders import (
    AUGUST,
    KEY,
    NOW,
    OCTOBER,
    PUBLIC,
    SEPTEMBER,
    TTL,
    a_client,
    a_record,
    close,
    to_review,
)


def adjustments(*paid: str, **carried: int) -> dict[str, object]:
    return {"paid": [{"number": number, "amount_tiyn": -100} for number in paid], "carried_tiyn": carried}


def test_months_are_sealed_one_after_the_other_and_closed_with_it(book: Ledger) -> None:
    assert book.last_seal("acme") is None
    seals = [close(book, month) for month in (AUGUST, SEPTEMBER, OCTOBER)]
    assert book.seals("acme") == seals
    assert book.last_seal("acme") == seals[-1]
    assert check_chain(book.seals("acme"), PUBLIC, client="acme", last_number=3) == []
    assert {each.state for each in book.months("acme")} == {MonthState.CLOSED}


def test_chains_of_two_clients_are_apart(book: Ledger) -> None:
    book.add_client(a_client("zeta"))
    first, other = close(book, OCTOBER), close(book, OCTOBER, "zeta")
    assert (first.number, other.number) == (1, 1)
    assert book.seals("zeta") == [other]


def test_the_same_seal_again_changes_nothing(book: Ledger) -> None:
    lease = to_review(book, OCTOBER)
    sealed = ledger.seal(a_record(), 1, None, KEY)
    assert book.append_seal("acme", sealed, lease, at=NOW)
    assert not book.append_seal("acme", sealed, lease, at=NOW)
    assert book.seals("acme") == [sealed]


def test_a_second_seal_of_a_month_is_refused(book: Ledger) -> None:
    first = close(book, OCTOBER)
    lease = book.lease("acme", OCTOBER, "b", NOW, TTL)
    for again in (
        ledger.seal(a_record(engine="2"), 2, first, KEY),
        ledger.seal(a_record(engine="2"), 1, None, KEY),
    ):
        with pytest.raises(MonthStateError, match="is closed"):
            book.append_seal("acme", again, lease, at=NOW)
    assert book.seals("acme") == [first]


def test_a_month_before_the_last_sealed_one_is_refused(book: Ledger) -> None:
    october = close(book, OCTOBER)
    lease = to_review(book, SEPTEMBER)
    late = ledger.seal(a_record(SEPTEMBER), 2, october, KEY)
    with pytest.raises(SealError, match="months close in order"):
        book.append_seal("acme", late, lease, at=NOW)
    assert book.month("acme", SEPTEMBER).state is MonthState.REVIEW


def test_a_seal_that_does_not_continue_the_chain_is_refused(book: Ledger) -> None:
    first = close(book, SEPTEMBER)
    lease = to_review(book, OCTOBER)
    stranger = ledger.seal(a_record(SEPTEMBER, engine="other"), 1, None, KEY)
    for wrong in (ledger.seal(a_record(), 1, None, KEY), ledger.seal(a_record(), 2, stranger, KEY)):
        with pytest.raises(SealError, match="does not continue"):
            book.append_seal("acme", wrong, lease, at=NOW)
    assert book.append_seal("acme", ledger.seal(a_record(), 2, first, KEY), lease, at=NOW)


def test_a_seal_that_is_not_whole_or_of_somebody_else_is_refused(book: Ledger) -> None:
    lease = to_review(book, OCTOBER)
    whole = ledger.seal(a_record(), 1, None, KEY)
    for wrong, word in (
        (replace(whole, signature="00" * 64), "signature"),
        (replace(whole, record_text=whole.record_text + " "), "digest"),
        (replace(whole, record_text="{}"), "unreadable"),
        (ledger.seal(a_record(client="zeta"), 1, None, KEY), "zeta"),
        (ledger.seal(a_record() | {"month": "2026-13"}, 1, None, KEY), "month"),
        (ledger.seal(a_record(adjustments=[]), 1, None, KEY), "adjustments"),
        (ledger.seal(a_record(adjustments={"paid": ["1"]}), 1, None, KEY), "paid"),
        (ledger.seal(a_record(adjustments={"paid": [{"number": 1}]}), 1, None, KEY), "paid"),
        (ledger.seal(a_record(adjustments={"carried_tiyn": {"M01": "-5"}}), 1, None, KEY), "carried"),
    ):
        with pytest.raises(SealError, match=word):
            book.append_seal("acme", wrong, lease, at=NOW)
    assert book.seals("acme") == []


def test_a_month_that_is_not_in_review_is_not_sealed(book: Ledger) -> None:
    lease = book.lease("acme", OCTOBER, "a", NOW, TTL)
    sealed = ledger.seal(a_record(), 1, None, KEY)
    for state in (None, "planning", "open"):
        if state:
            book.set_month_state("acme", OCTOBER, state, at=NOW)
        with pytest.raises(MonthStateError, match="only a month in review"):
            book.append_seal("acme", sealed, lease, at=NOW)
    book.set_month_state("acme", OCTOBER, "review", at=NOW)
    assert book.append_seal("acme", sealed, lease, at=NOW)


def test_who_lost_the_lease_does_not_seal(book: Ledger) -> None:
    lost = to_review(book, OCTOBER)
    book.lease("acme", OCTOBER, "b", NOW + TTL, TTL)
    with pytest.raises(LeaseLost):
        book.append_seal("acme", ledger.seal(a_record(), 1, None, KEY), lost, at=NOW)
    assert book.seals("acme") == []


def test_paid_corrections_and_carried_amounts_come_from_the_seals(book: Ledger) -> None:
    assert (book.paid_corrections("acme"), book.carried("acme")) == (set(), {})
    close(book, AUGUST, adjustments=adjustments("1", "7а", M01=-15_000_000, M02=0))
    assert (book.paid_corrections("acme"), book.carried("acme")) == ({"1", "7а"}, {"M01": -15_000_000})
    close(book, SEPTEMBER, adjustments=adjustments("2", M01=-5_000_000))
    assert (book.paid_corrections("acme"), book.carried("acme")) == ({"1", "2", "7а"}, {"M01": -5_000_000})
    close(book, OCTOBER)
    assert (book.paid_corrections("acme"), book.carried("acme")) == ({"1", "2", "7а"}, {})


def test_no_correction_is_paid_twice(book: Ledger) -> None:
    first = close(book, SEPTEMBER, adjustments=adjustments("1"))
    lease = to_review(book, OCTOBER)
    for paid in (("2", "1"), ("3", "3")):
        again = ledger.seal(a_record(adjustments=adjustments(*paid)), 2, first, KEY)
        with pytest.raises(SealError, match="paid already"):
            book.append_seal("acme", again, lease, at=NOW)
    assert book.paid_corrections("acme") == {"1"}
    assert book.month("acme", OCTOBER).state is MonthState.REVIEW
