"""The door to Google: the only place that imports gspread, sends requests and repeats them.

Everything thrown by the libraries becomes an error of `errors`; a message of Google's is never passed on
whole, because it may quote what was sent.

What an answer must be before it counts as one is told in `answers`.

Source: https://developers.google.com/workspace/sheets/api/limits (quotas, time-out).
"""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit, urlunsplit

import requests
import tenacity
from google.auth.exceptions import RefreshError, TransportError
from google.auth.transport.requests import AuthorizedSession
from gspread.http_client import HTTPClient
from gspread.urls import SPREADSHEET_BATCH_UPDATE_URL, SPREADSHEET_URL, SPREADSHEET_VALUES_BATCH_URL
from requests.adapters import HTTPAdapter

from kpi_rules.errors import (
    ClientUnavailableError,
    MissingRangeError,
    RefusedError,
    RetryableError,
    TabloError,
)
from kpi_rules.words.said import Said, said
from sheets_sync.google.answers import (
    ErrorAnswerError,
    Fields,
    Maybe,
    StrangeAnswerError,
    TokenRequest,
    described_by,
    error_of,
    object_of,
)
from sheets_sync.ports import CALL_SECONDS_MAX, ReadRange

CONNECT_TIMEOUT_SECONDS = 10.0
READ_TIMEOUT_SECONDS = CALL_SECONDS_MAX - CONNECT_TIMEOUT_SECONDS
"""Google itself gives up after 180 s; a shorter wait would leave us not knowing whether it was carried out."""


@dataclass(frozen=True)
class RetryPolicy:
    """Bounded retries with full jitter: at most `attempts` tries, waits up to `wait_max_seconds` each."""

    attempts: int = 6
    wait_first_seconds: float = 1.0
    wait_max_seconds: float = 40.0
    sleep: Callable[[float], None] = time.sleep


log = logging.getLogger(__name__)

GOOGLE_HOSTS = ("https://sheets.googleapis.com", "https://www.googleapis.com")
SCOPES = (
    "https://www.googleapis.com/auth/spreadsheets",
    "https://www.googleapis.com/auth/drive",
)
_RETRIED_STATUSES = frozenset({429, 500, 502, 503, 504})
_QUOTA_REASONS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "sharingRateLimitExceeded"})

_FAULTS = (
    ErrorAnswerError,
    requests.RequestException,
    TransportError,
    RefreshError,
    StrangeAnswerError,
)

Answer = TypeVar("Answer")


class _Redirecting(HTTPAdapter):
    """Sends requests for Google's hosts to another address (the local emulator)."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = urlsplit(address)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        request.url = urlunsplit((*self._address[:2], parts.path, parts.query, parts.fragment))
        return super().send(request, *args, **kwargs)


class _Client(HTTPClient):
    """gspread's client; its own error takes for granted that a failure's answer has Google's form."""

    def __init__(self, credentials: Any, session: AuthorizedSession, token_request: TokenRequest) -> None:
        super().__init__(None, session)  # type: ignore[arg-type]  # gspread: auth=None with a session
        self._credentials, self._token_request = credentials, token_request

    def ask(self, method: str, url: str, **options: Any) -> requests.Response:
        """Send a request and give the answer. Raises ErrorAnswerError where that tells of a failure.

        Where Google says that the token holds no more, it is sent again with a new one: nothing was carried out.
        """
        response = self._send(method, url, options)
        if response.status_code == requests.codes.unauthorized and error_of(response) is not None:
            self._credentials.refresh(self._token_request)
            response = self._send(method, url, options)
        if not response.ok:
            raise ErrorAnswerError(response)
        return response

    def _send(self, method: str, url: str, options: dict[str, Any]) -> requests.Response:
        answer: requests.Response = self.session.request(method, url, timeout=self.timeout, **options)
        return answer


@dataclass
class CallCount:
    """How many calls were sent, repeats included."""

    reads: int = 0
    writes: int = 0


