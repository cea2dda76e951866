"""Requests to the application from inside its own process, without a socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Answer:
    """What the application said."""

    status: int
    headers: Headers
    content: bytes


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

    `outer` is the scope of the request that makes this one: it lends the addresses of both ends. What the
    application raises after no answer, or half of one, comes through.
    """
    import httpx  # noqa: PLC0415  # only batches and the browser's pages need it

    path, _, query = target.partition("?")

    async def as_asked(scope: Scope, receive: Receive, send: Send) -> None:
        # httpx would write the address anew: `..` taken out, `"` and `|` quoted. Here it stays as it came.
        here = {
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "server": outer.get("server"),
            "client": outer.get("client"),
            "state": state or {},
        }
        await app({**scope, **here}, receive, send)

    request = httpx.Request(verb, "http://emulator", headers=headers, content=content)
    answer = await httpx.ASGITransport(as_asked).handle_async_request(request)
    return Answer(answer.status_code, answer.headers.raw, await answer.aread())
