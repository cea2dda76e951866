"""Small, whole values for the ledger's tests: a client, a record to be sealed, a closed month."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import ledger
from kpi_rules.time.periods import CalendarOverride, Month
from ledger import Ledger, MonthState, Seal

NOW = datetime(2026, 11, 5, 9, 30, tzinfo=UTC)
AUGUST, SEPTEMBER, OCTOBER = Month(2026, 8), Month(2026, 9), Month(2026, 10)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = ledger.public_key_text(KEY)
TTL = timedelta(minutes=5)


def a_client(slug: str = "acme") -> ledger.Client:
    return ledger.Client("ТОО «Акме»", slug, "b2b", "ru", NOW, managers=("a@acme.kz", "b@acme.kz"))


def a_record(month: Month = OCTOBER, client: str = "acme", **parts: Any) -> dict[str, Any]:
    record: dict[str, Any] = {
        "client": client,
        "month": str(month),
        "inputs": {"deals": [["1", "M01", 42_000_000]]},
        "rules": {"id": "b2b 2026-01"},
        "plan": {"M01": {"revenue_tiyn": 500_000_000}},
        "calendar": {"version": "KZ 2026"},
        "engine": "1",
        "results": {"M01": {"score": "87.6"}},
        "adjustments": {"paid": [], "carried_tiyn": {}},
    }
    return record | parts


def a_chain(length: int) -> list[Seal]:
    seals: list[Seal] = []
    for index in range(length):
        record = a_record(AUGUST.plus(index))
        seals.append(ledger.seal(record, index + 1, seals[-1] if seals else None, KEY))
    return seals


def to_review(book: Ledger, month: Month, slug: str = "acme") -> ledger.Lease:
    for state in (MonthState.OPEN, MonthState.REVIEW):
        book.set_month_state(slug, month, state, at=NOW)
    return book.lease(slug, month, "closer", NOW, TTL)


def close(book: Ledger, month: Month, slug: str = "acme", **parts: Any) -> Seal:
    """Take a month through its whole life: a moved day, a plan row frozen, a snapshot, two steps, the seal."""
    moved = CalendarOverride(date(month.year, month.number, 9), (5, 6), worked=False, source="Order No. 1")
    book.override_calendar(slug, [moved], by="consultant", at=NOW)
    if not book.layout_notes(slug):
        book.note_layout(slug, "done", 2, ["deals: a column"], by="consultant", at=NOW)
        book.note_repair(slug, "done", ["workbook: a reader"], by="consultant", at=NOW)
    book.take_turn(slug, "", at=NOW)
    book.freeze(slug, month, "plan", "M01", {"revenue_tiyn": 500_000_000}, NOW)
    lease = to_review(book, month, slug)
    book.put_snapshot(slug, month, {"salary_tiyn": 25_000_000}, lease)
    book.record_step(slug, month, "payroll", {"file": "P1"}, lease)
    book.record_step(slug, month, "archive", {"file": "A1"}, lease)
    last = book.last_seal(slug)
    record = a_record(month, slug, ledger=book.month_evidence(slug, month), **parts)
    sealed = ledger.seal(record, last.number + 1 if last else 1, last, KEY)
    assert book.append_seal(slug, sealed, lease, at=NOW)
    book.release(lease)
    return sealed


def adopt_nothing(book: Ledger, slug: str = "acme") -> None:
    """Note an adoption that brought no seal."""
    adopted = ledger.Adopted(book.client(slug), (), PUBLIC, (), 0, "")
    book.adopt(adopted, by="consultant", at=NOW)
