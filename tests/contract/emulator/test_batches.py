"""Many requests in one, and reads whose address is too long for a GET, as Google's own client sends them."""

import json
from importlib import resources

import httplib2
import pytest
import requests
from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build_from_document

from sheets_emulator.access.tokens import issue_token
from sheets_emulator.serving.faults import Faults, Strike, install
from sheets_emulator.serving.quota import Quota

SPREADSHEET = "application/vnd.google-apps.spreadsheet"


@pytest.fixture
def client_of(google):
    """Google's client of an API, for an account, its addresses turned to the emulator."""
    opened = []

    def connect(role, api="drive.v3", path="drive/v3/"):
        text = (resources.files("googleapiclient") / f"discovery_cache/documents/{api}.json").read_text()
        description = json.loads(text) | {"rootUrl": f"{google.url}/", "baseUrl": f"{google.url}/{path}"}
        token = issue_token(google.emulator.engine.store, google.accounts[role])
        http = AuthorizedHttp(Credentials(token), http=httplib2.Http())
        opened.append(build_from_document(description, http=http))
        return opened[-1]

    yield connect
    for client in opened:
        client.close()


def book_of(google, name="Книга"):
    body = {"name": name, "mimeType": SPREADSHEET}
    return google.call("owner", "POST", "/drive/v3/files", json=body).json()["id"]


def test_a_batch_of_googles_client_does_each_of_its_requests(google, client_of):
    drive, book, told = client_of("owner"), book_of(google), {}
    batch = drive.new_batch_http_request(
        callback=lambda number, answer, error: told.update({number: answer or error})
    )
    grants = [
        {"type": "user", "role": "writer", "emailAddress": google.accounts[role]}
        for role in ("head", "manager")
    ]
    for grant in grants:
        batch.add(drive.permissions().create(fileId=book, body=grant, fields="emailAddress,role"))
    batch.add(drive.files().get(fileId="nothing"), request_id="unknown")
    batch.add(drive.files().update(fileId=book, body={"name": "Имя с «кавычками»"}, fields="name"))
    batch.execute()
    assert list(told) == ["1", "2", "unknown", "3"]
    assert told["1"] == {"emailAddress": google.accounts["head"], "role": "writer"}
    assert told["unknown"].status_code == 404
    assert told["unknown"].error_details[0]["reason"] == "notFound"
    assert told["3"] == {"name": "Имя с «кавычками»"}
    roles = drive.permissions().list(fileId=book, fields="permissions(emailAddress)").execute()["permissions"]
    assert {grant["emailAddress"] for grant in roles} >= {google.accounts["head"], google.accounts["manager"]}


def test_sheets_takes_batches_too(google, client_of):
    sheets, book, told = client_of("owner", "sheets.v4", ""), book_of(google), []
    values = sheets.spreadsheets().values()
    batch = sheets.new_batch_http_request(callback=lambda _, answer, error: told.append(error or answer))
    body = {"values": [["=1+1"]]}
    batch.add(values.update(spreadsheetId=book, range="A1", valueInputOption="USER_ENTERED", body=body))
    batch.add(values.get(spreadsheetId=book, range="A1"))
    batch.execute()
    assert told[0]["updatedCells"] == 1
    assert told[1]["values"] == [["2"]]


def inner(*requests_):
    parts = [
        f"--b\r\nContent-Type: application/http\r\nContent-ID: {n}\r\n\r\n{text}\r\n"
        for n, text in enumerate(requests_)
    ]
    return "".join(parts).encode() + b"--b--"


def batch(google, body, *, token=True):
    headers = {"Content-Type": "multipart/mixed; boundary=b"}
    if token:
        headers["Authorization"] = (
            f"Bearer {issue_token(google.emulator.engine.store, google.accounts['owner'])}"
        )
    return requests.post(f"{google.url}/batch/drive/v3", data=body, headers=headers, timeout=30)


