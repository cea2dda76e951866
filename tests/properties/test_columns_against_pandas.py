"""pandas judges our columns: which rows are alike, which value is which, and what employees' rows add up to."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_rules.deciding.month import gather
from kpi_rules.facts.columns import Columns, WholeNumbers, column_of, without
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.kinds import WHOLE_OR_BLANK
from kpi_rules.facts.pandas_frames import from_pandas, to_pandas
from kpi_rules.records.form_1_tabs import DAYS, LEADS
from kpi_rules.records.frames import frame_record
from tests.golden.recount.random_months import BUILT_IN, MONTH, months

AFTER = datetime(2026, 11, 9, tzinfo=UTC)
OF_LEADS, OF_DAYS = BUILT_IN
FIRST, NEXT = pd.Timestamp(MONTH.first_on), pd.Timestamp(MONTH.plus(1).first_on)

days = st.none() | st.sampled_from([datetime.fromisoformat(f"2026-10-0{day}") for day in (1, 2, 3)])
rows = st.lists(
    st.tuples(
        st.sampled_from([None, "M01", "M02"]), days, st.none() | st.integers(-3, 3), st.none() | st.just(0)
    )
)


@settings(deadline=None)
@given(rows)
def test_rows_that_are_alike_are_those_that_pandas_tells(rows):
    given_rows = [
        {"row": at, "code": code, "on": on, "deals": deals, "repeat_deals": repeat}
        for at, (code, on, deals, repeat) in enumerate(rows, 2)
    ]
    facts = FactFrame.of(DAYS, given_rows)
    columns, frame = facts.rows, to_pandas(facts)
    for names in (["code"], ["on"], ["code", "on"]):
        assert columns.shared(*names).tolist() == frame.duplicated(names, keep=False).tolist()
        kept = frame.drop_duplicates(names, keep="last")
        assert columns.last_of_each(*names).plain("row") == kept["row"].tolist()
    places, values = columns.places("code")
    expected, codes = pd.factorize(frame["code"].to_numpy(dtype=object))
    assert (places.tolist(), values) == (expected.tolist(), list(codes))
    for name in ("code", "on", "deals", "bad_on"):
        assert columns.given(name).tolist() == frame[name].notna().tolist()
        assert [None if pd.isna(value) else value for value in frame[name]] == columns.plain(name)
    assert columns.is_one_of("code", {"M01"}).tolist() == frame["code"].isin(["M01"]).tolist()
    by_code = {code: rows.tolist() for code, rows in columns.rows_by("code").items()}
    assert by_code == {code: rows.tolist() for code, rows in frame.groupby("code").indices.items()}
    for wanted in (set(), {3, 900}, {2, 4, 5}):
        assert columns.is_one_of("row", wanted).tolist() == frame["row"].isin(wanted).tolist()
    chosen = columns.given("deals")
    assert columns.chosen(chosen).plain("row") == frame.loc[chosen, "row"].tolist()
    more = (frame["repeat_deals"] > frame["deals"]).to_numpy(dtype=bool, na_value=False)
    assert facts.days.more_repeats_than_deals.tolist() == more.tolist()
    assert frame_record(from_pandas(DAYS, frame)) == frame_record(facts)


def test_a_blank_is_no_number_and_no_number_is_a_blank():
    numbers = WholeNumbers.of([0, None, 2**62])
    assert numbers.numbers.tolist() == [0, 0, 2**62]
    assert numbers.take(np.array([2, 1])).tolist() == [2**62, None]
    assert Columns({"x": numbers}).given("x").tolist() == [True, False, True]
    for kind, values, blank in (
        (WHOLE_OR_BLANK, [5, None, 7], None),
        ("object", ["a", None, "b"], None),
        ("datetime64[s]", [FIRST.to_pydatetime(), None, NEXT.to_pydatetime()], None),
        ("bool", [True, False, True], False),
    ):
        column = column_of(kind, values)
        assert without(column, np.array([2])).tolist() == [*values[:2], blank]
        assert column.tolist() == values
    with pytest.raises(OverflowError):
        WholeNumbers.of([2**63])
    with pytest.raises(KeyError, match="no_such_column"):
        FactFrame.of(LEADS).rows["no_such_column"]


def sums(chosen, frame, column):
    by_code = frame.loc[chosen].groupby("code")[column].sum()
    return {code: int(total) for code, total in by_code.items() if total}


def told(counts, field):
    return {code: getattr(found, field) for code, found in counts.items() if getattr(found, field)}


@settings(max_examples=60, deadline=None)
@given(months(OF_LEADS, plain=True))
def test_pandas_adds_up_the_same_leads_and_payments(inputs):
    facts = gather(replace(inputs, decisions=()), AFTER, final=True)
    deals = to_pandas(inputs.facts).assign(one=1)
    amount, number = deals["amount_tiyn"].fillna(0), deals["number"]
    is_deal = deals["status"] == "deal"
    refund = is_deal & (amount < 0)
    arrived = (deals["arrived_at"] >= FIRST) & (deals["arrived_at"] < NEXT)
    paid = (deals["paid_on"] >= FIRST) & (deals["paid_on"] < NEXT)
    once = number.isna() | ~number.duplicated(keep=False)
    sold = is_deal & paid & once & (amount > 0)
    assert told(facts.counts, "deals_tiyn") == sums(sold, deals, "amount_tiyn")
    assert told(facts.counts, "deals") == sums(sold, deals, "one")
    assert told(facts.counts, "refunds_tiyn") == sums(refund & paid & once, deals, "amount_tiyn")
    assert told(facts.counts, "leads") == sums(arrived & ~refund, deals, "one")
    assert facts.team_counts.deals_tiyn == int(amount[sold].sum())


@settings(max_examples=60, deadline=None)
@given(months(OF_DAYS))
def test_pandas_adds_up_the_same_days(inputs):
    facts = gather(replace(inputs, decisions=()), AFTER, final=True)
    reports = to_pandas(inputs.facts)
    here = (reports["on"] >= FIRST) & (reports["on"] < NEXT)
    columns = {
        "revenue_tiyn": "deals_tiyn",
        "leads_received": "leads",
        "deals": "deals",
        "cost_tiyn": "cost_tiyn",
    }
    for column, field in columns.items():
        assert told(facts.counts, field) == sums(here, reports, column)
