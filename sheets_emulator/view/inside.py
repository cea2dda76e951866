"""Calls of the emulator's own API from inside its process, made as a chosen account."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.types import Message

from sheets_emulator.identity import ALL_SCOPES, Caller

if TYPE_CHECKING:
    from sheets_emulator.records import AccountRecord


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
    payload = b"" if body is None else json.dumps(body).encode()
    headers = [(b"host", b"emulator"), (b"content-type", b"application/json")]
    caller = Caller(account.email, account.display_name, account.kind, frozenset(ALL_SCOPES))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": quote(path).encode(),
        "root_path": "",
        "query_string": urlencode(query or {}, doseq=True).encode(),
        "headers": [*headers, (b"content-length", str(len(payload)).encode())],
        "server": request.scope.get("server"),
        "client": request.scope.get("client"),
        "state": {"caller": caller},
    }
    sent = False
    status = 500
    answer = bytearray()

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": payload, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body":
            answer.extend(message.get("body", b""))

    await request.app(scope, receive, send)
    return _read(status, bytes(answer))


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
