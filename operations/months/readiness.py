"""Is a month ready to close? Both books read once, scored as a whole, and what stands in the way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from kpi_rules.cards.payouts import unapproved_own_salary
from kpi_rules.facts.inputs import Objection
from kpi_rules.problems import Problem
from kpi_rules.time.lifecycle import MonthDates, month_dates
from kpi_rules.time.periods import Month
from kpi_rules.words.said import Said, said
from ledger import Client, MonthRecord
from operations.facts.chain import ParsedBooks, check_books, decide_month
from operations.facts.client_books import read_books
from operations.facts.held_months import client_calendar, held_month, sealed_past
from operations.months.approvals import changed_paid, hold_approvals
from operations.seals.snapshots import ClosingFacts, closing_facts
from operations.world.services import Services
from sheets_sync.reading.books import ReadPayroll, ReadWorkbook
from sheets_sync.reading.cells import Rows
from sheets_sync.reading.tables import Located

_AMOUNT = re.compile(r"[−+-]?\s*(?:\d[\s.,]*){4,}(?:₸|тг|тенге|KZT)?\.?\s*", re.IGNORECASE)
"""What may be an amount that slipped into another column."""


@dataclass(frozen=True)
class Readiness:
    """A month as it would close now. `obstacles` are sentences with their place; none = it may close."""

    workbook: ReadWorkbook
    payroll: ReadPayroll
    facts: ClosingFacts
    dates: MonthDates
    inputs: Mapping[str, Rows]
    """The raw rows of the input tabs, for the archive."""
    obstacles: tuple[Said, ...]

    @property
    def positions(self) -> dict[str, dict[str, int]]:
        """Tell at which 0-based position of `inputs` each known column stands, by tab and column key."""
        by_tab: dict[str, dict[str, int]] = {key: {} for key in self.inputs}
        for (tab, column), position in self.workbook.located.positions.items():
            if tab in by_tab:
                by_tab[tab][column] = position
        return by_tab


def readiness(client: Client, record: MonthRecord, now: datetime, services: Services) -> Readiness:
    """Read both books, one call each, and work the month out as it would close."""
    ledger, slug = services.ledger, client.slug
    books = read_books(client, services)
    staff = books.parsed.workbook.inputs.staff
    payroll = hold_approvals(books.payroll, staff, ledger, slug, now)
    parsed = books.parsed.with_payroll(payroll)
    changed = [row.problem() for row in changed_paid(ledger.seals(slug), payroll.inputs.corrections)]
    decided = decide_month(
        check_books(parsed, now, changed),
        held_month(ledger, slug, record),
        now,
        final=True,
        past=sealed_past(ledger, slug),
    )
    facts = closing_facts(decided, payroll.inputs, ledger.paid_corrections(slug), ledger.carried(slug))
    calendar = client_calendar(ledger, slug, record.month.year)
    return Readiness(
        parsed.workbook,
        payroll,
        facts,
        month_dates(record.month, parsed.workbook.inputs.settings, calendar),
        dict(parsed.raw),
        tuple(_obstacles(client, parsed, payroll, facts)),
    )


def _obstacles(client: Client, parsed: ParsedBooks, payroll: ReadPayroll, facts: ClosingFacts) -> list[Said]:
    """Say with its place what keeps a month from closing."""
    head_email = (client.head_email or "").lower()
    own = unapproved_own_salary(facts.inputs, payroll.inputs.salaries, head_email) if facts.payroll else []
    problems = dict.fromkeys([*facts.results.problems, *facts.pay_problems, *own])
    located = (parsed.workbook.located, payroll.located)
    obstacles = [_obstacle(_without_pay(problem), located) for problem in problems if problem.blocks]
    obstacles += [
        said("close.open_objection", number=objection.number)
        for objection in parsed.workbook.inputs.objections
        if _is_open(objection, facts.inputs.month)
    ]
    # Whatever a problem was taken for: with something unknown on a card nobody is paid by it.
    return obstacles or [
        said("close.preliminary_card", name=employee.name)
        for employee in facts.results.employees
        if employee.preliminary and employee.worked_days
    ]


def _is_open(objection: Objection, month: Month) -> bool:
    return objection.month == month and not (objection.resolved and objection.answer.strip())


def _without_pay(problem: Problem) -> Problem:
    """Leave out what stands in a cell of pay, or was typed beside it: obstacles come into errors and logs."""
    if problem.place.tab not in {"salaries", "corrections"} or problem.place.column == "number":
        return problem
    of_pay = (problem.place.column or "").endswith("_tiyn")
    if not of_pay and not _AMOUNT.fullmatch(problem.params.get("value", "")):
        return problem
    return replace(problem, params={**problem.params, "value": "…"})


def _obstacle(problem: Problem, located: Iterable[Located]) -> Said:
    """Say a problem with its place, where it has one."""
    for places in located:
        if problem.place.tab in places.titles:
            title, cell = places.address(problem.place)
            key = "close.obstacle_in_cell" if cell else "close.obstacle_on_tab"
            return said(key, tab=title, cell=cell, problem=problem)
    return said("close.obstacle", problem=problem)
