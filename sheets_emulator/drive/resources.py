"""Files and grants in the shapes of the API. Fields that nobody asked for are not computed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sheets_emulator.access.permissions import (
    Grant,
    effective,
    grants,
    may_share,
    permission_id_of,
    rights_of,
    role_of,
)
from sheets_emulator.drive.places import folders, is_trashed, root_id
from sheets_emulator.store.records import FOLDER_MIME, SPREADSHEET_MIME, FileRecord

if TYPE_CHECKING:
    from sheets_emulator.drive.call import Call

Json = dict[str, Any]
GOOGLE_PREFIX = "application/vnd.google-apps."
EXPORT_TYPES = {
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/pdf": "pdf",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}
FILE_FIELDS = "kind,id,name,mimeType,teamDriveId,driveId"
PERMISSION_FIELDS = "kind,id,type,role"
_ICONS = "https://drive-thirdparty.googleusercontent.com/16/type/"


def rfc3339(at: datetime) -> str:
    """`2026-10-05T12:00:00.000Z`, milliseconds always, as Drive writes moments."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def user_json(call: Call, email: str) -> Json:
    """A `drive#user`."""
    account = call.txn.account(email)
    return {
        "kind": "drive#user",
        "displayName": account.display_name if account is not None else email,
        "me": email.lower() == call.caller.email.lower(),
        "permissionId": permission_id_of(call.txn, "user", email),
        "emailAddress": email,
    }


def file_json(call: Call, file: FileRecord) -> Json:
    """A `drive#file` as the caller sees it, with at least the fields that the request's mask names."""
    fields: dict[str, Callable[[Call, FileRecord], Any]] = _FIELDS
    if call.wanted is not None:
        fields = {name: make for name, make in _FIELDS.items() if name in call.wanted}
    made = ((name, make(call, file)) for name, make in fields.items())
    return {name: value for name, value in made if value is not None}


def permission_json(call: Call, file: FileRecord, grant: Grant) -> Json:
    """A `drive#permission`; in a shared drive with the places it comes from."""
    permission = grant.permission
    entry: Json = {
        "kind": "drive#permission",
        "id": permission.id,
        "type": permission.type,
        "role": grant.role,
    }
    if permission.email is not None:
        account = call.txn.account(permission.email)
        entry["emailAddress"] = permission.email
        entry["displayName"] = account.display_name if account is not None else permission.email
        entry["deleted"] = False
        entry["pendingOwner"] = bool(permission.extra.get("pendingOwner"))
    if permission.type == "domain":
        entry["domain"] = entry["displayName"] = permission.domain
    if permission.type in ("domain", "anyone"):
        entry["allowFileDiscovery"] = bool(permission.extra.get("allowFileDiscovery", False))
    if "expirationTime" in permission.extra:
        entry["expirationTime"] = permission.extra["expirationTime"]
    if file.drive_id is not None:
        entry["permissionDetails"] = [
            _detail(file, g) for g in grants(call.txn, file) if g.permission.id == permission.id
        ]
    return entry


def _detail(file: FileRecord, grant: Grant) -> Json:
    above = grant.inherited_from is not None and file.id != file.drive_id
    detail: Json = {
        "permissionType": "member" if grant.permission.file_id == file.drive_id else "file",
        "role": grant.role,
        "inherited": above,
    }
    return detail | ({"inheritedFrom": grant.inherited_from} if above else {})


def _parents(call: Call, file: FileRecord) -> list[str] | None:
    """The folder, to those who may see it; a file without one lies in its owner's My Drive."""
    if here := folders(file):
        above = call.txn.file(here[0])
        known = here[0] == file.drive_id or (above is not None and role_of(call.txn, above, call.caller))
        return here if known else None
    own = file.owner_email is not None and file.owner_email.lower() == call.caller.email.lower()
    return [root_id(call.caller.email)] if own and file.id != root_id(call.caller.email) else None


def _permissions(call: Call, file: FileRecord) -> list[Json] | None:
    if file.drive_id is not None or not may_share(role_of(call.txn, file, call.caller), file):
        return None
    return [permission_json(call, file, grant) for grant in effective(call.txn, file)]


def _permission_ids(call: Call, file: FileRecord) -> list[str] | None:
    if not rights_of(call.txn, file, call.caller).can_share:
        return None
    return [grant.permission.id for grant in effective(call.txn, file)]


def _restrictions(call: Call, file: FileRecord) -> list[Json] | None:
    return [
        {k: v for k, v in r.items() if k != "restrictingUser"}
        | ({"restrictingUser": user_json(call, r["restrictingUser"])} if r.get("restrictingUser") else {})
        for r in file.content_restrictions
    ] or None


def _blob_fact(fact: Callable[[bytes], str]) -> Callable[[Call, FileRecord], str | None]:
    def fact_of(call: Call, file: FileRecord) -> str | None:
        data = None if file.mime_type.startswith(GOOGLE_PREFIX) else call.txn.blob(file.id)
        return None if data is None else fact(data)

    return fact_of


def _size(call: Call, file: FileRecord) -> str | None:
    if file.mime_type == SPREADSHEET_MIME:
        return "1024"
    data = None if file.mime_type.startswith(GOOGLE_PREFIX) else call.txn.blob(file.id)
    return None if data is None else str(len(data))


