"""spreadsheets.* and values.* over HTTP; each exchange is also checked against the discovery document."""

from sheets_emulator.requests import BATCH_KINDS, EMULATED
from tests.contract.emulator.sheets.plain_book import Book, box, shown, span


def test_every_kind_of_request_is_known_and_what_is_not_emulated_says_so(book):
    assert len(BATCH_KINDS) == 74
    assert set(EMULATED) <= BATCH_KINDS
    for kind in sorted(BATCH_KINDS - set(EMULATED)):
        assert (
            book.refusal({kind: {}}) == f"Invalid requests[0].{kind}: this kind of request is not emulated."
        )


def test_rows_are_appended_behind_the_table_that_the_range_touches(book):
    book.put("A1:B2", [["Код", "Сумма"], ["M01", 5]])
    book.put("E5", [["чужое"]])
    path = "/values/A1:append?valueInputOption=RAW&includeValuesInResponse=true"
    answer = book.call("POST", path, json={"values": [["M02", 6]]})
    assert answer["tableRange"] == "Sheet1!A1:B2"
    assert answer["updates"]["updatedRange"] == "Sheet1!A3:B3"
    assert answer["updates"]["updatedData"]["values"] == [["M02", "6"]]
    answer = book.call("POST", "/values/Sheet1:append?valueInputOption=RAW", json={"values": [["x"]]})
    assert (answer["tableRange"], answer["updates"]["updatedRange"]) == ("Sheet1!E5", "Sheet1!E6")


def test_appending_with_inserted_rows_pushes_down_what_lies_below(book):
    book.put("A1:A3", [["a"], [None], ["below"]])
    path = "/values/A1:append?valueInputOption=RAW&insertDataOption=INSERT_ROWS"
    book.call("POST", path, json={"values": [["b"], ["c"]]})
    assert book.raw("A:A") == [["a"], ["b"], ["c"], [], ["below"]]


def test_a_written_rectangle_must_hold_its_data_and_lie_in_the_grid(book):
    answer = book.put("A1:B2", [["a", "b", "c"]])
    told = "Requested writing within range [Sheet1!A1:B2], but tried writing to column [C]"
    assert answer["error"]["message"] == told
    answer = book.put("A1:B2", [["a"]] * 3)
    assert answer["error"]["message"].endswith("but tried writing to row [3]")
    answer = book.put("Z1000:AA1001", [["a"]])
    assert answer["error"]["message"] == (
        "Range (Sheet1!Z1000:AA1001) exceeds grid limits. Max rows: 1000, max columns: 26"
    )
    assert book.put("Z1000", [["a", "b"], ["c"]])["updatedRange"] == "Sheet1!Z1000:AA1001"
    assert book.sheet()["properties"]["gridProperties"] == {"rowCount": 1001, "columnCount": 27}


def test_null_leaves_a_cell_and_the_empty_text_clears_it(book):
    book.put("A1:C1", [["a", "b", "c"]])
    book.put("A1:C1", [[None, "", "z"]])
    assert book.raw("A1:C1") == [["a", "", "z"]]


def test_a_cell_holds_no_more_than_fifty_thousand_characters(book):
    assert "updatedCells" in book.put("A1", [["я" * 50_000]], "RAW")
    answer = book.put("A1", [["я" * 50_001]], "RAW")
    assert answer["error"]["message"] == (
        "Your input contains more than the maximum of 50000 characters in a single cell."
    )


def test_a_spreadsheet_holds_no_more_than_ten_million_cells(book):
    size = {"rowCount": 9_974_001, "columnCount": 1}
    assert "above the limit of 10000000 cells" in book.refusal(
        {"addSheet": {"properties": {"gridProperties": size}}}
    )
    size["rowCount"] = 9_974_000
    book.batch({"addSheet": {"properties": {"title": "Большой", "gridProperties": size}}})
    append = {"appendDimension": {"sheetId": 0, "dimension": "ROWS", "length": 1}}
    assert "above the limit" in book.refusal(append)


