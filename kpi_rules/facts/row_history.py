"""What the ledger remembers of the rows of an input tab: for the checklist and the signals (behaviour §6, «History»)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from kpi_rules.time.periods import Month


@dataclass(frozen=True)
class Noticed:
    """What the register noticed of a row that is no question: the kind of its signal, whose lead of which month it was."""

    kind: str
    code: str
    month: Month


@dataclass(frozen=True)
class SeenRow:
    """One row, known by its № (deals) or «2026-10-12 M01» (reports). Days are the client's own.

    Args:
        key: the №, or date and employee.
        code: the employee who stands in it.
        first_seen_on: None where the row was there when the ledger first looked: when it was entered is unknown.
        moved_on: the last day on which it was entered or changed, None where nothing was seen since the first look.
        paid_days: the days that «Оплачено» held for longer than it is corrected freely, and the present one.
        vanished_on: the day on which it was missed, None while it is there.
        first_seen_won: whether it was a deal already when it was first seen, after the ledger's first look.
        entered_after_on: the last known day of a look that did not show it yet. People enter between two looks: after a
            long silence nobody knows on which of its days.
        moved_after_on: the last known day of a look before its last movement.
        paid_seen_on: the day on which what «Оплачено» holds was first seen, None where it was there at the first look.
        paid_after_on: the last known day of a look that did not show it yet.
        noticed: what the register noticed of it.
    """

    key: str
    code: str | None = None
    first_seen_on: date | None = None
    moved_on: date | None = None
    paid_days: tuple[date, ...] = ()
    vanished_on: date | None = None
    first_seen_won: bool = False
    entered_after_on: date | None = None
    moved_after_on: date | None = None
    paid_seen_on: date | None = None
    paid_after_on: date | None = None
    noticed: Noticed | None = None


RowHistory = Mapping[str, SeenRow]
"""The rows of one tab by key."""


def moved_days(rows: RowHistory) -> dict[str, date]:
    """Give by key the day of the last movement, of those rows of which one was seen."""
    return {key: row.moved_on for key, row in rows.items() if row.moved_on and not row.vanished_on}


def last_entries(rows: RowHistory) -> dict[str, date]:
    """Give by employee the last day on which a row of theirs was entered or changed."""
    last_on: dict[str, date] = {}
    for row in rows.values():
        if row.code and row.moved_on and not row.vanished_on:
            last_on[row.code] = max(last_on.get(row.code, date.min), row.moved_on)
    return last_on
