"""Addresses and field masks as clients really write them, and Google's refusals of those that are wrong."""

from datetime import timedelta

import pytest
import requests
from google.oauth2.service_account import Credentials

from sheets_emulator.access.tokens import issue_token

BOOK = "/v4/spreadsheets"


@pytest.fixture
def book(google):
    return google.call("owner", "POST", BOOK, json={"properties": {"title": "Книга"}}).json()["spreadsheetId"]


def drive_refusal(answer, status, reason, message, location=None):
    entry = {"message": message, "domain": "global", "reason": reason}
    if location:
        entry |= {"location": location, "locationType": "parameter"}
    assert answer.status_code == status, answer.text
    assert answer.json() == {"error": {"code": status, "message": message, "errors": [entry]}}


# ---- fields of Drive
@pytest.mark.parametrize(
    ("path", "fields", "wrong"),
    [
        ("/drive/v3/files", "items", "items"),
        ("/drive/v3/files", "nextPageToken,files(id,title)", "title"),
        ("/drive/v3/files", "files/capabilities/canAddChidren", "canAddChidren"),
        ("/drive/v3/files", "files.owners.mail", "mail"),
        ("/drive/v3/files/ID", "id,capabilities(canEdit,canFly)", "canFly"),
        ("/drive/v3/files/ID/permissions", "permissions(id,mail)", "mail"),
        ("/drive/v3/about", "user(name)", "name"),
        ("/drive/v3/drives", "drives(title)", "title"),
        ("/drive/v3/files/ID", "id,,name", "id,,name"),
    ],
)
def test_a_field_that_drive_does_not_have_is_refused_by_its_name(google, book, path, fields, wrong):
    answer = google.call("owner", "GET", path.replace("ID", book), params={"fields": fields})
    drive_refusal(answer, 400, "invalidParameter", f"Invalid field selection {wrong}", "fields")


@pytest.mark.parametrize(
    "fields",
    [
        "id,name,capabilities(canEdit)",
        "*",
        "owners/emailAddress,permissions(id,role)",
        "appProperties(anything),capabilities/*",
        "contentRestrictions(readOnly,reason),labelInfo",
    ],
)
def test_fields_that_drive_has_are_taken_in_every_form(google, book, fields):
    answer = google.call("owner", "GET", f"/drive/v3/files/{book}", params={"fields": fields})
    assert answer.status_code == 200, answer.text


def test_an_unknown_field_of_an_upload_changes_nothing(google):
    answer = google.call("owner", "POST", "/upload/drive/v3/files?uploadType=media&fields=title", data=b"x")
    drive_refusal(answer, 400, "invalidParameter", "Invalid field selection title", "fields")
    listed = google.call("owner", "GET", "/drive/v3/files")
    assert listed.json()["files"] == []


# ---- methods that are not there
@pytest.mark.parametrize(
    ("verb", "path", "message"),
    [
        ("GET", "/batch/drive/v3", "Method not found."),
        ("GET", "/drive/v3/nothing", "Method not found."),
        ("PATCH", "/drive/v3/files", "Method not found."),
        ("GET", "/drive/v2/files", "Method not found."),
        ("POST", "/drive/v3/files/x/watch", "Method not found: drive.files.watch is not emulated."),
        ("GET", "/drive/v3/apps", "Method not found: drive.apps.list is not emulated."),
    ],
)
def test_a_method_of_drive_that_is_not_there_is_not_found(google, verb, path, message):
    drive_refusal(google.call("owner", verb, path), 404, "notFound", message)


@pytest.mark.parametrize(
    ("verb", "path"), [("DELETE", BOOK + "/x"), ("POST", BOOK + "/x:fly"), ("GET", "/v4/nothing")]
)
def test_a_method_of_sheets_that_is_not_there_is_not_found(google, verb, path):
    answer = google.call("owner", verb, path)
    assert (answer.status_code, answer.json()["error"]["status"]) == (404, "NOT_FOUND")


def test_nobody_without_a_token_learns_which_methods_there_are(google):
    for path in ("/drive/v3/nothing", "/v4/nothing", "/spreadsheets/d/x/export"):
        assert requests.get(google.url + path, timeout=30).status_code == 401


