"""One Drive request at work, and the turning of plain functions into routes.

A handler takes a `Call` and returns the full resource; the wrapper runs it in one transaction (a GET's only reads
and waits for no writer), cuts the answer down to `fields` (or to what Google sends without them) and writes it. None is
204 without a body.
"""

from __future__ import annotations

import re
from asyncio import get_running_loop
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic_core import from_json, to_json
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sheets_emulator.drive.refusals import too_little_scope
from sheets_emulator.wire import masks
from sheets_emulator.wire.errors import ApiError, drive_error
from sheets_emulator.wire.schema import drive_messages, method_at, methods

if TYPE_CHECKING:
    from datetime import datetime

    from sheets_emulator.access.tokens import Caller
    from sheets_emulator.store.database import Txn
    from sheets_emulator.store.engine import Engine

Json = dict[str, Any]
T = TypeVar("T")
_OTHER_SCOPES = {
    "GET": ["drive", "drive.file", "drive.readonly", "spreadsheets", "spreadsheets.readonly"],
    "PUT": ["drive", "drive.file"],
}
JSON_TYPE = "application/json; charset=UTF-8"


class NotReadyError(Exception):
    """A handler needs the result of a long work: its transaction is to be taken back, the work done, and it run anew."""

    def __init__(self, name: Hashable, work: Callable[[], Any]) -> None:
        super().__init__(name)
        self.name, self.work = name, work


@dataclass(frozen=True)
class Call:
    """A request with its transaction; `content` is the raw body, `body` its JSON object."""

    engine: Engine
    txn: Txn
    caller: Caller
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    default_fields: str = "*"
    ready: dict[Hashable, Any] = field(default_factory=dict)

    def beforehand(self, name: Hashable, work: Callable[[], T]) -> T:
        """What a long work comes to that needs nothing more of the store: it is done outside of any transaction.

        `name` tells the request's works apart. The first call ends the handler; it runs anew with the result.
        """
        if name not in self.ready:
            raise NotReadyError(name, work)
        return cast("T", self.ready[name])

    @property
    def now(self) -> datetime:
        """This moment by the emulator's clock."""
        return self.engine.now()

    @cached_property
    def body(self) -> Json:
        """The JSON object sent; nulls on its top level count as not sent, as Google takes them."""
        return json_object(self.content)

    @property
    def fields(self) -> str:
        """The mask that holds for the answer."""
        return self.query.get("fields") or self.default_fields

    @cached_property
    def wanted(self) -> frozenset[str] | None:
        """Every name that the mask mentions, so that costly fields are left unmade; None = all."""
        return None if "*" in self.fields else frozenset(re.findall(r"\w+", self.fields))

    @property
    def all_drives(self) -> bool:
        """Whether the client says that it knows shared drives."""
        return self.flag("supportsAllDrives") or self.flag("supportsTeamDrives")

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean parameter; clients write `true`, `True` or `1`."""
        text = self.query.get(name)
        if text is None or not text:
            return default
        if text.lower() not in ("true", "false", "1", "0"):
            raise bad_parameter(name, f"Invalid boolean value: '{text}'.")
        return text.lower() in ("true", "1")

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number within a range, both ends included."""
        text = self.query.get(name)
        if not text:
            return default
        if not re.fullmatch(r"-?\d{1,9}", text) or not low <= int(text) <= high:
            raise bad_parameter(
                name, f"Invalid value '{text}'. Values must be within the range: [{low}, {high}]"
            )
        return int(text)


@dataclass(frozen=True)
class Bytes:
    """An answer that is no JSON."""

    content: bytes
    media_type: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Json | Bytes | None]


@dataclass(frozen=True)
class Work:
    """What a route does: its handler, the fields sent by default, its answer's message, and whether it writes."""

    handler: Handler
    fields: str
    message: str
    writes: bool


def route(
    path: str,
    method: str,
    handler: Handler,
    fields: str = "*",
    *,
    writes: bool | None = None,
    exports: bool = False,
) -> Route:
    """A route that answers with a handler; `fields` are those sent when the client names none.

    `writes` is whether the handler changes anything: by default all methods but GET do. One that `exports` may take
    long.
    """
    method_id = _method_id(path, method)
    message = methods("drive_v3")[method_id]["answer"] if method_id else ""
    others = _hidden_methods(path, method)
    work = Work(handler, fields, message, writes=method != "GET" if writes is None else writes)

    async def answer(request: Request) -> Response:
        if request.url.path in others:
            raise method_not_found(others[request.url.path])
        _check_scopes(request, method_id)
        content = await request.body()
        lanes = request.app.state.engine.lanes
        lane = lanes.exporting if exports else lanes.writing if work.writes else lanes.reading
        return await get_running_loop().run_in_executor(lane, _answer, request, content, work)

    return Route(path, answer, methods=[method], name=f"{method} {path}")


