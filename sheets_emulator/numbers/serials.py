"""Dates and times as Google stores them: days since 1899-12-30, the time of day as a fraction.

1900 is a common year, so 1900-03-01 is day 61. Negative numbers are days before the epoch.
Source: the API's guide 'Date & number formats', section 'About date & time values'.
"""

from datetime import date, datetime, time, timedelta

_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  # a cell's date has no zone: it is the file's wall clock
_SECONDS_PER_DAY = 86_400
FIRST_DAY = (date.min - _EPOCH.date()).days
LAST_DAY = (date.max - _EPOCH.date()).days


def serial(moment: datetime | date | time | timedelta) -> int | float:
    """Days since 1899-12-30 of a wall-clock date, date-time, time of day or duration.

    Whole days come back as `int`. A zone attached to the moment is ignored.
    """
    if isinstance(moment, datetime):
        span = moment.replace(tzinfo=None) - _EPOCH
    elif isinstance(moment, date):
        return (moment - _EPOCH.date()).days
    elif isinstance(moment, time):
        span = timedelta(
            hours=moment.hour, minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond
        )
    else:
        span = moment
    seconds = span.seconds + span.microseconds / 1_000_000
    return span.days + seconds / _SECONDS_PER_DAY if seconds else span.days


def moment(serial_days: float) -> datetime:
    """The wall-clock moment of a serial number, to the nearest millisecond.

    Raises:
        ValueError: the number lies outside the years 1 to 9999.
    """
    try:
        return _EPOCH + timedelta(milliseconds=round(serial_days * _SECONDS_PER_DAY * 1000))
    except OverflowError as error:
        raise ValueError(f"{serial_days} is no date between the years 1 and 9999") from error