def test_cells_are_updated_under_a_mask_and_cleared_where_the_rows_lack_them(book):
    look = {"textFormat": {"bold": True}}
    cell = {"userEnteredValue": {"stringValue": "=не формула"}, "userEnteredFormat": look, "note": "n"}
    book.batch({"updateCells": {"range": box(0, 2, 0, 2), "rows": [{"values": [cell, cell]}], "fields": "*"}})
    book.batch({"updateCells": {"range": box(0, 2, 0, 1), "rows": [], "fields": "userEnteredValue,note"}})
    rows = book.sheet("sheets.data.rowData.values(userEnteredValue,note,userEnteredFormat)")["data"][0][
        "rowData"
    ]
    kept = {**cell, "userEnteredFormat": look}
    assert rows == [{"values": [{"userEnteredFormat": look}, kept]}]
    told = book.refusal({"updateCells": {"range": box(0, 1, 0, 1), "rows": [{}, {}], "fields": "note"}})
    assert (
        told
        == "Invalid requests[0].updateCells: Attempting to write row: 1, beyond the last requested row of: 0"
    )
    start = {"sheetId": 0, "rowIndex": 999, "columnIndex": 25}
    rows = [{"values": [{}, {}]}]
    told = book.refusal({"updateCells": {"start": start, "rows": rows, "fields": "note"}})
    assert told.endswith("Range (Sheet1!Z1000:AA1000) exceeds grid limits. Max rows: 1000, max columns: 26")


def test_a_repeated_formula_moves_along(book):
    book.put("A1:A3", [[1], [2], [3]])
    cell = {"userEnteredValue": {"formulaValue": "=A1*10"}}
    book.batch({"repeatCell": {"range": box(0, 3, 1, 2), "cell": cell, "fields": "userEnteredValue"}})
    assert book.formulas("B1:B3") == [["=A1*10"], ["=A2*10"], ["=A3*10"]]
    assert book.raw("B1:B3") == [[10], [20], [30]]


def test_appended_cells_go_behind_the_last_row_with_data(book):
    book.put("B3", [["x"]])
    rows = [{"values": [{"userEnteredValue": {"numberValue": 0}}]}]
    book.batch({"appendCells": {"sheetId": 0, "rows": rows, "fields": "userEnteredValue"}})
    assert book.raw("A3:B4") == [["", "x"], [0]]


def test_validation_rules_are_kept_and_taken_away(book):
    values = [{"userEnteredValue": "да"}, {"userEnteredValue": "нет"}]
    rule = {"condition": {"type": "ONE_OF_LIST", "values": values}, "strict": True, "showCustomUi": True}
    book.batch({"setDataValidation": {"range": box(1, 3, 0, 1), "rule": rule}})
    found = book.sheet("sheets.data.rowData.values.dataValidation")["data"][0]["rowData"]
    assert found == [{}, {"values": [{"dataValidation": rule}]}, {"values": [{"dataValidation": rule}]}]
    book.batch({"setDataValidation": {"range": box(0, 9, 0, 1)}})
    assert book.sheet("sheets.data.rowData.values.dataValidation")["data"] == [{}]


def test_merging_keeps_the_first_value_and_refuses_half_a_merge(book):
    book.put("A1:B2", [["a", "b"], ["c", "d"]])
    book.batch({"mergeCells": {"range": box(0, 2, 0, 2), "mergeType": "MERGE_ALL"}})
    assert book.raw("A1:B2") == [["a"]]
    told = book.refusal({"mergeCells": {"range": box(1, 3, 0, 2), "mergeType": "MERGE_ROWS"}})
    assert told.endswith("You must select all cells in a merged range to merge or unmerge them.")
    book.batch({"mergeCells": {"range": box(0, 2, 0, 3), "mergeType": "MERGE_ROWS"}})
    assert book.sheet()["merges"] == [shown(box(0, 1, 0, 3)), shown(box(1, 2, 0, 3))]
    book.batch({"unmergeCells": {"range": {"sheetId": 0}}})
    assert "merges" not in book.sheet()


