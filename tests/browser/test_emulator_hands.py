"""A row filled by mouse and keys: what is clicked is selected, whatever lies over it, and keys leap as in Google."""

import re

import pytest
from playwright.sync_api import expect

from sheets_emulator.access.accounts import ensure_account
from sheets_emulator.serving.server import serve
from tests.browser.test_emulator_view import HEAD, OWNER, ROWS, Sheets, cell, column, fill, opened, paste

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


def rectangle(page, address):
    """Where the cell is now; its row may be drawn anew at any moment."""
    page.wait_for_selector("#app:not([aria-busy])")  # the page's script has begun
    return page.evaluate(
        """([row, column]) => document.querySelector(`tr[data-row="${row}"] td[data-col="${column}"]`)
            .getBoundingClientRect().toJSON()""",
        [address[1:], address[0]],
    )


def click(page, address, **more):
    """Press and let go where the cell is, whatever lies on top of it there."""
    box = rectangle(page, address)
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


def test_a_button_let_go_elsewhere_holds_up_no_drawing(shown, book):
    opened(shown, book)
    click(shown, "B2")
    shown.keyboard.type("new")
    box = cell(shown, "D2").bounding_box()
    shown.mouse.move(box["x"] + 5, box["y"] + 5)
    with shown.expect_response(re.compile("/rows")):
        shown.mouse.down()
    assert cell(shown, "B2").text_content() != "new"
    shown.evaluate("dispatchEvent(new PointerEvent('pointermove', {buttons: 0}))")
    expect(cell(shown, "B2")).to_have_text("new")


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
    expect(bars.nth(2)).to_have_attribute("height", "8")
    click(shown, "F2")
    expect(shown.locator("#entry")).to_have_value(re.compile("SPARKLINE"))


def test_files_are_downloaded_from_the_menu(shown, book, tmp_path):
    opened(shown, book)
    for name, begins in (("Excel", b"PK"), ("CSV", "№,Клиент".encode()), ("PDF — этот", b"%PDF-")):
        shown.get_by_text("Меню").click()
        with shown.expect_download() as downloading:
            shown.get_by_role("link", name=name).click()
        expect(shown.locator(".menu[open]")).to_have_count(0)
        file = tmp_path / downloading.value.suggested_filename
        downloading.value.save_as(file)
        assert file.name.startswith("KPI продаж — Клиент.")
        assert file.read_bytes().startswith(begins)


def test_the_first_free_row_is_a_choice_of_the_menu(shown, book):
    book.requests({"appendDimension": {"sheetId": 0, "dimension": "ROWS", "length": 3}})
    opened(shown, book)
    shown.get_by_text("Меню").click()
    shown.get_by_role("button", name="К первой свободной строке").click()
    expect(place(shown)).to_have_text(f"A{ROWS + 2}")
    expect(cell(shown, f"A{ROWS + 2}")).to_be_focused()


def test_a_filter_view_is_for_whoever_looks_through_it(shown, book):
    book.type("D3", "Сделка")
    condition = {"type": "TEXT_EQ", "values": [{"userEnteredValue": "Сделка"}]}
    view = {
        "title": "Мои сделки",
        "range": {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 50, "endColumnIndex": 5},
        "filterSpecs": [{"columnIndex": 3, "filterCriteria": {"condition": condition}}],
    }
    book.requests({"addFilterView": {"filter": view}})
    opened(shown, book)
    expect(cell(shown, "B2")).to_be_visible()
    shown.get_by_text("Меню").click()
    shown.get_by_role("link", name="Мои сделки").click()
    expect(cell(shown, "B3")).to_be_visible()
    expect(cell(shown, "B2")).to_have_count(0)
    expect(cell(shown, "B50")).to_have_count(0)
    expect(cell(shown, "B51")).to_be_visible()  # below the view's range
    expect(cell(shown, "D1").get_by_role("img", name="Фильтр включён")).to_be_visible()
    click(shown, "B3")
    shown.keyboard.press("Control+ArrowUp")
    expect(place(shown)).to_have_text("B1")
    shown.keyboard.press("ArrowDown")
    expect(place(shown)).to_have_text("B3")
    book.type("D5", "Сделка")
    expect(cell(shown, "B5")).to_be_visible(timeout=6_000)
    shown.get_by_role("link", name="Выйти из фильтра").click()
    expect(cell(shown, "B2")).to_be_visible()