class Gateway:
    """Calls Google Sheets (and, for `drive`, Drive) as one account, with time-outs and bounded retries.

    Args:
        credentials: of google-auth.
        address: where requests for Google go instead, for example `http://127.0.0.1:8765`.
        retry: how often and how long.
        before_call: called before each request with "read" or "write"; for a rate limit shared by workers.
    """

    def __init__(
        self,
        credentials: Any,
        address: str | None = None,
        retry: RetryPolicy | None = None,
        before_call: Callable[[str], None] | None = None,
    ) -> None:
        token_request = _token_request(address)
        # google-auth itself would send anything again on any 401, a proxy's and one to a write carried out as well.
        session = AuthorizedSession(credentials, refresh_status_codes=(), auth_request=token_request)  # type: ignore[no-untyped-call]  # google-auth
        if address:
            session.trust_env = False
            for host in GOOGLE_HOSTS:
                session.mount(host, _Redirecting(address))
        self._client = _Client(credentials, session, token_request)
        self._client.set_timeout((CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS))
        self._retry = retry or RetryPolicy()
        self._before_call = before_call or (lambda _kind: None)
        self.calls = CallCount()

    def guarded(self, check: Callable[[str], None]) -> Self:
        """Give the same door, with a check before each request, repeats included; what it raises stops the call."""
        earlier = self._before_call

        def both(kind: str) -> None:
            earlier(kind)
            check(kind)

        door = copy.copy(self)
        door._before_call = both  # noqa: SLF001 - our own copy
        return door

    def read(self, file_id: str, ranges: Sequence[str], *, formulas: bool = False) -> list[ReadRange]:
        """Read many ranges in one call, in their order: raw values, trailing blanks missing.

        With `formulas` a cell that holds one gives it as it was entered («=B2*2»), not what it shows.
        Raises MissingRangeError when the file has no such tab.
        """
        shown = "FORMULA" if formulas else "UNFORMATTED_VALUE"
        params: Any = {"valueRenderOption": shown, "dateTimeRenderOption": "SERIAL_NUMBER"}
        url = SPREADSHEET_VALUES_BATCH_URL % file_id
        params["ranges"] = list(ranges)
        return self.send(
            "get", url, said("doing.read_book"), partial(_ranges_of, count=len(ranges)), params=params
        )

    def apply(
        self, file_id: str, batch: Sequence[Mapping[str, Any]], *, repeatable: bool = True
    ) -> list[dict[str, Any]]:
        """Apply requests atomically in one `batchUpdate`; an empty list sends nothing.

        `repeatable` = the same requests applied twice leave what once leaves. Without it a call that may
        have been carried out is not repeated: RetryableError with `carried_out` None.
        """
        if not batch:
            return []
        answer = self.send(
            "post",
            SPREADSHEET_BATCH_UPDATE_URL % file_id,
            said("doing.write_book"),
            partial(object_of, fields={"spreadsheetId": str, "replies": list}),
            repeatable=repeatable,
            json={"requests": list(batch)},
        )
        return list(answer["replies"])

    def describe(self, file_id: str, fields: str, ranges: Sequence[str] = ()) -> dict[str, Any]:
        """Get the spreadsheet resource, only the fields of the mask; of cells those of `ranges`, where given."""
        url = SPREADSHEET_URL % file_id
        params = {"fields": fields, **({"ranges": list(ranges)} if ranges else {})}
        return self.send(
            "get",
            url,
            said("doing.describe_book"),
            partial(object_of, fields=described_by(fields)),
            params=params,
        )

    def send(
        self,
        method: str,
        url: str,
        doing: Said,
        answer: Callable[[requests.Response], Answer],
        *,
        repeatable: bool = True,
        **options: Any,
    ) -> Answer:
        """Carry out one call with retries and give what `answer` takes from its response.

        Args:
            method: of HTTP, in small letters; all but "get" count as writes.
            url: Google's.
            doing: names the call in errors.
            answer: of those above, or like these.
            repeatable: see `apply`.
            options: as of gspread's `HTTPClient.request`.
        """
        kind = "read" if method == "get" else "write"

        def once() -> Answer:
            self._before_call(kind)
            if kind == "read":
                self.calls.reads += 1
            else:
                self.calls.writes += 1
            try:
                return answer(self._client.ask(method, url, **options))
            except _FAULTS as error:
                raise _translated(error, doing) from None

        return tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda error: _may_repeat(error, repeatable=repeatable)),
            wait=_waiting(self._retry),
            stop=tenacity.stop_after_attempt(self._retry.attempts),
            sleep=self._retry.sleep,
            before_sleep=_log_retry,
            reraise=True,
        )(once)


