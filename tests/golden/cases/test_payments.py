"""Deals that are paid in parts, each case worked out by hand (behaviour §4, «Paid in parts»).

Deal № 900 arrived on 05.10.2026 at M1, contract 900 000 ₸, cost 500 000 ₸. Without it M1 has 40 leads and 10 deals of
90 000 ₸ (cost 50 000 ₸) in October, nothing later, and 1 000 000 ₸ of plan on 40 leads, 25 % and 100 000 ₸.
"""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random

import pytest

from kpi_rules.cards.payouts import pay
from kpi_rules.deciding.late_edits import EditKind, late_edits
from kpi_rules.deciding.month import decide
from kpi_rules.deciding.recounting import recompute
from kpi_rules.deciding.whatif import what_if
from kpi_rules.facts.inputs import Salary
from kpi_rules.measures.facts import State
from kpi_rules.policies import Policies
from kpi_rules.records.months import inputs_from_record, inputs_record, month_record
from kpi_rules.records.results import payroll_record, results_record
from operations.facts.chain import decide_late
from operations.facts.row_digests import row_digests
from templates.loading import load
from tests.golden.cases import base
from tests.golden.cases.in_parts import (
    BACK,
    DECEMBER,
    FIRST,
    LATER,
    NOVEMBER,
    OCTOBER,
    PAID,
    ROW,
    SECOND,
    blocking,
    causes,
    client,
    deal,
    decided,
    facts,
    inputs_of,
    parsed,
    value,
)

SALARIES = [Salary(code, OCTOBER, 300_000_00, 200_000_00, approved=True) for code in ("M1", "M2", "H1")]


def book(*payments, **changes):
    """The client with the contract and its payments."""
    return client(*payments, deals=[deal(**changes)])


class TestTwoMonths:
    """900 000 ₸ paid as 300 000 ₸ in October and 600 000 ₸ in November."""

    def test_the_deal_counts_in_october_at_its_contract_and_brings_what_was_paid(self):
        # 10 × 90 000 + 300 000; 10 + 1 deals; (10 × 90 000 + 900 000) / 11; 11 deals of 41 leads.
        results = decided(book(FIRST, SECOND))
        assert facts(results) == (1_200_000, 11, Fraction(1_800_000, 11))
        assert value(results, "conversion") == Fraction(11, 41)
        assert facts(results, None) == (2_100_000, 21, Fraction(2_700_000, 21))
        assert blocking(results) == []

    def test_november_has_the_second_payment_and_no_deal(self):
        results = decided(book(FIRST, SECOND), NOVEMBER)
        assert facts(results) == (600_000, 0, None)
        assert base.card(results, "M1").facts["average_deal"].state is State.NOT_APPLICABLE
        assert blocking(results) == []

    def test_its_cost_goes_with_the_payments_and_the_last_one_takes_the_rest(self):
        # October: 500 000 × 300/900 = 166 666.67 beside 10 × 50 000; November the other 333 333.33.
        october, november = (
            value(decided(book(FIRST, SECOND), month), "margin") for month in (OCTOBER, NOVEMBER)
        )
        assert october == 1 - Fraction(500_000_00 + 166_666_67, 1_200_000_00)
        assert november == 1 - Fraction(333_333_33, 600_000_00)

    def test_scores_and_payroll(self):
        # October: 120 % of the plan, conversion and average above target, all at their caps: 100. November: 0.6 of the
        # plan; there is no average without deals, so the plan weighs 40 × 100/80 = 50, and 0.6 of it are 30.
        results = decided(book(FIRST, SECOND))
        assert base.card(results, "M1").score == 100
        paid, _ = pay(results, inputs_of(book(FIRST, SECOND)), SALARIES, ())
        assert {line.code: line.variable_accrued_tiyn for line in paid.lines}["M1"] == 200_000_00
        plan = base.card(decided(book(FIRST, SECOND), NOVEMBER), "M1").kpis[0]
        assert (plan.fact, plan.points) == (600_000_00, 30)

    def test_funnel_and_the_months_behind_know_of_it(self):
        deals = [
            row.count
            for row in decided(book(FIRST, SECOND)).funnel
            if (row.source, row.stage) == (None, "deals")
        ]
        assert deals == [21]
        with_it, without = (
            {past.month: past for past in inputs_of(books, DECEMBER).history}
            for books in (book(FIRST, SECOND), client())
        )
        added = set(with_it[OCTOBER].revenue) - set(without[OCTOBER].revenue)
        (line,) = added
        before = {(code, day): tiyn for code, day, tiyn in without[OCTOBER].revenue}
        assert line == ("M1", date(2026, 10, 20), 300_000_00 + before.get(("M1", date(2026, 10, 20)), 0))
        assert with_it[NOVEMBER].revenue == (("M1", date(2026, 11, 10), 600_000_00),)
        assert sum(source.deals for source in with_it[OCTOBER].sources) == 21
        assert with_it[NOVEMBER].sources == ()


