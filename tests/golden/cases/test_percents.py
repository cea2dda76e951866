"""Percent of sales by hand: 2 % to 80 % of plan, 3 % to 100 %, 5 % above, of revenue and of margin, by part and whole.

In base B M1 and M2 have each 900 000 ₸ of 1 000 000 ₸ planned and a margin of 900 000 − 500 000 = 400 000 ₸; the
team has 1 800 000 ₸ of 2 000 000 ₸ and a margin of 800 000 ₸. Everybody's salary is 300 000 ₸, the variable part
200 000 ₸, and the scores (94, 94, 96) pay all of it.
"""

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from kpi_rules.cards.payouts import pay
from kpi_rules.deciding.recounting import recompute
from kpi_rules.deciding.whatif import what_if
from kpi_rules.policies import Policies
from kpi_rules.records.months import inputs_from_record, inputs_record, month_record
from kpi_rules.records.results import payroll_from_record
from operations.files.score_records import score_record
from sheets_sync.building.payroll_tab import SealMark, payroll_rows
from templates.loading import load
from tests.golden.cases.base import AFTER, MID_MONTH, leads, reports

JANUARY, OCTOBER_ON, NOVEMBER = date(2026, 1, 1), date(2026, 10, 1), date(2026, 11, 1)
STEPS = ((0, 0.02), (0.8, 0.03), (1, 0.05))
SEAL = SealMark(1, "abcd", "key")
TEMPLATE = load("b2b", "ru", options=["percents"])
TENGE = 100


def steps(whom, base="выручка", rates=STEPS, since=JANUARY, *, by_band=False, approved=False):
    return [[since, whom, base, start, rate, by_band, approved] for start, rate in rates]


def books(*rows, form="marginal"):
    """Base B with these rows of «Проценты»."""
    rulebook = TEMPLATE.rulebook
    policies = Policies({**rulebook.policies.given, "percent_steps": form})
    template = replace(TEMPLATE, rulebook=replace(rulebook, policies=policies))
    return replace(leads(), template=template).with_rows("percents", list(rows))


def planned(given, revenue):
    """Give everybody this plan."""
    return given.with_column("plan", "revenue_tiyn", revenue)


def payroll_of(given, now=AFTER, carried=None):
    inputs, read = given.inputs(now), given.parsed().paid
    return pay(given.decided(now), inputs, read.salaries, read.corrections, frozenset(), carried)


def lines_of(given, now=AFTER, carried=None):
    payroll, problems = payroll_of(given, now, carried)
    assert problems == []
    return {line.code: line for line in payroll.lines}


def percent_of(given, code="M1", now=AFTER):
    return Fraction(lines_of(given, now)[code].percent_tiyn, TENGE)


@pytest.mark.parametrize(
    ("plan", "base", "form", "paid"),
    [
        # 800 000 × 2 % + 100 000 × 3 % = 16 000 + 3 000
        (1_000_000, "выручка", "marginal", 19_000),
        # 90 % of plan: all of it at 3 %
        (1_000_000, "выручка", "whole", 27_000),
        # the margin is cut as the revenue is, 8/9 and 1/9: 355 555.56 × 2 % + 44 444.44 × 3 % = 8 444.44
        (1_000_000, "маржа", "marginal", 8_444),
        (1_000_000, "маржа", "whole", 12_000),
        # plan 600 000, 150 %: 480 000 × 2 % + 120 000 × 3 % + 300 000 × 5 % = 9 600 + 3 600 + 15 000
        (600_000, "выручка", "marginal", 28_200),
        (600_000, "выручка", "whole", 45_000),
        # 400 000 × (480/900 × 2 % + 120/900 × 3 % + 300/900 × 5 %) = 4 266.67 + 1 600 + 6 666.67
        (600_000, "маржа", "marginal", 12_533),
        (600_000, "маржа", "whole", 20_000),
        # bounds belong to the step above: exactly 80 % and exactly 100 %
        (1_125_000, "выручка", "whole", 27_000),
        (1_125_000, "выручка", "marginal", 18_000),
        (900_000, "выручка", "whole", 45_000),
        # 720 000 × 2 % + 180 000 × 3 % = 14 400 + 5 400; nothing lies above 100 %
        (900_000, "выручка", "marginal", 19_800),
        # 45 %: only the first step
        (2_000_000, "выручка", "marginal", 18_000),
        (2_000_000, "выручка", "whole", 18_000),
    ],
)
def test_steps_of_two_three_and_five_percent(plan, base, form, paid):
    assert percent_of(planned(books(*steps("M1", base), form=form), plan)) == paid


