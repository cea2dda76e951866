"""Typed dates and times, in the order and with the month names of the file's locale."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple

from sheets_emulator.numbers import serials
from sheets_emulator.numbers.locales import Region, region, zone_of

_TIME = re.compile(
    r"(?P<hour>\d{1,4})(?::(?P<minute>\d{2}))?(?::(?P<second>\d{2})(?P<part>[.,]\d{1,3})?)?"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?$",
    re.IGNORECASE,
)
_NUMERIC = re.compile(r"(\d{1,4})([./-])(\d{1,4})(?:\2(\d{1,4}))?$")
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_YEAR_WORDS = {"г", "года", "год", "ж", "жыл"}


class Typed(NamedTuple):
    """A moment as typed: serial days, and the type and pattern of the format that writes it this way."""

    days: int | float
    kind: str
    pattern: str


def parse_moment(text: str, place: Region, time_zone: str, now: datetime | None) -> Typed | None:
    """A date, a time, or both; `None` if the text is neither."""
    if typed := _time(text, place):
        return typed
    if typed := _date(text, place, time_zone, now):
        return typed
    # Both: the time is the last word, or the last two ('9:30 pm').
    words = text.split()
    for cut in range(len(words) - 1, max(0, len(words) - 3), -1):
        tail = " ".join(words[cut:])
        if ":" not in tail and not tail[-1].isalpha():
            continue
        day = _date(" ".join(words[:cut]).rstrip(","), place, time_zone, now)
        clock = _time(tail, place)
        if day and clock and clock.days < 1:
            return Typed(day.days + clock.days, "DATE_TIME", f"{day.pattern} {clock.pattern}")
    return None


def _time(text: str, place: Region) -> Typed | None:
    match = _TIME.match(text)
    if match is None or not (match["minute"] or match["half"]):
        return None
    hour, minute, second = int(match["hour"]), int(match["minute"] or 0), int(match["second"] or 0)
    if minute > 59 or second > 59 or (match["part"] and match["part"][0] != place.decimal):
        return None
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"].lower() == "p" else 0)
    seconds = hour * 3600 + minute * 60 + second
    milliseconds = float("0." + match["part"][1:]) if match["part"] else 0
    pattern = (
        "[h]" if hour >= 24 else "hh" if len(match["hour"]) == 2 and not match["half"] else "h"
    ) + ":mm"
    pattern += ":ss" if match["second"] else ""
    pattern += "." + "0" * (len(match["part"]) - 1) if match["part"] else ""
    pattern += " am/pm" if match["half"] else ""
    days = (seconds + milliseconds) / 86_400
    return Typed(int(days) if days.is_integer() else days, "TIME", pattern)


def _date(text: str, place: Region, time_zone: str, now: datetime | None) -> Typed | None:
    match = _NUMERIC.match(text)
    if match:
        return _numeric_date(match, place, time_zone, now)
    return _written_date(text, place, time_zone, now)


def _numeric_date(match: re.Match[str], place: Region, time_zone: str, now: datetime | None) -> Typed | None:
    first, mark, second, third = match[1], match[2], match[3], match[4]
    if mark == "." and place.decimal == ".":
        return None  # where the point is decimal it separates no dates
    if third is None:
        return _two_parts((first, mark, second), place, time_zone, now)
    order = "ymd" if len(first) == 4 else place.date_order
    parts = dict(zip(order, (first, second, third), strict=True))
    if len(parts["m"]) > 2 or len(parts["d"]) > 2 or len(parts["y"]) not in {2, 4}:
        return None
    padded = _padded(parts["d"], parts["m"], place, iso=order == "ymd")
    widths = {"d": 1 + padded, "m": 1 + padded, "y": len(parts["y"])}
    pattern = mark.join(letter * widths[letter] for letter in order)
    return _typed(parts["y"], int(parts["m"]), parts["d"], pattern)


def _two_parts(
    written: tuple[str, str, str], place: Region, time_zone: str, now: datetime | None
) -> Typed | None:
    """`10.2026` and `2026-10` are months; `5/10` is a day of the current year."""
    first, mark, second = written
    if len(second) == 4 and len(first) <= 2:
        return _typed(second, int(first), "1", f"{'m' * len(first)}{mark}yyyy")
    if len(first) == 4 and len(second) <= 2:
        return _typed(first, int(second), "1", f"yyyy{mark}{'m' * len(second)}")
    if len(first) > 2 or len(second) > 2:
        return None
    order = [letter for letter in place.date_order if letter != "y"]
    parts = dict(zip(order, (first, second), strict=True))
    pattern = mark.join(letter * (1 + _padded(parts["d"], parts["m"], place, iso=False)) for letter in order)
    return _typed(str(_this_year(time_zone, now)), int(parts["m"]), parts["d"], pattern)


def _written_date(text: str, place: Region, time_zone: str, now: datetime | None) -> Typed | None:
    """`5 октября 2026 г.`, `окт 2026`, `October 5, 2026`, `5-Oct`."""
    if not re.fullmatch(r"[\w\s.,/-]+", text):
        return None
    names = _month_names(place.name)
    month = form = day = year = None
    pattern: list[str] = []
    for word in _WORDS.findall(text):
        if word.isdigit():
            if len(word) == 4 and year is None:
                year = word
                pattern.append("yyyy")
            elif len(word) <= 2 and day is None:
                day = word
                pattern.append("d" * len(word))
            else:
                return None
        elif word.lower() in names and month is None:
            month, form = names[word.lower()]
            pattern.append(form)
        elif not (word.lower() in _YEAR_WORDS and year):
            return None
    if month is None or (day is None and year is None):
        return None
    joined = " ".join(pattern).replace("d yyyy", "d, yyyy") if pattern[0][0] == "m" else " ".join(pattern)
    return _typed(year or str(_this_year(time_zone, now)), month, day or "1", joined)


@lru_cache(maxsize=64)
def _month_names(locale: str) -> dict[str, tuple[int, str]]:
    """Every name of a month in this locale and in English, lower case, with the pattern that shows it."""
    names: dict[str, tuple[int, str]] = {}
    for known in (region("en_US"), region(locale)):
        for number, name in _named(known):
            short = len(name.rstrip(".")) <= 4 and name.rstrip(".") not in known.months
            names[name.rstrip(".").lower()] = (number, "mmm" if short else "mmmm")
    return names


def _named(known: Region) -> Iterator[tuple[int, str]]:
    for index in range(12):
        full = known.months[index]
        yield index + 1, full[:3]
        yield index + 1, known.months_short[index]
        yield index + 1, known.months_alone[index]
        yield index + 1, full


def _typed(year: str, month: int, day: str, pattern: str) -> Typed | None:
    full_year = int(year) if len(year) == 4 else int(year) + (2000 if int(year) < 30 else 1900)
    if full_year < 1000:
        return None
    try:
        return Typed(serials.serial(date(full_year, month, int(day))), "DATE", pattern)
    except ValueError:
        return None


def _padded(day: str, month: str, place: Region, *, iso: bool) -> bool:
    """Whether a date was written with leading zeros; two-digit parts alone do not tell."""
    if len(day) != 2 or len(month) != 2:
        return False
    return iso or "0" in (day[0], month[0]) or "dd" in place.date_pattern


def _this_year(time_zone: str, now: datetime | None) -> int:
    return (now or datetime.now(UTC)).astimezone(zone_of(time_zone)).year
