"""When something in a row was first seen, and which look before had not shown it: what the ledger's memory can tell for certain.

People enter between two looks. The moments at which rows came, changed or went are looks that are known; idle ones leave no
trace, so that what is told is the least that is certain (behaviour §4a, «Signals»).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from kpi_rules.register.free_days import grace_ends_on
from kpi_rules.time.periods import WorkingCalendar
from ledger import HistoryRow, RowChange, RowDigest


class Sighting(NamedTuple):
    """On which day something was first seen, and the day of the last known look that did not show it; None: unknown."""

    on: date | None
    after_on: date | None


UNKNOWN = Sighting(None, None)


@dataclass(frozen=True)
class Looks:
    """The looks at a client that left a trace in the history of rows.

    `calendar` tells how long a row is corrected freely.
    """

    history: Sequence[HistoryRow]
    changes: Sequence[RowChange]
    time_zone: str
    calendar: WorkingCalendar
    _told: dict[datetime, Sighting] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def first_at(self) -> datetime | None:
        """The moment of the first look of all."""
        return self._moments[0] if self._moments else None

    def day(self, moment: datetime) -> date:
        """Give the client's day of a moment."""
        return moment.astimezone(ZoneInfo(self.time_zone)).date()

    def sighting(self, moment: datetime | None) -> Sighting:
        """Give the client's day of a moment at which something was first seen, and that of the last known look before it."""
        if moment is None:
            return UNKNOWN
        told = self._told.get(moment)
        if told is None:
            place = bisect_left(self._moments, moment)
            before = self.day(self._moments[place - 1]) if place else None
            told = self._told[moment] = Sighting(self.day(moment), before)
        return told

    def is_free(self, entered_at: datetime, mended_at: datetime) -> bool:
        """Tell whether what was entered at a moment was mended within the days of free correction."""
        return self.day(mended_at) <= grace_ends_on(self.day(entered_at), self.calendar)

    @cached_property
    def _moments(self) -> list[datetime]:
        moments = {row.first_seen_at for row in self.history}
        moments.update(row.changed_at for row in self.history if row.changed_at != row.first_seen_at)
        moments.update(change.changed_at for change in self.changes)
        return sorted(moments)


@dataclass(frozen=True)
class PaymentDays:
    """The days that «Оплачено» held and nobody mended at once, and when the present one was first seen (None: unknown)."""

    days: tuple[date, ...]
    seen_at: datetime | None


def payment_days(
    old: HistoryRow | None,
    new: RowDigest | None,
    changes: Sequence[RowChange],
    entered_at: datetime | None,
    now: datetime,
    looks: Looks,
) -> PaymentDays:
    """Tell what «Оплачено» of a row held: by the kept `changes` of it, oldest first, by the ledger and as it stands now.

    `entered_at` is when the row was first seen, None where that is unknown.
    """
    known = old.seen.paid_on if old else None
    present = new.paid_on if new else known
    if not changes and (old is None or known == present):
        return PaymentDays(() if present is None else (present,), entered_at)
    days: set[date] = set()
    seen_at = entered_at
    steps = [(_day(change.before), change.changed_at) for change in changes]
    if old is not None and known != present:
        steps.append((known, now))
    for before, changed_at in steps:
        if before is not None and not (seen_at is not None and looks.is_free(seen_at, changed_at)):
            days.add(before)
        seen_at = changed_at
    if present is not None:
        days.add(present)
    return PaymentDays(tuple(sorted(days)), seen_at)


def _day(values: Mapping[str, Any]) -> date | None:
    told = values.get("paid_on")
    return date.fromisoformat(told) if told else None
