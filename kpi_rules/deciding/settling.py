"""Which problems can still change a score or a pay of this month, and which only warn (behaviour §4, §7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from kpi_rules.cards.filling import doubt_card
from kpi_rules.cards.results import EmployeeResult
from kpi_rules.checks.payments import payment_codes
from kpi_rules.facts.inputs import VALUES, MonthInputs
from kpi_rules.facts.payments import PAYMENTS
from kpi_rules.facts.tab_months import TAB_MONTHS, UNDER_EVERY_CARD, RowsHold
from kpi_rules.measures.facts import State
from kpi_rules.measures.measure import Measure
from kpi_rules.policies import RAMP_MONTHS
from kpi_rules.problems import Problem, Severity
from kpi_rules.rulebook.model import Role
from kpi_rules.time.periods import Month

_HEADER_ROW = 1
"""What is wrong with a header concerns every row below it, whatever month it is of."""
_OF_ANY_MONTH = frozenset({"row_of_hints"})
"""Rows of which nothing can be read, so that they are not read: they might be of any month."""


def settled(
    problems: Iterable[Problem], inputs: MonthInputs, employees: Sequence[EmployeeResult]
) -> list[Problem]:
    """Let those problems only warn that can not change a score of this month, and drop repeats.

    A row that two share concerns both; one that does not tell whose it is too concerns everybody, so that it blocks
    until it is mended or excluded. They can not if their row belongs to another month (its own, or `month` of the params), is a salary or a
    correction of a later one, or was excluded; nor if nothing is unknown on the card of the employee
    concerned and on the heads' cards (the KPI is not scored, or was decided).
    """
    given = list(problems)
    rows = {problem.place.row for problem in given if problem.place.row is not None}
    codes: dict[str, Mapping[int, object]] = {"plan": {row.row: row.code for row in inputs.plan}}
    for facts in (inputs.facts, inputs.marks):
        named = facts.rows.chosen(facts.rows.is_one_of("row", rows))
        codes[facts.tab.key] = dict(zip(named.plain("row"), named.plain("code"), strict=True))
    codes[PAYMENTS] = payment_codes(inputs)
    codes[VALUES] = {value.row: value.code for value in inputs.values}
    beside = _beside(inputs)
    unknown = {
        employee.code
        for employee in employees
        if any(result.state is State.NO_DATA for result in employee.kpis)
    }
    heads = {employee.code for employee in employees if employee.role is Role.HEAD}
    kept: dict[tuple[object, ...], Problem] = {}
    for problem in given:
        weighed = problem
        if problem.blocks and (
            _of_another_month(problem, inputs.month)
            or (
                _is_known(problem, codes, unknown, heads_unknown=bool(heads & unknown))
                and not _concerns_another(problem, inputs, beside, unknown)
            )
        ):
            weighed = replace(problem, severity=Severity.WARNING)
        params = tuple(sorted(weighed.params.items()))
        kept.setdefault((weighed.code, weighed.severity, weighed.place, weighed.employee, params), weighed)
    return list(kept.values())


def _beside(inputs: MonthInputs) -> Mapping[int, str | None]:
    """Tell by sheet row who may have a part of a deal beside its manager; None: nobody can tell who."""
    sharing, rows = inputs.facts.sharing, inputs.facts.rows["row"]
    named = {row.place: row.second for row in sharing.rows} | dict(sharing.unclear)
    return {int(rows[place]): second for place, second in named.items()}


def _concerns_another(
    problem: Problem, inputs: MonthInputs, beside: Mapping[int, str | None], unknown: Set[str]
) -> bool:
    row = problem.place.row or 0
    if problem.place.tab != inputs.facts.tab.key or row not in beside:
        return False
    second = beside[row]
    return second is None or second in unknown


def doubted(
    problems: Iterable[Problem], inputs: MonthInputs, employees: Sequence[EmployeeResult]
) -> tuple[EmployeeResult, ...]:
    """Let those KPIs be unknown that stand on staff, absences, settings or rules in which something blocks.

    Days, norms, hours and weights come out of these tabs: what concerns one employee concerns that card and the
    heads' cards, hours and weights every card. The head's targets are weighted by the managers' days, so that days
    in doubt leave nothing of that card known. A row of staff or absences of which nobody can tell whose it is moves
    no figure of anybody, but every card is open until it is mended.
    """
    blocking = [problem for problem in problems if problem.blocks and problem.place.tab in UNDER_EVERY_CARD]
    cards = []
    for employee in employees:
        is_head = employee.role is Role.HEAD
        named = [each for each in blocking if not _is_nameless(each)]
        concerned = [each for each in named if is_head or each.employee in {None, employee.code}]
        doubtful = {
            result.kpi.id
            for result in employee.kpis
            for problem in concerned
            if _feeds(problem, result.kpi.measured, inputs, is_head=is_head)
        }
        card = doubt_card(employee, doubtful, inputs.rulebook.bands) if doubtful else employee
        cards.append(replace(card, preliminary=True) if len(named) < len(blocking) else card)
    return tuple(cards)


def _is_nameless(problem: Problem) -> bool:
    """Tell whether it is about one row of a tab whose rows are somebody's, and nobody knows whose this one is."""
    of_people = problem.place.tab in {"staff", "absences"}
    return of_people and problem.employee is None and problem.place.row not in {None, _HEADER_ROW}


_DAY_COLUMNS = frozenset({"hired_on", "left_on", "week_days"})
"""The columns of «Сотрудники» out of which worked days come."""


def _feeds(problem: Problem, measure: Measure, inputs: MonthInputs, *, is_head: bool) -> bool:
    """Tell whether a KPI's points hang on what a problem leaves in doubt."""
    by_hours = inputs.facts.of_leads and measure.is_of_waits
    if problem.place.tab == "settings":
        return by_hours
    of_days = problem.place.tab == "absences" or problem.place.column in _DAY_COLUMNS
    if is_head or not of_days or problem.place.tab == "rules" or inputs.policies[RAMP_MONTHS]:
        return True
    return by_hours or measure.additive or measure.of_marks


def _holds(problem: Problem) -> RowsHold | None:
    return TAB_MONTHS.get(problem.place.tab)


def _of_another_month(problem: Problem, month: Month) -> bool:
    try:
        own = Month.parse(problem.params.get("month", ""))
    except ValueError:
        return False
    if _holds(problem) is RowsHold.ONE_MONTH:
        return own != month
    # An earlier salary still holds, an earlier correction is still due.
    return _holds(problem) is RowsHold.FROM_MONTH and own > month


def _is_known(
    problem: Problem, codes: Mapping[str, Mapping[int, object]], unknown: Set[str], *, heads_unknown: bool
) -> bool:
    """Tell whether the cards concerned stand without what the problem's row says."""
    tab, row = problem.place.tab, problem.place.row
    if tab not in codes or row == _HEADER_ROW or problem.code in _OF_ANY_MONTH:
        return False
    code = codes[tab].get(row) if row is not None else None
    if row is not None and row not in codes[tab]:
        # A row of days or deals that was not selected is of another month; a plan row could be of this one.
        return tab != "plan"
    employee = problem.employee or (code if isinstance(code, str) else None)
    return employee is not None and employee not in unknown and not heads_unknown
