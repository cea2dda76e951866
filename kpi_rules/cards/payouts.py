"""From scores to pay: base and variable pro rata, corrections paid once and forward (behaviour §5, §7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from kpi_rules.cards.percents import percent_of_sales, percent_tiyn, unapproved_percent
from kpi_rules.cards.results import (
    EmployeeResult,
    MonthResults,
    PaidCorrection,
    PayLine,
    Payroll,
    PercentPart,
)
from kpi_rules.exact import TIYN_PER_TENGE, exact_text, whole_tenge_tiyn
from kpi_rules.facts.inputs import Correction, MonthInputs, Salary
from kpi_rules.facts.percents import percents_of
from kpi_rules.problems import Place, Problem, blocking, warning
from kpi_rules.rulebook.model import Role
from kpi_rules.time.labour_law import minimum_wage
from kpi_rules.time.periods import Month


@dataclass(frozen=True)
class _Pay:
    """What one employee is due before corrections, in tiyn."""

    base_tiyn: int = 0
    base_accrued_tiyn: int = 0
    variable_full_tiyn: int = 0
    coefficient: Fraction = Fraction(0)
    variable_accrued_tiyn: int = 0
    percents: tuple[PercentPart, ...] = ()
    percent_unknown: bool = False


def pay(
    results: MonthResults,
    inputs: MonthInputs,
    salaries: Sequence[Salary],
    corrections: Sequence[Correction],
    paid_numbers: frozenset[str] = frozenset(),
    carried_in_tiyn: Mapping[str, int] | None = None,
) -> tuple[Payroll, list[Problem]]:
    """Make the payroll of a month: a line for everybody employed, and for whom something is still open.

    `paid_numbers` are the corrections of earlier closed months, `carried_in_tiyn` (≤ 0 by code) what of
    negative ones is still to be taken. A negative correction takes at most this month's variable part, the percent
    of sales with it; base pay and positive corrections are never touched by it. The problems say where a salary is
    missing, where the head's own is not approved, what of «Корректировки» can not be paid, and which percent of
    sales can not be told.
    """
    carried = {code: tiyn for code, tiyn in (carried_in_tiyn or {}).items() if tiyn}
    due, problems = _due_corrections(corrections, paid_numbers, results.month, _names(inputs))
    by_code = {employee.code: employee for employee in results.employees}
    lines = []
    for code in sorted({*by_code, *due, *carried}, key=lambda code: (code not in by_code, code)):
        employee = by_code.get(code)
        accrued = _Pay()
        if employee is not None:
            salary, lacks = _salary(employee, salaries, results.month)
            problems += [*lacks, *_below_minimum(employee, salary, results.month)]
            parts, lacks = percent_of_sales(employee, inputs.percents, inputs.policies, results.month)
            problems += lacks
            accrued = replace(_accrued(employee, salary), percents=parts, percent_unknown=bool(lacks))
        name = employee.name if employee else _names(inputs).get(code, code)
        lines.append(_line(code, name, employee, accrued, due.get(code, []), carried.get(code, 0)))
    return Payroll(results.month, results.rulebook, tuple(lines), inputs.settings.vat), problems


def salary_twice(salary: Salary) -> Problem:
    """Name a row of «Оклады» that shares employee and first month with another."""
    value = f"{salary.code} · {salary.from_month}"
    place = Place("salaries", salary.row, "from_month")
    return blocking("salary_twice", place, salary.code, value=value, month=salary.from_month)


def unapproved_own_pay(inputs: MonthInputs, salaries: Sequence[Salary], head_email: str) -> list[Problem]:
    """Name unapproved salary and percents of whoever has the head's e-mail, in whatever role «Сотрудники» lists them.

    Nobody approves their own pay: the head fills «Сотрудники», so the role there is the head's own word. The
    e-mail (lower case) is the one that the client was deployed with.
    """
    unapproved = []
    for stint in inputs.staff:
        if not head_email or stint.email.strip().lower() != head_email or stint.role is Role.HEAD:
            continue
        own = [row for row in salaries if row.code == stint.code and row.from_month <= inputs.month]
        latest = max(own, key=lambda row: row.from_month, default=None)
        if latest is not None and not latest.approved:
            place = Place("salaries", latest.row, "from_month")
            who = {"employee": stint.code, "name": stint.name, "month": str(inputs.month)}
            unapproved.append(blocking("head_salary_not_approved", place, **who))
        unapproved += [
            unapproved_percent(row, stint.code, stint.name, inputs.month)
            for row in percents_of(inputs.percents, stint.code, stint.role)
            if not row.approved
        ]
    return unapproved


def correction_twice(correction: Correction) -> Problem:
    """Name a row of «Корректировки» that shares its № with another."""
    place = Place("corrections", correction.row, "number")
    return blocking(
        "correction_twice", place, correction.code, value=correction.number, month=correction.for_month
    )


def _names(inputs: MonthInputs) -> dict[str, str]:
    return {stint.code: stint.name for stint in inputs.staff}


def _due_corrections(
    corrections: Iterable[Correction], paid_numbers: frozenset[str], month: Month, names: Mapping[str, str]
) -> tuple[dict[str, list[PaidCorrection]], list[Problem]]:
    """Sort out what is paid now: approved, with a reason, not paid before, for this month or an earlier one."""
    due: dict[str, list[PaidCorrection]] = {}
    problems = []
    known = list(corrections)
    counts = [correction.number for correction in known]
    for correction in sorted(known, key=lambda correction: correction.number):
        place = Place("corrections", correction.row, "number")
        number, who = correction.number, {"number": correction.number, "employee": correction.code}
        if number in paid_numbers or correction.for_month > month:
            continue
        if counts.count(number) > 1:
            problems.append(correction_twice(correction))
        elif not correction.reason.strip():
            problems.append(blocking("correction_without_reason", place, **who))
        elif correction.code not in names:
            problems.append(blocking("correction_of_unknown", place, **who))
        elif not correction.approved:
            problems.append(warning("correction_not_approved", place, **who))
        else:
            amount = whole_tenge_tiyn(correction.amount_tiyn)
            if amount == 0:
                problems.append(warning("correction_of_nothing", place, **who))
                continue
            paid = PaidCorrection(number, correction.for_month, amount, correction.reason)
            due.setdefault(correction.code, []).append(paid)
    return due, problems


def _salary(
    employee: EmployeeResult, salaries: Iterable[Salary], month: Month
) -> tuple[Salary | None, list[Problem]]:
    """Find the row that holds in the month; nobody approves their own, so the head's needs the owner's tick."""
    own = [salary for salary in salaries if salary.code == employee.code and salary.from_month <= month]
    latest = max(own, key=lambda salary: salary.from_month, default=None)
    who = {"employee": employee.code, "name": employee.name, "month": str(month)}
    if latest is None:
        if employee.worked_days == 0:
            return None, []
        return None, [blocking("salary_missing", Place("salaries"), **who)]
    place = Place("salaries", latest.row, "from_month")
    if sum(salary.from_month == latest.from_month for salary in own) > 1:
        return None, [salary_twice(salary) for salary in own if salary.from_month == latest.from_month]
    if employee.role is Role.HEAD and not latest.approved:
        return None, [blocking("head_salary_not_approved", place, **who)]
    return latest, []


def _below_minimum(employee: EmployeeResult, salary: Salary | None, month: Month) -> list[Problem]:
    """Hint at a base salary below the minimum wage at full norm; whether that may be is a lawyer's question."""
    least = minimum_wage(month)
    if salary is None or least is None or employee.worked_days == 0 or salary.base_tiyn >= least.amount_tiyn:
        return []
    place = Place("salaries", salary.row, "base_tiyn")
    minimum = exact_text(Fraction(least.amount_tiyn, TIYN_PER_TENGE))
    blanks = {"name": employee.name, "month": str(month), "minimum": minimum, "since": str(least.from_month)}
    return [warning("salary_below_minimum", place, employee.code, **blanks, years=least.budget_years)]


