"""Who may do what with a file: roles, their inheritance, and the rights that follow from them.

A grant holds for the file it stands on and for everything below it. In My Drive the owner of a folder may
edit what others put into it. In a shared drive nobody owns a file: the drive's members come first, grants
further down only widen. The strongest role that reaches a caller counts.
Source: Drive API guides 'Roles & permissions', 'Manage shared drives' and 'Share files, folders & drives'.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Protocol

from sheets_emulator.store.records import FOLDER_MIME, DriveRecord, FileRecord, PermissionRecord

if TYPE_CHECKING:
    from sheets_emulator.store.database import Txn

RANK = {"reader": 1, "commenter": 2, "writer": 3, "fileOrganizer": 4, "organizer": 5, "owner": 6}
ANYONE_WITH_LINK = "anyoneWithLink"


class Asker(Protocol):
    """Whoever signed a request, as far as rights are concerned."""

    @property
    def email(self) -> str:
        """The address of the account."""
        ...


@dataclass(frozen=True)
class Grant:
    """A role that reaches a file: the grant itself, the role it gives here, and where it stands."""

    permission: PermissionRecord
    role: str
    inherited_from: str | None


def permission_id_of(txn: Txn, kind: str, address: str | None) -> str:
    """The id of a grant: the account's number, a number made from the address, or `anyoneWithLink`."""
    if kind == "anyone":
        return ANYONE_WITH_LINK
    account = txn.account(address or "")
    if account is not None and account.permission_id:
        return account.permission_id
    digest = hashlib.sha256(f"{kind}:{(address or '').lower()}".encode()).hexdigest()
    number = str(int(digest[:16], 16) % 10**20).zfill(20)
    return number + "k" if kind == "domain" else number


def owner_grant(txn: Txn, file: FileRecord) -> PermissionRecord | None:
    """The owner's grant, which is not stored but follows from the file; None in a shared drive."""
    if file.owner_email is None:
        return None
    return PermissionRecord(
        id=permission_id_of(txn, "user", file.owner_email),
        file_id=file.id,
        type="user",
        role="owner",
        email=file.owner_email,
    )


def grants(txn: Txn, file: FileRecord) -> Iterator[Grant]:
    """Every grant that reaches a file: its owner, its own grants, then those from above."""
    owner = owner_grant(txn, file)
    if owner is not None:
        yield Grant(owner, "owner", None)
    for permission in txn.permissions(file.id):
        yield Grant(permission, permission.role, None)
    for folder in ancestors(txn, file):
        above = owner_grant(txn, folder)
        if above is not None:
            yield Grant(above, "writer", folder.id)
        for permission in txn.permissions(folder.id):
            yield Grant(permission, permission.role, folder.id)
    if file.drive_id is not None:
        for permission in txn.permissions(file.drive_id):
            yield Grant(permission, permission.role, file.drive_id)


def ancestors(txn: Txn, file: FileRecord) -> Iterator[FileRecord]:
    """The folders above a file, nearest first, each once."""
    seen, waiting = {file.id}, list(file.parents)
    while waiting:
        folder_id = waiting.pop(0)
        if folder_id in seen:
            continue
        seen.add(folder_id)
        folder = txn.file(folder_id)
        if folder is not None:
            yield folder
            waiting.extend(folder.parents)


def effective(txn: Txn, file: FileRecord) -> list[Grant]:
    """One grant a grantee, the strongest; on a tie the one that stands on the file itself."""
    best: dict[str, Grant] = {}
    for grant in grants(txn, file):
        known = best.get(grant.permission.id)
        if known is None or RANK[grant.role] > RANK[known.role]:
            best[grant.permission.id] = grant
    return list(best.values())


def reaches(txn: Txn, permission: PermissionRecord, caller: Asker | None) -> bool:
    """Whether a grant is meant for this caller; an anonymous one is reached by 'anyone' alone."""
    if permission.type == "anyone":
        return True
    if caller is None:
        return False
    email = caller.email.lower()
    if permission.type == "domain":
        return email.rpartition("@")[2] == (permission.domain or "").lower()
    if permission.type == "group":
        group = txn.account(permission.email or "")
        members = group.extra.get("members", []) if group is not None else []
        return email in {str(member).lower() for member in members}
    return email == (permission.email or "").lower()


def role_of(txn: Txn, file: FileRecord, caller: Asker | None) -> str | None:
    """The caller's role on a file: `owner`, `organizer`, `fileOrganizer`, `writer`, `commenter`, `reader`.

    None when nothing reaches the caller: to that caller the file does not exist.
    """
    roles = [grant.role for grant in grants(txn, file) if reaches(txn, grant.permission, caller)]
    return max(roles, key=RANK.__getitem__, default=None)


