"""A client's working calendar: what holds, and days that an order of the authorities moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from kpi_rules.errors import RefusedError
from kpi_rules.records.calendars import calendar_from_record
from kpi_rules.time.decrees import DecreeError, load_decree
from kpi_rules.time.periods import CalendarOverride, Month, WorkingCalendar
from ledger import CalendarEntry, FrozenKind, Ledger
from operations.facts.held_months import WHOLE, client_calendar
from operations.world.toml_files import read_toml


@dataclass(frozen=True)
class MonthCalendar:
    """The calendar of one month of a client; `frozen` once the month has opened."""

    client: str
    month: Month
    calendar: WorkingCalendar
    frozen: bool

    @property
    def estimated(self) -> tuple[date, ...]:
        """Days off of this month that are computed and not announced yet."""
        return tuple(sorted(day for day in self.calendar.estimated if Month.of(day) == self.month))

    def norm_days(self, week_days: int) -> int:
        """Count the working days of a week of that length."""
        return len(self.calendar.working_days(self.month.first_on, self.month.last_on, week_days))

    def overrides(self, day: date) -> tuple[CalendarOverride, ...]:
        """Give the orders that moved a day, the newest last."""
        return tuple(override for override in self.calendar.overrides if override.day == day)


def month_calendar(ledger: Ledger, slug: str, month: Month) -> MonthCalendar:
    """Give the calendar that a month goes by: the frozen one, or what would freeze now."""
    client = ledger.client(slug)
    frozen = ledger.frozen(slug, month, FrozenKind.CALENDAR)
    calendar = (
        calendar_from_record(frozen[WHOLE]) if WHOLE in frozen else client_calendar(ledger, slug, month.year)
    )
    return MonthCalendar(client.name, month, calendar, WHOLE in frozen)


def read_decree(path: Path) -> tuple[CalendarOverride, ...]:
    """Read a decree's file (TOML, the form of `calendar_overrides.load_decree`). Raises RefusedError."""
    data = read_toml(path, "decree_no_toml")
    try:
        return load_decree(data)
    except DecreeError as error:
        raise RefusedError("decree_wrong", file=path.name, place=error.place) from error


def override_days(
    slug: str, overrides: Sequence[CalendarOverride], ledger: Ledger, now: datetime, by: str
) -> list[CalendarEntry]:
    """Enter moved days in the ledger, all or none; what holds already is left out. Gives the new entries.

    Raises RefusedError: a day without a source, or in a month whose calendar has frozen.
    """
    client = ledger.client(slug)
    for override in overrides:
        month = Month.of(override.day)
        if not override.source.strip():
            raise RefusedError("moved_day_without_source", day=override.day)
        if ledger.is_calendar_frozen(slug, month):
            raise RefusedError(
                "calendar_frozen", month=month, day=override.day, files=(client.template, client.language)
            )
    return ledger.override_calendar(slug, overrides, by=by, at=now)
