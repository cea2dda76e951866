"""Calls of the emulator's own API from inside its process, made as a chosen account."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from starlette.requests import Request

from sheets_emulator.access.tokens import ALL_SCOPES, Caller
from sheets_emulator.wire.in_process import Answer, ask

if TYPE_CHECKING:
    from sheets_emulator.store.records import AccountRecord


class RefusedError(Exception):
    """The API answered with an error; the message is Google's own sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


async def call(
    request: Request,
    account: "AccountRecord",
    method: str,
    path: str,
    *,
    query: Mapping[str, Any] | None = None,
    body: Any = None,
) -> Any:
    """The JSON that the API answers to this account.

    `path` is unquoted. The call goes through the application's routes without a socket; who calls is told
    directly, as a bearer token would tell.

    Raises:
        RefusedError: the API answered with a status of 400 or above.
    """
    answer = await _answer(request, account, (method, path), query, body)
    return _read(answer.status, answer.content)


async def download(
    request: Request, account: "AccountRecord", path: str, query: Mapping[str, Any]
) -> tuple[bytes, dict[str, str]]:
    """The bytes that the API gives this account, with their type and name as headers.

    Raises:
        RefusedError: the API answered with a status of 400 or above.
    """
    answer = await _answer(request, account, ("GET", path), query, None)
    if answer.status >= 400:
        _read(answer.status, answer.content)
    kept = {"content-type", "content-disposition"}
    headers = {name.decode().lower(): value.decode() for name, value in answer.headers}
    return answer.content, {name: value for name, value in headers.items() if name in kept}


async def _answer(
    request: Request,
    account: "AccountRecord",
    target: tuple[str, str],
    query: Mapping[str, Any] | None,
    body: Any,
) -> Answer:
    method, path = target
    caller = Caller(account.email, account.display_name, account.kind, frozenset(ALL_SCOPES))
    return await ask(
        request.app,
        request.scope,
        method,
        f"{quote(path)}?{urlencode(query or {}, doseq=True)}",
        [(b"host", b"emulator"), (b"content-type", b"application/json")],
        b"" if body is None else json.dumps(body).encode(),
        {"caller": caller},
    )


def _read(status: int, answer: bytes) -> Any:
    try:
        data = json.loads(answer) if answer else {}
    except ValueError:
        data = {}
    if status >= 400:
        error = data.get("error") if isinstance(data, dict) else None
        message = error.get("message") if isinstance(error, dict) else None
        raise RefusedError(status, message or f"HTTP {status}")
    return data