def test_a_filter_view_that_sorts_does_so_for_whoever_looks_through_it(shown, book):
    for address, told in (("F2", "b"), ("F3", "c"), ("F230", "a")):
        book.type(address, told)
    view = {
        "title": "По примечанию",
        "range": {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 260, "endColumnIndex": 6},
        "sortSpecs": [{"dimensionIndex": 5, "sortOrder": "ASCENDING"}],
    }
    book.requests({"addFilterView": {"filter": view}})
    opened(shown, book)
    shown.get_by_text("Меню").click()
    shown.get_by_role("link", name="По примечанию").click()
    expect(cell(shown, "F230")).to_have_text("a")
    assert numbers(shown)[:6] == ["1", "230", "2", "3", "4", "5"]
    click(shown, "F230")
    shown.keyboard.press("ArrowDown")
    expect(place(shown)).to_have_text("F2")
    shown.keyboard.press("Control+ArrowDown")
    expect(place(shown)).to_have_text("F3")
    click(shown, "F230")
    shown.keyboard.type("d")
    shown.keyboard.press("Enter")
    expect(shown.locator("tbody tr[data-row]").nth(3)).to_have_attribute("data-row", "230")
    assert numbers(shown)[:6] == ["1", "2", "3", "230", "4", "5"]
    assert numbers(shown).count("230") == 1
    click(shown, "F230")
    paste(shown, "x\ny")  # the row below is row 4 here, and row 231 in the tab
    expect(shown.locator("#problem")).to_contain_text("вставьте их по одной")
    paste(shown, "d\tbeside")
    expect(cell(shown, "G230")).to_have_text("beside")
    expect(shown.locator("#problem")).to_be_hidden()
    shown.keyboard.press("Control+End")  # far below, in a window that was not loaded
    expect(place(shown)).to_have_text(re.compile(rf"{ROWS + 1}$"))
    assert [book.value(at) for at in ("F2", "F3", "F230")] == ["b", "c", "d"]
    shown.get_by_role("link", name="Выйти из фильтра").click()
    expect(shown.locator("tbody tr[data-row]").nth(1)).to_have_attribute("data-row", "2")


def numbers(page):
    """The rows' numbers in the order in which they stand."""
    return page.locator("tbody tr[data-row] > th").all_text_contents()


def test_a_link_leads_to_its_cell_or_out_and_its_cell_is_selected(shown, book):
    book.requests({"addSheet": {"properties": {"sheetId": 8, "title": "Второй"}}})
    where = {"sheetId": 0, "startRowIndex": 1, "endRowIndex": 2, "startColumnIndex": 5, "endColumnIndex": 6}
    inside = {"userEnteredFormat": {"textFormat": {"link": {"uri": "#gid=8&range=C40"}}}}
    book.type("F2", "к ошибке")
    book.requests({"repeatCell": {"range": where, "cell": inside, "fields": "userEnteredFormat.textFormat"}})
    book.type("F3", f'=HYPERLINK("{book.url}/view/view.css";"наружу")')
    book.type("F4", '=HYPERLINK("javascript:document.title=1";"опасно")')
    opened(shown, book)
    expect(cell(shown, "F4").locator("a")).to_have_count(0)
    with shown.expect_popup() as popup:
        cell(shown, "F3").get_by_role("link").click()
    assert popup.value.evaluate("opener") is None
    expect(place(shown)).to_have_text("F3")
    cell(shown, "F2").get_by_role("link").click()
    expect(shown.get_by_role("link", name="Второй")).to_have_attribute("aria-current", "page")
    expect(place(shown)).to_have_text("C40")
    expect(cell(shown, "C40")).to_be_in_viewport()


def test_an_address_as_google_writes_it_leads_to_its_tab_and_cell(shown, book):
    book.requests({"addSheet": {"properties": {"sheetId": 8, "title": "Второй"}}})
    address = f"{book.url}/spreadsheets/d/{book.file}/edit"
    shown.goto(f"{address}#gid=8&range=C40:D41")
    expect(shown.get_by_role("link", name="Второй")).to_have_attribute("aria-current", "page")
    expect(place(shown)).to_have_text("C40")
    shown.evaluate("location.hash = '#gid=0'")
    expect(shown.locator("#app")).to_have_attribute("data-gid", "0")
    shown.goto(f"{address}#//stranger.test/")
    expect(place(shown)).to_have_text("A1")


