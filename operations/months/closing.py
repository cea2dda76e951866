"""The close of a month: who may close it when, and one lease and one snapshot for it (behaviour §7).

Whether it is ready: both books read once, scored as a whole, and what stands in the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from kpi_rules.cards.payouts import unapproved_own_pay
from kpi_rules.errors import RefusedError
from kpi_rules.facts.inputs import Objection
from kpi_rules.problems import Problem
from kpi_rules.time.lifecycle import MonthDates, MonthState, closes, goes_to_review, is_overdue, month_dates
from kpi_rules.time.periods import Month
from kpi_rules.words.said import Said, said
from ledger import Client, MonthRecord
from operations.access.repairing import put_settings_back
from operations.facts.chain import ParsedBooks, check_books, decide_month
from operations.facts.client_books import files_of, read_books, today_of
from operations.facts.followed_rows import AT_CLOSE
from operations.facts.held_months import client_calendar, freeze_plan, held_month, sealed_past
from operations.facts.register import RegisterLook, SeenRows, first_open_month, note_seen, seen_rows
from operations.months.approvals import changed_paid, hold_approvals
from operations.months.close_steps import CloseRun, finish_close
from operations.months.outside import begin_writing
from operations.seals.snapshots import ClosingFacts, closing_facts, snapshot_record
from operations.world.leases import HeldLease, close_lease
from operations.world.services import Services, refuse_newer_files
from sheets_sync.building.archive import rows_of_month
from sheets_sync.building.standing import OtherSettings, other_settings
from sheets_sync.reading.books import ReadPayroll, ReadWorkbook
from sheets_sync.reading.cells import Rows
from sheets_sync.reading.tables import Located
from sheets_sync.schema.shown_forms import BookForms

_NAMED_OBSTACLES = 3


@dataclass(frozen=True)
class Closed:
    """A month that was closed: its seal's number and fingerprint, and its archive."""

    client: str
    month: Month
    seal_number: int
    fingerprint: str
    archive_id: str
    other_settings: tuple[OtherSettings, ...] = ()
    """The books whose locale or time zone somebody has changed."""
    hints: tuple[Said, ...] = ()
    """What in the payroll book did not stand in the way and is worth a look; they name people and cells of pay."""


@dataclass(frozen=True)
class Hindered:
    """A month that did not close by its deadline, and what is in its way; no figure of pay in it."""

    month: Month
    deadline_on: date
    payday_on: date
    obstacles: tuple[Said, ...]
    language: str
    """In which the client reads its sentences."""


@dataclass(frozen=True)
class CloseCheck:
    """What the nightly check did: months that closed, and those overdue because something blocks them."""

    closed: tuple[Closed, ...]
    overdue: tuple[Month, ...]
    hindered: tuple[Hindered, ...] = ()
    """The overdue months with what is in their way, for the letters."""


def close_month(slug: str, month: Month, now: datetime, services: Services, by: str) -> Closed:
    """Close a month for good, or finish a close that was cut off.

    Args:
        slug: the client.
        month: a month in review, or past its days of late entry.
        now: the moment of the close (aware).
        services: the world.
        by: who closes, for the sealed record.

    Raises:
        RefusedError: not over, not open, closed already, out of order, or something still blocks; it says what.
        LeaseHeld: somebody else is closing it.
    """
    client = services.ledger.client(slug)
    _closable(services, client, month, now)
    with close_lease(services, slug, month) as holding:
        # Somebody may have closed it before we had the lease.
        record = _closable(services, client, month, now)
        hints: tuple[Said, ...] = ()
        if services.ledger.snapshot(slug, month) is None:
            refuse_newer_files(client, services)
            ready = readiness(client, record, now, services)
            record = _to_review(services, client, record, now, ready)
            _take_snapshot(services, client, record, ready, by, holding, now)
            hints = ready.hints
        else:
            begin_writing(client, month, services.guarded(holding.before_call))
        return replace(_finish(services, client, month, holding, now), hints=hints)


