"""drives.*: shared drives, whose members are the permissions on the drive's id."""

from __future__ import annotations

from typing import Any

from sheets_emulator.access.permissions import RANK, drive_role_of, permission_id_of
from sheets_emulator.drive.call import Call, bad_parameter, page
from sheets_emulator.drive.query import QueryError, Searched, parse
from sheets_emulator.drive.refusals import drive_not_found, insufficient, invalid_body
from sheets_emulator.drive.resources import rfc3339
from sheets_emulator.store.records import DriveRecord, PermissionRecord
from sheets_emulator.wire.errors import drive_error

Json = dict[str, Any]
DRIVE_FIELDS = "kind,id,name"
RESTRICTIONS = (
    "adminManagedRestrictions",
    "copyRequiresWriterPermission",
    "domainUsersOnly",
    "driveMembersOnly",
    "sharingFoldersRequiresOrganizerPermission",
)


def create(call: Call) -> Json:
    """drives.create; a repeated `requestId` is refused, so that a repeat makes no second drive."""
    request_id = call.query.get("requestId")
    if not request_id:
        raise bad_parameter("requestId", "Required parameter: requestId", "required")
    if any(drive.extra.get("requestId") == request_id for drive in call.txn.drives()):
        raise drive_error(
            409, "teamDriveAlreadyExists", "A shared drive with the same requestId already exists."
        )
    name = call.body.get("name")
    if not isinstance(name, str) or not name:
        raise invalid_body("drive.name", "The shared drive name is required.")
    drive = DriveRecord(call.engine.new_id("drive"), name, call.now, extra={"requestId": request_id})
    call.txn.put_drive(drive)
    me = call.caller.email
    call.txn.put_permission(
        PermissionRecord(permission_id_of(call.txn, "user", me), drive.id, "user", "organizer", me)
    )
    call.txn.append_change(drive.id, "drive", call.now)
    return drive_json(call, drive)


def get(call: Call) -> Json:
    """drives.get, for members."""
    return drive_json(call, _member(call))


def list_drives(call: Call) -> Json:
    """drives.list: those that the caller is a member of, filtered by `q`."""
    try:
        test = parse(call.query.get("q", ""), call.caller.email, drives=True)
    except QueryError as error:
        raise bad_parameter("q", "Invalid Value", "invalid") from error
    mine = [
        drive
        for drive in call.txn.drives()
        if drive_role_of(call.txn, drive, call.caller)
        and test(Searched(drive.name, "", drive.created_at, drive.created_at, hidden=drive.hidden))
    ]
    items, following = page(call, mine, 10, 100)
    listed: Json = {"kind": "drive#driveList"}
    if following is not None:
        listed["nextPageToken"] = following
    return listed | {"drives": [drive_json(call, drive) for drive in items]}


def update(call: Call) -> Json:
    """drives.update of name and restrictions, by an organizer."""
    drive = _member(call, organizer=True)
    name, wanted = call.body.get("name", drive.name), call.body.get("restrictions", {})
    if not isinstance(name, str) or not name:
        raise invalid_body("drive.name")
    if not isinstance(wanted, dict) or not all(isinstance(value, bool) for value in wanted.values()):
        raise invalid_body("drive.restrictions")
    drive.name = name
    drive.restrictions |= {key: value for key, value in wanted.items() if key in RESTRICTIONS}
    call.txn.put_drive(drive)
    call.txn.append_change(drive.id, "drive", call.now)
    return drive_json(call, drive)


def delete(call: Call) -> None:
    """drives.delete, by an organizer; the drive must be empty."""
    drive = _member(call, organizer=True)
    if any(call.txn.files_with([("drive", drive.id)])):
        raise drive_error(
            403, "cannotDeleteResourceWithChildren", "This resource cannot be deleted because it has children"
        )
    call.txn.delete_drive(drive.id)
    call.txn.append_change(drive.id, "drive", call.now)


def hide(call: Call) -> Json:
    """drives.hide."""
    return _set_hidden(call, hidden=True)


def unhide(call: Call) -> Json:
    """drives.unhide."""
    return _set_hidden(call, hidden=False)


def _set_hidden(call: Call, *, hidden: bool) -> Json:
    drive = _member(call)
    drive.hidden = hidden
    call.txn.put_drive(drive)
    return drive_json(call, drive)


def drive_json(call: Call, drive: DriveRecord) -> Json:
    """A `drive#drive` as the caller sees it."""
    role = drive_role_of(call.txn, drive, call.caller)
    organizer, rank = role == "organizer", RANK.get(role or "", 0)
    return {
        "kind": "drive#drive",
        "id": drive.id,
        "name": drive.name,
        "createdTime": rfc3339(drive.created_at),
        "hidden": drive.hidden,
        "restrictions": {name: drive.restrictions.get(name, False) for name in RESTRICTIONS},
        "capabilities": {
            "canAddChildren": rank >= RANK["writer"],
            "canComment": rank >= RANK["commenter"],
            "canCopy": rank > 0,
            "canDeleteDrive": organizer,
            "canDownload": rank > 0,
            "canEdit": rank >= RANK["writer"],
            "canListChildren": rank > 0,
            "canManageMembers": organizer,
            "canReadRevisions": rank >= RANK["writer"],
            "canRename": rank >= RANK["fileOrganizer"],
            "canRenameDrive": organizer,
            "canShare": rank >= RANK["fileOrganizer"],
            "canDeleteChildren": organizer,
            "canTrashChildren": rank >= RANK["fileOrganizer"],
            "canChangeDriveMembersOnlyRestriction": organizer,
            "canChangeCopyRequiresWriterPermissionRestriction": organizer,
            "canChangeDomainUsersOnlyRestriction": organizer,
            "canChangeSharingFoldersRequiresOrganizerPermissionRestriction": organizer,
        },
    }


def _member(call: Call, *, organizer: bool = False) -> DriveRecord:
    drive_id = call.path["drive_id"]
    drive = call.txn.drive(drive_id)
    role = drive_role_of(call.txn, drive, call.caller) if drive is not None else None
    if drive is None or role is None:
        raise drive_not_found(drive_id)
    if organizer and role != "organizer":
        raise insufficient()
    return drive
