"""permissions.*: who has access to a file or to a shared drive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sheets_emulator.access.permissions import (
    RANK,
    Grant,
    drive_role_of,
    effective,
    grants,
    may_share,
    permission_id_of,
    role_of,
)
from sheets_emulator.drive.call import Call, page
from sheets_emulator.drive.ownership import accepts, check_transfer, hand_over, offer
from sheets_emulator.drive.places import find, root_id, save
from sheets_emulator.drive.refusals import insufficient, invalid_body, permission_not_found
from sheets_emulator.drive.resources import permission_json, rfc3339
from sheets_emulator.store.records import FileRecord, PermissionRecord
from sheets_emulator.wire.errors import ApiError, drive_error

if TYPE_CHECKING:
    from sheets_emulator.store.records import DriveRecord

Json = dict[str, Any]
_TYPES = ("user", "group", "domain", "anyone")


def list_permissions(call: Call) -> Json:
    """permissions.list: for those who may edit; others only know their own role."""
    file = find(call, call.path["file_id"])
    role = role_of(call.txn, file, call.caller)
    if role is None or RANK[role] < RANK["writer"]:
        raise insufficient()
    everyone = effective(call.txn, file)
    items, following = page(call, everyone, len(everyone) or 1, 100)
    listed = {"kind": "drive#permissionList", "permissions": [permission_json(call, file, g) for g in items]}
    return listed if following is None else {"nextPageToken": following} | listed


def get(call: Call) -> Json:
    """permissions.get; a reader may look up their own."""
    file = find(call, call.path["file_id"])
    grant = _known(call, file, call.path["permission_id"])
    role = role_of(call.txn, file, call.caller)
    own = permission_id_of(call.txn, "user", call.caller.email)
    if grant.permission.id != own and (role is None or RANK[role] < RANK["writer"]):
        raise insufficient()
    return permission_json(call, file, grant)


def create(call: Call) -> Json:
    """permissions.create. Sharing with somebody who has a weaker role already widens it, never narrows."""
    file = find(call, call.path["file_id"])
    permission = _asked(call, file)
    drive = _drive(call, file)
    _check_sharing(call, file, drive)
    _check_role(file, drive, permission)
    if permission.role == "owner":
        return _transfer(call, file, permission)
    own = {p.id: p for p in call.txn.permissions(file.id)}
    known = own.get(permission.id)
    if known is not None and RANK[known.role] > RANK[permission.role]:
        permission.role = known.role
    offer(call, file, permission, call.body)
    if not (file.owner_email and permission.id == permission_id_of(call.txn, "user", file.owner_email)):
        call.txn.put_permission(permission)
    _notify(call, file, permission)
    _changed(call, file)
    return permission_json(call, file, _known(call, file, permission.id))


def update(call: Call) -> Json:
    """permissions.update of the role, also of an owner-to-be with `transferOwnership`."""
    file = find(call, call.path["file_id"])
    grant = _known(call, file, call.path["permission_id"])
    body = call.body
    if {"type", "emailAddress", "domain", "id"} & body.keys():
        raise drive_error(
            403, "fieldNotWritable", "The resource body includes fields which are not directly writable."
        )
    role = body.get("role", grant.role)
    if not isinstance(role, str) or role not in RANK:
        raise invalid_body("permission.role", f"The specified role is invalid: {role}")
    drive = _drive(call, file)
    if not (role == "owner" and accepts(call, grant.permission)):
        _check_sharing(call, file, drive)
    stored = next((p for p in call.txn.permissions(file.id) if p.id == grant.permission.id), None)
    if grant.role == "owner":
        raise drive_error(403, "cannotRemoveOwner", "The owner of a file cannot be removed.")
    if stored is None and file.drive_id is not None and RANK[role] < RANK[grant.role]:
        raise _inherited()
    changed = stored or PermissionRecord(
        id=grant.permission.id,
        file_id=file.id,
        type=grant.permission.type,
        role=role,
        email=grant.permission.email,
        domain=grant.permission.domain,
    )
    changed.role = role
    _check_role(file, drive, changed)
    if role == "owner":
        return _transfer(call, file, changed)
    if call.flag("removeExpiration"):
        changed.extra.pop("expirationTime", None)
    elif "expirationTime" in body:
        changed.extra["expirationTime"] = _expiration(call, changed.type, body["expirationTime"])
    offer(call, file, changed, body)
    call.txn.put_permission(changed)
    _changed(call, file)
    return permission_json(call, file, _known(call, file, changed.id))


def delete(call: Call) -> None:
    """permissions.delete; anybody may give up their own access, the owner cannot."""
    file = find(call, call.path["file_id"])
    grant = _known(call, file, call.path["permission_id"])
    own = permission_id_of(call.txn, "user", call.caller.email)
    if grant.role == "owner":
        raise drive_error(403, "cannotRemoveOwner", "The owner of a file cannot be removed.")
    if grant.permission.id != own:
        _check_sharing(call, file, _drive(call, file))
    if not any(p.id == grant.permission.id for p in call.txn.permissions(file.id)):
        raise _inherited()
    if file.id == file.drive_id and grant.role == "organizer" and _organizers(call, file) == 1:
        raise drive_error(403, "cannotRemoveLastOrganizer", "A shared drive must keep an organizer.")
    call.txn.delete_permission(file.id, grant.permission.id)
    _changed(call, file)


def _asked(call: Call, file: FileRecord) -> PermissionRecord:
    """The grant that a body describes."""
    body = call.body
    for name in ("type", "role"):
        if name not in body:
            raise drive_error(
                400,
                "required",
                f"The permission {name} field is required.",
                location=("other", f"permission.{name}"),
            )
    kind, role = body["type"], body["role"]
    if kind not in _TYPES:
        raise invalid_body("permission.type", f"The specified type is invalid: {kind}")
    if not isinstance(role, str) or role not in RANK:
        raise invalid_body("permission.role", f"The specified role is invalid: {role}")
    email, domain = body.get("emailAddress"), body.get("domain")
    if (kind in ("user", "group")) != (email is not None) or not _is_address(email):
        raise _not_applicable("emailAddress")
    if (kind == "domain") != (domain is not None) or not isinstance(domain, str | None):
        raise _not_applicable("domain")
    extra: Json = {name: body[name] for name in ("allowFileDiscovery",) if name in body}
    if "expirationTime" in body:
        extra["expirationTime"] = _expiration(call, kind, body["expirationTime"])
    permission_id = permission_id_of(call.txn, kind, email or domain)
    return PermissionRecord(permission_id, file.id, kind, role, email, domain, extra)


def _expiration(call: Call, kind: str, text: Any) -> str:
    """The moment at which a grant ends: of a user or group, to come, within a year."""
    try:
        expiration = datetime.fromisoformat(text)
        at = (expiration if expiration.tzinfo else expiration.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise invalid_body("permission.expirationTime") from error
    if kind not in ("user", "group"):
        told = "Expiration dates cannot be set on permissions of type anyone or domain."
        raise drive_error(403, "cannotSetExpirationOnAnyoneOrDomain", told)
    if at <= call.now:
        raise drive_error(403, "expirationDatesMustBeInTheFuture", "Expiration dates must be in the future.")
    if at > call.now + timedelta(days=366):
        raise drive_error(403, "expirationDateTooFarInFuture", "Expiration dates must be within a year.")
    return rfc3339(at)


def _is_address(email: Any) -> bool:
    return email is None or (isinstance(email, str) and email.count("@") == 1 and all(email.split("@")))


def _not_applicable(name: str) -> ApiError:
    message = f"The specified {name} is invalid or not applicable for the given permission type."
    return drive_error(400, "invalid", message, location=("other", f"permission.{name}"))


def _known(call: Call, file: FileRecord, permission_id: str) -> Grant:
    for grant in effective(call.txn, file):
        if grant.permission.id == permission_id:
            return grant
    raise permission_not_found(permission_id)


def _drive(call: Call, file: FileRecord) -> DriveRecord | None:
    return call.txn.drive(file.drive_id) if file.drive_id is not None else None


def _check_sharing(call: Call, file: FileRecord, drive: DriveRecord | None) -> None:
    """The right to share; a shared drive's own members are its organizers' matter."""
    if file.id == root_id(call.caller.email):
        raise insufficient()
    if drive is not None and file.id == drive.id:
        if drive_role_of(call.txn, drive, call.caller) != "organizer":
            raise insufficient()
    elif not may_share(role_of(call.txn, file, call.caller), file, drive):
        raise insufficient()


def _check_role(file: FileRecord, drive: DriveRecord | None, asked: PermissionRecord) -> None:
    role = asked.role
    if drive is None:
        if role == "organizer":
            raise drive_error(
                403,
                "organizerOnNonTeamDriveItemNotSupported",
                "The organizer role is only valid for shared drives.",
            )
        if role == "fileOrganizer":
            raise drive_error(
                403,
                "fileOrganizerOnNonTeamDriveNotSupported",
                "The fileOrganizer role is only valid for shared drive items.",
            )
        if asked.type in ("anyone", "domain") and role == "owner":
            raise _not_applicable("role")
        return
    if role == "owner":
        raise drive_error(
            403, "ownerOnTeamDriveItemNotSupported", "The owner role is not valid for shared drive items."
        )
    if file.id == drive.id:
        if asked.type in ("anyone", "domain"):
            raise drive_error(
                403,
                "cannotShareTeamDriveTopFolderWithAnyoneOrDomains",
                "A shared drive cannot be shared with anyone or with domains.",
            )
        return
    if role == "organizer":
        raise drive_error(
            403,
            "organizerOnNonTeamDriveItemNotSupported",
            "The organizer role is only valid for shared drives.",
        )
    if drive.restrictions.get("driveMembersOnly"):
        raise drive_error(
            403,
            "teamDriveTeamMembersOnlyRestriction",
            "The shared drive is restricted to its members only.",
        )


def _transfer(call: Call, file: FileRecord, permission: PermissionRecord) -> Json:
    """Hand a file of My Drive to another owner."""
    check_transfer(call, file, permission)
    hand_over(call, file, permission)
    _notify(call, file, permission)
    _changed(call, file)
    return permission_json(call, file, _known(call, file, permission.id))


def _notify(call: Call, file: FileRecord, permission: PermissionRecord) -> None:
    """Keep the letter that Google would send, so that tests can see that none was sent unasked."""
    if permission.type in ("user", "group") and call.flag("sendNotificationEmail", default=True):
        letters = call.txn.setting("notifications") or []
        letter = {"to": permission.email, "fileId": file.id, "role": permission.role}
        call.txn.put_setting(
            "notifications", [*letters, letter | {"message": call.query.get("emailMessage", "")}][-1000:]
        )


def _changed(call: Call, file: FileRecord) -> None:
    if file.id == file.drive_id:
        call.txn.append_change(file.id, "drive", call.now)
    else:
        save(call, file, touch=False)


def _inherited() -> ApiError:
    return drive_error(
        403,
        "cannotModifyInheritedPermission",
        "Cannot update or delete an inherited permission on a shared drive item.",
    )


def _organizers(call: Call, file: FileRecord) -> int:
    return len({g.permission.id for g in grants(call.txn, file) if g.role == "organizer"})
