"""Formulas in Excel files: Excel's syntax, today's value and its format."""

import io
import zipfile

import pytest
from openpyxl import load_workbook

from sheets_emulator.book.defaults import new_document, sheet_properties
from sheets_emulator.book.document import Sheet
from sheets_emulator.book.grid import CellError
from sheets_emulator.exchange.exports import export
from sheets_emulator.exchange.xlsx_formulas import excel_formula
from sheets_emulator.formulas.calculation import recalculate

TABS = {"sheet1": "Sheet1", "план: 2026": "План_ 2026", "d'arc": "d'arc"}
NAMES = frozenset({"НОРМА"})


@pytest.mark.parametrize(
    ("formula", "comma", "written"),
    [
        ("=A1+1", False, "A1+1"),
        ("=sum(A1:B2; 1,5)", True, "SUM(A1:B2,1.5)"),
        ("=SUM(A2:A)", False, "SUM(A2:A1048576)"),
        ("=SUM(A:B)+SUM(2:2)", False, "SUM(A:B)+SUM(2:2)"),
        ("='План: 2026'!$B$2*норма", False, "'План_ 2026'!$B$2*норма"),
        ("='d''arc'!A1", False, "'d''arc'!A1"),
        ("=IFNA(XLOOKUP(A1,B:B,C:C),0)", False, "_xlfn.IFNA(_xlfn.XLOOKUP(A1,B:B,C:C),0)"),
        ('=IF(A1="да, «так» ""1,5""";TRUE;истина)', True, None),  # no such name
        ('=A1&"1,5 ; x"', True, 'A1&"1,5 ; x"'),
        ("=-A1^2%", False, "-A1^2%"),
    ],
)
def test_a_formula_is_written_in_excels_syntax(formula, comma, written):
    found = excel_formula(formula, 7, decimal_comma=comma, tabs=TABS, names=NAMES)
    if written is None:
        assert found.startswith("IFERROR(__xludf.DUMMYFUNCTION(")
    else:
        assert found == written


@pytest.mark.parametrize(
    ("formula", "value", "written"),
    [
        ('=QUERY(A1:B2,"select A")', 5, 'IFERROR(__xludf.DUMMYFUNCTION("QUERY(A1:B2,""select A"")"),5)'),
        (
            "=ARRAYFORMULA(A1:A2)",
            'он "сам"',
            'IFERROR(__xludf.DUMMYFUNCTION("ARRAYFORMULA(A1:A2)"),"он ""сам""")',
        ),
        ("={1;2}", True, 'IFERROR(__xludf.DUMMYFUNCTION("{1;2}"),TRUE)'),
        ("=Nowhere!A1", None, 'IFERROR(__xludf.DUMMYFUNCTION("Nowhere!A1"),"")'),
        ("=SUM(A2:2)", 1, 'IFERROR(__xludf.DUMMYFUNCTION("SUM(A2:2)"),1)'),
        ("=QUERY(A1)", CellError("#NAME?", "NAME"), None),
        ('=QUERY(A1,"' + "x" * 300 + '")', 1, None),
    ],
)
def test_a_formula_that_excel_does_not_know_keeps_its_value(formula, value, written):
    assert excel_formula(formula, value, decimal_comma=False, tabs=TABS, names=NAMES) == written


@pytest.fixture
def made():
    document = new_document("ru_RU", "Asia/Almaty")
    document.sheets.append(Sheet(sheet_properties({"sheetId": 7, "title": "План: 2026"})))
    grid = document.sheets[0].grid
    grid.enter(0, 0, 150000)
    grid.enter(0, 1, None, "=A1*1,5")
    grid.enter(1, 0, None, '="<b> & "&A1')
    grid.enter(1, 1, None, "=1/0")
    grid.enter(2, 0, None, "=DATE(2026;10;5)")
    grid.enter(2, 1, None, "=A1>1")
    grid.enter(3, 0, None, "=норма*2")
    grid.enter(4, 0, "=не формула")
    document.sheets[1].grid.enter(0, 0, 15)
    money = {"userEnteredFormat": {"numberFormat": {"type": "CURRENCY", "pattern": '# ##0 "₸"'}}}
    grid.writable(0).set_style(1, document.styles.number(money))
    area = {"sheetId": 7, "startRowIndex": 0, "endRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 1}
    document.named_ranges.append({"namedRangeId": "1", "name": "Норма", "range": area})
    recalculate(document)
    return document


def test_excel_gets_formula_value_and_format(made):
    content = export(made, "xlsx", "x")
    formulas, values = load_workbook(io.BytesIO(content)), load_workbook(io.BytesIO(content), data_only=True)
    written, seen = formulas["Sheet1"], values["Sheet1"]
    cells = ("B1", "A2", "B2", "A3", "B3", "A4")
    assert [written[cell].value for cell in cells] == [
        "=A1*1.5", '="<b> & "&A1', "=1/0", "=DATE(2026,10,5)", "=A1>1", "=норма*2"
    ]  # fmt: skip
    assert [seen[cell].value for cell in cells if cell != "A3"] == [
        225000,
        "<b> & 150000",
        "#DIV/0!",
        True,
        30,
    ]
    assert seen["A3"].value.date().isoformat() == "2026-10-05"
    assert seen["B1"].number_format == '# ##0 "₸"'
    assert (written["A5"].value, written["A5"].data_type) == ("=не формула", "s")
    assert formulas.defined_names["Норма"].attr_text == "'План_ 2026'!$A$1:$A$1"


def test_a_tab_without_formulas_is_left_as_it_was_written(made):
    with zipfile.ZipFile(io.BytesIO(export(made, "xlsx", "x"))) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet2.xml")
        assert b"<f>" in archive.read("xl/worksheets/sheet1.xml")
