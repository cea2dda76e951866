"""The witness itself: it sees what Google's documents do not know, in this process and in child processes."""

import json
import subprocess
import sys

import pytest

from sheets_emulator.cells import resources
from sheets_emulator.serving.fault_answers import error_body, quota_body
from sheets_emulator.sheets import routes as sheets_routes
from tests import witness

_CHILD = """
import sys, urllib.request
from pathlib import Path
from sheets_emulator.cells import resources
from sheets_emulator.access.accounts import ensure_account
from sheets_emulator.access.tokens import issue_token
from sheets_emulator.serving.server import serve

resources.spreadsheet = lambda *_, **__: {"nonsense": True}
with serve(Path(sys.argv[1])) as emulator:
    store = emulator.engine.store
    ensure_account(store, "owner@firm.kz", kind="user")
    headers = {"Authorization": "Bearer " + issue_token(store, "owner@firm.kz")}
    request = urllib.request.Request(emulator.url + "/v4/spreadsheets", b"{}", headers, method="POST")
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).read()
"""


def test_every_test_has_the_witness_without_asking_for_it(request):
    assert "_witness" in request.fixturenames


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"spreadsheetId": "x", "nonsense": 1}, "unknown field nonsense"),
        ({"spreadsheetId": 5}, "no string but 5"),
        ({"sheets": {}}, "no list"),
        ({"sheets": [{"properties": {"sheetType": "ROUND"}}]}, "'ROUND' is none of"),
        ({"sheets": [{"properties": {"sheetId": 2**31}}]}, "no int32"),
        ({"sheets": [{"properties": {"hidden": "yes"}}]}, "no boolean"),
    ],
)
def test_a_wrong_answer_is_seen(book, monkeypatch, answer, told):
    monkeypatch.setattr(resources, "spreadsheet", lambda *_, **__: answer)
    book.call("GET", "")
    (seen,) = witness.taken_reports()
    assert told in seen


def test_an_accepted_request_that_google_does_not_know_is_seen(book, monkeypatch):
    monkeypatch.setattr(sheets_routes, "read_body", lambda *_: {"ranges": []})
    monkeypatch.setattr(sheets_routes, "read_query", lambda *_: {})
    book.call("POST", "/values:batchClear?sheet=1", json={"range": "A1"})
    seen = witness.taken_reports()
    assert [told.rpartition(": ")[2] for told in seen] == ["unknown parameter sheet", "unknown field range"]


def test_an_error_of_another_form_is_seen():
    seen = witness.exchange_problems("GET", "/v4/spreadsheets/x", "", b"", 404, "", b'{"error": "gone"}')
    assert seen


@pytest.mark.parametrize("path", ["/v4/spreadsheets/x", "/drive/v3/files"])
@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_the_errors_of_bad_days_have_googles_form(path, status):
    bodies = [error_body(path, status)]
    if status == 429:
        bodies.append(quota_body("read", per_user=True, limit=60))
    for body in bodies:
        assert witness.exchange_problems("GET", path, "", b"", status, "", json.dumps(body).encode()) == []


def test_a_child_process_is_watched_too(tmp_path):
    subprocess.run([sys.executable, "-c", _CHILD, str(tmp_path)], check=True, timeout=60)
    (seen,) = witness.taken_reports()
    assert "unknown field nonsense" in seen
