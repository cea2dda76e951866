"""Anything but the expected JSON behind a 2xx: tried again, then a passing fault of which nobody knows the outcome.

A small server stands where Google's addresses and the token address are, and answers every call alike.
"""

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from google.oauth2.credentials import Credentials

from kpi_rules.errors import ClientUnavailableError, RetryableError
from operations.world.telling import told
from sheets_sync.google.drive import Drive
from sheets_sync.google.gateway import Gateway, RetryPolicy
from sheets_sync.ports import FOLDER_TYPE, Sought

JSON, HTML = "application/json; charset=UTF-8", "text/html; charset=UTF-8"
WHOLE = {
    "spreadsheetId": "1", "properties": {}, "sheets": [], "replies": [{}], "valueRanges": [{"range": "A1"}],
    "id": "1", "md5Checksum": hashlib.md5(b"whole", usedforsecurity=False).hexdigest(), "files": [], "permissions": [], "user": {"emailAddress": "a@b.kz"},
}  # fmt: skip
HOLLOW = {name: [{}] if isinstance(value, list) else {} for name, value in WHOLE.items()}
STRANGE = {
    "a page": (HTML, b"<!doctype html><title>Sign in to the hotel's network</title>"),
    "a cut body": (JSON, json.dumps(WHOLE).encode()[:-9]),
    "an empty body": (JSON, b""),
    "an empty object": (JSON, b"{}"),
    "a list": (JSON, b"[]"),
    "a text": (JSON, b'"ok"'),
    "no content type": ("", json.dumps(WHOLE).encode()),
    "another content type": (HTML, json.dumps(WHOLE).encode()),
    "fields of another type": (JSON, json.dumps(dict.fromkeys(WHOLE, 1)).encode()),
    "fields with nothing in them": (JSON, json.dumps(HOLLOW).encode()),
    "lists of nulls": (JSON, json.dumps({name: [None] for name in WHOLE}).encode()),
    "brackets without end": (JSON, b"[" * 100_000),
}
CALLS = {
    "read": lambda gateway: gateway.read("1", ["A1"]),
    "describe": lambda gateway: gateway.describe("1", "sheets(properties(title))"),
    "apply": lambda gateway: gateway.apply("1", [{}], repeatable=False),
    "find": lambda gateway: Drive(gateway).find(Sought({"a": "b"})),
    "file": lambda gateway: Drive(gateway).file("1"),
    "create": lambda gateway: Drive(gateway).create("x", FOLDER_TYPE),
    "upload": lambda gateway: Drive(gateway).upload_json("x", b"{}", [], {}),
    "permissions": lambda gateway: Drive(gateway).permissions("1"),
    "grant": lambda gateway: Drive(gateway).grant("1", "a@b.kz", "reader"),
    "email": lambda gateway: Drive(gateway).my_email(),
}
BYTES = {
    "download": lambda gateway: Drive(gateway).download("1"),
    "export": lambda gateway: Drive(gateway).export("1"),
    "revoke": lambda gateway: Drive(gateway).revoke("1", "2"),
}
WRITES_ONCE = {"apply", "create", "upload"}


