"""The view's routes: pages, windows of rows, saving a cell, coming in, choosing an account, the two asset files."""

import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sheets_emulator.access.doors import ENTRANCE, SESSION_SECONDS
from sheets_emulator.book.a1 import column_index, letters
from sheets_emulator.view.cookies import account_in, keep_account, keep_session, session_in
from sheets_emulator.view.entering import Entry, enter
from sheets_emulator.view.file_list import listing
from sheets_emulator.view.inside import RefusedError, call, download
from sheets_emulator.view.leaps import LEAPS
from sheets_emulator.view.opened import opened
from sheets_emulator.view.validation import sentence
from sheets_emulator.view.words import language_of, words

if TYPE_CHECKING:
    from sheets_emulator.store.records import AccountRecord

Json = Mapping[str, Any]
_ASSETS = Path(__file__).parent / "assets"
_CELL = re.compile(r"[A-Z]{1,3}[1-9]\d{0,7}$")
_pages = Environment(
    loader=PackageLoader("sheets_emulator.view", "assets"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


async def _files(request: Request) -> Response:
    account, accounts = await _accounts(request)
    text = words(language_of(request.headers.get("accept-language", "")))
    files: list[Any] = []
    if account is not None:
        query = {
            "pageSize": 1000,
            "q": "trashed = false",
            "fields": "files(id,name,mimeType,parents,owners(emailAddress),modifiedTime,capabilities(canEdit),"
            "permissions(type,role,emailAddress,domain))",
            "corpora": "allDrives",
            "supportsAllDrives": "true",
            "includeItemsFromAllDrives": "true",
        }
        answer = await call(request, account, "GET", "/drive/v3/files", query=query)
        files = listing(answer.get("files", []), text)
    return _page(request, "files.html", account=account, accounts=accounts, files=files)


async def _edit(request: Request) -> Response:
    """A spreadsheet with one tab open (`?gid=`)."""
    account, accounts = await _accounts(request)
    if account is None:
        return RedirectResponse("/", 303)
    try:
        shown = await opened(request, account)
    except RefusedError as refused:
        return _page(
            request,
            "refused.html",
            refused.status,
            account=account,
            accounts=accounts,
            message=refused.message,
        )
    first = await shown.window(0)
    return _page(
        request,
        "sheet.html",
        account=account,
        accounts=accounts,
        file=shown,
        layout=shown.layout,
        window=first,
        charts=await shown.charts(
            words(language_of(request.headers.get("accept-language", "")))["not_drawn"]
        ),
        tabs=shown.tabs(),
        rules=[*first.rules.css(), *shown.fixed_rules()],
        blocks=shown.blocks(),
    )


async def _rows(request: Request) -> Response:
    """One window of rows: `{html, rules, shape}`, with the first one also the `charts`.

    The browser loads the page anew when `shape` changes.
    """
    account, _ = await _accounts(request)
    if account is None:
        return JSONResponse({"message": "no account"}, 403)
    try:
        shown = await opened(request, account)
        start, size = int(request.query_params.get("start", "0")), shown.layout.window_rows
        window = await shown.window(max(0, start // size * size))
    except RefusedError as refused:
        return JSONResponse({"message": refused.message}, refused.status)
    except ValueError:
        return JSONResponse({"message": "start is no number"}, 400)
    text = words(language_of(request.headers.get("accept-language", "")))
    answer = {
        "html": _pages.get_template("rows.html").render(window=window, layout=shown.layout, t=text),
        "rules": window.rules.css(),
        "shape": shown.shape(),
    }
    if window.start == 0:
        charts = await shown.charts(text["not_drawn"])
        answer["charts"] = _pages.get_template("charts.html").render(charts=charts)
    return JSONResponse(answer)


async def _version(request: Request) -> Response:
    """The file's version for the live refresh."""
    account, _ = await _accounts(request)
    if account is None:
        return JSONResponse({"message": "no account"}, 403)
    query = {"fields": "version,modifiedTime", "supportsAllDrives": "true"}
    path = f"/drive/v3/files/{request.path_params['file_id']}"
    try:
        return JSONResponse(await call(request, account, "GET", path, query=query))
    except RefusedError as refused:
        return JSONResponse({"message": refused.message}, refused.status)


async def _leap(request: Request) -> Response:
    """Where a key leads from a cell: `{cell, place}` with the row's place from 1; nulls for no free row."""
    account, _ = await _accounts(request)
    if account is None:
        return JSONResponse({"message": "no account"}, 403)
    start, way = request.query_params.get("cell", ""), request.query_params.get("way", "")
    if not _CELL.match(start) or way not in LEAPS:
        return JSONResponse({"message": "expected cell and way"}, 400)
    name = start.rstrip("0123456789")
    try:
        shown = await opened(request, account)
        end = await shown.leap(int(start[len(name) :]) - 1, column_index(name), way)
    except RefusedError as refused:
        return JSONResponse({"message": refused.message}, refused.status)
    if end is None:
        return JSONResponse({"cell": None, "place": None})
    return JSONResponse({"cell": f"{letters(end[1])}{end[0] + 1}", "place": end[2] + 1})


async def _download(request: Request) -> Response:
    """The spreadsheet as a file: `format`, and `gid` for one tab alone."""
    account, accounts = await _accounts(request)
    if account is None:
        return RedirectResponse("/", 303)
    query = {name: request.query_params[name] for name in ("format", "gid") if name in request.query_params}
    path = f"/spreadsheets/d/{request.path_params['file_id']}/export"
    try:
        content, headers = await download(request, account, path, query)
    except RefusedError as refused:
        message = refused.message
        return _page(
            request, "refused.html", refused.status, account=account, accounts=accounts, message=message
        )
    return Response(
        content, headers=headers | {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    )


async def _save(request: Request) -> Response:
    """Type texts into a cell and those below and to its right, as the chosen account: JSON `{gid, cell, rows}`.

    Answers `{saved, warned}`, or 422 with `refused`, where the columns' validation has something against it.
    """
    account, _ = await _accounts(request)
    if account is None:
        return JSONResponse({"message": "no account"}, 403)
    try:
        wanted = await request.json()
        gid, cell = int(wanted["gid"]), str(wanted["cell"])
        rows = [[str(text) for text in row] for row in wanted["rows"]]
    except (ValueError, KeyError, TypeError, OverflowError):
        cell = ""
    if not _CELL.match(cell):
        return JSONResponse({"message": "expected {gid, cell, rows}"}, 400)
    text = words(language_of(request.headers.get("accept-language", "")))
    try:
        remarks = await enter(request, account, Entry(request.path_params["file_id"], gid, cell, rows))
    except RefusedError as refused:
        return JSONResponse({"message": refused.message}, refused.status)
    told = [{"cell": remark.cell, "message": sentence(remark.rule, text)} for remark in remarks]
    refusing = [one for one, remark in zip(told, remarks, strict=True) if remark.refuses]
    if refusing:
        return JSONResponse({"message": refusing[0]["message"], "refused": refusing}, 422)
    return JSONResponse({"saved": True, "warned": told})


async def _choose(request: Request) -> Response:
    """Remember the chosen account in a cookie and go back to the page."""
    form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
    back = form.get("back", "/")
    if not back.startswith("/") or back.startswith(("//", "/\\")):
        back = "/"
    answer = RedirectResponse(back, 303)
    keep_account(request, answer, form.get("account", ""))
    return answer


async def _enter(request: Request) -> Response:
    """Let a browser in that has a one-time key; one that is in already goes on without one."""
    doors = request.app.state.doors
    answer = RedirectResponse("/", 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    if request.method != "GET":
        return answer  # a look at the link does not use it up
    session = doors.session_for(request.query_params.get("key", ""))
    if session is not None:
        keep_session(request, answer, session, SESSION_SECONDS)
    elif not doors.is_session(session_in(request, request.app.state.engine.url)):
        return closed_page(request, "link_used")
    return answer


def closed_page(request: Request, why: str) -> Response:
    """403 for a browser that has not come in; `why` names the sentence."""
    path = request.url.path
    text = words(language_of(request.headers.get("accept-language", "")))
    on = "/" if path == ENTRANCE or path.startswith("//") else path
    return _page(request, "closed.html", 403, accounts=[], message=text[why], on=on)


async def _asset(request: Request) -> Response:
    """A script or the style sheet."""
    asset = _ASSETS / request.path_params["name"]
    kind = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}.get(asset.suffix)
    if kind is None or asset not in _ASSETS.iterdir():
        return Response("Not found.\n", 404, media_type="text/plain")
    return Response(asset.read_bytes(), media_type=kind, headers={"Cache-Control": "no-cache"})


async def _accounts(request: Request) -> tuple["AccountRecord | None", list["AccountRecord"]]:
    """The account chosen by cookie (else the first person), and all of them."""
    engine = request.app.state.engine

    def load() -> list["AccountRecord"]:
        with engine.store.reading() as txn:
            return list(txn.accounts())

    accounts = sorted(await run_in_threadpool(load), key=lambda a: (a.kind != "user", a.email))
    chosen = account_in(request)
    caller = next((a for a in accounts if quote(a.email) == chosen), accounts[0] if accounts else None)
    return caller, accounts


def _page(request: Request, template: str, status: int = 200, **values: Any) -> Response:
    language = language_of(request.headers.get("accept-language", ""))
    nonce = secrets.token_urlsafe(16)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    html = _pages.get_template(template).render(
        t=words(language), language=language, nonce=nonce, here=here, **values
    )
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    return Response(html, status, headers, media_type="text/html; charset=utf-8")


routes = [
    Route("/", _files),
    Route(ENTRANCE, _enter),
    Route("/spreadsheets/d/{file_id}/edit", _edit),
    Route("/spreadsheets/d/{file_id}/edit", _save, methods=["POST"]),
    Route("/spreadsheets/d/{file_id}/rows", _rows),
    Route("/spreadsheets/d/{file_id}/leap", _leap),
    Route("/spreadsheets/d/{file_id}/download", _download),
    Route("/spreadsheets/d/{file_id}/version", _version),
    Route("/view/account", _choose, methods=["POST"]),
    Route("/view/{name}", _asset),
]