def test_it_is_part_of_the_variable_pay_and_one_line_of_its_own():
    lines = lines_of(books(*steps("M1")))
    line = lines["M1"]
    assert (line.variable_accrued_tiyn, line.percent_tiyn) == (200_000 * TENGE, 19_000 * TENGE)
    assert line.variable_paid_tiyn == 219_000 * TENGE
    assert line.total_tiyn == (300_000 + 200_000 + 19_000) * TENGE
    assert [(part.part_tiyn, part.rate_fraction) for part in line.percents] == [
        (800_000 * TENGE, Fraction(2, 100)),
        (100_000 * TENGE, Fraction(3, 100)),
    ]
    assert (lines["M2"].percent_tiyn, lines["M2"].percents, lines["M2"].total_tiyn) == (
        0,
        (),
        500_000 * TENGE,
    )


def test_two_bases_of_one_person_add_up_and_are_rounded_together():
    # 900 000 × 1.00005 % = 9 000.45 and 400 000 × 0.00015 % = 0.6: together 9 001.05
    rows = [*steps("M1", rates=((0, 0.0100005),)), *steps("M1", "маржа", ((0, 0.0000015),))]
    assert percent_of(books(*rows)) == 9_001


def test_rows_of_a_code_replace_all_rows_of_the_role():
    rows = [
        *steps("менеджер", rates=((0, 0.01),)),
        *steps("менеджер", "маржа", ((0, 0.01),)),
        *steps("Борис Ким", rates=((0, 0.1),)),
    ]
    given = books(*rows)
    # M1 by the role, of both bases: 9 000 + 4 000. M2 by his own row alone: 90 000
    assert (percent_of(given, "M1"), percent_of(given, "M2"), percent_of(given, "H1")) == (13_000, 90_000, 0)


def test_a_later_month_replaces_the_steps_of_its_base_and_touches_no_month_before():
    earlier = [*steps("M1"), *steps("M1", "маржа", ((0, 0.01),))]
    now, next_month = (
        steps("M1", rates=((0, 0.01),), since=OCTOBER_ON),
        steps("M1", since=NOVEMBER, rates=((0, 1),)),
    )
    # 900 000 × 1 % in the place of the three steps, the margin's 4 000 as before; November's row counts not yet
    assert percent_of(books(*earlier, *now, *next_month)) == 13_000


def test_the_heads_base_is_the_teams_and_the_owner_has_to_tick_the_row():
    # 1 600 000 × 2 % + 200 000 × 3 % = 38 000
    assert percent_of(books(*steps("РОП", approved=True)), "H1") == 38_000
    assert percent_of(books(*steps("H1", "маржа", approved=True), form="whole"), "H1") == 24_000
    payroll, problems = payroll_of(books(*steps("РОП")))
    assert [(each.code, each.blocks, each.place.row, each.place.column) for each in problems] == [
        ("head_percent_not_approved", True, row, "approved") for row in (2, 3, 4)
    ]
    (line,) = (line for line in payroll.lines if line.code == "H1")
    assert (line.percent_tiyn, line.preliminary) == (0, True)


def test_where_ticked_it_is_multiplied_by_the_band():
    # Without marks of «да» M1 scores 74, the reduced band: half of 19 000.
    given = books(*steps("M1", by_band=True))
    columns = [column.key for column in TEMPLATE.layout.workbook.tab("discipline").columns[2:]]
    for column in columns:
        given = given.with_column("discipline", column, "нет")
    lines = lines_of(given)
    assert (lines["M1"].score_percent, lines["M1"].coefficient) == (74, Fraction(1, 2))
    assert lines["M1"].percent_tiyn == 9_500 * TENGE
    assert percent_of(books(*steps("M1", by_band=True))) == 19_000
    # Only the first step ticked: 16 000 / 2 + 3 000.
    mixed = [*steps("M1", rates=STEPS[:1], by_band=True), *steps("M1", rates=STEPS[1:])]
    assert percent_of(given.with_rows("percents", mixed)) == 11_000