def test_conditional_formats_have_an_order(book):
    def rule(text):
        condition = {"type": "TEXT_EQ", "values": [{"userEnteredValue": text}]}
        look = {"backgroundColor": {"green": 1}}
        return {"ranges": [box(0, 5, 0, 1)], "booleanRule": {"condition": condition, "format": look}}

    for text in ("a", "b"):
        book.batch({"addConditionalFormatRule": {"rule": rule(text), "index": 0}})
    book.batch({"updateConditionalFormatRule": {"index": 0, "newIndex": 1, "sheetId": 0}})
    held = book.sheet()["conditionalFormats"]
    assert [one["booleanRule"]["condition"]["values"][0]["userEnteredValue"] for one in held] == ["a", "b"]
    assert held[0]["ranges"] == [shown(box(0, 5, 0, 1))]
    assert held[0]["booleanRule"]["format"]["backgroundColorStyle"] == {"rgbColor": {"green": 1}}
    reply = book.batch({"deleteConditionalFormatRule": {"index": 0}})
    assert reply[0]["deleteConditionalFormatRule"]["rule"] == held[0]
    assert "No conditional format on sheet at index: 7" in book.refusal(
        {"deleteConditionalFormatRule": {"index": 7}}
    )


def test_borders_lie_around_and_within(book):
    line, thick = {"style": "SOLID"}, {"style": "SOLID_THICK", "color": {"red": 1}}
    book.batch({"updateBorders": {"range": box(0, 2, 0, 1), "top": thick, "innerHorizontal": line}})
    rows = book.sheet("sheets.data.rowData.values.userEnteredFormat.borders")["data"][0]["rowData"]
    first, second = (row["values"][0]["userEnteredFormat"]["borders"] for row in rows)
    assert first["top"]["colorStyle"] == {"rgbColor": {"red": 1}}
    assert (first["bottom"], second) == (line, {"top": line})
    book.batch(
        {
            "updateBorders": {
                "range": box(0, 2, 0, 1),
                "top": {"style": "NONE"},
                "innerHorizontal": {"style": "NONE"},
            }
        }
    )
    assert book.sheet("sheets.data.rowData")["data"] == [{}]


def test_deleting_rows_moves_what_hangs_on_them(book):
    book.put("A1:A6", [[i] for i in range(6)])
    book.put("C1", [["=SUM(A2:A6)"]])
    protection = {"range": box(4, 6, 0, 1), "editors": {"users": []}}
    name = {"name": "План", "range": box(2, 5, 0, 1)}
    width = {"range": span("ROWS", 5, 6), "properties": {"pixelSize": 40}, "fields": "pixelSize"}
    frozen = {
        "properties": {"gridProperties": {"frozenRowCount": 2}},
        "fields": "gridProperties.frozenRowCount",
    }
    book.batch(
        {"addProtectedRange": {"protectedRange": protection}},
        {"addNamedRange": {"namedRange": name}},
        {"updateDimensionProperties": width},
        {"updateSheetProperties": frozen},
        {"deleteDimension": {"range": span("ROWS", 1, 3)}},
    )
    assert book.raw("A1:A9") == [[0], [3], [4], [5]]
    assert book.formulas("C1") == [["=SUM(A2:A4)"]]
    assert book.raw("C1") == [[12]]
    sheet = book.sheet()
    assert sheet["protectedRanges"][0]["range"] == shown(box(2, 4, 0, 1))
    assert sheet["properties"]["gridProperties"] == {"rowCount": 998, "columnCount": 26, "frozenRowCount": 1}
    assert [m["pixelSize"] for m in sheet["data"][0]["rowMetadata"][:5]] == [21, 21, 21, 40, 21]
    assert book.call("GET", "?fields=namedRanges")["namedRanges"][0]["range"] == shown(box(1, 3, 0, 1))


def test_rows_and_columns_that_are_not_there_cannot_be_deleted(book):
    told = book.refusal({"deleteDimension": {"range": span("COLUMNS", 25, 27)}})
    assert told.endswith(
        "Cannot delete a column that doesn't exist. Tried to delete column index 26 but there are only 26 columns."
    )
    assert book.refusal({"deleteDimension": {"range": span("ROWS", 0, 1000)}}).endswith(
        "You can't delete all the rows on the sheet."
    )


