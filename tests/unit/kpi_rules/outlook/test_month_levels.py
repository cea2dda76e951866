"""The team's rate of the days left on histories that have one answer: flat, growing, by quarters, or a new level."""

import numpy as np
import pytest

from kpi_rules.outlook.month_levels import TeamMonths, rest_rate

DAYS = 10


def team(levels, begun, dispersion=0.01):
    """Months with these revenues a day, 10 of 30 days over in each; of the last one only these are known."""
    months = np.array([*levels, 0.0])
    made, came = 10 * np.array([*levels, begun]), 20 * months
    weights = np.ones(len(months))
    return TeamMonths(made, came, 10 * weights, 20 * weights, dispersion, 1.0)


def test_a_flat_history_goes_on():
    assert rest_rate(team([100.0] * 6, 100.0), DAYS)[0] == pytest.approx(100, rel=1e-3)


def test_growth_goes_on_where_the_first_days_show_it():
    # 8 % a month: the mean of the last three months is 15 % below; the first days stand a little below the month.
    levels = [100 * 1.08**month for month in range(9)]
    rate, _ = rest_rate(team(levels, 100 * 1.08**9), DAYS)
    assert rate == pytest.approx(100 * 1.08**9, rel=0.05)


def test_growth_is_foreseen_better_than_by_the_mean_of_the_months_before():
    levels = [100 * 1.08**month for month in range(9)]
    noisy = rest_rate(team(levels, 100 * 1.08**9 * 0.9, dispersion=20.0), DAYS)[0]
    assert noisy > np.mean(levels[-3:])


def test_the_third_months_of_quarters_are_known_again():
    # Quarters of 80, 80, 140; the ninth month follows, and its first days tell next to nothing.
    levels = ([80.0, 80.0, 140.0] * 3)[:8]
    months = team(levels, 100.0, dispersion=4.0)
    blind = months._replace(gone=np.append(months.gone[:-1], 0.0), made=np.append(months.made[:-1], 0.0))
    assert rest_rate(blind, DAYS)[0] > 110


def test_first_days_that_chance_alone_explains_say_little_and_surer_ones_much():
    levels = [100.0, 102.0, 98.0, 101.0, 99.0, 100.0]
    rough, _ = rest_rate(team(levels, 150.0, dispersion=400.0), DAYS)
    fine, _ = rest_rate(team(levels, 150.0, dispersion=0.1), DAYS)
    assert 100 < rough < 115
    assert fine > 145


def test_doubt_grows_with_chance():
    levels = [100.0, 120.0, 90.0, 105.0]
    doubts = [rest_rate(team(levels, 100.0, dispersion), DAYS)[1] for dispersion in (1.0, 10.0, 100.0)]
    assert doubts == sorted(doubts)


def test_no_sale_before_leaves_nothing_to_say():
    assert np.isnan(rest_rate(team([0.0, 0.0], 10.0), DAYS)[0])
