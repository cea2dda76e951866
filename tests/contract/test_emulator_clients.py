"""gspread's companions, pygsheets and Google's own client, a day's work each, unchanged but for the address."""

import json
import re
from importlib import resources

import gspread
import gspread_dataframe
import gspread_formatting as looks
import httplib2
import pandas as pd
import pygsheets
import pytest
from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError

from sheets_emulator.accounts import issue_token


@pytest.fixture
def token(google):
    return issue_token(google.emulator.engine.store, google.accounts["owner"])


@pytest.fixture
def book(google, token, redirection):
    client = gspread.Client(auth=Credentials(token))
    for host in ("https://sheets.googleapis.com", "https://www.googleapis.com"):
        client.http_client.session.mount(host, redirection(google.url))
    google.opened.append(client.http_client.session)
    return client.create("Книга")


def test_gspread_formatting_reads_back_what_it_has_set(book):
    sheet = book.sheet1
    look = looks.CellFormat(
        backgroundColor=looks.Color(1, 0, 0),
        textFormat=looks.TextFormat(bold=True),
        numberFormat=looks.NumberFormat("PERCENT", "0%"),
    )
    looks.format_cell_range(sheet, "A1:B2", look)
    looks.set_frozen(sheet, rows=1)
    looks.set_column_width(sheet, "B", 240)
    rule = looks.DataValidationRule(looks.BooleanCondition("ONE_OF_LIST", ["да", "нет"]), showCustomUi=True)
    looks.set_data_validation_for_cell_range(sheet, "C1:C3", rule)
    rules = looks.get_conditional_format_rules(sheet)
    place = looks.GridRange.from_a1_range("A1:A9", sheet)
    condition = looks.BooleanCondition("NUMBER_GREATER", ["5"])
    made = looks.BooleanRule(
        condition=condition, format=looks.CellFormat(backgroundColor=looks.Color(0, 1, 0))
    )
    rules.append(looks.ConditionalFormatRule(ranges=[place], booleanRule=made))
    rules.save()
    found = looks.get_user_entered_format(sheet, "B2")
    assert found.textFormat.bold is True
    assert (found.backgroundColor.red, found.numberFormat.pattern) == (1, "0%")
    assert looks.get_frozen_row_count(sheet) == 1
    assert looks.get_data_validation_rule(sheet, "C2").condition.type == "ONE_OF_LIST"
    assert looks.get_conditional_format_rules(sheet)[0].booleanRule.condition.type == "NUMBER_GREATER"


def test_gspread_dataframe_brings_a_frame_there_and_back(book):
    frame = pd.DataFrame({"Код": ["M01", "M02"], "Сумма": [1.5, 2.0]})
    gspread_dataframe.set_with_dataframe(book.sheet1, frame, resize=True)
    assert (book.sheet1.row_count, book.sheet1.col_count) == (3, 2)
    back = gspread_dataframe.get_as_dataframe(book.sheet1)
    assert back.to_dict("list") == {"Код": ["M01", "M02"], "Сумма": [1.5, 2.0]}


def test_googles_own_client_does_its_work(google, token):
    text = (resources.files("googleapiclient") / "discovery_cache/documents/sheets.v4.json").read_text()
    description = json.loads(text) | {"rootUrl": google.url + "/", "baseUrl": google.url + "/"}
    with build_from_document(
        description, credentials=Credentials(token), client_options={"api_endpoint": google.url}
    ) as service:
        books = service.spreadsheets()
        made = books.create(body={"properties": {"title": "x"}}, fields="spreadsheetId").execute()
        key = made["spreadsheetId"]
        values = books.values()
        body = {"values": [["a/b", 1], ["c", 2]]}
        values.update(spreadsheetId=key, range="Sheet1!A1", valueInputOption="RAW", body=body).execute()
        add = {"addSheet": {"properties": {"title": "a/b: ?"}}}
        books.batchUpdate(spreadsheetId=key, body={"requests": [add]}).execute()
        values.append(
            spreadsheetId=key,
            range="'a/b: ?'!A1",
            valueInputOption="USER_ENTERED",
            body={"values": [["1,5"]]},
        ).execute()
        ranges = ["Sheet1!A:B", "'a/b: ?'"]
        found = values.batchGet(
            spreadsheetId=key, ranges=ranges, valueRenderOption="FORMATTED_VALUE"
        ).execute()
        assert [one.get("values") for one in found["valueRanges"]] == [[["a/b", "1"], ["c", "2"]], [["1,5"]]]
        assert (
            values.clear(spreadsheetId=key, range="Sheet1!A1:B1").execute()["clearedRange"] == "Sheet1!A1:B1"
        )
        with pytest.raises(HttpError, match="Unable to parse range: nope!A1") as refusal:
            values.get(spreadsheetId=key, range="nope!A1").execute()
        assert refusal.value.status_code == 400


class RedirectedHttp(httplib2.Http):
    """httplib2, unchanged but for the address."""

    address = ""

    def request(self, uri, *args, **kwargs):
        uri = re.sub(r"^https://(sheets|www)\.googleapis\.com", self.address, uri)
        return super().request(uri, *args, **kwargs)


def test_pygsheets_does_its_work(google, token):
    http = RedirectedHttp(timeout=30)
    http.address = google.url
    client = pygsheets.authorize(
        custom_credentials=Credentials(token), http=AuthorizedHttp(Credentials(token), http=http)
    )
    book = client.create("Книга pygsheets")
    sheet = book.sheet1
    sheet.update_values("A1", [["Код", "Сумма"], ["M01", 5], ["M02", 7]])
    sheet.update_value("C1", "=SUM(B2:B3)")
    assert sheet.get_value("C1") == "12"
    assert sheet.get_all_values(include_tailing_empty=False, include_tailing_empty_rows=False)[1] == [
        "M01",
        "5",
    ]
    cell = sheet.cell("A1")
    cell.set_text_format("bold", True)
    cell.note = "Заголовок"
    sheet.append_table(["M03", 9], start="A1")
    sheet.add_rows(10)
    sheet.frozen_rows = 1
    sheet.create_protected_range("A1", "B1")
    second = book.add_worksheet("Второй", rows=5, cols=3)
    second.index = 0
    book.del_worksheet(second)
    again = client.open_by_key(book.id).sheet1
    assert again.get_values("A4", "B4") == [["M03", "9"]]
    assert (again.rows, again.frozen_rows) == (1011, 1)  # append_table inserts its row, add_rows ten more
    assert again.cell("A1").note == "Заголовок"
    client.drive.delete(book.id)
    http.close()