class TestARefundInAThirdMonth:
    """The same, and 100 000 ₸ given back in December."""

    def test_the_months_before_stay_and_december_is_lowered(self):
        books = book(FIRST, SECOND, BACK)
        assert facts(decided(books)) == (1_200_000, 11, Fraction(1_800_000, 11))
        assert facts(decided(books, NOVEMBER)) == (600_000, 0, None)
        december = decided(books, DECEMBER)
        assert facts(december) == (-100_000, 0, None)
        assert blocking(december) == []
        # Cost comes back in proportion: 500 000 × 100/900 = 55 555.56; but a revenue below 0 has no margin.
        assert value(december, "margin") == 0

    def test_it_is_told_as_a_refund(self):
        # The gap of 1 100 000: 1 000 000 of deals that were not made and 100 000 given back.
        assert causes(decided(book(FIRST, SECOND, BACK), DECEMBER)) == {
            "few_deals": 1_000_000_00,
            "refunds": 100_000_00,
        }

    def test_what_is_paid_anew_completes_the_contract_and_its_cost(self):
        # 500 000 in all: 166 666.67 + 333 333.33 − 55 555.56, and what is left, 55 555.56.
        again = [900, date(2026, 12, 20), 100_000]
        results = decided(book(FIRST, SECOND, BACK, again, [901, date(2026, 12, 21), 50_000]), DECEMBER)
        assert ("payment_of_unknown_deal", "payments", 6, "number") in blocking(results)
        results = decided(book(FIRST, SECOND, BACK, again), DECEMBER)
        assert facts(results) == (0, 0, None)


class TestCauses:
    def test_contracts_above_what_was_paid_are_a_cause_of_their_own(self):
        # Plan 2 000 000 on 40 leads, 25 %, 200 000. Deals: 41 × 11/41 × 1 800 000/11 = 1 800 000, so 200 000 lie in
        # the factors. With F = 1/3 and 1/6 for pairs (Shapley), in ₸:
        # leads       −1 × (50 000/3 + (2 200 000/41 + 450 000/11)/6 + 1 800 000/41/3)             = −47 062.0843
        # conversion −3/164 × (8 000 000/3 + (8 200 000 + 72 000 000/11)/6 + 73 800 000/11/3)      = −134 645.2328
        # average   400 000/11 × (10/3 + (41/4 + 440/41)/6 + 11/3)                                 = 381 707.3171
        books = book(FIRST, SECOND)
        for column, cell in (("revenue_tiyn", 2_000_000), ("average_deal_tiyn", 200_000)):
            books = books.with_cell("plan", 2, column, cell)
        results = decided(books)
        assert causes(results) == {
            "few_leads": -47_062_09,
            "weak_conversion": -134_645_23,
            "low_average_deal": 381_707_32,
            "payments_in_parts": 600_000_00,
        }
        assert base.card(results, "M1").diagnosis.gap_tiyn == 800_000_00
        team = causes(results, None)
        assert team["payments_in_parts"] == 600_000_00
        assert sum(team.values()) == results.team.diagnosis.gap_tiyn == 3_000_000_00 - 2_100_000_00

    def test_money_of_earlier_contracts_is_a_surplus(self):
        # Nothing was sold: the plan of 1 000 000 lacks as deals, 600 000 came from October's contract.
        results = decided(book(FIRST, SECOND), NOVEMBER)
        assert causes(results) == {"few_deals": 1_000_000_00, "payments_in_parts": -600_000_00}
        assert base.card(results, "M1").diagnosis.gap_tiyn == 400_000_00


