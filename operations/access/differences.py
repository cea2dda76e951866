"""What of a file is not as it was set, and what mends it: place, name, locks, and who may open it. Pure.

Rights that come from a folder above cannot be taken off the file itself: they are named with that folder and with who
can take them off there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from operations.access.findings import Finding, FindingKind
from operations.access.seen import Permissions, SeenFile
from operations.access.wanted import FOLDERS, WantedFile, WantedFiles
from operations.world.marks import FilePart
from sheets_sync.building.standing import Difference as TabDifference
from sheets_sync.building.standing import archive_differences, book_differences
from sheets_sync.schema.access import (
    STRENGTH,
    AccessChange,
    Step,
    content_restriction,
    difference,
    file_settings,
    is_inherited,
    whom,
)

_PRESENTATION = frozenset(
    {"locale_changed", "time_zone_changed", "tab_hidden", "tab_shown", "tab_looks_alike"}
)
_ACCESS = frozenset({"protection_gone", "protection_changed", "protection_added"})
_MANAGES = frozenset({"owner", "organizer", "fileOrganizer"})


@dataclass(frozen=True)
class Remedy:
    """What mends a difference; all of it blank where a person has to.

    `metadata` are Drive's own words for a change of the file, `locked` those that a lock would refuse, `parent` the
    folder to lay it in, `access` changes of its permissions, `requests` of the spreadsheet.
    """

    metadata: Mapping[str, Any] = field(default_factory=dict)
    locked: Mapping[str, Any] = field(default_factory=dict)
    parent: str = ""
    access: tuple[AccessChange, ...] = ()
    requests: tuple[Mapping[str, Any], ...] = ()

    @property
    def does_anything(self) -> bool:
        """Tell whether there is anything to do."""
        return bool(self.metadata or self.locked or self.parent or self.access or self.requests)


@dataclass(frozen=True)
class FileDifference:
    """One finding about a file, and its remedy."""

    finding: Finding
    remedy: Remedy = Remedy()


@dataclass(frozen=True)
class Folder:
    """A folder above a file: its name, who may open it, and who may take rights off it."""

    name: str
    permissions: Permissions
    keepers: tuple[str, ...]


def keepers_of(permissions: Permissions) -> tuple[str, ...]:
    """Name who may take rights off a file or folder: its owner, in a shared drive its organizers."""
    return tuple(sorted(whom(each) for each in permissions if each["role"] in {"owner", "organizer"}))


def file_differences(
    wanted: WantedFile, seen: SeenFile | None, files: WantedFiles, folders: Mapping[str, Folder]
) -> Iterator[FileDifference]:
    """Compare a file with what it must be. `folders` are those above it that could be looked at, by id."""
    place = f"«{wanted.name or wanted.file_id}»"
    if seen is None:
        yield _found(wanted, FindingKind.PLACE, "file_gone", place, wanted.file_id, "")
        return
    place = f"«{seen.file.name}»"
    yield from _place(wanted, seen, place, folders)
    yield from _settings(wanted, seen, place)
    yield from _readers(wanted, seen, place, files, folders)
    if seen.sheets is not None:
        for tab in _tabs(wanted, seen, files):
            kind = FindingKind.PLACE
            kind = FindingKind.PRESENTATION if tab.code in _PRESENTATION else kind
            kind = FindingKind.ACCESS if tab.code in _ACCESS else kind
            where = f"{place} {tab.tab}".strip()
            found = _found(wanted, kind, tab.code, where, tab.wanted, tab.present)
            yield replace(found, remedy=Remedy(requests=tab.requests))


def _found(
    wanted: WantedFile, kind: FindingKind, code: str, place: str, sealed: str, present: str, **remedy: Any
) -> FileDifference:
    return FileDifference(Finding(wanted.month, code, place, sealed, present, kind), Remedy(**remedy))


# ---- where it lies and what it is called
def _place(
    wanted: WantedFile, seen: SeenFile, place: str, folders: Mapping[str, Folder]
) -> Iterator[FileDifference]:
    file, kind = seen.file, FindingKind.PLACE
    if file.trashed:
        yield _found(wanted, kind, "in_bin", place, "", "", metadata={"trashed": False})
    if wanted.name and file.name != wanted.name:
        yield _found(
            wanted, kind, "name_changed", place, wanted.name, file.name, locked={"name": wanted.name}
        )
    if wanted.parent and wanted.parent not in file.parents:
        names = [folders[each].name if each in folders else each for each in (wanted.parent, *file.parents)]
        yield _found(
            wanted, kind, "moved", place, names[0], ", ".join(names[1:]) or "—", parent=wanted.parent
        )


def _settings(wanted: WantedFile, seen: SeenFile, place: str) -> Iterator[FileDifference]:
    """Compare what editors may do with the file as a whole, and its lock; the folder around all has no editors."""
    file, kind = seen.file, FindingKind.ACCESS
    if wanted.kind is not None:
        settings = file_settings(wanted.kind)
        if file.writers_can_share and not file.in_shared_drive:
            change = {"writersCanShare": False}
            yield _found(wanted, kind, "resharing_allowed", place, "", "", metadata=change)
        copying = settings["copyRequiresWriterPermission"]
        if wanted.part not in FOLDERS and file.copy_requires_writer != copying:
            code = "copying_allowed" if copying else "copying_forbidden"
            change = {"copyRequiresWriterPermission": copying}
            yield _found(wanted, kind, code, place, "", "", metadata=change)
    if wanted.lock_reason is None:
        if file.read_only:
            unlocked = {"contentRestrictions": [{"readOnly": False}]}
            yield _found(wanted, kind, "locked", place, "", file.lock_reason, metadata=unlocked)
    elif not (file.read_only and file.lock_of_owner and file.lock_reason == wanted.lock_reason):
        lock = {"contentRestrictions": [content_restriction(wanted.lock_reason)]}
        code = "lock_changed" if file.read_only else "archive_unlocked"
        yield _found(wanted, kind, code, place, wanted.lock_reason, file.lock_reason, metadata=lock)


# ---- who may open it
def _readers(
    wanted: WantedFile,
    seen: SeenFile,
    place: str,
    files: WantedFiles,
    folders: Mapping[str, Folder],
) -> Iterator[FileDifference]:
    system = {email.lower() for email in files.accounts.system}
    above = next((folders[each] for each in seen.file.parents if each in folders), None)
    present = [_with_source(each, seen.file.parents, above) for each in seen.permissions]
    by_id = {str(each["id"]): each for each in present}
    for change in difference(present, wanted.grants):
        now = by_id.get(change.permission_id, {})
        yield from _reader(wanted, change, now, place, system, folders)
    for each in present:
        yield from _keeper(wanted, each, place, files, folders)
        yield from _terms(wanted, each, place)


def _reader(
    wanted: WantedFile,
    change: AccessChange,
    now: Mapping[str, Any],
    place: str,
    system: Iterable[str],
    folders: Mapping[str, Folder],
) -> Iterator[FileDifference]:
    kind, has = FindingKind.ACCESS, f"{change.whom}: {now.get('role', '')}"
    if change.step is Step.GRANT:
        should = f"{change.whom}: {change.role}"
        yield _found(wanted, kind, "access_missing", place, should, "", access=(change,))
    elif change.step is Step.CHANGE:
        should = f"{change.whom}: {change.role}"
        yield _found(wanted, kind, "access_role", place, should, has, access=(change,))
    elif change.whom in system:
        return  # the technical accounts may have more than they need
    elif change.step is Step.REVOKE:
        yield _found(wanted, kind, "access_extra", place, "", has, access=(change,))
    else:
        yield _found(wanted, kind, "access_inherited", place, "", f"{has} {_source(now, folders)}")


def _with_source(
    permission: Mapping[str, Any], parents: Sequence[str], above: Folder | None
) -> Mapping[str, Any]:
    """Say whence a right comes where Drive does not: in My Drive only the folder's own list tells it."""
    if "permissionDetails" in permission or above is None:
        return permission
    for each in above.permissions:
        if each["id"] == permission["id"] and _rank(each) >= _rank(permission):
            detail = {"inherited": True, "inheritedFrom": parents[0], "role": each["role"]}
            return {**permission, "permissionDetails": [detail]}
    return permission


