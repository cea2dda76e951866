"""The HTTP application: authentication, error forms, and the routes of Sheets, Drive and the admin calls."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl

from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sheets_emulator import drive, view
from sheets_emulator.access.accounts import GOOGLE_TOKEN_URI
from sheets_emulator.access.tokens import GrantError, caller_of, grant
from sheets_emulator.drive.call import method_not_found
from sheets_emulator.serving import admin, batching, faults
from sheets_emulator.serving.guard import Guard, is_api
from sheets_emulator.sheets.routes import routes as sheets_routes
from sheets_emulator.wire.errors import ApiError
from sheets_emulator.wire.schema import method_at

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from sheets_emulator.access.doors import Doors
    from sheets_emulator.store.engine import Engine

_log = logging.getLogger("sheets_emulator")
_MISSING = (
    "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other "
    "valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
)


def build_app(engine: Engine, doors: Doors) -> ASGIApp:
    """The application of one emulator; `engine` and `doors` stand in `request.app.state`."""
    app = Starlette(
        routes=[
            *sheets_routes,
            *drive.routes,
            Route("/token", _token, methods=["POST"]),
            *admin.routes,
            *batching.routes,
            *faults.routes,
            *view.routes,
        ],
        exception_handlers={ApiError: _api_error, 404: _no_route, 405: _no_route, Exception: _crash},
    )
    app.state.engine, app.state.doors = engine, doors
    inside = batching.MethodOverride(faults.FaultMiddleware(_Authenticated(app, engine), engine))
    app.state.front = Guard(inside, engine, doors)
    return cast("ASGIApp", app.state.front)


class _Authenticated:
    """Finds the caller of every API request and puts it into `request.state.caller`."""

    def __init__(self, app: ASGIApp, engine: Engine) -> None:
        self._app, self._engine = app, engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and is_api(scope["path"]):
            if scope["path"].startswith("/drive/") and scope["path"].endswith("/"):
                scope["path"] = scope["path"].removesuffix("/")  # google-spreadsheet writes `files/ID/`
            header = next((v.decode("latin-1") for n, v in scope["headers"] if n == b"authorization"), None)
            if header is None:
                token = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("access_token")
                header = f"Bearer {token}" if token else None
            try:
                scope.setdefault("state", {})["caller"] = await run_in_threadpool(self._caller, header)
            except ApiError as error:
                if not scope["path"].startswith("/v4/"):
                    error.reasons = [
                        {
                            "message": "Invalid Credentials",
                            "domain": "global",
                            "reason": "authError",
                            "location": "Authorization",
                            "locationType": "header",
                        }
                    ]
                await error_answer(error)(scope, receive, send)
                return
        try:
            await self._app(scope, receive, send)
        except Exception:  # noqa: BLE001  # `_crash` has logged and answered it; the connection lives on
            return

    def _caller(self, header: str | None) -> Any:
        if header is None:
            raise ApiError(401, "UNAUTHENTICATED", _MISSING)
        with self._engine.store.reading() as txn:
            return caller_of(txn, header, self._engine.clock(), self._engine.url)


def error_answer(error: ApiError) -> Response:
    """The HTTP answer of a refusal."""
    return Response(
        to_json(error.body()), error.code, error.headers, media_type="application/json; charset=UTF-8"
    )


def _api_error(_: Request, error: Exception) -> Response:
    if not isinstance(error, ApiError):
        raise error
    return error_answer(error)


def _no_route(request: Request, _: Exception) -> Response:
    path = request.url.path
    if not is_api(path) and not path.startswith("/batch"):
        return Response("Not found.\n", 404, media_type="text/plain")
    if path.startswith("/v4/"):
        return error_answer(ApiError(404, "NOT_FOUND", "Method not found."))
    return error_answer(method_not_found(method_at("drive_v3", request.method, path)))


def _crash(request: Request, error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return error_answer(ApiError(500, "INTERNAL", "Internal error encountered."))


async def _token(request: Request) -> Response:
    """OAuth 2: a signed assertion or a refresh token against a bearer token."""
    engine: Engine = request.app.state.engine
    form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
    addresses = {GOOGLE_TOKEN_URI, "https://www.googleapis.com/oauth2/v4/token", f"{engine.url}/token"}

    def answer() -> dict[str, Any]:
        with engine.store.transaction() as txn:
            return grant(txn, form, addresses, engine.clock())

    try:
        return JSONResponse(await run_in_threadpool(answer))
    except GrantError as error:
        return JSONResponse({"error": error.error, "error_description": str(error)}, 400)
