"""Tables: header, typed columns, appended rows, and what happens to them when cells move."""

import pytest

from tests.contract.emulator.sheets.plain_book import box, shown, span


@pytest.fixture
def book(book):
    book.put(
        "A1", [["Код", "Сумма", "Статус"], ["M01", 5, "да"], ["M02", 7, ""], ["", "", ""], ["низ", "", ""]]
    )
    return book


def add(book, **more):
    table = {"name": "Сделки", "range": box(0, 4, 0, 3), **more}
    return book.batch({"addTable": {"table": table}})[0]["addTable"]["table"]


def cells(*values):
    return {"values": [{"userEnteredValue": value} for value in values]}


def row(*texts):
    return cells(*({"stringValue": text} for text in texts))


def test_columns_take_their_names_from_the_header_or_give_it_theirs(book):
    made = add(book, columnProperties=[{"columnIndex": 1, "columnName": "Итог", "columnType": "PERCENT"}])
    assert made["range"] == shown(box(0, 4, 0, 3))
    assert made["columnProperties"] == [
        {"columnName": "Код"},
        {"columnIndex": 1, "columnName": "Итог", "columnType": "PERCENT"},
        {"columnIndex": 2, "columnName": "Статус"},
    ]
    assert book.call("GET", "/values/A1:C2")["values"] == [
        ["Код", "Итог", "Статус"],
        ["M01", "500.00%", "да"],
    ]
    assert book.sheet()["tables"] == [made]


def test_a_dropdown_column_validates_its_cells_and_a_boolean_one_ticks_them(book):
    condition = {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": "да"}, {"userEnteredValue": "нет"}]}
    add(
        book,
        columnProperties=[
            {"columnIndex": 1, "columnType": "BOOLEAN"},
            {"columnIndex": 2, "columnType": "DROPDOWN", "dataValidationRule": {"condition": condition}},
        ],
    )
    found = book.call("GET", "?ranges=A2:C2&fields=sheets.data.rowData.values.dataValidation.condition")
    rules = [
        c.get("dataValidation", {}).get("condition")
        for c in found["sheets"][0]["data"][0]["rowData"][0]["values"]
    ]
    assert rules == [None, {"type": "BOOLEAN"}, condition]


def test_appended_rows_fill_the_blank_ones_then_the_table_grows(book):
    made = add(book)
    rows = [row("M03"), row("M04")]
    book.batch({"appendCells": {"tableId": made["tableId"], "rows": rows, "fields": "userEnteredValue"}})
    assert [r[0] for r in book.raw("A1:A6")] == ["Код", "M01", "M02", "M03", "M04", "низ"]
    assert book.sheet()["tables"][0]["range"]["endRowIndex"] == 5
    wide = {"tableId": made["tableId"], "rows": [row("1", "2", "3", "4")], "fields": "userEnteredValue"}
    assert "only 3 columns" in book.refusal({"appendCells": wide})


def test_a_footer_stays_last(book):
    made = add(book, rowsProperties={"footerColorStyle": {"rgbColor": {"red": 1}}})
    asked = {"tableId": made["tableId"], "rows": [row("M03")], "fields": "userEnteredValue"}
    book.batch({"appendCells": asked})
    assert [r[0] if r else "" for r in book.raw("A1:A6")] == ["Код", "M01", "M02", "M03", "", "низ"]


def test_columns_come_go_and_are_renamed_with_their_header_cells(book):
    add(book, columnProperties=[{"columnIndex": 1, "columnType": "CURRENCY"}])
    book.batch({"insertDimension": {"range": span("COLUMNS", 1, 2)}})
    names = [one["columnName"] for one in book.sheet()["tables"][0]["columnProperties"]]
    assert names == ["Код", "Column 2", "Сумма", "Статус"]
    assert book.raw("A1:D1") == [["Код", "Column 2", "Сумма", "Статус"]]
    book.put("B1", [["Клиент"]])
    book.batch({"deleteDimension": {"range": span("COLUMNS", 0, 1)}})
    columns = book.sheet()["tables"][0]["columnProperties"]
    assert [one["columnName"] for one in columns] == ["Клиент", "Сумма", "Статус"]
    assert columns[1]["columnType"] == "CURRENCY"


def test_a_table_is_renamed_resized_filtered_and_deleted_with_its_cells(book):
    made = add(book)
    number = made["tableId"]
    change = {"tableId": number, "name": "Продажи", "range": box(0, 3, 0, 2)}
    book.batch({"updateTable": {"table": change, "fields": "name,range"}})
    held = book.sheet()["tables"][0]
    assert (held["name"], held["range"], len(held["columnProperties"])) == (
        "Продажи",
        shown(box(0, 3, 0, 2)),
        2,
    )
    book.batch({"setBasicFilter": {"filter": {"tableId": number}}})
    assert book.sheet()["basicFilter"]["range"] == held["range"]
    book.batch({"deleteTable": {"tableId": number}})
    assert "tables" not in book.sheet()
    assert book.raw("A1:C3") == [["", "", "Статус"], ["", "", "да"]]


def test_a_duplicated_tab_has_a_table_with_a_name_of_its_own(book):
    add(book)
    book.batch({"duplicateSheet": {"sourceSheetId": 0, "insertSheetIndex": 1}})
    sheets = book.call("GET", "?fields=sheets.tables")["sheets"]
    assert [sheet["tables"][0]["name"] for sheet in sheets] == ["Сделки", "Сделки_2"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"name": "сделки", "range": box(10, 12, 0, 2)}, "already exists"),
        ({"name": "Другая", "range": box(3, 6, 2, 4)}, "cannot overlap"),
        ({"name": "Другая", "range": box(0, 4, 25, 28)}, "exceeds grid limits"),
        (
            {"name": "Другая", "range": box(9, 12, 0, 2), "columnProperties": [{"columnIndex": 2}]},
            "columnIndex",
        ),
    ],
)
def test_a_table_that_cannot_be_is_refused(book, more, told):
    add(book)
    assert told in book.refusal({"addTable": {"table": more}})
