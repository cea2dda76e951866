"""Rows dated in a closed month that were entered or changed after its close: they can count in it no more.

What the ledger's history of rows shows without opening a seal: rows first seen later, payment dates moved into
the month, changed amounts and managers of its payments, changed days. `verify` compares all that was sealed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import WorkbookInputs
from kpi_rules.problems import Place, Problem, warning
from kpi_rules.time.periods import Month
from ledger import HistoryRow, RowChange, RowDigest

AT_CLOSE = "rows_at_close"
"""The kind of the ledger's note on when the rows of a month were read for its close."""


@dataclass(frozen=True)
class _Memory:
    """What was known before this sync, by tab and key, and what this sync sees."""

    known: Mapping[tuple[str, str], HistoryRow]
    seen: Mapping[tuple[str, str], RowDigest]
    changes: Mapping[tuple[str, str], list[RowChange]]
    closed_at: Mapping[Month, datetime]


def late_rows(
    inputs: WorkbookInputs,
    closed_at: Mapping[Month, datetime],
    history: Sequence[HistoryRow],
    changes: Iterable[RowChange],
    seen: Iterable[RowDigest],
) -> list[Problem]:
    """Warn of rows of closed months that came, or changed in what counts, after the close.

    Args:
        inputs: the workbook as it stands now.
        closed_at: when the rows of each closed month were read for the last time (`AT_CLOSE`).
        history: what the ledger knew before this sync; empty: nothing can be told.
        changes: the changes of payment date, amount and manager that it kept.
        seen: the rows of this sync.
    """
    if not closed_at or not history:
        return []
    by_place: dict[tuple[str, str], list[RowChange]] = {}
    for change in changes:
        by_place.setdefault((change.tab, change.key), []).append(change)
    memory = _Memory(
        {(row.seen.tab, row.seen.key): row for row in history},
        {(row.tab, row.key): row for row in seen},
        by_place,
        closed_at,
    )
    return [
        problem
        for facts in (inputs.facts, inputs.marks)
        for problem in (_late_leads if facts.of_leads else _late_days)(facts, memory)
    ]


def _late_leads(facts: FactFrame, memory: _Memory) -> Iterator[Problem]:
    tab = facts.tab.key
    suspects = facts.rows.loc[facts.rows["number"].isin(_suspects(tab, memory)).to_numpy(dtype=bool)]
    columns = ("row", "number", "code", "paid_on", "arrived_at")
    for row, number, code, paid_on, arrived_at in zip(*(suspects[name] for name in columns), strict=True):
        for column, moment in (("paid_on", paid_on), ("arrived_at", arrived_at)):
            if pd.isna(moment):
                continue
            on = pd.Timestamp(moment).date()
            if _is_late_lead((column, on), (tab, str(number)), memory):
                place = Place(tab, int(row), column)
                yield _told(place, code, str(number), on)
                break


def _late_days(facts: FactFrame, memory: _Memory) -> Iterator[Problem]:
    tab, frame = facts.tab.key, facts.rows
    suspects = _suspects(tab, memory)
    if not suspects:
        return
    for row, on, code in zip(frame["row"], frame["on"], frame["code"], strict=True):
        if pd.isna(on) or not isinstance(code, str):
            continue
        day = pd.Timestamp(on).date()
        key = f"{day.isoformat()} {code}"
        closed_at = memory.closed_at.get(Month.of(day))
        if key in suspects and closed_at and _changed_at(tab, key, memory, closed_at):
            yield _told(Place(tab, int(row), "on"), code, key, day)


def _suspects(tab: str, memory: _Memory) -> set[str]:
    """Name the rows that are new, differ from before, or changed since the first of the closes."""
    first = min(memory.closed_at.values())
    found = set()
    for place, row in memory.seen.items():
        if place[0] == tab:
            known = memory.known.get(place)
            if known is None or known.changed_at > first or known.seen.digest != row.digest:
                found.add(place[1])
    return found


def _is_late_lead(dated: tuple[str, date], place: tuple[str, str], memory: _Memory) -> bool:
    column, on = dated
    closed_at = memory.closed_at.get(Month.of(on))
    if closed_at is None:
        return False
    known, seen = memory.known.get(place), memory.seen[place]
    if known is None or known.first_seen_at > closed_at:
        return True
    if column == "arrived_at":
        return False
    before = known.seen
    if (before.paid_on, before.amount_tiyn, before.manager) != (on, seen.amount_tiyn, seen.manager):
        return True
    return any(change.changed_at > closed_at and change.after for change in memory.changes.get(place, ()))


def _changed_at(tab: str, key: str, memory: _Memory, closed_at: datetime) -> bool:
    """Tell whether a row of a day came or changed after the close."""
    known, seen = memory.known.get((tab, key)), memory.seen[tab, key]
    return known is None or known.changed_at > closed_at or known.seen.digest != seen.digest


def _told(place: Place, code: object, key: str, on: date) -> Problem:
    employee = code if isinstance(code, str) else None
    when = f"{on:%d.%m.%Y}"
    return warning("row_of_closed_month", place, employee, key=key, value=when, closed=str(Month.of(on)))
