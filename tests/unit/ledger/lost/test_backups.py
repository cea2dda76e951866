"""A ledger as lines: the same ledger comes out of them, on either database, with its guards; else nothing does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, delete, select
from sqlalchemy.exc import DBAPIError

from kpi_rules.errors import LedgerError, NewerFormError, SchemaError
from ledger import Ledger, RowDigest, check_chain, open_ledger, restore_ledger
from ledger.backups import check_lines
from ledger.tables import metadata
from tests.unit.ledger.builders import NOW, OCTOBER, SEPTEMBER, a_client, adopt_nothing, close
from tests.unit.ledger.postgres_server import fresh_database

PAID = {"paid": [{"number": "1"}], "carried_tiyn": {}}


@pytest.fixture
def full(book: Ledger) -> Ledger:
    """A ledger with something in every table: a closed month, an open one, a sync's rows, notes."""
    book.add_client(a_client("beta"))
    close(book, SEPTEMBER, adjustments=PAID)
    adopt_nothing(book)
    book.set_month_state("acme", OCTOBER, "planning", at=NOW, shadow=True)
    book.set_month_state("beta", OCTOBER, "open", at=NOW)
    book.set_month_state("beta", OCTOBER, "review", at=NOW)
    book.note_rows("acme", [RowDigest("deals", "1", "0" * 64, "M01", 5, NOW.date())], NOW)
    book.note_rows("acme", [RowDigest("deals", "1", "1" * 64, "M02", 7, NOW.date())], NOW)
    book.note_sync("acme", NOW)
    book.note_night("acme", "month", NOW)
    book.acknowledge("acme", "late_edit", "key", by="head", at=NOW)
    return book


def lines_of(book: Ledger) -> list[bytes]:
    lines: list[bytes] = []
    book.dump(lines.append)
    return lines


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return (
        fresh_database()
        if request.param == "postgresql"
        else f"sqlite:///{tmp_path / 'restored' / 'x.sqlite'}"
    )


def test_a_ledger_comes_out_of_its_lines_as_it_was(full: Ledger, target: str) -> None:
    lines = lines_of(full)
    told = restore_ledger(target, None, lines)
    assert told == check_lines(lines) == full.dump(lambda _line: None)
    with open_ledger(target) as restored:
        assert sorted(lines_of(restored)) == sorted(lines)
        assert restored.id == full.id
        assert restored.seals("acme") == full.seals("acme")
        assert not check_chain(restored.seals("acme"), restored.chain_keys("acme"), client="acme")
        assert restored.check("acme") == []
        assert [month.state for month in restored.months("beta")] == ["review"]
        restored.note_rows("acme", [RowDigest("deals", "1", "2" * 64, "M01", 9, NOW.date())], NOW)
        assert len(restored.row_changes("acme")) == len(full.row_changes("acme")) + 1


def test_every_table_has_a_row_in_the_ledger_that_is_compared(full: Ledger) -> None:
    counted = full.dump(lambda _line: None).rows
    assert set(counted) == {table.name for table in metadata.sorted_tables}


def test_the_guards_of_a_restored_ledger_hold(full: Ledger, target: str) -> None:
    restore_ledger(target, None, lines_of(full))
    engine: Engine = create_engine(target)
    for name in ("seals", "identity", "months"):
        with pytest.raises(DBAPIError), engine.begin() as db:
            db.execute(delete(metadata.tables[name]))
    with engine.connect() as db:
        assert db.execute(select(metadata.tables["seals"].c.number)).scalars().all() == [1]
    engine.dispose()


def test_an_unused_ledger_makes_room_and_one_in_use_does_not(full: Ledger, target: str) -> None:
    with open_ledger(target) as unused:
        assert unused.id != full.id
    restore_ledger(target, None, lines_of(full))
    with pytest.raises(LedgerError) as failed:
        restore_ledger(target, None, lines_of(full))
    assert failed.value.code == "restore_not_empty"
    with open_ledger(target) as restored:
        assert restored.id == full.id


def without_a_row(lines: list[bytes]) -> list[bytes]:
    return [line for line in lines if not line.startswith(b'["acknowledgements"')]


def with_another_value(lines: list[bytes]) -> list[bytes]:
    return [line.replace(b'"head"', b'"heed"') for line in lines]


SPOILT = {
    "cut short": lambda lines: lines[:-1],
    "a row is missing": without_a_row,
    "a value is another": with_another_value,
    "a client is missing": lambda lines: [
        line for line in lines if not line.startswith(b'["clients","beta"')
    ],
    "no ledger": lambda _lines: [b"{}\n"],
    "no JSON": lambda _lines: [b"PK\n"],
    "nothing": lambda _lines: [],
}


@pytest.mark.parametrize("kind", SPOILT)
def test_spoilt_lines_leave_nothing_behind(full: Ledger, target: str, kind: str) -> None:
    spoilt = SPOILT[kind](lines_of(full))
    with pytest.raises(SchemaError):
        check_lines(spoilt)
    with pytest.raises(SchemaError):
        restore_ledger(target, None, spoilt)
    with open_ledger(target) as empty:
        assert not empty.is_in_use


@pytest.mark.parametrize(("part", "value"), [("tablo_ledger", 2), ("schema", "9999")])
def test_lines_of_a_newer_program_are_told_as_such(
    full: Ledger, target: str, part: str, value: object
) -> None:
    head, *rest = lines_of(full)
    newer = [json.dumps({**json.loads(head), part: value}).encode() + b"\n", *rest]
    with pytest.raises(NewerFormError):
        restore_ledger(target, None, newer)
    with open_ledger(target) as empty:
        assert not empty.is_in_use
