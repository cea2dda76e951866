"""Where files lie and who owns them: finding a file for a caller, folders, the root, quota, changes."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from sheets_emulator.access.permissions import RANK, Rights, drive_role_of, rights_of, role_of
from sheets_emulator.drive.refusals import file_not_found, insufficient, only_one_parent, storage_exceeded
from sheets_emulator.store.records import FOLDER_MIME, FileRecord
from sheets_emulator.wire.errors import drive_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sheets_emulator.access.tokens import Caller
    from sheets_emulator.drive.call import Call
    from sheets_emulator.store.database import Txn
    from sheets_emulator.store.engine import Engine


_MOST_INDEXED = 50


def root_id(email: str) -> str:
    """The id of an account's My Drive; it follows from the address and is stored nowhere."""
    digest = hashlib.sha256(email.lower().encode()).digest()
    return "0A" + base64.urlsafe_b64encode(digest).decode()[:11] + "Uk9PVA"


def find(call: Call, file_id: str, *, any_drive: bool = False) -> FileRecord:
    """The file that the caller means and may know of; `root` is the caller's My Drive.

    `any_drive` is for the methods that have no parameter `supportsAllDrives`: they know shared drives.

    Raises:
        ApiError: 404, also for a file of a shared drive when the client does not say that it knows those.
    """
    email = call.caller.email
    if file_id in ("root", root_id(email)):
        return my_drive(call.caller, call.now)
    drive = call.txn.drive(file_id)
    if drive is not None and call.all_drives and drive_role_of(call.txn, drive, call.caller):
        return FileRecord(
            drive.id, "Drive", FOLDER_MIME, drive.created_at, drive.created_at, drive_id=drive.id
        )  # fmt: skip
    file = call.txn.file(file_id)
    if file is None or role_of(call.txn, file, call.caller) is None:
        raise file_not_found(file_id)
    if file.drive_id is not None and not (any_drive or call.all_drives):
        raise file_not_found(file_id)
    return file


def folders(file: FileRecord) -> list[str]:
    """The folder a file lies in; none for one that lies in its owner's My Drive itself."""
    root = root_id(file.owner_email) if file.owner_email is not None else None
    return [one for one in file.parents if one != root]


def my_drive(caller: Caller, now: datetime) -> FileRecord:
    """The root folder of an account as a file."""
    return FileRecord(root_id(caller.email), "My Drive", FOLDER_MIME, now, now, owner_email=caller.email)


def is_top(call: Call, file: FileRecord) -> bool:
    """Whether this is My Drive itself or a shared drive itself, which files.* cannot change."""
    return file.id in (root_id(call.caller.email), file.drive_id)


def need(call: Call, file: FileRecord, right: str) -> Rights:
    """The caller's rights, one of which must be there.

    Raises:
        ApiError: 403 `insufficientFilePermissions`.
    """
    rights = rights_of(call.txn, file, call.caller)
    if not getattr(rights, right):
        raise insufficient()
    return rights


def put_into(call: Call, file: FileRecord, folder_ids: list[str]) -> None:
    """Lay a new or moved file into a folder, which decides whether it belongs to a shared drive.

    Raises:
        ApiError: unknown folder, no folder, more than one, or no right to add to it.
    """
    if len(folder_ids) > 1:
        raise only_one_parent()
    if not folder_ids:
        return
    folder = find(call, folder_ids[0])
    if folder.mime_type != FOLDER_MIME:
        raise drive_error(403, "parentNotAFolder", "The specified parent is not a folder.")
    role = role_of(call.txn, folder, call.caller)
    if role is None or RANK[role] < RANK["writer"]:
        raise drive_error(
            403, "insufficientParentPermissions", "Insufficient permissions for the specified parent."
        )
    if folder.id == file.id or any(above.id == file.id for above in _upwards(call.txn, folder)):
        raise drive_error(400, "cyclicParents", "The specified parent would create a cycle.")
    file.parents = [] if folder.id == root_id(call.caller.email) else [folder.id]
    if folder.drive_id is not None:
        file.drive_id, file.owner_email = folder.drive_id, None
    elif file.drive_id is not None:
        file.drive_id, file.owner_email = None, call.caller.email


