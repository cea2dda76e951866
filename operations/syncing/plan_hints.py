"""What the months before say of a plan: proposed to the head, never entered by the system (behaviour §6, §7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType

import numpy as np

from kpi_rules.cards.results import MonthResults
from kpi_rules.cards.targets import needed_targets
from kpi_rules.measures.catalogue import MEASURES, proposing
from kpi_rules.measures.targets import REVENUE
from kpi_rules.outlook.plan_hints import PlanProposal, plan_hints
from kpi_rules.rulebook.model import Role
from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.periods import Month, WorkingCalendar
from operations.facts.chain import BookFacts, decide_month
from operations.facts.held_months import HeldMonth
from sheets_sync.reading.books import ReadWorkbook

HISTORY_MONTHS = 3
LEAST_MONTHS = 2
"""One month is no history: its median is the month itself."""
BEGINNING = timedelta(days=7)
"""A month in which the entries begin later than so is a part of a month and says nothing of a plan."""
SHOWN_FROM_DAY = 20
"""From this day on the plan of the next month is worth thinking about."""
NOTHING_HELD: Mapping[Month, HeldMonth] = MappingProxyType({})
NOTHING_SEALED: Mapping[Month, MonthResults] = MappingProxyType({})


def planned_next(today: date) -> Month:
    """Give the month whose plan is on the table: this one, late in the month the next."""
    return Month.of(today).plus(1 if today.day >= SHOWN_FROM_DAY else 0)


def without_plan(workbook: ReadWorkbook, month: Month) -> frozenset[str]:
    """Name the managers employed in a month for whom «План» holds no revenue."""
    planned = {
        row.code
        for row in workbook.inputs.plan
        if row.month == month and row.targets.get(REVENUE) is not None
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
    facts: BookFacts,
    month: Month,
    now: datetime,
    calendar: WorkingCalendar,
    *,
    codes: frozenset[str] | None = None,
    held: Mapping[Month, HeldMonth] = NOTHING_HELD,
    sealed: Mapping[Month, MonthResults] = NOTHING_SEALED,
) -> PlanProposal:
    """Propose targets for a month out of the last three that are over, of the measures that its rules compare.

    Args:
        facts: what people entered.
        month: the month to plan.
        now: the moment (aware).
        calendar: the client's calendar, around the month.
        codes: for whom; None: all managers employed in the month.
        held: months as the ledger holds them; others are looked at as months that have not opened.
        sealed: results of closed months, which stand instead of what the workbook shows of these.
    """
    books = facts.books
    today, begun_on = books.layout.workbook.local_time(now).date(), _begun_on(books.workbook)
    anchor = min(month, Month.of(today))
    history = []
    for before in (anchor.plus(-back) for back in range(HISTORY_MONTHS, 0, -1)):
        results = sealed.get(before)
        if results is None and begun_on is not None and begun_on <= before.first_on + BEGINNING:
            live = held.get(before) or HeldMonth(before, MonthState.PLANNING, calendar)
            results = decide_month(facts, live, now, final=True).results
        if results and (results.team.revenue_tiyn or any(row.count for row in results.funnel)):
            history.append(results)
    if len(history) < LEAST_MONTHS:
        return PlanProposal(month, tuple(results.month for results in history), ())
    rules = books.rules_entered(month) or books.built_in
    fields = needed_targets(rules, with_head=True, also_told=True)
    measures = [measure for measure in proposing() if MEASURES[measure].target in fields]
    wanted = _managers(books.workbook, month) if codes is None else codes
    hints = [hint for hint in plan_hints(history) if hint.code in wanted and hint.measure in measures]
    hints.sort(key=lambda hint: (hint.code, measures.index(hint.measure)))
    return PlanProposal(month, tuple(results.month for results in history), tuple(hints))


def _begun_on(workbook: ReadWorkbook) -> date | None:
    """Give the first day of which anything was entered: the month in which that was may be a part of one."""
    facts = workbook.inputs.facts
    dated = ("arrived_at", "paid_on") if facts.of_leads else ("on",)
    days = (facts.rows[name].astype("datetime64[D]") for name in dated)
    known = (entered[~np.isnat(entered)] for entered in days)
    return min((entered.min().item() for entered in known if len(entered)), default=None)
