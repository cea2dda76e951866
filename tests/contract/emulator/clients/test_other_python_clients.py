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
from gspread_formatting.dataframe import BasicFormatter, format_with_dataframe

from sheets_emulator.access.tokens import issue_token


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


FULL_LOOK = looks.CellFormat(
    numberFormat=looks.NumberFormat("PERCENT", "0%"),
    backgroundColor=looks.Color(1, 0, 0),
    borders=looks.Borders(top=looks.Border("SOLID", looks.Color(0, 0, 1))),
    padding=looks.Padding(1, 2, 3, 4),
    horizontalAlignment="CENTER",
    verticalAlignment="TOP",
    wrapStrategy="WRAP",
    textFormat=looks.TextFormat(
        bold=True, fontSize=12, foregroundColorStyle=looks.ColorStyle(themeColor="LINK")
    ),
    textRotation=looks.TextRotation(angle=30),
)


def test_gspread_formatting_reads_back_the_formats_that_it_has_set(book):
    sheet = book.sheet1
    looks.format_cell_range(sheet, "A1:B2", FULL_LOOK)
    looks.format_cell_ranges(sheet, [("A1", looks.CellFormat(wrapStrategy="CLIP")), ("C:C", FULL_LOOK)])
    found = looks.get_user_entered_format(sheet, "B2")
    assert (found.textFormat.bold, found.textFormat.foregroundColor.blue) == (True, pytest.approx(0.8))
    assert (found.backgroundColor.red, found.numberFormat.pattern, found.padding.left) == (1, "0%", 4)
    assert (found.borders.top.style, found.borders.top.color.blue) == ("SOLID", 1)
    assert looks.get_user_entered_format(sheet, "A1").wrapStrategy == "CLIP"
    effective = looks.get_effective_format(sheet, "C1000")
    assert (effective.textRotation.angle, effective.textFormat.italic) == (30, False)
    assert looks.get_default_format(book).wrapStrategy == "OVERFLOW_CELL"


def test_gspread_formatting_sets_sizes_frozen_panes_and_direction(book):
    sheet = book.sheet1
    looks.set_frozen(sheet, rows=1, cols=2)
    looks.set_right_to_left(sheet, True)
    looks.set_row_heights(sheet, [("1:3", 42)])
    looks.set_column_width(sheet, "B", 240)
    assert (looks.get_frozen_row_count(sheet), looks.get_frozen_column_count(sheet)) == (1, 2)
    assert looks.get_right_to_left(sheet) is True
    data = book.fetch_sheet_metadata({"includeGridData": "true"})["sheets"][0]["data"][0]
    assert [one["pixelSize"] for one in data["rowMetadata"][:4]] == [42, 42, 42, 21]
    assert [one["pixelSize"] for one in data["columnMetadata"][:2]] == [100, 240]


def test_gspread_formatting_replaces_a_validation_rule_whole(book):
    sheet = book.sheet1
    chosen = looks.DataValidationRule(looks.BooleanCondition("ONE_OF_LIST", ["да", "нет"]), showCustomUi=True)
    looks.set_data_validation_for_cell_range(sheet, "C1:C3", chosen)
    assert looks.get_data_validation_rule(sheet, "C2").condition.values[1].userEnteredValue == "нет"
    ticked = looks.DataValidationRule(looks.BooleanCondition("BOOLEAN", []))
    looks.set_data_validation_for_cell_ranges(sheet, [("C2", ticked)])
    found = looks.get_data_validation_rule(sheet, "C2")
    assert (found.condition.type, found.showCustomUi) == ("BOOLEAN", None)
    looks.set_data_validation_for_cell_range(sheet, "C1:C3", None)
    assert looks.get_data_validation_rule(sheet, "C1") is None


def test_gspread_formatting_formats_parts_of_a_text_until_it_is_replaced(book):
    sheet = book.sheet1
    sheet.update([["слово"]], "A1")
    bold = looks.TextFormatRun(startIndex=0, format=looks.TextFormat(bold=True))
    italic = looks.TextFormatRun(startIndex=2, format=looks.TextFormat(italic=True))
    looks.set_text_format_runs(sheet, "A1", [bold, italic])
    assert [run.format.italic for run in looks.get_text_format_runs(sheet, "A1")] == [None, True]
    sheet.update([["другое"]], "A1")
    assert not looks.get_text_format_runs(sheet, "A1")


