"""An emulator with four accounts, and its Drive as each of them sees it through Google's own client."""

import json
from importlib import resources

import pytest
import requests
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document

from sheets_emulator.access.accounts import ensure_account
from sheets_emulator.access.tokens import issue_token
from sheets_emulator.serving.server import serve
from tests.contract.emulator.drive.plain_drive import DESCRIPTION, HEAD, ROBOT, STRANGER, TECH


@pytest.fixture
def emulator(tmp_path):
    with serve(tmp_path / "data") as running:
        for email in (TECH, HEAD, STRANGER):
            ensure_account(running.engine.store, email)
        ensure_account(running.engine.store, ROBOT, kind="service")
        yield running


@pytest.fixture
def drive_of(emulator):
    """A Drive client for an account."""
    opened = []

    def connect(email):
        description = json.loads((resources.files("googleapiclient") / DESCRIPTION).read_text())
        description |= {"rootUrl": emulator.url + "/", "baseUrl": emulator.url + "/drive/v3/"}
        token = issue_token(emulator.engine.store, email)
        client = build_from_document(
            description,
            credentials=Credentials(token),
            client_options={"api_endpoint": f"{emulator.url}/drive/v3/"},
        )
        opened.append(client)
        return client

    yield connect
    for client in opened:
        client.close()


@pytest.fixture
def http(emulator):
    """Plain HTTP as an account."""

    def call(email, method, path, **more):
        headers = {"Authorization": f"Bearer {issue_token(emulator.engine.store, email)}"} | more.pop(
            "headers", {}
        )
        with requests.Session() as session:
            return session.request(method, emulator.url + path, headers=headers, timeout=30, **more)

    return call
