"""A deal in parts counts once and for good: what a sealed month made of it stays, whatever its contract is later.

The client of `in_parts`: without deal № 900 nothing is sold after October; M1 has 10 deals in October.
"""

from datetime import date
from fractions import Fraction

import pytest

from kpi_rules.deciding.recounting import recompute
from kpi_rules.facts.payments import CountedParts
from kpi_rules.policies import Policies
from kpi_rules.records.months import inputs_from_record, inputs_record, month_record
from kpi_rules.records.results import results_record
from kpi_rules.time.lifecycle import MonthState
from operations.facts.chain import prepare_month
from operations.facts.held_months import HeldMonth, calendar_around, past_of_record
from tests.golden.cases.in_parts import (
    DECEMBER,
    FIRST,
    NOVEMBER,
    OCTOBER,
    PAID,
    SECOND,
    client,
    deal,
    decided,
    facts,
    inputs_of,
    parsed,
    value,
)

IN_NOVEMBER, IN_DECEMBER = date(2026, 11, 10), date(2026, 12, 3)


def book(*payments, **changes):
    """The client with № 900 and its payments."""
    return client(*payments, deals=[deal(**changes)])


def sealed(books, month=OCTOBER, parts_before=None, **changes):
    """What a month leaves behind of deals in parts, out of its record."""
    inputs = inputs_of(books, month, parts_before, **changes)
    results = decided(books, month, parts_before=parts_before, **changes)
    return past_of_record(month_record(inputs, results, None)).parts


def test_a_contract_that_was_raised_counts_no_second_time():
    # 180 000 of 900 000 are a fifth; of 1 500 000 the fifth would be reached in November.
    october = book([900, PAID, 180_000])
    assert facts(decided(october)) == (1_080_000, 11, Fraction(1_800_000, 11))
    later = book([900, PAID, 180_000], [900, IN_NOVEMBER, 200_000], amount=1_500_000)
    assert facts(decided(later, NOVEMBER, parts_before=sealed(october))) == (200_000, 0, None)


def test_a_contract_that_was_lowered_counts_with_its_next_payment():
    # 100 000 of 900 000 were too little for October, of 400 000 they would have been enough.
    october = book([900, PAID, 100_000])
    assert facts(decided(october)) == (1_000_000, 10, 90_000)
    later = book([900, PAID, 100_000], [900, IN_NOVEMBER, 50_000], amount=400_000)
    assert facts(decided(later, NOVEMBER, parts_before=sealed(october))) == (50_000, 1, 400_000)


def test_a_month_without_a_payment_hands_on_what_it_was_told():
    october = sealed(book([900, PAID, 100_000]))
    books = book([900, PAID, 100_000], [900, IN_DECEMBER, 50_000], amount=400_000)
    november = sealed(books, NOVEMBER, october)
    assert november == CountedParts(NOVEMBER, waiting=frozenset({"900"}))
    assert facts(decided(books, DECEMBER, parts_before=november)) == (50_000, 1, 400_000)
    assert sealed(books, DECEMBER, november) == CountedParts(DECEMBER, counted=frozenset({"900"}))


@pytest.mark.parametrize(("before", "now", "counts"), [(20, 50, [11, 0]), (50, 20, [10, 1])])
def test_another_share_from_the_next_month_on_counts_it_once_too(before, now, counts):
    books = book([900, PAID, 270_000], [900, IN_NOVEMBER, 270_000])
    then, since = (
        {"policies": Policies({"first_payment_fraction": Fraction(share, 100)})} for share in (before, now)
    )
    november = decided(books, NOVEMBER, parts_before=sealed(books, **then), **since)
    assert [value(decided(books, **then), "deals"), value(november, "deals")] == counts


def test_what_no_sealed_month_had_is_counted_as_its_rows_say():
    # Entered in November: October has it as a late edit, and November only what was paid in it.
    later = book(FIRST, SECOND)
    assert facts(decided(later, NOVEMBER, parts_before=sealed(client()))) == (600_000, 0, None)


def test_a_cohort_knows_that_its_lead_counted_before():
    # The lead of October counted then; a cohort counts it for October, whatever November says.
    cohort = {"policies": Policies({"conversion_basis": "cohort"})}
    before = CountedParts(OCTOBER.plus(-1), counted=frozenset({"900"}))
    results = decided(book(FIRST), parts_before=before, **cohort)
    assert (value(results, "deals"), value(results, "conversion")) == (10, Fraction(11, 41))


def test_the_chain_hands_it_to_the_months_after_alone():
    october, later = book([900, PAID, 180_000]), book([900, PAID, 180_000], [900, IN_NOVEMBER, 200_000])
    past = past_of_record(month_record(inputs_of(october), decided(october), None))
    told = {
        month: prepare_month(
            parsed(later), HeldMonth(month, MonthState.REVIEW, calendar_around(2026)), past
        ).inputs.parts_before
        for month in (OCTOBER, NOVEMBER)
    }
    assert told == {OCTOBER: None, NOVEMBER: CountedParts(OCTOBER, counted=frozenset({"900"}))}


def test_a_sealed_month_says_what_it_was_told_and_recounts_to_the_same_bytes():
    later = book([900, PAID, 180_000], [900, IN_NOVEMBER, 200_000], amount=1_500_000)
    before = sealed(book([900, PAID, 180_000]))
    inputs, results = inputs_of(later, NOVEMBER, before), decided(later, NOVEMBER, parts_before=before)
    record = month_record(inputs, results, None)
    assert record["inputs"]["parts_before"] == {"until": "2026-10", "counted": ["900"], "waiting": []}
    assert recompute(record)[0] == results_record(results)
    assert inputs_record(inputs_from_record(record["inputs"])) == record["inputs"]
    assert sealed(client()) is None
    assert "parts_before" not in inputs_record(inputs_of(later, NOVEMBER))
