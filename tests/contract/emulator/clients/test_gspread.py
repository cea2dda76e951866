"""The real gspread with real google-auth credentials, a day's work against the emulator."""

import json
import os
import signal
import subprocess
import sys
import time

import gspread
import pytest
import requests
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials as UserCredentials
from google.oauth2.service_account import Credentials as ServiceCredentials

from sheets_emulator.access.accounts import ensure_account, key_file
from sheets_emulator.access.tokens import issue_token
from sheets_emulator.store.address import running_address

SCOPES = ["https://www.googleapis.com/auth/spreadsheets", "https://www.googleapis.com/auth/drive"]
PROTECTED = (
    "You are trying to edit a protected cell or object. "
    "Please contact the spreadsheet owner to remove protection if you need to edit."
)


@pytest.fixture
def client_of(google, redirection):
    """A gspread client of an account, by its key file; only the addresses are turned to the emulator."""

    def connect(role):
        path = google.key_file(role)
        if role == "robot":
            credentials = ServiceCredentials.from_service_account_file(path, scopes=SCOPES)
        else:
            # from_authorized_user_file puts Google's own token address in the place of the file's.
            info = json.loads(path.read_text())
            names = ("refresh_token", "client_id", "client_secret", "token_uri")
            credentials = UserCredentials(token=None, **{name: info[name] for name in names})
        client = gspread.Client(auth=credentials)
        for host in ("https://sheets.googleapis.com", "https://www.googleapis.com"):
            client.http_client.session.mount(host, redirection(google.url))
        google.opened.append(client.http_client.session)
        return client

    return connect


@pytest.fixture
def shared(google, client_of):
    """A spreadsheet of the owner, which head, manager and robot may edit."""
    book = client_of("owner").create("KPI продаж — Ромашка")
    for role in ("head", "manager", "robot"):
        book.share(google.accounts[role], perm_type="user", role="writer", notify=False)
    return book


def test_a_service_account_reads_and_writes_what_was_shared_with_it(shared, client_of):
    sheet = client_of("robot").open_by_key(shared.id).sheet1
    sheet.update([["Код", "Сумма"], ["M01", 150000.5], ["M02", 7], ["'007", True]], "A1")
    assert sheet.get_all_values() == [["Код", "Сумма"], ["M01", "150000.5"], ["M02", "7"], ["'007", "TRUE"]]
    raw = shared.values_batch_get(["Sheet1!A1:B9"], {"valueRenderOption": "UNFORMATTED_VALUE"})
    assert raw["valueRanges"][0]["values"][1:] == [["M01", 150000.5], ["M02", 7], ["'007", True]]


def test_typed_text_is_understood_and_raw_text_is_not(shared):
    sheet = shared.sheet1
    sheet.update([["=1+2", "12%", "007"]], "A1", raw=False)
    sheet.update([["=1+2", "12%", "007"]], "A2", raw=True)
    raw = shared.values_batch_get(["A1:C2"], {"valueRenderOption": "UNFORMATTED_VALUE"})["valueRanges"][0]
    assert raw["values"] == [[3, 0.12, 7], ["=1+2", "12%", "007"]]
    assert sheet.acell("A1", value_render_option="FORMULA").value == "=1+2"


def test_formulas_follow_their_cells_when_rows_are_inserted_and_deleted(shared):
    sheet = shared.sheet1
    sheet.update([[10], [20], ["=SUM(A1:A2)"]], "A1", raw=False)
    sheet.insert_row([5], 2)
    assert sheet.acell("A4", value_render_option="FORMULA").value == "=SUM(A1:A3)"
    assert sheet.acell("A4").value == "35"
    sheet.delete_rows(1)
    assert sheet.acell("A3", value_render_option="FORMULA").value == "=SUM(A1:A2)"
    assert sheet.acell("A3").value == "25"


