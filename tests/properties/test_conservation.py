"""Random dirty books: no filled row vanishes in silence (behaviour §2, «Nothing is guessed, nothing falls out»)."""

import random
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kpi_rules.checks.conservation import accounts
from kpi_rules.checks.workbook import check_workbook
from kpi_rules.deciding.month import decide
from kpi_rules.facts.selection import select_month
from kpi_rules.time.kazakhstan import working_calendar
from kpi_rules.time.periods import Month
from operations.facts.chain import parse_books
from tests.golden.cases import base, narrowed

NOW = datetime(2026, 11, 3, 12, tzinfo=ZoneInfo("Asia/Almaty"))
MONTHS = [Month(2026, 1).plus(later) for later in range(25)]
"""From the hiring on; what is before is of no month, and has to be told over the whole book."""
TABS = {
    "leads": ("deals", "discipline"),
    "reports": ("reports", "discipline"),
    "own_values": ("measures", "deals"),
}
DIRT = [
    None, "", "???", "Кто-то", 0, -1, 5, 1e9, "31.02.2026", "1.250", "да", "Сделка", "M1", "M9", "  m2 ",
    date(2025, 10, 5), date(2026, 5, 10), date(2027, 10, 5), date(2026, 10, 10), date(2024, 2, 29),
]  # fmt: skip


def clean(kind):
    """Give the books of a kind: those of `base`, or with a call score on every card and forty values of it."""
    if kind != "own_values":
        return getattr(base, kind)()
    rule = {"id": "Звонки", "measure": "Звонки", "how_counted": "среднее", "norm": 80}
    books = narrowed.client(options=("measures",)).with_rules({2: rule}).with_rules({2: rule}, "РОП")
    values = [[day, code, "Звонки", 80] for day in base.DAYS[:20] for code in base.MANAGERS]
    return books.with_rows("measures", values)


def soiled(books, tabs, chance):
    """Put dirt into random cells, doubled and shortened rows, and rows of more people, absences and pay."""
    extra = {
        "absences": [[chance.choice(["M1", "M2", "H1", "X"]), *_days(chance)] for _ in range(5)],
        "plan": [[_day(chance), chance.choice(["M1", "M9"]), 1_000_000] for _ in range(2)],
        "decisions": [
            [date(2026, 10, 1), "M1", str(chance.randint(1, 200)), "верно", chance.choice(["", "Так и было"])]
            for _ in range(3)
        ],
        "salaries": [["M1", _day(chance), 1, 1, chance.random() < 0.5]],
    }
    for tab, rows in extra.items():
        books = books.more_rows(tab, *rows)
    for tab in (*tabs, "absences", "plan", "staff"):
        rows = books.rows[tab]
        for _ in range(8):
            row = chance.randrange(len(rows)) + 2
            column = chance.choice([each.key for each in books.template.layout.workbook.tab(tab).columns])
            books = books.with_cell(tab, row, column, chance.choice(DIRT))
    return books.more_rows(tabs[0], list(chance.choice(books.rows[tabs[0]])))


def _day(chance):
    return date(2024, 6, 1) + timedelta(days=chance.randrange(1300))


def _days(chance):
    first = _day(chance)
    return first, first + timedelta(days=chance.randrange(-3, 10))


def filled_rows(books):
    """The rows that hold anything but a №, an unticked box or blanks, straight from the cells."""
    return {
        tab: {
            row
            for row, cells in enumerate(rows, start=2)
            if any(
                cell not in (None, "", False) and column.key != "number"
                for column, cell in zip(books._tab(tab).columns, cells, strict=False)
            )
        }
        for tab, rows in {**books.rows, **books.pay}.items()
        if tab != "rules"  # they hold or are refused version by version
    }


def problems_of_all(books, parsed):
    """What is told in reading, over the whole book, and in each month that a row may be of."""
    inputs, paid = parsed.workbook.inputs, parsed.paid
    local = NOW.replace(tzinfo=None)
    told = [*parsed.workbook.problems, *parsed.payroll.problems, *check_workbook(inputs, paid, local)]
    calendar = working_calendar(range(2023, 2029))
    for month in MONTHS:
        rulebook = parsed.rules_entered(month) or books.template.rulebook
        selected = select_month(inputs, paid, month, rulebook, calendar)
        told += decide(selected, NOW, final=month < Month(2026, 11)).problems
    return told


@pytest.mark.parametrize("kind", list(TABS))
@pytest.mark.parametrize("seed", range(6))
def test_every_filled_row_counts_or_is_named(kind, seed):
    books = soiled(clean(kind), TABS[kind], random.Random(seed))
    parsed = parse_books(books.raw(), books.template.layout, books.template.rulebook)
    parsed = parsed.with_payroll(parsed.payroll_of(books.raw_payroll()))
    became = accounts(filled_rows(books), parsed.workbook.inputs, parsed.paid, problems_of_all(books, parsed))
    assert {tab: sorted(account.lost) for tab, account in became.items() if account.lost} == {}, (
        f"seed {seed}"
    )
    assert sum(len(account.filled) for account in became.values()) > 100
    # The dirt is there: some rows count nowhere, and are named.
    assert any(account.filled - account.counted for account in became.values())