class TestWhenItCounts:
    @pytest.mark.parametrize(
        ("paid", "counts"),
        [
            ([(20, 179_999.99)], False),  # 20 % of 900 000 are 180 000
            ([(20, 180_000)], True),
            ([(20, 100_000), (21, 80_000)], True),
            ([(20, 200_000), (20, -50_000)], False),  # a day has no order: 150 000 by its end
            ([(20, 200_000), (21, -50_000)], True),  # once and for good
            ([(20, 200_000), (21, -200_000)], True),
        ],
    )
    def test_it_is_the_day_by_whose_end_a_fifth_is_paid(self, paid, counts):
        books = book(*([900, date(2026, 10, day), amount] for day, amount in paid))
        results = decided(books)
        revenue = 900_000 + sum(Fraction(str(amount)) for _, amount in paid)
        assert (value(results, "revenue") / 100, value(results, "deals")) == (revenue, 10 + counts)

    def test_the_policy_says_with_which_share(self):
        whole, half = (
            {"policies": Policies({"first_payment_fraction": share})}
            for share in (Fraction(1), Fraction(1, 2))
        )
        assert [
            value(decided(book(FIRST, SECOND), month, **whole), "deals") for month in (OCTOBER, NOVEMBER)
        ] == [10, 1]
        small = [900, date(2026, 11, 10), 150_000]
        assert [
            value(decided(book(FIRST, small), month, **half), "deals") for month in (OCTOBER, NOVEMBER)
        ] == [10, 1]

    def test_a_cohort_counts_it_for_the_month_in_which_it_arrived(self):
        cohort = {"policies": Policies({"conversion_basis": "cohort"})}
        assert value(decided(book(FIRST, SECOND), **cohort), "conversion") == Fraction(11, 41)
        # First paid in November: no deal of October's leads by its end.
        assert value(decided(book(SECOND), **cohort), "conversion") == Fraction(10, 41)

    def test_a_payment_of_somebody_else_is_theirs_and_the_deal_is_not(self):
        results = decided(book([*FIRST[:3], "M2"]))
        assert facts(results, "M1") == (900_000, 11, Fraction(1_800_000, 11))
        assert facts(results, "M2") == (1_200_000, 10, 90_000)
        assert (
            causes(decided(book([*FIRST[:3], "M2"]).with_cell("plan", 2, "revenue_tiyn", 2_000_000)))[
                "payments_in_parts"
            ]
            == 900_000_00
        )

    def test_while_the_month_runs_only_what_has_come_counts(self):
        inputs = inputs_of(book([900, date(2026, 10, 12), 300_000], [900, date(2026, 10, 20), 200_000]))
        results = decide(inputs, base.MID_MONTH, final=False)
        paid_before = sum(
            90_000
            for row in client().rows["deals"]
            if row[2] == "M1" and len(row) > 9 and row[9] and row[9] <= date(2026, 10, 15)
        )
        assert value(results, "revenue") / 100 == paid_before + 300_000


