"""Sentences for people: why a KPI has its points, what the total means, what is missing (behaviour §2, 1).

The words are texts («explain.…»); facts come from the results alone, so that every sentence can be recounted.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from kpi_rules.cards.next_band import Missing, missing_to_next_band
from kpi_rules.cards.results import EmployeeResult, KpiResult
from kpi_rules.cards.scoring import uncapped_achievement
from kpi_rules.exact import rounded_half_up
from kpi_rules.measures.facts import State
from kpi_rules.rulebook.model import Kpi, Role, Scoring, WhenNotApplicable
from kpi_rules.words.known import band_name, known_sentence, partial_text
from kpi_rules.words.numbers import (
    fact_unit_text,
    money_text,
    number_text,
    percent_text,
    unit_text,
)
from kpi_rules.words.texts import Texts, plural

_MOST_PLACES = 7
"""So many decimals at most tell a score from the edge of a percent."""


def kpi_sentence(result: KpiResult, employee: EmployeeResult, texts: Texts) -> str:
    """Say fact, plan, formula, weight and points of one KPI, or why it is not scored."""
    if result.state is State.NO_DATA and result.reason == "too_early":
        return texts("explain.too_early")
    if result.state is State.NO_DATA:
        return _no_data_sentence(result, employee, texts)
    if result.state is State.NOT_APPLICABLE:
        key = result.kpi.when_not_applicable
        if result.points is None and key is not WhenNotApplicable.SPREAD:
            key = WhenNotApplicable.SPREAD
        sentence = texts("explain.not_applicable", reason=reason_text(result.reason, texts))
        if employee.score is None and employee.known is None:
            return sentence
        return (
            f"{sentence} {texts(f'explain.when_not_applicable.{key}', points=_points(result.points, texts))}"
        )
    if result.reason == "decided_zero":
        return texts("explain.decided_zero", points=_points(result.points, texts))
    said = [_achievement_sentence(result, texts), *_plan_sentences(result, employee, texts)]
    if result.points is not None:
        said.append(_points_sentence(result, texts))
    sentence = " ".join(said)
    return texts("explain.of_team", sentence=sentence) if employee.role is Role.HEAD else sentence


def total_sentence(employee: EmployeeResult, texts: Texts) -> str:
    """Say score, band and what it pays, and what is missing to the next band; or why there is no score.

    Where data are missing: how many points are known, and between what the score lies.
    """
    if employee.known is not None:
        return known_sentence(employee, employee.known, texts)
    if employee.score is None or employee.band is None:
        return texts("explain.no_score", reason=reason_text(employee.reason, texts))
    language = texts.language
    sentence = texts(
        "explain.total",
        score=_score(employee, language),
        percent=employee.score_percent,
        band=band_name(employee.band.id, texts),
        share=percent_text(employee.band.coefficient, language),
    )
    if employee.preliminary:
        sentence = f"{sentence} {texts('explain.preliminary')}"
    missing = missing_to_next_band(employee)
    return f"{sentence} {texts('explain.best_band') if missing is None else missing_sentence(missing, texts)}"


def missing_sentence(missing: Missing, texts: Texts) -> str:
    """Say what is missing to the next band."""
    language = texts.language
    band = band_name(missing.band.id, texts)
    points = number_text(Fraction(ceil(missing.points * 100), 100), language, 2)
    kpi = missing.kpi
    if kpi is None or missing.needed is None or missing.change is None:
        return texts("explain.missing.several", band=band, points=points)
    unit = kpi.kpi.compared.unit
    key = "explain.missing.any" if kpi.kpi.is_own else f"explain.missing.{kpi.kpi.measure}"
    if missing.deals is not None and kpi.kpi.compared.id == "revenue":
        key = "explain.missing.deals_and_revenue"
    elif key not in texts:
        key = "explain.missing.any"
    return texts(
        key,
        band=band,
        points=points,
        measure=kpi_name(kpi.kpi, texts),
        fact=fact_unit_text(kpi.fact or Fraction(), unit, language),
        needed=unit_text(missing.needed, unit, language),
        change=unit_text(missing.change, unit, language),
        deals=plural(texts, "explain.deals", missing.deals or 0),
    )


def reason_text(reason: str | None, texts: Texts) -> str:
    """Say why something is not scored."""
    key = f"reason.{reason}"
    return texts(key) if key in texts else texts("reason.other")


def measure_name(measure: str, texts: Texts) -> str:
    """Name a measure as it begins a sentence."""
    return texts(f"explain.measure.{measure}")


def kpi_name(kpi: Kpi, texts: Texts) -> str:
    """Name a KPI as it begins a sentence: by its measure; of a part of the deals as the client calls it, and which."""
    if kpi.how_counted is not None:
        return kpi.measure
    if kpi.only_where is None:
        return measure_name(kpi.measure, texts)
    if kpi.id == kpi.measure:
        name = measure_name(kpi.measure, texts)
        return texts("explain.only_where_plain", measure=name, condition=str(kpi.only_where))
    measure = texts(f"choice.measure.{kpi.measure}")
    return texts(
        "explain.only_where", kpi=own_name(kpi, texts), measure=measure, condition=str(kpi.only_where)
    )


def own_name(kpi: Kpi, texts: Texts) -> str:
    """Name a KPI as the client calls it; one that bears the name of a measure as that measure."""
    key = f"explain.measure.{kpi.id}"
    return texts(key) if key in texts else kpi.id


def _achievement_sentence(result: KpiResult, texts: Texts) -> str:
    kpi, language = result.kpi, texts.language
    if result.fact is None or result.target is None or result.achievement_fraction is None:
        return texts("explain.no_data", reason=reason_text(result.reason, texts))
    blanks = {
        "measure": kpi_name(kpi, texts),
        "fact": fact_unit_text(result.fact, kpi.compared.unit, language),
        "target": unit_text(result.target, kpi.compared.unit, language),
        "achievement": percent_text(result.achievement_fraction, language),
        "cap": percent_text(kpi.cap_fraction, language),
    }
    if kpi.scoring is Scoring.INDEX and kpi.base is not None and kpi.norm is not None:
        blanks["base"] = unit_text(kpi.base, kpi.norm_unit, language)
        blanks["norm"] = unit_text(kpi.norm, kpi.norm_unit, language)
    raw = uncapped_achievement(kpi, result.fact, result.target)
    key = f"explain.{kpi.scoring}"
    if raw < 0:
        key = f"{key}_below"
    elif raw > kpi.cap_fraction or (kpi.scoring is Scoring.INVERSE and result.fact <= 0):
        key = f"{key}_capped"
    return texts(key, **blanks)


def _plan_sentences(result: KpiResult, employee: EmployeeResult, texts: Texts) -> list[str]:
    """Say how an additive target came about: as of today, and for a part of the month's working days."""
    language = texts.language
    if not result.kpi.measured.additive or result.target is None:
        return []
    said = []
    plan = employee.plan_tiyn if result.kpi.is_of_revenue_plan else None
    if plan is not None and rounded_half_up(result.target) != plan:
        said.append(texts("explain.plan_to_date", plan=money_text(plan, language)))
    share = employee.worked_fraction
    if share != 1 and share > 0 and employee.role is not Role.HEAD:
        days = {"worked": employee.worked_days, "norm": employee.norm_days}
        if plan is None:
            said.append(texts("explain.target_prorated", **days))
        else:
            full = money_text(Fraction(rounded_half_up(plan / share)), language)
            said.append(texts("explain.plan_prorated", **days, full=full))
    return said


