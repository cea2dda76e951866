"""Basic filters hide and sort rows for everybody; filter views are kept with their criteria in both forms."""

import pytest

from tests.contract.emulator.sheets.plain_book import box


@pytest.fixture
def book(book):
    book.put("A1", [["Код", "Сумма"], ["M01", 5], ["M02", 20], ["M03", 10], ["M04", ""]])
    return book


def hidden(book):
    found = book.call("GET", "?fields=sheets.data.rowMetadata.hiddenByFilter&ranges=A1:B6")
    about = found["sheets"][0]["data"][0]["rowMetadata"]
    return [number for number, row in enumerate(about, start=1) if row.get("hiddenByFilter")]


def filtered(book, **more):
    return book.batch({"setBasicFilter": {"filter": {"range": box(0, 5, 0, 2), **more}}})


def test_hidden_values_hide_their_rows_until_the_filter_goes(book):
    filtered(book, criteria={"0": {"hiddenValues": ["M01", "M03"]}})
    assert hidden(book) == [2, 4]
    book.batch({"clearBasicFilter": {"sheetId": 0}})
    assert hidden(book) == []


@pytest.mark.parametrize(
    ("kind", "values", "rows"),
    [
        ("NUMBER_GREATER", ["7"], [2, 5]),
        ("NOT_BLANK", [], [5]),
        ("CUSTOM_FORMULA", ["=B2>B3"], [2, 5]),
        ("NUMBER_BETWEEN", ["20", "6"], [2, 5]),
    ],
)
def test_a_condition_hides_the_rows_that_do_not_fulfil_it(book, kind, values, rows):
    condition = {"type": kind, "values": [{"userEnteredValue": v} for v in values]}
    filtered(book, filterSpecs=[{"columnIndex": 1, "filterCriteria": {"condition": condition}}])
    assert hidden(book) == rows


def test_only_cells_of_the_asked_colour_are_shown(book):
    red = {"userEnteredFormat": {"backgroundColor": {"red": 1}}}
    book.batch({"repeatCell": {"range": box(2, 3, 0, 1), "cell": red, "fields": "userEnteredFormat"}})
    filtered(book, criteria={"0": {"visibleBackgroundColor": {"red": 1}}})
    assert hidden(book) == [2, 4, 5]


def test_a_filter_that_sorts_moves_the_rows_below_its_header(book):
    filtered(book, sortSpecs=[{"dimensionIndex": 1, "sortOrder": "DESCENDING"}])
    assert [row[0] for row in book.raw("A1:A5")] == ["Код", "M02", "M03", "M01", "M04"]


def test_criteria_come_back_in_both_forms(book):
    filtered(book, criteria={"1": {"hiddenValues": ["5"]}})
    held = book.sheet()["basicFilter"]
    assert held["criteria"] == {"1": {"hiddenValues": ["5"]}}
    assert held["filterSpecs"] == [{"columnIndex": 1, "filterCriteria": {"hiddenValues": ["5"]}}]


def test_hidden_rows_move_with_inserted_ones_and_cannot_be_set_by_hand(book):
    filtered(book, criteria={"0": {"hiddenValues": ["M03"]}})
    span = {"sheetId": 0, "dimension": "ROWS", "startIndex": 0, "endIndex": 1}
    book.batch({"insertDimension": {"range": span}})
    assert hidden(book) == [5]
    wanted = {"range": span, "properties": {"hiddenByFilter": True}, "fields": "hiddenByFilter"}
    assert "hiddenByFilter" in book.refusal({"updateDimensionProperties": wanted})


