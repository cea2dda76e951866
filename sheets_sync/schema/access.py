"""Who may open which file, as plain data: roles → Drive permissions, and what to change on a file.

The roles and files are those of behaviour §3, «Files of one client». Everybody is a named account; whatever else a
file is shared with (a link, a domain, a group, a stranger) is taken away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sheets_sync.schema.layout import Editors


class FileKind(StrEnum):
    """The files of one client."""

    WORKBOOK = "workbook"
    PAYROLL = "payroll"
    ARCHIVE = "archive"
    SEALED_RECORDS = "sealed_records"
    WITHDRAWN = "withdrawn"


class Person(StrEnum):
    """The roles of people, and the technical accounts."""

    MANAGER = "manager"
    HEAD = "head"
    ACCOUNTANT = "accountant"
    OWNER = "owner"
    SYSTEM = "system"


READER = "reader"
WRITER = "writer"
STRENGTH = ("reader", "commenter", "writer", "fileOrganizer", "organizer", "owner")
"""Drive's roles, each with the rights of those before it and more."""

RIGHTS: Mapping[FileKind, Mapping[Person, str]] = {
    FileKind.WORKBOOK: {
        Person.MANAGER: WRITER,
        Person.HEAD: WRITER,
        Person.OWNER: READER,
        Person.SYSTEM: WRITER,
    },
    FileKind.PAYROLL: {
        Person.HEAD: WRITER,
        Person.OWNER: WRITER,
        Person.ACCOUNTANT: READER,
        Person.SYSTEM: WRITER,
    },
    FileKind.ARCHIVE: {
        Person.MANAGER: READER,
        Person.HEAD: READER,
        Person.ACCOUNTANT: READER,
        Person.OWNER: READER,
        Person.SYSTEM: WRITER,
    },
    FileKind.SEALED_RECORDS: {
        Person.HEAD: READER,
        Person.ACCOUNTANT: READER,
        Person.OWNER: READER,
        Person.SYSTEM: WRITER,
    },
    FileKind.WITHDRAWN: {Person.OWNER: READER, Person.SYSTEM: WRITER},
}
"""Who may what; whoever is not named has no access at all."""


@dataclass(frozen=True)
class Accounts:
    """The e-mails of one client's people. `system` are the technical accounts (creator, worker)."""

    system: tuple[str, ...]
    managers: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    accountants: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()

    def of(self, person: Person) -> tuple[str, ...]:
        """Give the e-mails of a role, in lower case."""
        emails = {
            Person.MANAGER: self.managers,
            Person.HEAD: self.heads,
            Person.ACCOUNTANT: self.accountants,
            Person.OWNER: self.owners,
            Person.SYSTEM: self.system,
        }[person]
        return tuple(dict.fromkeys(email.strip().lower() for email in emails if email.strip()))


@dataclass(frozen=True)
class Grant:
    """One wanted permission: a named account and its Drive role."""

    email: str
    role: str


class Step(StrEnum):
    """What to do with a permission. INHERITED stands where the folder gives it: only a person can mend."""

    GRANT = "grant"
    CHANGE = "change"
    REVOKE = "revoke"
    INHERITED = "inherited"


@dataclass(frozen=True)
class AccessChange:
    """One thing to do to the permissions of a file. `whom` is an e-mail, a domain or `anyone`."""

    step: Step
    whom: str
    role: str
    permission_id: str = ""


def wanted_permissions(kind: FileKind, accounts: Accounts) -> tuple[Grant, ...]:
    """List who may open a file of that kind; with several roles the strongest counts."""
    rights: dict[str, str] = {}
    for person, role in RIGHTS[kind].items():
        for email in accounts.of(person):
            rights[email] = max(role, rights.get(email, READER), key=STRENGTH.index)
    return tuple(Grant(email, role) for email, role in sorted(rights.items()))


def file_settings(kind: FileKind, *, in_shared_drive: bool = False) -> dict[str, bool]:
    """Give the settings of a file: no re-sharing by editors; an archive is not copied or downloaded.

    The payroll book stays printable: the accountant needs it. Of a file of a shared drive the drive says who shares.
    """
    copying = {"copyRequiresWriterPermission": kind is FileKind.ARCHIVE}
    return copying if in_shared_drive else {"writersCanShare": False, **copying}


def content_restriction(reason: str) -> dict[str, Any]:
    """Give the Drive restriction under which an archive cannot be edited by anyone but unlocked by its owner."""
    return {"readOnly": True, "ownerRestricted": True, "reason": reason}


def difference(present: Iterable[Mapping[str, Any]], wanted: Iterable[Grant]) -> list[AccessChange]:
    """Compare a file's permissions with the wanted ones: what to grant, change and revoke.

    `present` are Drive's permission resources (id, type, role, emailAddress, domain, deleted,
    permissionDetails). The file's owner, and whoever manages the shared drive, is left alone. What comes
    from a folder or a shared drive cannot be revoked on the file: it is listed as INHERITED. An account may stand
    there more than once, of itself and by a folder.
    """
    targets = {grant.email.lower(): grant.role for grant in wanted}
    settled: set[str] = set()
    changes: list[AccessChange] = []
    for permission in present:
        who = whom(permission)
        role = str(permission["role"])
        target = targets.get(who) if permission.get("type") == "user" else None
        kept = role in {"owner", "organizer", "fileOrganizer"} or target == role
        inherited = not kept and is_inherited(permission)
        too_weak = inherited and target is not None and STRENGTH.index(role) < STRENGTH.index(target)
        if target is not None and not too_weak:
            settled.add(who)
        if kept or too_weak:
            continue
        if inherited:
            changes.append(AccessChange(Step.INHERITED, who, role, str(permission["id"])))
        elif target is None:
            changes.append(AccessChange(Step.REVOKE, who, role, str(permission["id"])))
        else:
            changes.append(AccessChange(Step.CHANGE, who, target, str(permission["id"])))
    changes += [
        AccessChange(Step.GRANT, email, role) for email, role in targets.items() if email not in settled
    ]
    return changes


def editors_of(editors: Editors, accounts: Accounts) -> tuple[str, ...] | None:
    """List who may edit a protected range, the system always among them; None = the range is open to staff."""
    if editors is Editors.STAFF:
        return None
    people = {Editors.HEAD: Person.HEAD, Editors.OWNER: Person.OWNER}
    named = accounts.of(people[editors]) if editors in people else ()
    return tuple(dict.fromkeys((*accounts.of(Person.SYSTEM), *named)))


def head_and_owner(accounts: Accounts) -> tuple[str, ...]:
    """List who is head and owner at once, and so would approve their own pay: the deploy says and records it."""
    owners = accounts.of(Person.OWNER)
    return tuple(email for email in accounts.of(Person.HEAD) if email in owners)


def whom(permission: Mapping[str, Any]) -> str:
    """Say whose a permission is: an e-mail or a domain in lower case, or `anyone`."""
    name = permission.get("emailAddress") or permission.get("domain") or permission.get("type", "")
    return str(name).lower()


def is_inherited(permission: Mapping[str, Any]) -> bool:
    """Tell whether a permission has its role from a folder or a shared drive alone: no file gets rid of that."""
    details = permission.get("permissionDetails") or ()
    role = permission.get("role")
    decisive = [detail for detail in details if detail.get("role", role) == role] or details
    return bool(decisive) and all(detail.get("inherited") for detail in decisive)
