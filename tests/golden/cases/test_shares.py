"""Deals that two managers share, each case worked out by hand (behaviour §4, «Shared»).

Deal № 900 arrived on 05.10.2026, M1 70 %, M2 30 %, contract 900 000 ₸, cost 500 000 ₸. Without it each has 40 leads
and 10 deals of 90 000 ₸ (cost 50 000 ₸) in October.
"""

from datetime import date
from fractions import Fraction

import pytest

from kpi_rules.deciding.late_edits import EditKind, late_edits
from kpi_rules.deciding.recounting import recompute
from kpi_rules.facts.payments import CountedParts
from kpi_rules.measures.facts import State
from kpi_rules.measures.units import Unit
from kpi_rules.policies import Policies
from kpi_rules.records.months import inputs_from_record, inputs_record, month_record
from kpi_rules.records.results import results_record
from kpi_rules.words.numbers import fact_text, measured_text
from kpi_rules.words.sentences import kpi_sentence
from sheets_sync.building.wanted import fact_cell
from templates.loading import texts
from tests.golden.cases import base
from tests.golden.cases.in_parts import (
    ARRIVED,
    FIRST,
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


def shared(second="M2", share=0.3, **changes):
    """The further deal with both managers, paid whole."""
    return deal(
        **{"answer": ARRIVED.replace(hour=12), "paid": PAID, "second": second, "share": share, **changes}
    )


def book(*args, payments=(), **changes):
    return client(*payments, deals=[shared(*args, **changes)])


def leaving(books, on):
    """M2 leaves."""
    return books.with_cell("staff", 3, "left_on", on)


class TestAWholeDeal:
    def test_each_has_a_share_of_everything_but_the_answer(self):
        results = decided(book())
        # 900 000 + 630 000 and 900 000 + 270 000; averages over 10.7 and 10.3 deals.
        assert facts(results, "M1") == (1_530_000, Fraction(107, 10), Fraction(15_300_000, 107))
        assert facts(results, "M2") == (1_170_000, Fraction(103, 10), Fraction(11_700_000, 103))
        assert facts(results, None) == (2_700_000, 21, Fraction(2_700_000, 21))
        for measure in ("leads_received", "leads_processed"):
            assert [value(results, measure, code) for code in ("M1", "M2", None)] == [
                Fraction(407, 10),
                Fraction(403, 10),
                81,
            ]
        assert value(results, "conversion") == Fraction(107, 407)
        assert value(results, "conversion", "M2") == Fraction(103, 403)
        # 500 000 + 350 000 of 1 530 000; 500 000 + 150 000 of 1 170 000.
        assert value(results, "margin") == 1 - Fraction(850, 1530)
        assert value(results, "margin", "M2") == 1 - Fraction(650, 1170)
        assert blocking(results) == []

    def test_the_first_part_is_rounded_and_the_second_is_the_rest(self):
        # 100 000.01 ₸ at 66.67 %: 66 670.006667 → 66 670.01, and 33 330.00.
        results = decided(book(share=0.3333, amount=100_000.01, cost=0))
        assert value(results, "revenue") == 900_000_00 + 66_670_01
        assert value(results, "revenue", "M2") == 900_000_00 + 33_330_00

    def test_the_answer_is_the_first_manager_s(self):
        # A third manager has nothing but 30 % of a lead: nothing was answered there, and less than one lead arrived.
        books = book("M3")
        staff = [*books.rows["staff"], ["M3", "Вера Ли", "m3@t.kz", "менеджер", date(2026, 1, 5), None, 5]]
        books = books.with_rows("staff", staff)
        response = base.card(decided(books), "M3").facts["response_minutes"]
        assert (response.state, response.reason) == (State.NOT_APPLICABLE, "few_leads")
        anyway = decided(books, policies=Policies({"min_leads": 0}))
        response = base.card(anyway, "M3").facts["response_minutes"]
        assert (response.state, response.reason) == (State.NOT_APPLICABLE, "no_answers")
        assert value(anyway, "leads_received", "M3") == Fraction(3, 10)
        assert facts(anyway, "M3") == (270_000, Fraction(3, 10), 900_000)

    def test_fewest_leads_are_asked_of_the_fraction(self):
        few = decided(book(), policies=Policies({"min_leads": 41}))
        assert base.card(few, "M1").facts["conversion"].reason == "few_leads"
        enough = decided(book(), policies=Policies({"min_leads": 40}))
        assert base.card(enough, "M2").facts["conversion"].state is State.SCORED

    def test_causes_are_counted_with_fractions(self):
        # M2 with 2 000 000 of plan on 40, 25 %, 200 000: 1 170 000 came, 830 000 lack.
        # leads × conversion × average = 40.3 × 10.3/40.3 × 11 700 000/103; what lies in the leads is below 1 % of the plan.
        books = book()
        for column, cell in (("revenue_tiyn", 2_000_000), ("average_deal_tiyn", 200_000)):
            books = books.with_cell("plan", 3, column, cell)
        found = causes(decided(books), "M2")
        plan = (Fraction(40), Fraction(1, 4), Fraction(200_000_00))
        fact = (Fraction(403, 10), Fraction(103, 403), Fraction(1_170_000_00 * 10, 103))
        by_hand = by_pairs(plan, fact)
        assert abs(by_hand[0]) < 20_000_00 < abs(by_hand[1])
        assert found == {
            "weak_conversion": round(by_hand[1]),
            "low_average_deal": round(by_hand[2]),
            "other": round(by_hand[0]),
        }
        assert sum(found.values()) == 830_000_00

    def test_a_refund_is_shared_too(self):
        back = shared(
            number=901,
            arrived=None,
            who=None,
            source=None,
            answer=None,
            amount=-90_000,
            cost=0,
            paid=date(2026, 10, 28),
        )
        results = decided(client(deals=[shared(), back]))
        assert value(results, "revenue") == 1_530_000_00 - 63_000_00
        assert value(results, "revenue", "M2") == 1_170_000_00 - 27_000_00
        assert value(results, "leads_received", None) == 81

    def test_in_words_and_cells_there_are_two_decimals(self):
        results = decided(book())
        assert fact_text(Fraction(107, 10), "deals", "ru") == "10,7"
        assert fact_text(Fraction(1, 3), "deals", "ru") == "0,33"
        assert measured_text(Fraction(1, 3), "deals", "ru") == "0,3"
        assert fact_cell(Fraction(107, 10), Unit.COUNT).style == "hundredths"
        assert fact_cell(11, Unit.COUNT).style == "integer"
        card = base.card(results, "M1")
        conversion = next(kpi for kpi in card.kpis if kpi.kpi.id == "conversion")
        assert "26,3" in kpi_sentence(conversion, card, texts("ru"))

    def test_the_months_behind_know_whose_it_was(self):
        history = {past.month: past for past in inputs_of(book(), NOVEMBER).history}
        plain = {past.month: past for past in inputs_of(client(), NOVEMBER).history}
        before = {(code, day): tiyn for code, day, tiyn in plain[OCTOBER].revenue}
        now = {(code, day): tiyn for code, day, tiyn in history[OCTOBER].revenue}
        changed = {
            place: now[place] - before.get(place, 0) for place in now if now[place] != before.get(place)
        }
        assert changed == {("M1", PAID): 630_000_00, ("M2", PAID): 270_000_00}


def by_pairs(plan, fact):
    """The Shapley values of three factors, written out: a third of the ends, a sixth of the mixtures."""
    parts = []
    for own in range(3):
        one, other = (index for index in range(3) if index != own)
        ends = plan[one] * plan[other] + fact[one] * fact[other]
        mixed = plan[one] * fact[other] + fact[one] * plan[other]
        parts.append((plan[own] - fact[own]) * (ends / 3 + mixed / 6))
    return parts


class TestInPartsWithALeaver:
    """70/30, 300 000 ₸ in October, M2 leaves on 31.10, 600 000 ₸ in November."""

    def left(self, *payments):
        return leaving(book(paid=None, payments=payments), date(2026, 10, 31))

    def test_october_is_split_with_the_contract_and_the_payment(self):
        results = decided(self.left(FIRST, SECOND))
        # Revenue 900 000 + 210 000 / + 90 000; averages with 630 000 and 270 000 of the contract.
        assert facts(results, "M1") == (1_110_000, Fraction(107, 10), Fraction(15_300_000, 107))
        assert facts(results, "M2") == (990_000, Fraction(103, 10), Fraction(11_700_000, 103))
        # Cost of the payment 166 666.67: 116 666.67 (0.7 × 166 666.67 = 116 666.669) and 50 000.
        assert value(results, "margin") == 1 - Fraction(500_000_00 + 116_666_67, 1_110_000_00)
        assert value(results, "margin", "M2") == 1 - Fraction(500_000_00 + 50_000_00, 990_000_00)

    def test_each_is_told_what_of_the_contract_was_not_paid(self):
        books = self.left(FIRST, SECOND).with_column("plan", "revenue_tiyn", 3_000_000)
        results = decided(books)
        found = [causes(results, code)["payments_in_parts"] for code in ("M1", "M2", None)]
        assert found == [420_000_00, 180_000_00, 600_000_00]

    def test_in_november_the_leaver_s_part_is_the_team_s_alone(self):
        results = decided(self.left(FIRST, SECOND), NOVEMBER)
        assert value(results, "revenue") == 420_000_00
        assert value(results, "revenue", None) == 600_000_00
        assert [employee.code for employee in results.employees] == ["M1", "H1"]
        (told,) = [problem for problem in results.problems if problem.code == "payment_of_not_employed"]
        assert (told.employee, told.place.row, told.blocks) == ("M2", 3, False)
        assert causes(results, None)["sales_without_plan"] == -180_000_00

    def test_the_head_may_give_it_to_somebody(self):
        results = decided(self.left(FIRST, [*SECOND, "M1"]), NOVEMBER)
        assert value(results, "revenue") == 600_000_00
        assert not [problem for problem in results.problems if problem.code == "payment_of_not_employed"]


BROKEN = {
    "a share of 0": (("M2", 0), ("share_not_between", "second_share_fraction")),
    "a share of 100 %": (("M2", 1), ("share_not_between", "second_share_fraction")),
    "a share of 120 %": (("M2", 1.2), ("share_above_one", "second_share_fraction")),
    "30 for 30 %": (("M2", 30), ("share_above_one", "second_share_fraction")),
    "below 0": (("M2", -0.3), ("number_negative", "second_share_fraction")),
    "the first once more": (("M1", 0.3), ("second_is_first", "second_code")),
    "no second": ((None, 0.3), ("share_without_second", "second_code")),
    "no share": (("M2", None), ("second_without_share", "second_share_fraction")),
    "nobody by that name": (("Никто", 0.3), ("employee_unknown", "second_code")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_row_that_does_not_tell_whose_part_is_whose_is_named(name):
    (second, share), (code, column) = BROKEN[name]
    results = decided(book(second, share))
    assert blocking(results) == [(code, "deals", ROW, column)]
    assert base.card(results, "M1").preliminary
    # Whoever has how much of it, the team has all of it.
    assert facts(results, None) == (2_700_000, 21, Fraction(2_700_000, 21))
    assert not base.card(results, "H1").preliminary
    assert base.card(results, "M2").preliminary is (second == "M2")
    revenue = base.card(results, "M1").facts["revenue"]
    assert (revenue.state, revenue.partial.value) == (State.NO_DATA, 900_000_00)


@pytest.mark.parametrize("name", BROKEN)
def test_it_blocks_until_it_is_mended_or_excluded_whatever_is_decided_for_the_first_manager(name):
    (second, share), (code, column) = BROKEN[name]
    said = [
        [date(2026, 10, 1), "M1", kpi, kind, "строка не разобрана", True]
        for kpi, kind in (
            ("plan_completion", "ноль"),
            ("conversion", "неприменимо"),
            ("average_deal", "неприменимо"),
        )
    ]
    books = book(second, share).with_rows("decisions", said)
    results = decided(books)
    assert (code, "deals", ROW, column) in blocking(results, but=frozenset())
    excluded = [date(2026, 10, 1), "M1", "900", "исключить строку", "строка не разобрана", True]
    gone = decided(book(second, share).with_rows("decisions", [excluded]))
    assert (code, "deals", ROW, column) not in blocking(gone, but=frozenset())


def test_a_share_of_somebody_who_has_left_is_told():
    """M2 left on 10.10., the deal was paid on the 20th: 270 000 ₸ of it fall on no card."""
    results = decided(leaving(book(), date(2026, 10, 10)))
    told = [
        (problem.employee, problem.place.column, problem.severity.name)
        for problem in results.problems
        if problem.code == "deal_of_not_employed" and problem.place.row == ROW
    ]
    assert told == [("M2", "second_code", "WARNING")]


def test_a_refund_of_which_nobody_can_tell_whose_it_is_leaves_the_deals_known():
    back = shared(share=1, number=901, arrived=None, answer=None, amount=-90_000, cost=0)
    card = base.card(decided(client(deals=[back])), "M1")
    states = {name: card.facts[name].state for name in ("revenue", "deals", "conversion", "average_deal")}
    assert states == {
        "revenue": State.NO_DATA,
        "deals": State.SCORED,
        "conversion": State.SCORED,
        "average_deal": State.NO_DATA,
    }


def test_a_payment_after_the_deal_counted_leaves_the_deals_known_whoever_has_it():
    # № 900 counted in September: October's money of it is in doubt, and no deal.
    before = CountedParts(OCTOBER.plus(-1), counted=frozenset({"900"}))
    results = decided(book(share=1, paid=None, payments=(FIRST,)), parts_before=before)
    found = base.card(results, "M1").facts
    assert {name: found[name].state for name in ("revenue", "deals")} == {
        "revenue": State.NO_DATA,
        "deals": State.SCORED,
    }
    assert found["deals"].value == 10


def test_neither_share_nor_amount_leaves_the_deals_of_both_unknown():
    results = decided(book(share=1, amount=None))
    for code in ("M1", "M2"):
        facts_of = base.card(results, code).facts
        assert {facts_of[name].state for name in ("revenue", "deals", "conversion")} == {State.NO_DATA}


def test_an_answer_before_the_arrival_is_asked_of_the_first_manager_alone():
    results = decided(book(answer=ARRIVED.replace(hour=9)))
    answers = {code: base.card(results, code).facts["response_minutes"].state for code in ("M1", "M2")}
    assert answers == {"M1": State.NO_DATA, "M2": State.SCORED}
    processed = [base.card(results, code).facts["leads_processed"].state for code in ("M1", "M2")]
    assert processed == [State.NO_DATA, State.NO_DATA]


def test_both_cells_blank_is_a_deal_of_one():
    assert facts(decided(book(None, None))) == (1_800_000, 11, Fraction(1_800_000, 11))


def test_a_refused_lead_is_shared_as_a_lead():
    results = decided(book(status="Отказ", paid=None, amount=None, cost=None))
    assert [value(results, "leads_received", code) for code in ("M1", "M2")] == [
        Fraction(407, 10),
        Fraction(403, 10),
    ]


def test_a_sealed_month_recounts_to_the_same_bytes():
    inputs, results = inputs_of(book()), decided(book())
    record = month_record(inputs, results, None)
    assert recompute(record)[0] == results_record(results)
    assert inputs_record(inputs_from_record(record["inputs"])) == record["inputs"]


@pytest.mark.parametrize(
    ("second", "share", "changed"), [("M2", 0.4, "second_share_fraction"), (None, None, None)]
)
def test_a_late_edit_of_a_share_is_told(second, share, changed):
    sealed = inputs_from_record(inputs_record(inputs_of(book())))
    (edit,) = late_edits(sealed, parsed(book(second, share)).workbook.inputs, OCTOBER)
    assert (edit.kind, edit.key, edit.code) == (EditKind.CHANGED, "900", "M1")
    assert set(edit.sealed) == ({changed} if changed else {"second_code", "second_share_fraction"})


def test_without_a_second_manager_the_columns_change_nothing():
    with_columns, without = (decided(client(options=options)) for options in (("shares",), ()))
    assert results_record(with_columns) == results_record(without)
