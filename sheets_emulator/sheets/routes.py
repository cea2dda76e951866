"""Addresses of Sheets v4. They are taken apart undecoded: a range may hold `/`, `:` and `?` in its title."""

from __future__ import annotations

import re
from asyncio import get_running_loop
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from pydantic_core import to_json
from starlette.responses import Response
from starlette.routing import Route

from sheets_emulator.sheets import spreadsheets, values
from sheets_emulator.sheets.call import Call, mask_for, masked
from sheets_emulator.wire.bodies import read_body, read_query
from sheets_emulator.wire.errors import ApiError
from sheets_emulator.wire.schema import methods as discovered
from sheets_emulator.wire.schema import sheets_parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from sheets_emulator.book.document import Json
    from sheets_emulator.store.database import Txn
    from sheets_emulator.store.engine import Engine, Lanes


@dataclass(frozen=True)
class Endpoint:
    """A method: HTTP verb, pattern of its raw path, what it does, its body's and answer's message.

    `body_field` is the request's field that takes the body, as error messages name it. What `reads` alone
    stands on one moment of the store and waits for no writer.
    """

    id: str
    verb: str
    pattern: re.Pattern[str]
    run: Callable[[Call], Json]
    answer: str
    body: str | None = None
    body_field: str = ""
    reads: bool = False


def _endpoint(id_: str, verb: str, path: str, run: Any, answer: str, **more: Any) -> Endpoint:
    named = re.sub(
        r"\{(\w+)\}", lambda m: f"(?P<{m[1]}>[^/]+)" if m[1] == "range" else f"(?P<{m[1]}>[^/:]+)", path
    )
    return Endpoint(
        f"sheets.spreadsheets.{id_}".rstrip("."),
        verb,
        re.compile(f"/v4/spreadsheets{named}"),
        run,
        answer,
        **({"reads": verb == "GET"} | more),
    )


_VALUES = "/{id}/values"
# `/?` before `:`: google-spreadsheet writes one, and Google takes it.
# In this order: `values:batchGet` before `values/{range}`, `{range}:append` before `{range}`.
ENDPOINTS = (
    _endpoint("create", "POST", "", spreadsheets.create, "Spreadsheet", body="Spreadsheet", body_field="spreadsheet"),
    _endpoint("batchUpdate", "POST", "/{id}/?(?::|%3A)batchUpdate", spreadsheets.batch_update, "BatchUpdateSpreadsheetResponse", body="BatchUpdateSpreadsheetRequest"),
    _endpoint("getByDataFilter", "POST", "/{id}/?(?::|%3A)getByDataFilter", spreadsheets.get_by_data_filter, "Spreadsheet", body="GetSpreadsheetByDataFilterRequest", reads=True),
    _endpoint("get", "GET", "/{id}", spreadsheets.get, "Spreadsheet"),
    _endpoint("developerMetadata.search", "POST", "/{id}/developerMetadata:search", spreadsheets.search_metadata, "SearchDeveloperMetadataResponse", body="SearchDeveloperMetadataRequest", reads=True),
    _endpoint("developerMetadata.get", "GET", "/{id}/developerMetadata/{metadata_id}", spreadsheets.get_metadata, "DeveloperMetadata"),
    _endpoint("sheets.copyTo", "POST", "/{id}/sheets/{sheet_id}:copyTo", spreadsheets.copy_sheet, "SheetProperties", body="CopySheetToAnotherSpreadsheetRequest"),
    _endpoint("values.batchGet", "GET", _VALUES + ":batchGet", values.batch_get, "BatchGetValuesResponse"),
    _endpoint("values.batchUpdate", "POST", _VALUES + ":batchUpdate", values.batch_update, "BatchUpdateValuesResponse", body="BatchUpdateValuesRequest"),
    _endpoint("values.batchClear", "POST", _VALUES + ":batchClear", values.batch_clear, "BatchClearValuesResponse", body="BatchClearValuesRequest"),
    _endpoint("values.batchGetByDataFilter", "POST", _VALUES + ":batchGetByDataFilter", values.batch_get_by_filter, "BatchGetValuesByDataFilterResponse", body="BatchGetValuesByDataFilterRequest", reads=True),
    _endpoint("values.batchUpdateByDataFilter", "POST", _VALUES + ":batchUpdateByDataFilter", values.batch_update_by_filter, "BatchUpdateValuesByDataFilterResponse", body="BatchUpdateValuesByDataFilterRequest"),
    _endpoint("values.batchClearByDataFilter", "POST", _VALUES + ":batchClearByDataFilter", values.batch_clear_by_filter, "BatchClearValuesByDataFilterResponse", body="BatchClearValuesByDataFilterRequest"),
    _endpoint("values.append", "POST", _VALUES + "/{range}:append", values.append, "AppendValuesResponse", body="ValueRange", body_field="data"),
    _endpoint("values.clear", "POST", _VALUES + "/{range}:clear", values.clear, "ClearValuesResponse", body="ClearValuesRequest"),
    _endpoint("values.get", "GET", _VALUES + "/{range}", values.get, "ValueRange"),
    _endpoint("values.update", "PUT", _VALUES + "/{range}", values.update, "UpdateValuesResponse", body="ValueRange", body_field="data"),
)  # fmt: skip


