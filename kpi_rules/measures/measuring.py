"""Facts of the measures that are asked for, from counts and marks (behaviour §4).

'No data', 'zero' and 'not applicable' are kept apart: a fact is scored, not applicable or no data, and says
why by a key of the texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

from kpi_rules.measures.catalogue import FILLED, MEASURES
from kpi_rules.measures.counts import NOT_COUNTED, Counts, MarkCounts
from kpi_rules.measures.facts import NOTHING_ENTERED, Fact, Partial, State, no_data, not_applicable, scored
from kpi_rules.measures.measure import Formula, Measure, Standing
from kpi_rules.policies import MARKS_MINIMUM, Policies

_OF_LEADS = ("leads", "processed", "response", FILLED)
_OF_SALES = ("sales", "wins", "cost", "repeat")
"""What stays unknown where leads are expected and nothing was entered."""


def sales_facts(
    measures: Iterable[str], standing: Standing, planned_leads: Fraction | None, *, no_sales: bool
) -> dict[str, Fact]:
    """Measure what stands on deals or reports, of the measures asked for.

    `planned_leads` are the month's «Лиды» (None = blank); `no_sales` says that the head has confirmed an
    empty month.
    """
    unknown = _unknown(standing.counts, planned_leads, no_sales=no_sales)
    facts = {}
    for id_ in measures:
        measure = MEASURES[id_]
        if measure.fact is not None:
            lacking = next((count for count in measure.concerns if count in unknown), None)
            if lacking is None:
                facts[id_] = measure.fact(standing)
            else:
                facts[id_] = _lacking(measure, measure.fact, standing, lacking, unknown[lacking])
    return facts


def fact_of_part(
    measure: str, standing: Standing, whole: Counts, planned_leads: Fraction | None, *, no_sales: bool
) -> Fact:
    """Measure what stands on a part of the deals: `standing` has the part's counts, `whole` are all of the card.

    Nothing of the part is nothing; only where nothing at all was entered there is no data.
    """
    nothing = {
        count: reason
        for count, reason in _unknown(whole, planned_leads, no_sales=no_sales).items()
        if reason == NOTHING_ENTERED
    }
    part = replace(standing.counts, unknown={**nothing, **standing.counts.unknown})
    return sales_facts([measure], replace(standing, counts=part), None, no_sales=True)[measure]


def _lacking(measure: Measure, formula: Formula, standing: Standing, count: str, reason: str) -> Fact:
    """Say what can be said without a count: of a sum what is there, and whether the measure may not apply at all."""
    if reason == NOT_COUNTED:
        return no_data(reason)
    counts = standing.counts
    so_far = formula(replace(standing, counts=counts.of_clear_rows()))
    partial, unread = None, counts.unread.get(count, 0)
    if measure.additive and so_far.value is not None and (unread or counts.missing_reports):
        partial = Partial(so_far.value, unread, counts.missing_reports)
    return no_data(reason, partial, may_not_apply=so_far.state is State.NOT_APPLICABLE)


def _unknown(counts: Counts, planned_leads: Fraction | None, *, no_sales: bool) -> Mapping[str, str]:
    """Say which counts can not be told, and why; where leads are expected none entered is no zero."""
    unknown = dict(counts.unknown)
    if counts.leads == 0 and planned_leads != 0 and not no_sales:
        unknown = dict.fromkeys((*_OF_LEADS, *counts.more), NOTHING_ENTERED) | unknown
        if counts.deals == counts.refunds_tiyn == counts.in_parts_tiyn == 0:
            unknown = dict.fromkeys(_OF_SALES, NOTHING_ENTERED) | unknown
    return unknown


def discipline_facts(measures: Iterable[str], marks: MarkCounts, policies: Policies) -> dict[str, Fact]:
    """Measure what stands on the marks, of the measures asked for."""
    return {id_: _of_marks(id_, marks, policies) for id_ in measures if MEASURES[id_].of_marks}


def _of_marks(measure: str, marks: MarkCounts, policies: Policies) -> Fact:
    # Of nobody's marks, pooled, nothing stands there.
    yes, no = marks.yes.get(measure, 0), marks.no.get(measure, 0)
    nothing_marked = yes + no == 0
    if measure in marks.unreadable:
        return no_data("bad_rows", may_not_apply=nothing_marked)
    if marks.marked_days.get(measure, 0) < policies[MARKS_MINIMUM] * marks.due_days:
        return no_data("few_marks", may_not_apply=nothing_marked)
    return not_applicable("no_marks") if nothing_marked else scored(Fraction(yes, yes + no))


def shares_of_targets(
    measures: Iterable[str], facts: Mapping[str, Fact], targets: Mapping[str, Fraction]
) -> dict[str, Fact]:
    """Measure which share of its target another measure reached, of the measures asked for.

    `facts` hold these other measures, `targets` what they are compared with now, by the field of a plan row.
    """
    shares = {}
    for id_ in measures:
        measure = MEASURES[id_]
        if measure.share_of is not None:
            fact, target = facts[measure.share_of], targets.get(measure.target or "")
            if fact.value is None:
                shares[id_] = fact
            elif target is None:
                shares[id_] = no_data("no_plan")
            else:
                shares[id_] = scored(fact.value / target) if target else not_applicable("zero_target")
    return shares