def test_inserted_rows_take_formats_from_their_neighbour(book):
    look = {"userEnteredFormat": {"textFormat": {"bold": True}}, "note": "own"}
    book.batch(
        {"repeatCell": {"range": box(0, 1, 0, 1), "cell": look, "fields": "userEnteredFormat,note"}},
        {"insertDimension": {"range": span("ROWS", 1, 2), "inheritFromBefore": True}},
        {"insertDimension": {"range": span("ROWS", 2, 3), "inheritFromBefore": False}},
    )
    rows = book.sheet("sheets.data.rowData.values(userEnteredFormat,note)")["data"][0]["rowData"]
    bold = {"textFormat": {"bold": True}}
    assert rows == [
        {"values": [{"userEnteredFormat": bold, "note": "own"}]},
        {"values": [{"userEnteredFormat": bold}]},
    ]


def test_moved_columns_take_their_cells_along(book):
    book.put("A1:D1", [["a", "b", "c", "d"]])
    book.batch({"moveDimension": {"source": span("COLUMNS", 0, 2), "destinationIndex": 3}})
    assert book.raw("A1:D1") == [["c", "a", "b", "d"]]


def test_cells_are_copied_cut_found_trimmed_and_made_unique(book):
    book.put("A1:B2", [["  a  b ", "=1+1"], ["x", "x"]])
    book.batch(
        {
            "copyPaste": {
                "source": box(0, 1, 1, 2),
                "destination": box(0, 4, 3, 4),
                "pasteType": "PASTE_VALUES",
            }
        }
    )
    assert book.raw("D1:D5") == [[2], [2], [2], [2]]
    reply = book.batch(
        {"trimWhitespace": {"range": box(0, 2, 0, 2)}},
        {"findReplace": {"find": "X", "replacement": "y", "allSheets": True}},
        {"deleteDuplicates": {"range": box(0, 4, 3, 4)}},
    )
    assert reply[0]["trimWhitespace"] == {"cellsChangedCount": 1}
    assert reply[1]["findReplace"] == {
        "valuesChanged": 2,
        "occurrencesChanged": 2,
        "rowsChanged": 1,
        "sheetsChanged": 1,
    }
    assert reply[2]["deleteDuplicates"] == {"duplicatesRemovedCount": 3}
    assert book.raw("A1:D4") == [["a b", 2, "", 2], ["y", "y"]]


def test_cells_are_shifted_by_inserted_and_deleted_ranges(book):
    book.put("A1:B3", [[1, "x"], [2, "y"], [3, "z"]])
    book.batch({"insertRange": {"range": box(0, 1, 0, 1), "shiftDimension": "ROWS"}})
    assert book.raw("A1:B4") == [["", "x"], [1, "y"], [2, "z"], [3]]
    book.batch({"deleteRange": {"range": box(1, 2, 0, 1), "shiftDimension": "COLUMNS"}})
    assert book.raw("A2:B2") == [["y"]]


def test_tabs_are_added_renamed_moved_duplicated_and_deleted(book):
    book.put("A1", [["x"]])
    reply = book.batch(
        {"addSheet": {"properties": {"title": "Табло", "sheetId": 5, "tabColor": {"blue": 1}}}},
        {
            "duplicateSheet": {
                "sourceSheetId": 0,
                "newSheetId": 6,
                "newSheetName": "Копия",
                "insertSheetIndex": 2,
            }
        },
    )
    assert reply[0]["addSheet"]["properties"]["tabColorStyle"] == {"rgbColor": {"blue": 1}}
    assert reply[1]["duplicateSheet"]["properties"]["index"] == 2
    assert book.raw("Копия!A1") == [["x"]]
    told = book.refusal({"addSheet": {"properties": {"title": "табло"}}})
    assert told == (
        'Invalid requests[0].addSheet: A sheet with the name "табло" already exists. Please enter another name.'
    )
    hide = {"properties": {"sheetId": 5, "hidden": True, "index": 0}, "fields": "hidden,index"}
    book.batch({"updateSheetProperties": hide}, {"deleteSheet": {"sheetId": 0}})
    titles = [s["properties"]["title"] for s in book.call("GET", "")["sheets"]]
    assert titles == ["Табло", "Копия"]
    assert "remove all the visible sheets" in book.refusal({"deleteSheet": {"sheetId": 6}})


def test_formulas_follow_a_renamed_tab(book):
    book.batch({"addSheet": {"properties": {"title": "Итог", "sheetId": 5}}})
    book.put("A1", [[21]])
    book.put("Итог!A1", [["=Sheet1!A1*2"]])
    book.batch(
        {"updateSheetProperties": {"properties": {"sheetId": 0, "title": "Сделки"}, "fields": "title"}}
    )
    assert book.formulas("Итог!A1") == [["='Сделки'!A1*2"]]
    assert book.raw("Итог!A1") == [[42]]