def test_a_filter_view_hides_nothing_for_others_and_changes_by_either_form(book):
    view = {"range": box(0, 5, 0, 2), "criteria": {"0": {"hiddenValues": ["M01"]}}}
    made = book.batch({"addFilterView": {"filter": view}})[0]["addFilterView"]["filter"]
    assert made["filterSpecs"] == [{"filterCriteria": {"hiddenValues": ["M01"]}}]
    assert hidden(book) == []
    change = {"filterViewId": made["filterViewId"], "criteria": {"1": {"hiddenValues": ["5"]}}}
    book.batch({"updateFilterView": {"filter": change, "fields": "criteria"}})
    held = book.sheet()["filterViews"][0]
    assert list(held["criteria"]) == ["1"]
    assert held["filterSpecs"][0]["columnIndex"] == 1


def test_a_condition_that_needs_values_is_refused_without_them(book):
    given = {"range": box(0, 5, 0, 2), "criteria": {"0": {"condition": {"type": "TEXT_EQ"}}}}
    assert "requires exactly one" in book.refusal({"setBasicFilter": {"filter": given}})


def test_a_validation_leaves_filtered_rows_alone_unless_it_includes_them(book):
    filtered(book, criteria={"0": {"hiddenValues": ["M01"]}})
    rule = {"condition": {"type": "BOOLEAN"}}
    book.batch({"setDataValidation": {"range": box(1, 3, 3, 4), "rule": rule}})
    query = "?ranges=D2:D3&fields=sheets.data.rowData.values.dataValidation.condition"
    rows = book.call("GET", query)["sheets"][0]["data"][0]["rowData"]
    assert [bool(row) for row in rows] == [False, True]
    book.batch({"setDataValidation": {"range": box(1, 3, 3, 4), "rule": rule, "filteredRowsIncluded": True}})
    rows = book.call("GET", query)["sheets"][0]["data"][0]["rowData"]
    assert [bool(row) for row in rows] == [True, True]


@pytest.mark.parametrize(
    ("spec", "first"),
    [
        ({"backgroundColor": {"red": 1}}, "M03"),
        ({"foregroundColorStyle": {"rgbColor": {"blue": 1}}}, "M02"),
    ],
)
def test_rows_are_sorted_by_colour(book, spec, first):
    red = {"userEnteredFormat": {"backgroundColor": {"red": 1}}}
    blue = {"userEnteredFormat": {"textFormat": {"foregroundColor": {"blue": 1}}}}
    book.batch(
        {"repeatCell": {"range": box(3, 4, 0, 1), "cell": red, "fields": "userEnteredFormat"}},
        {"repeatCell": {"range": box(2, 3, 0, 1), "cell": blue, "fields": "userEnteredFormat"}},
        {"sortRange": {"range": box(1, 5, 0, 2), "sortSpecs": [{"dimensionIndex": 0, **spec}]}},
    )
    rest = [code for code in ("M01", "M02", "M03", "M04") if code != first]
    assert [row[0] for row in book.raw("A2:A5")] == [first, *rest]


def test_duplicates_go_and_the_formulas_below_keep_to_their_own_rows(book):
    book.put("A1", [["x", "=A1&1"], ["x", "=A2&1"], ["y", "=A3&1"]])
    span = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 1}
    asked = {"range": box(0, 3, 0, 2), "comparisonColumns": [span]}
    assert book.batch({"deleteDuplicates": asked}) == [{"deleteDuplicates": {"duplicatesRemovedCount": 1}}]
    assert book.formulas("A1:B3") == [["x", "=A1&1"], ["y", "=A2&1"]]


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (
            {
                "updateCells": {
                    "start": {"sheetId": 0},
                    "rows": [{"values": [{"pivotTable": {"source": box(0, 2, 0, 2)}}]}],
                    "fields": "*",
                }
            },
            "pivotTable is not emulated",
        ),
        (
            {
                "updateSpreadsheetProperties": {
                    "properties": {"spreadsheetTheme": {"primaryFontFamily": "Arial"}},
                    "fields": "spreadsheetTheme",
                }
            },
            "Changing spreadsheetTheme is not emulated",
        ),
    ],
)
def test_what_would_be_kept_without_effect_is_refused(book, request_, told):
    assert told in book.refusal(request_)
