"""Real clicks and typing in headless Chromium, over the emulator's own API."""

import re

import pytest
import requests
from playwright.sync_api import expect

from sheets_emulator.access.accounts import ensure_account
from sheets_emulator.access.tokens import issue_token
from sheets_emulator.serving.server import serve

pytestmark = pytest.mark.browser

OWNER, HEAD = "owner@client.kz", "head@client.kz"
ROWS = 5000
HEADERS = ["№", "Клиент", "Сумма, ₸", "Статус", "Повторный"]
HOSTILE = '<img src=x onerror="document.title=1"> & «кавычки»'


class Sheets:
    """The owner's own client of the API."""

    def __init__(self, emulator):
        self.emulator, self.url, self.folder = emulator, emulator.url, emulator.folder
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {issue_token(emulator.engine.store, OWNER)}"

    def send(self, method, path, **body):
        answer = self._session.request(method, self.url + path, json=body or None, timeout=30)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def requests(self, *wanted):
        return self.send("POST", f"/v4/spreadsheets/{self.file}:batchUpdate", requests=list(wanted))

    def value(self, cell, option="UNFORMATTED_VALUE"):
        found = self.send("GET", f"/v4/spreadsheets/{self.file}/values/{cell}?valueRenderOption={option}")
        return found.get("values", [[None]])[0][0]

    def type(self, cell, text):
        path = f"/v4/spreadsheets/{self.file}/values/{cell}?valueInputOption=USER_ENTERED"
        self.send("PUT", path, values=[[text]])

    def close(self):
        self._session.close()


def column(index, **more):
    return {
        "range": {"sheetId": 0, "startRowIndex": 1, "startColumnIndex": index, "endColumnIndex": index + 1},
        **more,
    }


def fill(sheets):
    made = sheets.send(
        "POST",
        "/drive/v3/files",
        name="KPI продаж — Клиент",
        mimeType="application/vnd.google-apps.spreadsheet",
    )
    sheets.file = made["id"]
    choices = [{"userEnteredValue": word} for word in ("Новый", "Сделка", "Отказ")]
    header = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 1}
    size = {"rowCount": ROWS + 1, "columnCount": 15, "frozenRowCount": 1, "frozenColumnCount": 1}
    rule = {
        "condition": {"type": "TEXT_EQ", "values": [{"userEnteredValue": "Сделка"}]},
        "format": {"backgroundColor": {"green": 1}},
    }
    sheets.requests(
        {"updateSpreadsheetProperties": {"properties": {"locale": "ru_RU"}, "fields": "locale"}},
        {
            "updateSheetProperties": {
                "properties": {"sheetId": 0, "title": "Сделки", "gridProperties": size},
                "fields": "title,gridProperties",
            }
        },
        {
            "setDataValidation": column(
                3, rule={"condition": {"type": "ONE_OF_LIST", "values": choices}, "showCustomUi": True}
            )
        },
        {"setDataValidation": column(4, rule={"condition": {"type": "BOOLEAN"}})},
        {
            "repeatCell": column(
                2,
                cell={"userEnteredFormat": {"numberFormat": {"type": "NUMBER", "pattern": "#,##0 ₸"}}},
                fields="userEnteredFormat.numberFormat",
            )
        },
        {
            "addConditionalFormatRule": {
                "rule": {"ranges": [column(3)["range"]], "booleanRule": rule},
                "index": 0,
            }
        },
        {"addProtectedRange": {"protectedRange": {"range": header, "editors": {"users": [OWNER]}}}},
        {"repeatCell": {"range": header, "cell": {"note": "Шапка"}, "fields": "note"}},
        {"addSheet": {"properties": {"sheetId": 5, "title": "Тайный", "hidden": True}}},
    )
    values = [HEADERS, *([row, f"Клиент {row}", row * 1000, "Новый", False] for row in range(1, ROWS + 1))]
    values[2][1] = HOSTILE
    sheets.send("PUT", f"/v4/spreadsheets/{sheets.file}/values/A1?valueInputOption=RAW", values=values)
    sheets.send(
        "POST", f"/drive/v3/files/{sheets.file}/permissions", type="user", role="writer", emailAddress=HEAD
    )


