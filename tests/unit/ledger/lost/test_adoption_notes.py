"""What was adopted is behind a signed note: whoever forges one, or changes a row behind one, is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, Engine, delete, insert, select, text, update

import ledger
from ledger import Ledger, Seal, open_ledger, unsigned_seals
from ledger.records import canonical, row_digest
from ledger.tables import adoptions, metadata, snapshots, steps
from tests.unit.ledger.builders import KEY, NOW, OCTOBER, OTHER_KEY, PUBLIC, SEPTEMBER, a_client, close

FORGED = {"form": 1, "at": NOW.isoformat(), "by": "консультант", "from_ledger": ""}


@pytest.fixture
def lost(tmp_path: Path) -> list[Seal]:
    """The seals of a ledger that is gone."""
    with open_ledger(folder=tmp_path / "lost") as book:
        book.add_client(a_client())
        return [close(book, SEPTEMBER), close(book, OCTOBER)]


def adopt(book: Ledger, seals: list[Seal], key: Ed25519PrivateKey | None = KEY) -> ledger.Adoption:
    months = tuple(
        ledger.AdoptedMonth(sealed, f"{sealed.number:032x}", {"adopted": True}, {"archive": {"file_id": "A"}})
        for sealed in seals
    )
    adopted = ledger.Adopted(book.client("acme"), months, PUBLIC, (), 0, "f" * 32)
    return book.adopt(adopted, by="консультант", at=NOW, key=key)


def faults(book: Ledger) -> list[Any]:
    return [*book.check("acme"), *unsigned_seals(book.adoptions("acme"))]


def tamper(intruder: Engine, change: Callable[[Connection], object]) -> None:
    with intruder.begin() as db:
        if intruder.dialect.name == "postgresql":
            db.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            names = db.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
            for name in names.all():
                db.execute(text(f"DROP TRIGGER {name}"))
        change(db)


def changed(table: Any, **values: Any) -> Callable[[Connection], None]:
    """Change the first row of a table, with its digest: what a careful intruder does."""

    def change(db: Connection) -> None:
        key = list(table.primary_key)
        row = dict(db.execute(select(table).order_by(*key)).mappings().first() or {})
        where = [column == row[column.name] for column in key]
        row = {**row, **values}
        del row["digest"]
        db.execute(update(table).where(*where).values(**row, digest=row_digest(table.name, row)))

    return change


def test_what_was_adopted_raises_no_alarm_and_months_go_on_after_it(book: Ledger, lost: list[Seal]) -> None:
    adoption = adopt(book, lost)
    assert (adoption.seals, adoption.signed) == ((1, 2), True)
    assert faults(book) == []
    close(book, OCTOBER.plus(1))
    assert faults(book) == []


@pytest.mark.parametrize(
    ("column", "value"), [("client", "acne"), ("number", 7), ("record", None), ("digest", "0" * 64)]
)
def test_no_cell_of_a_note_changes_unnoticed(
    book: Ledger, intruder: Engine, lost: list[Seal], column: str, value: Any
) -> None:
    adopt(book, lost)
    with intruder.connect() as db:
        record = str(db.execute(select(adoptions.c.record)).scalar_one())
    if column == "digest":
        tamper(intruder, lambda db: db.execute(update(adoptions).values(digest=value)))
    else:
        later = record.replace(NOW.isoformat(), NOW.replace(year=2027).isoformat())
        tamper(intruder, changed(adoptions, **{column: value or later}))
    assert faults(book) != []


@pytest.mark.parametrize("table", [snapshots, steps], ids=str)
def test_a_row_behind_an_adopted_seal_changes_not_unnoticed(
    book: Ledger, intruder: Engine, lost: list[Seal], table: Any
) -> None:
    adopt(book, lost)
    tamper(intruder, changed(table, record='{"form":1,"forged":1}'))
    assert {fault.table for fault in book.check("acme")} == {table.name}


def test_a_note_that_is_gone_lets_the_rows_be_missed(
    book: Ledger, intruder: Engine, lost: list[Seal]
) -> None:
    adopt(book, lost)
    tamper(intruder, lambda db: db.execute(delete(adoptions)))
    assert faults(book) != []


@pytest.mark.parametrize("key", [None, OTHER_KEY], ids=["unsigned", "by another key"])
def test_a_forged_note_does_not_silence_a_change_behind_a_seal(
    book: Ledger, intruder: Engine, key: Ed25519PrivateKey | None
) -> None:
    close(book, SEPTEMBER)
    tamper(intruder, changed(snapshots, record='{"form":1,"forged":1}'))
    record = {**FORGED, "rows": {"1": book.month_evidence("acme", "2026-09")}}
    if key is not None:
        signature = key.sign(b"tablo-adoption-1 " + canonical(record)).hex()
        record |= {"public_key": ledger.public_key_text(key), "signature": signature}
    values = {"client": "acme", "number": 1, "record": canonical(record).decode()}
    row = {**values, "digest": row_digest("adoptions", values)}
    tamper(intruder, lambda db: db.execute(insert(adoptions).values(**row)))
    assert faults(book) == [1]


def test_a_note_of_another_ledger_proves_nothing_here(
    book: Ledger, intruder: Engine, lost: list[Seal], tmp_path: Path
) -> None:
    with open_ledger(folder=tmp_path / "another") as another:
        another.add_client(a_client())
        adopt(another, lost)
        lines: list[bytes] = []
        another.dump(lines.append)
    close(book, SEPTEMBER)
    taken = next(line for line in lines if line.startswith(b'["adoptions"')).decode()
    names = [column.name for column in metadata.tables["adoptions"].columns]
    row = dict(zip(names, json.loads(taken)[1:], strict=True))
    tamper(intruder, lambda db: db.execute(insert(adoptions).values(**row)))
    assert 1 in faults(book)


def test_without_the_key_a_note_is_unsigned_until_the_key_is_there(book: Ledger, lost: list[Seal]) -> None:
    assert not adopt(book, lost, key=None).signed
    assert not adopt(book, [], key=OTHER_KEY).signed
    assert faults(book) == [1, 2]
    book.sign_adoptions("acme", KEY)
    assert faults(book) == []
    told = [(each.seals, each.by, each.at) for each in book.adoptions("acme") if each.signed]
    assert told == [((1, 2), "консультант", NOW.isoformat())]
    book.sign_adoptions("acme", KEY)
    assert len(book.adoptions("acme")) == 3


def test_adopting_again_with_the_key_signs_what_was_not(book: Ledger, lost: list[Seal]) -> None:
    adopt(book, lost, key=None)
    adopt(book, [])
    assert faults(book) == []
