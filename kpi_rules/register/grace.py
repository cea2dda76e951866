"""How long a row is corrected freely: to the end of the working day after the one on which it was first seen."""

from __future__ import annotations

from datetime import date

from kpi_rules.counting.deal_counts import COMPANY_WEEK
from kpi_rules.time.periods import WorkingCalendar


def grace_ends_on(first_seen_on: date, calendar: WorkingCalendar) -> date:
    """Give the last day of free correction, by the company's five-day week; of a day outside the calendar itself."""
    if first_seen_on.year not in calendar.years:
        return first_seen_on
    return calendar.step(first_seen_on, 1, COMPANY_WEEK)
