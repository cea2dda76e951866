"""Measures from counts: exact facts, or why there is none (behaviour §4).

'No data', 'zero' and 'not applicable' are kept apart: a fact is scored, not applicable or no data, and says
why by a key of the texts.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from kpi_rules.measures.counts import Counts, MarkCounts
from kpi_rules.measures.facts import Fact, no_data, not_applicable, scored
from kpi_rules.measures.marks import MARKS_OF
from kpi_rules.policies import CONVERSION_BASIS, MARKS_MINIMUM, MIN_LEADS, Policies

SECONDS_PER_MINUTE = 60


def sales_facts(
    counts: Counts,
    policies: Policies,
    planned_leads: Fraction | None,
    norm_minutes: Fraction | None,
    *,
    no_sales: bool,
) -> dict[str, Fact]:
    """Measure all that stands on deals or reports.

    `planned_leads` are the month's «Лиды» (None = blank), `norm_minutes` the response norm of this card (None
    = none). `no_sales` says that the head has confirmed an empty month.
    """
    unknown = dict(counts.unknown)
    nothing_entered = counts.leads == 0 and planned_leads != 0 and not no_sales
    if nothing_entered:
        unknown = dict.fromkeys(("leads", "processed", "response"), "no_leads_entered") | unknown
        if counts.deals == 0 and counts.refunds_tiyn == 0:
            unknown = dict.fromkeys(("sales", "cost", "repeat"), "no_leads_entered") | unknown

    def known(concern: str, value: Fact) -> Fact:
        return no_data(unknown[concern]) if concern in unknown else value

    deals, revenue = counts.deals, counts.revenue_tiyn
    average = scored(Fraction(counts.deals_tiyn, deals)) if deals else not_applicable("no_deals")
    repeat = scored(Fraction(counts.repeat_deals, deals)) if deals else not_applicable("no_deals")
    margin = scored(Fraction(revenue - counts.cost_tiyn, revenue)) if revenue > 0 else scored(0, "no_revenue")
    return {
        "deals": known("sales", scored(deals)),
        "revenue": known("sales", scored(revenue)),
        "average_deal": known("sales", average),
        "margin": known("sales", known("cost", margin)),
        "leads_received": known("leads", scored(counts.leads)),
        "leads_processed": known("processed", scored(counts.processed)),
        "conversion": known("sales", known("leads", _conversion(counts, policies))),
        "response_minutes": known("response", _response(counts, policies, norm_minutes)),
        "repeat_share": known("sales", known("repeat", repeat)),
    }


def discipline_facts(marks: MarkCounts, policies: Policies) -> dict[str, Fact]:
    """Measure what stands on the marks: the whole, CRM, and each of the others."""
    facts = {}
    for measure in MARKS_OF:
        yes, no = marks.yes[measure], marks.no[measure]
        if measure in marks.unreadable:
            facts[measure] = no_data("bad_rows")
        elif marks.marked_days[measure] < policies[MARKS_MINIMUM] * marks.due_days:
            facts[measure] = no_data("few_marks")
        elif yes + no == 0:
            facts[measure] = not_applicable("no_marks")
        else:
            facts[measure] = scored(Fraction(yes, yes + no))
    return facts


def _conversion(counts: Counts, policies: Policies) -> Fact:
    if counts.leads == 0:
        return not_applicable("no_leads")
    if counts.leads < policies[MIN_LEADS]:
        return not_applicable("few_leads")
    won = counts.cohort_deals if policies[CONVERSION_BASIS] == "cohort" else counts.deals
    return scored(Fraction(won, counts.leads))


def _response(counts: Counts, policies: Policies, norm_minutes: Fraction | None) -> Fact:
    if counts.leads == 0:
        return not_applicable("no_leads")
    if counts.leads < policies[MIN_LEADS]:
        return not_applicable("few_leads")
    if counts.response_weight:
        weight = counts.response_weight * SECONDS_PER_MINUTE
        return scored(Fraction(counts.response_weighted, weight))
    late = counts.waiting_seconds
    if norm_minutes is not None:
        # A whole number is above the norm exactly when it is above the norm's floor.
        late = late[late > (norm_minutes * SECONDS_PER_MINUTE).__floor__()]
    elif len(late):
        # Which of the unanswered ones count can not be told without it.
        return no_data("no_target")
    waits = np.concatenate([counts.answered_seconds, late])
    if not len(waits):
        return not_applicable("no_answers")
    middle = [(len(waits) - 1) // 2, len(waits) // 2]
    both = sum(np.partition(waits, middle)[middle].tolist())
    return scored(Fraction(both, 2 * SECONDS_PER_MINUTE))
