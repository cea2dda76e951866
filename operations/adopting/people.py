"""Who a client's people are, by who may open which file: what the deploy has set, read backwards (behaviour §3). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kpi_rules.errors import RefusedError
from sheets_sync.schema.access import READER, WRITER, FileKind


@dataclass(frozen=True)
class People:
    """E-mails by role; "" where nobody told (`people_of` finds it out), managers None likewise."""

    head: str = ""
    owner: str = ""
    accountant: str = ""
    managers: tuple[str, ...] | None = None


def people_of(permissions: Mapping[FileKind, Iterable[Mapping[str, Any]]], told: People) -> People:
    """Work out the roles from the permissions of workbook, payroll book and archive folder.

    What somebody `told` comes first. Technical accounts write into the archive folder, people only read there.
    Raises RefusedError `adopt_people_unsure` where a role is nobody's, or several people's.
    """
    may = {kind: _named(each) for kind, each in permissions.items()}
    archive, workbook, payroll = (
        may[kind] for kind in (FileKind.ARCHIVE, FileKind.WORKBOOK, FileKind.PAYROLL)
    )
    people = {email for email, role in archive.items() if role == READER}
    writers = {email for email in people if workbook.get(email) == WRITER}
    paid = {email for email in people if payroll.get(email) == WRITER}
    head = told.head.lower() or _only("head", writers & paid)
    owner = told.owner.lower() or _only("owner", (paid - writers) or {head})
    accountants = {email for email in people if payroll.get(email) == READER and email not in workbook}
    accountant = told.accountant.lower() or _only("accountant", accountants)
    managers = told.managers if told.managers is not None else tuple(sorted(writers - paid - {head}))
    return People(head, owner, accountant, tuple(email.lower() for email in managers))


def _named(permissions: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {
        str(each["emailAddress"]).lower(): str(each["role"])
        for each in permissions
        if each.get("type") == "user" and each.get("emailAddress") and not each.get("deleted")
    }


def _only(role: str, emails: set[str]) -> str:
    if len(emails) != 1:
        raise RefusedError("adopt_people_unsure", option=f"--{role}", emails=", ".join(sorted(emails)) or "—")
    return next(iter(emails))
