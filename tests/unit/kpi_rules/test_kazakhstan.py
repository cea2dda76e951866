"""Expected days: production calendars of Kazakhstan, worked out by hand from the holidays of the law."""

from datetime import date

import pytest

from kpi_rules.calendar_records import calendar_from_record, calendar_record
from kpi_rules.kazakhstan import estimated_days, with_overrides, working_calendar
from kpi_rules.periods import Month

CALENDAR = working_calendar([2023, 2024, 2025, 2026])


def norm(month, week_days):
    return len(CALENDAR.working_days(month.first_on, month.last_on, week_days))


def test_nauryz_on_a_weekend_gives_two_days_in_a_five_day_week_and_one_in_a_six_day_week():
    # 21 March 2026 is a Saturday, 22 a Sunday, 23 a Monday.
    assert not CALENDAR.is_worked(date(2026, 3, 24), 5)
    assert not CALENDAR.is_worked(date(2026, 3, 25), 5)
    assert CALENDAR.is_worked(date(2026, 3, 26), 5)
    assert not CALENDAR.is_worked(date(2026, 3, 24), 6)
    assert CALENDAR.is_worked(date(2026, 3, 25), 6)


def test_a_holiday_on_saturday_moves_only_in_a_five_day_week():
    # 9 May 2026 is a Saturday.
    assert not CALENDAR.is_worked(date(2026, 5, 11), 5)
    assert CALENDAR.is_worked(date(2026, 5, 11), 6)
    assert not CALENDAR.is_worked(date(2026, 5, 9), 6)


def test_a_decree_that_moves_a_saturday_holds_in_a_five_day_week_alone():
    # 2024: Wednesday 8 May off, Saturday 4 May worked instead.
    assert not CALENDAR.is_worked(date(2024, 5, 8), 5)
    assert CALENDAR.is_worked(date(2024, 5, 4), 5)
    assert CALENDAR.is_worked(date(2024, 5, 8), 6)
    assert CALENDAR.is_worked(date(2024, 5, 4), 6)


def test_a_decree_that_moves_a_sunday_holds_in_both_weeks():
    # 2025: Friday 3 January off, Sunday 5 January worked instead.
    for week_days in (5, 6):
        assert not CALENDAR.is_worked(date(2025, 1, 3), week_days)
        assert CALENDAR.is_worked(date(2025, 1, 5), week_days)


def test_october_2026_has_21_and_26_working_days():
    # 22 weekdays less Monday 26 (for Sunday the 25th); 27 days but Sundays less Monday 26.
    assert norm(Month(2026, 10), 5) == 21
    assert norm(Month(2026, 10), 6) == 26


def test_an_override_changes_one_day_and_names_its_source():
    changed = with_overrides(CALENDAR, {date(2026, 12, 31): {5: False}}, "Decree No. 1")
    assert not changed.is_worked(date(2026, 12, 31), 5)
    assert changed.is_worked(date(2026, 12, 31), 6)
    assert "Decree No. 1" in changed.source
    assert changed.version != CALENDAR.version


@pytest.mark.parametrize(("day", "source"), [(date(2026, 1, 5), " "), (date(2031, 1, 5), "Decree")])
def test_an_override_without_source_or_outside_the_years_is_refused(day, source):
    with pytest.raises(ValueError, match=r"source|cover"):
        with_overrides(CALENDAR, {day: {5: False}}, source)


def test_a_record_of_the_calendar_is_read_back_without_loss():
    assert calendar_from_record(calendar_record(CALENDAR)) == CALENDAR


def test_unannounced_holidays_are_named():
    assert estimated_days([2026]) == [date(2026, 5, 27)]


def test_a_year_that_is_not_covered_is_an_error():
    with pytest.raises(KeyError, match="2031"):
        CALENDAR.is_worked(date(2031, 1, 1), 5)
