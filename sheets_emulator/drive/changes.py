"""changes.*: what has changed since a page token; and about.get.

A token is the number of the next change. A file's many changes appear once, in their latest state, and as
removed to a caller whom it no longer reaches.
"""

from __future__ import annotations

from typing import Any

from sheets_emulator.access.permissions import drive_role_of, role_of
from sheets_emulator.drive.call import Call, bad_parameter
from sheets_emulator.drive.places import may_own_files
from sheets_emulator.drive.resources import EXPORT_TYPES, file_json, rfc3339, user_json
from sheets_emulator.drive.shared_drives import drive_json
from sheets_emulator.store.records import SPREADSHEET_MIME, ChangeRecord

Json = dict[str, Any]
CHANGE_FIELDS = (
    "kind,nextPageToken,newStartPageToken,changes(kind,removed,type,changeType,time,fileId,driveId,"
    "file(kind,id,name,mimeType,teamDriveId,driveId),drive(kind,id,name))"
)


def start_page_token(call: Call) -> Json:
    """changes.getStartPageToken: the place where future changes will begin."""
    return {"kind": "drive#startPageToken", "startPageToken": str(call.txn.last_change() + 1)}


def list_changes(call: Call) -> Json:
    """changes.list: each changed file once, oldest change first."""
    token = call.query.get("pageToken")
    if not token:
        raise bad_parameter("pageToken", "Required parameter: pageToken", "required")
    if not token.isascii() or not token.isdigit() or len(token) > 18:
        raise bad_parameter("pageToken", "Invalid Value", "invalid")
    size = call.number("pageSize", 100, 1, 1000)
    latest: dict[str, ChangeRecord] = {}
    for change in call.txn.changes(after=int(token) - 1):
        latest.pop(change.file_id, None)
        latest[change.file_id] = change
    waiting = list(latest.values())
    shown, rest = waiting[:size], waiting[size:]
    listed: Json = {"kind": "drive#changeList"}
    if rest:
        listed["nextPageToken"] = str(shown[-1].number + 1)
    else:
        listed["newStartPageToken"] = str(call.txn.last_change() + 1)
    entries = (_change(call, change) for change in shown)
    return listed | {"changes": [entry for entry in entries if entry is not None]}


def _change(call: Call, change: ChangeRecord) -> Json | None:
    entry: Json = {"kind": "drive#change", "time": rfc3339(change.at), "removed": False}
    if change.kind == "drive":
        drive = call.txn.drive(change.file_id)
        known = drive is not None and drive_role_of(call.txn, drive, call.caller) is not None
        entry |= {"type": "drive", "changeType": "drive", "driveId": change.file_id, "removed": not known}
        return entry | ({"drive": drive_json(call, drive)} if known and drive is not None else {})
    file = call.txn.file(change.file_id)
    in_drive = file is not None and file.drive_id is not None
    if in_drive and not (call.all_drives and call.flag("includeItemsFromAllDrives")):
        return None
    entry |= {"type": "file", "changeType": "file", "fileId": change.file_id}
    if file is None or role_of(call.txn, file, call.caller) is None:
        return entry | {"removed": True} if call.flag("includeRemoved", default=True) else None
    return entry | {"file": file_json(call, file)}


def about(call: Call) -> Json:
    """about.get: who the caller is and what storage it has; `fields` is required."""
    if not call.query.get("fields"):
        raise bad_parameter("fields", "The 'fields' parameter is required for this method.", "required")
    own = may_own_files(call.engine, call.txn, call.caller)
    used = {"usage": "0", "usageInDrive": "0", "usageInDriveTrash": "0"}
    return {
        "kind": "drive#about",
        "user": user_json(call, call.caller.email),
        "storageQuota": {"limit": "16106127360" if own else "0"} | used,
        "exportFormats": {SPREADSHEET_MIME: list(EXPORT_TYPES)},
        "importFormats": {"text/csv": [SPREADSHEET_MIME], "text/tab-separated-values": [SPREADSHEET_MIME]},
        "maxUploadSize": "5242880000000",
        "maxImportSizes": {SPREADSHEET_MIME: "104857600"},
        "appInstalled": False,
        "canCreateDrives": True,
        "canCreateTeamDrives": True,
    }
