"""autoFill, textToColumns, randomizeRange and the border of charts over HTTP."""

import pytest

from tests.contract.emulator.sheets.plain_book import box


def down(top, bottom, length, **more):
    given = {"source": box(top, bottom, 0, 1), "dimension": "ROWS", "fillLength": length}
    return {"autoFill": {"sourceAndDestination": given, **more}}


@pytest.mark.parametrize(
    ("typed", "continued"),
    [
        (["2", "4"], ["6", "8", "10"]),
        (["5"], ["5", "5", "5"]),
        (["1,5", "1"], ["0,5", "0", "-0,5"]),
        (["1", "2", "6"], ["8", "10,5", "13"]),
        (["30.01.2026"], ["31.01.2026", "01.02.2026", "02.02.2026"]),
        (["31.01.2026", "31.03.2026"], ["31.05.2026", "31.07.2026", "30.09.2026"]),
        (["ноябрь"], ["декабрь", "январь", "февраль"]),
        (["Понедельник", "Среда"], ["Пятница", "Воскресенье", "Вторник"]),
        (["M08"], ["M09", "M10", "M11"]),
        (["да", "нет"], ["да", "нет", "да"]),
        (["1", "два"], ["1", "два", "1"]),
        (["=2*3"], ["6", "6", "6"]),
    ],
)
def test_a_line_goes_on_as_it_began(book, typed, continued):
    book.batch({"updateSpreadsheetProperties": {"properties": {"locale": "ru_RU"}, "fields": "locale"}})
    book.put("A1", [[text] for text in typed])
    book.batch(down(0, len(typed), 3))
    found = book.call("GET", "/values/A1:A9")["values"]
    assert [row[0] for row in found[len(typed) :]] == continued


def test_the_other_series_counts_a_lone_number_on_and_repeats_a_date(book):
    book.put("A1", [[5]])
    book.batch(down(0, 1, 2, useAlternateSeries=True))
    assert book.raw("A1:A3") == [[5], [6], [7]]
    book.put("A1", [["1/31/2026"]])
    book.batch(down(0, 1, 2, useAlternateSeries=True))
    assert book.call("GET", "/values/A1:A3")["values"] == [["1/31/2026"]] * 3


def test_filling_before_the_source_goes_backwards(book):
    book.put("A5", [[10], [20]])
    book.batch(down(4, 6, -3))
    assert book.raw("A2:A6") == [[-20], [-10], [0], [10], [20]]


def test_formulas_move_along_and_formats_recur(book):
    book.put("A1", [[1, "=A1*10"], [2], [3]])
    look = {"userEnteredFormat": {"textFormat": {"bold": True}}}
    book.batch({"repeatCell": {"range": box(0, 1, 1, 2), "cell": look, "fields": "userEnteredFormat"}})
    given = {"source": box(0, 1, 1, 2), "dimension": "ROWS", "fillLength": 2}
    book.batch({"autoFill": {"sourceAndDestination": given}})
    assert book.formulas("B1:B3") == [["=A1*10"], ["=A2*10"], ["=A3*10"]]
    assert book.raw("B1:B3") == [[10], [20], [30]]
    cell = book.call("GET", "?ranges=B3&fields=sheets.data.rowData.values.userEnteredFormat")
    bold = cell["sheets"][0]["data"][0]["rowData"][0]["values"][0]["userEnteredFormat"]["textFormat"]
    assert bold == {"bold": True}


def test_a_range_is_filled_from_the_data_in_it(book):
    book.put("A1", [[1, 2]])
    book.batch({"autoFill": {"range": box(0, 1, 0, 4)}})
    assert book.raw("A1:D1") == [[1, 2, 3, 4]]
    book.batch({"autoFill": {"range": box(0, 3, 0, 2)}})
    assert book.raw("A1:B3") == [[1, 2], [1, 2], [1, 2]]


def test_nothing_is_filled_beyond_the_sheet(book):
    book.put("A1", [[1]])
    assert "edges of the sheet" in book.refusal(down(0, 1, -1))
    assert "edges of the sheet" in book.refusal(down(0, 1, 5000))


def test_the_last_date_ends_a_series_of_months(book):
    book.put("A1", [["11/1/9999"], ["12/1/9999"]])
    assert "last date" in book.refusal(down(0, 2, 1))


@pytest.mark.parametrize(
    ("kind", "text", "parts"),
    [
        ("COMMA", "а, б,5", ["а", "б", 5]),
        ("SEMICOLON", "1;;3", [1, "", 3]),
        ("PERIOD", "05.10", [5, 10]),
        ("SPACE", "Иванов Иван", ["Иванов", "Иван"]),
        ("AUTODETECT", '"Алматы, центр",7', ["Алматы, центр", 7]),
        ("AUTODETECT", "слово", ["слово"]),
    ],
)
def test_a_text_is_split_into_columns(book, kind, text, parts):
    book.put("A1", [[text]], "RAW")
    book.batch({"textToColumns": {"source": box(0, 1, 0, 1), "delimiterType": kind}})
    assert book.raw("A1:E1") == [parts]


def test_a_delimiter_of_ones_own_may_be_longer_and_must_be_given(book):
    book.put("Y1", [["1 -> 2 -> 3"]], "RAW")
    asked = {"source": box(0, 1, 24, 25), "delimiterType": "CUSTOM"}
    assert "delimiter must be specified" in book.refusal({"textToColumns": asked})
    book.batch({"textToColumns": {**asked, "delimiter": "->"}})
    assert book.raw("Y1:AA1") == [[1, 2, 3]]
    wide = {"source": box(0, 1, 0, 2), "delimiterType": "COMMA"}
    assert "exactly one column" in book.refusal({"textToColumns": wide})


def test_shuffled_rows_are_the_same_rows(book):
    rows = [[number, f"M{number}"] for number in range(40)]
    book.put("A1", rows)
    book.batch({"randomizeRange": {"range": box(0, 40, 0, 2)}})
    found = book.raw("A1:B40")
    assert found != rows  # 1 in 40! otherwise
    assert sorted(found) == rows


def test_the_border_of_a_chart_is_kept(book):
    made = book.batch({"addChart": {"chart": {"spec": {"title": "x", "pieChart": {}}}}})
    number = made[0]["addChart"]["chart"]["chartId"]
    change = {"objectId": number, "border": {"color": {"red": 1}}, "fields": "color"}
    book.batch({"updateEmbeddedObjectBorder": change})
    border = book.sheet()["charts"][0]["border"]
    assert border == {"color": {"red": 1}, "colorStyle": {"rgbColor": {"red": 1}}}


def test_a_source_without_cells_fills_nothing(book):
    book.batch(down(3, 3, 2))
    assert "values" not in book.call("GET", "/values/A1:A9")


def test_numbers_do_not_go_on_beyond_the_largest(book):
    book.put("A1", [[-1.7e308], [1.7e308]])
    assert book.refusal(down(0, 2, 2)).endswith("Cannot fill beyond the largest number.")
