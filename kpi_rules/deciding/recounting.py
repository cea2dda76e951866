"""A sealed month recounted from its record alone, byte for byte."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kpi_rules.cards.payouts import pay
from kpi_rules.cards.results import MonthResults
from kpi_rules.deciding.month import decide
from kpi_rules.records.months import (
    corrections_from_record,
    inputs_from_record,
    read_month,
    salaries_from_record,
)
from kpi_rules.records.results import payroll_record, problem_from_record, results_record


def recounted(record: Mapping[str, Any]) -> MonthResults:
    """Decide a sealed month again from its record alone, as of its close, with the problems of its time.

    Raises NewerFormError where a newer program sealed it.
    """
    record = read_month(record)
    problems = [problem_from_record(problem) for problem in record["problems"]]
    as_of_at = datetime.fromisoformat(record["as_of_at"])
    inputs = inputs_from_record(record["inputs"])
    return decide(inputs, as_of_at, final=record["final"], problems=problems, measures=record["measures"])


def recompute(record: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Recount a sealed month from its record alone: the results' and the payroll's record.

    Months of every form released so far give the bytes that were sealed. Raises NewerFormError where a newer
    program sealed it.
    """
    record = read_month(record)
    measures, results = record["measures"], recounted(record)
    if record["payroll"] is None:
        return results_record(results, measures), None
    payroll, _ = pay(
        results,
        inputs_from_record(record["inputs"]),
        salaries_from_record(record["salaries"]),
        corrections_from_record(record["corrections"]),
        frozenset(record["paid_numbers"]),
        record["carried_in_tiyn"],
    )
    return results_record(results, measures), payroll_record(payroll)
