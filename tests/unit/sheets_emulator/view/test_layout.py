"""What lies around a cell's own content: running text, bands, merged and hidden cells, filters, locks."""

import pytest

from sheets_emulator.view.banding import Bands
from sheets_emulator.view.layout import Locks, layout_of
from sheets_emulator.view.looks import may_overflow, room, spread
from sheets_emulator.view.sheet_page import Painter

WHITE, BLUE, PALE = {"red": 1.0, "green": 1.0, "blue": 1.0}, {"blue": 1.0}, {"red": 0.9}


def sheet(**more):
    size = {"rowCount": 6, "columnCount": 4, **more.pop("size", {})}
    return {"properties": {"sheetId": 3, "title": "Лист", "gridProperties": size}, **more}


def text(value, **look):
    shown = {"stringValue": value}
    return {
        "formattedValue": value,
        "effectiveValue": shown,
        "userEnteredValue": shown,
        "effectiveFormat": {"backgroundColor": WHITE, **look},
    }


def painted(data, rows, hidden=()):
    layout = layout_of(data)
    painter = Painter(layout, Locks([], may_edit=True), "ru_RU", {})
    about = [{"hiddenByFilter": True} if index in hidden else {} for index in range(6)]
    window = painter.window([{"rowData": [{"values": row} for row in rows], "rowMetadata": about}], 0, 6)
    return window, {f"{c.letters}{row.number}": c for row in window.rows for c in row.cells}


def css(window, name):
    return window.rules.by_class.get(name, "")


def test_only_a_text_that_may_be_wider_than_its_cell_asks_for_room():
    assert not may_overflow("да", 10, 100)
    assert may_overflow("Ведомость за сентябрь", 10, 100)


def test_room_ends_at_the_first_cell_that_is_taken():
    assert room([100, 50, 60, 70], 0, 1, lambda at: at != 3) == 110
    assert room([100, 50, 60, 70], 3, -1, lambda at: at == 2) == 60


@pytest.mark.parametrize(
    ("align", "expected"),
    [
        ("LEFT", "width:133px"),
        ("RIGHT", "width:113px;margin-left:-20px"),
        ("CENTER", "width:173px;margin-left:-40px;clip-path:inset(0 0px 0 20px)"),
    ],
)
def test_a_text_runs_to_the_side_that_its_alignment_leaves_open(align, expected):
    # A column of 100 pixels keeps 93 for its text; 20 are free on the left, 40 on the right.
    assert spread(100, 20, 40, align) == expected


def test_a_long_text_runs_over_empty_neighbours_up_to_the_next_content():
    window, cells = painted(sheet(), [[text("длинный " * 9), {}, text("конец")]])
    assert css(window, cells["A1"].spill) == "width:193px"
    assert "spill" in cells["A1"].classes


def test_a_long_text_stays_within_the_frozen_columns():
    _window, cells = painted(sheet(size={"frozenColumnCount": 1}), [[text("длинный " * 9), {}, {}]])
    assert cells["A1"].spill == ""


def test_a_wrapped_or_clipped_text_stays_in_its_cell():
    rows = [[text("длинный " * 9, wrapStrategy="WRAP")], [text("длинный " * 9, wrapStrategy="CLIP")]]
    _window, cells = painted(sheet(), rows)
    assert cells["A1"].spill == cells["A2"].spill == ""


def test_a_merge_loses_its_hidden_rows_and_keeps_its_text():
    merge = {"startRowIndex": 0, "endRowIndex": 3, "startColumnIndex": 0, "endColumnIndex": 2}
    window, cells = painted(sheet(merges=[merge]), [[text("Команда")]], hidden=(0,))
    assert (cells["A2"].text, cells["A2"].rowspan, cells["A2"].colspan) == ("Команда", 2, 2)
    assert [row.number for row in window.rows] == [2, 3, 4, 5, 6]
    assert "B2" not in cells
    assert "A3" not in cells


def test_bands_alternate_below_the_header_and_end_in_the_footer():
    colours = {
        "headerColor": BLUE,
        "firstBandColor": WHITE,
        "secondBandColor": PALE,
        "footerColor": {"green": 1.0},
    }
    cells = {"startRowIndex": 1, "endRowIndex": 6, "startColumnIndex": 0, "endColumnIndex": 2}
    bands = Bands([{"range": cells, "rowProperties": colours}])
    assert [bands.under(row, 1).get("backgroundColor") for row in range(7)] == [
        None,
        BLUE,
        WHITE,
        PALE,
        WHITE,
        {"green": 1.0},
        None,
    ]
    assert bands.under(3, 2) == {}


def test_a_header_outranks_the_bands_of_the_other_direction():
    cells = {"startRowIndex": 0, "endRowIndex": 4, "startColumnIndex": 0, "endColumnIndex": 4}
    rows = {"firstBandColor": WHITE, "secondBandColor": PALE}
    bands = Bands([{"range": cells, "rowProperties": rows, "columnProperties": {"headerColor": BLUE}}])
    assert bands.under(1, 0) == {"backgroundColor": BLUE}
    assert bands.under(1, 1) == {"backgroundColor": PALE}


def test_a_cells_own_background_hides_the_band():
    data = sheet(
        bandedRanges=[{"range": {"sheetId": 3}, "rowProperties": {"firstBandColor": BLUE}}],
    )
    own = {**text("x", backgroundColor=PALE), "userEnteredFormat": {"backgroundColor": PALE}}
    window, cells = painted(data, [[text("x"), own, {}]])
    assert css(window, cells["A1"].classes) == "background-color:#0000ff"
    assert css(window, cells["B1"].classes) == "background-color:#e60000"
    assert css(window, cells["C1"].classes) == "background-color:#0000ff"


def test_a_filters_headers_are_marked_and_say_which_column_is_filtered():
    shown = {"startRowIndex": 1, "endRowIndex": 5, "startColumnIndex": 0, "endColumnIndex": 2}
    data = sheet(basicFilter={"range": shown, "criteria": {"1": {"hiddenValues": ["Отказ"]}}})
    _, cells = painted(data, [])
    assert [cells[at].filter for at in ("A1", "A2", "B2", "C2", "A3")] == ["", "plain", "active", "", ""]


def test_a_tab_is_sealed_only_when_no_cell_is_left_open():
    whole = {"range": {"sheetId": 3}}
    assert Locks([whole], may_edit=True).sealed
    assert Locks([], may_edit=False).sealed
    assert not Locks([{**whole, "requestingUserCanEdit": True}], may_edit=True).sealed
    assert not Locks([{**whole, "unprotectedRanges": [{"endRowIndex": 1}]}], may_edit=True).sealed
    assert not Locks([{"range": {"sheetId": 3, "endRowIndex": 1}}], may_edit=True).sealed


@pytest.mark.parametrize(("columns", "rows"), [(4, 200), (60, 200), (100, 120), (1000, 12), (18_278, 4)])
def test_the_longer_the_rows_the_fewer_are_drawn_at_once(columns, rows):
    assert layout_of(sheet(size={"columnCount": columns})).window_rows == rows


def test_blank_cells_are_not_measured(monkeypatch):
    measured = []
    monkeypatch.setattr("sheets_emulator.view.sheet_page.room", lambda *_: measured.append(1) or 0)
    painted(sheet(size={"columnCount": 1000}), [[text("один")]])
    assert len(measured) == 2  # to the left and to the right of the one text
