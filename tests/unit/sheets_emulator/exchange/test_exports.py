import io

import pytest
from openpyxl import load_workbook

from sheets_emulator.book.defaults import new_document
from sheets_emulator.book.document import Sheet
from sheets_emulator.book.grid import CellError
from sheets_emulator.exchange.exports import export
from sheets_emulator.exchange.imports import imported
from sheets_emulator.wire.errors import ApiError


def document(rows, *, locale="ru_RU", styles=()):
    """A document with the given values; `styles` are (row, column, style)."""
    made = new_document(locale)
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            made.sheets[0].grid.enter(r, c, value)
    for r, c, style in styles:
        made.sheets[0].grid.writable(r).set_style(c, made.styles.number(style))
    return made


def formatted(kind, pattern):
    return {"userEnteredFormat": {"numberFormat": {"type": kind, "pattern": pattern}}}


def excel(made):
    return load_workbook(io.BytesIO(export(made, "xlsx", "x")))


def test_csv_shows_what_the_cells_show_and_ends_without_a_line_end():
    made = document(
        [["Дата", "Доля", "Верно"], [46300, 0.25, True], ['с "кавычкой"', "a,b", "две\nстроки"]],
        styles=[(1, 0, formatted("DATE", "dd.mm.yyyy")), (1, 1, formatted("PERCENT", "0%"))],
    )
    assert export(made, "csv", "x").decode() == (
        'Дата,Доля,Верно\r\n05.10.2026,25%,ИСТИНА\r\n"с ""кавычкой""","a,b","две\nстроки"'
    )


def test_csv_fills_rows_up_to_the_widest_and_keeps_blank_ones():
    assert export(document([["a", None, "b"], [], ["c"]]), "csv", "x") == b"a,,b\r\n,,\r\nc,,"
    assert export(document([["a"], [], ["b"]]), "csv", "x") == b"a\r\n\r\nb"
    assert export(document([]), "csv", "x") == b""


def test_tsv_has_no_tabs_or_line_ends_within_a_cell():
    assert export(document([["a\tb", "c\nd"], [1, 2]]), "tsv", "x") == b"a b\tc d\r\n1\t2"


def test_only_the_first_tab_goes_into_csv_and_all_go_into_xlsx():
    made = document([["one"]])
    second = Sheet(
        {"sheetId": 5, "title": "Второй: [план]", "gridProperties": {"rowCount": 1, "columnCount": 1}}
    )
    second.grid.enter(0, 0, "two")
    made.sheets.append(second)
    assert export(made, "csv", "x") == b"one"
    assert excel(made).sheetnames == ["Sheet1", "Второй_ _план_"]


def test_text_that_looks_like_a_formula_stays_text_in_excel():
    texts = ["=1+1", "+7 701", "-5", "@me", '=IMPORTRANGE("x")']
    page = excel(document([texts])).active
    assert [(cell.value, cell.data_type) for cell in page[1]] == [(text, "s") for text in texts]
    assert all(cell.quotePrefix for cell in page[1])


def test_excel_gets_values_dates_and_formats():
    made = document(
        [["Итого", 1250000.5, 46300, True, CellError("#DIV/0!", "DIVIDE_BY_ZERO"), "управ\x07ляющий"]],
        styles=[
            (0, 0, {"userEnteredFormat": {
                "textFormat": {"bold": True, "fontSize": 12, "foregroundColor": {"red": 1}},
                "backgroundColor": {"green": 1},
                "horizontalAlignment": "CENTER",
                "wrapStrategy": "WRAP",
                "borders": {"bottom": {"style": "SOLID", "color": {"blue": 1}}},
            }}),
            (0, 1, formatted("CURRENCY", '# ##0 "₸"')),
            (0, 2, formatted("DATE", "dd.mm.yyyy")),
        ],
    )  # fmt: skip
    cells = excel(made).active[1]
    assert cells[0].font.bold
    assert cells[0].font.color.rgb == "FFFF0000"
    assert cells[0].fill.fgColor.rgb == "FF00FF00"
    assert (cells[0].alignment.horizontal, cells[0].alignment.wrap_text) == ("center", True)
    assert (cells[0].border.bottom.style, cells[0].border.bottom.color.rgb) == ("thin", "FF0000FF")
    assert (cells[1].value, cells[1].number_format) == (1250000.5, '# ##0 "₸"')
    assert cells[2].value.date().isoformat() == "2026-10-05"
    assert cells[3].value is True
    assert (cells[4].value, cells[4].data_type) == ("#DIV/0!", "e")
    assert cells[5].value == "управляющий"