def test_gspread_formatting_keeps_an_order_of_conditional_formats(book):
    sheet = book.sheet1
    sheet.update([[1], [7]], "A1")
    rules = looks.get_conditional_format_rules(sheet)
    place = looks.GridRange.from_a1_range("A1:A9", sheet)
    green = looks.CellFormat(backgroundColor=looks.Color(0, 1, 0))
    large = looks.BooleanRule(condition=looks.BooleanCondition("NUMBER_GREATER", ["5"]), format=green)
    soon = looks.BooleanCondition("DATE_AFTER", [looks.RelativeDate("TOMORROW")])
    tint = looks.GradientRule(
        minpoint=looks.InterpolationPoint(color=looks.Color(1, 1, 1), type="MIN"),
        maxpoint=looks.InterpolationPoint(color=looks.Color(1, 0, 0), type="MAX"),
    )
    rules.append(looks.ConditionalFormatRule(ranges=[place], booleanRule=large))
    rules.append(looks.ConditionalFormatRule(ranges=[place], gradientRule=tint))
    rules.append(looks.ConditionalFormatRule(ranges=[place], booleanRule=looks.BooleanRule(soon, green)))
    rules.save()
    rules = looks.get_conditional_format_rules(sheet)
    assert rules[0].booleanRule.condition.type == "NUMBER_GREATER"
    assert rules[1].gradientRule.maxpoint.color.red == 1
    assert rules[2].booleanRule.condition.values[0].relativeDate == "TOMORROW"
    assert looks.get_effective_format(sheet, "A2").backgroundColor.green == 1
    rules.pop(0)
    rules.save()
    assert len(looks.get_conditional_format_rules(sheet)) == 2
    rules.clear()
    rules.save()
    assert len(looks.get_conditional_format_rules(sheet)) == 0


def test_gspread_formatting_sends_a_batch_of_lists(book):
    with looks.batch_updater(book) as batch:
        batch.format_cell_range(book.sheet1, "A1", looks.CellFormat(textFormat=looks.TextFormat(bold=True)))
        batch.set_frozen(book.sheet1, rows=2)
    assert looks.get_user_entered_format(book.sheet1, "A1").textFormat.bold is True
    assert looks.get_frozen_row_count(book.sheet1) == 2


def test_gspread_dataframe_brings_a_frame_there_and_back(book):
    frame = pd.DataFrame(
        {"Код": ["M01", "007"], "Сумма": [1.5, 2.0], "Дата": pd.to_datetime(["2026-11-01", "2026-11-02"])}
    )
    gspread_dataframe.set_with_dataframe(
        book.sheet1, frame, row=2, col=2, include_index=True, resize=True, string_escaping="full"
    )
    assert (book.sheet1.row_count, book.sheet1.col_count) == (4, 5)
    back = gspread_dataframe.get_as_dataframe(
        book.sheet1, header=1, usecols=[2, 3, 4], parse_dates=["Дата"], dtype={"Код": str}
    )
    assert back.to_dict("list") == frame.to_dict("list")
    format_with_dataframe(book.sheet1, frame, BasicFormatter(header_background_color=looks.Color(0, 1, 0)))
    assert looks.get_user_entered_format(book.sheet1, "A1").backgroundColor.green == 1


def test_a_frame_with_formulas_comes_back_worked_out_or_as_written(book):
    gspread_dataframe.set_with_dataframe(book.sheet1, pd.DataFrame({"а": [2, 3], "б": ["=A2*2", "=A3*2"]}))
    worked_out = gspread_dataframe.get_as_dataframe(
        book.sheet1, evaluate_formulas=True, usecols=[0, 1], nrows=2
    )
    assert worked_out["б"].tolist() == [4, 6]
    assert gspread_dataframe.get_as_dataframe(book.sheet1, usecols=[1], nrows=2)["б"].tolist() == [
        "=A2*2",
        "=A3*2",
    ]


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