@pytest.fixture
def sheets(tmp_path):
    ensure_account(tmp_path, OWNER, "Собственник")
    ensure_account(tmp_path, HEAD, "РОП")
    with serve(tmp_path) as emulator:
        client = Sheets(emulator)
        fill(client)
        yield client
        client.close()


@pytest.fixture
def page(watched, sheets):
    with watched(sheets.emulator) as shown:
        yield shown


def cell(page, address):
    """The cell, once the page's script has begun: before that a click goes nowhere."""
    return page.locator(f'#app:not([aria-busy]) tr[data-row="{address[1:]}"] td[data-col="{address[0]}"]')


def as_account(page, email):
    with page.expect_navigation():
        page.select_option("#account", email)


def opened(page, sheets, email=HEAD):
    page.goto(sheets.url)
    expect(page.locator("time")).to_have_text(re.compile(r"^\d\d\.\d\d\.\d{4}, \d\d:\d\d$"))
    if page.input_value("#account") != email:
        as_account(page, email)
    page.get_by_role("link", name="KPI продаж — Клиент").click()
    expect(page.locator("#app:not([aria-busy]) #grid")).to_be_visible()


def test_a_person_opens_a_file_and_saves_a_cell_through_the_api(page, sheets):
    opened(page, sheets)
    expect(page.get_by_role("link", name="Сделки")).to_be_visible()
    expect(page.get_by_text("Тайный")).to_have_count(0)
    cell(page, "C3").dblclick()
    page.keyboard.type("1250000,5")
    page.keyboard.press("Enter")
    expect(cell(page, "C3")).to_have_text("1\u00a0250\u00a0001 ₸")
    expect(page.locator("#state")).to_have_text("Сохранено")
    assert sheets.value("C3") == 1250000.5


def test_a_formula_typed_into_the_line_above_is_calculated(page, sheets):
    opened(page, sheets)
    cell(page, "F2").click()
    page.fill("#entry", "=SUM(C2:C)*2")
    page.press("#entry", "Enter")
    expect(cell(page, "F2")).to_have_text("25\u00a0005\u00a0000\u00a0000 ₸")  # 5000 × 5001 × 1000
    assert sheets.value("F2", "FORMULA") == "=SUM(C2:C)*2"


def test_a_date_formula_shows_a_date_and_text_in_arithmetic_an_error(page, sheets):
    sheets.type("G2", "'1,250")
    opened(page, sheets)
    for address, formula in (("F2", "=DATE(2026;10;5)+1"), ("F3", "=C2*2"), ("F4", "=G2*2")):
        cell(page, address).click()
        page.fill("#entry", formula)
        page.press("#entry", "Enter")
        expect(page.locator("#state")).to_have_text("Сохранено")
    expect(cell(page, "F2")).to_have_text("06.10.2026")
    expect(cell(page, "F3")).to_have_text("2\u00a0000 ₸")
    expect(cell(page, "F4")).to_have_text("#VALUE!")
    assert sheets.value("F2") == 46301


def test_keys_move_start_and_cancel_an_edit(page, sheets):
    opened(page, sheets)
    cell(page, "B4").click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#place")).to_have_text("C5")
    page.keyboard.press("7")
    page.keyboard.press("Escape")
    expect(page.locator(".editor")).to_have_count(0)
    page.keyboard.press("Delete")
    expect(cell(page, "C5")).to_have_text("")
    assert sheets.value("C5") is None


def test_a_number_typed_into_a_percent_cell_is_a_percentage(page, sheets):
    look = {"userEnteredFormat": {"numberFormat": {"type": "PERCENT", "pattern": "0%"}}}
    sheets.requests({"repeatCell": column(5, cell=look, fields="userEnteredFormat.numberFormat")})
    opened(page, sheets)
    cell(page, "F2").dblclick()
    page.keyboard.type("25")
    page.keyboard.press("Enter")
    expect(cell(page, "F2")).to_have_text("25%")
    assert sheets.value("F2") == 0.25


