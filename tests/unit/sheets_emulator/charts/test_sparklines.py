"""SPARKLINE: what a formula gives it, and the picture made of that."""

import io

import pytest
from openpyxl import load_workbook

from sheets_emulator.book.defaults import new_document
from sheets_emulator.charts.marks import Line, Rectangle
from sheets_emulator.charts.sparklines import sparkline
from sheets_emulator.charts.svg import svg
from sheets_emulator.exchange.exports import export
from sheets_emulator.formulas.calculation import recalculate, sparklines
from sheets_emulator.formulas.sparklines import SparklineCall


def asked(formula, rows=((3, 5, 1, 4),), locale="ru_RU"):
    """What the formula in A10 gives to its picture, over rows from A1 on; None if it shows none."""
    document = new_document(locale)
    grid = document.sheets[0].grid
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            grid.enter(r, c, value)
    document.named_ranges.append(
        {"name": "Месяцы", "range": {"sheetId": 0, "endRowIndex": 1, "endColumnIndex": 4}}
    )
    grid.enter(9, 0, None, formula)
    recalculate(document)
    return sparklines(document, 0, {(9, 0): formula}).get((9, 0))


@pytest.mark.parametrize(
    ("formula", "rows", "options"),
    [
        ("=SPARKLINE(A1:D1)", [[3, 5, 1, 4]], {}),
        ("=sparkline( Месяцы )", [[3, 5, 1, 4]], {}),
        ("=SPARKLINE({1\\2,5;A1\\4})", [[1, 2.5], [3, 4]], {}),
        ("=SPARKLINE(A1/B1)", [[0.6]], {}),
        (
            '=SPARKLINE(A1:D1;{"charttype"\\"bar";"Max"\\MAX(A1:D1)*2;"rtl"\\TRUE})',
            [[3, 5, 1, 4]],
            {"charttype": "bar", "max": 10, "rtl": True},
        ),
        ("=IF(A1>2;SPARKLINE(A1:B1);SPARKLINE(C1:D1))", [[3, 5]], {}),
        ("=IF(A1>9;SPARKLINE(A1:B1);SPARKLINE(C1:D1))", [[1, 4]], {}),
    ],
)
def test_data_and_options_come_from_the_formula(formula, rows, options):
    call = asked(formula)
    assert [list(row) for row in call.rows] == rows
    assert call.options == options


def test_where_the_decimal_sign_is_a_point_arrays_have_commas():
    call = asked('=SPARKLINE(A1:D1,{"charttype","column";"ymin",-1.5})', locale="en_US")
    assert call.options == {"charttype": "column", "ymin": -1.5}


def test_options_may_stand_in_cells():
    call = asked("=SPARKLINE(A1:D1;A2:B3)", [(3, 5, 1, 4), ("charttype", "winloss"), ("color", "red")])
    assert call.options == {"charttype": "winloss", "color": "red"}


@pytest.mark.parametrize(
    "formula", ['=IF(A1>9;SPARKLINE(A1:D1);"нет")', "=SPARKLINE()", "=A1", "=SPARKLINE(A1:D1"]
)
def test_a_formula_that_comes_to_something_else_has_no_picture(formula):
    assert asked(formula) is None


def test_a_range_that_is_gone_shows_nothing():
    assert sparkline(asked("=SPARKLINE('Нет такого'!A1:D1)"), 95, 16) is None


def test_for_other_cells_and_exports_it_is_blank():
    document = new_document("ru_RU")
    grid = document.sheets[0].grid
    grid.enter(0, 0, 5)
    for column, formula in (
        (1, "=SPARKLINE(A1:A1)"),
        (2, '=B1=""'),
        (3, '=IF(A1>0;SPARKLINE(A1);"нет")&"!"'),
    ):
        grid.enter(0, column, None, formula)
    recalculate(document)
    assert [grid.value(0, column) for column in (1, 2, 3)] == ["", True, "!"]
    assert export(document, "csv", "x") == "5,,ИСТИНА,!".encode()
    sheet = load_workbook(io.BytesIO(export(document, "xlsx", "x"))).worksheets[0]
    assert sheet["B1"].value == '=IFERROR(__xludf.DUMMYFUNCTION("SPARKLINE(A1:A1)"),"")'


def drawn(rows, size=(100, 20), **options):
    return sparkline(SparklineCall(rows, options), *size)