# ---- two values for one
def test_a_cell_with_two_values_is_refused_and_nothing_is_written(google, book):
    cell = {"userEnteredValue": {"stringValue": "x", "numberValue": 1}}
    update = {"start": {"sheetId": 0}, "rows": [{"values": [cell]}], "fields": "userEnteredValue"}
    answer = google.call(
        "owner", "POST", f"{BOOK}/{book}:batchUpdate", json={"requests": [{"updateCells": update}]}
    )
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == (
        "Invalid value at 'requests[0].update_cells.rows[0].values[0].user_entered_value' (oneof), "
        "oneof field 'value' is already set. Cannot set 'numberValue'"
    )
    assert "values" not in google.call("owner", "GET", f"{BOOK}/{book}/values/A1").json()


# ---- addresses with a slash before the end, as google-spreadsheet joins them
def test_a_slash_after_the_id_is_taken(google, book):
    assert google.call("owner", "GET", f"{BOOK}/{book}/").json()["spreadsheetId"] == book
    add = {"requests": [{"addSheet": {"properties": {"title": "Новый"}}}]}
    assert google.call("owner", "POST", f"{BOOK}/{book}/:batchUpdate", json=add).status_code == 200
    filtered = google.call("owner", "POST", f"{BOOK}/{book}/:getByDataFilter", json={"dataFilters": []})
    assert [sheet["properties"]["title"] for sheet in filtered.json()["sheets"]] == ["Sheet1", "Новый"]
    assert google.call("owner", "DELETE", f"/drive/v3/files/{book}/").status_code == 204


# ---- the address of a spreadsheet in the browser, called with a token
def test_a_tab_is_downloaded_by_its_gid(google, book):
    add = {"requests": [{"addSheet": {"properties": {"title": "Второй", "sheetId": 7}}}]}
    google.call("owner", "POST", f"{BOOK}/{book}:batchUpdate", json=add)
    put = {"values": [["a", "б"], [1]]}
    google.call("owner", "PUT", f"{BOOK}/{book}/values/Второй!A1?valueInputOption=RAW", json=put)
    page = f"/spreadsheets/d/{book}/export?format=csv&id={book}"
    assert google.call("owner", "GET", f"{page}&gid=7").content.decode() == "a,б\r\n1,"
    assert google.call("owner", "GET", f"{page}&gid=0").content == b""
    assert google.call("owner", "GET", f"{page}&gid=8").status_code == 400
    assert google.call("owner", "GET", f"{page}&gid=x").status_code == 400
    assert google.call("manager", "GET", page).status_code == 404
    printed = f"/spreadsheets/d/{book}/export?format=pdf&gid=7&portrait=false&size=A4&fitw=true"
    lying = google.call("owner", "GET", printed)
    assert (lying.headers["content-type"], b"841.8898 595.2756" in lying.content) == (
        "application/pdf",
        True,
    )
    assert google.call("owner", "GET", f"{printed}&range=x!A1").status_code == 400
    whole = google.call("owner", "GET", f"/spreadsheets/d/{book}/export")
    assert whole.content.startswith(b"PK")
    assert whole.headers["Content-Disposition"].endswith("%D0%9A%D0%BD%D0%B8%D0%B3%D0%B0.xlsx")


# ---- identity
def test_a_token_signed_by_the_service_account_itself_opens_what_is_shared_with_it(google, book):
    google.call(
        "owner",
        "POST",
        f"/drive/v3/files/{book}/permissions",
        json={"type": "user", "role": "reader", "emailAddress": google.accounts["robot"]},
    )
    credentials = Credentials.from_service_account_file(
        google.key_file("robot"),
        scopes=["https://www.googleapis.com/auth/spreadsheets.readonly"],
        always_use_jwt_access=True,
    )
    credentials._create_self_signed_jwt(google.url)
    credentials.refresh(None)  # signs; asks nobody
    answer = requests.get(
        f"{google.url}{BOOK}/{book}", headers={"Authorization": f"Bearer {credentials.token}"}, timeout=30
    )
    assert (answer.status_code, answer.json()["spreadsheetId"]) == (200, book)


