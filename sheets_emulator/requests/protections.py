"""Requests about protected and named ranges."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING

from sheets_emulator.access import permissions
from sheets_emulator.book import defaults
from sheets_emulator.book.a1 import resolve
from sheets_emulator.cells.protection import covered
from sheets_emulator.cells.resources import protection_resource, without_zero_sheet
from sheets_emulator.requests.fields import find_object, mask_of, needed
from sheets_emulator.wire.errors import invalid
from sheets_emulator.wire.masks import update

if TYPE_CHECKING:
    from sheets_emulator.book.document import Json, Sheet
    from sheets_emulator.cells.editing import Editing

_NAME = re.compile(r"[A-Za-z_\u0080-\U0010ffff][\w.]{0,249}")
_CELL_NAME = re.compile(r"[A-Za-z]{1,3}[0-9]+|[Rr][0-9]*[Cc][0-9]*|(?i:true|false)")


def add_protection(editing: Editing, body: Json) -> Json:
    """Protect a range, a named range or a tab.

    The owner and the caller are among the editors by themselves; without `editors` everybody who may edit
    the file now is. The reply shows the editors as they were sent.
    """
    given = needed(body, "protectedRange")
    made = _checked(editing, given)
    number = given.get("protectedRangeId") or int(editing.engine.new_id("protectedRange"))
    if find_object(editing.document, "protectedRanges", "protectedRangeId", number):
        raise invalid(f"A protected range with id {number} already exists.")
    made = {"protectedRangeId": number, **{n: v for n, v in made.items() if n != "protectedRangeId"}}
    place = covered(editing.document, made)
    if place is None:
        raise invalid("A protected range must have a range, a named range or a table.")
    editing.guard.check(place)
    place.sheet.objects["protectedRanges"].append(made)
    reply = protection_resource(made, editing.guard)
    if not made.get("warningOnly"):
        if "editors" not in made:
            made["editors"] = {"users": _writers(editing)}
        _add_inherent_editors(editing, made)
        reply.setdefault("editors", copy.deepcopy(made["editors"]) if "editors" not in given else {})
    return {"protectedRange": reply}


def update_protection(editing: Editing, body: Json) -> Json:
    """Change a protection."""
    given = needed(body, "protectedRange")
    sheet, held = _existing(editing, given.get("protectedRangeId", 0))
    editing.guard.check_protection(held)
    mask = mask_of(body, "ProtectedRange")
    wanted = copy.deepcopy(held)
    update(wanted, given, mask)
    wanted["protectedRangeId"] = held["protectedRangeId"]
    if wanted.get("warningOnly") and ("editors" not in mask and "*" not in mask):
        wanted.pop("editors", None)
    made = _checked(editing, wanted)
    place = covered(editing.document, made)
    if place is None:
        raise invalid("A protected range must have a range, a named range or a table.")
    if not made.get("warningOnly"):
        made.setdefault("editors", {})
        _add_inherent_editors(editing, made)
    sheet.objects["protectedRanges"].remove(held)
    place.sheet.objects["protectedRanges"].append(made)
    return {}


def delete_protection(editing: Editing, body: Json) -> Json:
    """Remove a protection."""
    sheet, held = _existing(editing, body.get("protectedRangeId", 0))
    editing.guard.check_protection(held)
    sheet.objects["protectedRanges"].remove(held)
    return {}


def _existing(editing: Editing, number: int) -> tuple[Sheet, Json]:
    existing = find_object(editing.document, "protectedRanges", "protectedRangeId", number)
    if existing is None:
        raise invalid(f"No protected range with id: {number}")
    return existing


def _checked(editing: Editing, given: Json) -> Json:
    """A protection as it is kept; its range bounded by the grid only where it was."""
    if given.get("warningOnly") and any(given.get("editors", {}).values()):
        raise invalid("Editors cannot be set on a protected range with warningOnly.")
    if "tableId" in given:
        raise invalid("Protecting a table is not emulated.")
    made = defaults.normalise("ProtectedRange", given)
    made.pop("requestingUserCanEdit", None)
    if "editors" in given and not given.get("warningOnly"):
        made["editors"] = defaults.normalise("Editors", given["editors"])
    if "namedRangeId" in made:
        named = next(
            (n for n in editing.document.named_ranges if n["namedRangeId"] == made["namedRangeId"]), None
        )
        if named is None:
            raise invalid(f"No named range with id: {made['namedRangeId']}")
        made["range"] = named["range"]
    if "range" in made:
        area = resolve(editing.document, made["range"])
        if area.exceeds():
            raise invalid(area.limits_error())
        made["range"] = {"sheetId": area.sheet.sheet_id, **made["range"]}
    for free in made.get("unprotectedRanges", []):
        free.setdefault("sheetId", 0)
        resolve(editing.document, free)
    return made


def _add_inherent_editors(editing: Editing, made: Json) -> None:
    users: list[str] = list(made["editors"].get("users", []))
    for email in (editing.caller.email, editing.file.owner_email):
        if email and email.lower() not in (user.lower() for user in users):
            users.append(email)
    made["editors"]["users"] = users


def _writers(editing: Editing) -> list[str]:
    """Everybody who may edit the file now."""
    grants = permissions.effective(editing.txn, editing.file)
    strong = permissions.RANK["writer"]
    return [g.permission.email for g in grants if g.permission.email and permissions.RANK[g.role] >= strong]


# ---- named ranges
def add_name(editing: Editing, body: Json) -> Json:
    """Name a range."""
    given = needed(body, "namedRange")
    number = given.get("namedRangeId") or editing.engine.new_id("namedRange")
    if any(n["namedRangeId"] == number for n in editing.document.named_ranges):
        raise invalid(f"A named range with id {number} already exists.")
    made = _checked_name(editing, {**given, "namedRangeId": number}, None)
    editing.document.named_ranges.append(made)
    editing.cells_changed = True
    return {"namedRange": without_zero_sheet(made)}


def update_name(editing: Editing, body: Json) -> Json:
    """Change a named range's name or place."""
    given = needed(body, "namedRange")
    held = _named(editing, given.get("namedRangeId", ""))
    mask = mask_of(body, "NamedRange")
    wanted = copy.deepcopy(held)
    update(wanted, given, mask)
    wanted["namedRangeId"] = held["namedRangeId"]
    made = _checked_name(editing, wanted, held)
    held.clear()
    held.update(made)
    editing.cells_changed = True
    return {}


