"""One sync of one client: read once, decide, write at most once (docs/architecture.md, «One sync»)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from kpi_rules.cards.results import MonthResults
from kpi_rules.checks.workbook import check_workbook
from kpi_rules.deciding.month import decide
from kpi_rules.facts.inputs import PayrollInputs
from kpi_rules.outlook.plan_hints import PlanProposal
from kpi_rules.problems import Problem
from kpi_rules.records.months import ENGINE_VERSION
from kpi_rules.time.lifecycle import MonthState, month_dates
from kpi_rules.time.periods import Month
from kpi_rules.words.texts import Texts
from ledger import Client, HistoryRow, Ledger, RowChange, RowDigest
from operations.clients.sharing import accounts_of
from operations.facts.held_months import (
    HeldMonth,
    PreparedMonth,
    built_in_rules,
    eased,
    freeze_newcomers,
    held_month,
    prepare_month,
    unopened_month,
)
from operations.facts.late_rows import AT_CLOSE, late_rows
from operations.facts.past_months import SealedPast, sealed_past
from operations.facts.plan_proposals import planned_next, propose_plan, without_plan
from operations.facts.row_digests import followed_tabs, row_digests
from operations.facts.row_memory import remembered_rows
from operations.facts.vanished import vanished_rows
from operations.seals.snapshots import sealed_results
from operations.verifying.outside import outside_problems
from operations.world.books import ReadBook, local_time, read_book
from operations.world.services import Services
from sheets_sync.building import blueprints as building
from sheets_sync.building import changes
from sheets_sync.errors import ClientUnavailableError, TabloError
from sheets_sync.reading.books import ReadWorkbook, parse_workbook
from sheets_sync.reading.tables import Located
from sheets_sync.rendering import render
from templates.loading import Template, load


@dataclass(frozen=True)
class Reading:
    """What a sync has read: the client, the template, the cells, and the months to show, newest first."""

    client: Client
    template: Template
    book: ReadBook
    months: tuple[HeldMonth, ...]
    closed: MonthResults | None
    """The final result of the last closed month, where no month is in review."""
    shadow: frozenset[Month]
    """Those of the client's months that pay nothing."""
    history: tuple[HistoryRow, ...] = ()
    """The rows that the ledger knew before."""
    row_changes: tuple[RowChange, ...] = ()
    """What it kept of their changes since the month before the oldest one shown."""
    past: SealedPast = field(default_factory=dict)
    """The months before, as they were sealed."""
    closed_at: Mapping[Month, datetime] = field(default_factory=dict)
    """When the rows of each closed month were read for its close."""


@dataclass(frozen=True)
class Decision:
    """What a sync has decided: results by month (newest first) and the requests that would show them."""

    reading: Reading
    workbook: ReadWorkbook
    prepared: tuple[PreparedMonth, ...]
    results: tuple[MonthResults, ...]
    rows: tuple[RowDigest, ...]
    """The rows of the tabs of `followed`."""
    followed: frozenset[str]
    """Tabs with a history that could be read whole: rows of others did not change or vanish."""
    lost: tuple[str, ...]
    """Keys of output tabs that somebody deleted: they are put back."""
    requests: tuple[changes.Request, ...]


@dataclass(frozen=True)
class SyncOutcome:
    """What a sync has found and done. `requests` counts those of the one write call; 0 = nothing to write."""

    client: str
    requests: int
    results: tuple[MonthResults, ...]
    problems: tuple[Problem, ...]
    located: Located


def sync_client(slug: str, now: datetime, services: Services) -> SyncOutcome:
    """Sync one client: one read call and at most one write call.

    Raises:
        TabloError: of the class that says what happens next; it is noted in the ledger as well.
    """
    try:
        return write_client(decide_client(read_client(slug, now, services), now), now, services)
    except TabloError as error:
        services.ledger.note_sync(slug, now, type(error).__name__)
        raise


def read_client(slug: str, now: datetime, services: Services) -> Reading:
    """Read a client's workbook in one call, inputs and outputs together."""
    client = services.ledger.client(slug)
    if client.workbook_id is None:
        raise ClientUnavailableError(
            f"У клиента «{slug}» нет таблицы.", "Разверните его заново: «kpi client add»."
        )
    template = services.template(client.template, client.language)
    book = template.layout.workbook
    today = now.astimezone(ZoneInfo(book.time_zone)).date()
    months, closed = _shown_months(services.ledger, slug, Month.of(today))
    services.progress(services.words("sync.reading"))
    read = read_book(services.worker.gateway, client.workbook_id, book, template.texts)
    history = tuple(services.ledger.row_history(slug))
    since_at = datetime.combine(months[-1].month.plus(-1).first_on, time(), ZoneInfo(book.time_zone))
    changed = tuple(services.ledger.row_changes(slug, since_at))
    past = sealed_past(services.ledger, slug)
    shadow = frozenset(record.month for record in services.ledger.months(slug) if record.shadow)
    notes = services.ledger.acknowledged(slug, AT_CLOSE)
    closed_at = {Month.parse(month): note.at for month, note in notes.items()}
    return Reading(client, template, read, months, closed, shadow, history, changed, past, closed_at)


