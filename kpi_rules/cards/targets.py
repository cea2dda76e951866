"""What facts are compared with: each employee's targets, prorated, and the team's out of them (behaviour §5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from kpi_rules.facts.inputs import PlanRow
from kpi_rules.measures.targets import (
    AVERAGE_DEAL,
    CONVERSION,
    LEADS,
    PRODUCTS,
    RESPONSE,
    REVENUE,
    TARGETS,
    Target,
)
from kpi_rules.rulebook.model import Kpi, Rulebook, Scoring

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

    def of(self, kpi: Kpi) -> Fraction | None:
        """Give what a KPI's fact is compared with now."""
        field = kpi.target_field
        if field is None:
            return None
        return self.to_date.get(field) if kpi.measured.additive else self.ratios.get(field)

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
        field, of_its_own = kpi.measured.target, kpi.target
        brings_its_own = kpi.scoring in {Scoring.INDEX, Scoring.SHARE}
        if of_its_own is not None:
            if kpi.own_target is not None and not (brings_its_own and kpi.measured.share_of is None):
                fields.add(kpi.own_target)
        elif field is not None and not (brings_its_own and field != RESPONSE):
            fields |= set(PRODUCTS.get(field, (field,)))
    return frozenset(fields)


def own_targets(kpis: Iterable[Kpi]) -> dict[str, tuple[Kpi, Target]]:
    """Give by name the targets that KPIs have of their own, each with the first KPI that has it."""
    targets: dict[str, tuple[Kpi, Target]] = {}
    for kpi in kpis:
        if (target := kpi.target) is not None:
            targets.setdefault(target.field, (kpi, target))
    return targets


def usable(row: PlanRow, target: Target) -> Fraction | None:
    """Give a target that can be divided by: zero and negative ones count as missing (and are reported)."""
    value = row.targets.get(target.field)
    if value is None or target.field in row.bad:
        return None
    if value > 0 or (target.zero_means_none and value == 0):
        return Fraction(value)
    return None


def employee_targets(
    rows: Iterable[PlanRow], worked_fraction: Fraction, elapsed_fraction: Fraction, kpis: Iterable[Kpi] = ()
) -> Targets:
    """Give an employee's targets; two plan rows for one month are none, which of them holds is not guessed.

    `kpis` are those of both cards: their own targets are a column of «План», or their norm, the same for everybody.
    """
    own = list(rows)
    if len(own) != 1:
        return NO_TARGETS
    row = own[0]
    entered = {
        field: value for field, target in TARGETS.items() if (value := usable(row, target)) is not None
    }
    full = {field: entered[field] for field in ADDITIVE if field in entered}
    ratios = {field: entered[field] for field in RATIOS if field in entered}
    for field, (kpi, target) in own_targets(kpis).items():
        value = kpi.norm if kpi.own_target is None else usable(row, target)
        if value is not None:
            (full if target.additive else ratios)[field] = value
    for field, (additive, ratio) in PRODUCTS.items():
        if additive in entered and ratio in entered:
            full[field] = entered[additive] * entered[ratio]
    return Targets(
        month={field: value * worked_fraction for field, value in full.items()},
        to_date={field: value * elapsed_fraction for field, value in full.items()},
        ratios=ratios,
    )


@dataclass(frozen=True)
class TeamMember:
    """What a manager brings to the team's targets. `excused` names fields and measures decided away."""

    targets: Targets
    worked: bool
    excused: frozenset[str]


def team_targets(members: Iterable[TeamMember], kpis: Iterable[Kpi] = ()) -> Targets:
    """Pool the managers' targets: additive ones are summed, ratios weighted by the prorated revenue plan.

    So are those that the `kpis` of both cards have of their own.

    A target that is missing for one manager (who worked, and about whom nothing was decided) is missing for
    the team. A manager who gets no leads by plan needs no targets that stand on leads.
    """
    team = [member for member in members if member.worked]
    month, to_date, ratios = {}, {}, {}
    own = {field: target for field, (_, target) in own_targets(kpis).items()}
    for field in (*ADDITIVE, *PRODUCTS, *(field for field, target in own.items() if target.additive)):
        asked = [member for member in team if field not in member.excused]
        if asked and all(field in member.targets.month for member in asked):
            month[field] = sum((member.targets.month[field] for member in asked), Fraction())
            to_date[field] = sum((member.targets.to_date[field] for member in asked), Fraction())
    ratios_of_all = {field: TARGETS[field] for field in RATIOS}
    ratios_of_all |= {field: target for field, target in own.items() if not target.additive}
    for field, target in ratios_of_all.items():
        asked = [member for member in team if _is_asked(member, target)]
        weights = [member.targets.month.get(REVENUE, Fraction()) for member in asked]
        if sum(weights) > 0 and all(field in member.targets.ratios for member in asked):
            total = sum(
                (w * m.targets.ratios[field] for w, m in zip(weights, asked, strict=True)), Fraction()
            )
            ratios[field] = total / sum(weights)
    return Targets(month, to_date, ratios)


def _is_asked(member: TeamMember, target: Target) -> bool:
    if target.field in member.excused:
        return False
    no_leads = member.targets.month.get(LEADS) == 0
    return not (target.on_leads and no_leads and target.field not in member.targets.ratios)


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