def test_a_tab_is_copied_into_another_spreadsheet_with_its_looks(google, book):
    other = Book(google)
    look = {"userEnteredFormat": {"textFormat": {"bold": True}}, "userEnteredValue": {"numberValue": 1}}
    book.batch({"updateCells": {"start": {"sheetId": 0}, "rows": [{"values": [look]}], "fields": "*"}})
    made = book.call("POST", "/sheets/0:copyTo", json={"destinationSpreadsheetId": other.id})
    assert (made["title"], made["index"]) == ("Copy of Sheet1", 1)
    found = other.call(
        "GET", "?ranges='Copy of Sheet1'!A1&fields=sheets.data.rowData.values.userEnteredFormat"
    )
    assert found["sheets"][0]["data"][0]["rowData"][0]["values"] == [
        {"userEnteredFormat": {"textFormat": {"bold": True}}}
    ]


def test_charts_filters_banding_and_slicers_are_kept(book):
    source = {"sourceRange": {"sources": [box(0, 3, 0, 1)]}}
    spec = {"title": "Выручка", "basicChart": {"chartType": "COLUMN", "series": [{"series": source}]}}
    place = {"overlayPosition": {"anchorCell": {"sheetId": 0, "rowIndex": 4}}}
    banding = {
        "range": box(0, 3, 0, 2),
        "rowProperties": {"headerColor": {"red": 1}, "firstBandColor": {"green": 1}},
    }
    reply = book.batch(
        {"addChart": {"chart": {"spec": spec, "position": place}}},
        {"addFilterView": {"filter": {"title": "Мои", "range": box(0, 9, 0, 2)}}},
        {"addBanding": {"bandedRange": banding}},
        {"addSlicer": {"slicer": {"spec": {"dataRange": box(0, 9, 0, 2), "title": "s"}, "position": place}}},
    )
    chart = reply[0]["addChart"]["chart"]
    view = reply[1]["addFilterView"]["filter"]
    assert chart["position"]["overlayPosition"]["anchorCell"] == {"rowIndex": 4}
    sheet = book.sheet()
    assert sheet["charts"] == [chart]
    assert (sheet["filterViews"], sheet["slicers"]) == ([view], [reply[3]["addSlicer"]["slicer"]])
    assert sheet["bandedRanges"][0]["rowProperties"]["headerColorStyle"] == {"rgbColor": {"red": 1}}
    book.batch(
        {"updateChartSpec": {"chartId": chart["chartId"], "spec": {**spec, "title": "Новое"}}},
        {"deleteFilterView": {"filterId": view["filterViewId"]}},
        {"deleteBanding": {"bandedRangeId": sheet["bandedRanges"][0]["bandedRangeId"]}},
        {"deleteEmbeddedObject": {"objectId": sheet["slicers"][0]["slicerId"]}},
    )
    sheet = book.sheet()
    assert sheet["charts"][0]["spec"]["title"] == "Новое"
    assert not {"filterViews", "slicers", "bandedRanges"} & set(sheet)


