"""When a run rate is taken instead of the forecast: small records worked out by hand."""

import numpy as np
import pytest

from kpi_rules.outlook.run_rates import better_so_far


def record(forecast_errors, rate_errors):
    """One run rate and one person: what was said of each month's rest, of which 100 came."""
    came = np.full((len(forecast_errors), 1), 100.0)
    return (
        came + np.array(forecast_errors)[:, np.newaxis],
        (came + np.array(rate_errors)[:, np.newaxis])[np.newaxis],
        came,
    )


def test_a_rate_that_was_always_better_by_unlike_amounts_is_taken_for_the_most_part():
    # Gains 8, 10, 12: mean 10, variance 4, squared standard error 4/3, ratio 75; 1 − 2.5/75.
    share = better_so_far(*record([10, 12, 14], [2, 2, 2]))
    assert share[0, 0] == pytest.approx(1 - 2.5 / 75)


def test_a_rate_that_was_better_by_chance_is_not_taken():
    # Gains 9, −8, 5: mean 2, variance 79, squared standard error 79/3, ratio 0.15: below 2.5.
    assert better_so_far(*record([10, 2, 7], [1, 10, 2]))[0, 0] == 0


def test_a_worse_rate_is_never_taken():
    assert better_so_far(*record([1, 2, 1], [10, 12, 14]))[0, 0] == 0


def test_two_months_are_no_record():
    assert better_so_far(*record([10, 12], [2, 2]))[0, 0] == 0
