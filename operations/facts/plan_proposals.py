"""What the months before say of a plan: proposed to the head, never entered by the system (behaviour §6, §7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType

import pandas as pd

from kpi_rules.cards.results import MonthResults
from kpi_rules.cards.targets import needed_targets
from kpi_rules.deciding.month import decide
from kpi_rules.facts.inputs import PayrollInputs
from kpi_rules.facts.selection import select_month
from kpi_rules.measures.catalogue import MEASURES
from kpi_rules.outlook.plan_hints import HINTED, PlanProposal, plan_hints
from kpi_rules.rulebook.model import Role, Rulebook
from kpi_rules.time.periods import Month, WorkingCalendar
from sheets_sync.reading.books import ReadWorkbook

HISTORY_MONTHS = 3
LEAST_MONTHS = 2
"""One month is no history: its median is the month itself."""
BEGINNING = timedelta(days=7)
"""A month in which the entries begin later than so is a part of a month and says nothing of a plan."""
SHOWN_FROM_DAY = 20
"""From this day on the plan of the next month is worth thinking about."""
NOTHING_SEALED: Mapping[Month, MonthResults] = MappingProxyType({})


def planned_next(today: date) -> Month:
    """Give the month whose plan is on the table: this one, late in the month the next."""
    return Month.of(today).plus(1 if today.day >= SHOWN_FROM_DAY else 0)


def without_plan(workbook: ReadWorkbook, month: Month) -> frozenset[str]:
    """Name the managers employed in a month for whom «План» holds no revenue."""
    planned = {
        row.code for row in workbook.inputs.plan if row.month == month and row.revenue_tiyn is not None
    }
    return _managers(workbook, month) - planned


def _managers(workbook: ReadWorkbook, month: Month) -> frozenset[str]:
    return frozenset(
        stint.code
        for stint in workbook.inputs.staff
        if stint.role is Role.MANAGER
        and stint.hired_on <= month.last_on
        and (stint.left_on is None or stint.left_on >= month.first_on)
    )


def propose_plan(
    workbook: ReadWorkbook,
    month: Month,
    now: datetime,
    today: date,
    built_in: Rulebook,
    calendar: WorkingCalendar,
    *,
    codes: frozenset[str] | None = None,
    sealed: Mapping[Month, MonthResults] = NOTHING_SEALED,
) -> PlanProposal:
    """Propose targets for a month out of the last three that are over, of the measures that its rules compare.

    Args:
        workbook: what people entered.
        month: the month to plan.
        now: the moment (aware).
        today: the client's day.
        built_in: the rules where «Правила» has none in force.
        calendar: the client's calendar, around the month.
        codes: for whom; None: all managers employed in the month.
        sealed: results of closed months, which stand instead of what the workbook shows of these.
    """
    anchor, begun_on = min(month, Month.of(today)), _begun_on(workbook)
    history = []
    for before in (anchor.plus(-back) for back in range(HISTORY_MONTHS, 0, -1)):
        found = sealed.get(before)
        if found is None and begun_on is not None and begun_on <= before.first_on + BEGINNING:
            found = _live_results(workbook, before, now, built_in, calendar)
        if found and (found.team.revenue_tiyn or any(row.count for row in found.funnel)):
            history.append(found)
    if len(history) < LEAST_MONTHS:
        return PlanProposal(month, tuple(found.month for found in history), ())
    rules = workbook.rules_in_force(month) or built_in
    fields = needed_targets(rules, with_head=True)
    measures = [measure for measure in HINTED if MEASURES[measure].target in fields]
    wanted = _managers(workbook, month) if codes is None else codes
    hints = [hint for hint in plan_hints(history) if hint.code in wanted and hint.measure in measures]
    hints.sort(key=lambda hint: (hint.code, measures.index(hint.measure)))
    return PlanProposal(month, tuple(found.month for found in history), tuple(hints))


def _begun_on(workbook: ReadWorkbook) -> date | None:
    """Give the first day of which anything was entered: the month in which that was may be a part of one."""
    deals, reports = workbook.inputs.deals, workbook.inputs.reports
    moments = [column.min() for column in (deals["arrived_at"], deals["paid_on"], reports["on"])]
    return min((moment.date() for moment in moments if not pd.isna(moment)), default=None)


def _live_results(
    workbook: ReadWorkbook, month: Month, now: datetime, built_in: Rulebook, calendar: WorkingCalendar
) -> MonthResults:
    rules = workbook.rules_in_force(month) or built_in
    inputs = select_month(workbook.inputs, PayrollInputs(), month, rules, calendar)
    return decide(inputs, now, final=True)
