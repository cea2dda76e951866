"""Uploads: content with or without metadata in one request, and v2's import of a table.

Three forms of v3 are known: `media` (the body is the content), `multipart` (JSON, then the content, as
multipart/related) and `resumable` (see `resumable.py`).
"""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import quote

from sheets_emulator.access.permissions import permission_id_of, rights_of, role_of
from sheets_emulator.drive import files
from sheets_emulator.drive.call import Bytes, Call, bad_parameter, json_object
from sheets_emulator.drive.places import find, folders, need, root_id, save
from sheets_emulator.drive.resources import EXPORT_TYPES, file_json, rfc3339, user_json, web_view_link
from sheets_emulator.drive.resumable import piece, start
from sheets_emulator.exchange.imports import imported
from sheets_emulator.store.records import FOLDER_MIME, SPREADSHEET_MIME, FileRecord
from sheets_emulator.wire.errors import ApiError, drive_error
from sheets_emulator.wire.multipart import boundary_of, parts_of

Json = dict[str, Any]
_FILES = "/upload/drive/v3/files"
_ROLES_V2 = {"owner": "owner", "organizer": "organizer", "fileOrganizer": "fileOrganizer", "writer": "writer"}


def create(call: Call) -> Json | Bytes:
    """files.create with content; a table uploaded as a spreadsheet is converted."""
    sent = _sent(call, _FILES)
    if isinstance(sent, Bytes):
        return sent
    metadata, content, content_type = sent
    return file_json(call, files.make(call, metadata, content, content_type))


def update(call: Call) -> Json | Bytes:
    """files.update with content."""
    sent = _sent(call, f"{_FILES}/{quote(call.path['file_id'], safe='')}")
    if isinstance(sent, Bytes):
        return sent
    metadata, content, content_type = sent
    file = find(call, call.path["file_id"])
    if metadata or call.query.get("addParents") or call.query.get("removeParents"):
        files.change(call, file, metadata)
    _replace(call, file, content, content_type)
    return file_json(call, file)


def import_v2(call: Call) -> Json:
    """v2 files.update with `convert=true`: the spreadsheet becomes the table, one tab named like the file."""
    if call.query.get("uploadType", "media") != "media":
        raise _unsupported(call.query["uploadType"])
    file = find(call, call.path["file_id"])
    _replace(call, file, call.content, call.headers.get("content-type", ""))
    return _v2_json(call, file)


def _replace(call: Call, file: FileRecord, content: bytes, content_type: str) -> None:
    need(call, file, "can_modify_content")
    if file.mime_type == FOLDER_MIME:
        raise drive_error(403, "fileNotDownloadable", "A folder has no content.")
    if file.mime_type == SPREADSHEET_MIME:
        old = call.txn.stored_book(file.id, cells=False).parsed()
        place = {"locale": old.locale, "time_zone": old.time_zone}
        document = call.beforehand(
            ("table", file.name, *place.values()), lambda: imported(content, content_type, file.name, **place)
        )
        known = {sheet.sheet_id for sheet in old.sheets} | {0}
        fresh = int(call.engine.new_id("sheet"))
        while fresh in known:
            fresh += 1
        document.sheets[0].properties["sheetId"] = fresh
        call.txn.put_document(file.id, document)
    else:
        call.txn.put_blob(file.id, content)
    save(call, file)


def _sent(call: Call, path: str) -> tuple[Json, bytes, str] | Bytes:
    """What was uploaded, or the answer to a step of a resumable upload that is not its last."""
    if call.query.get("uploadType") != "resumable":
        return _parts(call)
    return piece(call, path) if "upload_id" in call.query else start(call, path)