def test_a_protected_range_stops_an_editor_but_neither_its_editors_nor_the_owner(google, shared, client_of):
    shared.sheet1.add_protected_range("A1:B2", editor_users_emails=[google.accounts["head"]])
    for role in ("owner", "head"):
        client_of(role).open_by_key(shared.id).sheet1.update([[role]], "A1")
    shared.add_worksheet("Другой лист", 2, 2)
    manager = client_of("manager").open_by_key(shared.id).sheet1
    manager.update([["mine"]], "C3")
    for attempt in (
        lambda: manager.update([["x"]], "B2"),
        manager.clear,
        lambda: manager.delete_rows(2),
        lambda: manager.insert_row(["x"], 2),
        lambda: manager.sort((1, "asc"), range="A1:C3"),
        lambda: manager.merge_cells("B2:C3"),
        lambda: manager.format("A1", {"textFormat": {"bold": True}}),
        lambda: manager.update_title("Другое"),
        lambda: manager.spreadsheet.del_worksheet(manager),
    ):
        with pytest.raises(gspread.exceptions.APIError) as refusal:
            attempt()
        assert refusal.value.code == 400
        assert refusal.value.error["message"].endswith(PROTECTED)
    assert shared.sheet1.get("A1:C3") == [["head"], [], ["", "", "mine"]]


def test_an_editor_cannot_take_a_protection_away_that_does_not_let_him_through(shared, client_of):
    reply = shared.sheet1.add_protected_range("A1:B2", editor_users_emails=[])
    number = reply["replies"][0]["addProtectedRange"]["protectedRange"]["protectedRangeId"]
    manager = client_of("manager").open_by_key(shared.id).sheet1
    with pytest.raises(gspread.exceptions.APIError, match="protected cell or object"):
        manager.delete_protected_range(number)
    held = shared.list_protected_ranges(0)
    assert [one["protectedRangeId"] for one in held] == [number]


def test_only_those_who_may_edit_a_protected_range_see_its_editors(google, shared, client_of):
    shared.sheet1.add_protected_range("A1:B2", editor_users_emails=[google.accounts["head"]])
    path = f"/v4/spreadsheets/{shared.id}?fields=sheets.protectedRanges"
    seen = {
        role: google.call(role, "GET", path).json()["sheets"][0]["protectedRanges"][0]
        for role in ("head", "manager")
    }
    assert sorted(seen["head"]["editors"]["users"]) == sorted(
        [google.accounts["head"], google.accounts["owner"]]
    )
    assert seen["head"]["requestingUserCanEdit"] is True
    assert "editors" not in seen["manager"]
    assert "requestingUserCanEdit" not in seen["manager"]


