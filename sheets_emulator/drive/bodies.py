"""What clients may set on a file, checked and laid into its record."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sheets_emulator.drive import restrictions
from sheets_emulator.drive.refusals import insufficient, invalid_body, not_writable
from sheets_emulator.drive.resources import rfc3339
from sheets_emulator.wire.errors import drive_error

if TYPE_CHECKING:
    from sheets_emulator.access.permissions import Rights
    from sheets_emulator.drive.call import Call
    from sheets_emulator.store.records import FileRecord

Json = dict[str, Any]
_TYPES: dict[str, type] = {
    "name": str, "mimeType": str, "description": str, "id": str, "originalFilename": str, "folderColorRgb": str,
    "createdTime": str, "modifiedTime": str, "parents": list, "starred": bool, "trashed": bool,
    "writersCanShare": bool, "copyRequiresWriterPermission": bool, "viewersCanCopyContent": bool,
    "appProperties": dict, "properties": dict, "contentRestrictions": list, "contentHints": dict,
}  # fmt: skip
_ONLY_GOOGLE = frozenset(
    {"capabilities", "driveId", "exportLinks", "lastModifyingUser", "ownedByMe", "owners", "permissionIds",
     "permissions", "shared", "size", "md5Checksum", "version", "webViewLink", "webContentLink", "iconLink",
     "teamDriveId", "quotaBytesUsed", "headRevisionId", "explicitlyTrashed", "trashedTime", "trashingUser",
     "viewedByMe", "spaces", "sharedWithMeTime", "sharingUser", "fileExtension", "fullFileExtension"}
)  # fmt: skip
_MAX_PROPERTY_BYTES = 124
_MIME_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}")
_NAMED_RIGHTS = {
    "name": "can_rename",
    "description": "can_edit",
    "mimeType": "can_modify_content",
    "properties": "can_edit",
    "appProperties": "can_edit",
    "modifiedTime": "can_edit",
    "createdTime": "can_edit",
    "folderColorRgb": "can_edit",
    "originalFilename": "can_edit",
    "copyRequiresWriterPermission": "can_change_copy_requires_writer_permission",
    "viewersCanCopyContent": "can_change_copy_requires_writer_permission",
}


def checked(body: Json) -> Json:
    """The body, its fields of the right types.

    Raises:
        ApiError: 400 for a wrong type, 403 `fieldNotWritable` for what only Google sets.
    """
    if _ONLY_GOOGLE & body.keys():
        raise not_writable()
    for name, value in body.items():
        kind = _TYPES.get(name)
        if kind is not None and not isinstance(value, kind):
            raise invalid_body(f"file.{name}")
    if not all(isinstance(parent, str) for parent in body.get("parents", [])):
        raise invalid_body("file.parents")
    if "mimeType" in body:
        mime_type(body["mimeType"])
    for which in ("appProperties", "properties"):
        _check_properties(which, body.get(which, {}))
    return body


def mime_type(text: str) -> str:
    """A MIME type without its parameters.

    Raises:
        ApiError: 400, it is none.
    """
    bare = text.partition(";")[0].strip()
    if _MIME_TYPE.fullmatch(bare) is None:
        raise invalid_body("file.mimeType", "Invalid MIME type provided for the uploaded content.")
    return bare


def _check_properties(which: str, properties: Json) -> None:
    for key, value in properties.items():
        if value is not None and not isinstance(value, str):
            raise invalid_body(f"file.{which}")
        if not key or len((key + (value or "")).encode()) > _MAX_PROPERTY_BYTES:
            raise drive_error(
                400, "propertyTooLong", "A property's key and value are limited to 124 bytes together."
            )


def check_rights(body: Json, file: FileRecord, rights: Rights) -> None:
    """Refuse what the caller may not change on a file that exists.

    Raises:
        ApiError: 403 `insufficientFilePermissions`; 403 for sharing settings of a shared drive's file.
    """
    check_shared_drive(body, file)
    if "writersCanShare" in body and not rights.can_delete:  # the owner's own matter
        raise insufficient()
    if "trashed" in body and not (rights.can_trash if body["trashed"] else rights.can_untrash):
        raise insufficient()
    for name, right in _NAMED_RIGHTS.items():
        if name in body and not getattr(rights, right):
            raise insufficient()


def check_shared_drive(body: Json, file: FileRecord) -> None:
    """Refuse what has no meaning for a shared drive's file."""
    if "writersCanShare" in body and file.drive_id is not None:
        raise drive_error(
            403,
            "teamDrivesSharingRestrictionNotAllowed",
            "Sharing restrictions cannot be set on a shared drive item.",
        )


def apply(call: Call, file: FileRecord, body: Json) -> bool:
    """Lay the fields of a checked body into the record; whether the file's modified time moves on."""
    me, moment = call.caller.email.lower(), rfc3339(call.now)
    file.name = body.get("name", file.name)
    file.description = body.get("description", file.description)
    file.writers_can_share = body.get("writersCanShare", file.writers_can_share)
    held = file.copy_requires_writer_permission
    held = not body["viewersCanCopyContent"] if "viewersCanCopyContent" in body else held
    file.copy_requires_writer_permission = body.get("copyRequiresWriterPermission", held)
    if "trashed" in body:
        file.trashed = body["trashed"]
        file.extra["trashedTime"] = moment
    if "starred" in body:
        others = [email for email in file.extra.get("starredBy", []) if email != me]
        file.extra["starredBy"] = [*others, me] if body["starred"] else others
    for name in ("folderColorRgb", "originalFilename"):
        if name in body:
            file.extra[name] = body[name]
    file.properties = _patched(file.properties, body.get("properties", {}))
    if "appProperties" in body:
        own = file.extra.setdefault("appPropertiesOf", {})
        own[me] = _patched(own.get(me, {}), body["appProperties"])
    if "createdTime" in body:
        file.created_at = _moment(body["createdTime"])
    if "modifiedTime" in body:
        file.modified_at = _moment(body["modifiedTime"])
        return False
    return bool({"name", "description", "properties"} & body.keys())


def apply_restrictions(call: Call, file: FileRecord, body: Json, rights: Rights) -> None:
    """Set or lift the content restriction that a body asks for."""
    if "contentRestrictions" in body:
        file.content_restrictions = restrictions.changed(
            file.content_restrictions,
            body["contentRestrictions"],
            rights,
            call.caller.email,
            rfc3339(call.now),
        )


def _patched(known: dict[str, str], asked: Json) -> dict[str, str]:
    """A null takes a property away."""
    return {key: value for key, value in (known | asked).items() if value is not None}


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise invalid_body("file.modifiedTime", f'Invalid value for: Invalid format: "{text}"') from error
