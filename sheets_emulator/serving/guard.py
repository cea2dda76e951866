"""Who is let in at all: stands before everything else, and before each request of a batch.

A page in any tab of a browser may send requests to this machine, and a foreign name may be made to point to it
(DNS rebinding). So every request must name the emulator as its Host, and what a browser sends must come from
the emulator's own pages. Behind that, each address has a door:

- Google's APIs ask for a bearer token, later on;
- `/emulator/…` and `/admin/…` for the administrator's secret;
- what makes a browser come in (`/view/enter`), and the pages' scripts and style, for nothing;
- every other address, so all pages, for the session of a browser that came in.

There are no CORS headers: no other site may read an answer.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from sheets_emulator.access.doors import ENTRANCE
from sheets_emulator.store.admin_secret import SECRET_HEADER
from sheets_emulator.view import closed_page, session_in
from sheets_emulator.view.words import language_of, words
from sheets_emulator.wire.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    from sheets_emulator.access.doors import Doors
    from sheets_emulator.store.engine import Engine

_API = re.compile(r"/(v4|drive|upload)/|/spreadsheets/d/[^/]+/export$")
_TOKENS = re.compile(r"/token$|/batch(/|$)|/proof$")
_ADMIN = re.compile(r"/(emulator|admin)(/|$)")
_OPEN = re.compile(rf"{ENTRANCE}$|/view/[\w-]+\.(css|js)$")
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::\d{1,5})?", re.IGNORECASE)
_LOCAL = ("localhost", "127.0.0.1", "::1")
_EVERYWHERE = "0.0.0.0"  # noqa: S104  # compared, not bound
_READING = ("GET", "HEAD")


def is_api(path: str) -> bool:
    """Whether a path is one of Google's APIs, where callers show tokens."""
    return _API.match(path) is not None


@dataclass(frozen=True)
class Names:
    """The names under which an emulator answers.

    One that listens everywhere answers under every IP address as well: what rebinds is a name, never a number.
    """

    names: frozenset[str]
    any_number: bool = False

    def know(self, host: str) -> bool:
        """Whether a `Host` header names this emulator; its port is whatever the way here made of it."""
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = (match[1] or match[2]).lower()
        return name in self.names or (self.any_number and _is_number(name))


def names_of(url: str, more: Iterable[str] = ()) -> Names:
    """The names of an emulator that listens at `url`; `more` are those that its owner adds."""
    own = urlsplit(url).hostname or ""
    everywhere = own == _EVERYWHERE
    known = {*_LOCAL, own, *(name.lower() for name in more)}
    if everywhere:
        known.add(socket.gethostname().lower())
    return Names(frozenset(known), everywhere)


def _is_number(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def refusal(
    method: str, path: str, headers: Mapping[str, list[str]], names: Names, doors: Doors, cookie: str = ""
) -> str | None:
    """Why a request is not let in: `foreign_host`, `cross_site`, `no_secret`, `no_session`; None lets it in.

    `headers` are lists of values by names in lower case; `cookie` is the value of the session's cookie.
    """
    hosts = headers.get("host", [])
    if len(hosts) != 1 or not names.know(hosts[0]):
        return "foreign_host"
    if _is_cross_site(method, headers, hosts[0].lower()):
        return "cross_site"
    if is_api(path) or _TOKENS.match(path) or _OPEN.match(path):
        return None
    if _ADMIN.match(path):
        given = headers.get(SECRET_HEADER.lower(), [])
        return None if len(given) == 1 and doors.is_administrator(given[0]) else "no_secret"
    if method not in _READING and not headers.get("origin"):
        return "cross_site"  # every browser names the origin of what changes something
    return None if doors.is_session(cookie) else "no_session"


def _is_cross_site(method: str, headers: Mapping[str, list[str]], host: str) -> bool:
    """Whether a browser sends this for a page that is not the emulator's; a followed link is no such request."""
    own = (f"http://{host}", f"https://{host}")
    if any(origin.lower() not in own for origin in headers.get("origin", [])):
        return True
    if all(site in ("same-origin", "none") for site in headers.get("sec-fetch-site", [])):
        return False
    followed = headers.get("sec-fetch-mode") == ["navigate"] and headers.get("sec-fetch-dest") == ["document"]
    return method not in _READING or not followed


class Guard:
    """Answers 403 to whom it does not let in."""

    def __init__(self, app: ASGIApp, engine: Engine, doors: Doors) -> None:
        self._app, self._engine, self._doors = app, engine, doors
        self._names = names_of(engine.url, engine.settings.get("hosts", ()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http":
            headers: dict[str, list[str]] = {}
            for name, value in scope["headers"]:
                headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
            request = Request(scope)
            cookie = session_in(request, self._engine.url)
            why = refusal(scope["method"], scope["path"], headers, self._names, self._doors, cookie)
            if why is not None:
                await _answer(request, why)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _answer(request: Request, why: str) -> Response:
    """403 in the form that the address' callers read: Google's, the page's script's, or a person's."""
    told = words(language_of(request.headers.get("accept-language", "")))[why]
    path = request.scope["path"]
    if is_api(path) or _TOKENS.match(path) or _ADMIN.match(path):
        return JSONResponse(ApiError(403, "PERMISSION_DENIED", told).body(), 403)
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"message": told}, 403)
    return closed_page(request, why) if why == "no_session" else PlainTextResponse(told + "\n", 403)
