"""Results and payroll as plain JSON values; of the results all is written only, the payroll is read as well."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import MISSING, fields
from datetime import UTC
from fractions import Fraction
from typing import Any

from kpi_rules.cards.results import (
    Cause,
    Diagnosis,
    EmployeeResult,
    Known,
    KpiResult,
    MonthResults,
    PaidCorrection,
    PayLine,
    Payroll,
    PercentPart,
)
from kpi_rules.exact import exact_number, exact_text
from kpi_rules.measures.facts import Fact
from kpi_rules.problems import Place, Problem, Severity
from kpi_rules.time.periods import Month


def results_record(results: MonthResults, measures: Collection[str] | None = None) -> dict[str, Any]:
    """Write the results of a month, with the facts of these measures (None: all that were asked for)."""
    team = results.team
    named = team.facts.keys() if measures is None else measures
    return {
        "month": str(results.month),
        "rulebook": results.rulebook,
        "as_of_at": results.as_of_at.astimezone(UTC).isoformat(),
        "final": results.final,
        "employees": [_employee(employee, named) for employee in results.employees],
        "team": {
            "revenue_tiyn": team.revenue_tiyn,
            "plan_tiyn": team.plan_tiyn,
            "plan_to_date_tiyn": team.plan_to_date_tiyn,
            "facts": _facts(team.facts, named),
            "diagnosis": _diagnosis(team.diagnosis),
        },
        "funnel": [
            {
                "source": row.source,
                "stage": row.stage,
                "count": row.count,
                "share": _exact(row.share_fraction),
                "norm": _exact(row.norm_fraction),
                "gain_tiyn": row.gain_tiyn,
                "bottleneck": row.bottleneck,
            }
            for row in results.funnel
        ],
        "forecast": [
            {
                "code": row.code,
                "expected_tiyn": row.expected_tiyn,
                "low_tiyn": row.low_tiyn,
                "high_tiyn": row.high_tiyn,
                "record": None
                if row.record is None
                else {
                    "months": row.record.months,
                    "inside": row.record.inside,
                    "error_percent": row.record.error_percent,
                },
            }
            for row in results.forecast
        ],
        "checklist": [
            {"kind": item.kind, "code": item.code, "params": dict(sorted(item.params.items()))}
            for item in results.checklist
        ],
        "problems": problem_records(results.problems),
    }


def payroll_record(payroll: Payroll) -> dict[str, Any]:
    """Write a payroll."""
    return {
        "month": str(payroll.month),
        "rulebook": payroll.rulebook,
        "lines": [_line(line) for line in payroll.lines],
        **({"vat": payroll.vat} if payroll.vat else {}),
    }


def payroll_from_record(record: Mapping[str, Any]) -> Payroll:
    """Read a payroll as it was sealed: what was paid is never worked out anew."""
    lines = tuple(_line_of(line) for line in record["lines"])
    return Payroll(Month.parse(record["month"]), record["rulebook"], lines, record.get("vat", ""))


def problem_records(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Write problems, each once and in one order, without the sheet's row numbers."""
    records = [
        {
            "code": problem.code,
            "severity": problem.severity.value,
            "tab": problem.place.tab,
            "column": problem.place.column,
            "employee": problem.employee,
            "params": dict(sorted(problem.params.items())),
        }
        for problem in problems
    ]
    by_text = {json.dumps(record, ensure_ascii=False, sort_keys=True): record for record in records}
    return [by_text[text] for text in sorted(by_text)]


def problem_from_record(record: Mapping[str, Any]) -> Problem:
    """Read a problem; its row is unknown."""
    return Problem(
        record["code"],
        Severity(record["severity"]),
        Place(record["tab"], None, record["column"]),
        dict(record["params"]),
        record["employee"],
    )


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else exact_text(value)


def _facts(facts: Mapping[str, Fact], measures: Collection[str]) -> dict[str, Any]:
    return {
        name: {"state": fact.state.value, "value": _exact(fact.value), "reason": fact.reason}
        for name, fact in sorted(facts.items())
        if name in measures
    }


