"""The same broken workbook tells the same problems at every door: code, severity and place.

Each case of this folder goes to the doors as a client of the ledger whose files stand in memory, and as a file.
What a door may tell otherwise is declared in `ALLOWED` with its reason; anything else is a fault of the chain.
"""

from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace

import openpyxl
import pytest

from kpi_rules.errors import MissingRangeError, RefusedError
from kpi_rules.records.calendars import calendar_record
from kpi_rules.records.rulebooks import rulebook_record
from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.periods import ALMATY, Month
from ledger import Client, FrozenKind, open_ledger
from operations.facts.held_months import WHOLE, calendar_around
from operations.files.scoring import score_file
from operations.months.closing import readiness
from operations.months.opening import open_month
from operations.syncing import looking, plan_hints
from operations.syncing.looking import client_signals
from operations.syncing.sync import sync_client
from operations.world.services import Services
from operations.world.settings import RunSettings
from sheets_sync.a1 import quoted
from sheets_sync.building.blueprints import sheet_id
from sheets_sync.ports import ReadRange
from sheets_sync.reading.cells import RawBook
from templates.loading import load
from tests.golden.problems.broken_books import FILES, HERE, case_and_template, raw_book

MONTH = Month(2026, 10)
WHILE_IT_RUNS = datetime(2026, 10, 15, 12, tzinfo=ALMATY)
WHEN_IT_IS_OVER = datetime(2026, 11, 5, 12, tzinfo=ALMATY)
BOOKS = {"workbook": "workbook-file", "payroll": "payroll-file"}


@dataclass(frozen=True)
class Told:
    """What a door says of one thing."""

    code: str
    severity: str
    tab: str
    row: int | None
    column: str | None


def of_rules(told):
    """Rules freeze when a month opens; a file knows no ledger and takes the month as one that has not opened."""
    return told.tab == "rules"


def of_plan(told):
    """A file knows no ledger: whether a row of «План» has frozen is unknown there."""
    return told.tab == "plan"


def of_pay(told):
    """Salaries and corrections concern the close, which reads the payroll book; a sync never does."""
    return told.tab in {"salaries", "corrections", "decisions", "months"}


def of_history(told):
    """Rows that vanished or came late are known to the ledger's memory; a close asks what stands there now."""
    return told.code in {"row_vanished", "rows_vanished", "row_of_closed_month", "formula_from_outside"}


ALLOWED = {"file": (of_rules, of_plan), "close": (of_pay, of_history)}
"""What each door may tell otherwise than a sync."""


class BooksInMemory:
    """A client's two books without Google: whole tabs by title, nothing written."""

    def __init__(self, layout, raw):
        clean = {tab.key: [[column.header for column in tab.columns]] for tab in layout.payroll.inputs()}
        cells = {**{tab.key: [] for tab in layout.workbook.outputs()}, **raw.tabs}
        self.layouts = {BOOKS["workbook"]: layout.workbook, BOOKS["payroll"]: layout.payroll}
        self.tabs = {
            BOOKS["workbook"]: {layout.workbook.tab(key).title: (key, rows) for key, rows in cells.items()},
            BOOKS["payroll"]: {layout.payroll.tab(key).title: (key, rows) for key, rows in clean.items()},
        }

    def read(self, file_id, ranges):
        present = {quoted(title): rows for title, (_, rows) in self.tabs[file_id].items()}
        if not present.keys() >= set(ranges):
            raise MissingRangeError("no such tab")
        return [ReadRange(f"{a1}!A1:Z1000", present[a1]) for a1 in ranges]

    def describe(self, file_id, _fields, _ranges=()):
        book = self.layouts[file_id].key
        return {
            "sheets": [
                {
                    "properties": {"sheetId": sheet_id(book, key), "title": title},
                    "data": [{"rowData": [{"values": [*map(described, row)]} for row in rows]}],
                }
                for title, (key, rows) in self.tabs[file_id].items()
            ]
        }

    def apply(self, _file_id, batch, **_how):
        return [{} for _ in batch]


