"""What a stranger's page in the same browser reaches: a second origin, another port, a name that was rebound."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from sheets_emulator.access.accounts import ensure_account, list_accounts
from sheets_emulator.access.tokens import issue_token
from sheets_emulator.serving.faults import Faults
from sheets_emulator.serving.guard import Guard
from sheets_emulator.serving.server import serve

pytestmark = pytest.mark.browser

OWNER = "owner@firm.kz"
# Each in the ways that a page can send without asking first, and with an answer that it might read.
ATTACK = """
async ([base, attacks]) => {
  const told = [];
  for (const [method, path, body] of attacks) {
    for (const mode of ["cors", "no-cors"]) {
      for (const type of ["text/plain", "application/json"]) {
        try {
          const headers = body === null ? {} : { "Content-Type": type };
          const answer = await fetch(base + path, { method, mode, body, headers, credentials: "include" });
          told.push([method, path, mode, answer.type, answer.status, await answer.text()]);
        } catch (error) { told.push([method, path, mode, "failed", 0, ""]); }
      }
    }
  }
  return told;
}
"""
EMBED = """
(html) => new Promise((done) => {
  document.body.append(document.createRange().createContextualFragment(html));
  const part = document.body.lastElementChild;
  part.onload = part.onerror = () => done();
})
"""
ATTACKS = [
    ["GET", "/", None],
    ["GET", "/emulator/accounts", None],
    ["POST", "/emulator/token", json.dumps({"email": OWNER})],
    ["POST", "/emulator/accounts", json.dumps({"email": "intruder@firm.kz"})],
    ["POST", "/emulator/links", "{}"],
    ["POST", "/admin/faults", json.dumps({"errorBeforeFraction": 1})],
    ["POST", "/view/account", "account=x"],
]


class Stranger(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>stranger</title>")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def stranger_port():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stranger)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def answered(monkeypatch):
    """(verb, path, status) of all that the emulator has answered, whatever the browser then made of it."""
    found, real = [], Guard.__call__

    async def noting(guard, scope, receive, send):
        async def note(message):
            if message["type"] == "http.response.start":
                found.append((scope["method"], scope["path"], message["status"]))
            await send(message)

        await real(guard, scope, receive, note)

    monkeypatch.setattr(Guard, "__call__", noting)
    return found


@pytest.fixture
def emulator(tmp_path, answered):
    ensure_account(tmp_path, OWNER)
    with serve(tmp_path) as running:
        yield running


@pytest.fixture
def page(browser, emulator):
    """A tab of the browser in which the owner has come in."""
    context = browser.new_context(locale="ru-RU")
    shown = context.new_page()
    shown.goto(emulator.doors.new_link(emulator.url))
    expect(shown.locator("#account")).to_have_value(OWNER)
    yield shown
    context.close()


def book_of(emulator, page):
    """A spreadsheet of the owner's, empty."""
    made = as_owner(emulator, page, "/v4/spreadsheets", "POST")
    return made["spreadsheetId"]


def as_owner(emulator, page, path, method="GET"):
    headers = {"Authorization": f"Bearer {issue_token(emulator.engine.store, OWNER)}"}
    answer = page.request.fetch(emulator.url + path, method=method, headers=headers)
    assert answer.ok
    return answer.json()


def attacked(page, base, book):
    """What a page of another origin was told: verb, path, mode, kind of answer, status, text."""
    cell = json.dumps({"gid": 0, "cell": "A1", "rows": [["x"]]})
    attacks = [
        *ATTACKS,
        ["GET", f"/spreadsheets/d/{book}/edit", None],
        ["POST", f"/spreadsheets/d/{book}/edit", cell],
    ]
    told = page.evaluate(ATTACK, [base, attacks])
    assert len(told) == 4 * len(attacks)
    return told


def unharmed(emulator, page, book):
    assert [account.email for account in list_accounts(emulator.engine.store)] == [OWNER]
    assert emulator.engine.settings["fault_state"].plan == Faults()
    assert "values" not in as_owner(emulator, page, f"/v4/spreadsheets/{book}/values/A1:B2")