def close_due(slug: str, now: datetime, services: Services) -> CloseCheck:
    """Check a client's ended months: to review when late entry is over, closed by tick or deadline when clean."""
    client = services.ledger.client(slug)
    today = today_of(client, now, services)
    closed: list[Closed] = []
    overdue: list[Hindered] = []
    waiting = False
    for ended in services.ledger.months(slug):
        if ended.state not in {MonthState.OPEN, MonthState.REVIEW} or today <= ended.month.last_on:
            continue
        if services.ledger.snapshot(slug, ended.month) is not None:
            # Cut off: it stands on its snapshot alone, and on who began it.
            closed.append(close_month(slug, ended.month, now, services, ""))
            continue
        refuse_newer_files(client, services)
        ready = readiness(client, ended, now, services)
        record = _to_review(services, client, ended, now, ready)
        ticked = any(tick.close for tick in ready.payroll.inputs.months if tick.month == record.month)
        clean = not ready.obstacles and not waiting
        language = ready.workbook.inputs.settings.language
        if closes(record.state, today, ready.dates, ticked=ticked, clean=clean):
            texts = services.template_of(client, language).texts
            by = texts("close.by_head" if ticked else "close.by_deadline")
            with close_lease(services, slug, record.month) as holding:
                if _is_closed(services, slug, record.month):
                    continue
                if services.ledger.snapshot(slug, record.month) is None:
                    _take_snapshot(services, client, record, ready, by, holding, now)
                else:
                    begin_writing(client, record.month, services.guarded(holding.before_call))
                closed.append(_finish(services, client, record.month, holding, now))
        else:
            waiting = True  # months close in their order
            if is_overdue(record.state, today, ready.dates, clean=clean):
                dates = ready.dates
                overdue.append(
                    Hindered(record.month, dates.deadline_on, dates.payday_on, ready.obstacles, language)
                )
    return CloseCheck(tuple(closed), tuple(each.month for each in overdue), tuple(overdue))


def _closable(services: Services, client: Client, month: Month, now: datetime) -> MonthRecord:
    record = services.ledger.month(client.slug, month)
    if record is None or record.state is MonthState.PLANNING:
        raise RefusedError("month_not_open", month=month, client=client.slug)
    if record.state is MonthState.CLOSED:
        raise RefusedError("month_closed_already", month=month)
    if today_of(client, now, services) <= month.last_on:
        raise RefusedError("month_not_over", month=month, last_day=month.last_on)
    for earlier in services.ledger.months(client.slug):
        if earlier.month < month and earlier.state in {MonthState.OPEN, MonthState.REVIEW}:
            raise RefusedError("earlier_month_open", month=month, earlier=earlier.month)
    return record


def _is_closed(services: Services, slug: str, month: Month) -> bool:
    record = services.ledger.month(slug, month)
    return record is not None and record.state is MonthState.CLOSED


def _to_review(
    services: Services, client: Client, record: MonthRecord, now: datetime, ready: Readiness
) -> MonthRecord:
    """Move an open month on to review once late entry is over."""
    if not goes_to_review(record.state, today_of(client, now, services), ready.dates):
        return record
    return services.ledger.set_month_state(client.slug, record.month, MonthState.REVIEW, at=now)


def _take_snapshot(
    services: Services,
    client: Client,
    record: MonthRecord,
    ready: Readiness,
    by: str,
    holding: HeldLease,
    now: datetime,
) -> None:
    """Refuse while anything blocks; else keep everything that the close stands on, once."""
    files = (client.template, client.language)
    if record.state is not MonthState.REVIEW:
        raise RefusedError(
            "month_still_entered",
            month=record.month,
            from_day=ready.dates.review_from_on,
            files=files,
        )
    _ = services.seal_key  # nothing is written where it cannot be sealed
    _refuse_hindered(record, ready, files)
    guarded = services.guarded(holding.before_call)
    begin_writing(client, record.month, guarded)
    if ready.other_settings:  # cells may hold something else once they are back
        put_settings_back(client.slug, ready.other_settings, now, guarded, by)
        ready = readiness(client, record, now, services)
        _refuse_hindered(record, ready, files)
    freeze_plan(services.ledger, client.slug, ready.facts.inputs, now)
    built_in = services.template_of(client).rulebook
    facts, objections = ready.facts, ready.workbook.inputs.objections
    rows = rows_of_month(ready.inputs, facts.inputs, objections, facts.results.problems)
    content = snapshot_record(client, services.ledger.id, facts, rows, ready.positions, by, built_in)
    services.ledger.put_snapshot(client.slug, record.month, content, holding.lease)
    # What comes after is late: the history must know what was there.
    seen, problems = ready.seen, ready.facts.results.problems
    note_seen(client, seen, problems, now, services.ledger)
    services.ledger.acknowledge(client.slug, AT_CLOSE, str(record.month), by=by, at=now)


def _refuse_hindered(record: MonthRecord, ready: Readiness, files: tuple[str, str]) -> None:
    if not ready.obstacles:
        return
    named = ready.obstacles[:_NAMED_OBSTACLES]
    more = len(ready.obstacles) - len(named)
    raise RefusedError(
        "month_hindered",
        month=record.month,
        obstacles=(*named, said("close.more_obstacles", count=more)) if more else named,
        files=files,
    )