def test_who_worked_no_day_is_paid_none():
    away = books(*steps("M1")).with_rows("absences", [["M1", date(2026, 10, 1), date(2026, 10, 31)]])
    line = lines_of(away)["M1"]
    assert (line.worked_days, line.percent_tiyn, line.percents) == (0, 0, ())


def test_a_half_month_halves_the_plan_and_not_the_percent():
    # Away from the 14th on M1 works 9 of 21 days: plan 428 571.43, so 900 000 is 210 %.
    away = books(*steps("M1")).with_rows("absences", [["M1", date(2026, 10, 14), date(2026, 10, 31)]])
    line = lines_of(away)["M1"]
    assert (line.worked_days, line.norm_days) == (9, 21)
    # P = 1 000 000 × 9/21; 0.8 P × 2 % + 0.2 P × 3 % + (900 000 − P) × 5 % = 45 000 − 0.028 P = 33 000
    assert line.percent_tiyn == 33_000 * TENGE


def with_refund(given, amount, cost=0):
    refund = [900, None, "M1", "Клиент 900", "Сайт", None, "Сделка", amount, cost, date(2026, 10, 20), False]
    return given.more_rows("deals", refund)


def test_a_negative_percent_is_carried_on_and_the_salary_stays():
    # 900 000 − 3 900 000 = −3 000 000: all below the first bound, at 2 %: −60 000.
    given = with_refund(books(*steps("M1")), -3_900_000)
    lines = lines_of(given)
    line = lines["M1"]
    assert line.percent_tiyn == -60_000 * TENGE
    # 0 + 20 + 18 + 20 of 100: 58, nothing variable to take it from.
    assert (line.score_percent, line.variable_accrued_tiyn) == (58, 0)
    assert (line.carried_out_tiyn, line.total_tiyn) == (-60_000 * TENGE, 300_000 * TENGE)
    # Next time 25 000 of a percent of 19 000 and a variable part of 200 000 are there to take it from.
    line = lines_of(books(*steps("M1")), carried={"M1": -60_000 * TENGE})["M1"]
    assert (line.carried_out_tiyn, line.total_tiyn) == (0, (300_000 + 200_000 + 19_000 - 60_000) * TENGE)


def test_a_correction_takes_from_the_percent_too():
    given = books(*steps("M1")).with_rows(
        "corrections", [["1", date(2026, 9, 1), "M1", -215_000, "переплата", True]]
    )
    line = lines_of(given)["M1"]
    assert (line.carried_out_tiyn, line.total_tiyn) == (0, (300_000 + 219_000 - 215_000) * TENGE)


def test_sold_at_a_loss_the_margin_pays_below_zero():
    # margin 900 000 − 1 500 000 = −600 000, whole at 3 %: −18 000, taken from the variable part
    given = with_refund(books(*steps("M1", "маржа"), form="whole"), -1_000, 1_000_000 - 1_000)
    line = lines_of(given)["M1"]
    # revenue 899 000 (89.9 %), cost 1 499 000: margin −600 000
    assert line.percent_tiyn == -18_000 * TENGE
    assert line.total_tiyn == (300_000 + 200_000 - 18_000) * TENGE


def test_one_step_needs_no_plan_and_several_are_not_guessed():
    flat, stepped = books(*steps("M1", rates=((0, 0.02),))), books(*steps("M1"))
    for given, percent in ((flat, 18_000), (stepped, 0)):
        without = given.with_rows("plan", given.rows["plan"][1:])
        payroll, _problems = payroll_of(without)
        (line,) = (line for line in payroll.lines if line.code == "M1")
        assert (line.percent_tiyn, line.preliminary) == (percent * TENGE, True)


