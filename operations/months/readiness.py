"""Is a month ready to close? Both books read once, scored as a whole, and what stands in the way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from kpi_rules.cards.payouts import unapproved_own_salary
from kpi_rules.checks.workbook import check_workbook
from kpi_rules.facts.inputs import Objection
from kpi_rules.problems import Problem
from kpi_rules.time.lifecycle import MonthDates, month_dates
from kpi_rules.time.periods import Month
from ledger import Client, MonthRecord
from operations.facts.held_months import built_in_rules, client_calendar, eased, held_month, prepare_month
from operations.facts.live_rows import former_staff
from operations.facts.past_months import sealed_past
from operations.months.approvals import hold_approvals
from operations.seals.paid_corrections import changed_paid
from operations.seals.snapshots import ClosingFacts, closing_facts
from operations.world.books import local_time, read_book
from operations.world.languages import WORKING_LANGUAGE
from operations.world.services import Services
from sheets_sync.errors import ClientUnavailableError
from sheets_sync.reading.books import ReadPayroll, ReadWorkbook, parse_payroll, parse_workbook
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
    obstacles: tuple[str, ...]

    @property
    def positions(self) -> dict[str, dict[str, int]]:
        """Tell at which 0-based position of `inputs` each known column stands, by tab and column key."""
        found: dict[str, dict[str, int]] = {key: {} for key in self.inputs}
        for (tab, column), position in self.workbook.located.positions.items():
            if tab in found:
                found[tab][column] = position
        return found


def readiness(client: Client, record: MonthRecord, now: datetime, services: Services) -> Readiness:
    """Read both books, one call each, and work the month out as it would close."""
    template = services.template(client.template, client.language, WORKING_LANGUAGE)
    built_in = built_in_rules(client, template)
    texts, layout, gateway = template.texts, template.layout, services.worker.gateway
    workbook_id, payroll_id = files_of(client)
    services.progress(services.words("sync.reading"))
    cells = read_book(gateway, workbook_id, layout.workbook, texts, layout.workbook.inputs())
    workbook = parse_workbook(cells.raw, layout.workbook, built_in)
    pay_cells = read_book(gateway, payroll_id, layout.payroll, texts)
    staff = workbook.inputs.staff
    seals = services.ledger.seals(client.slug)
    payroll = parse_payroll(pay_cells.raw, layout.payroll, staff, former_staff(seals))
    payroll = hold_approvals(payroll, staff, services.ledger, client.slug, now)
    held = held_month(services.ledger, client.slug, record)
    said_in = workbook.inputs.settings.language
    said = services.template(client.template, client.language, said_in).texts
    past = sealed_past(services.ledger, client.slug)
    prepared = prepare_month(held, workbook, payroll.inputs, built_in, said, past)
    facts = closing_facts(
        prepared.inputs,
        payroll.inputs,
        now,
        (
            *eased(workbook.problems, prepared),
            *payroll.problems,
            *check_workbook(workbook.inputs, payroll.inputs, local_time(layout.workbook, now)),
            *prepared.problems,
            *(row.problem() for row in changed_paid(seals, payroll.inputs.corrections)),
        ),
        services.ledger.paid_corrections(client.slug),
        services.ledger.carried(client.slug),
        shadow=record.shadow,
    )
    salaries, head_email = payroll.inputs.salaries, (client.head_email or "").lower()
    own = unapproved_own_salary(prepared.inputs, salaries, head_email) if facts.payroll else []
    problems = dict.fromkeys([*facts.results.problems, *facts.pay_problems, *own])
    located = (workbook.located, payroll.located)
    obstacles = [
        _told(problem, located, texts.what(_without_pay(problem))) for problem in problems if problem.blocks
    ]
    obstacles += [
        texts("close.open_objection", number=objection.number)
        for objection in workbook.inputs.objections
        if _is_open(objection, record.month)
    ]
    # Whatever a problem was taken for: with something unknown on a card nobody is paid by it.
    obstacles = obstacles or [
        f"{employee.name}: оценка предварительная, данных не хватает"
        for employee in facts.results.employees
        if employee.preliminary and employee.worked_days
    ]
    calendar = client_calendar(services.ledger, client.slug, record.month.year)
    return Readiness(
        workbook,
        payroll,
        facts,
        month_dates(record.month, workbook.inputs.settings, calendar),
        dict(cells.raw),
        tuple(obstacles),
    )


def files_of(client: Client) -> tuple[str, str]:
    """Give the ids of workbook and payroll book. Raises ClientUnavailableError before they are made."""
    if client.workbook_id is None or client.payroll_id is None:
        raise ClientUnavailableError(
            f"У клиента «{client.slug}» нет файлов.", "Разверните его заново: «kpi client add»."
        )
    return client.workbook_id, client.payroll_id


def today_of(client: Client, now: datetime, services: Services) -> date:
    """Give the client's calendar day at a moment."""
    zone = services.template(client.template, client.language).layout.workbook.time_zone
    return now.astimezone(ZoneInfo(zone)).date()


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


def _told(problem: Problem, located: Iterable[Located], what: str) -> str:
    for places in located:
        if problem.place.tab in places.titles:
            title, cell = places.address(problem.place)
            return f"«{title}»{' ' if cell else ''}{cell}: {what}".rstrip(".")
    return what.rstrip(".")