# ---- formulas that ask the clock
def test_a_formula_that_asks_the_clock_is_read_as_of_now(google, book):
    path = f"{BOOK}/{book}/values/A1"
    google.call("owner", "PUT", path + "?valueInputOption=USER_ENTERED", json={"values": [["=NOW()*24*60"]]})
    shown = path + "?valueRenderOption=UNFORMATTED_VALUE"
    engine = google.emulator.engine
    true = engine.clock
    first = google.call("owner", "GET", shown).json()["values"][0][0]
    engine.clock = lambda: true() + timedelta(minutes=30)
    try:
        second = google.call("owner", "GET", shown).json()["values"][0][0]
        exported = google.call("owner", "GET", f"/drive/v3/files/{book}/export?mimeType=text/csv").text
    finally:
        engine.clock = true
    assert 29 < second - first < 32
    assert float(exported) == pytest.approx(second, abs=2)


# ---- scopes
def as_scoped(google, scopes, verb, path, **more):
    granted = tuple(f"https://www.googleapis.com/auth/{scope}" for scope in scopes)
    token = issue_token(google.emulator.engine.store, google.accounts["owner"], granted)
    headers = {"Authorization": f"Bearer {token}"}
    return requests.request(verb, google.url + path, headers=headers, timeout=30, **more)


@pytest.mark.parametrize(
    ("scopes", "verb", "path", "taken"),
    [
        (["spreadsheets"], "GET", "/drive/v3/files", False),
        (["spreadsheets"], "GET", "/drive/v3/files/ID", False),
        (["drive.readonly"], "GET", "/drive/v3/files/ID", True),
        (["drive.readonly"], "GET", "/drive/v3/files/ID/export?mimeType=text/csv", True),
        (["drive.readonly"], "PATCH", "/drive/v3/files/ID", False),
        (["drive.readonly", "drive.file"], "PATCH", "/drive/v3/files/ID", True),
        (["drive.metadata.readonly"], "GET", "/drive/v3/files/ID", True),
        (["drive.metadata.readonly"], "GET", "/drive/v3/files/ID?alt=media", False),
        (["drive.metadata.readonly"], "GET", "/drive/v3/files/ID/export?mimeType=text/csv", False),
        (["drive.file"], "GET", "/drive/v3/changes/startPageToken", True),
        (["drive.file"], "GET", "/drive/v3/drives", False),
        (["spreadsheets.readonly"], "GET", "/spreadsheets/d/ID/export?format=csv", True),
        (["drive.metadata"], "GET", "/spreadsheets/d/ID/export?format=csv", False),
        (["spreadsheets"], "PUT", "/upload/drive/v2/files/ID?convert=true", False),
        (["drive.readonly"], "GET", "/v4/spreadsheets/ID", True),
        (["spreadsheets.readonly"], "POST", "/v4/spreadsheets/ID:getByDataFilter", False),
        (["drive.metadata"], "GET", "/v4/spreadsheets/ID", False),
    ],
)
def test_a_token_opens_the_methods_of_its_scopes_alone(google, book, scopes, verb, path, taken):
    more = {"json": {}} if verb in ("PATCH", "POST") else {}
    answer = as_scoped(google, scopes, verb, path.replace("ID", book), **more)
    assert (answer.status_code == 200) is taken, answer.text
    if not taken:
        assert answer.status_code == 403
        assert answer.json()["error"]["message"] == "Request had insufficient authentication scopes."
        assert answer.json()["error"]["status"] == "PERMISSION_DENIED"


def test_drive_names_the_method_and_the_scopes_that_were_missing(google):
    answer = as_scoped(google, ["spreadsheets"], "GET", "/drive/v3/files")
    error = answer.json()["error"]
    assert error["errors"] == [
        {"message": "Insufficient Permission", "domain": "global", "reason": "insufficientPermissions"}
    ]
    assert error["details"][0]["metadata"] == {
        "service": "drive.googleapis.com",
        "method": "google.apps.drive.v3.DriveFiles.List",
    }
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