def test_a_line_goes_from_edge_to_edge_and_from_lowest_to_highest():
    (line,) = drawn([[3, 5, 1]]).marks
    # one pixel thick: from 0.5 to 99.5 along, from 19.5 (the 1) up to 0.5 (the 5)
    assert line == Line([(0.5, 10.0), (50.0, 0.5), (99.5, 19.5)], "#000000", 1.0)


def test_a_line_has_its_own_ends_width_and_colour():
    (line,) = drawn([[0, 5, 10]], ymin=0, ymax=20, color="#ff0000", linewidth=2).marks
    # two pixels thick: 18 pixels from 19 (0) to 1 (20)
    assert line == Line([(1.0, 19.0), (50.0, 14.5), (99.0, 10.0)], "#ff0000", 2)


def test_two_columns_are_places_and_values():
    (line,) = drawn([[0, 1], [10, 2], [40, 3]]).marks
    assert [x for x, _ in line.points] == pytest.approx([0.5, 25.25, 99.5])
    (cut,) = drawn([[0, 1], [10, 2], [40, 3]], xmax=20).marks
    assert [x for x, _ in cut.points] == pytest.approx([0.5, 50.0])


def test_blanks_are_passed_over_or_zero_and_texts_may_be_zero():
    assert len(drawn([[3, None, 1]]).marks[0].points) == 2
    assert len(drawn([[3, None, 1]], empty="zero").marks[0].points) == 3
    assert len(drawn([[3, "нет", 1]]).marks[0].points) == 2
    assert len(drawn([[3, "нет", 1]], nan="convert").marks[0].points) == 3


def test_columns_stand_on_zero_and_special_ones_have_their_colours():
    marks = drawn(
        [[2], [-2], [4], [1]], charttype="column", negcolor="red", highcolor="green", firstcolor="blue"
    ).marks
    # 6 units over 20 pixels: zero lies at 13.33; each column is 80 of 100 / 4
    assert [mark.fill for mark in marks] == ["blue", "red", "green", "#000000"]
    assert [(mark.x, mark.width) for mark in marks] == [(2.5, 20.0), (27.5, 20.0), (52.5, 20.0), (77.5, 20.0)]
    assert [round(mark.y, 2) for mark in marks] == [6.67, 13.33, 0.0, 10.0]
    assert [round(mark.height, 2) for mark in marks] == [6.67, 6.67, 13.33, 3.33]


def test_wins_and_losses_are_all_of_one_height_over_an_axis():
    axis, win, loss = drawn([[9, -1, 0]], charttype="winloss", axis=True, axiscolor="grey").marks
    assert axis == Line([(0.0, 10.0), (100, 10.0)], "grey")
    assert (win.y, win.height, loss.y, loss.height) == (2.0, 8.0, 10.0, 8.0)


def test_a_bar_is_as_long_as_its_share_of_the_most():
    assert drawn([[25]], charttype="bar", max=100, color1="teal").marks == [
        Rectangle(0.0, 0.0, 25.0, 20, "teal")
    ]
    first, second = drawn([[3, 1]], charttype="bar").marks
    assert (first.width, second.x, second.width) == (75.0, 75.0, 25.0)
    assert first.fill != second.fill
    assert drawn([[500]], charttype="bar", max=100).marks[0].width == 100.0


def test_from_right_to_left_everything_is_mirrored():
    assert drawn([[25]], charttype="bar", max=100, rtl=True).marks[0].x == 75.0
    (line,) = drawn([[1, 5]], rtl=True).marks
    assert line.points[0] == (99.5, 19.5)


@pytest.mark.parametrize("rows", [[], [[]], [["текст"]], [[None, None]]])
def test_nothing_to_show_is_no_picture(rows):
    assert drawn(rows) is None
    assert drawn([[1, 2]], charttype="pie") is None


def test_a_hostile_colour_never_reaches_the_picture():
    text = svg(drawn([[1, 2]], color='red" onload="alert(1)', linewidth=1e9))
    assert "alert" not in text
    assert 'stroke="#000000"' in text


def test_numbers_without_bounds_stay_within_the_cell():
    (line,) = drawn([[-1.7e308, 0, 1.7e308]]).marks
    assert all(0 <= y <= 20 for _, y in line.points)
