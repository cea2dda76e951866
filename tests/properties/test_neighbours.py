"""Days among their neighbours, judged row by row in plain Python (behaviour §4, «Plausible?»)."""

from datetime import date, timedelta

import numpy as np
from hypothesis import event, given, settings
from hypothesis import strategies as st

from kpi_rules.checks.neighbours import out_of_place

START = date(2024, 2, 20)
"""Early enough that a leap day is among the days."""


def moved(year, month, day):
    try:
        return date(year, month, day)
    except ValueError:
        return None


def judged(days, swapped):
    """Look at each row by itself: three rows on either side, five of the six of a time, the row a month away."""
    known = [(row, day) for row, day in enumerate(days) if day is not None]
    told = []
    for at, (row, day) in enumerate(known):
        first = min(max(at - 3, 0), len(known) - 7)
        around = sorted(
            other for place, (_, other) in enumerate(known) if first <= place < first + 7 and place != at
        )
        beside = [known[place][1] for place in (at - 1, at + 1) if 0 <= place < len(known)]
        if len(known) < 7 or all(abs((day - other).days) <= 31 for other in beside):
            continue
        middle = around[2:4]
        agreeing = [each for each in around if min(abs((each - other).days) for other in middle) <= 31]
        if len(agreeing) < 5 or min(abs((day - other).days) for other in middle) <= 31:
            continue
        readings = [
            (moved(day.year + 1, day.month, day.day), 7),
            (moved(day.year - 1, day.month, day.day), 7),
        ]
        if swapped:
            readings.append((moved(day.year, day.day, day.month), 3))
        for reading, within in readings:
            if reading is None or reading == day:
                continue
            aside = timedelta(days=within)
            if agreeing[0] - aside <= reading <= agreeing[-1] + aside:
                told.append((row, reading))
                break
    return told


@st.composite
def sheets(draw):
    """Days that mostly go forward, some blank, some with another year, swapped, or anywhere."""
    step = draw(st.sampled_from([1, 3, 12, 40]))
    day, days = START, []
    for _ in range(draw(st.integers(0, 30))):
        day += timedelta(days=draw(st.integers(0, step)))
        how = draw(st.sampled_from(["right"] * 6 + ["blank", "next", "last", "swapped", "away"]))
        days.append(
            {
                "right": day,
                "blank": None,
                "next": moved(day.year + 1, day.month, day.day),
                "last": moved(day.year - 1, day.month, day.day),
                "swapped": moved(day.year, day.day, day.month) or day,
                "away": day + timedelta(days=draw(st.integers(-400, 400))),
            }[how]
        )
    return days


@settings(deadline=None)
@given(sheets(), st.booleans())
def test_every_row_is_judged_as_if_it_were_looked_at_alone(days, swapped):
    at_noon = ["NaT" if day is None else f"{day}T12" for day in days]
    told = out_of_place(np.array(at_noon, dtype="datetime64[s]"), swapped=swapped)
    event("something is out of place" if told else "nothing is")
    assert told == judged(days, swapped)
