"""The methods of spreadsheets, sheets and developerMetadata as plain functions from a call to an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sheets_emulator.book.a1 import parse_range
from sheets_emulator.book.defaults import new_document
from sheets_emulator.cells import resources
from sheets_emulator.cells.editing import Editing, open_spreadsheet
from sheets_emulator.cells.protection import Guard
from sheets_emulator.drive.places import may_own_files, root_id
from sheets_emulator.requests import run_batch
from sheets_emulator.requests.metadata import filtered_areas, matches, matching
from sheets_emulator.requests.sheets import check_region, copy_to
from sheets_emulator.sheets.call import save
from sheets_emulator.sheets.given_sheets import add_given_sheet
from sheets_emulator.store.records import SPREADSHEET_MIME, FileRecord
from sheets_emulator.wire.errors import NO_PERMISSION, NOT_FOUND, ApiError
from sheets_emulator.wire.masks import wants

if TYPE_CHECKING:
    from sheets_emulator.book.document import Json
    from sheets_emulator.sheets.call import Call


# ---- spreadsheets
def create(call: Call) -> Json:
    """spreadsheets.create: a new file in the caller's My Drive."""
    if not may_own_files(call.engine, call.txn, call.caller):
        raise ApiError(403, "PERMISSION_DENIED", NO_PERMISSION)
    given = call.body
    properties = given.get("properties", {})
    check_region(properties.get("locale", "en_US"), properties.get("timeZone", "Etc/GMT"))
    document = new_document(properties.get("locale", "en_US"), properties.get("timeZone", "Etc/GMT"))
    now = call.engine.now()
    file = FileRecord(
        id=call.engine.new_id("spreadsheet"),
        name=properties.get("title") or "Untitled spreadsheet",
        mime_type=SPREADSHEET_MIME,
        created_at=now,
        modified_at=now,
        owner_email=call.caller.email,
        parents=[root_id(call.caller.email)],
        last_modifying_user=call.caller.email,
    )
    guard = Guard(document, call.caller.email, is_owner=True, may_edit_file=True)
    editing = Editing(call.engine, call.txn, call.caller, file, document, guard)
    if given.get("sheets"):
        document.sheets.clear()
        for number, sheet in enumerate(given["sheets"]):
            add_given_sheet(editing, sheet, number)
    call.txn.put_file(file)
    rest = [{"addNamedRange": {"namedRange": named}} for named in given.get("namedRanges", [])]
    rest += [
        {"createDeveloperMetadata": {"developerMetadata": {**one, "location": {"spreadsheet": True}}}}
        for one in given.get("developerMetadata", [])
    ]
    known = properties.keys() & {"autoRecalc", "iterativeCalculationSettings"}
    if known:
        change = {"properties": properties, "fields": ",".join(sorted(known))}
        rest.append({"updateSpreadsheetProperties": change})
    if rest:
        run_batch(editing, rest)
    save(editing)
    return resources.spreadsheet(_view(call, editing), [], with_cells=False)


def get(call: Call) -> Json:
    """spreadsheets.get."""
    editing = call.open()
    areas = [parse_range(editing.document, text) for text in call.query.get("ranges", [])]
    # A field mask decides alone about cells: includeGridData is ignored then.
    with_cells = wants(call.mask, "sheets", "data") if call.mask else bool(call.query.get("includeGridData"))
    return resources.spreadsheet(_view(call, editing), areas, with_cells=with_cells)


def get_by_data_filter(call: Call) -> Json:
    """spreadsheets.getByDataFilter."""
    editing = call.open()
    areas = filtered_areas(editing.document, call.body.get("dataFilters", []))
    with_cells = wants(call.mask, "sheets", "data") if call.mask else bool(call.body.get("includeGridData"))
    return resources.spreadsheet(_view(call, editing), areas, with_cells=with_cells)


def batch_update(call: Call) -> Json:
    """spreadsheets.batchUpdate."""
    editing = call.open(to_write=True)
    replies = run_batch(editing, call.body.get("requests", []))
    save(editing)
    answer: Json = {"spreadsheetId": editing.file.id, "replies": replies}
    if call.body.get("includeSpreadsheetInResponse"):
        areas = [parse_range(editing.document, text) for text in call.body.get("responseRanges", [])]
        with_cells = bool(call.body.get("responseIncludeGridData"))
        view = replace(_view(call, editing), mask=None)
        answer["updatedSpreadsheet"] = resources.spreadsheet(view, areas, with_cells=with_cells)
    return answer


def copy_sheet(call: Call) -> Json:
    """sheets.copyTo."""
    source = call.open()
    target_id = call.body.get("destinationSpreadsheetId", "")
    target = open_spreadsheet(call.engine, call.txn, call.caller, target_id, to_write=True)
    properties = copy_to(source, target, int(call.path["sheet_id"]))
    save(target)
    return properties


def _view(call: Call, editing: Editing) -> resources.View:
    return resources.View(
        editing.file, editing.document, editing.guard, call.engine.url, call.engine.clock(), call.mask
    )


# ---- developer metadata
def get_metadata(call: Call) -> Json:
    """developerMetadata.get."""
    editing = call.open()
    for metadata in editing.document.developer_metadata:
        if str(metadata["metadataId"]) == call.path["metadata_id"]:
            return resources.metadata_resource(metadata)
    raise ApiError(404, "NOT_FOUND", NOT_FOUND)


def search_metadata(call: Call) -> Json:
    """developerMetadata.search."""
    document = call.open().document
    filters = call.body.get("dataFilters", [])
    matched = [
        {
            "developerMetadata": resources.metadata_resource(metadata),
            "dataFilters": [one for one in filters if matches(document, metadata, one)],
        }
        for metadata in matching(document, filters)
    ]
    return {"matchedDeveloperMetadata": matched} if matched else {}
