"""Who is let in, over real HTTP: method × path × Host × Origin × what is shown → status.

The table is written by hand: for each address what it answers to whom it lets in, and by what. Everything else
is a 403 that changes nothing.
"""

import json
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from sheets_emulator.access.accounts import ensure_account, list_accounts
from sheets_emulator.access.tokens import issue_token
from sheets_emulator.serving.faults import Faults
from sheets_emulator.serving.server import serve
from sheets_emulator.store.admin_secret import SECRET_HEADER, secret_of
from tests.contract.emulator.fuzz_emulator import entered

OWNER, STRANGER = "owner@firm.kz", "stranger@firm.kz"
ANYBODY, SECRET, SESSION, TOKEN = "anybody", "secret", "session", "token"
CELL = json.dumps({"gid": 0, "cell": "A1", "rows": [["changed"]]})
BATCHED = "--x\r\nContent-Type: application/http\r\n\r\nPOST /emulator/token\r\n\r\n{}\r\n--x--"
# method, path, body, by what it lets in, the status then (401: in, but Google's APIs want a token)
ADDRESSES = [
    ("POST", "/emulator/token", json.dumps({"email": OWNER}), SECRET, 200),
    ("GET", "/emulator/accounts", "", SECRET, 200),
    ("POST", "/emulator/accounts", json.dumps({"email": STRANGER}), SECRET, 200),
    ("POST", "/emulator/links", "", SECRET, 200),
    ("GET", "/emulator/nothing", "", SECRET, 404),
    ("POST", "/admin/faults", json.dumps({"seed": 5}), SECRET, 200),
    ("GET", "/admin/faults", "", SECRET, 200),
    ("DELETE", "/admin/faults", "", SECRET, 200),
    ("GET", "/admin/faults/log", "", SECRET, 200),
    ("GET", "/admin", "", SECRET, 404),
    ("GET", "/", "", SESSION, 200),
    ("GET", "/spreadsheets/d/BOOK/edit", "", SESSION, 200),
    ("POST", "/spreadsheets/d/BOOK/edit", CELL, SESSION, 200),
    ("GET", "/spreadsheets/d/BOOK/rows?gid=0&start=0", "", SESSION, 200),
    ("GET", "/spreadsheets/d/BOOK/version", "", SESSION, 200),
    ("POST", "/view/account", "account=x", SESSION, 303),
    ("GET", "/view/secrets.py", "", SESSION, 404),
    ("GET", "/whatever/comes/next", "", SESSION, 404),
    ("GET", "//emulator/token", "", SESSION, 404),
    ("GET", "/view/view.js", "", ANYBODY, 200),
    ("GET", "/view/view.css", "", ANYBODY, 200),
    ("GET", f"/proof?nonce={'a' * 32}", "", ANYBODY, 200),
    ("GET", "/drive/v3/files", "", TOKEN, 200),
    ("POST", "/drive/v3/files", "{}", TOKEN, 200),
    ("GET", "/v4/spreadsheets/BOOK", "", TOKEN, 200),
    ("PUT", "/v4/spreadsheets/BOOK/values/A2?valueInputOption=RAW", '{"values": [["x"]]}', TOKEN, 200),
    ("GET", "/spreadsheets/d/BOOK/export?format=csv", "", TOKEN, 200),
    ("OPTIONS", "/v4/spreadsheets/BOOK", "", TOKEN, 404),
    ("POST", "/token", "grant_type=refresh_token", ANYBODY, 400),
]
OWN_HOSTS = ("127.0.0.1:PORT", "localhost:PORT", "LOCALHOST:PORT", "[::1]:PORT", "127.0.0.1")
FOREIGN_HOSTS = (
    "evil.test", "evil.test:PORT", "127.0.0.1.evil.test:PORT", "localhost.evil.test", "evil@127.0.0.1:PORT",
    "10.0.0.5:PORT", "127.0.0.1:PORT/", "",
)  # fmt: skip
FOREIGN_ORIGINS = (
    "http://evil.test", "http://evil.test:PORT", "null", "http://127.0.0.1:1", "http://localhost:PORT",
    "http://127.0.0.1", "file://", "chrome-extension://abcdef",
)  # fmt: skip
FOREIGN_SITES = (
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
)


