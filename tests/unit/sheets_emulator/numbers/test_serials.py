from datetime import date, datetime, time, timedelta

import pytest

from sheets_emulator.numbers import serials


def wall(*parts):
    return datetime(*parts)  # noqa: DTZ001  # cells hold wall-clock time without a zone


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (date(1899, 12, 30), 0),
        (date(1900, 3, 1), 61),  # 1900 is no leap year here: 31 + 28 days after 1 January, which is day 2
        (date(2020, 1, 1), 43831),
        (date(1899, 12, 29), -1),
        (wall(1900, 1, 1, 12), 2.5),  # the guide's own example
        (wall(1900, 2, 1, 15), 33.625),  # the guide's own example
        (time(6), 0.25),
        (timedelta(hours=36), 1.5),
    ],
)
def test_days_are_counted_from_30_december_1899(moment, expected):
    assert serials.serial(moment) == expected


def test_a_serial_number_gives_its_moment_back():
    assert serials.moment(43831.75) == wall(2020, 1, 1, 18)


def test_a_moment_is_rounded_to_the_millisecond():
    third = serials.serial(wall(2026, 10, 5, 9, 20, 0))
    assert serials.moment(third) == wall(2026, 10, 5, 9, 20, 0)


def test_days_beyond_the_calendar_are_refused():
    with pytest.raises(ValueError, match="no date"):
        serials.moment(1e9)
