"""What an answer or a failure becomes, and which of them may be repeated; no HTTP."""

import json

import pytest
import requests
from google.auth.exceptions import RefreshError, TransportError

from kpi_rules.errors import (
    ClientUnavailableError,
    MissingRangeError,
    RefusedError,
    RetryableError,
)
from kpi_rules.words.said import said
from operations.world.telling import told
from sheets_sync.google.answers import ErrorAnswerError
from sheets_sync.google.gateway import _may_repeat, _translated

READING = said("doing.read_book")
SECRET = "Оклад Асель 187 301"


def answer(status, body=None, headers=None):
    response = requests.Response()
    response.status_code = status
    response.headers["Content-Type"] = "application/json; charset=UTF-8"
    response.headers.update(headers or {})
    response._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return response


def sheets_error(status, word, message=SECRET, headers=None):
    return ErrorAnswerError(
        answer(status, {"error": {"code": status, "message": message, "status": word}}, headers)
    )


def drive_error(status, reason, message=SECRET):
    error = {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}
    return ErrorAnswerError(answer(status, {"error": error}))


@pytest.mark.parametrize(
    ("error", "becomes", "carried_out"),
    [
        (sheets_error(429, "RESOURCE_EXHAUSTED"), RetryableError, False),
        (sheets_error(500, "INTERNAL"), RetryableError, None),
        (sheets_error(502, ""), RetryableError, None),
        (sheets_error(503, "UNAVAILABLE"), RetryableError, None),
        (sheets_error(504, "DEADLINE_EXCEEDED"), RetryableError, None),
        (drive_error(403, "rateLimitExceeded"), RetryableError, False),
        (drive_error(403, "userRateLimitExceeded"), RetryableError, False),
        (drive_error(403, "sharingRateLimitExceeded"), RetryableError, False),
        (requests.ConnectTimeout(), RetryableError, False),
        (requests.ReadTimeout(), RetryableError, None),
        (requests.ConnectionError(SECRET), RetryableError, None),
        (requests.exceptions.ChunkedEncodingError(SECRET), RetryableError, None),
        (TransportError(SECRET), RetryableError, None),
    ],
)
def test_a_passing_fault_says_whether_it_may_have_been_carried_out(error, becomes, carried_out):
    found = _translated(error, said("doing.write_book"))
    assert type(found) is becomes
    assert found.carried_out is carried_out
    assert SECRET not in f"{found!r} {found} {told(found)}"
    assert _may_repeat(found, repeatable=True)
    assert _may_repeat(found, repeatable=False) is (carried_out is False)


@pytest.mark.parametrize(
    ("error", "becomes"),
    [
        (sheets_error(401, "UNAUTHENTICATED"), ClientUnavailableError),
        (sheets_error(403, "PERMISSION_DENIED"), ClientUnavailableError),
        (sheets_error(404, "NOT_FOUND"), ClientUnavailableError),
        (drive_error(404, "notFound"), ClientUnavailableError),
        (drive_error(403, "insufficientFilePermissions"), ClientUnavailableError),
        (drive_error(403, "storageQuotaExceeded"), RefusedError),
        (sheets_error(400, "INVALID_ARGUMENT"), RefusedError),
        (sheets_error(400, "INVALID_ARGUMENT", f"Unable to parse range: {SECRET}"), MissingRangeError),
        (sheets_error(409, "ABORTED"), RefusedError),
        (sheets_error(413, ""), RefusedError),
        (RefreshError(SECRET), ClientUnavailableError),
    ],
)
def test_what_a_person_must_mend_is_never_repeated_and_quotes_nothing(error, becomes):
    found = _translated(error, READING)
    assert type(found) is becomes
    assert SECRET not in f"{found!r} {found} {told(found)}"
    what = told(found).what
    assert "Unable" not in what
    assert what.startswith("Не удалось прочитать таблицу: ")
    assert what.endswith(".")
    assert not _may_repeat(found, repeatable=True)


NOT_GOOGLES = [
    b"", b"<html>Bad Gateway</html>", b"[]", b'"text"', b"{}", b'{"error": "text"}', b'{"error": null}', b"[" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("body", NOT_GOOGLES)
def test_a_body_that_is_not_googles_is_no_second_failure(body):
    found = _translated(ErrorAnswerError(answer(502, body)), READING)
    assert type(found) is RetryableError
    assert told(found).what == "Не удалось прочитать таблицу: Google занят (502)."


@pytest.mark.parametrize("status", [400, 401, 403, 404, 407, 413, 511])
@pytest.mark.parametrize("body", NOT_GOOGLES)
def test_a_failure_that_is_not_in_googles_form_tells_nothing_of_the_file(body, status):
    """A proxy's 403 or 404 takes no client out of the round."""
    found = _translated(ErrorAnswerError(answer(status, body)), READING)
    assert type(found) is RetryableError
    assert found.carried_out is None
    assert found.code == "google_unclear"


@pytest.mark.parametrize("errors", [None, 7, "reason", [7], {"reason": "x"}])
def test_a_failures_reasons_may_have_any_form(errors):
    body = {"error": {"code": 404, "status": "NOT_FOUND", "errors": errors}}
    found = _translated(ErrorAnswerError(answer(404, body)), READING)
    assert type(found) is ClientUnavailableError


def test_a_refresh_that_google_auth_calls_passing_is_no_revoked_key():
    found = _translated(RefreshError(SECRET, retryable=True), READING)
    assert type(found) is RetryableError
    assert SECRET not in f"{found!r} {told(found)}"


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("", None), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None), ("²", None), ("٧", None)])  # fmt: skip
def test_only_a_wait_in_whole_seconds_is_taken_over(header, seconds):
    headers = {"Retry-After": header} if header else {}
    found = _translated(sheets_error(429, "RESOURCE_EXHAUSTED", headers=headers), READING)
    assert found.retry_after_seconds == seconds


def test_a_programming_error_is_not_repeated():
    assert not _may_repeat(KeyError("x"), repeatable=True)