def _parts(call: Call) -> tuple[Json, bytes, str]:
    """(metadata, content, its type) of an upload."""
    kind, content_type = call.query.get("uploadType", "media"), call.headers.get("content-type", "")
    if kind == "media":
        return {}, call.content, content_type or "application/octet-stream"
    if kind != "multipart":
        raise _unsupported(kind)
    boundary = boundary_of(content_type)
    if boundary is None:
        raise drive_error(400, "badRequest", "Missing multipart boundary.")
    parts = parts_of(call.content, boundary)
    if len(parts) != 2:
        raise drive_error(400, "badRequest", "A multipart upload has two parts: metadata and content.")
    (_, metadata), (headers, content) = parts
    if headers.get("content-transfer-encoding", "binary").lower() == "base64":
        content = _base64(content)
    return json_object(metadata), content, headers.get("content-type", "application/octet-stream")


def _base64(content: bytes) -> bytes:
    try:
        return base64.b64decode(content)
    except binascii.Error as error:
        raise drive_error(400, "badRequest", "Malformed multipart body.") from error


def _unsupported(kind: str) -> ApiError:
    return bad_parameter("uploadType", f"uploadType={kind} is not known.", "badRequest")


def _v2_json(call: Call, file: FileRecord) -> Json:
    """The file in the shape of v2, as its update answers."""
    start, role = (
        f"https://www.googleapis.com/drive/v2/files/{quote(file.id)}",
        role_of(call.txn, file, call.caller),
    )
    link, parents = web_view_link(call, file), folders(file) or [root_id(call.caller.email)]
    rights, modified = rights_of(call.txn, file, call.caller), rfc3339(file.modified_at)
    person = _user_v2(call, call.caller.email)
    etag = f'"{file.version}"'
    return {
        "kind": "drive#file",
        "userPermission": {
            "id": "me",
            "type": "user",
            "role": _ROLES_V2.get(role or "", "reader"),
            "kind": "drive#permission",
            "selfLink": f"{start}/permissions/me",
            "etag": etag,
            "pendingOwner": False,
        },
        "selfLink": start,
        "ownerNames": [_user_v2(call, file.owner_email)["displayName"]] if file.owner_email else [],
        "lastModifyingUserName": person["displayName"],
        "editable": rights.can_edit,
        "writersCanShare": file.writers_can_share,
        "mimeType": file.mime_type,
        "parents": [
            {
                "id": parent,
                "kind": "drive#parentReference",
                "isRoot": parent == root_id(call.caller.email),
                "selfLink": f"{start}/parents/{parent}",
                "parentLink": f"https://www.googleapis.com/drive/v2/files/{parent}",
            }
            for parent in parents
        ],
        "appDataContents": False,
        "iconLink": "https://drive-thirdparty.googleusercontent.com/16/type/" + file.mime_type,
        "shared": bool(call.txn.permissions(file.id)),
        "lastModifyingUser": person,
        "owners": [_user_v2(call, file.owner_email)] if file.owner_email else [],
        "copyable": rights.can_copy,
        "etag": etag,
        "alternateLink": link,
        "embedLink": link.replace("/edit", "/htmlembed"),
        "copyRequiresWriterPermission": file.copy_requires_writer_permission,
        "spaces": ["drive"],
        "id": file.id,
        "title": file.name,
        "labels": {
            "viewed": True,
            "restricted": False,
            "starred": False,
            "hidden": False,
            "trashed": file.trashed,
        },
        "explicitlyTrashed": file.trashed,
        "createdDate": rfc3339(file.created_at),
        "modifiedDate": modified,
        "modifiedByMeDate": modified,
        "lastViewedByMeDate": modified,
        "markedViewedByMeDate": "1970-01-01T00:00:00.000Z",
        "quotaBytesUsed": "1024",
        "fileSize": "1024",
        "version": str(file.version),
        "capabilities": {"canCopy": rights.can_copy, "canEdit": rights.can_edit},
        "exportLinks": {mime: f"{link}&exportFormat={kind}" for mime, kind in EXPORT_TYPES.items()},
    }


def _user_v2(call: Call, email: str) -> Json:
    user = user_json(call, email)
    return {
        "kind": "drive#user",
        "displayName": user["displayName"],
        "isAuthenticatedUser": user["me"],
        "permissionId": permission_id_of(call.txn, "user", email),
        "emailAddress": email,
    }