def delete_name(editing: Editing, body: Json) -> Json:
    """Forget a name; the cells stay."""
    held = _named(editing, body.get("namedRangeId", ""))
    editing.document.named_ranges.remove(held)
    editing.cells_changed = True
    return {}


def _named(editing: Editing, number: str) -> Json:
    held = next((n for n in editing.document.named_ranges if n["namedRangeId"] == number), None)
    if held is None:
        raise invalid(f"No named range with id: {number}")
    return held


def _checked_name(editing: Editing, given: Json, own: Json | None) -> Json:
    name = given.get("name", "")
    if not _NAME.fullmatch(name) or _CELL_NAME.fullmatch(name):
        raise invalid(f"Invalid name: {name}")
    for other in editing.document.named_ranges:
        if other is not own and other["name"].casefold() == name.casefold():
            raise invalid(f"A named range with name: {name} already exists.")
    area = resolve(editing.document, needed(given, "range"))
    if area.exceeds():
        raise invalid(area.limits_error())
    place = {"sheetId": area.sheet.sheet_id, **given["range"]}
    return {"namedRangeId": given["namedRangeId"], "name": name, "range": place}


HANDLERS = {
    "addProtectedRange": add_protection,
    "updateProtectedRange": update_protection,
    "deleteProtectedRange": delete_protection,
    "addNamedRange": add_name,
    "updateNamedRange": update_name,
    "deleteNamedRange": delete_name,
}
