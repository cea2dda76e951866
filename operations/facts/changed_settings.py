"""A time in which the workbook's locale or time zone was another than it was made with, and the rows that came in it.

What is typed then may mean something else («05.10» is a text or the tenth of May), and no cell tells that afterwards.
So the rows that were first seen since the last look that found the settings right are named on «Ошибки»: as long as
they are wrong, and for a day after they were put back (behaviour §3).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kpi_rules.problems import Place, Problem, warning
from kpi_rules.records.forms import RecordKind
from ledger import Client, HistoryRow, RowDigest
from sheets_sync.schema.layout import Book
from sheets_sync.schema.looks import Look

SETTINGS = RecordKind("time of changed settings")
_KEPT = "changed_settings"
_TOLD_FOR = timedelta(days=1)
_NAMED = 20
"""So many rows of a tab are named; the others are counted."""


@dataclass(frozen=True)
class ChangedSettings:
    """From the last look that found the settings right (else the client's making) until the first that did again."""

    since_at: datetime
    until_at: datetime | None = None

    def is_told(self, now: datetime) -> bool:
        """Tell whether people still hear of it."""
        return self.until_at is None or now < self.until_at + _TOLD_FOR

    def holds(self, moment: datetime) -> bool:
        """Tell whether what was first seen at a moment may have come in that time."""
        return self.since_at < moment and (self.until_at is None or moment <= self.until_at)


def changed_settings(client: Client) -> ChangedSettings | None:
    """Give what the looks at a client's workbook have told so far."""
    kept = client.extra.get(_KEPT)
    if kept is None:
        return None
    record = SETTINGS.read(kept)
    until = record["until"]
    return ChangedSettings(
        datetime.fromisoformat(record["since"]), datetime.fromisoformat(until) if until else None
    )


def after_look(client: Client, before: Look | None, look: Look, book: Book) -> ChangedSettings | None:
    """Give what one more look tells of it; `before` is the one before. None: nothing, or nothing any more."""
    known = changed_settings(client)
    if look.has_other_settings(book):
        if known is not None and known.until_at is None:
            return known
        was_right = before is not None and not before.has_other_settings(book)
        return ChangedSettings(before.at if before and was_right else client.created_at)
    if known is not None and known.until_at is None:
        return replace(known, until_at=look.at)
    return known if known is not None and known.is_told(look.at) else None


def kept_settings(settings: ChangedSettings | None) -> Mapping[str, Any]:
    """Write it for the client's `extra`."""
    if settings is None:
        return {}
    until = settings.until_at.isoformat() if settings.until_at else None
    return {_KEPT: SETTINGS.stamped({"since": settings.since_at.isoformat(), "until": until})}


def without_settings(extra: Mapping[str, Any]) -> dict[str, Any]:
    """Give a client's `extra` without what was kept of it."""
    return {name: value for name, value in extra.items() if name != _KEPT}


def rows_of_changed_settings(
    settings: ChangedSettings | None,
    history: Iterable[HistoryRow],
    seen: Collection[RowDigest],
    now: datetime,
    time_zone: str,
) -> Iterator[Problem]:
    """Warn, tab by tab, of the rows that are there and were first seen in that time; `seen` are all that are there."""
    if settings is None or not settings.is_told(now):
        return
    first_seen = {(row.seen.tab, row.seen.key): row.first_seen_at for row in history}
    by_tab: dict[str, list[str]] = {}
    for row in seen:
        if settings.holds(first_seen.get((row.tab, row.key), now)):
            by_tab.setdefault(row.tab, []).append(row.key)
    since = settings.since_at.astimezone(ZoneInfo(time_zone))
    for tab, keys in by_tab.items():
        named = ", ".join(keys[:_NAMED]) + (", …" if len(keys) > _NAMED else "")
        yield warning(
            "rows_of_changed_settings",
            Place(tab),
            keys=named,
            count=len(keys),
            since=f"{since:%d.%m.%Y %H:%M}",
        )
