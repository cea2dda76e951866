"""Handing a file of My Drive to another owner: at once within a domain, else by offer and acceptance.

Source: Drive API guide 'Transfer file ownership'.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sheets_emulator.access.permissions import permission_id_of
from sheets_emulator.drive.call import Call
from sheets_emulator.drive.refusals import insufficient, invalid_body
from sheets_emulator.store.records import FileRecord, PermissionRecord
from sheets_emulator.wire.errors import drive_error

if TYPE_CHECKING:
    from sheets_emulator.drive.call import Json


def offer(call: Call, file: FileRecord, permission: PermissionRecord, body: Json) -> None:
    """Note in the grant that its person is to become the owner, where the body says so.

    Raises:
        ApiError: malformed, not the owner's request, or no writer of a file in My Drive.
    """
    asked: Any = body.get("pendingOwner")
    if asked is None:
        return
    if not isinstance(asked, bool):
        raise invalid_body("permission.pendingOwner")
    if not asked:
        permission.extra.pop("pendingOwner", None)
        return
    if call.caller.email.lower() != (file.owner_email or "").lower():
        raise insufficient()
    if permission.role != "writer" or permission.type != "user":
        raise drive_error(
            403, "pendingOwnerWriterRequired", "A pending owner must be a user with the writer role."
        )
    permission.extra["pendingOwner"] = True


def accepts(call: Call, permission: PermissionRecord) -> bool:
    """Whether the caller is the one to whom this grant offers the file."""
    own = permission_id_of(call.txn, "user", call.caller.email)
    return bool(permission.extra.get("pendingOwner")) and permission.id == own


def check_transfer(call: Call, file: FileRecord, permission: PermissionRecord) -> None:
    """Refuse a change of owner that was not asked for, is not the owner's, or needs the other's consent.

    Raises:
        ApiError: 403.
    """
    if not call.flag("transferOwnership"):
        raise drive_error(
            403,
            "forbidden",
            "The transferOwnership parameter must be enabled when the permission role is 'owner'.",
            location=("parameter", "transferOwnership"),
        )
    if accepts(call, permission):
        return
    old, new = file.owner_email or "", permission.email or ""
    if call.caller.email.lower() != old.lower():
        raise insufficient()
    if new.rpartition("@")[2].lower() != old.rpartition("@")[2].lower():
        raise drive_error(
            403,
            "consentRequiredForOwnershipTransfer",
            "Consent is required to transfer ownership of a file to another user.",
        )


def hand_over(call: Call, file: FileRecord, permission: PermissionRecord) -> None:
    """Make the grant's person the owner; the old one stays as a writer."""
    old, new = file.owner_email or "", permission.email or ""
    call.txn.delete_permission(file.id, permission.id)
    if new.lower() != old.lower():
        keeper = permission_id_of(call.txn, "user", old)
        call.txn.put_permission(PermissionRecord(keeper, file.id, "user", "writer", old))
        file.owner_email = new
    if call.flag("moveToNewOwnersRoot"):
        file.parents = []