def _rank(permission: Mapping[str, Any]) -> int:
    role = str(permission["role"])
    return STRENGTH.index(role) if role in STRENGTH else -1


def _source(permission: Mapping[str, Any], folders: Mapping[str, Folder]) -> str:
    """Name the folder that a right comes from, and who can take it off there."""
    for detail in permission.get("permissionDetails", ()):
        source = str(detail.get("inheritedFrom", ""))
        folder = folders.get(source)
        if folder is not None:
            return f"← «{folder.name}» ({', '.join(folder.keepers) or '?'})"
        if source:
            return f"← {source} (?)"
    return ""


def _keeper(
    wanted: WantedFile,
    permission: Mapping[str, Any],
    place: str,
    files: WantedFiles,
    folders: Mapping[str, Folder],
) -> Iterator[FileDifference]:
    """Name an owner who is no technical account, and those among the client's people who manage what they may not see."""
    role, who = str(permission["role"]), whom(permission)
    if role not in _MANAGES or who in {email.lower() for email in files.accounts.system}:
        return
    has = f"{who}: {role}"
    if role == "owner":
        owners = ", ".join(files.accounts.system)
        yield _found(wanted, FindingKind.ACCESS, "owner_changed", place, owners, has)
        return
    if not is_inherited(permission):
        change = AccessChange(Step.REVOKE, who, role, str(permission["id"]))
        yield _found(wanted, FindingKind.ACCESS, "access_extra", place, "", has, access=(change,))
    elif who in files.people:
        source = _source(permission, folders)
        yield _found(wanted, FindingKind.ACCESS, "access_inherited", place, "", f"{has} {source}".strip())


def _terms(wanted: WantedFile, permission: Mapping[str, Any], place: str) -> Iterator[FileDifference]:
    """Name a right that ends by itself, and an ownership that is offered to somebody: given anew it is neither."""
    who, role = whom(permission), str(permission["role"])
    target = next((grant.role for grant in wanted.grants if grant.email.lower() == who), None)
    if target is None:
        return  # it is named as one that should not be there at all
    anew = (
        AccessChange(Step.REVOKE, who, role, str(permission["id"])),
        AccessChange(Step.GRANT, who, target),
    )
    kind, should = FindingKind.ACCESS, f"{who}: {target}"
    if until := permission.get("expirationTime"):
        yield _found(wanted, kind, "access_expires", place, should, f"{who}: {role} → {until}", access=anew)
    if permission.get("pendingOwner"):
        yield _found(wanted, kind, "owner_offered", place, should, f"{who}: {role} → owner", access=anew)


# ---- the spreadsheet itself
def _tabs(wanted: WantedFile, seen: SeenFile, files: WantedFiles) -> Iterator[TabDifference]:
    owners = {*keepers_of(seen.permissions)}
    sheets = seen.sheets or {}
    if wanted.part is FilePart.MONTH_ARCHIVE:
        book = files.template.layout.workbook
        yield from archive_differences(book, files.accounts.system, sheets, owners=owners)
    elif wanted.book is not None:
        yield from book_differences(
            wanted.book,
            files.template.texts,
            files.accounts,
            sheets,
            seen.headers,
            owners=owners,
            months=map(str, wanted.months),
        )