def described(value):
    """A cell as a look sees it: its number, in no format of its own."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"effectiveValue": {"numberValue": value}} if number else {}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    with open_ledger(folder=tmp_path_factory.mktemp("ledger")) as ledger:
        yield ledger


@pytest.fixture(params=FILES, ids=lambda file: str(file.relative_to(HERE)))
def given(request, ledger, tmp_path):
    """A client whose workbook is the broken one, and that workbook as a file."""
    case, template = case_and_template(request.param)
    raw = raw_book(case, template)
    slug = f"{request.param.parent.name}-{request.param.stem}-{request.node.originalname}"
    ledger.add_client(
        Client(
            slug, slug, template.layout.template, template.layout.language, WHILE_IT_RUNS,
            workbook_id=BOOKS["workbook"], payroll_id=BOOKS["payroll"],
            options=tuple(sorted(template.layout.options)),
        )
    )  # fmt: skip
    unmarked = SimpleNamespace(
        file=lambda file_id: SimpleNamespace(id=file_id, properties={}, app_properties={}),
        find=lambda *_sought: [],
        update=lambda _file_id, **_changes: None,
    )
    books = BooksInMemory(template.layout, raw)
    google = SimpleNamespace(gateway=books, drive=unmarked, email="robot@tablo.local")
    services = Services(RunSettings(tmp_path), ledger, google, google)
    path = tmp_path / "book.xlsx"
    save_as_file(raw, template.layout.workbook, path)
    return SimpleNamespace(slug=slug, services=services, path=path, template=template, ledger=ledger)


def save_as_file(raw, book, path):
    file = openpyxl.Workbook()
    file.remove(file.active)
    for key, rows in raw.tabs.items():
        sheet = file.create_sheet(book.tab(key).title)
        for number, row in enumerate(rows, start=1):
            for position, value in enumerate(row, start=1):
                if value not in {None, ""}:
                    cell = sheet.cell(number, position, value)
                    if isinstance(value, str) and value.startswith("="):
                        cell.data_type = "s"
    if file.sheetnames:
        file.save(path)


def told(problems):
    return {
        Told(p.code, str(p.severity), p.place.tab, p.place.row, p.place.column)
        for p in problems
    }  # fmt: skip


def begin(given, state):
    """Let the month stand in the ledger in that state, under the template's rules."""
    records = {
        FrozenKind.RULES: rulebook_record(given.template.rulebook),
        FrozenKind.CALENDAR: calendar_record(calendar_around(MONTH.year)),
    }
    given.ledger.set_month_state(given.slug, MONTH, MonthState.PLANNING, at=WHILE_IT_RUNS)
    for kind, record in records.items():
        given.ledger.freeze(given.slug, MONTH, kind, WHOLE, record, WHILE_IT_RUNS)
    for step in (MonthState.OPEN, MonthState.REVIEW):
        given.ledger.set_month_state(given.slug, MONTH, step, at=WHILE_IT_RUNS)
        if step is state:
            return


def sync_of(given, month, now):
    outcome = sync_client(given.slug, now, given.services)
    return next(results for results in outcome.results if results.month == month)


def score_of(given, now):
    return score_file(given.path, MONTH, now, template=given.template.layout.template)


def test_a_sync_signals_and_a_file_tell_the_same_of_a_month_that_has_not_opened(given):
    by_sync = sync_of(given, MONTH, WHILE_IT_RUNS)
    by_signals = client_signals(given.slug, MONTH, WHILE_IT_RUNS, given.services).results
    by_file = score_of(given, WHILE_IT_RUNS)
    assert told(by_sync.problems) == told(by_signals.problems) == told(by_file.problems)
    assert [card.code for card in by_sync.employees] == [card.code for card in by_file.results.employees]


def test_a_sync_signals_close_and_a_file_tell_the_same_of_a_month_in_review(given):
    begin(given, MonthState.REVIEW)
    client, record = given.ledger.client(given.slug), given.ledger.month(given.slug, MONTH)
    by_sync = told(sync_of(given, MONTH, WHEN_IT_IS_OVER).problems)
    by_signals = told(client_signals(given.slug, MONTH, WHEN_IT_IS_OVER, given.services).results.problems)
    ready = readiness(client, record, WHEN_IT_IS_OVER, given.services)
    by_close = told((*ready.facts.results.problems, *ready.facts.pay_problems))
    assert by_signals == by_sync
    assert without("close", by_close) == without("close", by_sync)
    assert without("file", told(score_of(given, WHEN_IT_IS_OVER).problems)) == without("file", by_sync)


def without(door, problems):
    """Leave out what a door may tell otherwise."""
    return {each for each in problems if not any(allowed(each) for allowed in ALLOWED[door])}


def test_a_month_opens_exactly_where_a_sync_says_that_rules_are_in_force(given):
    blocks = {each.code for each in told(sync_of(given, MONTH, WHILE_IT_RUNS).problems)}
    if "rules_not_in_force" in blocks:
        with pytest.raises(RefusedError):
            open_month(given.slug, MONTH, WHILE_IT_RUNS, given.services)
    else:
        assert open_month(given.slug, MONTH, WHILE_IT_RUNS, given.services).state is MonthState.OPEN


def test_plan_hints_stand_on_the_months_of_the_one_chain(given, monkeypatch):
    """They tell no problems; the months that they look at come out of the chain with those of a sync."""
    seen = []
    real = plan_hints.decide_month

    def noted(*args, **more):
        seen.append(real(*args, **more))
        return seen[-1]

    monkeypatch.setattr(plan_hints, "decide_month", noted)
    looking.client_proposal(given.slug, MONTH.plus(1), WHEN_IT_IS_OVER, given.services)
    begin(given, MonthState.REVIEW)
    by_sync = told(sync_of(given, MONTH, WHEN_IT_IS_OVER).problems)
    assert all(
        without("file", told(decided.results.problems)) == without("file", by_sync)
        for decided in seen
        if decided.results.month == MONTH
    )


def test_rules_that_nobody_entered_are_told_by_a_file_too_and_the_card_is_shown(ledger, tmp_path):
    """«Правила» begin later than the month."""
    template = load("b2b", "ru")
    raw = raw_book({}, template)
    rules = [list(row) for row in raw["rules"]]
    column = [tab.key for tab in template.layout.workbook.tab("rules").columns].index("from_month")
    for row in rules[1:]:
        if row[column] is not None:
            row[column] += 365
    path = tmp_path / "book.xlsx"
    save_as_file(RawBook({**raw.tabs, "rules": rules}), template.layout.workbook, path)
    scored = score_file(path, MONTH, WHILE_IT_RUNS)
    assert ("rules_not_in_force", "blocking") in {(p.code, str(p.severity)) for p in scored.problems}
    assert [card.code for card in scored.results.employees][:1] == ["M01"]
    assert all(card.preliminary for card in scored.results.employees)
