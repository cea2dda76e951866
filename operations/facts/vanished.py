"""Rows of the input tabs that are gone, told once they are missed (behaviour §6, «History»)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from kpi_rules.problems import Place, Problem, warning
from ledger import HistoryRow, RowDigest
from ledger.history import LONGEST_KEY

NAMED = 50
"""So many rows of a tab are named one by one; the others are counted."""


def vanished_rows(
    history: Sequence[HistoryRow],
    seen: Sequence[RowDigest],
    tabs: Mapping[str, str],
    since_on: date,
    now: datetime,
    time_zone: str,
) -> list[Problem]:
    """Warn of rows that the ledger knows and the workbook has not.

    Args:
        history: what the ledger knew before this sync.
        seen: the rows of this sync.
        tabs: title by key of the tabs that could be read; rows of others have not vanished.
        since_on: rows that were gone before this day are told no more.
        now: the moment of the sync, which is when a row known until now vanishes.
        time_zone: the client's.
    """
    present = {(row.tab, row.key) for row in seen}
    # The ledger shortens a key that it cannot hold; its own note, one sync later, tells of such rows.
    odd = {row.tab for row in seen if len(row.key) > LONGEST_KEY or not row.key.isprintable()}
    gone: dict[str, list[Problem]] = {}
    for known in history:
        tab, key = known.seen.tab, known.seen.key
        if tab not in tabs or (tab, key) in present or (known.vanished_at is None and tab in odd):
            continue
        day = (known.vanished_at or now).astimezone(ZoneInfo(time_zone)).date()
        if day >= since_on:
            told = warning(
                "row_vanished", Place(tab), known.seen.manager, key=key, tab=tabs[tab], when=f"{day:%d.%m.%Y}"
            )
            gone.setdefault(tab, []).append(told)
    return [problem for tab, found in gone.items() for problem in _named(tab, tabs[tab], found)]


def _named(tab: str, title: str, found: Collection[Problem]) -> list[Problem]:
    more = len(found) - NAMED
    counted = [warning("rows_vanished", Place(tab), tab=title, count=more)] if more > 0 else []
    return [*list(found)[:NAMED], *counted]