def drive_role_of(txn: Txn, drive: DriveRecord, caller: Asker | None) -> str | None:
    """The caller's role as a member of a shared drive."""
    roles = [p.role for p in txn.permissions(drive.id) if reaches(txn, p, caller)]
    return max(roles, key=RANK.__getitem__, default=None)


@dataclass(frozen=True)
class Rights:
    """What a role may do with a file; the names are those of the API's `capabilities`, in snake case."""

    can_accept_ownership: bool = False
    can_add_children: bool = False
    can_add_my_drive_parent: bool = False
    can_change_copy_requires_writer_permission: bool = False
    can_comment: bool = False
    can_copy: bool = False
    can_delete: bool = False
    can_delete_children: bool = False
    can_download: bool = False
    can_edit: bool = False
    can_list_children: bool = False
    can_modify_content: bool = False
    can_modify_content_restriction: bool = False
    can_modify_editor_content_restriction: bool = False
    can_modify_owner_content_restriction: bool = False
    can_move_item_out_of_drive: bool = False
    can_move_item_within_drive: bool = False
    can_read_revisions: bool = False
    can_remove_children: bool = False
    can_remove_content_restriction: bool = False
    can_rename: bool = False
    can_share: bool = False
    can_trash: bool = False
    can_untrash: bool = False

    def as_json(self) -> dict[str, bool]:
        """The `capabilities` object of the API."""
        return {_camel(f.name): getattr(self, f.name) for f in fields(self)}


def rights(role: str | None, file: FileRecord, drive: DriveRecord | None = None) -> Rights:
    """What a caller with this role may do with the file; `drive` is its shared drive, if it lies in one."""
    if role is None:
        return Rights()
    writer, folder = RANK[role] >= RANK["writer"], file.mime_type == FOLDER_MIME
    chief = role == ("organizer" if drive is not None else "owner")
    keeper = chief or (drive is not None and role == "fileOrganizer")
    locked = any(r.get("readOnly") for r in file.content_restrictions)
    owner_locked = any(r.get("readOnly") and r.get("ownerRestricted") for r in file.content_restrictions)
    copying = writer or not _copying_restricted(file, drive)
    may_restrict = writer and not folder and (chief or not owner_locked)
    share = may_share(role, file, drive)
    return Rights(
        can_add_children=writer and folder,
        can_change_copy_requires_writer_permission=share,
        can_comment=RANK[role] >= RANK["commenter"] and not locked,
        can_copy=copying and not folder,
        can_delete=chief,
        can_delete_children=folder and role == "organizer",
        can_download=copying and not folder,
        can_edit=writer and not locked,
        can_list_children=folder,
        can_modify_content=writer and not locked,
        can_modify_content_restriction=may_restrict,
        can_modify_editor_content_restriction=may_restrict,
        can_modify_owner_content_restriction=chief and not folder,
        can_move_item_out_of_drive=chief,
        can_move_item_within_drive=writer if drive is None else keeper,
        can_read_revisions=writer and not folder,
        can_remove_children=folder and (writer if drive is None else keeper),
        can_remove_content_restriction=may_restrict and locked,
        can_rename=writer and not locked,
        can_share=share,
        can_trash=keeper,
        can_untrash=keeper,
    )


def may_share(role: str | None, file: FileRecord, drive: DriveRecord | None = None) -> bool:
    """Whether the role may change who has access.

    My Drive: the owner, and writers while `writers_can_share`. Shared drive: files from writer up, folders
    from file organizer up, or organizers alone where the drive says so.
    """
    if role is None:
        return False
    if drive is None:
        return role == "owner" or (role == "writer" and file.writers_can_share)
    if file.mime_type == FOLDER_MIME:
        only_organizers = drive.restrictions.get("sharingFoldersRequiresOrganizerPermission", False)
        return RANK[role] >= RANK["organizer" if only_organizers else "fileOrganizer"]
    return RANK[role] >= RANK["writer"]


def rights_of(txn: Txn, file: FileRecord, caller: Asker | None) -> Rights:
    """What the caller may do with a file."""
    drive = txn.drive(file.drive_id) if file.drive_id is not None else None
    held = rights(role_of(txn, file, caller), file, drive)
    offered = any(
        grant.extra.get("pendingOwner") and reaches(txn, grant, caller) for grant in txn.permissions(file.id)
    )
    return replace(held, can_accept_ownership=True) if offered else held


def may_read(role: str | None) -> bool:
    """Whether the role opens the file at all."""
    return role is not None


def may_write(role: str | None, file: FileRecord) -> bool:
    """Whether the role may change the content now: writer or above, and no content restriction."""
    return rights(role, file).can_modify_content


def _copying_restricted(file: FileRecord, drive: DriveRecord | None) -> bool:
    return file.copy_requires_writer_permission or (
        drive is not None and drive.restrictions.get("copyRequiresWriterPermission", False)
    )


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
