"""Ranges in writing."""

import pytest

from sheets_emulator.book.a1 import cells_text, column_index, letters, parse_range, quoted, resolve
from sheets_emulator.book.defaults import new_document, sheet_properties
from sheets_emulator.book.document import Sheet
from sheets_emulator.wire.errors import ApiError


@pytest.fixture
def document():
    """Sheet1 (1000 × 26), «Лист 1» (10 × 4), a tab named like a cell, and a named range."""
    made = new_document()
    for number, title in ((7, "Лист 1"), (8, "D3"), (9, "It's")):
        size = {"rowCount": 10, "columnCount": 4}
        made.sheets.append(
            Sheet(sheet_properties({"sheetId": number, "title": title, "gridProperties": size}))
        )
    place = {"sheetId": 7, "startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 0, "endColumnIndex": 2}
    made.named_ranges.append({"namedRangeId": "1", "name": "План", "range": place})
    return made


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A1", "Sheet1!A1"),
        ("Sheet1!A1:C", "Sheet1!A1:C1000"),
        ("Sheet1!A1:1", "Sheet1!A1:Z1"),
        ("Sheet1!B:D", "Sheet1!B1:D1000"),
        ("Sheet1!2:3", "Sheet1!A2:Z3"),
        ("Sheet1!D4:A1", "Sheet1!A1:D4"),
        ("Sheet1!$A$1:$B$2", "Sheet1!A1:B2"),
        ("Sheet1", "Sheet1!A1:Z1000"),
        ("sheet1!a1", "Sheet1!A1"),
        ("'Лист 1'", "'Лист 1'!A1:D10"),
        ("Лист 1!A5:A", "'Лист 1'!A5:A10"),
        ("'D3'", "'D3'!A1:D10"),
        ("D3", "Sheet1!D3"),
        ("'It''s'!B2", "'It''s'!B2"),
        ("R2C3", "Sheet1!C2"),
        ("Sheet1!R1C1:R2C2", "Sheet1!A1:B2"),
        ("Sheet1!R5", "Sheet1!R5"),
        ("План", "'Лист 1'!A2:B3"),
        ("'Sheet1'!план", "'Лист 1'!A2:B3"),
        ("Sheet1!A5000:B6000", "Sheet1!A5000:B6000"),
    ],
)
def test_a_range_is_read_as_google_reads_it(document, text, shown):
    assert parse_range(document, text).text == shown


@pytest.mark.parametrize(
    "text", ["", "!", "nope!A1", "Sheet1!", "A0", "A1:B2:C3", "AAAA1", "A-1", "'Sheet1", "''!A1", "Sheet1!B"]
)
def test_what_is_no_range_is_named_in_the_refusal(document, text):
    with pytest.raises(ApiError) as refusal:
        parse_range(document, text)
    assert refusal.value.message == f"Unable to parse range: {text}"


@pytest.mark.parametrize(
    ("index", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (18277, "ZZZ")]
)
def test_columns_have_names_and_names_columns(index, name):
    assert letters(index) == name
    assert column_index(name) == index


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("Sheet1", "Sheet1"),  # more than three letters before the digit: no cell
        ("Табло", "'Табло'"),
        ("2026-10", "'2026-10'"),
        ("D3", "'D3'"),
        ("R1C1", "'R1C1'"),
        ("Total", "Total"),
        ("my_sheet", "my_sheet"),
    ],
)
def test_titles_are_quoted_unless_they_are_plain_words(title, written):
    assert quoted(title) == written


def test_one_cell_is_written_without_a_colon():
    assert cells_text(0, 1, 0, 1) == "A1"
    assert cells_text(0, 2, 0, 1) == "A1:A2"


def test_a_grid_range_without_ends_reaches_the_edge_of_the_tab(document):
    assert resolve(document, {"sheetId": 7}).text == "'Лист 1'!A1:D10"
    assert (
        resolve(document, {"sheetId": 7, "startRowIndex": 4, "endColumnIndex": 1}).text == "'Лист 1'!A5:A10"
    )


def test_a_grid_range_backwards_or_of_no_tab_is_refused(document):
    with pytest.raises(ApiError, match="No grid with id: 99"):
        resolve(document, {"sheetId": 99})
    with pytest.raises(ApiError, match=r"endRowIndex\[1\] must be after"):
        resolve(document, {"startRowIndex": 2, "endRowIndex": 1})
