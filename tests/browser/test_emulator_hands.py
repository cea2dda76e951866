"""A row filled by mouse and keys: what is clicked is selected, whatever lies over it, and keys leap as in Google."""

import re

import pytest
from playwright.sync_api import expect

from sheets_emulator.access.accounts import ensure_account
from sheets_emulator.serving.server import serve
from tests.browser.test_emulator_view import HEAD, OWNER, ROWS, Sheets, cell, fill, opened

pytestmark = pytest.mark.browser

# In Latin letters: Playwright sends no key for others, only the text.
LONG = "A long remark that does not fit into its own cell and runs over those beside it"


@pytest.fixture
def book(tmp_path):
    ensure_account(tmp_path, OWNER, "Собственник")
    ensure_account(tmp_path, HEAD, "РОП")
    with serve(tmp_path) as emulator:
        client = Sheets(emulator)
        fill(client)
        yield client
        client.close()


@pytest.fixture
def shown(watched, book):
    with watched(book.emulator) as page:
        yield page


def place(page):
    return page.locator("#place")


def click(page, address, **more):
    """Press and let go where the cell is, whatever lies on top of it there."""
    box = cell(page, address).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, **more)


def test_a_row_is_filled_by_mouse_past_a_text_that_runs_over(shown, book):
    opened(shown, book)
    click(shown, "F2")
    shown.keyboard.type(LONG)
    click(shown, "G2")
    expect(place(shown)).to_have_text("G2")
    expect(cell(shown, "F2").locator("span")).to_have_text(LONG)  # it is drawn over G2 and H2 now
    click(shown, "H2")
    expect(place(shown)).to_have_text("H2")
    click(shown, "G2")
    expect(place(shown)).to_have_text("G2")
    shown.keyboard.type("beside")
    click(shown, "H2")
    expect(place(shown)).to_have_text("H2")
    expect(cell(shown, "G2")).to_have_text("beside")
    assert (book.value("F2"), book.value("G2")) == (LONG, "beside")


def test_a_double_click_edits_the_cell_under_a_text_that_runs_over(shown, book):
    book.type("F2", LONG)
    opened(shown, book)
    click(shown, "G2", click_count=2)
    expect(cell(shown, "G2").locator(".editor")).to_be_focused()
    shown.keyboard.type("7")
    shown.keyboard.press("Enter")
    expect(cell(shown, "G2")).to_have_text("7")


def test_a_cell_under_a_chart_is_selected_too(shown, book):
    cells = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 4, "startColumnIndex": 2, "endColumnIndex": 3}
    series = {"sourceRange": {"sources": [cells]}}
    spec = {"basicChart": {"chartType": "LINE", "headerCount": 1, "series": [{"series": series}]}}
    anchor = {"anchorCell": {"sheetId": 0, "rowIndex": 2, "columnIndex": 6}}
    book.requests({"addChart": {"chart": {"spec": spec, "position": {"overlayPosition": anchor}}}})
    opened(shown, book)
    expect(shown.locator(".chart")).to_be_visible()
    click(shown, "H6")
    expect(place(shown)).to_have_text("H6")


def test_a_tick_right_after_typing_is_not_lost(shown, book):
    opened(shown, book)
    click(shown, "B2")
    shown.keyboard.type("new")
    box = cell(shown, "E2").locator("input").bounding_box()
    shown.mouse.move(box["x"] + 5, box["y"] + 5)
    with shown.expect_response(re.compile("/rows")):
        shown.mouse.down()  # ends the typing; the row comes drawn anew while the button is down
    shown.mouse.up()
    expect(cell(shown, "E2").locator("input")).to_be_checked()
    expect(shown.locator("#state")).to_have_text("Сохранено")
    assert (book.value("B2"), book.value("E2")) == ("new", True)


def test_what_stands_half_typed_in_the_line_is_kept_when_another_cell_is_clicked(shown, book):
    opened(shown, book)
    click(shown, "B2")
    shown.locator("#entry").fill("из строки")
    click(shown, "B4")
    expect(cell(shown, "B2")).to_have_text("из строки")
    expect(place(shown)).to_have_text("B4")
    shown.locator("#entry").fill("раздумал")
    shown.keyboard.press("Escape")
    click(shown, "B5")
    expect(cell(shown, "B4")).to_have_text("Клиент 3")


def test_control_and_arrows_go_to_the_edge_of_what_is_filled(shown, book):
    book.type("G9", "далеко")
    opened(shown, book)
    click(shown, "B2")
    for key, end in (
        ("Control+ArrowRight", "E2"),
        ("Control+ArrowRight", "O2"),
        ("Control+ArrowLeft", "E2"),
        ("Control+ArrowDown", f"E{ROWS + 1}"),
        ("Control+ArrowUp", "E1"),
    ):
        shown.keyboard.press(key)
        expect(place(shown)).to_have_text(end)
        expect(cell(shown, end)).to_be_in_viewport()
    shown.keyboard.press("Control+Home")
    click(shown, "G2")
    shown.keyboard.press("Control+ArrowDown")
    expect(place(shown)).to_have_text("G9")
    shown.keyboard.press("Control+ArrowDown")
    expect(place(shown)).to_have_text(f"G{ROWS + 1}")


def test_control_home_end_and_the_first_free_row(shown, book):
    book.requests({"appendDimension": {"sheetId": 0, "dimension": "ROWS", "length": 30}})
    book.requests(
        {
            "repeatCell": {
                "range": {
                    "sheetId": 0,
                    "startRowIndex": ROWS + 1,
                    "startColumnIndex": 0,
                    "endColumnIndex": 1,
                },
                "cell": {"userEnteredValue": {"formulaValue": "=ROW()-1"}},
                "fields": "userEnteredValue",
            }
        },
        {
            "repeatCell": {
                "range": {
                    "sheetId": 0,
                    "startRowIndex": ROWS + 1,
                    "startColumnIndex": 4,
                    "endColumnIndex": 5,
                },
                "cell": {"userEnteredValue": {"boolValue": False}},
                "fields": "userEnteredValue",
            }
        },
    )
    opened(shown, book)
    click(shown, "C3")
    shown.keyboard.press("Control+End")
    expect(place(shown)).to_have_text(f"E{ROWS + 31}")
    shown.keyboard.press("Control+Home")
    expect(place(shown)).to_have_text("A1")
    shown.keyboard.press("Alt+End")  # formulas and boxes without a tick wait there, nobody has typed
    expect(place(shown)).to_have_text(f"B{ROWS + 2}")
    expect(cell(shown, f"B{ROWS + 2}")).to_be_in_viewport()


def test_a_sparkline_is_drawn_in_its_cell_and_follows(shown, book):
    book.type("F2", '=IF(C2>0;SPARKLINE(C2:C4;{"charttype"\\"column";"color"\\"green"});"")')
    opened(shown, book)
    bars = cell(shown, "F2").locator("svg rect")
    expect(bars).to_have_count(3)
    expect(bars.nth(2)).to_have_attribute("height", "16")  # the largest of 1000, 2000, 3000
    book.type("C4", "1000")
    expect(bars.nth(2)).to_have_attribute("height", "8", timeout=6_000)
    click(shown, "F2")
    expect(shown.locator("#entry")).to_have_value(re.compile("SPARKLINE"))
