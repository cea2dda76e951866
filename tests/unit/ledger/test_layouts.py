"""Which layout a client's files have, and the notes of their upgrades."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from ledger import LayoutEvent, Ledger, LedgerError, open_ledger
from tests.unit.ledger.builders import NOW, a_client
from tests.unit.ledger.older import bring_back


def note(book: Ledger, event: str, to: int) -> None:
    book.note_layout("acme", event, to, ["«Сделки»: столбец"], by="consultant", at=NOW)


def test_the_files_have_the_new_layout_only_once_the_upgrade_is_done(book: Ledger) -> None:
    layouts = [book.client("acme").layout]
    for event in ("begun", "stopped", "begun", "done"):
        note(book, event, 3)
        layouts.append(book.client("acme").layout)
    assert layouts == [1, 1, 1, 1, 3]


def test_each_note_tells_from_where_to_where_what_who_and_when(book: Ledger) -> None:
    note(book, "begun", 2)
    note(book, "done", 2)
    note(book, "done", 3)
    found = [(n.number, n.event, n.from_layout, n.to_layout) for n in book.layout_notes("acme")]
    assert found == [(1, LayoutEvent.BEGUN, 1, 2), (2, LayoutEvent.DONE, 1, 2), (3, LayoutEvent.DONE, 2, 3)]
    assert {(n.what, n.by, n.at) for n in book.layout_notes("acme")} == {
        (("«Сделки»: столбец",), "consultant", NOW)
    }


def test_files_never_go_back_to_an_older_layout(book: Ledger) -> None:
    note(book, "done", 3)
    with pytest.raises(LedgerError, match="do not go back to 2"):
        note(book, "done", 2)
    with pytest.raises(LedgerError, match="time zone"):
        book.note_layout("acme", "done", 3, [], by="consultant", at=datetime(2026, 9, 1))  # noqa: DTZ001


def test_a_ledger_of_release_0_1_0_has_clients_of_the_first_layout(url: str, book: Ledger) -> None:
    bring_back(url, "0002")
    with open_ledger(url) as upgraded:
        assert (upgraded.client("acme").layout, upgraded.client("acme").options) == (1, ())
        note(upgraded, "done", 2)
        assert upgraded.client("acme").layout == 2


def test_options_come_with_an_upgrade_that_is_done_and_none_is_taken_away(book: Ledger) -> None:
    found = []
    for event, asked in (
        ("begun", ["shares"]),
        ("done", ["shares"]),
        ("done", ["payments", "shares"]),
        ("done", []),
    ):
        book.note_layout("acme", event, 1, [], by="consultant", at=NOW, options=asked)
        found.append(book.client("acme").options)
    assert found == [(), ("shares",), ("payments", "shares"), ("payments", "shares")]
    notes = book.layout_notes("acme")
    assert [note.options for note in notes] == [("shares",), ("shares",), ("payments",), ()]
    assert {note.to_layout for note in notes} == {1}


def test_a_client_is_kept_with_the_options_it_began_with(book: Ledger) -> None:
    book.add_client(replace(a_client("other"), options=("shares", "payments")))
    assert book.client("other").options == ("payments", "shares")
    assert book.client("acme").options == ()
