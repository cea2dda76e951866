"""Every public method of gspread's Client, Spreadsheet and Worksheet, unchanged, against the emulator."""

import inspect
import re
import sys

import gspread
import pytest
from google.oauth2.credentials import Credentials
from gspread.utils import PasteOrientation, PasteType, ValidationConditionType, ValueRenderOption

from sheets_emulator.access.tokens import issue_token

# What gspread keeps for its own use, and plain attributes that no request stands behind.
NOT_ASKED = {"expiry", "set_timeout", "url", "spreadsheet", "id"}


@pytest.fixture
def client(google, redirection):
    made = gspread.Client(
        auth=Credentials(issue_token(google.emulator.engine.store, google.accounts["owner"]))
    )
    for host in ("https://sheets.googleapis.com", "https://www.googleapis.com"):
        made.http_client.session.mount(host, redirection(google.url))
    google.opened.append(made.http_client.session)
    return made


@pytest.fixture
def book(client):
    return client.create("Ноябрь")


@pytest.fixture
def sheet(book):
    rows = [["Код", "Сумма", "Статус"], ["M01", 5, "да"], ["M02", 20, "нет"], ["M03", 10, "да"]]
    book.sheet1.update(rows, "A1")
    return book.sheet1


def test_this_day_leaves_no_method_out():
    source = inspect.getsource(sys.modules[__name__])
    for kind in (gspread.Client, gspread.Spreadsheet, gspread.Worksheet):
        public = {name for name in vars(kind) if not name.startswith("_")} - NOT_ASKED
        asked = set(re.findall(r"\.(\w+)\b", source))
        assert public - asked == set(), kind


def test_values_are_written_and_read_in_every_way(sheet):
    assert sheet.acell("B2").value == "5"
    assert sheet.cell(2, 2, value_render_option=ValueRenderOption.unformatted).value == 5
    assert [cell.value for cell in sheet.range("A1:B2")] == ["Код", "Сумма", "M01", "5"]
    assert sheet.get_values("A2:B3") == [["M01", "5"], ["M02", "20"]]
    assert len(sheet.get_all_values()) == 4
    assert sheet.get_all_records()[1] == {"Код": "M02", "Сумма": 20, "Статус": "нет"}
    assert len(sheet.get_all_cells()) == 26_000
    assert sheet.row_values(2) == ["M01", "5", "да"]
    assert sheet.col_values(2) == ["Сумма", "5", "20", "10"]
    sheet.update_acell("D1", "=SUM(B2:B4)")
    sheet.update_cell(2, 4, "07")
    sheet.update_cells([gspread.Cell(5, 1, "M04"), gspread.Cell(6, 2, 7)])
    assert sheet.get("A5:B6") == [["M04"], ["", "7"]]
    assert sheet.batch_get(["D1:D2", "Z9"], major_dimension="COLUMNS") == [[["35", "7"]], []]
    shown = sheet.update(
        [["1/2/2026", "50%"]],
        "E1",
        raw=False,
        include_values_in_response=True,
        response_value_render_option=ValueRenderOption.unformatted,
    )
    assert shown["updatedData"]["values"] == [[46024, 0.5]]
    answer = sheet.batch_update([{"range": "F1", "values": [["x"]]}, {"range": "F3:G3", "values": [[1, 2]]}])
    assert (answer["totalUpdatedCells"], answer["totalUpdatedRows"], answer["totalUpdatedColumns"]) == (
        3,
        2,
        2,
    )
    assert sheet.batch_clear(["F1", "E:E"])["clearedRanges"] == ["Sheet1!F1", "Sheet1!E1:E1000"]
    assert sheet.find("нет").address == "C3"
    assert [found.row for found in sheet.findall(re.compile("M0[13]"))] == [2, 4]
    assert sheet.expand("A1")[0] == ["Код", "Сумма", "Статус", "35"]
    sheet.clear()
    assert sheet.get() == [[]]


def test_rows_and_columns_are_appended_inserted_and_deleted(sheet):
    answer = sheet.append_row(["M04", 1], table_range="A1", insert_data_option="INSERT_ROWS")
    assert (answer["tableRange"], answer["updates"]["updatedRange"]) == ("Sheet1!A1:C4", "Sheet1!A5:B5")
    assert sheet.append_rows([["M05"], ["M06"]])["updates"]["updatedRows"] == 2
    sheet.insert_row(["верх"], 1)
    sheet.insert_rows([["два"], ["три"]], 2, inherit_from_before=True)
    sheet.insert_cols([["слева", "ниже"]], 1)
    assert sheet.get("A1:B4") == [["слева", "верх"], ["ниже", "два"], ["", "три"], ["", "Код"]]
    sheet.delete_rows(1, 3)
    sheet.delete_columns(1)
    sheet.delete_dimension(gspread.utils.Dimension.rows, 5, 7)
    assert sheet.get_all_values()[-1] == ["M03", "10", "да"]
    sheet.add_rows(2)
    sheet.add_cols(3)
    rows, columns = sheet.row_count, sheet.col_count
    sheet.resize(rows=9, cols=4)
    assert (sheet.row_count, sheet.column_count, rows > 9, columns) == (9, 4, True, 29)


