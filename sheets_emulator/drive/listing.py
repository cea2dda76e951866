"""files.list: the files that a caller may find, filtered by `q`, ordered, page by page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sheets_emulator.access.permissions import RANK, drive_role_of, grants, reaches
from sheets_emulator.drive.call import Call, bad_parameter, page
from sheets_emulator.drive.places import as_indexed, folders, is_trashed, root_id
from sheets_emulator.drive.query import QueryError, Searched, Test, Trait, parse
from sheets_emulator.drive.refusals import drive_not_found
from sheets_emulator.drive.resources import file_json
from sheets_emulator.store.records import FOLDER_MIME, SPREADSHEET_MIME, FileRecord, PermissionRecord
from sheets_emulator.wire.errors import drive_error

if TYPE_CHECKING:
    from sheets_emulator.store.database import Txn

_NUMBERS = re.compile(r"(\d+)")
_ORDERS: dict[str, Callable[[Call, FileRecord], Any]] = {
    "createdTime": lambda _, f: f.created_at,
    "folder": lambda _, f: f.mime_type != FOLDER_MIME,
    "modifiedByMeTime": lambda _, f: f.modified_at,
    "modifiedTime": lambda _, f: f.modified_at,
    "name": lambda _, f: f.name.casefold(),
    "name_natural": lambda _, f: _natural(f.name),
    "quotaBytesUsed": lambda c, f: len(c.txn.blob(f.id) or b""),
    "recency": lambda _, f: f.modified_at,
    "sharedWithMeTime": lambda _, f: f.created_at,
    "starred": lambda c, f: c.caller.email.lower() not in f.extra.get("starredBy", []),
    "viewedByMeTime": lambda _, f: f.modified_at,
}


def list_files(call: Call) -> dict[str, Any]:
    """files.list. The search knows files as they were `search_lag_seconds` (a setting) ago."""
    query = call.query.get("q", "")
    try:
        test = parse(query, call.caller.email)
    except QueryError as error:
        raise bad_parameter("q", "Invalid Value", "invalid") from error
    order = call.query.get("orderBy", "")
    if order and "fullText" in query:
        raise bad_parameter(
            "orderBy",
            "Sorting is not supported for queries with fullText terms. "
            "Results are always in descending relevance order.",
            "badRequest",
        )
    text_wanted, in_corpus = "fullText" in query, _corpus(call)
    matching = []
    for file in call.txn.files_with(_traits(call, test)):
        known = as_indexed(call, file) if in_corpus(file) else None
        if known is not None and _findable(call, known) and test(_searched(call, known, text=text_wanted)):
            matching.append(file)
    items, following = page(call, _ordered(call, matching, order), 100, 1000)
    answer: dict[str, Any] = {"kind": "drive#fileList", "incompleteSearch": False}
    if following is not None:
        answer["nextPageToken"] = following
    return answer | {"files": [file_json(call, file) for file in items]}


def _traits(call: Call, test: Test) -> list[Trait]:
    """What the files looked for have for certain: nothing while the search lags, for it goes by what they had."""
    if call.engine.settings.get("search_lag_seconds", 0):
        return []
    # That a file lies in My Drive itself is not written on it.
    tops = {("parent", "root"), ("parent", root_id(call.caller.email))}
    drive_id = call.query.get("driveId")
    return [*(test.traits - tops), *([("drive", drive_id)] if drive_id is not None else [])]


def _corpus(call: Call) -> Callable[[FileRecord], bool]:
    """Where the search looks.

    Raises:
        ApiError: the parameters contradict each other, or name a drive that the caller does not know.
    """
    corpora, drive_id = call.query.get("corpora", "user"), call.query.get("driveId")
    if (corpora == "drive") != (drive_id is not None):
        raise drive_error(
            403,
            "teamDriveIdRequired",
            "The driveId parameter must be specified if and only if corpora is set to drive.",
        )
    if corpora not in ("user", "drive", "domain", "allDrives"):
        raise bad_parameter("corpora", "Invalid Value", "invalid")
    drives_too = call.all_drives and (
        call.flag("includeItemsFromAllDrives") or call.flag("includeTeamDriveItems")
    )
    if corpora in ("drive", "allDrives") and not drives_too:
        raise drive_error(
            403,
            "teamDrivesNotSupported",
            "The includeItemsFromAllDrives and supportsAllDrives parameters must be true for this corpora.",
        )
    if drive_id is not None:
        drive = call.txn.drive(drive_id)
        if drive is None or drive_role_of(call.txn, drive, call.caller) is None:
            raise drive_not_found(drive_id)
        return lambda file: file.drive_id == drive_id
    return lambda file: file.drive_id is None or drives_too


def _findable(call: Call, file: FileRecord) -> bool:
    """Reached by more than a link, and not in another owner's trash."""
    me = call.caller.email.lower()
    if file.drive_id is None and (file.owner_email or "").lower() != me and is_trashed(call.txn, file):
        return False
    return any(
        (g.permission.type != "anyone" or g.permission.extra.get("allowFileDiscovery"))
        and reaches(call.txn, g.permission, call.caller)
        for g in grants(call.txn, file)
    )