def test_answers_come_in_order_with_the_ids_of_their_requests(google):
    answer = batch(
        google,
        inner("GET /drive/v3/about?fields=kind", "GET https://www.googleapis.com/drive/v3/about HTTP/1.1"),
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("multipart/mixed; boundary=batch_")
    first, second = answer.text.split("--batch_")[1:3]
    assert "Content-ID: response-0" in first
    assert "HTTP/1.1 200 OK" in first
    assert first.rstrip().endswith('{"kind":"drive#about"}')
    assert "Content-ID: response-1" in second
    assert "HTTP/1.1 400 Bad Request" in second


@pytest.mark.parametrize(
    ("request_", "status", "told"),
    [
        ("nonsense", 400, "Failed to parse inner request."),
        ("GET drive/v3/files", 400, "Failed to parse inner request."),
        ("POST /upload/drive/v3/files?uploadType=media\r\n\r\nx", 400, "cannot be part of a batch"),
        ("GET /drive/v3/files/x?alt=media", 400, "cannot be part of a batch"),
        ("GET /drive/v3/files/x/export?mimeType=text/csv", 400, "cannot be part of a batch"),
        ("POST /batch/drive/v3", 400, "cannot be part of a batch"),
        ("GET /drive/v3/nothing", 404, "Method not found."),
        ("GET /drive/v3/files\r\nAuthorization: Bearer wrong", 401, "Invalid Credentials"),
        ("POST /drive/v3/files\r\nContent-Type: application/json\r\n\r\n{", 400, "Parse Error"),
    ],
)
def test_a_request_that_cannot_stand_in_a_batch_is_refused_alone(google, request_, status, told):
    answer = batch(google, inner(request_, "GET /drive/v3/about?fields=kind"))
    assert answer.status_code == 200
    first, second = answer.text.split("--batch_")[1:3]
    assert f"HTTP/1.1 {status} " in first
    assert told in first
    assert "HTTP/1.1 200 OK" in second


@pytest.mark.parametrize("body", [b"", b"--b--", b"--c\r\n\r\nGET / HTTP/1.1\r\n--c--", b"\x00"])
def test_a_batch_without_requests_is_refused(google, body):
    answer = batch(google, body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("Failed to parse batch request")


def test_without_a_token_each_request_is_refused_by_itself(google):
    answer = batch(google, inner("GET /drive/v3/files"), token=False)
    assert answer.status_code == 200
    assert "HTTP/1.1 401 Unauthorized" in answer.text


def test_a_hundred_requests_are_done_and_the_rest_is_refused(google):
    answer = batch(google, inner(*["GET /drive/v3/about?fields=kind"] * 101))
    assert answer.text.count("HTTP/1.1 200 OK") == 100
    assert answer.text.count("HTTP/1.1 403 Forbidden") == 1
    assert "Exceeds allowed inner batch requests soft limit. Please retry." in answer.text


def test_a_read_whose_address_is_too_long_comes_as_a_post(google, client_of):
    sheets, book = client_of("owner", "sheets.v4", ""), book_of(google)
    ranges = [f"A{row}:Z{row}" for row in range(1, 400)]
    asked = sheets.spreadsheets().values().batchGet(spreadsheetId=book, ranges=ranges)
    assert len(asked.uri) > 2048
    assert len(asked.execute()["valueRanges"]) == 399


def test_a_replaced_method_deletes_too(google):
    book = book_of(google)
    answer = google.call(
        "owner", "POST", f"/drive/v3/files/{book}", headers={"X-HTTP-Method-Override": "DELETE"}
    )
    assert answer.status_code == 204
    assert google.call("owner", "GET", f"/drive/v3/files/{book}").status_code == 404


def test_requests_of_a_batch_count_singly_and_fail_singly(google):
    install(google.emulator.engine, Faults(quota=Quota(drive_per_user=2)))
    try:
        answer = batch(google, inner(*["GET /drive/v3/about?fields=kind"] * 3))
    finally:
        install(google.emulator.engine, Faults())
    assert answer.text.count("HTTP/1.1 200 OK") == 2
    assert "userRateLimitExceeded" in answer.text


def test_a_connection_that_breaks_within_a_batch_is_a_missing_answer(google):
    strike = Strike(kind="cut_before", path="/about$", at=1)
    install(google.emulator.engine, Faults(strikes=(strike,)))
    try:
        answer = batch(google, inner("GET /drive/v3/about?fields=kind", "GET /drive/v3/about?fields=kind"))
    finally:
        install(google.emulator.engine, Faults())
    assert answer.text.count("HTTP/1.1 503 Service Unavailable") == 1
    assert answer.text.count("HTTP/1.1 200 OK") == 1
