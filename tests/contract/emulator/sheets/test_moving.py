"""What refers to cells follows them when they are cut, dragged as rows or columns, or make room for others."""

import pytest

from tests.contract.emulator.sheets.plain_book import box, shown, span


@pytest.fixture
def book(book):
    book.put("A1", [["а", 1], ["б", 2], ["в", 3]])
    return book


def cut(place, row, column, sheet=0, **more):
    target = {"sheetId": sheet, "rowIndex": row, "columnIndex": column}
    return {"cutPaste": {"source": place, "destination": target, "pasteType": "PASTE_NORMAL", **more}}


def name(book, place):
    return book.batch({"addNamedRange": {"namedRange": {"name": "План", "range": place}}})


def test_formulas_follow_cut_cells_and_ranges_only_when_they_move_whole(book):
    book.put("D1", [["=B1", "=SUM(B1:B2)", "=SUM(B1:B3)", "=$B$2"]])
    name(book, box(0, 2, 1, 2))
    book.batch(cut(box(0, 2, 1, 2), 9, 6))
    assert book.formulas("D1:G1") == [["=G10", "=SUM(G10:G11)", "=SUM(B1:B3)", "=$G$11"]]
    assert book.raw("D1:G1") == [[1, 3, 3, 2]]
    assert book.call("GET", "?fields=namedRanges")["namedRanges"][0]["range"] == shown(box(9, 11, 6, 7))


def test_a_formula_cut_to_another_tab_names_the_tab_that_it_left(book):
    book.batch({"addSheet": {"properties": {"sheetId": 7, "title": "Лист 2"}}})
    book.put("C1", [["=A1&B1"]])
    book.put("D1", [["=C1"]])
    book.batch(cut(box(0, 1, 1, 3), 4, 0, sheet=7))
    assert book.formulas("'Лист 2'!A5:B5") == [[1, "=Sheet1!A1&A5"]]
    assert book.formulas("D1") == [["='Лист 2'!B5"]]
    assert book.raw("D1") == [["а1"]]


def test_a_merge_moves_with_its_cells(book):
    book.batch({"mergeCells": {"range": box(0, 2, 0, 1), "mergeType": "MERGE_ALL"}})
    book.batch(cut(box(0, 2, 0, 2), 4, 3))
    assert book.sheet()["merges"] == [shown(box(4, 6, 3, 4))]


def test_formulas_and_ranges_follow_moved_rows_and_columns(book):
    book.put("D1", [["=B1", "=B3", "=SUM(B1:B3)", "=SUM(B:B)"]])
    name(book, box(0, 1, 0, 2))
    book.batch({"moveDimension": {"source": span("ROWS", 0, 1), "destinationIndex": 3}})
    assert book.raw("A1:B3") == [["б", 2], ["в", 3], ["а", 1]]
    assert book.formulas("D3:G3") == [["=B3", "=B2", "=SUM(B1:B3)", "=SUM(B:B)"]]
    assert book.call("GET", "?fields=namedRanges")["namedRanges"][0]["range"] == shown(box(2, 3, 0, 2))
    book.batch({"moveDimension": {"source": span("COLUMNS", 1, 2), "destinationIndex": 0}})
    assert book.formulas("D3:G3") == [["=A3", "=A2", "=SUM(A1:A3)", "=SUM(A:A)"]]
    assert book.raw("D3:G3") == [[1, 3, 6, 6]]


def test_a_merge_is_not_torn_apart(book):
    book.batch({"mergeCells": {"range": box(0, 2, 0, 1), "mergeType": "MERGE_ALL"}})
    move = {"source": span("ROWS", 1, 2), "destinationIndex": 5}
    assert "part of a merged range" in book.refusal({"moveDimension": move})


def test_shifted_cells_take_references_along_within_their_columns(book):
    book.put("D1", [["=B2", "=A2", "=SUM(B1:B3)", "=SUM(A1:B3)"]])
    book.batch({"insertRange": {"range": box(1, 2, 1, 2), "shiftDimension": "ROWS"}})
    assert book.formulas("D1:G1") == [["=B3", "=A2", "=SUM(B1:B4)", "=SUM(A1:B3)"]]
    book.batch({"deleteRange": {"range": box(2, 3, 1, 2), "shiftDimension": "ROWS"}})
    assert book.formulas("D1:G1") == [["=#REF!", "=A2", "=SUM(B1:B3)", "=SUM(A1:B3)"]]


