"""effectiveFormat: conditional formats and the number formats that formulas give, as grid data shows them."""

import pytest

from tests.contract.emulator.sheets.plain_book import box


def cells(book, where, fields="effectiveFormat"):
    query = f"?ranges={where}&fields=sheets.data.rowData.values({fields})"
    rows = book.call("GET", query)["sheets"][0]["data"][0].get("rowData", [])
    return [row.get("values", []) for row in rows]


def rule(place, kind, *values, **look):
    condition = {"type": kind} | ({"values": [{"userEnteredValue": v} for v in values]} if values else {})
    made = {"ranges": [place], "booleanRule": {"condition": condition, "format": look}}
    return {"addConditionalFormatRule": {"rule": made, "index": 0}}


RED, BLUE = {"red": 1}, {"blue": 1}


def test_a_conditional_format_shows_in_the_effective_format_of_the_cells_that_fulfil_it(book):
    book.put("A1", [[1], [5], ["слово"]])
    book.batch(rule(box(0, 3, 0, 1), "NUMBER_GREATER", "3", backgroundColor=RED, textFormat={"bold": True}))
    looks = [row[0]["effectiveFormat"] for row in cells(book, "A1:A3")]
    assert [look["textFormat"]["bold"] for look in looks] == [False, True, False]
    assert looks[1]["backgroundColor"] == RED
    assert looks[1]["backgroundColorStyle"] == {"rgbColor": RED}
    assert looks[0]["backgroundColor"] == {"red": 1, "green": 1, "blue": 1}
    assert "userEnteredFormat" not in cells(book, "A2", "effectiveFormat,userEnteredFormat")[0][0]


def test_the_rule_on_top_wins_and_others_add_what_it_leaves_open(book):
    book.put("A1", [[5]])
    place = box(0, 1, 0, 1)
    book.batch(rule(place, "NUMBER_GREATER", "1", backgroundColor=RED, textFormat={"italic": True}))
    book.batch(rule(place, "NUMBER_GREATER", "2", backgroundColor=BLUE))
    look = cells(book, "A1")[0][0]["effectiveFormat"]
    assert (look["backgroundColor"], look["textFormat"]["italic"]) == (BLUE, True)


def test_a_formula_of_a_rule_moves_along_and_may_colour_blank_cells(book):
    book.put("A1", [[1, 2], [3, 4]])
    book.batch(rule(box(0, 4, 1, 3), "CUSTOM_FORMULA", "=$A1>2", backgroundColor=RED))
    colours = [
        [c.get("effectiveFormat", {}).get("backgroundColor") == RED for c in row]
        for row in cells(book, "A1:C4")
    ]
    assert colours == [[False, False], [False, True, True]]
    book.batch(rule(box(3, 4, 0, 1), "BLANK", backgroundColor=BLUE))
    assert cells(book, "A4")[0][0]["effectiveFormat"]["backgroundColor"] == BLUE


def test_a_gradient_tints_numbers_between_its_ends(book):
    book.put("A1", [[0], [5], [10]])
    points = {"minpoint": {"type": "MIN", "color": {}}, "maxpoint": {"type": "MAX", "color": RED}}
    made = {"ranges": [box(0, 3, 0, 1)], "gradientRule": points}
    book.batch({"addConditionalFormatRule": {"rule": made, "index": 0}})
    reds = [row[0]["effectiveFormat"]["backgroundColor"].get("red", 0) for row in cells(book, "A1:A3")]
    assert reds[0] == 0
    assert reds[1] == pytest.approx(127 / 255)
    assert reds[2] == 1


def test_a_formulas_number_has_the_number_format_that_its_formula_gives(book):
    book.batch({"updateSpreadsheetProperties": {"properties": {"locale": "ru_RU"}, "fields": "locale"}})
    book.put("A1", [["10%", "=A1*2", "=DATE(2026;10;5)", "=1+1"]])
    found = cells(book, "A1:D1", "effectiveFormat.numberFormat,userEnteredFormat,formattedValue")[0]
    assert [c["formattedValue"] for c in found] == ["10%", "20%", "05.10.2026", "2"]
    assert [c["effectiveFormat"].get("numberFormat") for c in found] == [
        {"type": "PERCENT", "pattern": "0%"},
        {"type": "PERCENT", "pattern": "0%"},
        {"type": "DATE", "pattern": "dd.mm.yyyy"},
        None,
    ]
    assert "userEnteredFormat" not in found[1]


def test_a_hyperlink_formula_tells_where_it_leads(book):
    book.put("A1", [['=HYPERLINK("https://example.kz/?a=1","Сайт")']])
    assert cells(book, "A1", "hyperlink,formattedValue") == [
        [{"hyperlink": "https://example.kz/?a=1", "formattedValue": "Сайт"}]
    ]


@pytest.mark.parametrize(
    ("kind", "values", "told"),
    [
        ("NUMBER_BETWEEN", ["1"], "requires exactly two ConditionValues, but 1 values were supplied"),
        ("NUMBER_EQ", ["пять"], "Invalid ConditionValue.userEnteredValue: пять"),
        ("CUSTOM_FORMULA", ["A1>1"], "Invalid ConditionValue.userEnteredValue: A1>1"),
        ("TEXT_IS_EMAIL", [], "is not supported for conditional formatting"),
        ("BLANK", ["1"], "requires no ConditionValues"),
    ],
)
def test_a_condition_that_google_does_not_know_there_is_refused(book, kind, values, told):
    assert told in book.refusal(rule(box(0, 1, 0, 1), kind, *values, backgroundColor=RED))


@pytest.mark.parametrize("kind", ["BLANK", "NOT_BLANK", "TEXT_STARTS_WITH"])
def test_conditions_for_looks_are_no_validation(book, kind):
    values = [{"userEnteredValue": "a"}] if kind.startswith("TEXT") else []
    wanted = {"range": box(0, 1, 0, 1), "rule": {"condition": {"type": kind, "values": values}}}
    assert "is not supported for data validation" in book.refusal({"setDataValidation": wanted})
