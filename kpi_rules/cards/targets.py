"""What facts are compared with: each employee's targets, prorated, and the team's out of them (behaviour §5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from kpi_rules.facts.inputs import PlanRow
from kpi_rules.measures.catalogue import MEASURES
from kpi_rules.measures.targets import (
    AVERAGE_DEAL,
    CONVERSION,
    LEADS,
    PRODUCTS,
    RESPONSE,
    REVENUE,
    TARGETS,
)
from kpi_rules.rulebook.model import Rulebook, Scoring

ADDITIVE = tuple(field for field, target in TARGETS.items() if target.additive)
RATIOS = tuple(field for field, target in TARGETS.items() if not target.additive)


@dataclass(frozen=True)
class PlanFactors:
    """A revenue plan (tiyn, exact) and the factors behind it; None = not entered."""

    revenue_tiyn: Fraction
    leads: Fraction | None = None
    conversion_fraction: Fraction | None = None
    average_deal_tiyn: Fraction | None = None


def completed(plan: PlanFactors) -> tuple[Fraction, Fraction, Fraction] | None:
    """Give leads, conversion and average deal of the plan, deriving one that was not entered; else None."""
    leads, conversion, average = plan.leads, plan.conversion_fraction, plan.average_deal_tiyn
    if leads is None and conversion and average:
        return plan.revenue_tiyn / (conversion * average), conversion, average
    if conversion is None and leads and average:
        return leads, plan.revenue_tiyn / (leads * average), average
    if average is None and leads and conversion:
        return leads, conversion, plan.revenue_tiyn / (leads * conversion)
    if leads is None or conversion is None or average is None:
        return None
    return leads, conversion, average


@dataclass(frozen=True)
class Targets:
    """Targets of one card by the fields of a plan row; a field that is missing has no target.

    `month` holds the prorated additive targets of the whole month, `to_date` those up to the first day that
    is not over yet (the same in a final score); `ratios` are never prorated.
    """

    month: Mapping[str, Fraction]
    to_date: Mapping[str, Fraction]
    ratios: Mapping[str, Fraction]

    def of(self, measure: str) -> Fraction | None:
        """Give what a measure's fact is compared with now."""
        field = MEASURES[measure].target
        if field is None:
            return None
        return self.to_date.get(field) if MEASURES[measure].additive else self.ratios.get(field)

    def factors(self) -> PlanFactors | None:
        """Give the plan to date and the factors behind it."""
        if REVENUE not in self.to_date:
            return None
        return PlanFactors(
            self.to_date[REVENUE],
            self.to_date.get(LEADS),
            self.ratios.get(CONVERSION),
            self.ratios.get(AVERAGE_DEAL),
        )


NO_TARGETS = Targets({}, {}, {})


def needed_targets(rulebook: Rulebook, *, with_head: bool, also_told: bool = False) -> frozenset[str]:
    """Name the fields that a manager's plan row must fill: those of their own KPIs, and the head's out of them.

    Revenue is always among them (without it nothing is scored). An index and a share bring their own target, but
    the response norm also tells which unanswered leads count. `also_told` adds the targets that say something even
    where no KPI compares with them: «Лиды» 0 means that none are expected.
    """
    fields = {REVENUE, *(field for field, target in TARGETS.items() if also_told and target.always_told)}
    for kpi in (*rulebook.kpis, *(rulebook.head_kpis if with_head else ())):
        field = MEASURES[kpi.measure].target
        if kpi.scoring in {Scoring.INDEX, Scoring.SHARE} and field != RESPONSE:
            continue
        if field is not None:
            fields |= set(PRODUCTS.get(field, (field,)))
    return frozenset(fields)


def usable(row: PlanRow, field: str) -> Fraction | None:
    """Give a target that can be divided by: zero and negative ones count as missing (and are reported)."""
    value = row.targets.get(field)
    if value is None or field in row.bad:
        return None
    if value > 0 or (TARGETS[field].zero_means_none and value == 0):
        return Fraction(value)
    return None


def employee_targets(
    rows: Iterable[PlanRow], worked_fraction: Fraction, elapsed_fraction: Fraction
) -> Targets:
    """Give an employee's targets; two plan rows for one month are none, which of them holds is not guessed."""
    own = list(rows)
    if len(own) != 1:
        return NO_TARGETS
    row = own[0]
    entered = {field: value for field in TARGETS if (value := usable(row, field)) is not None}
    full = {field: entered[field] for field in ADDITIVE if field in entered}
    for field, (additive, ratio) in PRODUCTS.items():
        if additive in entered and ratio in entered:
            full[field] = entered[additive] * entered[ratio]
    return Targets(
        month={field: value * worked_fraction for field, value in full.items()},
        to_date={field: value * elapsed_fraction for field, value in full.items()},
        ratios={field: entered[field] for field in RATIOS if field in entered},
    )


@dataclass(frozen=True)
class TeamMember:
    """What a manager brings to the team's targets. `excused` names fields and measures decided away."""

    targets: Targets
    worked: bool
    excused: frozenset[str]


def team_targets(members: Iterable[TeamMember]) -> Targets:
    """Pool the managers' targets: additive ones are summed, ratios weighted by the prorated revenue plan.

    A target that is missing for one manager (who worked, and about whom nothing was decided) is missing for
    the team. A manager who gets no leads by plan needs no targets that stand on leads.
    """
    team = [member for member in members if member.worked]
    month, to_date, ratios = {}, {}, {}
    for field in (*ADDITIVE, *PRODUCTS):
        asked = [member for member in team if field not in member.excused]
        if asked and all(field in member.targets.month for member in asked):
            month[field] = sum((member.targets.month[field] for member in asked), Fraction())
            to_date[field] = sum((member.targets.to_date[field] for member in asked), Fraction())
    for field in RATIOS:
        asked = [member for member in team if _is_asked(member, field)]
        weights = [member.targets.month.get(REVENUE, Fraction()) for member in asked]
        if sum(weights) > 0 and all(field in member.targets.ratios for member in asked):
            total = sum(
                (w * m.targets.ratios[field] for w, m in zip(weights, asked, strict=True)), Fraction()
            )
            ratios[field] = total / sum(weights)
    return Targets(month, to_date, ratios)


def _is_asked(member: TeamMember, field: str) -> bool:
    if field in member.excused:
        return False
    no_leads = member.targets.month.get(LEADS) == 0
    return not (TARGETS[field].on_leads and no_leads and field not in member.targets.ratios)


def team_factors(members: Iterable[TeamMember], revenue_tiyn: Fraction) -> PlanFactors:
    """Give the team's plan to date as one product, pooled from the managers' own factors.

    Leads, planned deals and planned revenue are summed and divided again, so that managers whose plans agree
    with themselves make a team whose plan does; where one of them can not be told, none is given.
    """
    leads, deals, product = Fraction(), Fraction(), Fraction()
    for member in members:
        factors = member.targets.factors()
        if not member.worked or factors is None:
            continue
        own = completed(factors)
        if own is None:
            return PlanFactors(revenue_tiyn)
        leads, deals, product = leads + own[0], deals + own[0] * own[1], product + own[0] * own[1] * own[2]
    if not leads or not deals:
        return PlanFactors(revenue_tiyn)
    return PlanFactors(revenue_tiyn, leads, deals / leads, product / deals)
