"""All measures, each one object with its formula (behaviour §4)."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from kpi_rules.measures.facts import Fact, no_data, not_applicable, scored
from kpi_rules.measures.marks import ALL_MARKS
from kpi_rules.measures.measure import Direction, Group, Measure, Standing, Values
from kpi_rules.measures.targets import AVERAGE_DEAL, CONVERSION, LEADS, RESPONSE, REVENUE
from kpi_rules.measures.units import Unit
from kpi_rules.policies import CONVERSION_BASIS, MIN_LEADS

SECONDS_PER_MINUTE = 60
CRM_FILLED = "crm_filled"
FILLED, DEMANDED = "filled", "demanded"
"""How many cells of leads are filled, and how many their status demands: counted only where that is asked."""


def _average_deal(standing: Standing) -> Fact:
    counts = standing.counts
    return scored(Fraction(counts.deals_tiyn, counts.deals)) if counts.deals else not_applicable("no_deals")


def _margin(standing: Standing) -> Fact:
    revenue = standing.counts.revenue_tiyn
    if revenue <= 0:
        return scored(0, "no_revenue")
    return scored(Fraction(revenue - standing.counts.cost_tiyn, revenue))


def _repeat_share(standing: Standing) -> Fact:
    counts = standing.counts
    return scored(Fraction(counts.repeat_deals, counts.deals)) if counts.deals else not_applicable("no_deals")


def _conversion(standing: Standing) -> Fact:
    counts = standing.counts
    if few := _too_few_leads(standing):
        return few
    won = counts.cohort_deals if standing.policies[CONVERSION_BASIS] == "cohort" else counts.deals
    return scored(Fraction(won, counts.leads))


def _response_minutes(standing: Standing) -> Fact:
    counts, norm_minutes = standing.counts, standing.norm_minutes
    if few := _too_few_leads(standing):
        return few
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


def _too_few_leads(standing: Standing) -> Fact | None:
    if standing.counts.leads == 0:
        return not_applicable("no_leads")
    return not_applicable("few_leads") if standing.counts.leads < standing.policies[MIN_LEADS] else None


def _crm_filled(standing: Standing) -> Fact:
    counts = standing.counts.more
    demanded = counts.get(DEMANDED, 0)
    return scored(Fraction(counts.get(FILLED, 0)) / demanded) if demanded else not_applicable("no_leads_due")


def _share_of_a_lead(value: Values) -> Fraction:
    leads = value("leads_received")
    return 1 / leads if leads else Fraction()


def _of_marks(id_: str) -> Measure:
    return Measure(id_, Group.DISCIPLINE, Unit.FRACTION, of_marks=True)


MEASURES: dict[str, Measure] = {
    measure.id: measure
    for measure in (
        Measure(
            "plan_completion",
            Group.RESULT,
            Unit.FRACTION,
            share_of="revenue",
            target=REVENUE,
        ),
        Measure(
            "revenue",
            Group.RESULT,
            Unit.TIYN,
            lambda standing: scored(standing.counts.revenue_tiyn),
            concerns=("sales",),
            target=REVENUE,
            per_deal=lambda value: value("average_deal"),
            proposes_target=True,
        ),
        Measure(
            "deals",
            Group.RESULT,
            Unit.COUNT,
            lambda standing: scored(standing.counts.deals),
            concerns=("wins",),
            target="deals",
            per_deal=lambda _: Fraction(1),
        ),
        Measure(
            "leads_received",
            Group.PROCESS,
            Unit.COUNT,
            lambda standing: scored(standing.counts.leads),
            concerns=("leads",),
            target=LEADS,
            proposes_target=True,
        ),
        Measure(
            "leads_processed",
            Group.PROCESS,
            Unit.COUNT,
            lambda standing: scored(standing.counts.processed),
            concerns=("processed",),
            target=LEADS,
        ),
        Measure(
            "conversion",
            Group.PROCESS,
            Unit.FRACTION,
            _conversion,
            concerns=("wins", "leads"),
            target=CONVERSION,
            of_leads=lambda policies: policies[CONVERSION_BASIS] == "cohort",
            per_deal=_share_of_a_lead,
            proposes_target=True,
        ),
        Measure(
            "average_deal",
            Group.PROCESS,
            Unit.TIYN,
            _average_deal,
            concerns=("sales", "wins"),
            target=AVERAGE_DEAL,
            proposes_target=True,
        ),
        Measure(
            "response_minutes",
            Group.PROCESS,
            Unit.MINUTES,
            _response_minutes,
            concerns=("response",),
            target=RESPONSE,
            direction=Direction.LOWER,
            proposes_target=True,
        ),
        Measure(
            "repeat_share",
            Group.PROCESS,
            Unit.FRACTION,
            _repeat_share,
            concerns=("wins", "repeat"),
            target="repeat_fraction",
            proposes_target=True,
        ),
        Measure(
            "margin",
            Group.RESULT,
            Unit.FRACTION,
            _margin,
            concerns=("sales", "cost"),
            target="margin_fraction",
            proposes_target=True,
        ),
        Measure(CRM_FILLED, Group.DISCIPLINE, Unit.FRACTION, _crm_filled, concerns=(FILLED,)),
        *map(_of_marks, (ALL_MARKS, "crm", "script", "attendance", "reporting", "meetings")),
    )
}


def compared(measure: str) -> Measure:
    """Give the measure whose fact stands against the target: itself, or the one that it is a share of."""
    own = MEASURES[measure]
    return MEASURES[own.share_of] if own.share_of else own


def is_of_revenue(measure: str) -> bool:
    """Tell whether a measure compares revenue with its plan."""
    return MEASURES[measure].target == REVENUE


def concerned(measures: Iterable[str], count: str) -> bool:
    """Tell whether one of these measures says something about a count («cost», «repeat», «response»)."""
    return any(count in compared(measure).concerns for measure in measures)


def proposing() -> tuple[str, ...]:
    """List the measures whose past says what target to propose."""
    return tuple(measure.id for measure in MEASURES.values() if measure.proposes_target)
