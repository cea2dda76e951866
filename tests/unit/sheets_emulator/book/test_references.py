"""References stay right when rows and columns move."""

import pytest

from sheets_emulator.book.defaults import new_document, sheet_properties
from sheets_emulator.book.document import Sheet
from sheets_emulator.book.references import Shift, shift_everything, shifted_formula, translated


@pytest.fixture
def document():
    made = new_document()
    made.sheets.append(Sheet(sheet_properties({"sheetId": 7, "title": "Лист 2"})))
    return made


@pytest.mark.parametrize(
    ("formula", "after"),
    [
        ("=A1+A3", "=A1+A5"),  # two rows inserted before row 3
        ("=SUM(A1:A3)", "=SUM(A1:A5)"),
        ("=SUM($A$3:B$4)", "=SUM($A$5:B$6)"),
        ("=SUM(A:A)", "=SUM(A:A)"),
        ("=SUM(2:3)", "=SUM(2:5)"),
        ('="A3"&A3', '="A3"&A5'),
        ("='Лист 2'!A3+Sheet1!A3", "='Лист 2'!A3+Sheet1!A5"),
        ("=План+LOG10(A3)", "=План+LOG10(A5)"),
    ],
)
def test_inserted_rows_push_references_down(document, formula, after):
    sheet = document.sheets[0]
    assert shifted_formula(formula, sheet, Shift(sheet, "ROWS", 2, 2)) == after


@pytest.mark.parametrize(
    ("formula", "after"),
    [
        ("=B1+C1+D1", "=#REF!+#REF!+B1"),  # columns B and C taken out
        ("=SUM(A1:D1)", "=SUM(A1:B1)"),
        ("=SUM(B1:C1)", "=SUM(#REF!)"),
        ("=SUM(C1:D2)", "=SUM(B1:B2)"),
    ],
)
def test_deleted_columns_pull_references_left_or_break_them(document, formula, after):
    sheet = document.sheets[0]
    assert shifted_formula(formula, sheet, Shift(sheet, "COLUMNS", 1, -2)) == after


def test_formulas_of_another_tab_move_only_where_they_name_the_tab(document):
    first, second = document.sheets
    shift = Shift(first, "ROWS", 0, 1)
    assert shifted_formula("=A1+Sheet1!A1", second, shift) == "=A1+Sheet1!A2"


def test_a_copied_formula_takes_its_relative_references_along():
    assert translated("=A1+$A1+A$1+$A$1", 2, 1) == "=B3+$A3+B$1+$A$1"
    assert translated("=C5*2", -3, -2) == "=A2*2"


def place(first, last, sheet=0):
    return {
        "sheetId": sheet,
        "startRowIndex": first,
        "endRowIndex": last,
        "startColumnIndex": 0,
        "endColumnIndex": 1,
    }


@pytest.mark.parametrize(
    ("formula", "rows", "columns", "after"),
    [
        ("=A1", -1, 0, "=#REF!"),
        ("=B2+$A$1", 0, -2, "=#REF!+$A$1"),
        ("=SUM(1:2)", -2, 0, "=SUM(#REF!)"),
        ("=SUM(A:B)+1", 0, -1, "=SUM(#REF!)+1"),
        ("=ZZZ1", 0, 1, "=#REF!"),
    ],
)
def test_a_reference_copied_out_of_the_tab_is_broken(formula, rows, columns, after):
    assert translated(formula, rows, columns) == after


def test_the_ranges_of_objects_move_shrink_and_vanish(document):
    sheet = document.sheets[0]
    sheet.objects["protectedRanges"] = [
        {"protectedRangeId": 1, "range": place(0, 2)},
        {"protectedRangeId": 2, "range": place(3, 5)},
        {"protectedRangeId": 3, "range": place(4, 9)},
        {"protectedRangeId": 4, "range": {"sheetId": 0}},
    ]
    sheet.objects["conditionalFormats"] = [{"ranges": [place(3, 5)]}, {"ranges": [place(3, 5), place(8, 9)]}]
    document.named_ranges = [{"namedRangeId": "1", "name": "x", "range": place(6, 8, sheet=7)}]
    shift_everything(document, Shift(sheet, "ROWS", 3, -2))
    assert sheet.objects["protectedRanges"] == [
        {"protectedRangeId": 1, "range": place(0, 2)},
        {"protectedRangeId": 3, "range": place(3, 7)},
        {"protectedRangeId": 4, "range": {"sheetId": 0}},
    ]
    assert sheet.objects["conditionalFormats"] == [{"ranges": [place(6, 7)]}]
    assert document.named_ranges[0]["range"] == place(6, 8, sheet=7)
