"""Requests to the application from inside its own process, without a socket."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Scope

Headers = list[tuple[bytes, bytes]]


@dataclass
class Answer:
    """What the application said; status 500 where it said nothing."""

    status: int = 500
    headers: Headers = field(default_factory=list)
    content: bytes = b""


async def ask(
    app: ASGIApp,
    outer: Scope,
    verb: str,
    target: str,
    headers: Headers,
    content: bytes = b"",
    state: dict[str, Any] | None = None,
) -> Answer:
    """The answer to a request for `target` (path and query, as on the wire).

    `outer` is the scope of the request that makes this one: it lends the addresses of both ends.
    """
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": verb,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [*headers, (b"content-length", str(len(content)).encode())],
        "server": outer.get("server"),
        "client": outer.get("client"),
        "state": state or {},
    }
    answer, waiting = Answer(), [{"type": "http.request", "body": content, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status, answer.headers = message["status"], list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            answer.content += message.get("body", b"")

    await app(scope, receive, send)
    return answer
