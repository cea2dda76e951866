"""files.*: create, copy, get, export, update, delete, emptyTrash, generateIds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sheets_emulator.access.permissions import RANK, drive_role_of, rights_of, role_of
from sheets_emulator.book.defaults import new_document
from sheets_emulator.cells.editing import present
from sheets_emulator.drive import bodies
from sheets_emulator.drive.call import Bytes, Call, bad_parameter
from sheets_emulator.drive.places import (
    check_quota,
    find,
    folders,
    is_top,
    is_trashed,
    need,
    put_into,
    remove,
    root_id,
    save,
)
from sheets_emulator.drive.refusals import drive_not_found, insufficient, invalid_body
from sheets_emulator.drive.resources import EXPORT_TYPES, GOOGLE_PREFIX, file_json
from sheets_emulator.exchange.apart import LARGE_BYTES, Wanted, made, made_apart
from sheets_emulator.exchange.imports import imported
from sheets_emulator.exchange.print_settings import paper_of
from sheets_emulator.store.records import FOLDER_MIME, SPREADSHEET_MIME, FileRecord
from sheets_emulator.wire.errors import drive_error

if TYPE_CHECKING:
    from sheets_emulator.book.document import Document

Json = dict[str, Any]
_GOOGLE_MADE = (SPREADSHEET_MIME, FOLDER_MIME)
_MAX_EXPORT_BYTES = 10 * 1024 * 1024


def create(call: Call) -> Json:
    """files.create without content: a spreadsheet, a folder, or an empty file."""
    return file_json(call, make(call, call.body))


def make(call: Call, asked: Json, data: bytes | None = None, sent_type: str | None = None) -> FileRecord:
    """A new file from its metadata and, for an upload, its bytes.

    Raises:
        ApiError: the body is malformed, the folder cannot be used, or there is no storage.
    """
    body = bodies.checked(asked)
    mime = bodies.mime_type(body.get("mimeType") or sent_type or "application/octet-stream")
    if mime.startswith(GOOGLE_PREFIX) and mime not in _GOOGLE_MADE:
        raise drive_error(400, "badRequest", f"Files of type {mime} are not emulated.")
    file = _new_file(call, body.get("name", "Untitled"), mime, body.get("id"))
    put_into(call, file, body.get("parents", []))
    check_quota(call, file)
    bodies.check_shared_drive(body, file)
    bodies.apply(call, file, body)
    bodies.apply_restrictions(call, file, body, rights_of(call.txn, file, call.caller))
    call.txn.put_file(file)
    call.txn.append_change(file.id, "file", call.now)
    if mime == SPREADSHEET_MIME:
        call.txn.put_document(file.id, _first_content(call, data, sent_type or "", file.name))
    elif mime != FOLDER_MIME:
        call.txn.put_blob(file.id, data or b"")
    return file


def _first_content(call: Call, data: bytes | None, sent_type: str, name: str) -> Document:
    if data is None:
        return new_document()
    return call.beforehand(("table", name), lambda: imported(data, sent_type, name))


def copy(call: Call) -> Json:
    """files.copy: the content and nothing of who had access; protections stay, their editors do not."""
    source = find(call, call.path["file_id"])
    body = bodies.checked(call.body)
    if not rights_of(call.txn, source, call.caller).can_copy:
        raise drive_error(403, "cannotCopyFile", "This file cannot be copied by the user.")
    file = _new_file(call, body.get("name", f"Copy of {source.name}"), source.mime_type, body.get("id"))
    file.description, file.properties = source.description, dict(source.properties)
    put_into(call, file, body["parents"] if "parents" in body else _same_place(call, source))
    check_quota(call, file)
    bodies.check_shared_drive(body, file)
    bodies.apply(call, file, body)
    bodies.apply_restrictions(call, file, body, rights_of(call.txn, file, call.caller))
    call.txn.put_file(file)
    call.txn.append_change(file.id, "file", call.now)
    if source.mime_type == SPREADSHEET_MIME:
        call.txn.copy_document(source.id, file.id, _without_editors)
    else:
        call.txn.put_blob(file.id, call.txn.blob(source.id) or b"")
    return file_json(call, file)


def _same_place(call: Call, source: FileRecord) -> list[str]:
    """The source's folder where the caller may add to it, else the caller's My Drive."""
    for parent_id in folders(source):
        folder = call.txn.file(parent_id)
        role = role_of(call.txn, folder, call.caller) if folder is not None else None
        if parent_id == source.drive_id:
            drive = call.txn.drive(parent_id)
            role = drive_role_of(call.txn, drive, call.caller) if drive is not None else None
        if role is not None and RANK[role] >= RANK["writer"]:
            return [parent_id]
    return []


def _without_editors(document: Document) -> None:
    for sheet in document.sheets:
        for protected in sheet.objects["protectedRanges"]:
            protected.pop("editors", None)


def _new_file(call: Call, name: str, mime: str, file_id: str | None) -> FileRecord:
    if file_id is not None:
        if call.txn.file(file_id) is not None:
            raise drive_error(409, "fileIdInUse", "A file already exists with the provided ID.")
        if file_id not in (call.txn.setting("generatedIds") or []):
            raise drive_error(
                400, "invalid", "The provided file ID is not usable.", location=("other", "file.id")
            )
        if mime.startswith(GOOGLE_PREFIX) and mime != FOLDER_MIME:
            raise invalid_body("file.id", "Generated IDs are not supported for Docs Editors formats.")
    kind = "spreadsheet" if mime == SPREADSHEET_MIME else "file"
    return FileRecord(
        id=file_id or call.engine.new_id(kind),
        name=name,
        mime_type=mime,
        created_at=call.now,
        modified_at=call.now,
        owner_email=call.caller.email,
        last_modifying_user=call.caller.email,
    )


def get(call: Call) -> Json | Bytes:
    """files.get: the metadata, or with `alt=media` the bytes of a file that is no Google document."""
    file = find(call, call.path["file_id"])
    if call.query.get("alt") != "media":
        return file_json(call, file)
    if file.mime_type.startswith(GOOGLE_PREFIX):
        raise drive_error(
            403,
            "fileNotDownloadable",
            "Only files with binary content can be downloaded. Use Export with Docs Editors files.",
            location=("parameter", "alt"),
        )
    if not rights_of(call.txn, file, call.caller).can_download:
        raise drive_error(403, "cannotDownloadFile", "This file cannot be downloaded by the user.")
    return Bytes(call.txn.blob(file.id) or b"", file.mime_type)


def export(call: Call) -> Bytes:
    """files.export: a spreadsheet in another format, at most 10 MB."""
    wanted = call.query.get("mimeType")
    file = find(call, call.path["file_id"], any_drive=True)
    if not wanted:
        raise bad_parameter("mimeType", "Required parameter: mimeType", "required")
    _need_export(call, file)
    if wanted not in EXPORT_TYPES:
        raise bad_parameter("convertTo", "The requested conversion is not supported.", "badRequest")
    content = _exported(call, file, Wanted(EXPORT_TYPES[wanted], file.name, call.engine.clock()))
    if len(content) > call.engine.settings.get("import_export_bytes", _MAX_EXPORT_BYTES):
        raise drive_error(403, "exportSizeLimitExceeded", "This file is too large to be exported.")
    return Bytes(content, wanted)


def export_page(call: Call) -> Bytes:
    """`/spreadsheets/d/ID/export?format=csv&gid=0`: the address in the browser, which clients call with a token."""
    file = find(call, call.path["file_id"], any_drive=True)
    _need_export(call, file)
    wanted = call.query.get("format") or call.query.get("exportFormat") or "xlsx"
    media_type = next((media for media, kind in EXPORT_TYPES.items() if kind == wanted), None)
    if media_type is None:
        raise bad_parameter("format", "The requested conversion is not supported.", "badRequest")
    document = call.txn.stored_book(file.id, cells=False).parsed()
    gid = call.query.get("gid")
    sheet = document.sheets[0]
    if gid:
        asked = document.sheet(int(gid)) if re.fullmatch(r"\d{1,10}", gid) else None
        if asked is None:
            raise bad_parameter("gid", "Invalid Value", "invalid")
        document.sheets = [sheet] = [asked]
    paper = paper_of(call.query, document, sheet) if wanted == "pdf" else None
    disposition = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}.{wanted}"
    tab = sheet.sheet_id if gid else None
    content = _exported(call, file, Wanted(wanted, file.name, call.engine.clock(), tab, paper))
    return Bytes(content, media_type, headers={"Content-Disposition": disposition})


def _need_export(call: Call, file: FileRecord) -> None:
    if file.mime_type != SPREADSHEET_MIME:
        raise drive_error(403, "fileNotExportable", "Export only supports Docs Editors files.")
    if not rights_of(call.txn, file, call.caller).can_download:
        raise drive_error(403, "cannotExportFile", "This file cannot be exported by the user.")


def _exported(call: Call, file: FileRecord, wanted: Wanted) -> bytes:
    if call.txn.stored_size(file.id) <= LARGE_BYTES:
        return made(present(call.txn, file.id, wanted.at), wanted)
    book = call.txn.stored_book(file.id)

    def apart() -> bytes:
        with call.engine.lanes.processes:
            return made_apart(book, wanted)

    return call.beforehand("export", apart)


def update(call: Call) -> Json:
    """files.update of metadata: rename, move, trash, lock, properties."""
    file = find(call, call.path["file_id"])
    change(call, file, call.body)
    return file_json(call, file)


def change(call: Call, file: FileRecord, asked: Json) -> None:
    """Apply a body and `addParents`/`removeParents` to a file that exists.

    Raises:
        ApiError: malformed, or not the caller's to change.
    """
    body = bodies.checked(asked)
    if "parents" in body:
        raise drive_error(
            403,
            "fieldNotWritable",
            "The parents field is not directly writable in update requests. "
            "Use the addParents and removeParents parameters instead.",
        )
    if "id" in body and body["id"] != file.id:
        raise drive_error(
            403, "fieldNotWritable", "The resource body includes fields which are not directly writable."
        )
    if is_top(call, file):
        raise insufficient()
    rights = rights_of(call.txn, file, call.caller)
    bodies.check_rights(body, file, rights)
    bodies.apply_restrictions(call, file, body, rights)
    touch = bodies.apply(call, file, body)
    _move(call, file)
    save(call, file, touch=touch)


def _move(call: Call, file: FileRecord) -> None:
    added = [one for one in call.query.get("addParents", "").split(",") if one]
    removed = [one for one in call.query.get("removeParents", "").split(",") if one]
    if not added and not removed:
        return
    rights = rights_of(call.txn, file, call.caller)
    if not (rights.can_move_item_within_drive or rights.can_move_item_out_of_drive):
        raise insufficient()
    root = root_id(call.caller.email)
    here = folders(file) or ([root] if file.drive_id is None else [])
    removed = [root if one == "root" else one for one in removed]
    added = [root if one == "root" else one for one in added]
    kept = [one for one in here if one not in removed]
    fresh = [one for one in added if one not in kept]
    was_in = file.drive_id
    put_into(call, file, [*kept, *fresh])
    if not kept and not fresh:
        file.parents = [file.drive_id] if file.drive_id is not None else []
    if file.drive_id != was_in and not rights.can_move_item_out_of_drive:
        raise insufficient()
    if file.drive_id != was_in and file.drive_id is None:
        check_quota(call, file)


def delete(call: Call) -> None:
    """files.delete: for good, without the trash; the owner, in a shared drive an organizer."""
    file = find(call, call.path["file_id"])
    if is_top(call, file):
        raise insufficient()
    need(call, file, "can_delete")
    remove(call, file)


def empty_trash(call: Call) -> None:
    """files.emptyTrash: the caller's own trash, or that of a shared drive (`driveId`)."""
    drive_id = call.query.get("driveId")
    if drive_id is not None:
        drive = call.txn.drive(drive_id)
        role = drive_role_of(call.txn, drive, call.caller) if drive is not None else None
        if role is None:
            raise drive_not_found(drive_id)
        if role != "organizer":
            raise insufficient()
    me = call.caller.email.lower()
    mine = ("drive", drive_id) if drive_id else ("owner", me)
    for file in list(call.txn.files_with([mine])):
        if is_trashed(call.txn, file):
            remove(call, file)


def generate_ids(call: Call) -> Json:
    """files.generateIds: ids for later creations of plain files and folders; a repeat then is harmless."""
    count = call.number("count", 10, 1, 1000)
    if call.query.get("space", "drive") != "drive":
        raise bad_parameter("space", "Invalid Value", "invalid")
    ids = [call.engine.new_id("file") for _ in range(count)]
    call.txn.put_setting("generatedIds", [*(call.txn.setting("generatedIds") or []), *ids][-5000:])
    return {"kind": "drive#generatedIds", "space": "drive", "ids": ids}