def test_looks_merges_notes_and_dimensions(book, sheet):
    sheet.format("A1:C1", {"textFormat": {"bold": True}, "borders": {"bottom": {"style": "SOLID"}}})
    sheet.batch_format([{"range": "B2:B4", "format": {"numberFormat": {"type": "PERCENT", "pattern": "0%"}}}])
    assert sheet.acell("B2").value == "500%"
    sheet.merge_cells("A6:B7")
    sheet.batch_merge([{"range": "D1:E2"}, {"range": "F1:G2", "mergeType": "MERGE_ROWS"}])
    merges = book.fetch_sheet_metadata()["sheets"][0]["merges"]
    assert [merge["startColumnIndex"] for merge in merges] == [0, 3, 5, 5]
    sheet.unmerge_cells("A1:Z1000")
    sheet.update_note("A1", "первая")
    sheet.insert_note("A2", "вторая")
    sheet.insert_notes({"B1": "б"})
    sheet.update_notes({"B2": "в", "A2": "новая"})
    assert sheet.get_notes() == [["первая", "б"], ["новая", "в"]]
    sheet.clear_note("A1")
    sheet.clear_notes(["B1:B2"])
    assert (sheet.get_note("A1"), sheet.get_note("A2")) == ("", "новая")
    sheet.hide_columns(0, 2)
    sheet.hide_rows(1, 2)
    data = book.fetch_sheet_metadata({"includeGridData": "true"})["sheets"][0]["data"][0]
    assert [i for i, one in enumerate(data["columnMetadata"]) if one.get("hiddenByUser")] == [0, 1]
    sheet.unhide_columns(0, 2)
    sheet.unhide_rows(1, 2)
    sheet.columns_auto_resize(0, 3)
    sheet.rows_auto_resize(0, 3)
    sheet.add_dimension_group_rows(1, 3)
    sheet.add_dimension_group_columns(0, 2)
    assert (len(sheet.list_dimension_group_rows()), len(sheet.list_dimension_group_columns())) == (1, 1)
    sheet.delete_dimension_group_rows(1, 3)
    sheet.delete_dimension_group_columns(0, 2)
    assert sheet.list_dimension_group_rows() == []


def test_tabs_have_properties_copies_and_an_order(client, book, sheet):
    sheet.update_title("Главный")
    sheet.update_tab_color("#ff0000")
    assert (sheet.tab_color, sheet.get_tab_color()) == ("#FF0000", "#FF0000")
    sheet.clear_tab_color()
    sheet.freeze(rows=1, cols=2)
    sheet.hide_gridlines()
    again = client.open_by_key(book.id).worksheet("Главный")
    assert (again.frozen_row_count, again.frozen_col_count, again.is_gridlines_hidden) == (1, 2, True)
    sheet.show_gridlines()
    twin = sheet.duplicate(new_sheet_name="Копия")
    second = book.duplicate_sheet(sheet.id, insert_sheet_index=2, new_sheet_name="Ещё")
    other = client.create("Другая")
    copied = sheet.copy_to(other.id)
    assert copied["title"] == "Copy of Главный"
    third = book.add_worksheet("Новый", rows=3, cols=3, index=0)
    third.update_index(3)
    assert [one.title for one in book.worksheets()] == ["Копия", "Главный", "Новый", "Ещё"]
    book.reorder_worksheets([sheet, third, second, twin])
    assert [one.index for one in book.worksheets()] == [0, 1, 2, 3]
    twin.hide()
    assert [one.title for one in book.worksheets(exclude_hidden=True)] == ["Главный", "Новый", "Ещё"]
    assert book.get_worksheet(3).isSheetHidden
    twin.show()
    assert book.get_worksheet_by_id(second.id).title == book.worksheet("Ещё").title
    book.del_worksheet(second)
    book.del_worksheet_by_id(third.id)
    assert [one.title for one in book.worksheets()] == ["Главный", "Копия"]


