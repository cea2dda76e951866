"""The format that a formula gives its result, where its cell has none of its own."""

import json

import pytest
from pydantic_core import to_json

from sheets_emulator.book.document import Document, Sheet
from sheets_emulator.formulas.calculation import has_volatile, recalculate
from sheets_emulator.formulas.result_formats import with_format
from sheets_emulator.numbers.formats import render

DATE = {"type": "DATE", "pattern": "dd.mm.yyyy"}
MONEY = {"type": "CURRENCY", "pattern": '#,##0" ₸"'}
PERCENT = {"type": "PERCENT", "pattern": "0%"}
# A: a date, 5 October 2026 = day 46300; B: money; C: a percentage; D: a plain number
CELLS = [(46300, DATE), (200000, MONEY), (0.25, PERCENT), (3, None)]


@pytest.fixture
def document():
    made = Document({"locale": "ru_RU", "timeZone": "Asia/Almaty"})
    size = {"rowCount": 50, "columnCount": 20}
    made.sheets.append(Sheet({"sheetId": 0, "title": "Сделки", "gridProperties": size}))
    for row in range(2):
        for column, (value, look) in enumerate(CELLS):
            made.sheets[0].grid.enter(row, column, value)
            if look:
                style = made.styles.number({"userEnteredFormat": {"numberFormat": look}})
                made.sheets[0].grid.writable(row).set_style(column, style)
    return made


def shown(document, *formulas):
    """What formulas in F1, F2, … show."""
    grid = document.sheets[0].grid
    for row, formula in enumerate(formulas):
        grid.enter(row, 5, None, formula)
    recalculate(document)
    return [render(grid.value(row, 5), None, "ru_RU") for row in range(len(formulas))]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("=A1", "05.10.2026"),
        ("=A1+1", "06.10.2026"),
        ("=1+A1", "06.10.2026"),
        ("=A1-A2", "0"),
        ("=DATE(2026;10;5)", "05.10.2026"),
        ("=EOMONTH(A1;0)", "31.10.2026"),
        ("=MAX(A1:A2)", "05.10.2026"),
        ("=YEAR(A1)", "2026"),
        ("=TIME(9;30;0)", "9:30:00"),
        ("=B1*2", "400\u00a0000 ₸"),
        ("=B1*C1", "50\u00a0000 ₸"),
        ("=C1*B1", "50\u00a0000 ₸"),
        ("=SUM(B1:B)", "400\u00a0000 ₸"),
        ("=B1/B2", "1"),
        ("=B1/D1*3", "200\u00a0000 ₸"),
        ("=C1+C2", "50%"),
        ("=ROUND(C1;1)*2", "60%"),
        ("=IF(D1>2;B1;0)", "200\u00a0000 ₸"),
        ("=IF(D1<2;;B1)", "200\u00a0000 ₸"),
        ("=IFERROR(B1/0;B2)", "200\u00a0000 ₸"),
        ("=SUMIFS(D1:D2;A1:A2;A1)", "6"),
        ("=SUMIF(A1:A2;A1;B1:B2)", "400\u00a0000 ₸"),
        ("=COUNT(B1:B2)", "2"),
        ("=D1*2", "6"),
        ("=D1=3", "ИСТИНА"),
        ('=B1&""', "200000"),
        ("=((((A1))))", "05.10.2026"),
        ("=-B1", "-200\u00a0000 ₸"),
    ],
)
def test_a_result_takes_its_format_from_what_it_is_made_of(document, formula, expected):
    assert shown(document, formula) == [expected]
    assert document.sheets[0].grid.style(0, 5) == 0


def test_formats_go_along_chains_of_formulas_in_any_order(document):
    assert shown(document, "=F2", "=F3+1", "=A1") == ["06.10.2026", "06.10.2026", "05.10.2026"]


def test_a_chain_longer_than_the_stack_is_followed(document):
    document.sheets[0].resize(3000, 20)
    formulas = [f"=F{row + 2}" for row in range(2500)]
    assert shown(document, *formulas, "=A1")[0] == "05.10.2026"


def test_a_named_range_gives_its_format(document):
    cells = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 1, "endColumnIndex": 2}
    document.named_ranges.append({"name": "Суммы", "range": cells})
    assert shown(document, "=SUM(Суммы)") == ["400\u00a0000 ₸"]


def test_the_cells_own_format_outranks_the_formulas(document):
    grid = document.sheets[0].grid
    shown(document, "=B1*2")
    assert render(grid.value(0, 5), {"type": "NUMBER", "pattern": "0.00"}, "ru_RU") == "400000,00"


def test_a_change_of_the_operands_format_changes_the_result(document):
    assert shown(document, "=D1*2") == ["6"]
    style = document.styles.number({"userEnteredFormat": {"numberFormat": PERCENT}})
    document.sheets[0].grid.writable(0).set_style(3, style)
    recalculate(document)
    assert render(document.sheets[0].grid.value(0, 5), None, "ru_RU") == "600%"


def test_formats_are_worked_out_anew_for_a_document_from_the_store(document):
    shown(document, "=A1")
    assert not has_volatile(document)
    row = document.sheets[0].grid.rows[0]
    document.sheets[0].grid.rows[0] = type(row).from_json(json.loads(to_json(row.as_json())))
    assert document.sheets[0].grid.value(0, 5) == 46300
    assert has_volatile(document)
    recalculate(document)
    assert render(document.sheets[0].grid.value(0, 5), None, "ru_RU") == "05.10.2026"


def test_a_recalculation_that_changes_nothing_leaves_nothing_to_store(document):
    shown(document, "=A1", "=B1*1,5")
    document.sheets[0].grid.changed_blocks.clear()
    recalculate(document)
    assert document.sheets[0].grid.changed_blocks == set()


def test_numbers_with_a_format_are_plain_numbers_in_json():
    numbers = [with_format(3, DATE), with_format(0.5, MONEY)]
    assert json.dumps(numbers) == to_json(numbers).decode().replace(",", ", ") == "[3, 0.5]"
    assert with_format(True, DATE) is True


def test_a_result_copied_as_a_value_leaves_its_format_behind(document):
    shown(document, "=A1")
    grid = document.sheets[0].grid
    grid.enter(1, 5, grid.value(0, 5))
    recalculate(document)
    assert render(grid.value(1, 5), None, "ru_RU") == "46300"
