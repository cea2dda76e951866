"""What the ledger remembers of the rows that score a month, as the rules take it (behaviour §6, «History»)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from kpi_rules.facts.row_history import RowHistory, SeenRow
from ledger import HistoryRow, RowChange, RowDigest
from ledger.history import LONGEST_KEY


def remembered_rows(
    tab: str,
    history: Sequence[HistoryRow],
    changes: Iterable[RowChange],
    seen: Iterable[RowDigest],
    now: datetime,
    time_zone: str,
) -> RowHistory:
    """Put together what the ledger knew before a sync and what this sync sees, by key.

    Args:
        tab: «deals» or «reports».
        history: all rows that the ledger knows.
        changes: the changes that it kept, for the days that «Оплачено» held before.
        seen: the rows as they stand now.
        now: the moment of this sync: what differs from before has moved today.
        time_zone: the client's.
    """
    zone = ZoneInfo(time_zone)

    def day(moment: datetime) -> date:
        return moment.astimezone(zone).date()

    known = {row.seen.key: row for row in history if row.seen.tab == tab}
    present = {row.key: row for row in seen if row.tab == tab}
    # The ledger shortens a key that it cannot hold: such rows are followed by nobody.
    odd = any(len(key) > LONGEST_KEY or not key.isprintable() for key in present)
    first_look = min((row.first_seen_at for row in known.values()), default=None)
    paid = _paid_days(tab, changes)
    found = {}
    for key in (*known, *(key for key in present if key not in known)):
        old, new = known.get(key), present.get(key)
        entered = None if first_look is None else day(old.first_seen_at if old else now)
        moved = entered
        if old is not None:
            if old.first_seen_at == first_look:
                entered = moved = None
            if old.changed_at > old.first_seen_at:
                moved = day(old.changed_at)
            if new is not None and (new.digest != old.seen.digest or old.vanished_at is not None):
                moved = day(now)
        row = new or (old.seen if old else None)
        held = {held.paid_on for held in (old.seen if old else None, new) if held and held.paid_on}
        gone = None
        if new is None and old is not None and (old.vanished_at is not None or not odd):
            gone = day(old.vanished_at or now)
        found[key] = SeenRow(
            key,
            row.manager if row else None,
            entered,
            moved,
            tuple(sorted(held | paid.get(key, set()))),
            gone,
        )
    return found


def _paid_days(tab: str, changes: Iterable[RowChange]) -> dict[str, set[date]]:
    """Collect by key the days that «Оплачено» held, where it changed."""
    found: dict[str, set[date]] = {}
    for change in changes:
        if change.tab == tab:
            days = {
                date.fromisoformat(values["paid_on"])
                for values in (change.before, change.after)
                if values.get("paid_on")
            }
            found.setdefault(change.key, set()).update(days)
    return found
