"""What most requests share: their field mask, and the object that they name by id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheets_emulator.book.defaults import twin_colors
from sheets_emulator.wire.errors import invalid
from sheets_emulator.wire.masks import Mask, check_mask, parse_mask
from sheets_emulator.wire.schema import sheets_messages

if TYPE_CHECKING:
    from sheets_emulator.book.document import Document, Json, Sheet


def mask_of(body: Json, message: str) -> Mask:
    """The request's `fields` as a tree over a message, colours in both forms.

    Raises:
        ApiError: 400, no field is named.
        MaskError: a field that does not exist.
    """
    text = body.get("fields", "").strip()
    if not text:
        raise invalid("At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)")
    mask = parse_mask(text)
    if "*" in mask:
        return {"*": {}}
    check_mask(mask, message, sheets_messages())
    return twin_colors(mask, message)


def needed(body: Json, name: str) -> Json:
    """A nested message that must be there.

    Raises:
        ApiError: 400.
    """
    given = body.get(name)
    if given is None:
        raise invalid(f"{name} must be specified.")
    value: Json = given
    return value


def find_object(document: Document, family: str, key: str, value: int | str) -> tuple[Sheet, Json] | None:
    """The stored object with this id, and its tab."""
    for sheet in document.sheets:
        for one in sheet.objects[family]:
            if one.get(key) == value:
                return sheet, one
    return None
