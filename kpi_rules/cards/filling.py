"""The card of one employee: KPIs, score, band, or in words why there is none (behaviour §5)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import MappingProxyType

from kpi_rules.cards.results import Diagnosis, EmployeeResult, KpiResult, Sales
from kpi_rules.cards.scoring import (
    band_of,
    certain_band,
    known_part,
    next_band,
    rounded_score,
    score_kpi,
    spread_weights,
    total_score,
)
from kpi_rules.cards.targets import Targets
from kpi_rules.exact import rounded_half_up
from kpi_rules.facts.employment import Workdays
from kpi_rules.facts.inputs import DecisionKind
from kpi_rules.measures.facts import Fact, State, no_data, not_applicable
from kpi_rules.measures.targets import REVENUE
from kpi_rules.rulebook.model import Band, Kpi


@dataclass(frozen=True)
class Card:
    """Everything that one card is made of."""

    workdays: Workdays
    kpis: Sequence[Kpi]
    bands: Sequence[Band]
    facts: Mapping[str, Fact]
    targets: Targets
    decided: Mapping[str, DecisionKind]
    """This employee's decisions by KPI."""
    started: bool
    """Whether a worked day of the plan is over; before that it is too early to compare."""
    nobody: bool = False
    """Whether the card is over a team in which no manager works in the month."""
    diagnosis: Diagnosis | None = None
    sales: Sales | None = None
    own_facts: Mapping[str, Fact] = field(default_factory=lambda: MappingProxyType({}))
    """By KPI the facts that are its own: of a part of the deals."""


def fill_card(card: Card) -> EmployeeResult:
    """Score a card."""
    results = tuple(_kpi_result(card, kpi) for kpi in card.kpis)
    reason = _why_unscored(card)
    who, plan = card.workdays, card.targets
    unscored = EmployeeResult(
        code=who.code,
        name=who.name,
        role=who.role,
        norm_days=who.norm_days,
        worked_days=who.worked_days,
        kpis=results,
        facts=card.facts,
        score=None,
        score_percent=None,
        band=None,
        preliminary=reason != "zero_days" and any(_is_open(result, reason) for result in results),
        reason=reason,
        diagnosis=card.diagnosis,
        plan_tiyn=_rounded(plan.month.get(REVENUE)),
        plan_to_date_tiyn=_rounded(plan.to_date.get(REVENUE)),
        worked_fraction=who.worked_fraction,
        sales=card.sales,
    )
    return unscored if reason is not None else _scored(unscored, card.bands)


def doubt_card(employee: EmployeeResult, doubted: Collection[str], bands: Sequence[Band]) -> EmployeeResult:
    """Score a card anew in which these KPIs (by id) stand on something that can not be told.

    What was decided about a KPI stays; where nothing is scored the card is only marked.
    """
    results = tuple(_in_doubt(result) if result.kpi.id in doubted else result for result in employee.kpis)
    if employee.reason not in {None, "no_data", "nothing_applicable"}:
        return replace(employee, preliminary=True)
    return _scored(replace(employee, kpis=results, preliminary=True), bands)


def _in_doubt(result: KpiResult) -> KpiResult:
    if result.state is State.NO_DATA or result.reason in {"decided", "decided_zero"}:
        return result
    return replace(result, state=State.NO_DATA, achievement_fraction=None, points=None, reason="in_doubt")


def _scored(employee: EmployeeResult, bands: Sequence[Band]) -> EmployeeResult:
    """Give a card weights, points and score; where data are missing what is known of it, and between what it lies."""
    results = spread_weights(employee.kpis)
    score, known = total_score(results), known_part(results)
    card = replace(employee, kpis=results, score=None, score_percent=None, band=None, next_band=None)
    if known is not None:
        band = certain_band(known, bands)
        return replace(card, preliminary=True, known=known, band=band, reason="no_data")
    if score is None:
        return replace(card, reason="nothing_applicable")
    percent = rounded_score(score)
    return replace(
        card,
        score=score,
        score_percent=percent,
        band=band_of(percent, bands),
        next_band=next_band(percent, bands),
    )


def _is_open(result: KpiResult, reason: str | None) -> bool:
    """Tell whether a KPI waits for data: its own, or (where nothing is scored without it) the revenue plan."""
    waits_for_plan = reason == "no_plan" and result.state is State.SCORED and result.reason != "decided_zero"
    return result.state is State.NO_DATA or waits_for_plan


def _why_unscored(card: Card) -> str | None:
    if card.workdays.worked_days == 0:
        return "zero_days"
    if card.nobody:
        return "no_team"
    if REVENUE not in card.targets.month:
        return "no_plan"
    return None if card.started else "too_early"


def _kpi_result(card: Card, kpi: Kpi) -> KpiResult:
    fact = card.own_facts.get(kpi.id) or card.facts[kpi.compared.id]
    target = card.targets.of(kpi)
    decision = card.decided.get(kpi.id)
    if decision is DecisionKind.ZERO and card.workdays.worked_days and not card.nobody:
        return KpiResult(kpi, State.SCORED, Fraction(), target, Fraction(), reason="decided_zero")
    if card.workdays.worked_days == 0:
        fact = not_applicable("zero_days")
    elif card.nobody:
        fact = not_applicable("no_team")
    elif decision is DecisionKind.NOT_APPLICABLE:
        fact = not_applicable("decided")
    elif card.workdays.in_ramp:
        fact = not_applicable("ramp")
    elif not card.started:
        fact = no_data("too_early")
    result = score_kpi(kpi, fact, target)
    if result.reason == "no_target" and kpi.is_of_revenue_plan:
        return replace(result, reason="no_plan")
    return result


def _rounded(amount: Fraction | None) -> int | None:
    return None if amount is None else rounded_half_up(amount)
