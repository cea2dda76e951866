"""Sums by group are exact, also where the whole numbers of an array would run over."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kpi_rules.facts.sums import counts_by, sums_by

amounts = st.integers(-(2**63), 2**63 - 1) | st.integers(-5, 5)


@given(st.lists(st.tuples(st.integers(0, 3), amounts)))
def test_sums_are_those_of_plain_whole_numbers(rows):
    group = np.array([place for place, _ in rows], dtype=np.int64)
    values = np.array([amount for _, amount in rows], dtype=np.int64)
    expected = [sum(amount for own, amount in rows if own == place) for place in range(4)]
    assert sums_by(group, values, 4) == expected


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans())))
def test_counts_are_those_of_the_chosen_rows(rows):
    group = np.array([place for place, _ in rows], dtype=np.int64)
    chosen = np.array([flag for _, flag in rows], dtype=bool)
    assert counts_by(group, chosen, 4) == [
        sum(flag for own, flag in rows if own == place) for place in range(4)
    ]