def test_line_breaks_survive_an_edit(page, sheets):
    sheets.type("B6", "первая\nвторая")
    opened(page, sheets)
    cell(page, "B6").dblclick()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.press("Alt+Enter")
    page.keyboard.type("!")
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_have_text("Сохранено")
    assert sheets.value("B6") == "первая\nвторая\n!"


def test_a_choice_and_a_tick_are_saved_and_coloured(page, sheets):
    opened(page, sheets)
    cell(page, "D2").click()
    page.keyboard.press("Enter")
    page.select_option(".editor", "Сделка")
    expect(cell(page, "D2")).to_have_css("background-color", "rgb(0, 255, 0)")
    cell(page, "E2").locator("input").click()
    expect(page.locator("#state")).to_have_text("Сохранено")
    assert (sheets.value("D2"), sheets.value("E2")) == ("Сделка", True)


def test_a_protected_cell_is_visibly_locked_and_refuses_in_words(page, sheets):
    opened(page, sheets)
    cell(page, "B1").dblclick()
    expect(page.get_by_role("alert")).to_have_text("Защищено: этот аккаунт не может менять эту ячейку")
    expect(page.locator(".editor")).to_have_count(0)
    assert "gradient" in cell(page, "B1").evaluate("td => getComputedStyle(td).backgroundImage")
    as_account(page, OWNER)
    cell(page, "B1").dblclick()
    page.keyboard.type("Покупатель")
    page.keyboard.press("Enter")
    expect(cell(page, "B1")).to_have_text("Покупатель")


def test_a_refusal_of_the_api_is_shown_in_its_own_words(page, sheets):
    opened(page, sheets)
    cell(page, "B2").dblclick()
    whole = {"range": {"sheetId": 0}, "editors": {"users": [OWNER]}}
    sheets.requests({"addProtectedRange": {"protectedRange": whole}})  # while the person is typing
    page.keyboard.type("x")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("You are trying to edit a protected cell or object.")
    assert sheets.value("B2") == "Клиент 1"


def test_the_page_follows_what_others_write(page, sheets):
    opened(page, sheets)
    sheets.type("B2", "записано потоком")
    expect(cell(page, "B2")).to_have_text("записано потоком")


def test_what_others_write_does_not_disturb_a_half_typed_entry(page, sheets):
    opened(page, sheets)
    cell(page, "B2").click()
    page.fill("#entry", "наполовину")
    sheets.type("C2", "777")
    expect(cell(page, "C2")).to_have_text("777 ₸")
    expect(page.locator("#entry")).to_have_value("наполовину")
    page.press("#entry", "Enter")
    expect(cell(page, "B2")).to_have_text("наполовину")


def test_five_thousand_rows_scroll_under_a_fixed_head(page, sheets):
    opened(page, sheets)
    assert page.locator("tbody tr[data-row]").count() < 1500
    page.evaluate("document.getElementById('scroll').scrollTo(0, 1e9)")
    expect(cell(page, f"B{ROWS + 1}")).to_be_in_viewport()
    expect(cell(page, "B1")).to_be_in_viewport()
    cell(page, f"B{ROWS + 1}").click()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#place")).to_have_text(f"B{ROWS}")


def test_hostile_text_stays_text(page, sheets):
    opened(page, sheets)
    expect(cell(page, "B3")).to_have_text(HOSTILE)
    cell(page, "B3").click()
    expect(page.locator("#entry")).to_have_value(HOSTILE)
    assert "KPI" in page.title()


def test_notes_are_marked_and_told(page, sheets):
    opened(page, sheets)
    cell(page, "A1").click()
    expect(page.locator("#about")).to_have_text("Примечание A1\nШапка")


