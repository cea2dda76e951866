"""Random requests to all methods: Google's error form or an answer, never a crash or a hang.

`fuzz_emulator.py` beside this does the same for an hour, against an emulator in a process of its own.
"""

import io
import random
import time
from hashlib import sha256
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from pydantic_core import to_json

from sheets_emulator.access.accounts import ensure_account
from sheets_emulator.access.tokens import issue_token
from sheets_emulator.store.books import Books
from tests import witness
from tests.contract.emulator.fuzz_emulator import ACCOUNTS, Session, entered, exchange

REQUESTS = 500


class InThread:
    """The tests' own emulator in the place of the fuzzer's."""

    def __init__(self, google):
        store = google.emulator.engine.store
        for email in ACCOUNTS:
            ensure_account(store, email, kind="service" if "robots" in email else "user")
        self.tokens = {email: issue_token(store, email) for email in ACCOUNTS}
        self.cookie = entered(google.emulator.doors.new_link(google.url))
        place = urlsplit(google.url)
        self.connection = HTTPConnection(place.hostname, place.port, timeout=60)

    def send(self, sent, account):
        begun = time.perf_counter()
        token = self.tokens.get(account, account)
        return *exchange(self.connection, sent, account, token, self.cookie), time.perf_counter() - begun


@pytest.fixture
def emulator(google):
    found = InThread(google)
    yield found
    found.connection.close()
    # Its requests are wrong on purpose; the answers are not to be.
    told = [
        one for one in witness.taken_reports() if "unknown parameter" not in one and ": request" not in one
    ]
    assert told == []
    google.emulator.engine.settings["fault_state"].log.clear()


def content(document):
    """All that a reader can see in a book."""
    return to_json([document.meta(), *([row.as_json() for row in one.grid.rows] for one in document.sheets)])


@pytest.fixture
def readable(monkeypatch):
    """Every book that readers were ever given, with what it held then."""
    found, put = [], Books.put

    def noted(books, file_id, stamp, document):
        found.append((document, sha256(content(document)).hexdigest()))
        put(books, file_id, stamp, document)

    monkeypatch.setattr(Books, "put", noted)
    return found


def test_no_request_crashes_the_emulator_or_changes_a_book_that_readers_have(emulator, readable, tell):
    seed = random.randrange(10**6)
    print("seed", seed)  # noqa: T201  # a failing run can be repeated
    told = io.StringIO()
    session = Session(emulator, seed, told)
    sent, until = session.go(until=time.monotonic() + 300, requests=REQUESTS), time.monotonic() + 300

    def much_was_done():
        return session.statuses[200] > REQUESTS / 4 and len(readable) > REQUESTS / 20

    while not much_was_done() and time.monotonic() < until:  # a seed of few changes goes on
        sent += session.go(until, requests=60)
    tell(f"fuzz: {sent} requests, {session.statuses[200]} taken, {len(readable)} books, seed {seed}")
    assert session.findings == 0, told.getvalue()[:20000]
    assert much_was_done(), session.statuses
    assert [held for document, held in readable if sha256(content(document)).hexdigest() != held] == []
