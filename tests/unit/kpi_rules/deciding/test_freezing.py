"""The frozen plan counts; what people edit later is told and ignored."""

from dataclasses import replace
from fractions import Fraction

from kpi_rules.deciding.freezing import hold_plan, ignored_rule_edits, plan_row_from_record, plan_row_record
from kpi_rules.facts.inputs import PlanRow
from kpi_rules.rulebook.model import Band, Rulebook
from kpi_rules.time.periods import Month

OCTOBER = Month(2026, 10)
TARGETS = {
    "revenue_tiyn": 500_000_000,
    "conversion_fraction": Fraction(1, 4),
    "average_deal_tiyn": 15_000_000,
    "leads": 100,
    "response_minutes": Fraction(31, 2),
}
ROW = PlanRow(OCTOBER, "M01", TARGETS, row=2)
RULES = Rulebook("b2b", Month(2026, 1), (), (), (Band("base", 0, Fraction(0)),))


def planned(**changes):
    targets = {name: changes.pop(name, value) for name, value in TARGETS.items()}
    return replace(
        ROW, targets={name: value for name, value in targets.items() if value is not None}, **changes
    )


def shown(_name, value):
    return "—" if value is None else str(value)


def test_a_plan_row_comes_back_from_its_record_without_loss():
    assert plan_row_from_record(plan_row_record(ROW)) == replace(ROW, row=0)


def test_the_frozen_value_counts_and_the_edit_is_told_with_both_values():
    held = hold_plan([planned(revenue_tiyn=400_000_000)], {"M01": plan_row_record(ROW)}, OCTOBER, shown)
    assert held.rows == (ROW,)
    [problem] = held.problems
    assert (problem.code, problem.place.row, problem.place.column) == (
        "plan_changed_after_open",
        2,
        "revenue_tiyn",
    )
    assert dict(problem.params) == {"frozen": "500000000", "present": "400000000", "month": "2026-10"}
    assert held.newcomers == {}


def test_a_row_that_was_absent_is_taken_in_once():
    late = replace(ROW, code="M02", row=3)
    held = hold_plan([ROW, late], {"M01": plan_row_record(ROW)}, OCTOBER, shown)
    assert held.newcomers == {"M02": plan_row_record(late)}
    assert held.problems == ()


def test_a_row_with_an_unreadable_cell_or_without_revenue_does_not_freeze_yet():
    unreadable = planned(revenue_tiyn=None, bad=frozenset({"revenue_tiyn"}))
    assert hold_plan([unreadable], {}, OCTOBER, shown).newcomers == {}
    assert hold_plan([planned(revenue_tiyn=None)], {}, OCTOBER, shown).newcomers == {}


def test_a_frozen_cell_that_became_unreadable_is_told_too():
    broken = planned(leads=None, bad=frozenset({"leads"}))
    held = hold_plan([broken], {"M01": plan_row_record(ROW)}, OCTOBER, shown)
    assert [problem.place.column for problem in held.problems] == ["leads"]
    assert held.rows == (ROW,)


def test_a_removed_row_goes_on_counting():
    held = hold_plan([], {"M01": plan_row_record(ROW)}, OCTOBER, shown)
    assert held.rows == (replace(ROW, row=0),)
    assert [problem.code for problem in held.problems] == ["plan_row_removed"]


def test_rows_of_other_months_are_left_alone():
    other = planned(month=Month(2026, 11), revenue_tiyn=1)
    assert hold_plan([ROW, other], {"M01": plan_row_record(ROW)}, OCTOBER, shown).problems == ()


def test_a_doubled_row_does_not_freeze():
    assert hold_plan([ROW, replace(ROW, row=3)], {}, OCTOBER, shown).newcomers == {}


def test_changed_rules_are_told_and_equal_ones_are_not():
    assert ignored_rule_edits(RULES, RULES, OCTOBER, "") == ()
    changed = replace(RULES, bands=(Band("base", 0, Fraction(1, 2)),))
    [problem] = ignored_rule_edits(changed, RULES, OCTOBER, "ступень base: 0 → 50 %")
    assert problem.params["difference"] == "ступень base: 0 → 50 %"