def test_in_a_running_month_the_plan_is_that_to_date():
    # Through the 14th ten of 21 working days are over: plan 476 190.48; with that of the 15th six deals are paid.
    given = books(*steps("M1"))
    line = lines_of(given, MID_MONTH)["M1"]
    # 540 000: 380 952.38 × 2 % + 95 238.10 × 3 % + 63 809.52 × 5 % = 7 619.05 + 2 857.14 + 3 190.48
    assert line.percent_tiyn == 13_667 * TENGE


# ---- what cannot be used is named, and pays nobody else less
@pytest.mark.parametrize(
    ("rows", "code", "row", "column"),
    [
        (steps("M1", rates=((0.8, 0.03), (1, 0.05))), "percent_without_start", 2, "from_fraction"),
        (steps("M1", rates=((0, 0.02), (0.8, 0.03), (0.8, 0.04))), "percent_step_twice", 3, "from_fraction"),
        (steps("Алия Сеитова"), "percent_whom_unknown_similar", 2, "whom"),
        (steps("директор"), "percent_whom_unknown", 2, "whom"),
        (steps("M1", "прибыль"), "choice_unknown", 2, "base"),
        (steps("M1", rates=((0, 5),)), "share_above_one", 2, "rate_fraction"),
        (steps("M1", rates=((0, -0.05),)), "number_negative", 2, "rate_fraction"),
        ([[JANUARY, "M1", None, 0, 0.02, False, False]], "cell_blank", 2, "base"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_cell(rows, code, row, column):
    results = books(*rows, *steps("M2")).decided()
    told = {(each.code, each.place.row, each.place.column) for each in results.problems if each.blocks}
    assert (code, row, column) in told
    payroll, _problems = payroll_of(books(*rows, *steps("M2")))
    assert {line.code: line.percent_tiyn for line in payroll.lines}["M2"] == 19_000 * TENGE


def test_an_unknown_revenue_and_an_unknown_margin_are_told_apart():
    unread = books(*steps("M1")).with_cell("deals", 2, "amount_tiyn", "девяносто")
    _payroll, problems = payroll_of(unread)
    assert [(each.code, each.blocks) for each in problems] == [("percent_of_unknown_revenue", True)]
    no_cost = books(*steps("M1", "маржа"), *steps("M2")).with_cell("deals", 2, "cost_tiyn", None)
    payroll, problems = payroll_of(no_cost)
    assert [(each.code, each.blocks) for each in problems] == [("percent_of_unknown_margin", True)]
    lines = {line.code: line for line in payroll.lines}
    assert (lines["M1"].preliminary, lines["M2"].preliminary) == (True, False)
    assert lines["M2"].percent_tiyn == 19_000 * TENGE
    told = [each for each in no_cost.decided().problems if each.code == "cost_missing"]
    assert [(each.place.row, each.place.column) for each in told] == [(2, "cost_tiyn")]
    of_revenue = books(*steps("M1")).with_cell("deals", 2, "cost_tiyn", None)
    assert not [each for each in of_revenue.decided().problems if each.code == "cost_missing"]


# ---- sealed, recounted, printed
def sealed(given):
    inputs, read, results = given.inputs(), given.parsed().paid, given.decided()
    payroll, _ = pay(results, inputs, read.salaries, read.corrections)
    return payroll, month_record(inputs, results, payroll, read.salaries, read.corrections)


@pytest.mark.parametrize("base", ["выручка", "маржа"])
def test_a_sealed_month_recounts_to_the_same_bytes(base):
    payroll, record = sealed(books(*steps("M1", base, by_band=True), *steps("РОП", approved=True)))
    again = json.loads(json.dumps(record))
    results, paid = recompute(again)
    assert json.dumps(results) == json.dumps(record["results"])
    assert json.dumps(paid) == json.dumps(record["payroll"])
    assert payroll_from_record(again["payroll"]) == payroll
    inputs = inputs_from_record(again["inputs"])
    assert inputs_record(inputs) == record["inputs"]


def test_without_the_tab_no_byte_of_a_record_says_so():
    _payroll, record = sealed(books())
    assert "percents" not in record["inputs"]
    assert not [key for line in record["payroll"]["lines"] for key in line if key.startswith("percent")]


def test_what_if_has_it_as_a_line_of_its_own():
    given = books(*steps("M1"))
    cheaper = planned(given, 600_000).inputs().plan
    cases = what_if(given.inputs(), given.parsed().paid.salaries, AFTER, plan=cheaper)
    case = next(case for case in cases if case.code == "M1")
    assert (case.old_percent_tiyn, case.new_percent_tiyn) == (19_000 * TENGE, 28_200 * TENGE)
    assert (case.old_variable_tiyn, case.new_variable_tiyn) == (219_000 * TENGE, 228_200 * TENGE)
    assert case.gain_tiyn == 9_200 * TENGE


def printed(payroll, language="ru"):
    """The payroll tab's cells of the percent by employee, and its total; none where the columns are not there."""
    texts = load("b2b", "ru", language, options=["percents"]).texts
    header, *rows = payroll_rows(payroll, texts, SEAL, TEMPLATE.layout.number)
    places = [header.index(texts(f"tabs.payroll.column.{key}")) for key in ("percent", "percent_reason")]
    return [tuple(plain(row[place]) for place in places) for row in rows]


def plain(cell):
    return cell.replace("\N{NO-BREAK SPACE}", " ") if isinstance(cell, str) else cell


def test_the_payroll_tab_prints_it_and_says_how():
    rows = [*steps("M1", by_band=True), *steps("M2", "маржа", ((0, 0.0125),))]
    payroll, _problems = payroll_of(books(*rows))
    by_band = "× 100 % по ступени"
    assert printed(payroll) == [
        (0, ""),
        (
            19_000,
            f"выручка, от 0 % плана: 800 000 ₸ × 2 % {by_band}\nвыручка, от 80 % плана: 100 000 ₸ × 3 % {by_band}",
        ),
        (5_000, "маржа, от 0 % плана: 400 000 ₸ × 1,25 %"),
        (24_000, ""),
    ]
    assert printed(payroll, "kk")[2] == (5_000, "маржа, жоспардың 0% бастап: 400 000 ₸ × 1,25%")
    assert printed(payroll, "en")[2] == (5_000, "margin, from 0% of plan: 400,000 ₸ × 1.25%")


def test_without_the_tab_the_payroll_is_as_it_was():
    payroll, _problems = payroll_of(books())
    header = payroll_rows(payroll, TEMPLATE.texts, SEAL, TEMPLATE.layout.number)[0]
    assert not [word for word in header if "роцент" in word]


def test_files_bring_it_to_payroll_table_and_json(tmp_path):
    scored = books(*steps("M1")).score(tmp_path, payroll=True)
    record = score_record(scored)
    one, two = (each for each in record["employees"] if each["code"].startswith("M"))
    assert (one["variable_paid"], one["percent_paid"]) == ("200000", "19000")
    assert plain(one["percent_text"]).startswith("выручка, от 0 % плана: 800 000 ₸ × 2 %")
    assert "percent_paid" not in two
    assert not [each for each in record["problems"] if each["severity"] == "blocking"]


def test_reports_ask_for_the_cost_of_those_who_are_paid_by_margin():
    """Base C: 1 050 000 ₸ of 1 000 000 ₸ planned, a margin of 21 × 30 000 = 630 000 ₸; whole: 5 % of it."""
    template = load("b2c", "ru", options=["percents"])
    rulebook = template.rulebook
    whole = Policies({**rulebook.policies.given, "percent_steps": "whole"})
    template = replace(template, rulebook=replace(rulebook, policies=whole))
    given = replace(reports(), template=template).with_rows("percents", steps("M1", "маржа"))
    assert percent_of(given) == 31_500
    for row, told in ((2, [2]), (3, [])):  # the rows are M1's and M2's in turn
        blank = given.with_cell("reports", row, "cost_tiyn", None)
        problems = blank.decided().problems
        assert [each.place.row for each in problems if each.code == "report_blank"] == told
        _payroll, lacks = payroll_of(blank)
        assert [each.code for each in lacks] == ["percent_of_unknown_margin"] * len(told)
