"""The team's usual: who stands out of it, and who does what everybody does."""

import pytest

from kpi_rules.register.usual import Tally


@pytest.mark.parametrize(
    ("seen", "of", "least", "unusual"),
    [
        ({"A": 1}, {"A": 20, "B": 20}, 1, ["A"]),
        ({"A": 1}, {"A": 20}, 1, ["A"]),
        ({"A": 4}, {"A": 20, "B": 20}, 5, []),
        # A tenth of B's: two of twenty are expected of A, with a deviation of √1.8; eight are 4.5 of them above.
        ({"A": 8, "B": 2}, {"A": 20, "B": 20}, 1, ["A"]),
        ({"A": 6, "B": 2}, {"A": 20, "B": 20}, 1, []),
        ({"A": 20, "B": 20, "C": 20}, {"A": 20, "B": 20, "C": 20}, 1, []),
        # What is above the others' whole number is above their share.
        ({"A": 9, "B": 30}, {"A": 3, "B": 20}, 1, ["A"]),
        ({}, {"A": 20}, 1, []),
    ],
)
def test_who_stands_out(seen, of, least, unusual):
    assert Tally(seen, of).unusual(least) == unusual