def test_a_chart_hangs_on_its_cell_and_follows_the_values(page, sheets):
    def source(index):
        cells = column(index)["range"]
        return {"sourceRange": {"sources": [{**cells, "startRowIndex": 0, "endRowIndex": 4}]}}

    spec = {
        "title": "Суммы",
        "basicChart": {
            "chartType": "COLUMN",
            "headerCount": 1,
            "domains": [{"domain": source(1)}],
            "series": [{"series": source(2)}],
        },
    }
    anchor = {"anchorCell": {"sheetId": 0, "rowIndex": 5, "columnIndex": 6}, "offsetXPixels": 10}
    sheets.requests({"addChart": {"chart": {"spec": spec, "position": {"overlayPosition": anchor}}}})
    opened(page, sheets)
    chart = page.get_by_role("img", name="Суммы: Сумма, ₸")
    expect(chart).to_be_visible()
    box, at = chart.bounding_box(), cell(page, "G6").bounding_box()
    assert (round(box["x"] - at["x"]), abs(box["y"] - at["y"]) < 2) == (10, True)
    before = chart.inner_html()
    sheets.type("C2", "9000")
    expect(chart.locator("rect[fill='#4285f4']").first).to_be_visible()
    page.wait_for_function("was => document.querySelector('.chart svg').innerHTML !== was", arg=before)


def test_hidden_rows_are_passed_over_and_a_filter_is_marked(page, sheets):
    hidden = {"sheetId": 0, "dimension": "ROWS", "startIndex": 2, "endIndex": 4}
    look = {"properties": {"hiddenByUser": True}, "fields": "hiddenByUser"}
    sheets.requests({"updateDimensionProperties": {"range": hidden, **look}})
    sheets.requests({"setBasicFilter": {"filter": {"range": {"sheetId": 0, "endColumnIndex": 5}}}})
    opened(page, sheets)
    expect(cell(page, "B2")).to_be_visible()
    expect(cell(page, "B3")).to_have_count(0)
    expect(cell(page, "A1").get_by_role("img", name="Фильтр")).to_be_visible()
    cell(page, "B2").click()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#place")).to_have_text("B5")


def test_nothing_is_cut_off_at_a_phones_width(watched, sheets):
    with watched(sheets.emulator, width=390) as phone:
        opened(phone, sheets)
        for element in ("#account", ".account button", "#entry", "nav.tabs"):
            box = phone.locator(element).bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390


def paste(page, text):
    """What a person copied in another spreadsheet."""
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            document.activeElement.dispatchEvent(
                new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        text,
    )


def copied(page):
    return page.evaluate(
        """() => {
            const data = new DataTransfer();
            document.activeElement.dispatchEvent(
                new ClipboardEvent("copy", { clipboardData: data, bubbles: true, cancelable: true }));
            return data.getData("text/plain");
        }"""
    )


def test_cells_of_another_spreadsheet_are_pasted_as_typed(page, sheets):
    opened(page, sheets)
    cell(page, "B2").click()
    paste(page, 'ТОО «Ромашка»\t1 500,5\r\n"две\nстроки и ""кавычки"""\t=C2*2\r\n')
    expect(cell(page, "C3")).to_have_text("3\u00a0001 ₸")
    assert (sheets.value("B2"), sheets.value("C2")) == ("ТОО «Ромашка»", 1500.5)
    assert sheets.value("B3") == 'две\nстроки и "кавычки"'
    cell(page, "B3").click()
    assert copied(page) == '"две\nстроки и ""кавычки"""'
    cell(page, "C3").click()
    assert copied(page) == "=C2*2"


def test_what_is_pasted_over_protected_cells_is_refused(page, sheets):
    opened(page, sheets)
    cell(page, "B1").click()
    paste(page, "Покупатель")
    expect(page.get_by_role("alert")).to_have_text("Защищено: этот аккаунт не может менять эту ячейку")
    assert sheets.value("B1") == "Клиент"


def test_a_date_is_typed_as_people_write_it(page, sheets):
    opened(page, sheets)
    cell(page, "F2").click()
    page.keyboard.type("05.11.2026")
    page.keyboard.press("Enter")
    expect(cell(page, "F2")).to_have_text("05.11.2026")
    expect(page.locator("#place")).to_have_text("F3")
    assert sheets.value("F2") == 46331