class Place:
    """An emulator with a spreadsheet, and requests to it of which nothing is made up by a client library."""

    def __init__(self, emulator):
        store = emulator.engine.store
        ensure_account(store, OWNER)
        self.emulator, self.port = emulator, urlsplit(emulator.url).port
        self.connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        secret = secret_of(emulator.folder)
        self.shown = {
            TOKEN: {"Authorization": f"Bearer {issue_token(store, OWNER)}"},
            SECRET: {SECRET_HEADER: secret},
            SESSION: {"Cookie": entered(emulator.doors.new_link(emulator.url))},
        }
        name = self.shown[SESSION]["Cookie"].split("=")[0]
        self.no_use = [
            {},
            {SECRET_HEADER: ""},
            {SECRET_HEADER: secret[:-1]},
            {"Authorization": f"Bearer {secret}"},
            {"Cookie": f"{name}={secret}"},
            {"Cookie": f"{name}=99999999999.{'0' * 64}"},
            {"Cookie": f"emulator_account_{self.port}={OWNER}"},
        ]
        made = self.send("POST", "/v4/spreadsheets", "{}", "127.0.0.1:PORT", self.shown[TOKEN])
        self.book = json.loads(made.text)["spreadsheetId"]

    def send(self, method, path, body, host, headers):
        path = path.replace("BOOK", getattr(self, "book", ""))
        self.connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        content = body.encode()
        for name, value in {"Host": host, "Content-Length": str(len(content)), **headers}.items():
            self.connection.putheader(name, value.replace("PORT", str(self.port)))
        self.connection.endheaders(content)
        answer = self.connection.getresponse()
        answer.text = answer.read().decode("utf-8", "replace")
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
        return answer

    def state(self):
        """All that the refused requests of the table could have changed."""
        own = ("", "127.0.0.1", self.shown[TOKEN])
        cells = self.send("GET", "/v4/spreadsheets/BOOK/values/A1:B2", *own).text
        files = self.send("GET", "/drive/v3/files", *own).text
        accounts = [account.email for account in list_accounts(self.emulator.engine.store)]
        return accounts, cells, files, self.emulator.engine.settings["fault_state"].plan


def own_origin(host):
    """As a browser writes it, which writes names in lower case."""
    return f"http://{host.replace('LOCALHOST', 'localhost')}"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("guarded")) as emulator:
        found = Place(emulator)
        yield found
        found.connection.close()


def refused_requests(place):
    """(what is told of it, request) for all that must be refused."""
    everything = {name: value for shown in place.shown.values() for name, value in shown.items()}
    own = "127.0.0.1:PORT"
    for method, path, body, door, _ in ADDRESSES:
        for host in FOREIGN_HOSTS:
            for origin in ({}, {"Origin": f"http://{host}"}, {"Origin": f"http://{own}"}):
                yield method, path, body, host, everything | origin
        for origin in FOREIGN_ORIGINS:
            yield method, path, body, own, everything | {"Origin": origin}
        for site in FOREIGN_SITES:
            yield method, path, body, own, everything | site
        if door in (SECRET, SESSION):
            wrong = [shown for name, shown in place.shown.items() if name != door]
            for shown in place.no_use + wrong:
                for host in OWN_HOSTS:
                    for origin in ({}, {"Origin": own_origin(host)}):
                        yield method, path, body, host, shown | origin
        if door == SESSION and method == "POST":
            yield method, path, body, own, everything


def test_what_is_not_let_in_is_refused_shortly_and_changes_nothing(place, tell):
    before, wrong, sent = place.state(), [], 0
    for method, path, body, host, headers in refused_requests(place):
        answer = place.send(method, path, body, host, headers)
        sent += 1
        if answer.status != 403 or not 20 < len(answer.text) < 300 or OWNER in answer.text:
            wrong.append((method, path, host, headers, answer.status, answer.text[:200]))
    assert wrong == []
    assert place.state() == before
    tell(f"guard: {sent} requests to {len(ADDRESSES)} addresses refused")
    assert sent > 2000


def test_who_may_come_in_does_under_each_own_name(place, tell):
    sent = 0
    for method, path, body, door, status in ADDRESSES:
        for host in OWN_HOSTS:
            own = {"Origin": own_origin(host)}
            page = door == SESSION and method == "POST"
            for origin in (own,) if page else ({}, own, {"Sec-Fetch-Site": "same-origin", **own}):
                answer = place.send(method, path, body, host, place.shown.get(door, {}) | origin)
                assert answer.status == status, (method, path, host, origin, answer.text)
                sent += 1
                if door == TOKEN:
                    assert place.send(method, path, body, host, origin).status == 401
    assert place.emulator.engine.settings["fault_state"].plan == Faults()
    tell(f"guard: {sent} requests let in")


