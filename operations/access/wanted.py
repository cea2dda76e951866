"""What a client's files must be: their places, names, readers and locks, as the deploy and the closes set them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from kpi_rules.errors import ClientUnavailableError, TabloError
from kpi_rules.time.periods import Month
from kpi_rules.words.texts import Texts
from ledger import Client, Seal, fingerprint
from operations.clients.sharing import accounts_of
from operations.world.marks import FilePart, read_marks
from operations.world.services import Services
from sheets_sync.ports import Sought
from sheets_sync.schema.access import Accounts, FileKind, Grant, Person, wanted_permissions
from sheets_sync.schema.layout import Book
from templates.loading import Template

KINDS = {
    FilePart.WORKBOOK: FileKind.WORKBOOK,
    FilePart.PAYROLL: FileKind.PAYROLL,
    FilePart.ARCHIVE_FOLDER: FileKind.ARCHIVE,
    FilePart.RECORDS_FOLDER: FileKind.SEALED_RECORDS,
    FilePart.MONTH_ARCHIVE: FileKind.ARCHIVE,
    FilePart.SEALED_RECORD: FileKind.SEALED_RECORDS,
    FilePart.WITHDRAWN_FOLDER: FileKind.WITHDRAWN,
}
"""Whose rights a file has; the folder around all has nobody's but the technical accounts'."""
FOLDERS = frozenset({FilePart.HOME, FilePart.ARCHIVE_FOLDER, FilePart.RECORDS_FOLDER})


@dataclass(frozen=True)
class WantedFile:
    """One file or folder as it must be.

    `parent` "" and `name` "" where nothing is known of that. `lock_reason` is that of an archive; None: no lock.
    `book` is what a spreadsheet of the client's is built from, `months` the closed ones that have a tab in it.
    """

    part: FilePart
    file_id: str
    name: str
    parent: str
    grants: tuple[Grant, ...]
    month: str = ""
    lock_reason: str | None = None
    book: Book | None = None
    months: tuple[Month, ...] = ()

    @property
    def kind(self) -> FileKind | None:
        """Whose rights it has; None for the folder around all."""
        return KINDS.get(self.part)


@dataclass(frozen=True)
class WantedFiles:
    """All files of a client as they must be, each after the folder that it lies in."""

    client: Client
    template: Template
    accounts: Accounts
    files: tuple[WantedFile, ...]

    @property
    def people(self) -> frozenset[str]:
        """The client's people, of whatever role."""
        roles = (person for person in Person if person is not Person.SYSTEM)
        return frozenset(email for person in roles for email in self.accounts.of(person))

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all of them."""
        return frozenset(file.file_id for file in self.files)


def wanted_files(client: Client, services: Services) -> WantedFiles:
    """Work out what the ledger knows of a client's files; one search, for the folders that it keeps no id of."""
    accounts = accounts_of(client, services.system_emails)
    template = services.template_of(client)
    home, withdrawn = folders_around(client, services)
    paid = _paid_months(client, services)
    files = [
        replace(file, months=paid) if file.part is FilePart.PAYROLL else file
        for file in _own_files(client, template, accounts, home)
    ]
    files += _of_months(client, accounts, services)
    if withdrawn:
        grants = wanted_permissions(FileKind.WITHDRAWN, accounts)
        name = template.texts("restore.folder")
        files.append(WantedFile(FilePart.WITHDRAWN_FOLDER, withdrawn, name, home, grants))
    if home:
        name = template.texts("deploy.home_name", client=client.name)
        parent = services.settings.parent_folder or ""
        files.insert(0, WantedFile(FilePart.HOME, home, name, parent, ()))
    return WantedFiles(client, template, accounts, tuple(files))