@pytest.fixture
def service(google, token):
    text = (resources.files("googleapiclient") / "discovery_cache/documents/sheets.v4.json").read_text()
    description = json.loads(text) | {"rootUrl": google.url + "/", "baseUrl": google.url + "/"}
    with build_from_document(
        description, credentials=Credentials(token), client_options={"api_endpoint": google.url}
    ) as made:
        yield made


def test_googles_own_client_calls_every_method_of_sheets(service):
    books = service.spreadsheets()
    values, metadata = books.values(), books.developerMetadata()
    sheets = [{"properties": {"title": "Сделки", "gridProperties": {"rowCount": 20, "columnCount": 5}}}]
    key = books.create(body={"properties": {"title": "Год", "locale": "ru_RU"}, "sheets": sheets}).execute()[
        "spreadsheetId"
    ]
    at = {"spreadsheetId": key}
    typed = {"valueInputOption": "USER_ENTERED"}
    values.update(**at, range="Сделки!A1", body={"values": [["Код", "1 000,5"]]}, **typed).execute()
    values.append(**at, range="Сделки!A1", body={"values": [["M01", "50%"]]}, **typed).execute()
    data = [{"range": "Сделки!C1:C2", "values": [["=B1*B2"], ["05.10.2026"]]}]
    values.batchUpdate(**at, body={"data": data, **typed}).execute()
    mark = {
        "metadataKey": "ряд",
        "location": {"dimensionRange": {"dimension": "ROWS", "startIndex": 1, "endIndex": 2}},
    }
    place = mark["location"]["dimensionRange"]
    place["sheetId"] = books.get(**at, fields="sheets.properties.sheetId").execute()["sheets"][0][
        "properties"
    ]["sheetId"]
    requests = [
        {"createDeveloperMetadata": {"developerMetadata": {**mark, "visibility": "DOCUMENT"}}},
        {
            "updateSheetProperties": {
                "properties": {"sheetId": place["sheetId"], "title": "Итог"},
                "fields": "title",
            }
        },
    ]
    replies = books.batchUpdate(**at, body={"requests": requests}).execute()["replies"]
    number = replies[0]["createDeveloperMetadata"]["developerMetadata"]["metadataId"]
    assert metadata.get(**at, metadataId=number).execute()["metadataKey"] == "ряд"
    chosen = [{"developerMetadataLookup": {"metadataKey": "ряд"}}]
    assert len(metadata.search(**at, body={"dataFilters": chosen}).execute()["matchedDeveloperMetadata"]) == 1
    found = values.batchGetByDataFilter(**at, body={"dataFilters": chosen}).execute()["valueRanges"]
    assert found[0]["valueRange"]["values"] == [["M01", "50%", "05.10.2026"]]
    data = [{"dataFilter": chosen[0], "values": [["M02"]]}]
    values.batchUpdateByDataFilter(**at, body={"data": data, **typed}).execute()
    assert values.get(**at, range="Итог!A1:C2").execute()["values"][1][0] == "M02"
    read = values.batchGet(**at, ranges=["Итог!C1"], valueRenderOption="UNFORMATTED_VALUE").execute()
    assert read["valueRanges"][0]["values"] == [[500.25]]
    asked = {"dataFilters": chosen, "includeGridData": True}
    grid = books.getByDataFilter(**at, body=asked).execute()["sheets"][0]["data"][0]
    assert grid["rowData"][0]["values"][2]["effectiveFormat"]["numberFormat"]["type"] == "DATE"
    copied = (
        books.sheets()
        .copyTo(**at, sheetId=place["sheetId"], body={"destinationSpreadsheetId": key})
        .execute()
    )
    assert copied["title"] == "Copy of Итог"
    values.batchClearByDataFilter(**at, body={"dataFilters": chosen}).execute()
    values.clear(**at, range="Итог!B1").execute()
    assert values.batchClear(**at, body={"ranges": ["Итог!A:A"]}).execute()["clearedRanges"] == [
        "'Итог'!A1:A20"
    ]
    assert "values" not in values.get(**at, range="Итог!A:B").execute()