def test_keys_leap_to_the_ends_of_a_row_and_a_page_on(page, sheets):
    opened(page, sheets)
    place = page.locator("#place")
    cell(page, "C4").click()
    page.keyboard.press("End")
    expect(place).to_have_text("O4")
    page.keyboard.press("Home")
    expect(place).to_have_text("A4")
    page.keyboard.press("PageDown")
    row = int(place.inner_text()[1:])
    assert row > 15
    expect(cell(page, f"A{row}")).to_be_in_viewport()
    expect(cell(page, f"A{row}")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("PageUp")
    expect(place).to_have_text("A4")
    page.keyboard.press("ControlOrMeta+Home")
    expect(place).to_have_text("A1")


def test_a_filter_hides_the_rows_it_leaves_out(page, sheets):
    sheets.type("D3", "Сделка")
    shown = {"condition": {"type": "TEXT_EQ", "values": [{"userEnteredValue": "Сделка"}]}}
    cells = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 50, "endColumnIndex": 5}
    specs = [{"columnIndex": 3, "filterCriteria": shown}]
    sheets.requests({"setBasicFilter": {"filter": {"range": cells, "filterSpecs": specs}}})
    opened(page, sheets)
    expect(cell(page, "B3")).to_be_visible()
    expect(cell(page, "B2")).to_have_count(0)
    expect(cell(page, "B50")).to_have_count(0)
    expect(cell(page, "B51")).to_have_count(1)
    expect(cell(page, "D1").get_by_role("img", name="Фильтр включён")).to_be_visible()


def test_the_list_shows_folders_and_who_has_access(page, sheets):
    folder = sheets.send(
        "POST", "/drive/v3/files", name="Архив", mimeType="application/vnd.google-apps.folder"
    )
    sheets.send("PATCH", f"/drive/v3/files/{sheets.file}?addParents={folder['id']}&removeParents=root")
    page.goto(sheets.url)
    if page.input_value("#account") != OWNER:
        as_account(page, OWNER)
    rows = page.locator("table.list tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("Архив")
    expect(rows.nth(0).get_by_role("img", name="папка")).to_be_visible()
    expect(rows.nth(1)).to_contain_text(f"{HEAD}: редактор")
    expect(rows.nth(1)).to_contain_text("можно изменять")
    left = [rows.nth(n).locator(".icon").bounding_box()["x"] for n in range(2)]
    assert left[0] < left[1]


def test_each_account_sees_what_it_may_do(page, sheets):
    reader = "reader@client.kz"
    ensure_account(sheets.folder, reader, "Читатель")
    grant = {"type": "user", "role": "reader", "emailAddress": reader}
    sheets.send("POST", f"/drive/v3/files/{sheets.file}/permissions", **grant)
    opened(page, sheets, reader)
    expect(page.get_by_text("Только просмотр")).to_be_visible()
    cell(page, "B2").dblclick()
    expect(page.get_by_role("alert")).to_have_text("Защищено: этот аккаунт не может менять эту ячейку")
    expect(page.locator(".editor")).to_have_count(0)
    as_account(page, HEAD)
    expect(page.get_by_text("Только просмотр")).to_have_count(0)
    cell(page, "B2").dblclick()
    expect(page.locator(".editor")).to_be_visible()


def test_access_that_is_taken_back_ends_the_view(page, sheets):
    opened(page, sheets)
    grants = sheets.send(
        "GET", f"/drive/v3/files/{sheets.file}/permissions?fields=permissions(id,emailAddress)"
    )
    head = next(grant["id"] for grant in grants["permissions"] if grant["emailAddress"] == HEAD)
    sheets.send("DELETE", f"/drive/v3/files/{sheets.file}/permissions/{head}")
    expect(page.get_by_role("heading", name="Нет доступа")).to_be_visible(timeout=8_000)
