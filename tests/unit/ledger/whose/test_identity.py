"""Whose the files are: ids that stay, and the turns by which two copies of a ledger are told apart."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from ledger import Ledger, Turn, is_ours, open_ledger
from tests.unit.ledger.builders import NOW, a_client
from tests.unit.ledger.older import bring_back

LATER = NOW + timedelta(minutes=1)
NOTED = [Turn(1, "aa"), Turn(2, "bb"), Turn(3, "cc")]


def test_a_ledger_has_an_id_that_stays(url: str, book: Ledger) -> None:
    assert re.fullmatch("[0-9a-f]{32}", book.id)
    with open_ledger(url) as again:
        assert again.id == book.id


def test_a_client_has_an_id_that_stays_and_no_other_client_has(book: Ledger) -> None:
    other = book.add_client(a_client("zeta"))
    assert re.fullmatch("[0-9a-f]{32}", other.id)
    assert book.client("zeta").id == other.id != book.client("acme").id


def test_a_client_begun_again_has_the_id_that_it_began_with(book: Ledger) -> None:
    begun = book.begin_client("zeta", at=NOW)
    assert book.begin_client("zeta", at=LATER) == begun
    assert book.add_client(a_client("zeta")).id == begun


def test_clients_of_an_earlier_ledger_get_their_ids_with_the_migration(url: str, book: Ledger) -> None:
    bring_back(url, "0007")
    with open_ledger(url) as upgraded:
        assert re.fullmatch("[0-9a-f]{32}", upgraded.client("acme").id)
        assert upgraded.id != upgraded.client("acme").id
        assert upgraded.turns("acme") == []


def test_turns_are_numbered_and_told_apart_by_their_words(book: Ledger) -> None:
    first = book.take_turn("acme", "", at=NOW)
    second = book.take_turn("acme", str(first), at=LATER)
    assert (first.number, second.number) == (1, 2)
    assert first.word != second.word
    assert book.turns("acme") == [first, second]


def test_a_turn_that_the_payroll_book_does_not_bear_yet_is_given_again(book: Ledger) -> None:
    first = book.take_turn("acme", "", at=NOW)
    assert book.take_turn("acme", "", at=LATER) == first
    second = book.take_turn("acme", str(first), at=LATER)
    assert book.take_turn("acme", str(first), at=LATER) == second
    assert book.turns("acme") == [first, second]


@pytest.mark.parametrize(
    ("noted", "seen", "ours"),
    [
        (NOTED, "3.cc", True),
        (NOTED, "2.bb", True),  # noted, and not yet in the book; or a call that was under way for long
        (NOTED, "3.xx", False),  # another copy has the same number
        (NOTED, "4.dd", False),  # the ledger is older than the book
        (NOTED, "", False),
        (NOTED[:1], "", True),  # the first was noted and not yet written
        ([], "", True),
        ([], "1.aa", False),
    ],
)
def test_what_the_payroll_book_bears_is_ours_or_not(noted: list[Turn], seen: str, *, ours: bool) -> None:
    assert is_ours(noted, seen) is ours


def test_a_turn_that_was_changed_from_outside_is_found(book: Ledger, intruder: Engine) -> None:
    book.take_turn("acme", "", at=NOW)
    assert book.check("acme") == []
    with intruder.begin() as db:
        if intruder.dialect.name == "sqlite":
            db.execute(text("DROP TRIGGER turns_no_update"))
        else:
            db.execute(text("ALTER TABLE turns DISABLE TRIGGER USER"))
        db.execute(text("UPDATE turns SET word = 'another'"))
    assert [(fault.table, fault.key) for fault in book.check("acme")] == [("turns", "1")]
