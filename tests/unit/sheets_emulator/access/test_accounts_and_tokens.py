"""Accounts, key files and the token endpoint, without a server."""

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import jwt
import pytest

from sheets_emulator.access.accounts import GOOGLE_TOKEN_URI, ensure_account, key_file, list_accounts
from sheets_emulator.access.tokens import ALL_SCOPES, GrantError, account_named, caller_of, grant, issue_token
from sheets_emulator.store.address import announce, running_address
from sheets_emulator.store.admin_secret import ensured_secret
from sheets_emulator.store.database import Store
from sheets_emulator.wire.errors import ApiError

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ROBOT = "robot@tablo.iam.gserviceaccount.com"
SCOPE = "https://www.googleapis.com/auth/spreadsheets"


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def robot(store):
    ensure_account(store, ROBOT, kind="service")
    return json.loads(key_file(store, ROBOT, "http://127.0.0.1:1/token").read_text())


def ask(store, key, now=NOW, **changed):
    claims = {"iss": ROBOT, "aud": GOOGLE_TOKEN_URI, "scope": SCOPE}
    claims |= {"iat": NOW.timestamp(), "exp": NOW.timestamp() + 3600} | changed
    assertion = jwt.encode(claims, key["private_key"], algorithm="RS256")
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
    with store.transaction() as txn:
        return grant(txn, form, {GOOGLE_TOKEN_URI}, now)


def test_a_signed_assertion_gets_a_token_that_ends_after_an_hour(store, robot):
    answer = ask(store, robot)
    assert (answer["token_type"], answer["scope"]) == ("Bearer", SCOPE)
    header = f"Bearer {answer['access_token']}"
    with store.transaction() as txn:
        caller = caller_of(txn, header, NOW + timedelta(minutes=59))
        assert (caller.email, caller.kind, caller.scopes) == (ROBOT, "service", {SCOPE})
        with pytest.raises(ApiError) as refusal:
            caller_of(txn, header, NOW + timedelta(minutes=60))
    assert refusal.value.code == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://elsewhere.example/token"},
        {"iss": "nobody@tablo.iam.gserviceaccount.com"},
        {"exp": NOW.timestamp() + 7200},
        {"iat": NOW.timestamp() - 7200, "exp": NOW.timestamp() - 3600},
        {"sub": "owner@firm.kz"},
        {"scope": ""},
        {"iat": "soon"},
    ],
)
def test_an_assertion_with_a_wrong_claim_gets_nothing(store, robot, changed):
    with pytest.raises(GrantError):
        ask(store, robot, **changed)


def test_an_unsigned_assertion_gets_nothing(store, robot):
    claims = {"iss": ROBOT, "aud": GOOGLE_TOKEN_URI, "scope": SCOPE, "iat": 0, "exp": 10}
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}
    form["assertion"] = jwt.encode(claims, None, algorithm="none")
    with store.transaction() as txn, pytest.raises(GrantError):
        grant(txn, form, {GOOGLE_TOKEN_URI}, NOW)


def test_a_person_exchanges_the_refresh_token_of_the_key_file(store):
    ensure_account(store, "head@firm.kz", "РОП")
    key = json.loads(key_file(store, "head@firm.kz").read_text())
    assert key["type"] == "authorized_user"
    form = {name: key[name] for name in ("client_id", "client_secret", "refresh_token")}
    form["grant_type"] = "refresh_token"
    with store.transaction() as txn:
        token = grant(txn, form, set(), NOW)["access_token"]
        assert caller_of(txn, f"Bearer {token}", NOW).email == "head@firm.kz"
        for name in ("client_id", "client_secret", "refresh_token"):
            with pytest.raises(GrantError):
                grant(txn, form | {name: "wrong"}, set(), NOW)