def test_developer_metadata_is_found_by_key_and_place_and_moves_with_its_row(book):
    row = {"metadataKey": "month", "metadataValue": "2026-10", "visibility": "DOCUMENT"}
    row["location"] = {"dimensionRange": span("ROWS", 3, 4)}
    whole = {"metadataKey": "client", "visibility": "DOCUMENT", "location": {"spreadsheet": True}}
    reply = book.batch(
        {"createDeveloperMetadata": {"developerMetadata": row}},
        {"createDeveloperMetadata": {"developerMetadata": whole}},
        {"insertDimension": {"range": span("ROWS", 0, 2)}},
    )
    number = reply[0]["createDeveloperMetadata"]["developerMetadata"]["metadataId"]
    held = book.call("GET", f"/developerMetadata/{number}")
    assert held["location"] == {
        "locationType": "ROW",
        "dimensionRange": {k: v for k, v in span("ROWS", 5, 6).items() if k != "sheetId"},
    }
    lookup = {"dataFilters": [{"developerMetadataLookup": {"metadataKey": "month"}}]}
    found = book.call("POST", "/developerMetadata:search", json=lookup)["matchedDeveloperMetadata"]
    assert [one["developerMetadata"] for one in found] == [held]
    data = [{**lookup, "values": [["по метке"]]}]
    data = [{"dataFilter": lookup["dataFilters"][0], "values": [["по метке"]]}]
    body = {"valueInputOption": "RAW", "data": data}
    answer = book.call("POST", "/values:batchUpdateByDataFilter", json=body)
    assert answer["responses"][0]["updatedRange"] == "Sheet1!A6"
    answer = book.call("POST", "/values:batchGetByDataFilter", json=lookup)
    assert answer["valueRanges"][0]["valueRange"]["values"] == [["по метке"]]
    assert book.call("GET", "?fields=developerMetadata")["developerMetadata"][0]["metadataKey"] == "client"
    book.call("POST", "/values:batchClearByDataFilter", json=lookup)
    assert book.raw("A6") == []
    book.batch({"deleteDeveloperMetadata": {"dataFilter": lookup["dataFilters"][0]}})
    assert book.call("POST", "/developerMetadata:search", json=lookup) == {}


def test_a_filtered_answer_holds_only_the_tabs_that_the_ranges_touch(book):
    book.batch({"addSheet": {"properties": {"title": "B", "sheetId": 3}}})
    book.put("B!B2", [["x"]])
    answer = book.call("GET", "?ranges=B!B2:C3&includeGridData=true")
    assert [s["properties"]["title"] for s in answer["sheets"]] == ["B"]
    data = answer["sheets"][0]["data"][0]
    assert (data["startRow"], data["startColumn"], len(data["rowMetadata"])) == (1, 1, 2)
    assert data["rowData"][0]["values"][0]["formattedValue"] == "x"
    body = {"dataFilters": [{"a1Range": "B!B2"}], "includeGridData": False}
    answer = book.call("POST", ":getByDataFilter", json=body)
    assert [set(s) for s in answer["sheets"]] == [{"properties"}]


def test_the_answer_of_a_batch_can_hold_the_spreadsheet(book):
    add = {"addSheet": {"properties": {"title": "Новый"}}}
    body = {"requests": [add], "includeSpreadsheetInResponse": True, "responseRanges": ["Новый!A1"]}
    answer = book.call("POST", ":batchUpdate", json=body)
    assert [s["properties"]["title"] for s in answer["updatedSpreadsheet"]["sheets"]] == ["Новый"]


def test_a_new_spreadsheet_takes_its_tabs_and_cells_from_the_request(google, book):
    cell = {"userEnteredValue": {"formulaValue": "=2+3"}}
    sheets = [
        {
            "properties": {
                "title": "Первый",
                "gridProperties": {"rowCount": 5, "columnCount": 2, "frozenRowCount": 1},
            }
        },
        {"properties": {"title": "Второй"}, "data": [{"startRow": 1, "rowData": [{"values": [cell]}]}]},
    ]
    body = {"properties": {"title": "Новая", "locale": "ru_RU", "timeZone": "Asia/Almaty"}, "sheets": sheets}
    made = google.call("owner", "POST", "/v4/spreadsheets", json=body).json()
    assert made["properties"]["locale"] == "ru_RU"
    assert [s["properties"]["sheetId"] == 0 for s in made["sheets"]] == [True, False]
    path = f"/v4/spreadsheets/{made['spreadsheetId']}/values/Второй!A2"
    assert google.call("owner", "GET", path).json()["values"] == [["5"]]


def test_a_service_account_cannot_own_a_spreadsheet(google):
    answer = google.call("robot", "POST", "/v4/spreadsheets", json={})
    assert answer.status_code == 403
    assert answer.json()["error"]["status"] == "PERMISSION_DENIED"


def test_without_editors_everybody_who_may_edit_the_file_keeps_editing(google, book):
    grant = {"type": "user", "role": "writer", "emailAddress": google.accounts["head"]}
    path = f"/drive/v3/files/{book.id}/permissions?sendNotificationEmail=false"
    google.call("owner", "POST", path, json=grant)
    book.batch({"addProtectedRange": {"protectedRange": {"range": box(0, 1, 0, 1)}}})
    users = book.sheet()["protectedRanges"][0]["editors"]["users"]
    assert sorted(users) == sorted([google.accounts["owner"], google.accounts["head"]])


