"""What makes a client's files one's own where other technical accounts had them: who may open them, who may edit what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ledger import Client
from operations.access.wanted import wanted_files
from operations.clients.sharing import accounts_of, share_file
from operations.world.services import Services
from sheets_sync.ports import File
from sheets_sync.schema.access import Step, difference

_FIELDS = "sheets(protectedRanges(protectedRangeId,editors(users)))"


def take_over(client: Client, homes: Iterable[File], services: Services) -> None:
    """Open all files, archives and sealed records too, to the client's people and our accounts alone; protections likewise.

    The client's own folder is shared with nobody: what it gave went on to every file in it.
    """
    drive = services.creator.drive
    for home in homes:
        for change in difference(drive.permissions(home.id), ()):
            if change.step is Step.REVOKE and change.whom not in services.system_emails:
                drive.revoke(home.id, change.permission_id)
    for file in wanted_files(client, services).files:
        if file.kind is not None:
            share_file(client, services, file.kind, file.file_id)
    people = accounts_of(client, ())
    known = {*people.heads, *people.owners, *people.accountants, *people.managers}
    for file_id in (str(client.workbook_id), str(client.payroll_id)):
        described = services.creator.gateway.describe(file_id, _FIELDS)
        if requests := editors_anew(described, known, services.system_emails):
            services.creator.gateway.apply(file_id, requests)


def editors_anew(
    described: Mapping[str, Any], people: Iterable[str], system_emails: Iterable[str]
) -> list[dict[str, Any]]:
    """Ask for the editors of each protection to be those of the client's people among them, and our accounts.

    A protection that has no list of editors, or the right one, is left as it is.
    """
    known, own = {email.lower() for email in people}, sorted(system_emails)
    requests = []
    for sheet in described["sheets"]:
        for protected in sheet.get("protectedRanges", ()):
            present = {user.lower() for user in protected.get("editors", {}).get("users", ())}
            wanted = {*own, *(present & known)}
            if present and present != wanted:
                changed = {
                    "protectedRangeId": protected["protectedRangeId"],
                    "editors": {"users": sorted(wanted)},
                }
                requests.append({"updateProtectedRange": {"protectedRange": changed, "fields": "editors"}})
    return requests