def find_endpoint(verb: str, raw_path: str) -> tuple[Endpoint, dict[str, str]] | None:
    """The method of an undecoded path, and the decoded ids and ranges in it."""
    for endpoint in ENDPOINTS:
        match = endpoint.pattern.fullmatch(raw_path) if endpoint.verb == verb else None
        if match:
            return endpoint, {name: unquote(text) for name, text in match.groupdict().items()}
    return None


async def _serve(request: Request) -> Response:
    raw_path = request.scope["raw_path"].decode("latin-1").partition("?")[0]
    routed = find_endpoint(request.method, raw_path.removesuffix("/"))
    if routed is None:
        raise ApiError(404, "NOT_FOUND", "Method not found.")
    raw_body = await request.body()
    work = partial(_answer, request, *routed, raw_body)
    lanes: Lanes = request.app.state.engine.lanes
    if routed[0].reads:
        return await get_running_loop().run_in_executor(lanes.reading, work)
    async with lanes.turn(routed[1].get("id", "")):
        return await get_running_loop().run_in_executor(lanes.writing, work)


def _answer(request: Request, endpoint: Endpoint, path: dict[str, str], raw_body: bytes) -> Response:
    engine: Engine = request.app.state.engine
    caller = request.state.caller
    known = discovered("sheets_v4")[endpoint.id]["scopes"].split()
    if not {scope.rpartition("/")[2] for scope in caller.scopes} & set(known):
        raise _too_little_scope()
    pairs = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    query = read_query(pairs, sheets_parameters()[endpoint.id])
    fields = dict(pairs).get("fields", dict(pairs).get("$fields"))
    mask = mask_for(fields, endpoint.answer)

    def run(txn: Txn) -> Json:
        body = read_body(raw_body, endpoint.body, endpoint.body_field) if endpoint.body else {}
        return endpoint.run(Call(engine, txn, caller, path, query, body, mask))

    if endpoint.reads:
        with engine.store.reading() as txn:
            answer = run(txn)
    else:
        answer = engine.store.edit(path.get("id", ""), run)
    return Response(to_json(masked(answer, mask)), media_type="application/json; charset=UTF-8")


def _too_little_scope() -> ApiError:
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "domain": "googleapis.com",
        "metadata": {"service": "sheets.googleapis.com"},
    }
    return ApiError(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.", [info])


routes = [
    Route("/v4/spreadsheets", _serve, methods=["GET", "POST"]),
    Route("/v4/spreadsheets/{rest:path}", _serve, methods=["GET", "POST", "PUT"]),
    Route("/v4/spreadsheets{rest:path}", _serve, methods=["GET", "POST", "PUT"]),
]
