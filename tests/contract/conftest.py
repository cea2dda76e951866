"""An emulator for the session and accounts for each test; the root conftest watches every exchange."""

import re
import uuid
from types import SimpleNamespace

import pytest
import requests
from requests.adapters import HTTPAdapter

from sheets_emulator.access.accounts import ensure_account, key_file
from sheets_emulator.access.tokens import issue_token
from sheets_emulator.serving.server import serve


class Redirection(HTTPAdapter):
    """Sends what was meant for Google to the emulator: mount it on Google's two addresses."""

    def __init__(self, address):
        super().__init__()
        self.address = address

    def send(self, request, *args, **kwargs):
        request.url = re.sub(r"^https://(sheets|www)\.googleapis\.com", self.address, request.url)
        return super().send(request, *args, **kwargs)


@pytest.fixture(scope="session")
def session_emulator(tmp_path_factory):
    """One emulator for the whole session."""
    with serve(tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator


@pytest.fixture
def google(session_emulator):
    """Accounts of their own for a test, on the session's emulator."""
    emulator = session_emulator
    name = uuid.uuid4().hex[:8]
    store = emulator.engine.store
    accounts = {
        role: f"{role}-{name}@{'robots.iam.gserviceaccount.com' if role == 'robot' else 'firm.kz'}"
        for role in ("owner", "head", "manager", "robot")
    }
    for role, email in accounts.items():
        ensure_account(store, email, kind="service" if role == "robot" else "user")

    def session_of(role):
        session = requests.Session()
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {issue_token(store, accounts[role])}"
        opened.append(session)
        return session

    def call(role, verb, path, **more):
        return session_of(role).request(verb, emulator.url + path, timeout=30, **more)

    opened = []
    yield SimpleNamespace(
        emulator=emulator,
        url=emulator.url,
        accounts=accounts,
        call=call,
        key_file=lambda role: key_file(store, accounts[role]),
        opened=opened,
    )
    for session in opened:
        session.close()


@pytest.fixture
def redirection():
    """The adapter class that sends Google's addresses to an emulator."""
    return Redirection
