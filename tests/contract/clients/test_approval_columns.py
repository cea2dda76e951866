"""Nobody approves his own pay: a column is found by its header, so the header of an approval is the owner's too."""

import pytest

from kpi_rules.errors import RefusedError
from sheets_sync.reading.books import parse_payroll
from sheets_sync.reading.cells import RawBook
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_life import HEAD, OWNER


@pytest.fixture
def life(deployed):
    return deployed


@pytest.mark.parametrize(("tab", "column"), [("salaries", 4), ("corrections", 5), ("decisions", 5)])
def test_the_head_can_neither_tick_an_approval_nor_rename_its_column(life, tab, column):
    for row, value in ((2, True), (499, True), (1, "Черновик")):
        with pytest.raises(RefusedError):
            life.enter(HEAD, tab, [[value]], row=row, column=column)
    life.enter(OWNER, tab, [[True]], column=column)


def test_a_second_approval_column_of_the_heads_own_is_a_blocking_problem(life):
    tab_id = sheet_id("payroll", "corrections")
    grow = {"appendDimension": {"sheetId": tab_id, "dimension": "COLUMNS", "length": 1}}
    life.as_person(HEAD).gateway.apply(life.payroll_id, [grow])
    life.enter(HEAD, "corrections", [["Утверждено"], [True]], row=1, column=6)
    book = life.book("payroll")
    raw = {tab.key: life.cells(life.payroll_id, tab.title) for tab in book.tabs}
    problems = parse_payroll(RawBook(raw), book, ()).problems
    assert [problem.code for problem in problems if problem.blocks] == ["header_twice"]