_RANGES: Fields = {"valueRanges": [{"range": str, "values": Maybe([list])}]}


def _ranges_of(response: requests.Response, count: int) -> list[ReadRange]:
    """Give the ranges of an answer, as many as were asked for."""
    answered = object_of(response, _RANGES)["valueRanges"]
    if len(answered) != count:
        raise StrangeAnswerError
    return [ReadRange(each["range"], each.get("values") or []) for each in answered]


def _token_request(address: str | None) -> TokenRequest:
    session = requests.Session()
    if address:
        session.trust_env = False
        # google-auth asks iamcredentials.googleapis.com about a service account's region, in a thread of its own.
        session.mount("https://", _Redirecting(address))
    return TokenRequest(session)


def _may_repeat(error: BaseException, *, repeatable: bool) -> bool:
    return isinstance(error, RetryableError) and (repeatable or error.carried_out is False)


def _waiting(policy: RetryPolicy) -> Callable[[tenacity.RetryCallState], float]:
    jitter = tenacity.wait_random_exponential(
        multiplier=policy.wait_first_seconds, max=policy.wait_max_seconds
    )

    def wait(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after_seconds if isinstance(error, RetryableError) else None
        return min(asked, policy.wait_max_seconds) if asked is not None else jitter(state)

    return wait


def _log_retry(state: tenacity.RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    log.info("Google: %s; attempt %d", error, state.attempt_number)


def _translated(error: Exception, doing: Said) -> TabloError:
    if isinstance(error, ErrorAnswerError):
        return _from_answer(error.response, doing)
    if isinstance(error, StrangeAnswerError):
        return RetryableError("google_unclear", doing=doing, carried_out=None)
    if isinstance(error, RefreshError) and not error.retryable:
        return ClientUnavailableError("google_key_refused", doing=doing)
    if isinstance(error, requests.ConnectTimeout):
        return RetryableError("google_unreachable", doing=doing)
    return RetryableError("google_cut_off", doing=doing, carried_out=None)


def _from_answer(response: requests.Response, doing: Said) -> TabloError:
    status, error = response.status_code, error_of(response)
    reason = _reason(error or {})
    answered: dict[str, Any] = {"doing": doing, "answer": f"{status} {reason}".rstrip()}
    if status in _RETRIED_STATUSES or (status == 403 and reason in _QUOTA_REASONS):
        refused = status in {403, 429}
        after = response.headers.get("Retry-After", "")
        return RetryableError(
            "google_busy",
            **answered,
            carried_out=False if refused else None,
            retry_after_seconds=float(after) if after.isascii() and after.isdecimal() else None,
        )
    if error is None:  # a proxy's page: it tells nothing of the file
        return RetryableError("google_unclear", doing=doing, carried_out=None)
    if status == 403 and reason == "storageQuotaExceeded":
        return RefusedError("google_without_space", doing=doing)
    if status in {401, 403, 404}:
        return ClientUnavailableError("file_out_of_reach", **answered)
    if status == 400 and "Unable to parse range" in str(error.get("message", "")):
        return MissingRangeError("tab_out_of_reach", doing=doing)
    return RefusedError("google_refused", **answered)


def _reason(error: Mapping[str, Any]) -> str:
    """Google's own short word for an error: its status or reason, never its message."""
    listed = error.get("errors")
    reasons = (
        [item.get("reason", "") for item in listed if isinstance(item, dict)]
        if isinstance(listed, list)
        else []
    )
    return str(next(iter(reasons), "") or error.get("status", ""))
