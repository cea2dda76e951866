"""Causes of a missed plan, naively (behaviour §6): each order of the factors written out, in plain Fractions.

Written from the text alone; it shares no code with `kpi_rules`. Amounts are tiyn; a part above 0 is money missing.
"""

from fractions import Fraction
from itertools import permutations
from math import floor, prod


def half_up(value):
    return floor(value + Fraction(1, 2))


def shapley(plan, fact):
    """The mean, over all orders of putting facts in the place of the plan, of what each step takes off."""
    parts, orders = [Fraction(0)] * len(plan), list(permutations(range(len(plan))))
    for order in orders:
        now = list(plan)
        for place in order:
            before = prod(now)
            now[place] = fact[place]
            parts[place] += (before - prod(now)) / len(orders)
    return parts


def to_the_tiyn(parts, total):
    """Round by largest remainder, of equal ones the earlier first."""
    floors = {name: floor(value) for name, value in parts.items()}
    places = sorted(parts, key=lambda name: (floors[name] - parts[name], list(parts).index(name)))
    for name in places[: total - sum(floors.values())]:
        floors[name] += 1
    return floors


def of_factors(plan, counts, form):
    """The parts of plan − revenue of deals, exact; `plan` has revenue, leads, conversion and average or None."""
    revenue, leads, conversion, average = plan
    revenue = Fraction(half_up(revenue))  # as the page tells it
    deals, amounts = counts["deals"], Fraction(counts["amounts"])
    if leads is None and conversion and average:
        leads = revenue / (conversion * average)
    if conversion is None and leads and average:
        conversion = revenue / (leads * average)
    if average is None and leads and conversion:
        average = revenue / (leads * conversion)
    says_nothing = counts["leads"] == 0 or deals > counts["leads"] or leads == 0
    if form == "factors":
        says_nothing = counts["leads"] == 0 and deals > 0
    if says_nothing and average:
        planned = revenue / average
        if form == "factors" and leads and conversion:
            planned = leads * conversion
        fact = amounts / deals if deals else average
        few, low = shapley((planned, average), (Fraction(deals), fact))
        return with_the_rest({"few_deals": few, "low_average_deal": low}, revenue - amounts)
    if says_nothing or leads is None or conversion is None or average is None:
        return {"not_split": revenue - amounts}
    fact = (
        Fraction(counts["leads"]),
        Fraction(deals) / counts["leads"] if counts["leads"] else conversion,
        amounts / deals if deals else average,
    )
    parts = shapley((leads, conversion, average), fact)
    names = ("few_leads", "weak_conversion", "low_average_deal")
    return with_the_rest(dict(zip(names, parts, strict=True)), revenue - amounts)


def with_the_rest(parts, whole):
    """What the plan is more, or less, than its factors; less than a tiyn comes from rounding a prorated plan."""
    rest = whole - sum(parts.values())
    if abs(rest) >= 1:
        return {**parts, "plan_inconsistent": rest}
    first = next(iter(parts))
    return {**parts, first: parts[first] + rest}


def causes(plan, counts, form):
    """The gap and its parts as they are told."""
    revenue, target = counts["revenue"], half_up(plan[0])
    gap = target - revenue
    parts = to_the_tiyn(of_factors(plan, counts, form), target - counts["amounts"])
    parts |= {"refunds": -counts["refunds"], "payments_in_parts": -counts["in_parts"]}
    assert sum(parts.values()) == gap
    if form == "factors":
        beside = ("refunds", "payments_in_parts", "plan_inconsistent")
        return gap, {name: part for name, part in parts.items() if part or name not in beside}
    told, other = {}, 0
    for name, part in parts.items():
        if abs(part) * 100 < target or (gap <= 0 and part > 0):
            other += part
        else:
            told[name] = part
    return gap, {**told, "other": other} if other else told


def of_team(managers, sold):
    """The sums of the managers' gaps and causes by name, and what was sold by people without a plan.

    `managers` are (gap, parts, revenue) of those that have a plan, `sold` is the team's revenue.
    """
    parts = {}
    for _, own, _ in managers:
        for name, part in own.items():
            parts[name] = parts.get(name, 0) + part
    without = sold - sum(revenue for _, _, revenue in managers)
    parts["sales_without_plan"] = -without
    gap = sum(gap for gap, _, _ in managers) - without
    return gap, {name: part for name, part in parts.items() if part}
