"""The dates of a month's life, worked out by hand on a calendar without public holidays."""

from datetime import date, timedelta

import pytest

from kpi_rules.time.lifecycle import MonthState, closes, goes_to_review, is_overdue, month_dates, opens
from kpi_rules.time.periods import Month, WorkingCalendar
from kpi_rules.time.settings import Settings


def weekdays_only(*holidays: date) -> WorkingCalendar:
    days = [date(2026, 1, 1) + timedelta(days=offset) for offset in range(730)]
    return WorkingCalendar(
        version="test",
        source="weekends only",
        years=frozenset({2026, 2027}),
        off_days={
            5: frozenset(day for day in days if day.weekday() >= 5) | frozenset(holidays),
            6: frozenset(day for day in days if day.weekday() == 6) | frozenset(holidays),
        },
    )


def test_october_2026_lives_by_the_default_settings():
    # 1 October 2026 is a Thursday. November: 1st is a Sunday, working days 2, 3, 4 are for late entry,
    # payday 10 November is a Tuesday, the second working day before it is Friday the 6th.
    dates = month_dates(Month(2026, 10), Settings(), weekdays_only())
    assert dates.opens_on == date(2026, 10, 1)
    assert dates.review_from_on == date(2026, 11, 5)
    assert dates.deadline_on == date(2026, 11, 6)
    assert dates.payday_on == date(2026, 11, 10)


def test_a_payday_on_a_sunday_moves_to_friday_and_the_deadline_with_it():
    # 10 January 2027 is a Sunday → Friday 8 → two working days before: Wednesday 6.
    dates = month_dates(Month(2026, 12), Settings(), weekdays_only())
    assert dates.payday_on == date(2027, 1, 8)
    assert dates.deadline_on == date(2027, 1, 6)


def test_a_month_that_starts_on_a_weekend_opens_on_monday():
    # 1 August 2026 is a Saturday.
    assert month_dates(Month(2026, 8), Settings(), weekdays_only()).opens_on == date(2026, 8, 3)


def test_late_entry_never_outlasts_the_deadline():
    dates = month_dates(Month(2026, 10), Settings(grace_working_days=15), weekdays_only())
    assert dates.review_from_on == dates.deadline_on == date(2026, 11, 6)


def test_a_payday_of_31_falls_on_the_last_day_of_a_short_month():
    # November 2026 ends on Monday the 30th.
    assert month_dates(Month(2026, 10), Settings(payday=31), weekdays_only()).payday_on == date(2026, 11, 30)


DATES = month_dates(Month(2026, 10), Settings(), weekdays_only())


@pytest.mark.parametrize(
    ("today", "approved", "expected"),
    [(date(2026, 9, 30), False, False), (date(2026, 9, 20), True, True), (date(2026, 10, 1), False, True)],
)
def test_a_month_opens_by_approval_or_on_its_first_working_day(today, approved, expected):
    assert opens(MonthState.PLANNING, today, DATES, plan_approved=approved) is expected


@pytest.mark.parametrize(("day", "expected"), [(4, False), (5, True)])
def test_an_open_month_goes_to_review_after_the_days_of_late_entry(day, expected):
    assert goes_to_review(MonthState.OPEN, date(2026, 11, day), DATES) is expected


@pytest.mark.parametrize(
    ("day", "ticked", "clean", "closing", "overdue"),
    [
        (5, False, True, False, False),
        (5, True, True, True, False),
        (5, True, False, False, False),
        (6, False, True, True, False),
        (6, True, False, False, True),
    ],
)
def test_a_month_in_review_closes_by_the_tick_or_by_the_deadline_when_clean(
    day, ticked, clean, closing, overdue
):
    today = date(2026, 11, day)
    assert closes(MonthState.REVIEW, today, DATES, ticked=ticked, clean=clean) is closing
    assert is_overdue(MonthState.REVIEW, today, DATES, clean=clean) is overdue


def test_a_closed_month_does_nothing_any_more():
    today = date(2027, 5, 1)
    assert not opens(MonthState.CLOSED, today, DATES, plan_approved=True)
    assert not goes_to_review(MonthState.CLOSED, today, DATES)
    assert not closes(MonthState.CLOSED, today, DATES, ticked=True, clean=True)