def _employee(employee: EmployeeResult, measures: Collection[str]) -> dict[str, Any]:
    return {
        "code": employee.code,
        "name": employee.name,
        "role": employee.role.value,
        "norm_days": employee.norm_days,
        "worked_days": employee.worked_days,
        "worked_fraction": exact_text(employee.worked_fraction),
        "plan_tiyn": employee.plan_tiyn,
        "plan_to_date_tiyn": employee.plan_to_date_tiyn,
        "kpis": [_kpi(result) for result in employee.kpis],
        "facts": _facts(employee.facts, measures),
        "score": _exact(employee.score),
        "score_percent": employee.score_percent,
        "band": None if employee.band is None else employee.band.id,
        "coefficient": None if employee.band is None else exact_text(employee.band.coefficient),
        "preliminary": employee.preliminary,
        "reason": employee.reason,
        "diagnosis": _diagnosis(employee.diagnosis),
        **({} if employee.known is None else {"known": known_record(employee.known)}),
    }


def known_record(known: Known) -> dict[str, str]:
    """Write what is known of a score while data are missing."""
    return {
        "weight": exact_text(known.weight_percent),
        "points": exact_text(known.points),
        "low": exact_text(known.low),
        "high": exact_text(known.high),
    }


def _kpi(result: KpiResult) -> dict[str, Any]:
    return {
        "id": result.kpi.id,
        "state": result.state.value,
        "fact": _exact(result.fact),
        "target": _exact(result.target),
        "achievement": _exact(result.achievement_fraction),
        "weight": exact_text(result.kpi.weight_percent),
        "effective_weight": _exact(result.effective_weight_percent),
        "points": _exact(result.points),
        "reason": result.reason,
    }


def _diagnosis(diagnosis: Diagnosis | None) -> dict[str, Any] | None:
    if diagnosis is None:
        return None
    return {
        "plan_tiyn": diagnosis.plan_tiyn,
        "revenue_tiyn": diagnosis.revenue_tiyn,
        "gap_tiyn": diagnosis.gap_tiyn,
        "parts": [_cause(cause) for cause in diagnosis.parts],
        "signals": [_cause(cause) for cause in diagnosis.signals],
    }


def _cause(cause: Cause) -> dict[str, Any]:
    params = {name: _exact(value) for name, value in sorted(cause.params.items())}
    return {"id": cause.id, "amount_tiyn": cause.amount_tiyn, "params": params}


def _line(line: PayLine) -> dict[str, Any]:
    """Write a line: every field of the first form, later ones only where they say anything."""
    written = {
        field.name: getattr(line, field.name)
        for field in fields(line)
        if field.default is MISSING or getattr(line, field.name) != field.default
    }
    del written["band_id"]
    if line.percents:
        written["percents"] = [_percent(part) for part in line.percents]
    return {
        **written,
        "band": line.band_id,
        "coefficient": exact_text(line.coefficient),
        "corrections": [
            {
                "number": paid.number,
                "for_month": str(paid.for_month),
                "amount_tiyn": paid.amount_tiyn,
                "reason": paid.reason,
            }
            for paid in line.corrections
        ],
    }


def _percent(part: PercentPart) -> dict[str, str | None]:
    return {
        "base": part.base,
        "from": exact_text(part.from_fraction),
        "rate": exact_text(part.rate_fraction),
        "part_tiyn": exact_text(part.part_tiyn),
        "coefficient": _exact(part.coefficient),
    }


def _percent_of(record: Mapping[str, Any]) -> PercentPart:
    coefficient = record["coefficient"]
    return PercentPart(
        base=record["base"],
        from_fraction=exact_number(record["from"]),
        rate_fraction=exact_number(record["rate"]),
        part_tiyn=exact_number(record["part_tiyn"]),
        coefficient=None if coefficient is None else exact_number(coefficient),
    )


def _line_of(record: Mapping[str, Any]) -> PayLine:
    plain = {name: value for name, value in record.items() if name != "band"}
    corrections = tuple(
        PaidCorrection(paid["number"], Month.parse(paid["for_month"]), paid["amount_tiyn"], paid["reason"])
        for paid in record["corrections"]
    )
    known = {
        "band_id": record["band"],
        "coefficient": exact_number(record["coefficient"]),
        "percents": tuple(_percent_of(part) for part in record.get("percents", ())),
    }
    return PayLine(**{**plain, **known, "corrections": corrections})
