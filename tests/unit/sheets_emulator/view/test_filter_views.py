"""Rows as one filter view orders them, the tab itself unchanged."""

from datetime import UTC, datetime

import pytest

from sheets_emulator.book.document import Document, Sheet
from sheets_emulator.view.filter_views import RowsViewed, runs, through, views_of

NOW = datetime(2026, 11, 30, tzinfo=UTC)
ROWS = [["Код", "Сумма"], ["M01", 5.0], ["M02", None], ["M03", 10.0], ["M04", 5.0]]
DOWN = {"dimensionIndex": 1, "sortOrder": "DESCENDING"}


@pytest.fixture
def document():
    """Five rows with something in them, of twelve; the filter view is over the first eight."""
    size = {"rowCount": 12, "columnCount": 3}
    sheet = Sheet({"sheetId": 0, "title": "Сделки", "sheetType": "GRID", "gridProperties": size})
    for row, values in enumerate(ROWS):
        for column, value in enumerate(values):
            sheet.grid.enter(row, column, value)
    made = Document({"locale": "ru_RU", "timeZone": "Etc/UTC"})
    made.sheets.append(sheet)
    return made


def viewed(document, **more):
    cells = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 8, "startColumnIndex": 0, "endColumnIndex": 2}
    view = {"filterViewId": 3, "title": "Мой", "range": cells, **more}
    return through(views_of({"filterViews": [view]})[0], document, NOW)


def test_rows_stand_sorted_below_the_header_and_blanks_come_last(document):
    assert viewed(document, sortSpecs=[DOWN]).rows(0, 12) == [0, 3, 1, 4, 2, 5, 6, 7, 8, 9, 10, 11]
    assert viewed(document, sortSpecs=[{"dimensionIndex": 1}]).rows(0, 6) == [0, 1, 4, 3, 2, 5]
    assert document.sheets[0].grid.value(1, 0) == "M01"


def test_a_second_column_decides_where_the_first_does_not(document):
    second = {"dimensionIndex": 0, "sortOrder": "DESCENDING"}
    assert viewed(document, sortSpecs=[DOWN, second]).rows(1, 5) == [3, 4, 1, 2]


def test_a_window_has_the_rows_that_stand_at_its_places(document):
    seen = viewed(document, sortSpecs=[DOWN])
    assert [seen.rows(start, start + 3) for start in (0, 3, 6)] == [[0, 3, 1], [4, 2, 5], [6, 7, 8]]


def test_a_row_that_the_view_leaves_out_is_hidden_wherever_it_stands(document):
    seen = viewed(document, sortSpecs=[DOWN], filterSpecs=[
        {"columnIndex": 0, "filterCriteria": {"hiddenValues": ["M03"]}}
    ])  # fmt: skip
    assert [row for row in seen.rows(0, 8) if seen.hides(row, {})] == [3]


@pytest.mark.parametrize("specs", [[], [{"dimensionIndex": 2}], [{"dimensionIndex": 9}]])
def test_a_view_that_sorts_by_none_of_its_columns_leaves_the_order(document, specs):
    assert viewed(document, sortSpecs=specs).rows(0, 12) == list(range(12))


def test_rows_that_merged_cells_join_are_not_taken_apart(document):
    merge = {"sheetId": 0, "startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 0, "endColumnIndex": 1}
    document.sheets[0].objects["merges"].append(merge)
    assert viewed(document, sortSpecs=[DOWN]).rows(0, 12) == list(range(12))


def test_rows_are_asked_for_in_stretches():
    assert runs([0, 7, 2, 1, 8, 5]) == [(0, 3), (5, 6), (7, 9)]
    assert runs([]) == []
    assert RowsViewed().rows(4, 7) == [4, 5, 6]