def test_a_request_without_a_host_or_with_two_is_refused(place):
    for lines in ("", f"Host: 127.0.0.1:{place.port}\r\nHost: evil.test\r\n"):
        connection = HTTPConnection("127.0.0.1", place.port, timeout=30)
        connection.connect()
        connection.sock.sendall(f"GET /view/view.js HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode())
        status = connection.sock.recv(12).decode()
        connection.close()
        assert status in ("HTTP/1.1 403", "HTTP/1.1 400"), lines


def test_nobody_goes_round_the_guard_inside_a_batch(place):
    headers = {"Content-Type": "multipart/mixed; boundary=x"} | place.shown[TOKEN]
    for line in ("POST /emulator/token", "GET /emulator/accounts", "DELETE /admin/faults", "GET /"):
        answer = place.send(
            "POST", "/batch", BATCHED.replace("POST /emulator/token", line), "localhost", headers
        )
        assert "HTTP/1.1 403 Forbidden" in answer.text, line
        assert OWNER not in answer.text


def test_a_method_in_a_header_opens_no_door(place):
    override = {"X-HTTP-Method-Override": "GET"} | place.shown[SESSION]
    assert place.send("POST", "/", "", "127.0.0.1:PORT", override).status == 403
    assert place.send("POST", "/emulator/accounts", "", "127.0.0.1:PORT", override).status == 403


def test_a_followed_link_from_another_site_opens_a_page_for_who_came_in(place):
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    page = place.send(
        "GET", "/spreadsheets/d/BOOK/edit", "", "127.0.0.1:PORT", followed | place.shown[SESSION]
    )
    assert page.status == 200
    assert place.send("GET", "/", "", "127.0.0.1:PORT", followed).status == 403


def test_a_link_opens_once_and_looking_at_it_does_not_count(place):
    link = urlsplit(place.emulator.doors.new_link(place.emulator.url))
    path = f"{link.path}?{link.query}"
    looked = place.send("HEAD", path, "", "127.0.0.1:PORT", {})
    assert "set-cookie" not in looked.headers
    first = place.send("GET", path, "", "127.0.0.1:PORT", {})
    assert (first.status, first.headers["location"]) == (303, "/")
    kept = [part.strip().lower() for part in first.headers["set-cookie"].split(";")]
    assert {"httponly", "samesite=strict", "path=/", "max-age=2592000"} <= set(kept)
    assert "secure" not in kept  # over plain HTTP, for a client that does not say that it trusts this address
    second = place.send("GET", path, "", "127.0.0.1:PORT", {})
    assert (second.status, second.headers["set-cookie"]) == (403, None)
    assert (
        place.send("GET", path, "", "127.0.0.1:PORT", {"Cookie": first.headers["set-cookie"]}).status == 303
    )


def test_a_person_who_has_not_come_in_reads_how_to(place):
    for language, told in (
        ("ru", "одноразовая ссылка"),
        ("kk", "бір реттік сілтеме"),
        ("en", "a one-time link"),
    ):
        asked = {"Accept": "text/html", "Accept-Language": language}
        page = place.send("GET", "/spreadsheets/d/BOOK/edit", "", "127.0.0.1:PORT", asked)
        assert page.status == 403
        assert told in page.text
        assert "kpi emulator link" in page.text
        assert f'href="/spreadsheets/d/{place.book}/edit"' in page.text
        assert OWNER not in page.text


def test_a_session_outlives_the_run_and_a_changed_secret_ends_it(tmp_path):
    def status(address, cookie=""):
        place = urlsplit(address)
        connection = HTTPConnection(place.hostname, place.port, timeout=30)
        connection.request("GET", f"{place.path or '/'}?{place.query}", headers={"Cookie": cookie})
        found = connection.getresponse().status
        connection.close()
        return found

    with serve(tmp_path) as first:
        cookie, link = entered(first.doors.new_link(first.url)), first.doors.new_link(first.url)
    port = urlsplit(first.url).port
    with serve(tmp_path, port=port) as second:
        assert status(second.url, cookie) == 200
        assert status(link) == 403  # a link lives as long as its run
    (tmp_path / "admin-secret").chmod(0o644)  # others may have read it
    with serve(tmp_path, port=port) as third:
        assert status(third.url, cookie) == 403
    assert (tmp_path / "admin-secret").stat().st_mode & 0o777 == 0o600