def test_excel_gets_sizes_frozen_panes_merges_notes_and_lists():
    made = document([["a", "b"], ["c", "d"]])
    sheet = made.sheets[0]
    sheet.properties["gridProperties"] |= {"frozenRowCount": 1, "frozenColumnCount": 1, "hideGridlines": True}
    sheet.properties["tabColor"] = {"red": 1}
    sheet.column_properties = {1: {"pixelSize": 215, "hiddenByUser": True}}
    sheet.row_properties = {0: {"pixelSize": 40}}
    sheet.objects["merges"] = [
        {"sheetId": 0, "startRowIndex": 2, "endRowIndex": 4, "startColumnIndex": 0, "endColumnIndex": 2}
    ]
    listed = {
        "dataValidation": {
            "condition": {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": v} for v in ("да", "нет")]},
            "strict": True,
        },
        "note": "Пояснение",
    }
    for row in (0, 1):
        sheet.grid.writable(row).set_style(0, made.styles.number(listed))
    page = excel(made).active
    assert page.freeze_panes == "B2"
    assert page.column_dimensions["B"].width == 30
    assert page.column_dimensions["B"].hidden
    assert page.row_dimensions[1].height == 30
    assert [str(area) for area in page.merged_cells.ranges] == ["A3:B4"]
    assert page["A1"].comment.text == "Пояснение"
    assert page.sheet_properties.tabColor.rgb == "FFFF0000"
    assert not page.sheet_view.showGridLines
    (rule,) = page.data_validations.dataValidation
    assert (rule.type, rule.formula1, str(rule.sqref), rule.showErrorMessage) == (
        "list",
        '"да,нет"',
        "A1:A2",
        True,
    )


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("NUMBER_BETWEEN", ["0", "1"], ("decimal", "between", "0", "1")),
        ("NUMBER_GREATER_THAN_EQ", ["0"], ("decimal", "greaterThanOrEqual", "0", None)),
        ("ONE_OF_RANGE", ["='Сотрудники'!A2:A"], ("list", None, "'Сотрудники'!A2:A", None)),
        ("BOOLEAN", [], ("list", None, '"TRUE,FALSE"', None)),
        ("CUSTOM_FORMULA", ["=A1>0"], ("custom", None, "A1>0", None)),
    ],
)
def test_each_known_condition_becomes_an_excel_rule(kind, values, expected):
    condition = {"type": kind, "values": [{"userEnteredValue": value} for value in values]}
    made = document([["x"]], styles=[(0, 0, {"dataValidation": {"condition": condition}})])
    (rule,) = excel(made).active.data_validations.dataValidation
    assert (rule.type, rule.operator, rule.formula1, rule.formula2) == expected


def test_a_pdf_has_pages_in_a4_and_can_write_russian_and_kazakh():
    rows = [["Менеджер", "Сумма"], *([f"Әсел Қайратқызы {n}", n * 1000] for n in range(200))]
    made = document(rows)
    made.sheets[0].properties["gridProperties"]["frozenRowCount"] = 1
    data = export(made, "pdf", "Ведомость")
    assert data.startswith(b"%PDF-")
    assert b"NotoSans" in data
    assert b"595.2756 841.8898" in data
    assert data.count(b"/Type /Page\n") + data.count(b"/Type /Page ") > 1


def test_an_empty_spreadsheet_is_one_blank_page():
    assert export(document([]), "pdf", "x").startswith(b"%PDF-")


def test_a_table_is_understood_as_if_typed():
    made = imported(
        '\ufeffа;b,"1 000,5",05.10.2026,=1+1,\'007\n'.encode(),
        "text/csv; charset=utf-8",
        "Лист",
        locale="ru_RU",
    )
    (sheet,) = made.sheets
    assert sheet.title == "Лист"
    assert sheet.grid.rows[0].values == ["а;b", 1000.5, 46300, 2, "007"]
    assert sheet.grid.formula(0, 3) == "=1+1"
    assert made.styles[sheet.grid.style(0, 2)]["userEnteredFormat"]["numberFormat"]["type"] == "DATE"


def test_a_big_table_makes_the_grid_grow():
    made = imported(b"\n".join([b",".join([b"1"] * 30)] * 1001), "text/csv")
    assert (made.sheets[0].row_count, made.sheets[0].column_count) == (1001, 30)


@pytest.mark.parametrize(("data", "kind"), [(b"a", "image/png"), (b"a" * 50_001, "text/csv"), (b"a", "")])
def test_what_is_no_table_is_refused(data, kind):
    with pytest.raises(ApiError) as caught:
        imported(data, kind)
    assert caught.value.code == 400