def test_cells_shifted_to_the_side_stay_in_their_rows(book):
    book.put("D5", [["=B2", "=B1"]])
    book.batch({"insertRange": {"range": box(1, 2, 0, 1), "shiftDimension": "COLUMNS"}})
    assert book.raw("A2:C2") == [["", "б", 2]]
    assert book.formulas("D5:E5") == [["=C2", "=B1"]]


def test_not_all_rows_that_move_can_be_deleted(book):
    size = {
        "properties": {"gridProperties": {"frozenRowCount": 1}},
        "fields": "gridProperties.frozenRowCount",
    }
    book.batch({"updateSheetProperties": size})
    refused = book.refusal({"deleteDimension": {"range": span("ROWS", 1, 1000)}})
    assert refused == (
        "Invalid requests[0].deleteDimension: Sorry, it is not possible to delete all non-frozen rows."
    )
    book.batch({"deleteDimension": {"range": span("ROWS", 0, 999)}})
    assert "frozenRowCount" not in book.sheet()["properties"]["gridProperties"]


def test_the_only_tab_cannot_be_removed(book):
    refused = book.refusal({"deleteSheet": {"sheetId": 0}})
    assert refused == "Invalid requests[0].deleteSheet: You can't remove all the sheets in a document."
    book.batch({"addSheet": {"properties": {"title": "Скрытый", "hidden": True}}})
    assert "all the visible sheets" in book.refusal({"deleteSheet": {"sheetId": 0}})


def test_a_value_that_is_none_is_quoted_as_google_does(book):
    told = book.put("A1", [[1, ["x"]]])["error"]["message"]
    assert told == 'Invalid values[0][1]: list_value {\n  values {\n    string_value: "x"\n  }\n}\n'


def paste(place, target, kind="PASTE_NORMAL"):
    return {"copyPaste": {"source": place, "destination": target, "pasteType": kind}}


def test_a_normal_paste_takes_merges_along_and_repeats_them(book):
    book.batch({"mergeCells": {"range": box(0, 1, 0, 2), "mergeType": "MERGE_ALL"}})
    book.batch(paste(box(0, 1, 0, 2), box(5, 7, 3, 5)))
    assert book.sheet()["merges"] == [
        shown(box(row, row + 1, left, left + 2)) for row, left in ((0, 0), (5, 3), (6, 3))
    ]
    book.batch(paste(box(0, 1, 0, 2), box(9, 10, 3, 5), "PASTE_VALUES"))
    assert len(book.sheet()["merges"]) == 3


def test_conditional_formats_are_pasted_alone_or_with_formats(book):
    condition = {"type": "NUMBER_GREATER", "values": [{"userEnteredValue": "1"}]}
    look = {"condition": condition, "format": {"backgroundColor": {"red": 1}}}
    made = {"ranges": [box(0, 3, 1, 2)], "booleanRule": look}
    book.batch({"addConditionalFormatRule": {"rule": made, "index": 0}})
    book.batch(paste(box(1, 3, 1, 2), box(4, 6, 5, 6), "PASTE_CONDITIONAL_FORMATTING"))
    book.batch(paste(box(0, 1, 1, 2), box(8, 9, 8, 9), "PASTE_VALUES"))
    ranges = book.sheet()["conditionalFormats"][0]["ranges"]
    assert ranges == [shown(box(0, 3, 1, 2)), shown(box(4, 6, 5, 6))]
    assert book.raw("F5:F6") == []


@pytest.mark.parametrize(
    ("kind", "values", "bold", "left"),
    [
        ("PASTE_NORMAL", [["=B1*2"]], True, []),
        ("PASTE_VALUES", [[2]], False, []),
        ("PASTE_FORMULA", [["=B1*2"]], False, []),
        ("PASTE_FORMAT", [["там"]], True, []),
    ],
)
def test_all_the_source_is_cut_whatever_is_pasted(book, kind, values, bold, left):
    book.put("C1", [["=B1*2"]])
    book.put("E5", [["там"]])
    look = {"userEnteredFormat": {"textFormat": {"bold": True}}}
    book.batch({"repeatCell": {"range": box(0, 1, 2, 3), "cell": look, "fields": "userEnteredFormat"}})
    book.batch(cut(box(0, 1, 2, 3), 4, 4, pasteType=kind))
    assert (book.formulas("E5"), book.formulas("C1")) == (values, left)
    found = book.call("GET", "?ranges=E5&ranges=C1&fields=sheets.data.rowData.values.userEnteredFormat")
    target, source = found["sheets"][0]["data"]
    assert bool(target.get("rowData", [{}])[0].get("values", [{}])[0].get("userEnteredFormat")) == bold
    assert "rowData" not in source