def test_an_account_is_made_once_and_keeps_its_kind_and_key(store):
    first = ensure_account(store, "a@firm.kz", "А")
    assert ensure_account(store, "A@firm.kz") == first
    with pytest.raises(ValueError, match="exists already"):
        ensure_account(store, "a@firm.kz", kind="service")
    for wrong in ("", "a", "a@", "@b", "a@b@c", " a@b.kz"):
        with pytest.raises(ValueError, match="no e-mail address"):
            ensure_account(store, wrong)
    assert [account.email for account in list_accounts(store)] == ["a@firm.kz"]


def test_a_hostile_address_stays_within_the_folder_of_keys(store):
    ensure_account(store, "../../x/y@firm.kz")
    path = key_file(store, "../../x/y@firm.kz")
    assert path.parent == store.folder / "keys"


def test_a_token_is_kept_only_as_a_digest(store):
    ensure_account(store, "a@firm.kz")
    token = issue_token(store, "a@firm.kz")
    for file in store.folder.iterdir():
        if file.is_file():
            assert token.encode() not in file.read_bytes()


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"url": "http://127.0.0.1:9", "instance": "x"}', '{"url": 5}']
)
def test_a_stale_or_broken_address_is_no_address(tmp_path, text):
    assert running_address(tmp_path) is None
    ensured_secret(tmp_path)
    (tmp_path / "address").write_text(text)
    assert running_address(tmp_path) is None


def test_an_address_where_another_program_listens_is_none_and_is_shown_no_secret(tmp_path):
    heard = []

    class Impostor(BaseHTTPRequestHandler):
        def do_GET(self):
            heard.append(f"{self.path} {self.headers}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"proof": "0000", "instance": "run"}')

        def log_message(self, *_):
            pass

    secret = ensured_secret(tmp_path)
    with HTTPServer(("127.0.0.1", 0), Impostor) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        announce(tmp_path, f"http://127.0.0.1:{server.server_address[1]}", "run")
        assert running_address(tmp_path) is None
        thread.join()
    assert len(heard) == 1
    assert secret not in heard[0]


def self_signed(key, **changed):
    claims = {"iss": ROBOT, "sub": ROBOT, "iat": NOW.timestamp(), "exp": NOW.timestamp() + 3600} | changed
    return jwt.encode(claims, key["private_key"], algorithm="RS256")


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({"scope": SCOPE}, {SCOPE}),
        ({"aud": "https://sheets.googleapis.com/"}, set(ALL_SCOPES)),
        ({"aud": "http://127.0.0.1:1/"}, set(ALL_SCOPES)),
    ],
)
def test_a_service_account_may_sign_its_own_bearer_token(store, robot, claims, scopes):
    header = f"Bearer {self_signed(robot, **claims)}"
    with store.transaction() as txn:
        caller = caller_of(txn, header, NOW, "http://127.0.0.1:1")
        assert account_named(txn, header) == ROBOT
    assert (caller.email, caller.scopes) == (ROBOT, scopes)


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"aud": "https://elsewhere.example/"},
        {"scope": SCOPE, "sub": "owner@firm.kz"},
        {"scope": SCOPE, "iat": NOW.timestamp() - 7200, "exp": NOW.timestamp() - 3600},
        {"scope": SCOPE, "exp": NOW.timestamp() + 7200},
    ],
)
def test_a_self_signed_token_with_a_wrong_claim_opens_nothing(store, robot, claims):
    with store.transaction() as txn, pytest.raises(ApiError) as refusal:
        caller_of(txn, f"Bearer {self_signed(robot, **claims)}", NOW, "http://127.0.0.1:1")
    assert refusal.value.code == 401


def test_a_self_signed_token_of_another_key_opens_nothing(store, robot, tmp_path):
    ensure_account(tmp_path / "other", ROBOT, kind="service")
    other = json.loads(key_file(tmp_path / "other", ROBOT).read_text())
    with store.transaction() as txn, pytest.raises(ApiError):
        caller_of(txn, f"Bearer {self_signed(other, scope=SCOPE)}", NOW)
