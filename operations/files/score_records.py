"""A scored file as plain JSON values, for other tools: `kpi score --json`."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from kpi_rules.cards.results import (
    Cause,
    Diagnosis,
    EmployeeResult,
    Forecast,
    FunnelRow,
    KpiResult,
    PayLine,
    TeamResult,
)
from kpi_rules.exact import TIYN_PER_TENGE, exact_text
from kpi_rules.measures.facts import State
from kpi_rules.measures.units import Unit
from kpi_rules.problems import Problem
from kpi_rules.records.results import known_record
from kpi_rules.rulebook.model import Role
from kpi_rules.words.sentences import kpi_sentence, total_sentence
from kpi_rules.words.texts import Texts
from operations.files.scoring import ScoredFile
from sheets_sync.building.payroll_tab import percent_sentences
from sheets_sync.rendering.analysis import cause_words
from sheets_sync.rendering.scoreboard import shown_weight
from sheets_sync.rendering.worklists import checklist_sentence


def score_record(scored: ScoredFile) -> dict[str, Any]:
    """Write a scored file as plain JSON values: exact numbers as text, money in ₸, shares as fractions.

    Numbers that end are plain decimals («87.6»), others fractions («236/3»). `weight` is the weight that
    counted: with the part of those that did not apply. Under `causes` and `forecast` a `code` of null is the team;
    Σ `parts` = `gap`, and signals carry no money. While data are missing `score` is null and `known` says how many
    points are known of how much weight, and between what the score lies; `band`, `coefficient` and `variable_paid`
    are null unless both ends give the same. Only who is paid a percent of sales has `percent_paid` (beside
    `variable_paid`) and how it comes about. A team's revenue that misses rows says so under `without`.
    """
    results = scored.results
    lines = {line.code: line for line in scored.payroll.lines} if scored.payroll else {}
    return {
        "client": scored.client,
        "month": str(results.month),
        "rulebook": results.rulebook,
        "final": results.final,
        "employees": [
            _employee_record(employee, lines.get(employee.code), scored.texts)
            for employee in results.employees
        ],
        "team": _team_record(results.team),
        "causes": [
            {"code": code, **_causes_record(diagnosis, scored.texts)}
            for code, diagnosis in (
                (None, results.team.diagnosis),
                *(
                    (employee.code, employee.diagnosis)
                    for employee in results.employees
                    if employee.role is Role.MANAGER
                ),
            )
            if diagnosis is not None
        ],
        "funnel": [_funnel_record(row) for row in results.funnel],
        "forecast": [_forecast_record(forecast) for forecast in results.forecast],
        "checklist": [
            {"kind": item.kind, "code": item.code, "text": checklist_sentence(item, scored.texts)}
            for item in results.checklist
        ],
        "problems": [_problem_record(problem, scored) for problem in scored.problems],
    }


def _team_record(team: TeamResult) -> dict[str, Any]:
    record: dict[str, Any] = {"revenue": _tenge(team.revenue_tiyn), "plan": _tenge(team.plan_tiyn)}
    fact = team.facts.get("revenue")
    if fact is not None and fact.state is State.NO_DATA and fact.partial is None:
        record["revenue"] = None
    elif fact is not None and fact.partial is not None:
        partial = fact.partial
        without = {
            "unread_rows": partial.unread_rows,
            "missing_reports": partial.missing_reports,
            "silent_people": partial.silent_people,
        }
        record |= {"revenue": _tenge(partial.value), "without": without}
    return record


def _employee_record(employee: EmployeeResult, line: PayLine | None, texts: Texts) -> dict[str, Any]:
    band = employee.band
    record: dict[str, Any] = {
        "code": employee.code,
        "name": employee.name,
        "score": _exact(employee.score),
        "score_percent": employee.score_percent,
        "band": band.id if band else None,
        "coefficient": exact_text(band.coefficient) if band else None,
        "text": total_sentence(employee, texts),
        "kpis": [_kpi_record(kpi, employee, texts) for kpi in employee.kpis],
    }
    if known := employee.known:
        record["known"] = known_record(known)
    if line is not None:
        unknown = line.preliminary and line.band_id is None
        record["variable_full"] = _tenge(line.variable_full_tiyn)
        record["variable_paid"] = None if unknown else _tenge(line.variable_accrued_tiyn)
        if line.percents:
            record["percent_paid"] = None if line.preliminary else _tenge(line.percent_tiyn)
            record["percent_text"] = percent_sentences(line, texts)
    return record


def _kpi_record(result: KpiResult, employee: EmployeeResult, texts: Texts) -> dict[str, Any]:
    is_money = result.kpi.compared.unit is Unit.TIYN
    return {
        "id": result.kpi.id,
        **({"only_where": str(result.kpi.only_where)} if result.kpi.only_where else {}),
        "fact": (_tenge if is_money else _exact)(result.fact),
        "target": (_tenge if is_money else _exact)(result.target),
        "achievement": _exact(result.achievement_fraction),
        "weight": exact_text(shown_weight(result)),
        "points": _exact(result.points),
        "state": str(result.state),
        "text": kpi_sentence(result, employee, texts),
    }


def _causes_record(diagnosis: Diagnosis, texts: Texts) -> dict[str, Any]:
    return {
        "plan": _tenge(diagnosis.plan_tiyn),
        "revenue": _tenge(diagnosis.revenue_tiyn),
        "gap": _tenge(diagnosis.gap_tiyn),
        "parts": [{**_words(part, texts), "amount": _tenge(part.amount_tiyn)} for part in diagnosis.parts],
        "signals": [_words(signal, texts) for signal in diagnosis.signals],
    }


def _words(cause: Cause, texts: Texts) -> dict[str, Any]:
    words = cause_words(cause, texts)
    return {"id": cause.id, "name": words.name, "meaning": words.meaning, "check": words.check}


def _funnel_record(row: FunnelRow) -> dict[str, Any]:
    """Write a stage; `source` null = all sources, "" = none given."""
    return {
        "source": row.source,
        "stage": row.stage,
        "count": row.count,
        "share": _exact(row.share_fraction),
        "norm": _exact(row.norm_fraction),
        "gain": _tenge(row.gain_tiyn),
        "bottleneck": row.bottleneck,
    }


def _forecast_record(forecast: Forecast) -> dict[str, Any]:
    record = forecast.record
    return {
        "code": forecast.code,
        "expected": _tenge(forecast.expected_tiyn),
        "low": _tenge(forecast.low_tiyn),
        "high": _tenge(forecast.high_tiyn),
        "record": record
        and {"months": record.months, "inside": record.inside, "error_percent": record.error_percent},
    }


def _problem_record(problem: Problem, scored: ScoredFile) -> dict[str, str]:
    tab, cell = scored.located.address(problem.place) if problem.place.tab else ("", "")
    return {
        "code": problem.code,
        "severity": str(problem.severity),
        "tab": tab,
        "cell": cell,
        "what": scored.texts.what(problem),
        "fix": scored.texts.fix(problem),
    }


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else exact_text(value)


def _tenge(amount_tiyn: Fraction | int | None) -> str | None:
    return None if amount_tiyn is None else exact_text(Fraction(amount_tiyn) / TIYN_PER_TENGE)
