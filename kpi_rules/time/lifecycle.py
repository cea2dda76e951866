"""The life of a month: planning → open → review → closed, and the days on which it moves on (behaviour §7).

Days of the company (payday, grace) are counted in the five-day week: banks and accountants work by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from kpi_rules.time.periods import Month, WorkingCalendar

if TYPE_CHECKING:
    from kpi_rules.time.settings import Settings

COMPANY_WEEK_DAYS = 5
DEADLINE_WORKING_DAYS = 2


class MonthState(StrEnum):
    """Where a month stands. A closed month never leaves `closed`."""

    PLANNING = "planning"
    OPEN = "open"
    REVIEW = "review"
    CLOSED = "closed"


@dataclass(frozen=True)
class MonthDates:
    """The days of one month's life: each the first day on which the step may be taken.

    `opens_on`: opened without approval of the plan. `review_from_on`: late entry is over.
    `deadline_on`: a clean month closes by itself. `payday_on`: wages are due (Labour Code art. 113).
    """

    opens_on: date
    review_from_on: date
    deadline_on: date
    payday_on: date


def month_dates(month: Month, settings: Settings, calendar: WorkingCalendar) -> MonthDates:
    """Work out the days of a month's life; a payday on a day off moves to the working day before it.

    Late entry lasts the first `grace_working_days` working days of the next month, but never past the
    deadline: wages do not wait for late entries.
    """
    first_on = month.first_on
    opens_on = calendar.step(_day_before(first_on), 1, COMPANY_WEEK_DAYS)
    following = month.plus(1)
    payday_on = date(following.year, following.number, min(settings.payday, following.last_on.day))
    if not calendar.is_worked(payday_on, COMPANY_WEEK_DAYS):
        payday_on = calendar.step(payday_on, -1, COMPANY_WEEK_DAYS)
    deadline_on = calendar.step(payday_on, -DEADLINE_WORKING_DAYS, COMPANY_WEEK_DAYS)
    entry_ends_on = calendar.step(month.last_on, settings.grace_working_days, COMPANY_WEEK_DAYS)
    review_from_on = max(min(_day_after(entry_ends_on), deadline_on), following.first_on)
    return MonthDates(opens_on, review_from_on, max(deadline_on, review_from_on), payday_on)


def opens(state: MonthState, today: date, dates: MonthDates, *, plan_approved: bool) -> bool:
    """Tell whether a month in planning opens today: plan approved, or the first working day has come."""
    return state is MonthState.PLANNING and (plan_approved or today >= dates.opens_on)


def goes_to_review(state: MonthState, today: date, dates: MonthDates) -> bool:
    """Tell whether an open month goes to review today."""
    return state is MonthState.OPEN and today >= dates.review_from_on


def closes(state: MonthState, today: date, dates: MonthDates, *, ticked: bool, clean: bool) -> bool:
    """Tell whether a month in review closes today: by the head's tick, or by the deadline when clean."""
    return state is MonthState.REVIEW and clean and (ticked or today >= dates.deadline_on)


def is_overdue(state: MonthState, today: date, dates: MonthDates, *, clean: bool) -> bool:
    """Tell whether a month is past its deadline and cannot close, so that head and owner must be told."""
    return state is MonthState.REVIEW and not clean and today >= dates.deadline_on


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _day_after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)
