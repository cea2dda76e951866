"""Who may open a client's files: the permissions of Drive brought to what the roles say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from ledger import Client
from operations.world.services import Services
from sheets_sync.ports import File, FilesPort
from sheets_sync.schema.access import (
    AccessChange,
    Accounts,
    FileKind,
    Step,
    difference,
    file_settings,
    wanted_permissions,
)


def accounts_of(client: Client, system_emails: tuple[str, ...]) -> Accounts:
    """Give the e-mails of a client's people by role."""
    return Accounts(
        system=system_emails,
        managers=client.managers,
        heads=_named(client.head_email),
        accountants=_named(client.accountant_email),
        owners=_named(client.owner_email),
    )


def share_client(client: Client, services: Services) -> tuple[AccessChange, ...]:
    """Bring the sharing of a client's files to what the roles say; tell what was changed.

    The archive folder passes its permissions on to the archives in it.
    """
    files = {
        FileKind.WORKBOOK: client.workbook_id,
        FileKind.PAYROLL: client.payroll_id,
        FileKind.ARCHIVE: client.folder_id,
        FileKind.SEALED_RECORDS: client.records_folder_id,
    }
    changes = [share_file(client, services, kind, file_id) for kind, file_id in files.items() if file_id]
    return tuple(change for of_file in changes for change in of_file)


def share_file(client: Client, services: Services, kind: FileKind, file_id: str) -> tuple[AccessChange, ...]:
    """Bring the sharing of one file to what the roles say for its kind."""
    drive = services.creator.drive
    wanted = wanted_permissions(kind, accounts_of(client, services.system_emails))
    changes = difference(drive.permissions(file_id), wanted)
    carry_out(drive, file_id, changes)
    return tuple(changes)


def lock_down(
    services: Services, file: File, kind: FileKind, properties: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Take from editors the right to share a file on, and from readers of archives the right to copy.

    `properties` are marks that the file gets in the same call.
    """
    marks = {"properties": dict(properties)} if properties else {}
    settings = file_settings(kind, in_shared_drive=file.in_shared_drive)
    services.creator.drive.update(file.id, **settings, **marks)


def carry_out(drive: FilesPort, file_id: str, changes: Iterable[AccessChange]) -> None:
    """Carry out changes of a file's permissions, in order."""
    for change in changes:
        if change.step is Step.GRANT:
            drive.grant(file_id, change.whom, change.role)
        elif change.step is Step.CHANGE:
            drive.change_role(file_id, change.permission_id, change.role)
        elif change.step is Step.REVOKE:
            drive.revoke(file_id, change.permission_id)


def _named(email: str | None) -> tuple[str, ...]:
    return (email,) if email else ()