class RedirectedHttp(httplib2.Http):
    """httplib2, unchanged but for the address."""

    address = ""

    def request(self, uri, *args, **kwargs):
        uri = re.sub(r"^https://(sheets|www)\.googleapis\.com", self.address, uri)
        return super().request(uri, *args, **kwargs)


@pytest.fixture
def pyg_client(google, token):
    http = RedirectedHttp(timeout=30)
    http.address = google.url
    authorised = AuthorizedHttp(Credentials(token), http=http)
    yield pygsheets.authorize(custom_credentials=Credentials(token), http=authorised)
    http.close()


@pytest.fixture
def pyg_book(pyg_client):
    made = pyg_client.create("Книга pygsheets")
    made.sheet1.update_values("A1", [["Код", "Сумма"], ["M01", 5], ["M02", 7], ["M03", 1]])
    return made


def test_pygsheets_reads_and_writes_values(pyg_client, pyg_book):
    sheet = pyg_book.sheet1
    sheet.update_value("C1", "=SUM(B2:B4)")
    assert sheet.get_value("C1") == "13"
    sheet.update_values_batch(["D1:D2", "E1"], [[[1], [2]], [["=D1+D2"]]], parse=True)
    assert sheet.get_values_batch(["A1:B2", "E1"]) == [[["Код", "Сумма"], ["M01", "5"]], [["3"]]]
    sheet.update_col(7, ["x", "y"])
    sheet.update_row(9, ["p", "q"])
    assert (sheet.get_col(7, include_tailing_empty=False), sheet.get_row(9, include_tailing_empty=False)) == (
        ["x", "y"],
        ["p", "q"],
    )
    appended = sheet.append_table([["M04", 9]], start="A1")
    assert appended["updates"]["updatedRows"] == 1
    sheet.replace("M01", "M99")
    assert [cell.label for cell in sheet.find("M9", searchByRegex=True)] == ["A2"]
    sheet.sort_range("A2", "B4", basecolumnindex=1, sortorder="DESCENDING")
    assert sheet.get_values("A2", "A4") == [["M02"], ["M99"], ["M03"]]
    pyg_client.set_batch_mode(True)
    sheet.resize(40, 12)
    sheet.frozen_rows = 1
    pyg_client.run_batch()
    pyg_client.set_batch_mode(False)
    again = pyg_client.open_by_key(pyg_book.id).sheet1
    assert (again.rows, again.frozen_rows) == (40, 1)
    sheet.set_dataframe(pd.DataFrame({"а": [1, 2]}), "A20")
    assert sheet.get_as_df(start="A20", end="A22").to_dict("list") == {"а": [1, 2]}
    sheet.clear("A20", "A22")
    assert sheet.get_value("A21") == ""


def test_pygsheets_formats_cells(pyg_book):
    cell = pyg_book.sheet1.cell("B2")
    cell.color = (1.0, 0, 0, 1.0)
    cell.set_number_format(pygsheets.FormatType.CURRENCY, '0.00" ₸"').set_text_format("bold", True)
    cell.set_horizontal_alignment(pygsheets.custom_types.HorizontalAlignment.CENTER)
    cell.set_text_rotation("angle", 45)
    cell.note = "Проверить"
    cell.formula = "=1+2"
    again = pyg_book.worksheet(property="index", value=0)
    again.refresh()
    cell = again.cell("B2")
    cell.fetch()
    assert (cell.value, cell.value_unformatted, cell.formula, cell.note) == ("3.00 ₸", 3, "=1+2", "Проверить")
    assert (cell.color[0], cell.text_format["bold"], cell.text_rotation) == (1, True, {"angle": 45})
    assert cell.neighbour("left").value == "M01"