def _searched(call: Call, file: FileRecord, *, text: bool) -> Searched:
    me = call.caller.email.lower()
    reached = list(grants(call.txn, file))
    people = [(g.role, (g.permission.email or "").lower()) for g in reached if g.permission.email]
    own = (file.owner_email or "").lower() == me
    parents = folders(file) or ([root_id(me), "root"] if own else [])
    return Searched(
        name=file.name,
        mime_type=file.mime_type,
        modified_at=file.modified_at,
        created_at=file.created_at,
        viewed_by_me_at=file.modified_at if own else None,
        text=f"{file.description} {_text(call.txn, file)}" if text else "",
        trashed=is_trashed(call.txn, file),
        starred=me in file.extra.get("starredBy", []),
        shared_with_me=not own and file.drive_id is None,
        visibility=_visibility([g.permission for g in reached]),
        members={
            "parents": frozenset(parents),
            "owners": frozenset(email for role, email in people if role == "owner"),
            "writers": frozenset(email for role, email in people if RANK[role] >= RANK["writer"]),
            "readers": frozenset(email for _, email in people),
        },
        properties={
            "properties": file.properties,
            "appProperties": file.extra.get("appPropertiesOf", {}).get(me, {}),
        },
    )


def _visibility(reached: list[PermissionRecord]) -> str:
    for kind in ("anyone", "domain"):
        of_kind = [permission for permission in reached if permission.type == kind]
        if of_kind:
            can_find = any(permission.extra.get("allowFileDiscovery") for permission in of_kind)
            return kind + ("CanFind" if can_find else "WithLink")
    return "limited"


def _text(txn: Txn, file: FileRecord) -> str:
    if file.mime_type != SPREADSHEET_MIME:
        data = txn.blob(file.id) if file.mime_type.startswith("text/") else None
        return (data or b"").decode("utf-8", "replace")
    rows = (row for sheet in txn.document(file.id).sheets for row in sheet.grid.rows)
    return " ".join(str(value) for row in rows for value in row.values if value is not None)


def _ordered(call: Call, files: list[FileRecord], order: str) -> list[FileRecord]:
    """By the keys of `orderBy`, each perhaps with `desc`; without it the last changed first."""
    ordered = sorted(files, key=lambda file: (file.modified_at, file.created_at, file.id), reverse=True)
    for part in reversed([one.split() for one in order.split(",") if one.strip()]):
        key = _ORDERS.get(part[0])
        if key is None or part[1:] not in ([], ["desc"]):
            raise bad_parameter("orderBy", "Invalid Value", "invalid")
        ordered.sort(key=lambda file, key=key: key(call, file), reverse=len(part) == 2)  # type: ignore[misc]
    return ordered


def _natural(name: str) -> list[tuple[int, int | str]]:
    return [(0, int(p)) if p.isdigit() else (1, p.casefold()) for p in _NUMBERS.split(name) if p]
