"""How a fault looks on the wire: Google's error bodies, and answers that break off."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from sheets_emulator.wire.errors import STATUS_OF_CODE, ApiError, drive_error

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MESSAGES = {
    500: "Internal error encountered.",
    502: "Bad Gateway",
    503: "The service is currently unavailable.",
    504: "Deadline expired before operation could complete.",
}
_DRIVE_REASONS = {500: "internalError", 503: "backendError", 429: "rateLimitExceeded"}
_PIECES = 8
_PROJECT = "projects/000000000000"


class ConnectionCutError(Exception):
    """Raised where the server gives no hold of its connection: it then closes it in its own way."""


@dataclass(frozen=True)
class Disturbed:
    """What happens to one request; no kind and no latency: nothing."""

    kind: str = ""
    status: int = 0
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    latency_seconds: float = 0.0
    pause_seconds: float = 0.0

    def after(self, latency_seconds: float, pause_seconds: float) -> Disturbed:
        """The same, late."""
        return replace(self, latency_seconds=latency_seconds, pause_seconds=pause_seconds)


def error_body(path: str, status: int) -> dict[str, Any]:
    """Google's JSON for a server's failure, in the form of the API that the path belongs to."""
    message = _MESSAGES.get(status, "Unknown Error.")
    if path.startswith("/v4/"):
        return ApiError(status, STATUS_OF_CODE.get(status, "UNKNOWN"), message).body()
    return drive_error(status, _DRIVE_REASONS.get(status, "backendError"), message).body()


def quota_body(kind: str, *, per_user: bool, limit: int) -> dict[str, Any]:
    """The body of an answer to one request too many; `kind` is `read`, `write` (Sheets) or `drive`."""
    if kind == "drive":
        return drive_error(
            403, "userRateLimitExceeded", "User Rate Limit Exceeded", domain="usageLimits"
        ).body()
    named = "Read" if kind == "read" else "Write"
    of_whom = " per user" if per_user else ""
    message = (
        f"Quota exceeded for quota metric '{named} requests' and limit '{named} requests per minute{of_whom}' "
        f"of service 'sheets.googleapis.com' for consumer 'project_number:{_PROJECT.rpartition('/')[2]}'."
    )
    metadata = {
        "service": "sheets.googleapis.com",
        "consumer": _PROJECT,
        "quota_metric": f"sheets.googleapis.com/{named.lower()}_requests",
        "quota_limit": f"{named}RequestsPerMinutePer{'User' if per_user else 'Project'}",
        "quota_limit_value": str(limit),
        "quota_unit": "1/min/{project}/{user}" if per_user else "1/min/{project}",
        "quota_location": "global",
    }
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "RATE_LIMIT_EXCEEDED",
        "domain": "googleapis.com",
        "metadata": metadata,
    }
    return ApiError(429, "RESOURCE_EXHAUSTED", message, [info]).body()


async def disturb(app: ASGIApp, scope: Scope, receive: Receive, send: Send, fault: Disturbed) -> None:
    """Let the application answer, or not, as the fault says."""
    if fault.kind == "error_before":
        await _answer(send, fault)
    elif fault.kind == "cut_before":
        await _cut(receive, send)
    elif not fault.kind:
        await app(scope, receive, send)
    else:
        answer = await _collected(app, scope, receive)
        if fault.kind == "error_after":
            await _answer(send, fault)
        elif fault.kind == "cut_after":
            await _cut(receive, send)
        else:
            await _send_slowly(receive, send, answer, fault)


async def _cut(receive: Receive, send: Send) -> None:
    """Close the connection now. ASGI knows no such message: uvicorn's `send` belongs to an object with a transport."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionCutError
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _collected(app: ASGIApp, scope: Scope, receive: Receive) -> list[Message]:
    """The whole answer of the application, its work done and stored."""
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    return messages


async def _answer(send: Send, fault: Disturbed) -> None:
    content = to_json(fault.body)
    named = {
        "content-type": "application/json; charset=UTF-8",
        "content-length": str(len(content)),
    } | fault.headers
    headers = [(name.lower().encode(), value.encode()) for name, value in named.items()]
    await send({"type": "http.response.start", "status": fault.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def _send_slowly(receive: Receive, send: Send, answer: list[Message], fault: Disturbed) -> None:
    """The answer in pieces with pauses; `cut_middle` stops after half of them."""
    start, content = answer[0], b"".join(message.get("body", b"") for message in answer[1:])
    await send(start)
    size = max(1, -(-len(content) // _PIECES))
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    if fault.kind == "cut_middle":
        for piece in pieces[: len(pieces) // 2]:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await _cut(receive, send)
        return
    for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(fault.pause_seconds)
    await send({"type": "http.response.body", "body": b""})