def test_ranges_are_named_protected_validated_filtered_sorted_and_pasted(google, book, sheet):
    named = sheet.define_named_range("A2:C4", "сделки")["replies"][0]["addNamedRange"]["namedRange"]
    assert book.list_named_ranges() == [named]
    assert [cell.value for cell in book.named_range("сделки")][:2] == ["M01", "5"]
    sheet.delete_named_range(named["namedRangeId"])
    made = sheet.add_protected_range(
        "A1:C1", editor_users_emails=[google.accounts["head"]], description="Шапка"
    )
    number = made["replies"][0]["addProtectedRange"]["protectedRange"]["protectedRangeId"]
    (held,) = book.list_protected_ranges(sheet.id)
    assert sorted(held["editors"]["users"]) == sorted([google.accounts["head"], google.accounts["owner"]])
    sheet.delete_protected_range(number)
    assert book.list_protected_ranges(sheet.id) == []
    sheet.add_validation(
        "C2:C4", ValidationConditionType.one_of_list, ["да", "нет"], strict=True, showCustomUi=True
    )
    sheet.set_basic_filter("A1:C4")
    sheet.clear_basic_filter()
    sheet.sort((2, "des"), range="A2:C4")
    assert sheet.col_values(1) == ["Код", "M02", "M03", "M01"]
    sheet.copy_range("A1:B1", "E1", PasteType.values, PasteOrientation.transpose)
    sheet.cut_range("A1:C4", "A11")
    assert (sheet.get("E1:E2"), sheet.get("A1:C4"), sheet.get("A11:A12")) == (
        [["Код"], ["Сумма"]],
        [[]],
        [["Код"], ["M02"]],
    )


def test_the_spreadsheet_itself(client, google, book, sheet):
    assert book.sheet1.title == "Sheet1"
    book.values_update("Sheet1!H1", params={"valueInputOption": "RAW"}, body={"values": [["x"]]})
    book.values_append("Sheet1!A1", {"valueInputOption": "RAW"}, {"values": [["M09"]]})
    book.values_batch_update({"valueInputOption": "RAW", "data": [{"range": "I1", "values": [["y"]]}]})
    assert book.values_get("H1:I1")["values"] == [["x", "y"]]
    assert len(book.values_batch_get(["A1", "A9"])["valueRanges"]) == 2
    book.values_clear("H1")
    book.values_batch_clear(body={"ranges": ["I1"]})
    book.batch_update(
        {
            "requests": [
                {"updateSheetProperties": {"properties": {"sheetId": 0, "title": "Т"}, "fields": "title"}}
            ]
        }
    )
    book.update_title("Декабрь")
    book.update_locale("ru_RU")
    book.update_timezone("Asia/Almaty")
    again = client.open_by_key(book.id)
    assert (again.title, again.locale, again.timezone) == ("Декабрь", "ru_RU", "Asia/Almaty")
    book.update_drive_metadata()
    assert book.creationTime <= book.get_lastUpdateTime()
    with pytest.warns(DeprecationWarning, match="get_lastUpdateTime"):
        assert book.lastUpdateTime == book.get_lastUpdateTime()
    book.share(google.accounts["head"], perm_type="user", role="writer", notify=False)
    assert len(book.list_permissions()) == 2
    assert len(book.remove_permissions(google.accounts["head"])) == 1
    given = book.share(google.accounts["head"], perm_type="user", role="writer", notify=False).json()
    assert book.transfer_ownership(given["id"]).json()["role"] == "writer"  # until it is accepted
    assert book.export(gspread.utils.ExportFormat.CSV).decode().startswith("Код,Сумма,Статус")
    assert book.accept_ownership(given["id"]).json()["role"] == "owner"  # within a firm nobody need wait


def test_files_are_found_copied_exported_imported_shared_and_deleted(client, google, book, sheet):
    assert client.open("Ноябрь").id == client.open_by_url(book.url).id == book.id
    assert [one.id for one in client.openall("Ноябрь")] == [book.id]
    assert {"id": book.id, "name": "Ноябрь"}.items() <= client.list_spreadsheet_files("Ноябрь")[0].items()
    assert client.get_file_drive_metadata(book.id)["name"] == "Ноябрь"
    twin = client.copy(book.id, title="Копия")
    assert twin.sheet1.get_all_values() == sheet.get_all_values()
    assert client.export(twin.id, gspread.utils.ExportFormat.EXCEL)[:2] == b"PK"
    client.import_csv(twin.id, "а;б\n1,2".encode())
    assert client.open_by_key(twin.id).sheet1.get_all_values() == [["а;б", ""], ["1", "2"]]
    client.insert_permission(
        twin.id, google.accounts["manager"], perm_type="user", role="reader", notify=False
    )
    grants = client.list_permissions(twin.id)
    client.remove_permission(twin.id, next(g["id"] for g in grants if g["role"] == "reader"))
    assert [grant["role"] for grant in client.list_permissions(twin.id)] == ["owner"]
    client.del_spreadsheet(twin.id)
    with pytest.raises(gspread.exceptions.SpreadsheetNotFound):
        client.open_by_key(twin.id)
