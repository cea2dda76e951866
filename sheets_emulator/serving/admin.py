"""Admin calls: accounts, tokens, links to the pages; `guard.py` lets only those through that show the secret.

`GET /proof?nonce=` alone stands outside: it proves to the holder of the secret who answers here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sheets_emulator.access.accounts import ensure_account, key_file, list_accounts
from sheets_emulator.access.tokens import issue_token
from sheets_emulator.wire.errors import ApiError

if TYPE_CHECKING:
    from starlette.requests import Request

    from sheets_emulator.access.doors import Doors
    from sheets_emulator.store.engine import Engine

_NONCE = re.compile(r"[0-9a-f]{16,64}")


async def _accounts(request: Request) -> Response:
    """The accounts with their key files; POST {email, name, kind} makes one."""
    engine: Engine = request.app.state.engine

    def answer(wanted: dict[str, Any] | None) -> list[dict[str, str]]:
        if wanted is not None:
            ensure_account(engine.store, wanted["email"], wanted.get("name", ""), wanted.get("kind", "user"))
        return [
            {
                "email": account.email,
                "name": account.display_name,
                "kind": account.kind,
                "keyFile": str(key_file(engine.store, account.email, f"{engine.url}/token")),
            }
            for account in list_accounts(engine.store)
        ]

    return await _admin(request, answer)


async def _issue(request: Request) -> Response:
    """POST {email} gives {token}."""
    engine: Engine = request.app.state.engine
    return await _admin(request, lambda wanted: {"token": issue_token(engine.store, (wanted or {})["email"])})


async def _link(request: Request) -> Response:
    """POST gives {link}, which opens the pages in one browser, once."""
    doors: Doors = request.app.state.doors
    return JSONResponse({"link": doors.new_link(request.app.state.engine.url)})


async def _proof(request: Request) -> Response:
    """Which run of which folder answers here, told only to those who know the folder's secret."""
    doors: Doors = request.app.state.doors
    nonce = request.query_params.get("nonce", "")
    if not _NONCE.fullmatch(nonce):
        return _refused("nonce is no hexadecimal number of 16 to 64 digits")
    return JSONResponse({"proof": doors.proof(request.app.state.engine.instance, nonce)})


async def _admin(request: Request, answer: Any) -> Response:
    try:
        wanted = await request.json() if request.method == "POST" else None
        return JSONResponse(await run_in_threadpool(answer, wanted))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return _refused(str(error))


def _refused(why: str) -> Response:
    return JSONResponse(ApiError(400, "INVALID_ARGUMENT", f"Admin request refused: {why}").body(), 400)


routes = [
    Route("/emulator/accounts", _accounts, methods=["GET", "POST"]),
    Route("/emulator/token", _issue, methods=["POST"]),
    Route("/emulator/links", _link, methods=["POST"]),
    Route("/proof", _proof),
]
