"""Batches: many requests in one (`POST /batch/drive/v3`), and requests whose method a header replaces.

Each inner request goes through everything that it would meet alone: token, quota, bad days. A batch is not
atomic: one refusal stops no other. Source: Drive API guide 'Send multiple requests in one batch'.
"""

from __future__ import annotations

import re
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING

from pydantic_core import to_json
from starlette.responses import Response
from starlette.routing import Route

from sheets_emulator.serving.fault_answers import ConnectionCutError
from sheets_emulator.wire.errors import ApiError, drive_error
from sheets_emulator.wire.in_process import Answer, ask
from sheets_emulator.wire.multipart import boundary_of, headers_and_content, parts_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MOST_REQUESTS = 100
_LINE = re.compile(r"(GET|POST|PUT|PATCH|DELETE)[ ]+(?:https?://[^/\s]+)?(/[!-~]*)(?:[ ]+HTTP/[\d.]+)?")
_SINGLE_ONLY = re.compile(r"/upload/|/batch|/resumable/|[^?]*/export(\?|$)|.*[?&]alt=media(&|$)")
_KEPT_HEADERS = (b"content-type", b"vary", b"etag", b"www-authenticate", b"retry-after", b"location")
_OVERRIDING = ("GET", "PUT", "PATCH", "DELETE")


class MethodOverride:
    """Takes the method from `X-HTTP-Method-Override`, as clients send reads whose addresses are too long.

    google-api-python-client turns a GET of more than 2,048 characters into a POST whose form is the query.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, perhaps as another."""
        if scope["type"] == "http" and scope["method"] == "POST":
            headers = dict(scope["headers"])
            wanted = headers.get(b"x-http-method-override", b"").decode("latin-1").upper()
            if wanted in _OVERRIDING:
                scope = dict(scope, method=wanted)
                if headers.get(b"content-type", b"").startswith(b"application/x-www-form-urlencoded"):
                    form = await _body(receive)
                    queries = [part for part in (scope["query_string"], form.strip()) if part]
                    scope["query_string"] = b"&".join(queries)
                    receive = _nothing_more(receive)
        await self._app(scope, receive, send)


async def _body(receive: Receive) -> bytes:
    content, more = b"", True
    while more:
        message = await receive()
        content += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
    return content


def _nothing_more(receive: Receive) -> Receive:
    """An empty body, then whatever else the server tells."""
    waiting: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def next_message() -> Message:
        return waiting.pop() if waiting else await receive()

    return next_message


async def _batch(request: Request) -> Response:
    """All requests of a batch, one after the other; each answer carries its request's Content-ID."""
    boundary = boundary_of(request.headers.get("content-type", ""))
    parts = parts_of(await request.body(), boundary) if boundary else []
    if not parts:
        told = "Failed to parse batch request, error: 0 items."
        raise drive_error(400, "badRequest", told)
    answers = []
    for number, (headers, content) in enumerate(parts):
        answer = await _one(request, content) if number < _MOST_REQUESTS else _refused(_too_many())
        answers.append(_part(headers.get("content-id", ""), answer))
    mark = f"batch_{secrets.token_urlsafe(24)}".encode()
    body = b"".join(b"--%b\r\n%b\r\n" % (mark, part) for part in answers) + b"--%b--" % mark
    return Response(body, media_type=f"multipart/mixed; boundary={mark.decode()}")


async def _one(request: Request, content: bytes) -> Answer:
    line, _, rest = content.lstrip().partition(b"\n")
    match = _LINE.fullmatch(line.decode("latin-1").strip())
    if match is None:
        return _refused(drive_error(400, "badRequest", "Failed to parse inner request."))
    if _SINGLE_ONLY.match(match[2]):
        told = "Uploads, downloads and exports cannot be part of a batch."
        return _refused(drive_error(400, "badRequest", told))
    headers, body = headers_and_content(rest)
    outer = request.headers.get("authorization")
    if outer is not None:
        headers.setdefault("authorization", outer)
    headers["host"] = request.headers["host"]  # an inner request passes the guard as well
    headers.pop("content-length", None)
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    try:
        return await ask(request.app.state.front, request.scope, match[1], match[2], raw, body.strip())
    except (
        ConnectionCutError
    ):  # a bad day: behind a batch there is no connection to cut, but an answer missing
        return _refused(drive_error(503, "backendError", "The service is currently unavailable."))


def _too_many() -> ApiError:
    told = "Exceeds allowed inner batch requests soft limit. Please retry."
    return drive_error(403, "forbidden", told)


def _refused(error: ApiError) -> Answer:
    kind = [(b"content-type", b"application/json; charset=UTF-8")]
    return Answer(error.code, kind, to_json(error.body()))


def _part(content_id: str, answer: Answer) -> bytes:
    """One answer as a part; `<x + 1>` comes back as `<response-x + 1>`."""
    names = ["Content-Type: application/http"]
    if content_id:
        start = "<response-" if content_id.startswith("<") else "response-"
        names.append(f"Content-ID: {start}{content_id.removeprefix('<')}")
    reason = next((status.phrase for status in HTTPStatus if status == answer.status), "")
    kept = [b"%b: %b" % (name, value) for name, value in answer.headers if name.lower() in _KEPT_HEADERS]
    head = "\r\n".join(names).encode("latin-1", "replace")
    status = f"HTTP/1.1 {answer.status} {reason}".encode()
    length = b"Content-Length: %d" % len(answer.content)
    return b"\r\n".join([head, b"", status, *kept, length, b"", answer.content])


routes = [
    Route("/batch", _batch, methods=["POST"]),
    Route("/batch/{api}/{version}", _batch, methods=["POST"]),
]
