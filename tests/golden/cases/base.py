"""Two clients of October 2026 whose every figure is known by hand, to be changed in one place and looked at again.

`leads()` is a `b2b` client: two managers and a head, 80 leads in turn (odd M1, even M2), one or two a working day and
manager, answered after 10 minutes; of each eight the first two are deals of 90 000 ₸ (cost 50 000 ₸), paid the same
day, the others refused. So each manager has 40 leads, 10 deals and 900 000 ₸ of 1 000 000 ₸ planned:
40 × 0.9 + 20 × (25 % : 25 %) + 20 × 0.9 + 20 = 94; the head 40 × 0.9 + 20 + 20 + 20 = 96.

`reports()` is a `b2c` client with the same people and plans: each of the 21 working days and manager 10 leads received,
10 processed, 2 deals, 50 000 ₸, cost 20 000 ₸, 1 repeat, 12 minutes; repeats planned at 50 %. So each manager has
1 050 000 ₸: 40 + 15 × (20 % : 25 %) + 15 + 10 + 20 = 97; the head 40 + 20 × 0.8 + 20 + 20 = 96.

All marks are 'да'; everybody was hired on 05.01.2026 and has a variable part of 200 000 ₸.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl

from kpi_rules.time.kazakhstan import working_calendar
from kpi_rules.time.lifecycle import MonthState
from kpi_rules.time.periods import ALMATY, Month
from kpi_rules.time.settings import Settings
from operations.facts.chain import check_books, decide_month, parse_books
from operations.facts.held_months import HeldMonth, calendar_around
from operations.files.scoring import score_file
from operations.files.templates import export_template
from sheets_sync.building.entry_tabs import rule_rows, setting_rows
from sheets_sync.reading.cells import RawBook
from sheets_sync.schema.layout import Book
from templates.loading import Template, load
from tests.released import headers, released, type_rows

OCTOBER = Month(2026, 10)
AFTER = datetime(2026, 11, 3, 12, tzinfo=ALMATY)
"""The month is over and not closed."""
MID_MONTH = datetime(2026, 10, 15, 12, tzinfo=ALMATY)
DAYS = tuple(working_calendar([2026]).working_days(OCTOBER.first_on, OCTOBER.last_on, 5))
"""The 21 working days: the 26th is off for Republic Day, which is a Sunday."""
MANAGERS = ("M1", "M2")
STAFF = [
    ["M1", "Алия Сейтова", "m1@t.kz", "менеджер", date(2026, 1, 5), None, 5],
    ["M2", "Борис Ким", "m2@t.kz", "менеджер", date(2026, 1, 5), None, 5],
    ["H1", "Сауле Омарова", "h1@t.kz", "РОП", date(2026, 1, 5), None, 5],
]
SALARIES = [[code, date(2026, 1, 1), 300_000, 200_000, True] for code in (*MANAGERS, "H1")]
LEADS = 80
_FILLED_BY_THE_EXPORT = {"rules", "settings"}
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a cell has no zone


@dataclass(frozen=True)
class Books:
    """The rows of both books by tab key, each as long as people filled it in, headers left out.

    Dates and times are `date` and `datetime`; in `raw` they are the serial days that Google gives.
    """

    template: Template
    rows: dict[str, list[list[Any]]]
    pay: dict[str, list[list[Any]]]

    def with_cell(self, tab: str, row: int, column: str, value: Any) -> "Books":
        """Put a value into a cell: `row` as in the sheet (2 = the first below the header), `column` by its key."""
        place = self.place(tab, column)
        rows = [list(cells) for cells in self._rows(tab)]
        cells = rows[row - 2]
        cells += [None] * (place + 1 - len(cells))
        cells[place] = value
        return self.with_rows(tab, rows)

    def with_column(self, tab: str, column: str, value: Any) -> "Books":
        """Put the same value into a column of all rows."""
        changed = self
        for row in range(2, len(self._rows(tab)) + 2):
            changed = changed.with_cell(tab, row, column, value)
        return changed

    def with_rows(self, tab: str, rows: list[list[Any]]) -> "Books":
        """Put these rows in the place of a tab's."""
        if tab in self.pay or tab in {each.key for each in self.template.layout.payroll.inputs()}:
            return replace(self, pay={**self.pay, tab: rows})
        return replace(self, rows={**self.rows, tab: rows})

    def more_rows(self, tab: str, *rows: list[Any]) -> "Books":
        """Put rows below a tab's."""
        return self.with_rows(tab, [*self._rows(tab), *rows])

    def place(self, tab: str, column: str) -> int:
        """Give where a column stands in `raw` and in the rows, from 0."""
        return [each.key for each in released(self._tab(tab))].index(column)

    def new_place(self, tab: str, column: str) -> int:
        """Give where a column stands in an exported file, from 1."""
        return [each.key for each in self._tab(tab).columns].index(column) + 1

    def raw(self) -> RawBook:
        """Give the workbook as a batchGet of Google would."""
        book = self.template.layout.workbook
        filled = {
            "rules": _values(rule_rows(book.tab("rules"), self.template.rulebook)),
            "settings": self.settings(),
            **self.rows,
        }
        return _raw(book, filled)

    def settings(self) -> list[list[Any]]:
        """Give the rows of «Настройки» as the template has them; the first is the beginning of the working day."""
        book = self.template.layout.workbook
        return _values(
            setting_rows(book.tab("settings"), Settings(language=book.language), self.template.texts)
        )

    def raw_payroll(self) -> RawBook:
        """Give the payroll book as a batchGet of Google would."""
        return _raw(self.template.layout.payroll, self.pay)

    def save(self, path: Path, payroll: Path | None = None) -> Path:
        """Fill in the exported template as a person would in Excel; `payroll` too where asked."""
        layout = self.template.layout
        export_template(layout.template, path, payroll, layout.language, layout.options)
        fill_in(path, self.template.layout.workbook, self.rows)
        if payroll is not None:
            fill_in(payroll, self.template.layout.payroll, self.pay)
        return path

    def score(self, folder: Path, now: datetime = AFTER, *, payroll: bool = False):
        """Score the workbook as a file (`kpi score`), with `--payroll` where asked."""
        path, pay_path = folder / "book.xlsx", folder / "pay.xlsx" if payroll else None
        for old in (path, pay_path):
            if old is not None:
                old.unlink(missing_ok=True)
        self.save(path, pay_path)
        return score_file(path, OCTOBER, now, payroll_path=pay_path)

    def decided(self, now: datetime = AFTER, held: HeldMonth | None = None):
        """Send both books through the chain and give the results: final once the month is over."""
        return self._sent(now, held).results

    def inputs(self, now: datetime = AFTER):
        """Give the facts of the month under the rules that hold, as the chain takes them."""
        return self._sent(now, None).prepared.inputs

    def parsed(self):
        """Give both books as they are read."""
        template = self.template
        books = parse_books(self.raw(), template.layout, template.rulebook)
        return books.with_payroll(books.payroll_of(self.raw_payroll()))

    def _sent(self, now: datetime, held: HeldMonth | None):
        books = self.parsed()
        month = held or HeldMonth(OCTOBER, MonthState.PLANNING, calendar_around(OCTOBER.year))
        final = now.date() > OCTOBER.last_on
        return decide_month(check_books(books, now), month, now, final=final)

    def _tab(self, tab: str):
        books = (self.template.layout.workbook, self.template.layout.payroll)
        return next(each for book in books for each in book.inputs() if each.key == tab)

    def _rows(self, tab: str) -> list[list[Any]]:
        return self.rows.get(tab) or self.pay.get(tab) or []