@pytest.mark.parametrize("name", ["stranger.test", "127.0.0.1", "localhost"])
def test_a_page_of_another_origin_gets_nothing_and_changes_nothing(
    page, emulator, answered, stranger_port, name, tell
):
    book = book_of(emulator, page)
    page.goto(f"http://{name}:{stranger_port}/")
    answered.clear()
    told = attacked(page, emulator.url, book)
    refused = [one for one in answered if one[2] == 403]
    assert [one for one in told if one[3] not in ("failed", "opaque") or one[5]] == []
    assert refused == answered
    assert len(refused) == len(told)  # where the browser asks first, that was refused
    unharmed(emulator, page, book)
    tell(f"browser: {len(told)} requests of a page of http://{name}: all 403, nothing read")


@pytest.mark.parametrize("name", ["stranger.test", "127.0.0.1"])
def test_a_form_a_frame_and_a_picture_of_another_origin_are_refused(
    page, emulator, answered, stranger_port, name
):
    book = book_of(emulator, page)
    for html in (
        f'<img src="{emulator.url}/spreadsheets/d/{book}/version">',
        f'<iframe src="{emulator.url}/"></iframe>',
        f'<script src="{emulator.url}/spreadsheets/d/{book}/rows"></script>',
    ):
        page.goto(f"http://{name}:{stranger_port}/")
        answered.clear()
        page.evaluate(EMBED, html)
        assert [one[2] for one in answered] == [403], html
    page.goto(f"http://{name}:{stranger_port}/")
    form = f'<form method="post" action="{emulator.url}/emulator/token"><button>x</button></form>'
    page.evaluate("html => { document.body.innerHTML = html }", form)
    with page.expect_response(f"{emulator.url}/emulator/token") as asked:
        page.get_by_role("button").click()
    assert asked.value.status == 403
    unharmed(emulator, page, book)


def test_a_name_that_was_rebound_to_this_machine_is_refused_everything(page, emulator, answered, tell):
    """The stranger's page came from the name's first address; then the name points here: one origin for the browser."""
    book = book_of(emulator, page)
    rebound = emulator.url.replace("127.0.0.1", "rebound.test")
    page.route("**/attack", lambda route: route.fulfill(body="<title>x</title>", content_type="text/html"))
    page.goto(f"{rebound}/attack")
    answered.clear()
    told = attacked(page, "", book)
    assert len(answered) == len(told)
    answers = [one for one in told if one[3] == "basic"]
    assert len(answers) == len(told)  # the browser would let the page read each
    assert {one[4] for one in told} == {one[2] for one in answered} == {403}
    assert not [one for one in answers if OWNER in one[5] or "ya29" in one[5]]
    assert page.goto(f"{rebound}/").status == 403
    expect(page.locator("body")).to_have_text("Запрос пришёл под чужим именем этого компьютера и отклонён.")
    unharmed(emulator, page, book)
    tell(f"browser: {len(told)} requests under a rebound name, all 403")


def test_the_cookies_have_all_flags(page):
    page.select_option("#account", OWNER)
    page.locator(".account button").click()
    cookies = page.context.cookies()
    assert sorted(cookie["name"].rpartition("_")[0] for cookie in cookies) == [
        "emulator_account",
        "emulator_session",
    ]
    for cookie in cookies:
        flags = (cookie["httpOnly"], cookie["secure"], cookie["sameSite"], cookie["path"], cookie["domain"])
        assert flags == (True, True, "Strict", "/", "127.0.0.1")
    assert page.evaluate("document.cookie") == ""


def test_a_browser_without_the_link_sees_no_accounts_and_no_files(browser, emulator, page):
    link = emulator.doors.new_link(emulator.url)
    page.goto(link)
    context = browser.new_context(locale="ru-RU")
    other = context.new_page()
    for address in (emulator.url, f"{emulator.url}/spreadsheets/d/x/edit", link):
        assert other.goto(address).status == 403
        expect(other.get_by_role("heading")).to_have_text("Вход по ссылке")
        assert OWNER not in other.content()
    other.goto(emulator.doors.new_link(emulator.url))
    expect(other.locator("#account")).to_have_value(OWNER)
    context.close()