def test_a_warning_stops_nobody_and_has_no_editors(google, book):
    grant = {"type": "user", "role": "writer", "emailAddress": google.accounts["head"]}
    path = f"/drive/v3/files/{book.id}/permissions?sendNotificationEmail=false"
    google.call("owner", "POST", path, json=grant)
    warning = {"range": box(0, 1, 0, 1), "warningOnly": True}
    book.batch({"addProtectedRange": {"protectedRange": warning}})
    url = f"/v4/spreadsheets/{book.id}/values/A1?valueInputOption=RAW"
    assert google.call("head", "PUT", url, json={"values": [["x"]]}).status_code == 200
    warning["editors"] = {"users": [google.accounts["head"]]}
    assert book.refusal({"addProtectedRange": {"protectedRange": warning}}).startswith("Invalid requests[0]")


def test_an_unknown_locale_or_time_zone_is_refused(book):
    for properties in ({"locale": "xx_YY"}, {"timeZone": "Mars/Olympus"}):
        update = {"properties": properties, "fields": next(iter(properties))}
        assert "Invalid requests[0].updateSpreadsheetProperties" in book.refusal(
            {"updateSpreadsheetProperties": update}
        )


def test_a_chart_is_read_back_with_what_google_fills_in(book):
    source = {"sourceRange": {"sources": [box(0, 3, 0, 1)]}}
    series = [{"series": source}, {"series": source, "targetAxis": "RIGHT_AXIS"}]
    made = book.batch(
        {"addChart": {"chart": {"spec": {"basicChart": {"chartType": "COMBO", "series": series}}}}},
        {"addChart": {"chart": {"spec": {"basicChart": {"chartType": "BAR", "series": series[:1]}}}}},
        {"addChart": {"chart": {"spec": {"treemapChart": {"labels": source}}}}},
    )
    assert book.sheet()["charts"] == [one["addChart"]["chart"] for one in made]
    combined, bars, tree = (one["addChart"]["chart"] for one in made)
    assert combined["position"]["overlayPosition"]["widthPixels"] == 600
    assert combined["position"]["overlayPosition"]["heightPixels"] == 371
    spec = combined["spec"]
    assert (spec["fontName"], spec["hiddenDimensionStrategy"]) == ("Roboto", "SKIP_HIDDEN_ROWS_AND_COLUMNS")
    assert [one["targetAxis"] for one in spec["basicChart"]["series"]] == ["LEFT_AXIS", "RIGHT_AXIS"]
    assert bars["spec"]["basicChart"]["series"][0]["targetAxis"] == "BOTTOM_AXIS"
    scale = tree["spec"]["treemapChart"]["colorScale"]
    assert (tree["spec"]["treemapChart"]["levels"], scale["noDataColorStyle"]) == (2, {"rgbColor": {}})
    assert scale["minValueColor"]["red"] == 0.86274511  # 0xDC of 255, in single precision


def test_an_axis_that_measures_no_values_is_refused(book):
    series = [{"series": {"sourceRange": {"sources": [box(0, 3, 0, 1)]}}, "targetAxis": "LEFT_AXIS"}]
    bars = {"basicChart": {"chartType": "BAR", "series": series}}
    assert "not a valid minor axis" in book.refusal({"addChart": {"chart": {"spec": bars}}})
    deep = {"basicChart": {"chartType": "LINE", "threeDimensional": True}}
    assert "threeDimensional" in book.refusal({"addChart": {"chart": {"spec": deep}}})


def test_a_charts_cells_move_with_the_rows_above_them(book):
    source = {"sourceRange": {"sources": [box(2, 5, 0, 1)]}}
    book.batch({"addChart": {"chart": {"spec": {"pieChart": {"series": source}}}}})
    book.batch({"insertDimension": {"range": span("ROWS", 0, 2)}})
    (moved,) = book.sheet()["charts"][0]["spec"]["pieChart"]["series"]["sourceRange"]["sources"]
    assert (moved["startRowIndex"], moved["endRowIndex"]) == (4, 7)