def test_free_cells_of_a_protected_tab_can_be_edited(google, shared, client_of):
    protection = {
        "range": {"sheetId": 0},
        "editors": {"users": []},
        "unprotectedRanges": [{"sheetId": 0, "startRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 2}],
    }
    shared.batch_update({"requests": [{"addProtectedRange": {"protectedRange": protection}}]})
    manager = client_of("manager").open_by_key(shared.id).sheet1
    manager.update([["a", "b"], ["c", "d"]], "A2")
    for cell in ("A1", "C2", "B2:C3"):
        with pytest.raises(gspread.exceptions.APIError, match="protected cell or object"):
            manager.update([["x", "y"]] if ":" in cell else [["x"]], cell)


def test_a_reader_reads_and_cannot_write_and_a_stranger_does_neither(google, client_of):
    book = client_of("owner").create("Ведомость")
    book.share(google.accounts["head"], perm_type="user", role="reader", notify=False)
    reader = client_of("head").open_by_key(book.id)
    assert reader.title == "Ведомость"
    with pytest.raises(gspread.exceptions.APIError, match="The caller does not have permission") as refusal:
        reader.sheet1.update([["x"]], "A1")
    assert refusal.value.error["status"] == "PERMISSION_DENIED"
    with pytest.raises(PermissionError):
        client_of("manager").open_by_key(book.id)
    with pytest.raises(gspread.exceptions.SpreadsheetNotFound):
        client_of("owner").open_by_key("1" + "x" * 43)


def test_a_batch_that_fails_leaves_nothing_behind(shared):
    before = shared.fetch_sheet_metadata()
    requests_ = [
        {"addSheet": {"properties": {"title": "Новый"}}},
        {"updateCells": {"start": {"sheetId": 0}, "fields": "userEnteredValue", "rows": [{"values": [{}]}]}},
        {"deleteSheet": {"sheetId": 12345}},
    ]
    with pytest.raises(gspread.exceptions.APIError) as refusal:
        shared.batch_update({"requests": requests_})
    assert refusal.value.error["message"] == "Invalid requests[2].deleteSheet: No sheet with id: 12345"
    assert shared.fetch_sheet_metadata() == before


def test_formats_colours_and_notes_come_back_as_google_gives_them(shared):
    sheet = shared.sheet1
    sheet.update([[1234.5]], "A1")
    sheet.format(
        "A1", {"backgroundColor": {"red": 0.5}, "numberFormat": {"type": "NUMBER", "pattern": "0.00"}}
    )
    sheet.update_note("A1", "Проверить")
    found = shared.fetch_sheet_metadata({"includeGridData": True, "ranges": "Sheet1!A1"})
    cell = found["sheets"][0]["data"][0]["rowData"][0]["values"][0]
    assert cell["userEnteredValue"] == cell["effectiveValue"] == {"numberValue": 1234.5}
    assert cell["formattedValue"] == "1234.50"
    assert cell["note"] == "Проверить"
    assert cell["userEnteredFormat"] == {
        "backgroundColor": {"red": 0.49803922},
        "backgroundColorStyle": {"rgbColor": {"red": 0.49803922}},
        "numberFormat": {"type": "NUMBER", "pattern": "0.00"},
    }
    assert cell["effectiveFormat"]["horizontalAlignment"] == "RIGHT"


def test_a_title_that_looks_like_a_cell_is_quoted(shared):
    shared.add_worksheet("D3", 5, 5)
    answer = shared.values_update("'D3'!A1", {"valueInputOption": "RAW"}, {"values": [["x"]]})
    assert answer["updatedRange"] == "'D3'!A1"
    assert shared.values_get("'D3'")["range"] == "'D3'!A1:E5"


def test_the_grid_grows_for_appended_rows_and_refuses_a_rectangle_outside(shared):
    sheet = shared.add_worksheet("Малый", 2, 2)
    sheet.append_rows([["a", "b"], ["c", "d"], ["e", "f"]])
    assert shared.worksheet("Малый").row_count == 3
    with pytest.raises(gspread.exceptions.APIError) as refusal:
        sheet.update([["x"]], "A9:B9")
    assert (
        refusal.value.error["message"]
        == "Range ('Малый'!A9:B9) exceeds grid limits. Max rows: 3, max columns: 2"
    )


# ---- identity
def test_a_key_that_is_not_the_accounts_own_gets_no_token(google, client_of, tmp_path):
    ensure_account(tmp_path, google.accounts["robot"], kind="service")  # the same address, another key
    forged = key_file(tmp_path, google.accounts["robot"], f"{google.url}/token")
    credentials = ServiceCredentials.from_service_account_file(forged, scopes=SCOPES)
    with pytest.raises(RefreshError, match="Invalid JWT Signature"):
        gspread.Client(auth=credentials).http_client.login()


def test_a_token_ends_and_a_wrong_one_never_works(google, shared):
    url = f"{google.url}/v4/spreadsheets/{shared.id}"
    store = google.emulator.engine.store
    ended = issue_token(store, google.accounts["owner"], lifetime_seconds=0)
    for token in (ended, "ya29.wrong"):
        answer = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
        assert answer.status_code == 401
        assert answer.json()["error"]["status"] == "UNAUTHENTICATED"
    assert requests.get(url, timeout=30).status_code == 401


def test_a_token_for_reading_cannot_write(google, shared):
    scope = ("https://www.googleapis.com/auth/spreadsheets.readonly",)
    token = issue_token(google.emulator.engine.store, google.accounts["owner"], scope)
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{google.url}/v4/spreadsheets/{shared.id}"
    assert requests.get(url, headers=headers, timeout=30).status_code == 200
    refused = requests.post(f"{url}:batchUpdate", json={"requests": []}, headers=headers, timeout=30)
    assert refused.status_code == 403
    assert refused.json()["error"]["message"] == "Request had insufficient authentication scopes."


def test_key_files_are_for_their_owner_alone(google):
    assert google.key_file("robot").stat().st_mode & 0o777 == 0o600


# ---- malformed requests
@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            b'{"requests": [{"addSheet": {"foo": 1}}]}',
            "Invalid JSON payload received. Unknown name \"foo\" at 'requests[0].add_sheet': Cannot find field.",
        ),
        (
            b'{"requests": [{"addSheet": {"properties": {"sheetId": "x"}}}]}',
            "Invalid value at 'requests[0].add_sheet.properties.sheet_id' (TYPE_INT32), \"x\"",
        ),
        (b'{"requests": [{}]}', "Invalid requests[0]: No request set."),
        (b'{"requests": []}', "Must specify at least one request."),
        (
            b'{"requests": [{"insertComment": {}}]}',
            "Invalid requests[0].insertComment: this kind of request is not emulated.",
        ),
        (
            b'{"requests": [{"repeatCell": {"range": {"sheetId": 0}, "cell": {}}}]}',
            (
                "Invalid requests[0].repeatCell: At least one field must be listed in 'fields'. "
                "(Use '*' to indicate all fields.)"
            ),
        ),
    ],
)
def test_a_malformed_batch_is_refused_in_googles_words(google, shared, body, message):
    answer = google.call("owner", "POST", f"/v4/spreadsheets/{shared.id}:batchUpdate", data=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == message


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b'{"requests": 1e999}', b"\xff\xfe", b"[" * 5000])
def test_a_broken_body_is_a_400_and_never_a_500(google, shared, body):
    answer = google.call("owner", "POST", f"/v4/spreadsheets/{shared.id}:batchUpdate", data=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"


def test_an_unknown_field_of_the_answer_is_refused(google, shared):
    answer = google.call("owner", "GET", f"/v4/spreadsheets/{shared.id}?fields=sheets.nonsense")
    assert answer.status_code == 400
    assert "Cannot find matching fields for path 'sheets.nonsense'" in answer.text


# ---- durability
def test_an_answered_write_survives_a_kill(tmp_path):
    ensure_account(tmp_path, "owner@firm.kz")
    token = issue_token(tmp_path, "owner@firm.kz")
    server = [sys.executable, "-m", "sheets_emulator", "--port", "0", "--data", str(tmp_path)]
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    process = subprocess.Popen(server, stdout=subprocess.DEVNULL)
    try:
        made = session.post(f"{_address(tmp_path)}/v4/spreadsheets", json={}, timeout=30).json()[
            "spreadsheetId"
        ]
        for row in range(1, 30):
            url = f"{_address(tmp_path)}/v4/spreadsheets/{made}/values/A{row}?valueInputOption=RAW"
            session.put(url, json={"values": [[row]]}, timeout=30).raise_for_status()
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert running_address(tmp_path) is None  # the address file of a dead process is stale
    process = subprocess.Popen(server, stdout=subprocess.DEVNULL)
    try:
        answer = session.get(
            f"{_address(tmp_path)}/v4/spreadsheets/{made}/values/A:A?majorDimension=COLUMNS", timeout=30
        )
        assert answer.json()["values"] == [[str(row) for row in range(1, 30)]]
    finally:
        process.terminate()
        process.wait()
        session.close()


def _address(folder):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        address = running_address(folder)  # it has answered there
        if address:
            return address
        time.sleep(0.05)
    raise AssertionError("the emulator did not start")
