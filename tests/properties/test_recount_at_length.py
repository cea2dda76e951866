"""The recount of `tests/golden/recount` over 2,000 random months: minutes, so for `make test-all` alone.

Without payments in parts and shared deals: of a deal whose share does not tell the product leaves more unknown than the
naive reading (six of a thousand months), never more pay. The sample of `make test` has them all, own measures and filled
cells of leads among them.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.golden.recount.random_months import months
from tests.golden.recount.test_recount import compare_pay, compare_scores, pays, quiet, running


@pytest.mark.slow
@settings(max_examples=2000, **quiet)
@given(months(plain=True), *pays[1:], st.none() | running)
def test_two_thousand_months_agree_with_the_naive_recount(inputs, rows, wanted, paid, carried_in, now):
    compare_pay(inputs, rows, wanted, paid, carried_in)
    if now is not None:
        compare_scores(inputs, now)
