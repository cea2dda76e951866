"""spreadsheets.create takes everything that a Spreadsheet resource can say about its tabs."""

import pytest

from tests.contract.emulator.sheets.plain_book import box, span


@pytest.fixture
def created(google):
    def create(*sheets, **more):
        answer = google.call("owner", "POST", "/v4/spreadsheets", json={"sheets": list(sheets), **more})
        if answer.status_code != 200:
            return answer.json()["error"]["message"]
        return google.call(
            "owner", "GET", f"/v4/spreadsheets/{answer.json()['spreadsheetId']}?includeGridData=true"
        ).json()

    return create


def test_objects_and_sizes_of_a_tab_are_made_with_it(created):
    rule = {
        "ranges": [{"endRowIndex": 2, "endColumnIndex": 2}],
        "booleanRule": {"condition": {"type": "NOT_BLANK"}, "format": {"textFormat": {"bold": True}}},
    }
    tab = {
        "properties": {"title": "Сделки", "sheetId": 7},
        "data": [
            {
                "startRow": 1,
                "rowData": [{"values": [{"userEnteredValue": {"stringValue": "x"}}]}],
                "rowMetadata": [{"pixelSize": 40}],
                "columnMetadata": [{"hiddenByUser": True}],
            }
        ],
        "merges": [box(3, 5, 0, 2, 7)],
        "conditionalFormats": [rule],
        "basicFilter": {"range": box(0, 3, 0, 2, 7)},
        "protectedRanges": [{"range": box(0, 1, 0, 1, 7)}],
        "bandedRanges": [{"range": box(0, 3, 0, 2, 7), "rowProperties": {"firstBandColor": {"red": 1}}}],
        "charts": [{"spec": {"pieChart": {}}}],
        "rowGroups": [{"range": {**span("ROWS", 1, 3), "sheetId": 7}, "depth": 1, "collapsed": True}],
        "developerMetadata": [{"metadataKey": "k", "visibility": "DOCUMENT"}],
    }
    made = created(
        tab,
        properties={"title": "Г", "autoRecalc": "HOUR"},
        namedRanges=[{"name": "План", "range": box(0, 1, 0, 1, 7)}],
    )
    assert made["properties"]["autoRecalc"] == "HOUR"
    (sheet,) = made["sheets"]
    assert sheet["merges"] == [box(3, 5, 0, 2, 7)]
    assert sheet["conditionalFormats"][0]["ranges"][0]["sheetId"] == 7
    assert {"basicFilter", "protectedRanges", "bandedRanges", "charts", "developerMetadata"} <= sheet.keys()
    assert sheet["rowGroups"][0]["collapsed"] is True
    data = sheet["data"][0]
    assert (data["rowMetadata"][1]["pixelSize"], data["columnMetadata"][0]["hiddenByUser"]) == (40, True)
    assert data["rowData"][1]["values"][0]["effectiveFormat"]["textFormat"]["bold"] is True
    assert made["namedRanges"][0]["name"] == "План"


def test_what_cannot_be_made_names_its_tab(created):
    wrong = {"properties": {"title": "Б", "sheetId": 5}, "merges": [box(0, 2, 0, 30, 5)]}
    assert created({"properties": {"title": "А"}}, wrong).startswith("Invalid sheets[1]: ")
    assert "are not emulated" in created({"properties": {"sheetType": "OBJECT"}})
