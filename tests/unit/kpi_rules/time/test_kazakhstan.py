"""Expected days: production calendars of Kazakhstan, worked out by hand from the holidays of the law."""

from datetime import date

import pytest

from kpi_rules.records.calendars import calendar_from_record, calendar_record
from kpi_rules.time.kazakhstan import estimated_days, working_calendar
from kpi_rules.time.periods import Month

CALENDAR = working_calendar([2023, 2024, 2025, 2026, 2027])

NORM_DAYS = {
    # 2024: the ministry's «Баланс рабочего времени» (its table of months), with two later corrections: the order
    # of April 2024 (8 May off for 4 May, five-day week only; May stays 20), and the ministry's word of June 2024
    # that Monday 17 June is worked (Qurban Ait was announced for Sunday 16 June): June 20 and 25, not 19 and 24.
    (2024, 5): [21, 21, 17, 22, 20, 20, 22, 21, 21, 22, 21, 21],
    (2024, 6): [25, 25, 22, 26, 24, 25, 26, 26, 25, 26, 26, 25],
    # 2025, by hand: January 11 and 7 days off (the ministry's figures; 3 January for Sunday the 5th), March 14
    # and 9, August 10 and 6, November 10 and 5. 8 March, 30 August and 25 October are Saturdays: moved in the
    # five-day week only. 6 June is Qurban Ait. 6 July is a Sunday: 7 July off in both.
    (2025, 5): [20, 20, 17, 22, 19, 20, 22, 21, 21, 22, 20, 22],
    (2025, 6): [24, 24, 22, 26, 24, 24, 26, 25, 26, 26, 25, 26],
    # 2026: January 12 and 7, March 13 and 9 days off (the ministry's figures). 27 May is Qurban Ait (27–29 May by
    # the muftiate's calendar of November 2025). 30 August is no holiday any more (new Constitution, March 2026).
    (2026, 5): [19, 20, 18, 22, 17, 22, 22, 21, 22, 21, 21, 22],
    (2026, 6): [24, 24, 22, 26, 22, 26, 26, 26, 26, 26, 25, 26],
    # 2027, by hand from the law: 2 January is a Saturday (4 January off, five-day week), 15 March is Constitution
    # Day, 21 March a Sunday (24 March off in both), 1 May a Saturday (3 May), 9 May a Sunday (10 May in both),
    # Qurban Ait Sunday 16 May (estimated; never moved), 25 October a Monday.
    (2027, 5): [18, 20, 18, 22, 18, 22, 21, 22, 22, 20, 22, 22],
    (2027, 6): [23, 24, 22, 26, 23, 26, 26, 26, 26, 25, 26, 26],
}


@pytest.mark.parametrize(("year", "week_days"), NORM_DAYS)
def test_each_month_has_the_norm_of_the_official_calendar(year, week_days):
    found = [norm(Month(year, number), week_days) for number in range(1, 13)]
    assert found == NORM_DAYS[year, week_days]


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


def test_a_record_of_the_calendar_is_read_back_without_loss():
    assert calendar_from_record(calendar_record(CALENDAR)) == CALENDAR


def test_unannounced_holidays_are_named_and_stand_in_the_calendar():
    assert estimated_days([2026]) == [date(2026, 5, 27)]
    assert CALENDAR.estimated == {date(2026, 5, 27), date(2027, 5, 16)}


def test_qurban_ait_on_a_sunday_is_not_moved():
    # The ministry, 7 June 2024: only holidays are moved, and Qurban Ait is a day off, not a holiday.
    for week_days in (5, 6):
        assert CALENDAR.is_worked(date(2024, 6, 17), week_days)
        assert not CALENDAR.is_worked(date(2024, 6, 16), week_days)


def test_constitution_day_left_august_with_the_new_constitution():
    assert not CALENDAR.is_worked(date(2025, 9, 1), 5)
    assert CALENDAR.is_worked(date(2026, 8, 31), 5)
    assert not CALENDAR.is_worked(date(2027, 3, 15), 5)


def test_a_year_that_is_not_covered_is_an_error():
    with pytest.raises(KeyError, match="2031"):
        CALENDAR.is_worked(date(2031, 1, 1), 5)
