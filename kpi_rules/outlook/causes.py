"""Why a plan was missed: the gap split over its causes, to the tiyn (behaviour §6).

Revenue of deals = leads × conversion × average deal. The gap between planned and actual product is split by
the Shapley value: each factor's part is its mean effect over all orders in which plan is replaced by fact
(L. S. Shapley, «A Value for n-person Games», 1953). It is exact, symmetric, and indifferent to zeros.

The form of the split is a policy (`kpi_rules.policies.CAUSES`): months that were frozen by the first form keep it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from math import factorial, lcm, prod

from kpi_rules.cards.results import Cause, Diagnosis
from kpi_rules.cards.targets import PlanFactors, completed
from kpi_rules.exact import rounded_half_up
from kpi_rules.measures.counts import Counts
from kpi_rules.policies import MERGED_CAUSES


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


_Causes = list[tuple[str, Fraction, Mapping[str, Fraction | None]]]

NOISE_PERCENT = 1
"""A cause below this part of the plan is not told by its own name."""
IN_PARTS = "payments_in_parts"
"""Contracts that counted less what was paid of deals in parts."""
OTHER = "other"
WITHOUT_PLAN = "sales_without_plan"
_OF_SHORTAGE = frozenset({"leads_below_median"})
"""Signs that say that something was lacking: nothing is told of it where the plan is reached."""


def diagnose(
    plan: PlanFactors, counts: Counts, signals: Sequence[Cause] = (), *, form: str = MERGED_CAUSES
) -> Diagnosis:
    """Split the gap (plan − revenue) into its factors, refunds, and what the plan itself does not add up to.

    Where conversion or average deal were not entered, the missing one follows from the plan; where the
    factors can not be told at all, the deals' part stays whole («not_split»). `form` is the month's policy
    `CAUSES`; in the present one zero parts are left out and small ones go into «other».
    """
    plan_tiyn = rounded_half_up(plan.revenue_tiyn)
    plan = replace(plan, revenue_tiyn=Fraction(plan_tiyn))
    gap = plan_tiyn - counts.revenue_tiyn
    present = form == MERGED_CAUSES
    split = _way_of_split(plan, counts) if present else _first_way_of_split(counts)
    causes = split(plan, counts) or [("not_split", plan.revenue_tiyn - counts.deals_tiyn, {})]
    causes = _with_inconsistency(causes, plan_tiyn, counts)
    if counts.refunds_tiyn:
        causes.append(("refunds", Fraction(-counts.refunds_tiyn), {}))
    if counts.in_parts_tiyn:
        causes.append((IN_PARTS, Fraction(-counts.in_parts_tiyn), {}))
    amounts = largest_remainder([part for _, part, _ in causes], gap)
    parts = [Cause(name, amount, params) for (name, _, params), amount in zip(causes, amounts, strict=True)]
    if present:
        parts = _without_noise(parts, plan_tiyn, gap)
        signals = [signal for signal in signals if gap > 0 or signal.id not in _OF_SHORTAGE]
    return Diagnosis(plan_tiyn, counts.revenue_tiyn, gap, tuple(parts), tuple(signals))


def diagnose_team(
    managers: Iterable[Diagnosis], plan: PlanFactors, counts: Counts, signals: Sequence[Cause] = ()
) -> Diagnosis:
    """Add up the managers' causes by name: the team's gap is theirs, less what was sold without a plan.

    Args:
        managers: of all that have a plan.
        plan: the team's factors, in words only: they decide no part.
        counts: of all rows, whosever they are.
        signals: the team's own.
    """
    split = list(managers)
    by_name: dict[str, list[Cause]] = {}
    for each in split:
        for part in each.parts:
            by_name.setdefault(part.id, []).append(part)
    parts = [
        Cause(name, sum(part.amount_tiyn for part in by_name[name]), _pooled(by_name[name], plan, counts))
        for name in sorted(by_name, key=_ORDER.index)
    ]
    without_plan = counts.revenue_tiyn - sum(each.revenue_tiyn for each in split)
    told = tuple(part for part in (*parts, Cause(WITHOUT_PLAN, -without_plan, {})) if part.amount_tiyn)
    plan_tiyn = sum(each.plan_tiyn for each in split)
    return Diagnosis(plan_tiyn, counts.revenue_tiyn, plan_tiyn - counts.revenue_tiyn, told, tuple(signals))


_ORDER = (
    "few_leads",
    "weak_conversion",
    "few_deals",
    "low_average_deal",
    "not_split",
    "plan_inconsistent",
    "refunds",
    IN_PARTS,
    OTHER,
)


def _pooled(own: Sequence[Cause], plan: PlanFactors, counts: Counts) -> Mapping[str, Fraction | None]:
    """Say plan and fact of a cause of the team: over all of it where that can be told, else over its managers."""
    name = own[0].id
    params = [each.params for each in own if each.params.get("plan") is not None]
    if not params:
        return {}
    leads, conversion, average = plan.leads, plan.conversion_fraction, plan.average_deal_tiyn
    deals = Fraction(counts.deals)
    whole = {
        "few_leads": (leads, Fraction(counts.leads)),
        "weak_conversion": (conversion, deals / counts.leads if counts.leads else None),
        "few_deals": (leads * conversion if leads and conversion else None, deals),
        "low_average_deal": (average, counts.deals_tiyn / deals if deals else average),
    }.get(name, (None, None))
    if None not in whole:
        return {"plan": whole[0], "fact": whole[1]}
    of_ratio = name in {"weak_conversion", "low_average_deal"}
    sums = {side: sum((each[side] or Fraction() for each in params), Fraction()) for side in ("plan", "fact")}
    return {side: total / len(params) if of_ratio else total for side, total in sums.items()}


def _with_inconsistency(causes: _Causes, plan_tiyn: int, counts: Counts) -> _Causes:
    """Put beside the factors what the plan is more, or less, than their product."""
    product = sum((part for _, part, _ in causes), Fraction()) + counts.deals_tiyn
    inconsistent = plan_tiyn - product
    if abs(inconsistent) < 1:
        # Less than a tiyn comes from rounding a prorated plan, not from the plan itself.
        (name, part, params), *others = causes
        return [(name, part + inconsistent, params), *others]
    return [*causes, ("plan_inconsistent", inconsistent, {"plan": Fraction(plan_tiyn), "fact": product})]


def _without_noise(parts: Sequence[Cause], plan_tiyn: int, gap_tiyn: int) -> list[Cause]:
    """Put into «other» what is small, and any shortage where the plan is reached; leave zeros out."""

    def is_told(part: Cause) -> bool:
        small = abs(part.amount_tiyn) * 100 < plan_tiyn * NOISE_PERCENT
        return not small and (gap_tiyn > 0 or part.amount_tiyn < 0)

    told = [part for part in parts if is_told(part)]
    rest = sum(part.amount_tiyn for part in parts) - sum(part.amount_tiyn for part in told)
    return [*told, Cause(OTHER, rest, {})] if rest else told


_Split = Callable[[PlanFactors, Counts], _Causes | None]


def _way_of_split(plan: PlanFactors, counts: Counts) -> _Split:
    """Choose the factors: where a conversion says nothing, leads and conversion are one, «deals»."""
    says_nothing = counts.leads == 0 or counts.deals > counts.leads or plan.leads == 0
    return _deals_causes if says_nothing else _factor_causes


def _first_way_of_split(counts: Counts) -> _Split:
    return _merged_causes if counts.leads == 0 and counts.deals > 0 else _factor_causes


def _deals_causes(plan: PlanFactors, counts: Counts) -> _Causes | None:
    """Split by deals and average deal; planned deals = plan / target average deal."""
    factors = completed(plan)
    average = plan.average_deal_tiyn or (factors[2] if factors else None)
    if not average:
        return None
    planned = (plan.revenue_tiyn / average, average)
    fact = (
        Fraction(counts.deals),
        Fraction(counts.deals_tiyn, counts.deals) if counts.deals else average,
    )
    return _named(("few_deals", "low_average_deal"), planned, fact)


def _factor_causes(plan: PlanFactors, counts: Counts) -> _Causes | None:
    factors = completed(plan)
    if factors is None:
        return None
    _, conversion, average = factors
    fact = (
        Fraction(counts.leads),
        Fraction(counts.deals, counts.leads) if counts.leads else conversion,
        Fraction(counts.deals_tiyn, counts.deals) if counts.deals else average,
    )
    return _named(("few_leads", "weak_conversion", "low_average_deal"), factors, fact)


def _merged_causes(plan: PlanFactors, counts: Counts) -> _Causes | None:
    """Split by deals and average deal as the first form did: there were deals, but no lead to convert."""
    average = plan.average_deal_tiyn
    planned_deals: Fraction | None = None
    factors = completed(plan)
    if factors is not None and factors[0] and factors[1]:
        planned_deals, average = factors[0] * factors[1], factors[2]
    elif average:
        planned_deals = plan.revenue_tiyn / average
    if planned_deals is None or average is None:
        return None
    fact = (Fraction(counts.deals), Fraction(counts.deals_tiyn, counts.deals))
    return _named(("few_deals", "low_average_deal"), (planned_deals, average), fact)


def _named(names: Sequence[str], planned: Sequence[Fraction], fact: Sequence[Fraction]) -> _Causes:
    return [
        (name, part, {"plan": p, "fact": f})
        for name, part, p, f in zip(names, shapley(planned, fact), planned, fact, strict=True)
    ]