def test_pygsheets_shapes_tabs(pyg_client, pyg_book):
    sheet = pyg_book.sheet1
    sheet.insert_rows(1, 2, [["а"], ["б"]])
    sheet.insert_cols(1, 1, ["в"])
    sheet.delete_rows(2, 2)
    sheet.delete_cols(2, 1)
    sheet.resize(50, 12)
    sheet.add_rows(3)
    assert (sheet.rows, sheet.cols, sheet.get_value("A2")) == (53, 12, "M01")
    sheet.adjust_column_width(1, 2, 150)
    sheet.adjust_row_height(1, 2, 40)
    sheet.adjust_column_width(3)
    sheet.hide_dimensions(3, 4)
    sheet.show_dimensions(3, 4)
    sheet.frozen_rows, sheet.frozen_cols = 2, 1
    sheet.merge_cells("D1", "E1")
    sheet.refresh()
    assert [(place.start.label, place.end.label) for place in sheet.merged_ranges] == [("D1", "E1")]
    second = pyg_book.add_worksheet("Второй", rows=5, cols=3)
    second.hidden = True
    second.hidden = False
    second.index = 0
    assert [one.title for one in pyg_client.open_by_key(pyg_book.id).worksheets()] == ["Второй", "Sheet1"]
    pyg_book.add_worksheet("Третий", src_worksheet=sheet)
    copied = sheet.copy_to(pyg_book.id)
    assert copied.title == "Copy of Sheet1"
    pyg_book.del_worksheet(second)
    titles = [one["properties"]["title"] for one in pyg_book.to_json()["sheets"]]
    assert titles == ["Третий", "Sheet1", "Copy of Sheet1"]


def test_pygsheets_names_protects_validates_and_draws(google, pyg_book):
    sheet = pyg_book.sheet1
    sheet.create_named_range("суммы", "A1", "B2", returnas="json")
    named = sheet.get_named_range("суммы")
    named.name, named.end_addr = "сделки", "B4"
    named.update_borders(top=True, inner_horizontal=True, style="SOLID", red=1)
    named.sort(1, "DESCENDING")
    named.protected = True
    named.editors = ("users", [google.accounts["head"]])
    held = sheet.get_protected_ranges()[0]
    assert google.accounts["head"] in held.editors["users"]
    sheet.remove_protected_range(held.protect_id)
    assert [cell.value for cell in sheet.get_named_range("сделки").cells[0]] == ["Код", "Сумма"]
    sheet.delete_named_range("сделки")
    sheet.set_data_validation(
        "A1", "A5", condition_type="ONE_OF_LIST", condition_values=["а", "б"], showCustomUi=True
    )
    sheet.set_data_validation("A1", "A5", condition_type=None)
    sheet.set_basic_filter((1, 1), (4, 2))
    sheet.clear_basic_filter()
    red = {"backgroundColor": {"red": 1}}
    sheet.add_conditional_formatting("B2", "B4", "NUMBER_BETWEEN", red, ["1", "5"])
    chart = sheet.add_chart(("A1", "A4"), [("B1", "B4")], "Продажи", pygsheets.ChartType.COLUMN)
    chart.title, chart.chart_type, chart.anchor_cell = "Сделки", pygsheets.ChartType.LINE, "F6"
    assert [one.title for one in sheet.get_charts("Сделки")] == ["Сделки"]
    chart.delete()
    sheet.create_developer_metadata("ключ", "значение")
    assert [one.value for one in sheet.get_developer_metadata("ключ")] == ["значение"]


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_pygsheets_shares_exports_finds_and_deletes(google, pyg_client, pyg_book, tmp_path):
    pyg_book.title = "Переименована"
    pyg_book.share(google.accounts["head"], role="writer", type="user")
    assert {one["role"] for one in pyg_book.permissions} == {"owner", "writer"}
    pyg_book.remove_permission(google.accounts["head"])
    pyg_book.sheet1.export(pygsheets.ExportType.CSV, "лист", str(tmp_path) + "/")
    assert (tmp_path / "лист.csv").read_text().startswith("Код,Сумма")
    assert pyg_client.open("Переименована").id == pyg_client.open_by_url(pyg_book.url).id == pyg_book.id
    pyg_book.delete()
    assert pyg_book.id not in pyg_client.spreadsheet_ids()