BROKEN = {
    "an unknown №": (
        [[901, date(2026, 10, 20), 300_000, "M1"]],
        {},
        [("payment_of_unknown_deal", "payments", 2, "number")],
    ),
    "above the contract": (
        [FIRST, [900, date(2026, 10, 21), 700_000]],
        {},
        [("payments_above_contract", "payments", 3, "amount_tiyn")],
    ),
    "more given back than paid": (
        [[900, date(2026, 10, 20), -1]],
        {},
        [("payments_below_zero", "payments", 2, "amount_tiyn")],
    ),
    "a refused deal": (
        [FIRST],
        {"status": "Отказ"},
        [("payment_under_other_status", "payments", 2, "number")],
    ),
    "«Оплачено» beside it": (
        [FIRST],
        {"paid": date(2026, 10, 20)},
        [("paid_on_beside_payments", "deals", ROW, "paid_on")],
    ),
    "no contract": ([FIRST], {"amount": None}, [("payments_without_contract", "deals", ROW, "amount_tiyn")]),
    "no day": ([[900, None, 300_000]], {}, [("cell_blank", "payments", 2, "on")]),
    "no amount": (
        [[900, date(2026, 10, 20), None, "M1"]],
        {},
        [("cell_blank", "payments", 2, "amount_tiyn")],
    ),
    "no №": ([[None, date(2026, 10, 20), 300_000, "M1"]], {}, [("cell_blank", "payments", 2, "number")]),
    "an unreadable amount": (
        [[900, date(2026, 10, 20), "много"]],
        {},
        [("number_unreadable", "payments", 2, "amount_tiyn")],
    ),
    "nobody by that name": (
        [[900, date(2026, 10, 20), 300_000, "Никто"]],
        {},
        [("employee_unknown", "payments", 2, "code")],
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_can_not_be_is_named_and_leaves_others_alone(name):
    payments, changes, found = BROKEN[name]
    results = decided(book(*payments, **changes))
    assert blocking(results) == found
    assert base.card(results, "M1").preliminary
    assert facts(results, "M2") == (900_000, 10, 90_000)
    assert not base.card(results, "M2").preliminary


def test_a_payment_without_a_day_leaves_whoever_is_named_in_it_in_doubt():
    results = decided(book(FIRST, [900, None, 300_000, "M2"]))
    assert {base.card(results, code).facts["revenue"].state for code in ("M1", "M2")} == {State.NO_DATA}
    # One of November leaves that person's October alone, though the deal's own is in doubt.
    results = decided(book(FIRST, [900, date(2026, 11, 10), 300_000, "M2"], paid=PAID))
    assert [base.card(results, code).preliminary for code in ("M1", "M2")] == [True, False]


def test_only_what_a_bad_cell_feeds_is_unknown():
    card = base.card(decided(book(FIRST, amount=None)), "M1")
    states = {
        name: card.facts[name].state is State.SCORED
        for name in ("revenue", "deals", "conversion", "leads_received")
    }
    assert states == {"revenue": True, "deals": False, "conversion": False, "leads_received": True}
    assert card.facts["revenue"].value == 1_200_000_00


def test_a_row_that_is_excluded_takes_its_payments_along():
    books = book(FIRST, [900, date(2026, 10, 21), 900_000])
    books = books.with_rows("decisions", [[date(2026, 10, 1), "M1", "900", "исключить строку", "Спор", True]])
    results = decided(books)
    assert facts(results) == (900_000, 10, 90_000)
    assert blocking(results) == []


def test_what_is_odd_is_told_and_counts():
    early = [900, date(2026, 10, 2), 300_000]
    results = decided(book(early))
    (problem,) = [each for each in results.problems if each.code == "payment_before_arrival"]
    assert (problem.place.row, problem.place.column, problem.params["value"]) == (2, "on", "02.10.2026")
    assert value(results, "revenue") == 1_200_000_00


def test_trouble_of_another_month_blocks_that_one_alone():
    books = book(FIRST, [900, date(2026, 11, 10), 700_000], [901, date(2026, 12, 1), 5])
    assert blocking(decided(books)) == []
    assert blocking(decided(books, NOVEMBER)) == [("payments_above_contract", "payments", 3, "amount_tiyn")]
    assert blocking(decided(books, DECEMBER)) == [("payment_of_unknown_deal", "payments", 4, "number")]


def test_an_earlier_month_s_trouble_is_named_in_each_month_that_it_leaves_unknown():
    # 100 000 above the contract came in October and went back in November.
    books = book([900, PAID, 1_000_000], [900, date(2026, 11, 10), -100_000])
    for month in (OCTOBER, NOVEMBER):
        assert blocking(decided(books, month)) == [("payments_above_contract", "payments", 2, "amount_tiyn")]
    # A contract that was lowered below what had come.
    books = book([900, PAID, 800_000], [900, date(2026, 11, 10), 10_000], amount=750_000)
    assert blocking(decided(books, NOVEMBER)) == [
        ("payments_above_contract", "payments", row, "amount_tiyn") for row in (2, 3)
    ]
    assert base.card(decided(books, NOVEMBER), "M1").preliminary
    assert blocking(decided(books, DECEMBER)) == []


def test_payments_of_later_months_change_nothing_of_a_month_before():
    alone, later = (
        inputs_record(inputs_of(book(*payments))) for payments in ([FIRST], [FIRST, SECOND, BACK])
    )
    assert alone == later


def test_a_deal_paid_whole_that_gets_payments_later_is_told_in_both_months():
    books = book(SECOND, paid=date(2026, 10, 20))
    wrong = [("paid_on_beside_payments", "deals", ROW, "paid_on")]
    assert blocking(decided(books)) == wrong
    assert blocking(decided(books, NOVEMBER)) == wrong


def test_a_sealed_month_recounts_to_the_same_bytes_in_whatever_order_the_rows_stood():
    payments = [
        FIRST,
        [900, date(2026, 10, 20), 100_000],
        [900, date(2026, 10, 25), 50_000, "M2", "доплата"],
        SECOND,
    ]
    records = []
    for seed in range(3):
        shuffled = list(payments)
        Random(seed).shuffle(shuffled)
        inputs = inputs_of(book(*shuffled))
        results = decided(book(*shuffled))
        payroll, _ = pay(results, inputs, SALARIES, ())
        records.append(month_record(inputs, results, payroll, SALARIES))
        assert recompute(records[-1]) == (results_record(results), payroll_record(payroll))
    assert records[0] == records[1] == records[2]
    read = inputs_from_record(records[0]["inputs"])
    assert [(payment.number, payment.amount_tiyn) for payment in read.payments] == [
        ("900", 300_000_00),
        ("900", 100_000_00),
        ("900", 50_000_00),
    ]


def test_without_payments_a_record_is_what_it_was():
    first = replace(client(), template=load("b2b", "ru", layout=1, options=("payments", "shares")))
    record = inputs_record(inputs_of(first))
    assert "payments" not in record
    plain = inputs_record(inputs_of(replace(client(options=()), template=load("b2b", "ru", layout=1))))
    assert "payments" not in plain
    assert [row[:13] for row in record["facts"]["rows"]] == [row[:13] for row in plain["deals"]["rows"]]


LATE = {
    "entered later": (
        [FIRST, [900, date(2026, 10, 28), 50_000]],
        {},
        (EditKind.ADDED, "payments", "900 2026-10-28"),
    ),
    "taken away": ([], {}, (EditKind.REMOVED, "payments", "900 2026-10-20")),
    "another amount": (
        [[900, date(2026, 10, 20), 250_000]],
        {},
        (EditKind.CHANGED, "payments", "900 2026-10-20"),
    ),
    "somebody else's": ([[*FIRST, "M2"]], {}, (EditKind.CHANGED, "payments", "900 2026-10-20")),
    "another contract": ([FIRST], {"amount": 950_000}, (EditKind.CHANGED, "deals", "900")),
}


@pytest.mark.parametrize("name", LATE)
def test_a_late_edit_of_a_closed_month_is_told(name):
    payments, changes, found = LATE[name]
    sealed = inputs_from_record(inputs_record(inputs_of(book(FIRST))))
    present = parsed(book(*payments, **changes)).workbook.inputs
    edits = late_edits(sealed, present, OCTOBER)
    assert [(edit.kind, edit.tab, edit.key) for edit in edits] == [found]
    assert edits[0].code == "M1"
    assert (edits[0].row is None) is (edits[0].kind is EditKind.REMOVED)


def test_a_payment_of_the_next_month_is_no_late_edit():
    sealed = inputs_from_record(inputs_record(inputs_of(book(FIRST))))
    assert late_edits(sealed, parsed(book(FIRST, SECOND)).workbook.inputs, OCTOBER) == []


def test_what_a_late_edit_would_have_meant_is_counted_with_the_payments_of_now():
    sealed = inputs_of(book(FIRST))
    late = decide_late(
        sealed, parsed(book(FIRST, [900, date(2026, 10, 28), 50_000])).workbook.inputs, LATER, ()
    )
    assert value(late.results, "revenue") == 1_250_000_00


def test_what_if_counts_with_payments():
    inputs = inputs_of(book(FIRST))
    plan = [replace(row, targets={**row.targets, "revenue_tiyn": 2_400_000_00}) for row in inputs.plan]
    (changed,) = [each for each in what_if(inputs, SALARIES, LATER, plan=plan) if each.code == "M1"]
    # 1 200 000 of 2 400 000: 20 of 40, and 60.
    assert (changed.old_score, changed.new_score) == (100, 80)


def test_the_ledger_follows_each_payment_by_number_and_day():
    digests = row_digests(parsed(book(FIRST, [900, date(2026, 10, 20), 100_000], SECOND)).workbook.inputs)
    found = {row.key: row for row in digests if row.tab == "payments"}
    assert sorted(found) == ["900 2026-10-20", "900 2026-10-20 (2)", "900 2026-11-10"]
    assert found["900 2026-10-20"].amount_tiyn == 300_000_00
    assert found["900 2026-11-10"].paid_on == date(2026, 11, 10)
