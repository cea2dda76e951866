"""Missing data as problems: what keeps a card preliminary, and so the month open (behaviour §5)."""

from __future__ import annotations

from collections.abc import Sequence

from kpi_rules.cards.results import EmployeeResult, KpiResult
from kpi_rules.counting.own_measures import NO_VALUES
from kpi_rules.facts.inputs import VALUES, MonthInputs, PlanRow
from kpi_rules.measures.facts import State
from kpi_rules.problems import Place, Problem, blocking
from kpi_rules.rulebook.model import Role

_CODES = {
    "few_marks": "marks_missing",
    "missing_reports": "reports_missing",
    "no_leads_entered": "leads_not_entered",
    NO_VALUES: "values_missing",
}


def missing_data(inputs: MonthInputs, employees: Sequence[EmployeeResult]) -> list[Problem]:
    """Name what is missing for each card, once for each employee and thing.

    Cells that can not be read and rows that contradict themselves have problems of their own; «too early» is
    nothing to mend. What the head's card lacks is named where it is not the managers' lack already.
    """
    rows: dict[str, list[PlanRow]] = {}
    for row in inputs.plan:
        rows.setdefault(row.code, []).append(row)
    problems: list[Problem] = []
    for employee in employees:
        if employee.worked_days == 0:
            continue
        seen = set()
        for result in employee.kpis:
            problem = _problem(inputs, employee, result, rows.get(employee.code, []))
            if problem and (problem.code, problem.place) not in seen:
                seen.add((problem.code, problem.place))
                problems.append(problem)
    managers = {problem.code for problem in problems if problem.employee in _codes(employees, Role.MANAGER)}
    heads = _codes(employees, Role.HEAD)
    return [problem for problem in problems if not (problem.employee in heads and problem.code in managers)]


def _codes(employees: Sequence[EmployeeResult], role: Role) -> set[str]:
    return {employee.code for employee in employees if employee.role is role}


def _problem(
    inputs: MonthInputs, employee: EmployeeResult, result: KpiResult, plan: Sequence[PlanRow]
) -> Problem | None:
    who = {"employee": employee.code, "name": employee.name, "month": str(inputs.month)}
    if result.state is not State.NO_DATA or result.reason is None:
        return None
    if result.reason in {"no_plan", "no_target"}:
        field = result.kpi.target_field or ""
        entered = [row for row in plan if row.targets.get(field) is not None or field in row.bad]
        if len(plan) > 1 or entered:
            # Two rows, or a target that can not be used, are named already.
            return None
        place = Place("plan", plan[0].row if plan else None, field)
        if result.reason == "no_plan":
            return blocking("plan_missing", place, **who)
        return blocking("target_missing", place, kpi=result.kpi.id, **who)
    if result.reason in _CODES:
        facts = inputs.marks if result.reason == "few_marks" else inputs.facts
        tab = VALUES if result.reason == NO_VALUES else facts.tab.key
        return blocking(_CODES[result.reason], Place(tab), kpi=result.kpi.id, **who)
    return None