class Server(ThreadingHTTPServer):
    """Answers 200 with `content_type` and `body`, whatever is asked, and counts."""

    content_type, body, status, asked = JSON, b"{}", 200, 0
    in_turn = None
    """Answers one after the other, where they are not all alike."""

    class Answering(BaseHTTPRequestHandler):
        def answer(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.server.asked += 1
            if self.server.in_turn:
                self.server.content_type, self.server.body, *status = next(self.server.in_turn)
                self.server.status = status[0] if status else 200
            self.send_response(self.server.status)
            if self.server.content_type:
                self.send_header("Content-Type", self.server.content_type)
            self.send_header("Content-Length", str(len(self.server.body)))
            self.end_headers()
            self.wfile.write(self.server.body)

        do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815  # names of http.server

        def log_message(self, *_args):
            """Say nothing."""


@pytest.fixture
def server():
    with Server(("127.0.0.1", 0), Server.Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def sleeps():
    return []


@pytest.fixture
def gateway(server, sleeps):
    address = f"http://127.0.0.1:{server.server_port}"
    return Gateway(Credentials(token="known"), address, RetryPolicy(sleep=sleeps.append))


@pytest.mark.parametrize("call", CALLS)
def test_an_answer_as_expected_is_taken(server, gateway, call):
    server.body = json.dumps(WHOLE).encode()
    CALLS[call](gateway)
    assert server.asked == 1


@pytest.mark.parametrize("answer", STRANGE)
@pytest.mark.parametrize("call", CALLS)
def test_a_strange_answer_is_a_passing_fault_with_unknown_outcome(server, gateway, sleeps, call, answer):
    server.content_type, server.body = STRANGE[answer]
    with pytest.raises(RetryableError) as failed:
        CALLS[call](gateway)
    assert failed.value.carried_out is None
    assert server.asked == (1 if call in WRITES_ONCE else RetryPolicy().attempts)
    assert len(sleeps) == server.asked - 1
    said = told(failed.value)
    assert "Google" in said.what
    assert said.remedy
    assert "hotel" not in f"{said.what} {said.remedy} {failed.value}"


@pytest.mark.parametrize("call", BYTES)
def test_a_page_in_the_place_of_a_file_or_of_nothing_is_no_answer(server, gateway, call):
    server.content_type, server.body = STRANGE["a page"]
    with pytest.raises(RetryableError) as failed:
        BYTES[call](gateway)
    assert failed.value.carried_out is None


@pytest.fixture
def person(server):
    """Credentials that have no token yet."""
    address = f"http://127.0.0.1:{server.server_port}/token"
    return Credentials(None, refresh_token="r", client_id="c", client_secret="s", token_uri=address)


@pytest.fixture
def unknown(server, sleeps, person):
    """A gateway that asks for a token first."""
    return Gateway(person, f"http://127.0.0.1:{server.server_port}", RetryPolicy(sleep=sleeps.append))


NO_TOKEN = STRANGE | {
    "an empty token": (JSON, b'{"access_token": ""}'),
    "a token for ever": (JSON, b'{"access_token": "t", "expires_in": 1e400}'),
    "a token until a word": (JSON, b'{"access_token": "t", "expires_in": "soon"}'),
    "a token until a list": (JSON, b'{"access_token": "t", "expires_in": []}'),
}


@pytest.mark.parametrize("answer", NO_TOKEN)
def test_a_token_address_that_gives_no_token_is_a_passing_fault_too(server, unknown, answer):
    server.content_type, server.body = NO_TOKEN[answer]
    with pytest.raises(RetryableError) as failed:
        unknown.read("1", ["A1"])
    assert failed.value.carried_out is None
    assert server.asked == RetryPolicy().attempts


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("body", [b'{"error": "unavailable"}', b"<html>Bad Gateway</html>"])
def test_a_token_address_that_is_busy_is_no_revoked_key(server, unknown, status, body):
    """Asked as often as everything else, with the gateway's waits and none of google-auth's own."""
    server.status, server.body = status, body
    with pytest.raises(RetryableError):
        unknown.read("1", ["A1"])
    assert server.asked == RetryPolicy().attempts


@pytest.mark.parametrize("answer", STRANGE)
@pytest.mark.parametrize("status", [400, 401, 403, 407])
def test_a_strange_refusal_of_the_token_address_is_no_revoked_key(server, unknown, status, answer):
    server.status = status
    server.content_type, server.body = STRANGE[answer]
    with pytest.raises(RetryableError):
        unknown.read("1", ["A1"])


@pytest.mark.parametrize(
    "body", [{"error": "invalid_grant"}, {"error": {"code": 403, "status": "PERMISSION_DENIED"}}]
)
def test_a_key_that_the_token_address_refuses_is_said_to_be_refused(server, unknown, sleeps, body):
    server.status, server.body = 400, json.dumps(body).encode()
    with pytest.raises(ClientUnavailableError):
        unknown.read("1", ["A1"])
    assert server.asked == 1
    assert sleeps == []


@pytest.mark.parametrize("answer", STRANGE)
@pytest.mark.parametrize("call", {**CALLS, **BYTES})
def test_a_strange_failure_takes_no_client_out_of_the_round(server, gateway, call, answer):
    """A proxy's 403 or 404 tells nothing of the file."""
    server.status = 403
    server.content_type, server.body = STRANGE[answer]
    with pytest.raises(RetryableError) as failed:
        {**CALLS, **BYTES}[call](gateway)
    assert failed.value.carried_out is None


def test_a_title_is_asked_of_sheets_only_where_the_mask_names_it(server, gateway):
    server.body = json.dumps({"sheets": [{"properties": {"sheetId": 0}, "data": [{}]}]}).encode()
    mask = "sheets(properties(sheetId),data(rowData(values(note))))"
    assert gateway.describe("1", mask)["sheets"][0]["properties"] == {"sheetId": 0}
    for asked in ("sheets(properties(sheetId,title))", "sheets.properties.title", "sheets"):
        with pytest.raises(RetryableError):
            gateway.describe("1", asked)


def test_a_download_is_taken_only_whole(server, gateway):
    """What stands in the place of a sealed record may be JSON too."""
    answers = [(JSON, json.dumps(WHOLE).encode()), (JSON, b"{}"), (JSON, b"who"), (JSON, b"whole")]
    server.in_turn = iter(answers)
    assert Drive(gateway).download("1") == b"whole"
    assert server.asked == 4


TOKEN = json.dumps({"access_token": "new", "expires_in": 3600}).encode()
EXPIRED = json.dumps({"error": {"code": 401, "status": "UNAUTHENTICATED"}}).encode()


def test_a_token_that_google_takes_no_more_is_replaced_and_the_call_sent_again(server, person):
    """Google says that nothing was carried out, so a write that must not be done twice is sent again as well."""
    person.token = "old"
    gateway = Gateway(person, f"http://127.0.0.1:{server.server_port}", RetryPolicy(attempts=1))
    server.in_turn = iter([(JSON, EXPIRED, 401), (JSON, TOKEN), (JSON, json.dumps(WHOLE).encode())])
    gateway.apply("1", [{}], repeatable=False)
    assert server.asked == 3
    assert person.token == "new"


def test_anybody_elses_401_sends_no_write_again(server, person):
    """A proxy's may come behind a write that was carried out."""
    person.token = "old"
    gateway = Gateway(person, f"http://127.0.0.1:{server.server_port}", RetryPolicy(attempts=3))
    server.in_turn = iter([(HTML, b"Who are you?", 401)])
    with pytest.raises(RetryableError) as failed:
        gateway.apply("1", [{}], repeatable=False)
    assert failed.value.carried_out is None
    assert server.asked == 1
