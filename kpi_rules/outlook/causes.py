"""Why a plan was missed: the gap split over its causes, to the tiyn (behaviour §6).

Revenue of deals = leads × conversion × average deal. The gap between planned and actual product is split by
the Shapley value: each factor's part is its mean effect over all orders in which plan is replaced by fact
(L. S. Shapley, «A Value for n-person Games», 1953). It is exact, symmetric, and indifferent to zeros.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from math import factorial, lcm, prod

from kpi_rules.cards.results import Cause, Diagnosis
from kpi_rules.cards.targets import PlanFactors, completed
from kpi_rules.exact import rounded_half_up
from kpi_rules.measures.counts import Counts


def shapley(plan: Sequence[Fraction], fact: Sequence[Fraction]) -> list[Fraction]:
    """Split Πplan − Πfact over the factors; the parts add up to it exactly."""
    count = len(plan)
    # Over one denominator a factor, all but the last step is done in whole numbers.
    denominators = [lcm(p.denominator, f.denominator) for p, f in zip(plan, fact, strict=True)]
    planned, actual = (
        [value.numerator * (d // value.denominator) for value, d in zip(values, denominators, strict=True)]
        for values in (plan, fact)
    )
    parts = []
    for own in range(count):
        others = [index for index in range(count) if index != own]
        part = 0
        for size in range(count):
            orders = factorial(size) * factorial(count - size - 1)
            for replaced in combinations(others, size):
                part += orders * prod(
                    actual[index] if index in replaced else planned[index] for index in others
                )
        parts.append(Fraction(part * (planned[own] - actual[own]), prod(denominators) * factorial(count)))
    return parts


def largest_remainder(parts: Sequence[Fraction], total: int) -> list[int]:
    """Round parts that add up to `total` to whole numbers that still do; ties go to the earlier part."""
    floors = [part.__floor__() for part in parts]
    order = sorted(range(len(parts)), key=lambda index: (floors[index] - parts[index], index))
    for index in order[: total - sum(floors)]:
        floors[index] += 1
    return floors


def diagnose(plan: PlanFactors, counts: Counts, signals: Sequence[Cause] = ()) -> Diagnosis:
    """Split the gap (plan − revenue) into the three factors, refunds, and what the plan itself does not add up to.

    Where conversion or average deal were not entered, the missing one follows from the plan; where the
    factors can not be told at all, the deals' part stays whole («not_split»).
    """
    plan_tiyn = rounded_half_up(plan.revenue_tiyn)
    plan = replace(plan, revenue_tiyn=Fraction(plan_tiyn))
    gap = plan_tiyn - counts.revenue_tiyn
    merged = counts.leads == 0 and counts.deals > 0
    causes = _merged_causes(plan, counts) if merged else _factor_causes(plan, counts)
    if causes is None:
        causes = [("not_split", plan.revenue_tiyn - counts.deals_tiyn, {})]
    product = sum((part for _, part, _ in causes), Fraction()) + counts.deals_tiyn
    inconsistent = plan_tiyn - product
    if abs(inconsistent) < 1:
        # Less than a tiyn comes from rounding a prorated plan, not from the plan itself.
        name, part, params = causes[0]
        causes[0] = (name, part + inconsistent, params)
    else:
        causes.append(("plan_inconsistent", inconsistent, {"plan": Fraction(plan_tiyn), "fact": product}))
    if counts.refunds_tiyn:
        causes.append(("refunds", Fraction(-counts.refunds_tiyn), {}))
    amounts = largest_remainder([part for _, part, _ in causes], gap)
    parts = tuple(
        Cause(name, amount, params) for (name, _, params), amount in zip(causes, amounts, strict=True)
    )
    return Diagnosis(plan_tiyn, counts.revenue_tiyn, gap, parts, tuple(signals))


_Causes = list[tuple[str, Fraction, Mapping[str, Fraction | None]]]


def _factor_causes(plan: PlanFactors, counts: Counts) -> _Causes | None:
    factors = completed(plan)
    if factors is None:
        return None
    leads, conversion, average = factors
    fact = (
        Fraction(counts.leads),
        Fraction(counts.deals, counts.leads) if counts.leads else conversion,
        Fraction(counts.deals_tiyn, counts.deals) if counts.deals else average,
    )
    parts = shapley(factors, fact)
    names = ("few_leads", "weak_conversion", "low_average_deal")
    return [
        (name, part, {"plan": planned, "fact": actual})
        for name, part, planned, actual in zip(names, parts, (leads, conversion, average), fact, strict=True)
    ]


def _merged_causes(plan: PlanFactors, counts: Counts) -> _Causes | None:
    """Split by deals and average deal: there were deals, but no lead to convert (behaviour §6)."""
    average = plan.average_deal_tiyn
    planned_deals: Fraction | None = None
    factors = completed(plan)
    if factors is not None and factors[0] and factors[1]:
        planned_deals, average = factors[0] * factors[1], factors[2]
    elif average:
        planned_deals = plan.revenue_tiyn / average
    if planned_deals is None or average is None:
        return None
    planned = (planned_deals, average)
    fact = (Fraction(counts.deals), Fraction(counts.deals_tiyn, counts.deals))
    parts = shapley(planned, fact)
    names = ("few_deals", "low_average_deal")
    return [
        (name, part, {"plan": p, "fact": f})
        for name, part, p, f in zip(names, parts, planned, fact, strict=True)
    ]
