"""The list of files as a tree of folders, with owners and sharing in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sheets_emulator.store.records import FOLDER_MIME, SPREADSHEET_MIME

Json = Mapping[str, Any]


@dataclass(frozen=True)
class FileLine:
    """One line of the list; `depth` counts the folders above it."""

    id: str
    name: str
    kind: str  # folder, spreadsheet, file
    depth: int
    owner: str
    access: str
    sharing: str
    changed: str  # RFC 3339, UTC; the browser shows it in its own zone


def listing(files: Sequence[Json], text: Mapping[str, str]) -> list[FileLine]:
    """Folders first, each followed by what lies in it; a file whose folder is unseen stands at the top."""
    known = {file["id"]: file for file in files}
    below: dict[str, list[Json]] = {}
    for file in files:
        parent = next((p for p in file.get("parents", []) if p in known and p != file["id"]), "")
        below.setdefault(parent, []).append(file)
    lines: list[FileLine] = []
    shown: set[str] = set()

    def put(parent: str, depth: int) -> None:
        for file in sorted(below.get(parent, []), key=_order):
            if file["id"] not in shown:
                shown.add(file["id"])
                lines.append(_line(file, depth, text))
                put(file["id"], depth + 1)

    put("", 0)
    return lines


def _order(file: Json) -> tuple[bool, str]:
    return file.get("mimeType") != FOLDER_MIME, str(file.get("name", "")).casefold()


def _line(file: Json, depth: int, text: Mapping[str, str]) -> FileLine:
    kinds = {FOLDER_MIME: "folder", SPREADSHEET_MIME: "spreadsheet"}
    grants = [
        f"{grant.get('emailAddress') or grant.get('domain') or text['anyone']}: "
        f"{text.get('role_' + grant.get('role', ''), grant.get('role', ''))}"
        for grant in file.get("permissions", [])
    ]
    return FileLine(
        id=file["id"],
        name=file.get("name", ""),
        kind=kinds.get(file.get("mimeType", ""), "file"),
        depth=min(depth, 8),
        owner=", ".join(owner.get("emailAddress", "") for owner in file.get("owners", [])),
        access=text["may_edit" if file.get("capabilities", {}).get("canEdit") else "may_view"],
        sharing="; ".join(grants),
        changed=file.get("modifiedTime", ""),
    )
