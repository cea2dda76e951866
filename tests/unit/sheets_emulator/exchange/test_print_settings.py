"""A spreadsheet on paper: what the address of an export asks for, and what comes by itself."""

import re

import pytest

from sheets_emulator.book.defaults import new_document
from sheets_emulator.exchange.exports import export
from sheets_emulator.exchange.print_settings import Paper, paper_of
from sheets_emulator.wire.errors import ApiError

A4 = (595, 842)


def book(rows, columns, width_pixels=100):
    made = new_document("ru_RU", "Asia/Almaty")
    sheet = made.sheets[0]
    sheet.resize(rows, columns)
    for row in range(rows):
        sheet.grid.writable(row).values = [f"{row}.{column}" for column in range(columns)]
    for column in range(columns):
        sheet.column_properties[column] = {"pixelSize": width_pixels}
    return made


def sizes(made, **query):
    """Width and height of each page in whole points."""
    paper = paper_of(query, made, made.sheets[0]) if query else None
    data = export(made, "pdf", "Книга", paper)
    found = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", data)
    return [(round(float(width)), round(float(height))) for width, height in found]


def test_a_narrow_tab_stands_and_a_wide_one_lies():
    assert sizes(book(3, 4)) == [A4]
    assert sizes(book(3, 12)) == [A4[::-1]]
    both = book(3, 12)
    both.sheets += book(3, 2).sheets
    assert sizes(both) == [A4[::-1], A4]


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ({"portrait": "true"}, A4),
        ({"portrait": "false"}, A4[::-1]),
        ({"size": "letter"}, (612, 792)),
        ({"size": "0", "portrait": "false"}, (792, 612)),
        ({"size": "A3"}, (842, 1191)),
        ({"size": "5.5x10"}, (396, 720)),
    ],
)
def test_the_address_chooses_paper_and_way(query, size):
    assert sizes(book(3, 12), **query) == [size]


def test_without_fitting_the_columns_go_on_on_further_pages():
    wide = book(3, 12)  # 900 points; upright A4 has 523 between the margins
    assert len(sizes(wide, fitw="true")) == 1
    assert len(sizes(wide, fitw="false")) == 2
    assert len(sizes(wide, scale="1", portrait="false")) == 2
    assert len(sizes(wide, scale="1", portrait="false", size="A3")) == 1


def test_rows_that_fit_on_no_page_go_on_unless_the_height_is_fitted():
    assert len(sizes(book(300, 2), fitw="true")) > 2
    assert len(sizes(book(300, 2), scale="3")) == 1
    assert len(sizes(book(300, 12), scale="4")) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"range": "A1:B5"},
        {"range": "'Sheet1'!A1:B5"},
        {"r1": "0", "r2": "5", "c1": "0", "c2": "2"},
        {"r2": "9"},
    ],
)
def test_a_range_is_printed_alone(query):
    assert len(sizes(book(300, 2), **query)) == 1


def test_hidden_rows_and_columns_stay_away():
    made = book(300, 12)
    made.sheets[0].row_properties = {i: {"hiddenByFilter": True} for i in range(5, 300)}
    made.sheets[0].column_properties = {i: {"hiddenByUser": True} for i in range(4, 12)}
    assert sizes(made) == [A4]
    made.sheets[0].row_properties = {i: {"hiddenByUser": True} for i in range(300)}
    assert len(sizes(made)) == 1  # a blank page


def test_a_long_text_flows_over_blank_cells_and_merged_ones_are_one():
    made = book(1, 5)
    made.sheets[0].grid.writable(0).values = [
        "Сумма до удержания налогов и взносов " * 4,
        None,
        None,
        None,
        "x",
    ]
    made.sheets[0].objects["merges"].append(
        {"startRowIndex": 0, "endRowIndex": 1, "startColumnIndex": 3, "endColumnIndex": 5}
    )
    assert sizes(made) == [A4]


@pytest.mark.parametrize(
    "query",
    [
        {"size": "A9"},
        {"size": "0.1x0.1"},
        {"size": "9999x9"},
        {"portrait": "maybe"},
        {"scale": "5"},
        {"top_margin": "-1"},
        {"left_margin": "x"},
        {"left_margin": "99"},
        {"range": "nope!A1"},
        {"range": "A1:B2:C3"},
        {"r1": "-1"},
        {"c2": "x"},
    ],
)
def test_what_cannot_be_is_refused(query):
    made = book(3, 3)
    with pytest.raises(ApiError) as refused:
        paper_of(query, made, made.sheets[0])
    assert refused.value.code == 400


def test_margins_are_inches():
    made = book(3, 3)
    paper = paper_of({"top_margin": "1", "left_margin": "0.25", "bottom_margin": "0"}, made, made.sheets[0])
    assert (paper.top_points, paper.left_points, paper.bottom_points, paper.right_points) == (72, 18, 0, 36)
    assert Paper().room(portrait=True) == (595.2756 - 72, 841.8898 - 72)
