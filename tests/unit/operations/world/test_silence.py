"""When syncs count as silent: after more than a day, Sundays left out. November 2026: the 1st is a Sunday."""

from datetime import datetime

import pytest

from kpi_rules.time.periods import ALMATY
from operations.world.silence import is_silent


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=ALMATY)


@pytest.mark.parametrize(
    ("since", "now", "silent"),
    [
        (at(3, 9), at(3, 9), False),
        (at(3, 9), at(4, 9), False),  # a round later by a whole day
        (at(3, 9), at(4, 11), False),  # 26 hours
        (at(3, 9), at(4, 11, 1), True),
        (at(3, 9), at(20, 9), True),
        (at(7, 19), at(9, 9), False),  # Saturday evening to Monday morning: 5 + 9 hours
        (at(7, 9), at(9, 9), False),  # 15 + 9
        (at(7, 9), at(9, 11), False),  # 26
        (at(7, 9), at(9, 11, 1), True),
        (at(8, 1), at(8, 23), False),  # within a Sunday
        (at(4, 9), at(3, 9), False),  # a clock that was set back
    ],
)
def test_a_silence_is_more_than_a_day_of_working_days(since, now, silent):
    assert is_silent(since, now) is silent