def between(**more):
    values = [{"userEnteredValue": "0"}, {"userEnteredValue": "1000000"}]
    return {"condition": {"type": "NUMBER_BETWEEN", "values": values}, **more}


def test_a_value_that_the_column_refuses_is_said_beside_its_cell_and_not_saved(shown, book):
    book.requests({"setDataValidation": column(2, rule=between(strict=True))})
    opened(shown, book)
    click(shown, "C2", click_count=2)
    shown.keyboard.press("ControlOrMeta+A")
    shown.keyboard.type("5000000")
    shown.keyboard.press("Enter")
    said = shown.locator("#beside")
    expect(said).to_have_text("«5000000»\nНе сохранено: нужно число от 0 до 1000000")
    expect(place(shown)).to_have_text("C2")  # back to where it is to be mended
    box, at = said.bounding_box(), rectangle(shown, "C2")
    assert abs(box["y"] - at["y"]) < 30
    assert 0 <= box["x"] - at["x"] - at["width"] < 30
    assert book.value("C2") == 1000
    click(shown, "B4")
    expect(said).to_be_hidden()


def test_a_value_that_the_column_warns_of_is_saved_marked_and_said(shown, book):
    book.requests(
        {"setDataValidation": column(2, rule=between(inputMessage="Сумма без копеек, до миллиона"))}
    )
    opened(shown, book)
    click(shown, "C2")
    shown.keyboard.type("5000000")
    shown.keyboard.press("Enter")
    said = shown.locator("#beside")
    expect(said).to_have_text("Проверьте: Сумма без копеек, до миллиона")
    expect(place(shown)).to_have_text("C3")
    expect(cell(shown, "C2")).to_have_attribute("aria-invalid", "true")
    assert book.value("C2") == 5000000
    click(shown, "C5")
    expect(said).to_be_hidden()
    click(shown, "C2")
    expect(said).to_be_visible()


def test_a_rule_with_a_formula_judges_what_is_typed_now(shown, book):
    formula = {"condition": {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": "=C2<A2*2000"}]}}
    book.requests({"setDataValidation": column(2, rule={**formula, "strict": True})})
    opened(shown, book)
    click(shown, "C3")  # its № is 2: less than 4000
    shown.keyboard.type("4000")
    shown.keyboard.press("Enter")
    expect(shown.locator("#beside")).to_contain_text("=C2<A2*2000")
    assert book.value("C3") == 2000
    shown.keyboard.type("3999")
    shown.keyboard.press("Enter")
    expect(cell(shown, "C3")).to_have_text("3\u00a0999 ₸")


def test_a_phone_shows_the_menu_and_what_is_wrong_within_its_width(watched, book):
    book.requests({"setDataValidation": column(2, rule=between(strict=True))})
    frozen = {"properties": {"sheetId": 0, "gridProperties": {"frozenColumnCount": 3}}}
    book.requests({"updateSheetProperties": {**frozen, "fields": "gridProperties.frozenColumnCount"}})
    with watched(book.emulator, width=390) as phone:
        opened(phone, book)
        phone.get_by_text("Меню").click()
        inside(phone, ".menu > div")
        phone.keyboard.press("Escape")
        click(phone, "C2")
        phone.keyboard.type("5000000")
        phone.keyboard.press("Enter")
        expect(phone.locator("#beside")).to_be_visible()
        inside(phone, "#beside")
        phone.keyboard.press("End")  # three frozen columns would take the whole width: they go along
        assert rectangle(phone, "O2")["x"] >= 46
        assert rectangle(phone, "C2")["x"] < 0


def inside(page, selector):
    box = page.locator(selector).bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_on_a_phone_a_tap_selects_and_a_second_one_edits(browser, book):
    book.type("F2", LONG)
    phone = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}
    context = browser.new_context(locale="ru-RU", **phone)
    page = context.new_page()
    page.goto(book.emulator.doors.new_link(book.url))
    opened(page, book)
    page.evaluate("document.getElementById('scroll').scrollLeft = 420")
    for address in ("G2", "H3"):
        tap(page, address)
        expect(place(page)).to_have_text(address)
        expect(page.locator(".editor")).to_have_count(0)
    tap(page, "H3")
    expect(cell(page, "H3").locator(".editor")).to_be_focused()
    page.keyboard.type("25")
    tap(page, "G2")
    expect(cell(page, "H3")).to_have_text("25")
    expect(place(page)).to_have_text("G2")
    context.close()


def tap(page, address):
    box = rectangle(page, address)
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
