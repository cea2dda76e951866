"""Weights of days on histories without any chance in them: what differs is seen, growth is not taken for it."""

import numpy as np
import pytest

from kpi_rules.outlook.day_weights import day_weights
from kpi_rules.outlook.revenue_grid import DAYS, RevenueGrid

ELAPSED = 10


def grid(revenue):
    """One person's months of 28 days from a Monday on, all of Monday to Friday worked."""
    months = len(revenue)
    exists = np.broadcast_to(np.arange(DAYS) < 28, (months, DAYS))
    weekdays = np.where(exists, np.arange(DAYS) % 7, -1)
    both = np.broadcast_to(np.where(exists, revenue, 0.0), (2, months, DAYS)).copy()
    both[:, -1, ELAPSED:] = 0.0
    works = exists & (weekdays < 5)
    return RevenueGrid(
        ("A",), both, exists, works, weekdays, np.broadcast_to(exists[-1], (2, DAYS)), ELAPSED, np.zeros(2)
    )


def parts(revenue):
    """Give the weight of a day of the last month's first part beside one of the rest, working days alone."""
    gone, left = day_weights(grid(revenue), len(revenue) - 1).parts(ELAPSED)
    return gone[-1] / 8, left[-1] / 12


WORKDAYS = np.where(np.arange(DAYS) % 7 < 5, 100.0, 0.0)


def test_flat_working_days_count_one_and_silent_days_off_nothing():
    assert parts(np.tile(WORKDAYS, (5, 1))) == pytest.approx((1, 1))


def test_a_weekday_that_always_sells_double_counts_double():
    friday = np.where(np.arange(DAYS) % 7 == 4, 2.0, 1.0)
    weights = day_weights(grid(np.tile(WORKDAYS * friday, (5, 1))), 4).weights[-1]
    assert weights[4] == pytest.approx(2 * weights[3])


def test_months_that_always_begin_weaker_are_known_to():
    # The first 8 working days bring 50, the other 12 bring 100: 80 on the average.
    begun = np.where(np.arange(DAYS) < ELAPSED, 0.5, 1.0)
    first, rest = parts(np.tile(WORKDAYS * begun, (8, 1)))
    assert first / rest == pytest.approx(0.5, abs=0.15)


def test_growth_from_day_to_day_is_no_weak_beginning():
    growth = 1.10 ** (np.arange(9)[:, np.newaxis] + np.arange(DAYS) / 28)
    first, rest = parts(WORKDAYS * growth)
    assert first / rest == pytest.approx(1, abs=0.02)