def _no_data_sentence(result: KpiResult, employee: EmployeeResult, texts: Texts) -> str:
    """Say why there is no data, what of a sum is there all the same, and how many points that leaves unknown."""
    said = [texts("explain.no_data", reason=reason_text(result.reason, texts))]
    measure = result.kpi.compared.id
    fact = employee.facts.get(measure) if not result.kpi.is_own else None
    if partial := partial_text(fact, measure, texts):
        said.append(texts("explain.partial", sum=partial))
    if employee.known is not None:
        points = _points(result.effective_weight_percent, texts)
        said.append(texts("explain.unknown_points_of_kpi", points=points))
    return " ".join(said)


def _points_sentence(result: KpiResult, texts: Texts) -> str:
    language = texts.language
    weight = result.effective_weight_percent or Fraction()
    key = "explain.points"
    if weight != result.kpi.weight_percent:
        key = "explain.points_spread"
    return texts(
        key,
        weight=number_text(weight, language, 2),
        own_weight=number_text(result.kpi.weight_percent, language, 2),
        achievement=percent_text(result.achievement_fraction or Fraction(), language),
        points=_points(result.points, texts),
    )


def _score(employee: EmployeeResult, language: str) -> str:
    """Write the score with two decimals, and with more where two would seem to round to another percent."""
    score = employee.score or Fraction()
    for places in range(2, _MOST_PLACES):
        if (
            rounded_half_up(Fraction(rounded_half_up(score * 10**places), 10**places))
            == employee.score_percent
        ):
            return number_text(score, language, places)
    return number_text(Fraction(floor(score * 100), 100), language, 2)


def _points(points: Fraction | None, texts: Texts) -> str:
    return number_text(points or Fraction(), texts.language, 2)