def _accrued(employee: EmployeeResult, salary: Salary | None) -> _Pay:
    if salary is None:
        return _Pay()
    coefficient = employee.band.coefficient if employee.band else Fraction(0)
    share = employee.worked_fraction
    return _Pay(
        base_tiyn=salary.base_tiyn,
        base_accrued_tiyn=whole_tenge_tiyn(salary.base_tiyn * share),
        variable_full_tiyn=salary.variable_tiyn,
        coefficient=coefficient,
        variable_accrued_tiyn=whole_tenge_tiyn(salary.variable_tiyn * coefficient * share),
    )


def _line(
    code: str,
    name: str,
    employee: EmployeeResult | None,
    accrued: _Pay,
    corrections: Sequence[PaidCorrection],
    carried_in_tiyn: int,
) -> PayLine:
    percent = percent_tiyn(accrued.percents)
    variable = accrued.variable_accrued_tiyn + max(percent, 0)
    positive = sum(max(correction.amount_tiyn, 0) for correction in corrections)
    owed = -carried_in_tiyn - sum(min(amount, 0) for amount in (percent, *_amounts(corrections)))
    taken = min(owed, variable)
    return PayLine(
        code=code,
        name=name,
        norm_days=employee.norm_days if employee else 0,
        worked_days=employee.worked_days if employee else 0,
        base_tiyn=accrued.base_tiyn,
        base_accrued_tiyn=accrued.base_accrued_tiyn,
        variable_full_tiyn=accrued.variable_full_tiyn,
        score_percent=employee.score_percent if employee else None,
        band_id=employee.band.id if employee and employee.band else None,
        coefficient=accrued.coefficient,
        variable_accrued_tiyn=accrued.variable_accrued_tiyn,
        corrections=tuple(corrections),
        carried_in_tiyn=carried_in_tiyn,
        carried_out_tiyn=taken - owed,
        total_tiyn=accrued.base_accrued_tiyn + variable + positive - taken,
        preliminary=employee is not None and (employee.preliminary or accrued.percent_unknown),
        percent_tiyn=percent,
        percents=accrued.percents,
    )


def _amounts(corrections: Iterable[PaidCorrection]) -> Iterator[int]:
    return (correction.amount_tiyn for correction in corrections)