def decide_client(reading: Reading, now: datetime) -> Decision:
    """Work out results and wanted cells, and the fewest requests from the present ones to these. Pure."""
    template, book = reading.template, reading.template.layout.workbook
    built_in = built_in_rules(reading.client, template)
    workbook = parse_workbook(reading.book.raw, book, built_in)
    found = (
        *workbook.problems,
        *check_workbook(workbook.inputs, PayrollInputs(), local_time(book, now)),
        *outside_problems(reading.client),
    )
    texts = _sentences(reading.client, workbook)
    prepared = tuple(
        prepare_month(held, workbook, PayrollInputs(), built_in, texts, reading.past)
        for held in reading.months
    )
    followed = followed_tabs(workbook)
    rows = tuple(row for row in row_digests(workbook.inputs) if row.tab in followed)
    titles = {key: book.tab(key).title for key in followed}
    since_on = reading.months[-1].month.first_on
    found = (
        *found,
        *vanished_rows(reading.history, rows, titles, since_on, now, book.time_zone),
        *late_rows(workbook.inputs, reading.closed_at, reading.history, reading.row_changes, rows),
    )
    remembered = {
        tab: remembered_rows(tab, reading.history, reading.row_changes, rows, now, book.time_zone)
        for tab in followed
    }
    results = tuple(
        decide(
            month.inputs,
            now,
            final=False,
            problems=(*eased(found, month), *month.problems),
            rows=remembered.get(month.inputs.rulebook.inputs, {}),
        )
        for month in prepared
    )
    review = results[1] if len(results) > 1 else reading.closed
    wanted = render(
        results[0],
        template.layout,
        texts,
        workbook.located,
        review=review,
        proposal=_proposal(reading, workbook, prepared[0], now),
        overdue=any(
            _is_past_deadline(month, workbook, local_time(book, now).date()) for month in prepared[1:]
        ),
        shadow=reading.shadow,
    )
    lost = tuple(tab.key for tab in book.outputs() if tab.key in reading.book.raw.missing)
    sheets = {**building.sheet_sizes(book, template.texts), **reading.book.sheets}
    requests = changes.plan(reading.book.raw, wanted, sheets)
    return Decision(reading, workbook, prepared, results, rows, followed, lost, tuple(requests))


def _proposal(
    reading: Reading, workbook: ReadWorkbook, running: PreparedMonth, now: datetime
) -> PlanProposal | None:
    """Propose a plan for those who have none, in the month whose plan is on the table."""
    today = local_time(reading.template.layout.workbook, now).date()
    month = planned_next(today)
    missing = without_plan(workbook, month)
    if not missing:
        return None
    built_in = built_in_rules(reading.client, reading.template)
    return propose_plan(workbook, month, now, today, built_in, running.inputs.calendar, codes=missing)


def _is_past_deadline(month: PreparedMonth, workbook: ReadWorkbook, today: date) -> bool:
    """Tell whether a month that is over should have closed by now; the nightly check did not do it."""
    dates = month_dates(month.held.month, workbook.inputs.settings, month.inputs.calendar)
    return month.held.state is MonthState.REVIEW and today >= dates.deadline_on


def write_client(decision: Decision, now: datetime, services: Services) -> SyncOutcome:
    """Write what differs in one atomic call, freeze late plan rows, and note the rows that were seen."""
    reading = decision.reading
    slug = reading.client.slug
    services.progress(services.words("sync.writing"))
    requests = [*_restored_tabs(decision, services), *_restored_titles(decision), *decision.requests]
    if requests and reading.client.workbook_id:
        services.worker.gateway.apply(reading.client.workbook_id, requests, repeatable=not decision.lost)
    for month in decision.prepared:
        freeze_newcomers(services.ledger, slug, month, now)
    services.ledger.note_rows(slug, decision.rows, now, tabs=decision.followed)
    services.ledger.note_sync(slug, now)
    problems = tuple(dict.fromkeys(problem for found in decision.results for problem in found.problems))
    return SyncOutcome(slug, len(requests), decision.results, problems, decision.workbook.located)


def _sentences(client: Client, workbook: ReadWorkbook) -> Texts:
    """Give the sentences of the language that «Настройки» asks for; the names in them are the files' own."""
    return load(client.template, client.language, workbook.inputs.settings.language).texts


def _restored_tabs(decision: Decision, services: Services) -> list[changes.Request]:
    """Give the requests that put deleted output tabs back, protected as before."""
    if not decision.lost:
        return []
    template = decision.reading.template
    accounts = accounts_of(decision.reading.client, services.system_emails)
    return building.restore(template.layout.workbook, template.texts, accounts, decision.lost)


def _restored_titles(decision: Decision) -> list[changes.Request]:
    """Give renamed output tabs their titles back, where no other tab has taken them."""
    raw = decision.reading.book.raw
    renamed = [
        tab
        for tab in decision.reading.template.layout.workbook.outputs()
        if raw.titles.get(tab.key, tab.title) != tab.title
    ]
    return [
        {
            "updateSheetProperties": {
                "properties": {"sheetId": decision.reading.book.sheets[tab.key].sheet_id, "title": tab.title},
                "fields": "title",
            }
        }
        for tab in renamed
    ]


def _shown_months(
    ledger: Ledger, slug: str, present: Month
) -> tuple[tuple[HeldMonth, ...], MonthResults | None]:
    """Choose the months of «Табло»: the running one, and beneath it the one in review or its final result."""
    known = {record.month: record for record in ledger.months(slug)}
    running = known.get(present)
    shown = [held_month(ledger, slug, running) if running else unopened_month(ledger, slug, present)]
    earlier = [record for month, record in sorted(known.items()) if month < present]
    waiting = [record for record in earlier if record.state in {MonthState.OPEN, MonthState.REVIEW}]
    shown += [held_month(ledger, slug, record) for record in waiting[:1]]
    sealed = ledger.last_seal(slug) if not waiting and earlier else None
    # A month that other rules have scored is not worked out anew here; its final result stands in its archive.
    if sealed is None or sealed.record["engine"] != ENGINE_VERSION:
        return tuple(shown), None
    return tuple(shown), sealed_results(sealed.record)