def folders_around(client: Client, services: Services) -> tuple[str, str]:
    """Find the folder around all and, within it, that with what was put aside, by their marks; "" where there is none.

    Where the folder around all lies in the bin, the archive folder tells, which lies in it.
    """
    drive = services.creator.drive
    first = {"tablo_client": client.slug, "tablo_part": FilePart.HOME.value}
    parts = (FilePart.HOME, FilePart.WITHDRAWN_FOLDER)
    marked = (Sought({"tablo_client_id": client.id, "tablo_part": part.value}) for part in parts)
    found = drive.find(*marked, Sought(app_marks=first))
    withdrawn = [file.id for file in found if read_marks(file).part == FilePart.WITHDRAWN_FOLDER]
    homes = [file.id for file in found if file.id not in withdrawn]
    return homes[0] if homes else _parent_of(str(client.folder_id), services), "".join(withdrawn[:1])


def _parent_of(file_id: str, services: Services) -> str:
    try:
        parents = services.creator.drive.file(file_id).parents
    except ClientUnavailableError:
        return ""
    return parents[0] if parents else ""


def _own_files(client: Client, template: Template, accounts: Accounts, home: str) -> Iterator[WantedFile]:
    layout = template.layout
    for part, file_id, book in (
        (FilePart.WORKBOOK, client.workbook_id, layout.workbook),
        (FilePart.PAYROLL, client.payroll_id, layout.payroll),
    ):
        name, grants = book.title.format(client=client.name), wanted_permissions(KINDS[part], accounts)
        if file_id:
            yield WantedFile(part, file_id, name, home, grants, book=book)
    for part, file_id, key in (
        (FilePart.ARCHIVE_FOLDER, client.folder_id, "archive"),
        (FilePart.RECORDS_FOLDER, client.records_folder_id, "records"),
    ):
        name, grants = (
            template.texts(f"deploy.{key}_name", client=client.name),
            wanted_permissions(KINDS[part], accounts),
        )
        if file_id:
            yield WantedFile(part, file_id, name, home, grants)


def _of_months(client: Client, accounts: Accounts, services: Services) -> Iterator[WantedFile]:
    """Give archive and sealed record of each sealed month."""
    for seal in services.ledger.seals(client.slug):
        closed = _closed(client, seal, services)
        if closed is None:
            continue
        month, texts = closed
        record_name = texts("close.record_name", month=month, number=seal.number, client=client.name)
        for part, step, folder, name, lock in (
            (
                FilePart.MONTH_ARCHIVE,
                "archive",
                client.folder_id,
                texts("close.archive_name", month=month, client=client.name),
                texts("close.archive_reason", fingerprint=fingerprint(seal)),
            ),
            (FilePart.SEALED_RECORD, "record", client.records_folder_id, record_name, None),
        ):
            file_id = _file_of(client, month, step, services)
            if file_id:
                grants = wanted_permissions(KINDS[part], accounts)
                yield WantedFile(part, file_id, name, str(folder), grants, str(month), lock)


def _paid_months(client: Client, services: Services) -> tuple[Month, ...]:
    """Give the closed months that have a tab in the payroll book; a shadow month has none."""
    closed = (_closed(client, seal, services) for seal in services.ledger.seals(client.slug))
    return tuple(month for month, _ in filter(None, closed) if _step(client, month, "payroll", services))


def _closed(client: Client, seal: Seal, services: Services) -> tuple[Month, Texts] | None:
    """Give a seal's month, and the sentences that its files were named by; None where it cannot be read: its chain names that."""
    try:
        language = seal.record["inputs"]["settings"]["language"]
        return Month.parse(seal.record["month"]), services.template_of(client, language).texts
    except (TabloError, KeyError, TypeError, ValueError):
        return None


def _file_of(client: Client, month: Month, step: str, services: Services) -> str:
    """Give the file that a step of a close made, or that was restored in its place; "" where that cannot be read."""
    try:
        return services.ledger.close_file(client.slug, month, step) or ""
    except TabloError:
        return ""


def _step(client: Client, month: Month, name: str, services: Services) -> dict[str, Any] | None:
    """Give what a step of a close recorded; None where that cannot be read: `verify` names it."""
    try:
        return services.ledger.step(client.slug, month, name)
    except TabloError:
        return None
