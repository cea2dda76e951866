"""Developer metadata: found by every kind of location, and the methods that take data filters."""

import pytest

from tests.contract.emulator.sheets.plain_book import box, span

PLACES = {
    "file": {"spreadsheet": True},
    "tab": {"sheetId": 0},
    "row": {"dimensionRange": span("ROWS", 2, 3)},
    "column": {"dimensionRange": span("COLUMNS", 1, 2)},
}


@pytest.fixture
def book(book):
    book.put("A1", [["а", 1], ["б", 2], ["в", 3]])
    for number, (key, place) in enumerate(PLACES.items(), start=1):
        given = {"metadataId": number, "metadataKey": key, "metadataValue": "x", "location": place}
        book.batch({"createDeveloperMetadata": {"developerMetadata": {**given, "visibility": "DOCUMENT"}}})
    return book


def lookup(**asked):
    return {"developerMetadataLookup": asked}


def found(book, *filters):
    answer = book.call("POST", "/developerMetadata:search", json={"dataFilters": list(filters)})
    assert book.status == 200, answer
    return [m["developerMetadata"]["metadataKey"] for m in answer.get("matchedDeveloperMetadata", [])]


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ({"metadataLocation": PLACES["file"]}, ["file"]),
        ({"metadataLocation": PLACES["tab"]}, ["tab", "row", "column"]),
        ({"metadataLocation": PLACES["row"]}, ["tab", "row", "column"]),
        ({"metadataLocation": {"dimensionRange": span("ROWS", 0, 1)}}, ["tab", "column"]),
        ({"metadataLocation": PLACES["row"], "locationMatchingStrategy": "EXACT_LOCATION"}, ["row"]),
        ({"metadataLocation": PLACES["tab"], "locationMatchingStrategy": "EXACT_LOCATION"}, ["tab"]),
        ({"metadataLocation": PLACES["file"], "locationMatchingStrategy": "EXACT_LOCATION"}, ["file"]),
        ({"metadataLocation": PLACES["row"], "locationType": "COLUMN"}, ["column"]),
        ({"locationType": "SPREADSHEET"}, ["file"]),
        ({"locationType": "SHEET"}, ["tab"]),
        ({"locationType": "ROW", "metadataValue": "x"}, ["row"]),
        ({"metadataKey": "column", "visibility": "DOCUMENT"}, ["column"]),
        ({"metadataId": 2}, ["tab"]),
        ({"metadataValue": "y"}, []),
    ],
)
def test_metadata_is_found_by_location_key_value_and_kind(book, asked, keys):
    assert found(book, lookup(**asked)) == keys


@pytest.mark.parametrize(
    "asked",
    [
        {"locationMatchingStrategy": "EXACT_LOCATION"},
        {
            "metadataLocation": PLACES["row"],
            "locationMatchingStrategy": "EXACT_LOCATION",
            "locationType": "ROW",
        },
        {"metadataLocation": PLACES["row"], "locationType": "SPREADSHEET"},
    ],
)
def test_what_cannot_be_asked_together_is_refused(book, asked):
    answer = book.call("POST", "/developerMetadata:search", json={"dataFilters": [lookup(**asked)]})
    assert (book.status, answer["error"]["status"]) == (400, "INVALID_ARGUMENT")


def test_all_four_methods_take_every_kind_of_filter(book):
    filters = [lookup(metadataKey="row"), {"a1Range": "Sheet1!A3:Z3"}, {"gridRange": box(0, 1, 0, 2)}]
    read = book.call("POST", "/values:batchGetByDataFilter", json={"dataFilters": filters})["valueRanges"]
    assert [(one["valueRange"]["range"], len(one["dataFilters"])) for one in read] == [
        ("Sheet1!A3:Z3", 2),
        ("Sheet1!A1:B1", 1),
    ]
    assert [one["valueRange"]["values"] for one in read] == [[["в", "3"]], [["а", "1"]]]
    data = [{"dataFilter": one, "values": [[number]]} for number, one in enumerate(filters[1:], start=7)]
    body = {"valueInputOption": "RAW", "data": data, "includeValuesInResponse": True}
    written = book.call("POST", "/values:batchUpdateByDataFilter", json=body)
    assert [one["updatedRange"] for one in written["responses"]] == ["Sheet1!A3", "Sheet1!A1"]
    assert [one["updatedData"]["values"] for one in written["responses"]] == [[["7"]], [["8"]]]
    assert written["totalUpdatedCells"] == 2
    kept = book.call("POST", ":getByDataFilter", json={"dataFilters": filters[2:], "includeGridData": True})
    assert kept["sheets"][0]["data"][0]["rowData"][0]["values"][0]["formattedValue"] == "8"
    cleared = book.call("POST", "/values:batchClearByDataFilter", json={"dataFilters": filters[:1]})
    assert cleared["clearedRanges"] == ["Sheet1!A3:Z3"]
    assert book.raw("A1:B3") == [[8, 1], ["б", 2]]


def test_values_that_exceed_a_matched_range_are_refused(book):
    data = [{"dataFilter": {"gridRange": box(0, 1, 0, 1)}, "values": [[1, 2]]}]
    body = {"valueInputOption": "RAW", "data": data}
    answer = book.call("POST", "/values:batchUpdateByDataFilter", json=body)
    assert "tried writing to column [B]" in answer["error"]["message"]
