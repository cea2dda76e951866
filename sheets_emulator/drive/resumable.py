"""Resumable uploads: metadata first, then the content in pieces to an address of its own.

The pieces lie in the store, so an upload goes on after a restart of the emulator.
Source: guide 'Upload file data', section 'Perform a resumable upload'.
"""

from __future__ import annotations

import re
import secrets
from typing import Any
from urllib.parse import quote

from sheets_emulator.drive.call import Bytes, Call, bad_parameter, json_object
from sheets_emulator.wire.errors import drive_error

Json = dict[str, Any]
_RANGE = re.compile(r"bytes (?:(\d{1,15})-(\d{1,15})|\*)/(\d{1,15}|\*)")


def start(call: Call, path: str) -> Bytes:
    """Open an upload for a new file, or for the file of the path; the address is in `Location`."""
    upload_id = secrets.token_urlsafe(24)
    kept = {
        "metadata": json_object(call.content),
        "type": call.headers.get("x-upload-content-type", "application/octet-stream"),
        "by": call.caller.email,
        "path": path,
    }
    call.txn.put_setting(_key(upload_id), kept)
    call.txn.put_blob(_key(upload_id), b"")
    query = "".join(f"&{name}={value}" for name, value in _forwarded(call))
    location = f"{call.engine.url}{path}?uploadType=resumable&upload_id={upload_id}{query}"
    return Bytes(b"", "text/plain", headers={"Location": location, "X-GUploader-UploadID": upload_id})


def piece(call: Call, path: str) -> tuple[Json, bytes, str] | Bytes:
    """Take a piece: (metadata, content, its type) once all is there, until then 308 and how far it came.

    Raises:
        ApiError: 404 for an unknown upload, 400 for a piece that does not follow the last one.
    """
    upload_id = call.query.get("upload_id", "")
    kept = call.txn.setting(_key(upload_id))
    if kept is None or kept["by"] != call.caller.email or kept["path"] != path:
        raise drive_error(404, "notFound", "Not Found", location=("parameter", "upload_id"))
    content = call.txn.blob(_key(upload_id)) or b""
    match = _RANGE.fullmatch(call.headers.get("content-range", f"bytes */{len(content) + len(call.content)}"))
    if match is None:
        raise bad_parameter("Content-Range", "Invalid Content-Range header.", "badRequest")
    if match[1] is not None and (
        int(match[1]) != len(content) or int(match[2]) + 1 - int(match[1]) != len(call.content)
    ):
        raise bad_parameter("Content-Range", "The piece does not follow the last one.", "badRequest")
    content += call.content
    call.txn.put_blob(_key(upload_id), content)
    if match[3] == "*" or len(content) < int(match[3]):
        so_far = {"Range": f"bytes=0-{len(content) - 1}"} if content else {}
        return Bytes(b"", "text/plain", status=308, headers=so_far)
    call.txn.delete_file(_key(upload_id))
    call.txn.put_setting(_key(upload_id), None)
    return kept["metadata"], content, kept["type"]


def _forwarded(call: Call) -> list[tuple[str, str]]:
    """What the first request said about the answer and the drives holds for the last one too."""
    known = ("fields", "supportsAllDrives", "supportsTeamDrives", "addParents", "removeParents")
    return [(name, quote(call.query[name], safe="")) for name in known if name in call.query]


def _key(upload_id: str) -> str:
    return f"upload:{upload_id}"