def leads() -> Books:
    """Give base B: a row per lead."""
    template = load("b2b", "ru")
    return Books(
        template, {**_people(template), "deals": [_lead(number) for number in range(1, LEADS + 1)]}, _pay()
    )


def reports() -> Books:
    """Give base C: a row per manager and day."""
    template = load("b2c", "ru")
    rows = [[day, code, 10, 10, 2, 50_000, 20_000, 1, 12] for day in DAYS for code in MANAGERS]
    return Books(template, {**_people(template), "reports": rows}, _pay())


def at(*moment: int) -> datetime:
    """Give a moment in the client's time: year, month, day, hour."""
    return datetime(*moment, tzinfo=ALMATY)


def card(results, code: str):
    """Give somebody's card."""
    return next(employee for employee in results.employees if employee.code == code)


def _lead(number: int) -> list[Any]:
    turn, manager = divmod(number - 1, len(MANAGERS))
    day = DAYS[turn * len(DAYS) // (LEADS // len(MANAGERS))]
    arrived = datetime.combine(day, time(10, number % 50))
    answered = arrived + timedelta(minutes=10)
    lead = [number, arrived, MANAGERS[manager], f"Клиент {number}", "Сайт", answered]
    if (number - 1) % 8 < 2:
        return [*lead, "Сделка", 90_000, 50_000, day, False]
    return [*lead, "Отказ", None, None, None, False, "Дорого"]


def _people(template: Template) -> dict[str, list[list[Any]]]:
    targets = {
        "revenue_tiyn": 1_000_000,
        "conversion_fraction": 0.25,
        "average_deal_tiyn": 100_000,
        "leads": 40,
        "response_minutes": 15,
        "repeat_fraction": 0.5,
    }
    columns = [column.key for column in template.layout.workbook.tab("plan").columns]
    marks = len(template.layout.workbook.tab("discipline").columns) - 2
    return {
        "staff": [list(row) for row in STAFF],
        "plan": [[date(2026, 10, 1), code, *map(targets.get, columns[2:])] for code in MANAGERS],
        "discipline": [[day, code, *["да"] * marks] for day in DAYS for code in MANAGERS],
    }


def _pay() -> dict[str, list[list[Any]]]:
    return {"salaries": [list(row) for row in SALARIES], "decisions": []}


def _values(cells) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in cells]


def _raw(book: Book, rows: dict[str, list[list[Any]]]) -> RawBook:
    return RawBook(
        {
            tab.key: [
                headers(tab),
                *([serial(value) for value in row] for row in rows.get(tab.key, [])),
            ]
            for tab in book.inputs()
        }
    )


def serial(value: Any) -> Any:
    """Write dates and times as Google gives them unformatted."""
    if isinstance(value, datetime):
        return (value - _EPOCH) / timedelta(days=1)
    if isinstance(value, date):
        return (datetime.combine(value, time()) - _EPOCH).days
    if isinstance(value, time):
        return (value.hour * 60 + value.minute) / (24 * 60)
    return value


def fill_in(path: Path, book: Book, rows: dict[str, list[list[Any]]]) -> None:
    file = openpyxl.load_workbook(path)
    for key, filled in rows.items():
        sheet = file[book.tab(key).title]
        if key in _FILLED_BY_THE_EXPORT:
            sheet.delete_rows(2, sheet.max_row)
        type_rows(sheet, book.tab(key), filled)
    file.save(path)
