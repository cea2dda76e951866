"""Somebody with full rights on the database switches the guards off and edits; the ledger names what."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Engine, delete, insert, select, text, update

import ledger
from ledger import Ledger, LedgerError, LedgerFault, check_chain
from ledger.records import row_digest
from ledger.tables import APPEND_ONLY, frozen, metadata, months, paid_corrections, seals, snapshots, steps
from tests.unit.ledger.builders import (
    KEY,
    NOW,
    OCTOBER,
    PUBLIC,
    SEPTEMBER,
    TTL,
    a_record,
    adopt_nothing,
    close,
)

COLUMNS = [
    column
    for name in APPEND_ONLY
    if name not in {"identity", "begun_clients"}  # ids, which stand in the marks of files
    for column in metadata.tables[name].columns
    if column.name != "client"
]
PAID = {"paid": [{"number": "1"}], "carried_tiyn": {}}


@pytest.fixture(autouse=True)
def closed_month(book: Ledger) -> None:
    close(book, SEPTEMBER, adjustments=PAID)
    close(book, OCTOBER)
    adopt_nothing(book)
    assert faults(book) == []


def faults(book: Ledger) -> list[Any]:
    return [*book.check("acme"), *check_chain(book.seals("acme"), PUBLIC, client="acme", last_number=2)]


def tamper(intruder: Engine, change: Callable[[Connection], object]) -> None:
    with intruder.begin() as db:
        if intruder.dialect.name == "postgresql":
            db.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            for name in (
                db.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            ):
                db.execute(text(f"DROP TRIGGER {name}"))
        change(db)


def test_an_untouched_ledger_raises_no_alarm(book: Ledger) -> None:
    book.record_step("acme", OCTOBER, "mail", {"to": "owner"}, book.lease("acme", OCTOBER, "b", NOW, TTL))
    book.freeze("acme", OCTOBER.plus(1), "plan", "M01", {"revenue_tiyn": 1}, NOW)
    assert faults(book) == []


@pytest.mark.parametrize("column", COLUMNS, ids=str)
def test_a_change_of_any_column_is_named(book: Ledger, intruder: Engine, column: Column[object]) -> None:
    table = column.table
    september = (
        table.c.month == "2026-09"
        if "month" in table.c
        else table.c.client == "acme"
        if "client" in table.c
        else table.c.number == 1
    )
    one = september & (table.c.name == "archive") if table is steps else september
    if table.name == "turns":
        one &= table.c.number == 1
    value: object = 77 if column.type.python_type is int else "2026-01" if column.name == "month" else "plan2"
    if table is frozen and column.name == "kind":
        value = "rules"
    tamper(intruder, lambda db: db.execute(update(table).where(one).values({column: value})))
    assert faults(book) != []


@pytest.mark.parametrize(
    ("table", "key"), [(frozen, "2026-09 plan M01"), (snapshots, "2026-09"), (steps, "2026-09 archive")]
)
def test_a_record_changed_with_its_digest_is_named_by_the_seal(
    book: Ledger, intruder: Engine, table: Any, key: str
) -> None:
    def forge(db: Connection) -> None:
        where = table.c.month == "2026-09"
        if table is steps:
            where &= table.c.name == "archive"
        row = {**db.execute(select(table).where(where)).mappings().one(), "record": '{"forged":1}'}
        del row["digest"]
        row["digest"] = row_digest(table.name, row)
        db.execute(update(table).where(where).values(row))

    tamper(intruder, forge)
    found = book.check("acme")
    assert {(fault.table, fault.key, fault.column) for fault in found} == {
        (table.name, key, "record"),
        (table.name, key, "digest"),
    }


def test_a_fault_shows_sealed_and_present_value_but_no_record(book: Ledger, intruder: Engine) -> None:
    tamper(
        intruder, lambda db: db.execute(update(snapshots).values(token=9, record='{"salary_tiyn":99000000}'))
    )
    found = [fault for fault in book.check("acme") if fault.key == "2026-09"]
    assert LedgerFault("snapshots", "2026-09", "token", "1", "9") in found
    assert "99000000" not in repr(found)
    assert "25000000" not in repr(found)


@pytest.mark.parametrize("table", [frozen, snapshots, steps], ids=str)
def test_a_removed_row_is_named(book: Ledger, intruder: Engine, table: Any) -> None:
    tamper(intruder, lambda db: db.execute(delete(table).where(table.c.month == "2026-09")))
    found = book.check("acme")
    assert found
    assert {(fault.table, fault.expected, fault.found) for fault in found} == {
        (table.name, "sealed", "missing")
    }


def test_a_row_frozen_after_the_seal_is_named(book: Ledger, intruder: Engine) -> None:
    row = {
        "client": "acme",
        "month": "2026-09",
        "kind": "plan",
        "key": "M02",
        "record": "{}",
        "frozen_at": "x",
    }
    row["digest"] = row_digest("frozen", row)
    tamper(intruder, lambda db: db.execute(insert(frozen).values(row)))
    assert book.check("acme") == [LedgerFault("frozen", "2026-09 plan M02", "", "not sealed", "present")]


def test_a_month_opened_again_or_closed_without_a_seal_is_named(book: Ledger, intruder: Engine) -> None:
    book.set_month_state("acme", OCTOBER.plus(1), "open", at=NOW)

    def forge(db: Connection) -> None:
        db.execute(update(months).where(months.c.month == "2026-10").values(state="review"))
        db.execute(update(months).where(months.c.month == "2026-11").values(state="closed"))
        db.execute(delete(months).where(months.c.month == "2026-09"))

    tamper(intruder, forge)
    assert book.check("acme") == [
        LedgerFault("months", "2026-09", "state", "closed", "missing"),
        LedgerFault("months", "2026-10", "state", "closed", "review"),
        LedgerFault("months", "2026-11", "state", "a seal of this month", "closed"),
    ]


def test_a_month_that_is_none_is_said_so(book: Ledger, intruder: Engine) -> None:
    tamper(
        intruder,
        lambda db: db.execute(update(months).where(months.c.month == "2026-10").values(month="later")),
    )
    with pytest.raises(LedgerError, match="changed from outside"):
        book.months("acme")
    assert LedgerFault("months", "later", "state", "a seal of this month", "closed") in book.check("acme")


def test_the_last_seal_cut_off_leaves_a_closed_month_behind(book: Ledger, intruder: Engine) -> None:
    tamper(intruder, lambda db: db.execute(delete(seals).where(seals.c.number == 2)))
    assert LedgerFault("months", "2026-10", "state", "a seal of this month", "closed") in book.check("acme")
    assert [fault.code for fault in check_chain(book.seals("acme"), PUBLIC, last_number=2)] == ["cut_off"]


def test_a_correction_paid_or_unpaid_past_the_seals_is_named(book: Ledger, intruder: Engine) -> None:
    def forge(db: Connection) -> None:
        db.execute(update(paid_corrections).values(number="2"))

    tamper(intruder, forge)
    assert book.check("acme") == [
        LedgerFault("paid_corrections", "1", "seal_number", "1", "None"),
        LedgerFault("paid_corrections", "2", "seal_number", "None", "1"),
    ]


@pytest.mark.parametrize(
    "record",
    [
        "",
        "{}",
        "[1]",
        '{"month":"2026-09"}',
        '{"ledger":5}',
        '{"month":"2026-09","ledger":{"frozen":3}}',
        '{"month":"2026-09","ledger":{"steps":{"a":1}}}',
    ],
)
def test_an_unreadable_seal_is_named_and_stops_no_check(book: Ledger, intruder: Engine, record: str) -> None:
    tamper(intruder, lambda db: db.execute(update(seals).where(seals.c.number == 1).values(record=record)))
    found = {(fault.number, fault.code) for fault in faults(book) if isinstance(fault, ledger.SealFault)}
    assert {(1, "digest"), (1, "unreadable")} <= found


def test_the_evidence_of_a_month_holds_no_figure(book: Ledger) -> None:
    evidence = book.month_evidence("acme", OCTOBER)
    tables = ["calendar_overrides", "frozen", "people_notes", "seal_keys", "snapshots", "steps"]
    assert sorted(evidence) == tables
    assert sorted(evidence["steps"]) == ["2026-10 archive", "2026-10 payroll"]
    assert "25000000" not in json.dumps(evidence)
    assert "500000000" not in json.dumps(evidence)


def test_a_seal_without_the_ledgers_part_is_still_checked_by_the_rows_own_digests(
    book: Ledger, intruder: Engine
) -> None:
    november = OCTOBER.plus(1)
    for state in ("open", "review"):
        book.set_month_state("acme", november, state, at=NOW)
    lease = book.lease("acme", november, "a", NOW, TTL)
    book.put_snapshot("acme", november, {}, lease)
    book.append_seal("acme", ledger.seal(a_record(november), 3, book.last_seal("acme"), KEY), lease, at=NOW)
    tamper(
        intruder,
        lambda db: db.execute(update(snapshots).where(snapshots.c.month == "2026-11").values(record="[]")),
    )
    assert [(fault.table, fault.key) for fault in book.check("acme")] == [("snapshots", "2026-11")]