def may_own_files(engine: Engine, txn: Txn, caller: Caller) -> bool:
    """Whether the account has storage of its own.

    Service accounts have none unless the setting `service_account_quota`, or `ownsFiles` in the account's
    own record, says so: as Google behaves since April 2025.
    """
    account = txn.account(caller.email)
    own = account.extra.get("ownsFiles") if account is not None else None
    if own is not None:
        return bool(own)
    return caller.kind != "service" or bool(engine.settings.get("service_account_quota", False))


def check_quota(call: Call, file: FileRecord) -> None:
    """Refuse a file that would be owned by an account without storage; folders take none.

    Raises:
        ApiError: 403 `storageQuotaExceeded`.
    """
    if file.owner_email is None or file.mime_type == FOLDER_MIME:
        return
    if not may_own_files(call.engine, call.txn, call.caller):
        raise storage_exceeded()


def save(call: Call, file: FileRecord, *, touch: bool = True) -> None:
    """Store a changed file and add it to the list of changes; `touch` moves `modifiedTime`."""
    remember_indexed(call, file)
    file.version += 1
    if touch:
        file.modified_at, file.last_modifying_user = call.now, call.caller.email
    call.txn.put_file(file)
    call.txn.append_change(file.id, "file", call.now)


def remember_indexed(call: Call, file: FileRecord) -> None:
    """While the search lags, keep what it still goes by: the file as it was, with the moment of its change."""
    lag_seconds = float(call.engine.settings.get("search_lag_seconds", 0))
    file.extra.pop("indexed", None)
    before = call.txn.file(file.id) if lag_seconds else None
    if before is None:
        return
    known = before.extra.pop("indexed", [])
    oldest = (call.now - timedelta(seconds=lag_seconds)).isoformat()
    kept = [one for one in known if one["until"] > oldest]
    file.extra["indexed"] = [*kept, {"until": call.now.isoformat(), "file": before.as_json()}][
        -_MOST_INDEXED:
    ]


def as_indexed(call: Call, file: FileRecord) -> FileRecord | None:
    """The file as a lagging search knows it; None for one too young."""
    lag_seconds = float(call.engine.settings.get("search_lag_seconds", 0))
    if not lag_seconds:
        return file
    seen_at = call.now - timedelta(seconds=lag_seconds)
    if file.created_at > seen_at:
        return None
    for one in file.extra.get("indexed", []):
        if one["until"] > seen_at.isoformat():
            return FileRecord.from_json(one["file"])
    return file


def remove(call: Call, file: FileRecord) -> None:
    """Delete a file for good, with everything below a folder."""
    for below in [*descendants(call.txn, file), file]:
        call.txn.delete_file(below.id)
        call.txn.append_change(below.id, "removed", call.now)


def descendants(txn: Txn, folder: FileRecord) -> list[FileRecord]:
    """Every file below a folder, at any depth."""
    if folder.mime_type != FOLDER_MIME:
        return []
    below, waiting = {folder.id: folder}, [folder.id]
    while waiting:
        for file in txn.files_with([("parent", waiting.pop())]):
            if file.id not in below:
                below[file.id] = file
                waiting.append(file.id)
    del below[folder.id]
    return list(below.values())


def is_trashed(txn: Txn, file: FileRecord) -> bool:
    """Whether the file itself or a folder above it is in the trash."""
    return file.trashed or any(folder.trashed for folder in _upwards(txn, file))


def _upwards(txn: Txn, file: FileRecord) -> Iterator[FileRecord]:
    seen = {file.id}
    while file.parents and file.parents[0] not in seen:
        above = txn.file(file.parents[0])
        if above is None:
            return
        seen.add(above.id)
        yield above
        file = above
