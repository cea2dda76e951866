"""Bodies and query parameters, refused in the words of Google's front end."""

import json
from importlib import resources

import pytest

from sheets_emulator.wire.bodies import read_body, read_query
from sheets_emulator.wire.errors import ApiError
from sheets_emulator.wire.schema import _table, sheets_messages, sheets_parameters
from sheets_emulator.wire.schema.extract import extract


def read(value, message="BatchUpdateSpreadsheetRequest", path=""):
    return read_body(json.dumps(value).encode(), message, path)


def refusal(value, message="BatchUpdateSpreadsheetRequest", path=""):
    with pytest.raises(ApiError) as refused:
        read(value, message, path)
    return refused.value


@pytest.mark.parametrize("api", ["sheets.v4", "drive.v3"])
def test_the_tables_are_those_of_googles_discovery_documents(api):
    text = (resources.files("googleapiclient") / f"discovery_cache/documents/{api}.json").read_text()
    assert extract(json.loads(text)) == _table(api.replace(".", "_"))


def test_there_are_74_kinds_of_requests():
    assert len(sheets_messages()["Request"]) == 74


def test_nulls_mean_not_given_and_numbers_may_be_texts():
    add = {"properties": {"sheetId": "7", "title": None, "index": 2.0, "hidden": "true"}}
    assert read({"requests": [{"addSheet": add}], "responseRanges": None}) == {
        "requests": [{"addSheet": {"properties": {"sheetId": 7, "index": 2, "hidden": True}}}]
    }


def test_names_in_the_protos_spelling_and_a_single_value_for_a_list_are_taken():
    assert read({"requests": {"add_sheet": {"properties": {"sheet_id": 1}}}}) == {
        "requests": [{"addSheet": {"properties": {"sheetId": 1}}}]
    }


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"x": 1}, 'Invalid JSON payload received. Unknown name "x": Cannot find field.'),
        (
            {"requests": [{"updateCells": {"x": 1}}]},
            "Invalid JSON payload received. Unknown name \"x\" at 'requests[0].update_cells': Cannot find field.",
        ),
        (
            {"requests": [{"addSheet": {"properties": {"title": 5}}}]},
            "Invalid value at 'requests[0].add_sheet.properties.title' (TYPE_STRING), 5",
        ),
        (
            {"requests": [{"addSheet": {"properties": {"index": 1.5}}}]},
            "Invalid value at 'requests[0].add_sheet.properties.index' (TYPE_INT32), 1.5",
        ),
        (
            {"requests": [{"addSheet": {"properties": {"index": 2**31}}}]},
            "Invalid value at 'requests[0].add_sheet.properties.index' (TYPE_INT32), 2147483648",
        ),
        (
            {"includeSpreadsheetInResponse": 1},
            "Invalid value at 'include_spreadsheet_in_response' (TYPE_BOOL), 1",
        ),
    ],
)
def test_what_does_not_fit_is_named_with_its_path(value, message):
    error = refusal(value)
    assert error.message == message
    assert error.body()["error"]["status"] == "INVALID_ARGUMENT"


def test_every_violation_is_told():
    error = refusal({"x": 1, "y": 2})
    assert len(error.details[0]["fieldViolations"]) == 2
    assert error.message.count("\n") == 1


def test_values_must_be_a_list_of_lists():
    error = refusal({"values": "A1:D4"}, "ValueRange", "data")
    told = "Invalid value at 'data.values' (type.googleapis.com/google.protobuf.ListValue), \"A1:D4\""
    assert error.message == told
    assert error.details[0]["fieldViolations"] == [{"field": "data.values", "description": told}]
    assert "'data.values[1]'" in refusal({"values": [[], 5]}, "ValueRange", "data").message


@pytest.mark.parametrize("raw", [b"{", b"\xff", b"nul", b'{"a": NaN}', b"[" * 9999])
def test_no_json_is_a_refusal(raw):
    with pytest.raises(ApiError, match="Invalid JSON payload received"):
        read_body(raw, "ValueRange")


def test_no_body_is_an_empty_message():
    assert read_body(b"", "ClearValuesRequest") == {}


def test_query_parameters_have_types_and_unknown_ones_are_refused():
    known = sheets_parameters()["sheets.spreadsheets.get"]
    pairs = [
        ("includeGridData", "False"),
        ("ranges", "A1"),
        ("ranges", "B2"),
        ("fields", "x"),
        ("alt", "json"),
    ]
    assert read_query(pairs, known) == {"includeGridData": False, "ranges": ["A1", "B2"]}
    with pytest.raises(ApiError, match=r"Cannot bind query parameter\. Field 'foo' could not be found"):
        read_query([("foo", "1")], known)
    known = sheets_parameters()["sheets.spreadsheets.values.get"]
    with pytest.raises(ApiError, match=r"Invalid value at 'value_render_option' \(type.googleapis.com"):
        read_query([("valueRenderOption", "X")], known)


@pytest.mark.parametrize(
    ("requests", "message"),
    [
        (
            [
                {
                    "updateCells": {
                        "rows": [{"values": [{"userEnteredValue": {"numberValue": 1, "stringValue": "x"}}]}]
                    }
                }
            ],
            (
                "Invalid value at 'requests[0].update_cells.rows[0].values[0].user_entered_value' (oneof), "
                "oneof field 'value' is already set. Cannot set 'stringValue'"
            ),
        ),
        (
            [{"addSheet": {}, "deleteSheet": {"sheetId": 1}}],
            "Invalid value at 'requests[0]' (oneof), oneof field 'kind' is already set. Cannot set 'deleteSheet'",
        ),
    ],
)
def test_two_fields_of_which_only_one_may_be_set_are_refused(requests, message):
    assert refusal({"requests": requests}).message == message


def test_a_null_beside_the_one_value_is_not_a_second_one():
    cell = {"userEnteredValue": {"stringValue": "x", "numberValue": None}}
    request = {"updateCells": {"rows": [{"values": [cell]}]}}
    read_cell = read({"requests": [request]})["requests"][0]["updateCells"]["rows"][0]["values"][0]
    assert read_cell == {"userEnteredValue": {"stringValue": "x"}}


@pytest.mark.parametrize("key", ["x", "", "1.5", "'1", "9999999999"])
def test_criteria_of_a_filter_are_told_apart_by_numbers_of_columns(key):
    body = {"requests": [{"setBasicFilter": {"filter": {"criteria": {"1": {}, key: {}}}}}]}
    with pytest.raises(ApiError, match="TYPE_INT32"):
        read_body(json.dumps(body).encode(), "BatchUpdateSpreadsheetRequest")


@pytest.mark.parametrize("text", ["=", "", "2026-10-05", "2026-10-05T12:00:00", 5, [], True])
def test_a_moment_is_written_with_its_offset(text):
    status = {"pivotTable": {"dataExecutionStatus": {"lastRefreshTime": text}}}
    assert "Illegal timestamp format" in str(refusal(status, "CellData"))
    good = {"pivotTable": {"dataExecutionStatus": {"lastRefreshTime": "2026-10-05T12:00:00.5Z"}}}
    assert read(good, "CellData") == good
