"""gspread where it asks Drive: its spreadsheets, folders, copies, grants, imports."""

import json
from datetime import datetime

import gspread
import pytest
from google.oauth2.credentials import Credentials
from google.oauth2.service_account import Credentials as ServiceCredentials

from sheets_emulator.access.accounts import key_file
from tests.contract.emulator.drive.plain_drive import FOLDER, HEAD, ROBOT, SPREADSHEET, TECH, names, new


class RedirectedClient(gspread.HTTPClient):
    """gspread, unchanged but for the address."""

    address = ""

    def request(self, method, endpoint, *args, **kwargs):
        for host in ("https://sheets.googleapis.com", "https://www.googleapis.com"):
            endpoint = endpoint.replace(host, self.address)
        return super().request(method, endpoint, *args, **kwargs)


@pytest.fixture
def sheets(emulator):
    """gspread with the key file of a person, as the emulator writes it."""

    def connect(email):
        RedirectedClient.address = emulator.url
        path = key_file(emulator.engine.store, email, f"{emulator.url}/token")
        key = json.loads(path.read_text())
        if key["type"] == "service_account":
            scopes = ["https://www.googleapis.com/auth/spreadsheets", "https://www.googleapis.com/auth/drive"]
            credentials = ServiceCredentials.from_service_account_info(key, scopes=scopes)
        else:  # google-auth's own reader of such files always asks Google's address for tokens
            names_kept = ("refresh_token", "client_id", "client_secret", "token_uri")
            credentials = Credentials(None, **{name: key[name] for name in names_kept})
        return gspread.Client(credentials, http_client=RedirectedClient)

    return connect


def test_gspread_lists_copies_exports_shares_and_deletes(sheets, drive_of):
    client = sheets(TECH)
    book = new(drive_of(TECH), "Книга")
    assert [file["name"] for file in client.list_spreadsheet_files()] == ["Книга"]
    client.insert_permission(book, HEAD, perm_type="user", role="reader", notify=False)
    assert {p["emailAddress"]: p["role"] for p in client.list_permissions(book)} == {
        TECH: "owner",
        HEAD: "reader",
    }
    grant = next(p["id"] for p in client.list_permissions(book) if p["role"] == "reader")
    client.remove_permission(book, grant)
    assert client.export(book, gspread.utils.ExportFormat.CSV) == b""
    client.del_spreadsheet(book)
    assert client.list_spreadsheet_files() == []


def test_gspread_creates_copies_and_finds_its_spreadsheets_again(sheets):
    client = sheets(TECH)
    book = client.create("Книга")
    book.sheet1.update([["a", 1], ["b", 2.5]])
    twin = client.copy(book.id, title="Копия", copy_comments=True)
    assert twin.sheet1.get_all_values() == [["a", "1"], ["b", "2.5"]]
    assert {found.title for found in client.openall()} == {"Книга", "Копия"}
    assert client.export(book.id, gspread.utils.ExportFormat.CSV) == b"a,1\r\nb,2.5"
    assert client.open("Копия").id == twin.id
    assert datetime.fromisoformat(book.get_lastUpdateTime()).tzinfo is not None
    # gspread hands the owner's grant on too, which Google refuses in the same words.
    with pytest.raises(gspread.exceptions.APIError, match="transferOwnership parameter must be enabled"):
        client.copy(book.id, copy_permissions=True)


def test_gspread_works_within_a_folder(sheets, drive_of):
    client, folder = sheets(TECH), new(drive_of(TECH), "Папка", FOLDER)
    book = client.create("Внутри", folder_id=folder)
    client.create("Снаружи")
    assert [file["id"] for file in client.list_spreadsheet_files(folder_id=folder)] == [book.id]
    assert [file["id"] for file in client.list_spreadsheet_files(title="Внутри")] == [book.id]


def test_an_edit_through_sheets_is_a_change_of_the_file(sheets, drive_of):
    book = sheets(TECH).create("Книга")
    drive = drive_of(TECH)
    token = drive.changes().getStartPageToken().execute()["startPageToken"]
    before = drive.files().get(fileId=book.id, fields="version").execute()["version"]
    book.sheet1.update([["a"]])
    assert [c["fileId"] for c in drive.changes().list(pageToken=token).execute()["changes"]] == [book.id]
    assert int(drive.files().get(fileId=book.id, fields="version").execute()["version"]) > int(before)


def test_a_spreadsheet_made_through_sheets_lies_in_my_drive(drive_of, http):
    book = http(TECH, "POST", "/v4/spreadsheets", json={"properties": {"title": "x"}}).json()["spreadsheetId"]
    drive = drive_of(TECH)
    root = drive.files().get(fileId="root", fields="id").execute()["id"]
    assert drive.files().get(fileId=book, fields="parents").execute() == {"parents": [root]}
    assert names(drive, "'root' in parents") == {"x"}


def test_gspread_imports_a_table_into_a_renamed_tab_with_a_new_id(sheets, drive_of, emulator):
    book = new(drive_of(TECH), "Отчёт")
    sheets(TECH).import_csv(book, "a,1\nb,2026-10-05\n")
    with emulator.engine.store.transaction() as txn:
        (tab,) = txn.document(book).sheets
        assert tab.title == "Отчёт"
        assert tab.sheet_id != 0
        assert tab.grid.rows[0].values == ["a", 1]
        assert tab.grid.rows[1].values == ["b", 46300]


def test_gspread_as_a_service_account_cannot_create(sheets):
    with pytest.raises(gspread.exceptions.APIError, match="storage quota"):
        sheets(ROBOT).http_client.request(
            "post", "https://www.googleapis.com/drive/v3/files", json={"name": "x", "mimeType": SPREADSHEET}
        )
