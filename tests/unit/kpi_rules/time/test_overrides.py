from datetime import date

import pytest

from kpi_rules.records.calendars import calendar_from_record, calendar_record
from kpi_rules.time.decrees import DecreeError, load_decree
from kpi_rules.time.kazakhstan import working_calendar
from kpi_rules.time.overrides import overridden
from kpi_rules.time.periods import CalendarOverride

CALENDAR = working_calendar([2025, 2026])
NEW_YEARS_EVE, SATURDAY = date(2026, 12, 31), date(2026, 12, 26)


def moved(day, *, worked=False, weeks=(5, 6), source="Приказ № 1"):
    return CalendarOverride(day, weeks, worked, source)


def test_an_override_changes_its_day_in_its_week_and_keeps_its_source():
    changed = overridden(CALENDAR, [moved(NEW_YEARS_EVE, weeks=(5,)), moved(SATURDAY, worked=True)])
    assert [changed.is_worked(NEW_YEARS_EVE, week) for week in (5, 6)] == [False, True]
    assert [changed.is_worked(SATURDAY, week) for week in (5, 6)] == [True, True]
    assert changed.overrides == (moved(NEW_YEARS_EVE, weeks=(5,)), moved(SATURDAY, worked=True))
    assert changed.version == f"{CALENDAR.version} + 2"


def test_of_two_overrides_of_a_day_the_later_one_holds():
    changed = overridden(CALENDAR, [moved(NEW_YEARS_EVE), moved(NEW_YEARS_EVE, worked=True)])
    assert changed.is_worked(NEW_YEARS_EVE, 5)


def test_a_day_of_another_year_changes_nothing():
    assert overridden(CALENDAR, [moved(date(2031, 1, 6))]) is CALENDAR


def test_an_announced_holiday_is_estimated_no_longer():
    assert CALENDAR.estimated == {date(2026, 5, 27)}
    changed = overridden(CALENDAR, [moved(date(2026, 5, 26)), moved(date(2026, 5, 27), worked=True)])
    assert changed.estimated == frozenset()
    assert [changed.is_worked(date(2026, 5, day), 5) for day in (26, 27)] == [False, True]


def test_an_override_without_a_source_is_refused():
    with pytest.raises(ValueError, match="source"):
        overridden(CALENDAR, [moved(NEW_YEARS_EVE, source=" ")])


def test_the_record_keeps_estimated_days_and_overrides_and_is_read_back():
    changed = overridden(CALENDAR, [moved(NEW_YEARS_EVE, weeks=(5,), source="Постановление № 7")])
    record = calendar_record(changed)
    assert record["estimated"] == ["2026-05-27"]
    assert record["overrides"] == [
        {"form": 1, "day": "2026-12-31", "weeks": [5], "worked": False, "source": "Постановление № 7"}
    ]
    assert calendar_from_record(record) == changed


def test_a_record_of_before_overrides_stays_the_same_bytes():
    record = calendar_record(CALENDAR)
    del record["estimated"]
    assert calendar_record(calendar_from_record(record)) == record


DECREE = {"source": " Приказ № 436 ", "days": [{"day": date(2025, 1, 3), "worked": False}]}


def test_a_decree_names_its_source_once_for_all_days():
    days = [*DECREE["days"], {"day": date(2025, 1, 5), "worked": True, "weeks": [6]}]
    assert load_decree({**DECREE, "days": days}) == (
        moved(date(2025, 1, 3), source="Приказ № 436"),
        moved(date(2025, 1, 5), worked=True, weeks=(6,), source="Приказ № 436"),
    )


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"source": " "}, "source"),
        ({"source": 7}, "source"),
        ({"days": []}, "days"),
        ({"days": [{"day": "2025-01-03", "worked": True}]}, "days.1.day"),
        ({"days": [{"day": date(2025, 1, 3)}]}, "days.1.worked"),
        ({"days": [{"day": date(2025, 1, 3), "worked": True, "weeks": [7]}]}, "days.1.weeks"),
        ({"days": [{"day": date(2025, 1, 3), "worked": True, "weeks": []}]}, "days.1.weeks"),
        ({"days": [*DECREE["days"], *DECREE["days"]]}, "days.2.day"),
        ({"year": 2025}, "year"),
    ],
)
def test_a_decree_that_can_not_be_used_is_refused_with_its_place(change, place):
    with pytest.raises(DecreeError) as refused:
        load_decree({**DECREE, **change})
    assert refused.value.place == place
