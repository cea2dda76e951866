"""Who a client's people are: noted by commands, chained, and taken from the notes whatever stands in the row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, insert, text, update

from ledger import Ledger, LedgerFault, People, open_ledger
from ledger.records import canonical, row_digest, strict_record
from ledger.tables import clients, people_notes
from tests.unit.ledger.builders import NOW, OCTOBER, SEPTEMBER, a_client, close
from tests.unit.ledger.older import bring_back
from tests.unit.ledger.test_evidence import tamper

LATER = NOW + timedelta(days=30)
FIRST = People(managers=("a@acme.kz", "b@acme.kz"))
SECOND = People("h@acme.kz", "o@acme.kz", "buh@acme.kz", ("b@acme.kz",))


def change_people(book: Ledger) -> None:
    book.set_people("acme", SECOND, command="client people", at=LATER)


def test_who_was_entered_stands_there_with_command_and_moment(book: Ledger) -> None:
    change_people(book)
    first, second = book.people_notes("acme")
    assert (first.people, first.command, first.at) == (FIRST, "client add", NOW.isoformat())
    assert (second.people, second.command, second.at) == (SECOND, "client people", LATER.isoformat())
    known = book.client("acme")
    assert (known.head_email, known.managers) == ("h@acme.kz", ("b@acme.kz",))
    assert book.clients() == [known]
    assert book.check("acme") == []


def test_people_of_another_client_are_none_of_its_own(book: Ledger) -> None:
    book.add_client(a_client("zeta"))
    book.set_people("zeta", SECOND, command="client people", at=LATER)
    assert [client.managers for client in book.clients()] == [FIRST.managers, SECOND.managers]
    assert book.check("acme") == book.check("zeta") == []


@pytest.mark.parametrize(
    ("column", "forged", "wanted", "present"),
    [
        ("accountant_email", "thief@x.kz", "buh@acme.kz", "thief@x.kz"),
        ("head_email", None, "h@acme.kz", ""),
        ("managers", '["b@acme.kz", "thief@x.kz"]', "b@acme.kz", "b@acme.kz, thief@x.kz"),
        ("managers", "thief", "b@acme.kz", "thief"),
    ],
)
def test_a_row_that_no_command_has_entered_is_named_and_nobody_is_taken_from_it(
    book: Ledger, intruder: Engine, column: str, forged: str | None, wanted: str, present: str
) -> None:
    change_people(book)
    tamper(intruder, lambda db: db.execute(update(clients).values({column: forged})))
    assert book.check("acme") == [LedgerFault("clients", "acme", column, wanted, present)]
    assert book.client("acme").managers == SECOND.managers
    assert book.client("acme").accountant_email == "buh@acme.kz"


def forged_note(db: Connection, number: int, previous: str) -> dict[str, Any]:
    """A whole note of an intruder's people, with a digest of its own."""
    told = {"head_email": "thief@x.kz", "owner_email": None, "accountant_email": None, "managers": []}
    record = {**told, "at": NOW.isoformat(), "command": "client people", "form": 1, "previous": previous}
    values = {"client": "acme", "number": number, "record": canonical(record).decode()}
    return {**values, "digest": row_digest("people_notes", values)}


def test_a_note_put_into_the_place_of_another_breaks_the_chain_after_it(
    book: Ledger, intruder: Engine
) -> None:
    change_people(book)

    def forge(db: Connection) -> None:
        db.execute(delete(people_notes).where(people_notes.c.number == 1))
        db.execute(insert(people_notes).values(forged_note(db, 1, "")))

    tamper(intruder, forge)
    [fault] = book.check("acme")
    assert (fault.table, fault.key, fault.column) == ("people_notes", "2", "previous")


def test_a_note_taken_out_of_the_middle_is_named(book: Ledger, intruder: Engine) -> None:
    change_people(book)
    book.set_people("acme", FIRST, command="client people", at=LATER)
    tamper(intruder, lambda db: db.execute(delete(people_notes).where(people_notes.c.number == 2)))
    assert [(fault.table, fault.key) for fault in book.check("acme")] == [("people_notes", "3")]


def test_without_any_note_that_is_named(book: Ledger, intruder: Engine) -> None:
    tamper(intruder, lambda db: db.execute(delete(people_notes)))
    assert book.check("acme") == [LedgerFault("people_notes", "1", "", "a note", "missing")]


def test_the_last_note_changed_with_the_row_and_all_its_digests_is_named_by_the_seal(
    book: Ledger, intruder: Engine
) -> None:
    close(book, SEPTEMBER)
    change_people(book)
    close(book, OCTOBER)
    assert book.check("acme") == []

    def forge(db: Connection) -> None:
        second = db.execute(text("SELECT record FROM people_notes WHERE number = 2")).scalar_one()
        db.execute(delete(people_notes).where(people_notes.c.number == 2))
        row = forged_note(db, 2, strict_record(second)["previous"])
        db.execute(insert(people_notes).values(row))
        emails = {"head_email": "thief@x.kz", "owner_email": None, "accountant_email": None, "managers": "[]"}
        db.execute(update(clients).values(emails))

    tamper(intruder, forge)
    found = {(fault.table, fault.key, fault.column) for fault in book.check("acme")}
    assert found == {("people_notes", "2", "record"), ("people_notes", "2", "digest")}


def test_the_people_of_an_earlier_ledger_are_noted_by_the_migration(url: str, book: Ledger) -> None:
    bring_back(url, "0010")
    with open_ledger(url) as upgraded:
        [note] = upgraded.people_notes("acme")
        assert (note.people, note.command) == (FIRST, "")
        assert upgraded.check("acme") == []
        upgraded.set_people("acme", SECOND, command="client people", at=LATER)
        assert upgraded.check("acme") == []