def _export_links(call: Call, file: FileRecord) -> Json | None:
    if file.mime_type != SPREADSHEET_MIME:
        return None
    start = f"{call.engine.url}/drive/v3/files/{quote(file.id)}/export?mimeType="
    return {mime: start + quote(mime, safe="") for mime in EXPORT_TYPES}


def web_view_link(call: Call, file: FileRecord) -> str:
    """The address of the file in a browser: the emulator's own page for spreadsheets."""
    if file.mime_type == SPREADSHEET_MIME:
        return f"{call.engine.url}/spreadsheets/d/{quote(file.id)}/edit?usp=drivesdk"
    kind = "drive/folders/" if file.mime_type == FOLDER_MIME else "file/d/"
    return f"{call.engine.url}/{kind}{quote(file.id)}"


def _extension(file: FileRecord) -> str | None:
    stem, dot, extension = file.name.rpartition(".")
    return extension if stem and dot and not file.mime_type.startswith(GOOGLE_PREFIX) else None


def _app_properties(call: Call, file: FileRecord) -> Json | None:
    app_properties = file.extra.get("appPropertiesOf", {}).get(call.caller.email.lower())
    return dict(app_properties) if app_properties else None


def _mine(call: Call, email: str | None) -> bool:
    return email is not None and email.lower() == call.caller.email.lower()


def _binary(file: FileRecord) -> bool:
    return not file.mime_type.startswith(GOOGLE_PREFIX)


_FIELDS: dict[str, Callable[[Call, FileRecord], Any]] = {
    "kind": lambda _, __: "drive#file",
    "id": lambda _, f: f.id,
    "name": lambda _, f: f.name,
    "mimeType": lambda _, f: f.mime_type,
    "description": lambda _, f: f.description or None,
    "starred": lambda c, f: c.caller.email.lower() in f.extra.get("starredBy", []),
    "trashed": lambda c, f: is_trashed(c.txn, f),
    "explicitlyTrashed": lambda _, f: f.trashed,
    "trashedTime": lambda _, f: f.extra.get("trashedTime") if f.trashed and f.drive_id else None,
    "parents": _parents,
    "properties": lambda _, f: dict(f.properties) or None,
    "appProperties": _app_properties,
    "spaces": lambda _, __: ["drive"],
    "version": lambda _, f: str(f.version),
    "webViewLink": web_view_link,
    "webContentLink": lambda c, f: f"{c.engine.url}/drive/v3/files/{f.id}?alt=media" if _binary(f) else None,
    "iconLink": lambda _, f: _ICONS + quote(f.mime_type),
    "hasThumbnail": lambda _, __: False,
    "thumbnailVersion": lambda _, __: "0",
    "viewedByMe": lambda c, f: _mine(c, f.owner_email),
    "createdTime": lambda _, f: rfc3339(f.created_at),
    "modifiedTime": lambda _, f: rfc3339(f.modified_at),
    "modifiedByMe": lambda c, f: _mine(c, f.last_modifying_user),
    "modifiedByMeTime": lambda c, f: rfc3339(f.modified_at) if _mine(c, f.last_modifying_user) else None,
    "teamDriveId": lambda _, f: f.drive_id,
    "driveId": lambda _, f: f.drive_id,
    "owners": lambda c, f: [user_json(c, f.owner_email)] if f.owner_email else None,
    "lastModifyingUser": lambda c, f: user_json(c, f.last_modifying_user) if f.last_modifying_user else None,
    "shared": lambda c, f: f.drive_id is not None or len(effective(c.txn, f)) > 1,
    "ownedByMe": lambda c, f: _mine(c, f.owner_email) if f.drive_id is None else None,
    "hasAugmentedPermissions": lambda c, f: bool(c.txn.permissions(f.id)) if f.drive_id else None,
    "capabilities": lambda c, f: rights_of(c.txn, f, c.caller).as_json(),
    "viewersCanCopyContent": lambda _, f: not f.copy_requires_writer_permission,
    "copyRequiresWriterPermission": lambda _, f: f.copy_requires_writer_permission,
    "writersCanShare": lambda _, f: f.writers_can_share if f.drive_id is None else None,
    "permissions": _permissions,
    "permissionIds": _permission_ids,
    "contentRestrictions": _restrictions,
    "exportLinks": _export_links,
    "originalFilename": lambda _, f: f.extra.get("originalFilename", f.name) if _binary(f) else None,
    "fullFileExtension": lambda _, f: _extension(f),
    "fileExtension": lambda _, f: _extension(f),
    "md5Checksum": _blob_fact(lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest()),
    "sha1Checksum": _blob_fact(lambda data: hashlib.sha1(data, usedforsecurity=False).hexdigest()),
    "sha256Checksum": _blob_fact(lambda data: hashlib.sha256(data).hexdigest()),
    "headRevisionId": lambda _, f: f"r{f.version}" if _binary(f) and f.mime_type != FOLDER_MIME else None,
    "size": _size,
    "quotaBytesUsed": lambda c, f: _size(c, f) or "0",
    "folderColorRgb": lambda _, f: f.extra.get("folderColorRgb"),
    "isAppAuthorized": lambda _, __: True,
    "inheritedPermissionsDisabled": lambda _, f: False if f.mime_type == FOLDER_MIME else None,
}
