"""A condition that holds for every row changes nothing of a month; one that holds for none leaves no lead."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings

from kpi_rules.deciding.month import decide
from kpi_rules.facts.columns import Columns
from kpi_rules.facts.frames import FactFrame
from kpi_rules.measures.conditions import Clause, Condition
from kpi_rules.measures.facts import State
from kpi_rules.measures.grains import Grain
from kpi_rules.measures.targets import PRODUCTS
from kpi_rules.rulebook.model import Scoring
from tests.golden.recount.random_months import months
from tests.golden.recount.test_recount import AFTER, quiet

EVERY = Condition((Clause("comment", "Комментарий", True, ("Есть",), ("Есть",)),))
NONE = Condition((Clause("comment", "Комментарий", False, ("есть",), ("есть",)),))


def filled(inputs):
    """The same month with a word in a column that counts for nothing."""
    held = dict(inputs.facts.rows.held)
    held["comment"] = np.full(len(inputs.facts.rows), "есть", dtype=object)
    return replace(inputs, facts=FactFrame(inputs.facts.tab, Columns(held)))


def narrowed(inputs, condition):
    """The same month with a condition in each KPI that stands on all deals; its target stays that of the measure."""

    def changed(kpi):
        measure = kpi.measured
        if kpi.only_where or measure.of_marks or measure.target is None or measure.target in PRODUCTS:
            return kpi
        if kpi.scoring is Scoring.SHARE and measure.share_of is None:
            return kpi
        if kpi.norm is not None:  # a part stands on its norm where «План» says nothing, the whole does not
            return kpi
        return replace(kpi, only_where=condition, own_target=measure.target)

    rulebook = inputs.rulebook
    kpis, head_kpis = (tuple(map(changed, card)) for card in (rulebook.kpis, rulebook.head_kpis))
    return replace(inputs, rulebook=replace(rulebook, kpis=kpis, head_kpis=head_kpis))


def told(results):
    return [
        (
            card.score,
            [
                replace(result, kpi=replace(result.kpi, only_where=None, own_target=None))
                if result.kpi.only_where == EVERY
                else result
                for result in card.kpis
            ],
        )
        for card in results.employees
    ]


@settings(**quiet, max_examples=60)
@given(months())
def test_a_condition_that_holds_for_all_rows_changes_nothing(inputs):
    if inputs.rulebook.grain is not Grain.LEAD:
        return
    inputs = filled(inputs)
    plain = decide(inputs, AFTER, final=True)
    every = decide(narrowed(inputs, EVERY), AFTER, final=True)
    assert [card.facts for card in every.employees] == [card.facts for card in plain.employees]
    assert every.problems == plain.problems
    assert told(every) == told(plain)


@settings(**quiet, max_examples=40)
@given(months())
def test_of_a_part_that_no_row_belongs_to_there_is_no_lead_and_no_money(inputs):
    if inputs.rulebook.grain is not Grain.LEAD:
        return
    results = decide(narrowed(filled(inputs), NONE), AFTER, final=True)
    for card in results.employees:
        for result in card.kpis:
            if result.kpi.only_where == NONE and result.reason not in {"decided_zero", "in_doubt"}:
                assert not result.fact
                assert result.state is not State.SCORED or result.kpi.compared.concerns[0] in {
                    "sales",
                    "leads",
                    "processed",
                }
