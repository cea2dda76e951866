"""The card of one employee: KPIs, score, band, or in words why there is none (behaviour §5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from kpi_rules.cards.results import Diagnosis, EmployeeResult, KpiResult
from kpi_rules.cards.scoring import band_of, next_band, rounded_score, score_kpi, spread_weights, total_score
from kpi_rules.cards.targets import Targets
from kpi_rules.exact import rounded_half_up
from kpi_rules.facts.employment import Workdays
from kpi_rules.facts.inputs import DecisionKind
from kpi_rules.measures.catalogue import compared, is_of_revenue
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


def fill_card(card: Card) -> EmployeeResult:
    """Score a card."""
    results = [_kpi_result(card, kpi) for kpi in card.kpis]
    reason = _why_unscored(card)
    if reason is None:
        results = list(spread_weights(results))
    score = total_score(results) if reason is None else None
    if score is None and reason is None:
        reason = (
            "no_data" if any(result.state is State.NO_DATA for result in results) else "nothing_applicable"
        )
    percent = None if score is None else rounded_score(score)
    who, plan = card.workdays, card.targets
    return EmployeeResult(
        code=who.code,
        name=who.name,
        role=who.role,
        norm_days=who.norm_days,
        worked_days=who.worked_days,
        kpis=tuple(results),
        facts=card.facts,
        score=score,
        score_percent=percent,
        band=None if percent is None else band_of(percent, card.bands),
        next_band=None if percent is None else next_band(percent, card.bands),
        preliminary=reason != "zero_days" and any(_is_open(result, reason) for result in results),
        reason=reason,
        diagnosis=card.diagnosis,
        plan_tiyn=_rounded(plan.month.get(REVENUE)),
        plan_to_date_tiyn=_rounded(plan.to_date.get(REVENUE)),
        worked_fraction=who.worked_fraction,
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
    fact = card.facts[compared(kpi.measure).id]
    target = card.targets.of(kpi.measure)
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
    if result.reason == "no_target" and is_of_revenue(kpi.measure):
        return replace(result, reason="no_plan")
    return result


def _rounded(amount: Fraction | None) -> int | None:
    return None if amount is None else rounded_half_up(amount)