def _finish(services: Services, client: Client, month: Month, holding: HeldLease, now: datetime) -> Closed:
    # Already noted, unless the close was cut off right after its snapshot: late rows are told from here on then.
    services.ledger.acknowledge(client.slug, AT_CLOSE, str(month), by="", at=now)
    finished = finish_close(CloseRun(client, month, services, holding))
    return Closed(client.slug, month, finished.mark.number, finished.mark.fingerprint, finished.archive_id)


# ---- is a month ready to close?
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
    seen: SeenRows
    """The rows as they were read, for the ledger's history."""
    other_settings: tuple[OtherSettings, ...] = ()
    """The books whose locale or time zone somebody has changed."""
    hints: tuple[Said, ...] = ()
    """What in the payroll book only warns: managers read «Ошибки», so it stands there for nobody."""

    @property
    def positions(self) -> dict[str, dict[str, int]]:
        """Tell at which 0-based position of `inputs` each known column stands, by tab and column key."""
        by_tab: dict[str, dict[str, int]] = {key: {} for key in self.inputs}
        for (tab, column), position in self.workbook.located.positions.items():
            if tab in by_tab:
                by_tab[tab][column] = position
        return by_tab


def readiness(client: Client, record: MonthRecord, now: datetime, services: Services) -> Readiness:
    """Read both books, one call each and one for how their numbers are shown, and work the month out as it would close."""
    ledger, slug = services.ledger, client.slug
    books = read_books(client, services, looks_at=now)
    staff = books.parsed.workbook.inputs.staff
    payroll = hold_approvals(books.payroll, staff, ledger, slug, now)
    parsed = books.parsed.with_payroll(payroll)
    calendar = client_calendar(ledger, slug, record.month.year)
    today = today_of(client, now, services)
    first_open = first_open_month(ledger.months(slug), Month.of(today))
    look = RegisterLook(now, parsed.layout.workbook.time_zone, calendar, first_open)
    seen = seen_rows(parsed, ledger.row_history(slug), look, client)
    parsed = parsed.with_questions(seen.questions)
    changed = [row.problem() for row in changed_paid(ledger.seals(slug), payroll.inputs.corrections)]
    decided = decide_month(
        check_books(parsed, now, (*changed, *seen.problems)),
        held_month(ledger, slug, record),
        now,
        final=True,
        past=sealed_past(ledger, slug),
    )
    facts = closing_facts(decided, payroll.inputs, ledger.paid_corrections(slug), ledger.carried(slug))
    return Readiness(
        parsed.workbook,
        payroll,
        facts,
        month_dates(record.month, parsed.workbook.inputs.settings, calendar),
        dict(parsed.raw),
        tuple(_obstacles(client, parsed, payroll, facts)),
        seen,
        _other_settings(client, parsed, books.payroll_cells.raw.forms),
        tuple(_hints(parsed, payroll, facts)),
    )


def _other_settings(
    client: Client, parsed: ParsedBooks, payroll_forms: BookForms
) -> tuple[OtherSettings, ...]:
    workbook_id, payroll_id = files_of(client)
    layout = parsed.layout
    seen = (
        (workbook_id, layout.workbook, parsed.raw.forms),
        (payroll_id, layout.payroll, payroll_forms),
    )
    return tuple(other_settings(client.name, seen))


def _obstacles(client: Client, parsed: ParsedBooks, payroll: ReadPayroll, facts: ClosingFacts) -> list[Said]:
    """Say with its place what keeps a month from closing."""
    head_email = (client.head_email or "").lower()
    own = unapproved_own_pay(facts.inputs, payroll.inputs.salaries, head_email) if facts.payroll else []
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


def _hints(parsed: ParsedBooks, payroll: ReadPayroll, facts: ClosingFacts) -> Iterator[Said]:
    """Say with its place and its remedy what in the payroll book only warns."""
    located = (parsed.workbook.located, payroll.located)
    pay_tabs = {tab.key for tab in parsed.layout.payroll.tabs}
    for problem in dict.fromkeys([*facts.results.problems, *facts.pay_problems]):
        if not problem.blocks and problem.place.tab in pay_tabs:
            yield said("close.hint", place=_obstacle(_without_pay(problem), located), problem=problem)


def _is_open(objection: Objection, month: Month) -> bool:
    return objection.month == month and not (objection.resolved and objection.answer.strip())


def _without_pay(problem: Problem) -> Problem:
    """Leave out what stands in a cell of pay, or was typed beside it: obstacles come into errors and logs."""
    if problem.place.tab not in {"salaries", "corrections", "percents"} or problem.place.column == "number":
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