def _hidden_methods(path: str, verb: str) -> dict[str, str]:
    """Address → id of methods whose address looks like this one's with an id (`files/generateCseToken`)."""
    pattern = re.compile(re.sub(r"\{\w+\}", "[^/{}]+", path))
    return {
        method["path"]: name
        for name, method in methods("drive_v3").items()
        if method["verb"] == verb and method["path"] != path and pattern.fullmatch(method["path"])
    }


def method_not_found(known: str | None) -> ApiError:
    """404 for an address where nothing is, or, with its id, for a method of Google's that is not emulated."""
    told = f"Method not found: {known} is not emulated." if known else "Method not found."
    return drive_error(404, "notFound", told)


def _method_id(path: str, verb: str) -> str | None:
    """Which method of the discovery document this is; an upload is the method without content."""
    path = path.removeprefix("/upload")
    if verb == "PUT":  # the later requests of a resumable upload
        verb = "PATCH" if path.endswith("}") else "POST"
    return method_at("drive_v3", verb, path)


def _check_scopes(request: Request, method_id: str | None) -> None:
    """Refuse a token that was not given for this method; without an id, an address of the browser or of v2."""
    known = methods("drive_v3")[method_id]["scopes"].split() if method_id else _OTHER_SCOPES[request.method]
    if request.query_params.get("alt") == "media":
        known = [scope for scope in known if "metadata" not in scope]
    if not {scope.rpartition("/")[2] for scope in request.state.caller.scopes} & set(known):
        raise too_little_scope(method_id, known)


def _answer(request: Request, content: bytes, work: Work) -> Response:
    ready: dict[Hashable, Any] = {}
    while True:
        try:
            return _answer_at_once(request, content, work, ready)
        except NotReadyError as needed:
            ready[needed.name] = needed.work()


def _answer_at_once(request: Request, content: bytes, work: Work, ready: dict[Hashable, Any]) -> Response:
    engine: Engine = request.app.state.engine
    with engine.store.transaction() if work.writes else engine.store.reading() as txn:
        call = Call(
            engine=engine,
            txn=txn,
            caller=request.state.caller,
            path=request.path_params,
            query=request.query_params,
            headers=request.headers,
            content=content,
            default_fields=work.fields,
            ready=ready,
        )
        mask = _mask(call.fields, work.message)
        answer = work.handler(call)
    if answer is None:
        return Response(status_code=204)
    if isinstance(answer, Bytes):
        return Response(answer.content, answer.status, dict(answer.headers), answer.media_type)
    return Response(to_json(masks.project(answer, mask)), media_type=JSON_TYPE)


def _mask(text: str, message: str) -> masks.Mask:
    """The tree of `fields`; Google's refusal names the last part of a path that is not there."""
    wrong = text
    try:
        mask = masks.parse_mask(text)
        if message:
            wrong = ""
            masks.check_mask(mask, message, drive_messages())
    except masks.MaskError as error:
        told = f"Invalid field selection {wrong or str(error).rpartition('.')[2]}"
        raise drive_error(400, "invalidParameter", told, location=("parameter", "fields")) from error
    return mask


def json_object(content: bytes) -> Json:
    """The object in a request's body; an empty body is an empty object.

    Raises:
        ApiError: 400 `parseError`, no JSON object.
    """
    if not content.strip():
        return {}
    try:
        data = from_json(content)
    except ValueError as error:
        raise drive_error(400, "parseError", "Parse Error") from error
    if not isinstance(data, dict):
        raise drive_error(400, "parseError", "Parse Error")
    return {name: value for name, value in data.items() if value is not None}


def bad_parameter(name: str, message: str, reason: str = "invalidParameter") -> ApiError:
    """400 for a query parameter."""
    return drive_error(400, reason, message, location=("parameter", name))


def page(call: Call, items: list[Any], default: int, high: int) -> tuple[list[Any], str | None]:
    """One page of a list, and the token of the next; a token is the place where the next page begins."""
    size = call.number("pageSize", default, 1, high)
    token, start = call.query.get("pageToken"), 0
    if token:
        match = re.fullmatch(r"~!!~(\d{1,9})", token)
        if match is None:
            raise bad_parameter("pageToken", "Invalid Value", "invalid")
        start = int(match[1])
    following = start + size
    return items[start:following], f"~!!~{following}" if following < len(items) else None


def paths(*groups: Iterator[Route] | list[Route]) -> list[Route]:
    """Several lists of routes as one."""
    return [one for group in groups for one in group]
