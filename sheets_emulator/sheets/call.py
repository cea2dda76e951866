"""One call of Sheets v4: opening the spreadsheet that it names, saving it, and the mask of its answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sheets_emulator.cells.editing import Editing, open_spreadsheet
from sheets_emulator.formulas.calculation import recalculate
from sheets_emulator.requests.tables import refit
from sheets_emulator.wire.errors import ApiError
from sheets_emulator.wire.masks import MaskError, check_mask, parse_mask, project
from sheets_emulator.wire.schema import sheets_messages

if TYPE_CHECKING:
    from sheets_emulator.access.tokens import Caller
    from sheets_emulator.book.document import Json
    from sheets_emulator.store.database import Txn
    from sheets_emulator.store.engine import Engine
    from sheets_emulator.wire.masks import Mask


@dataclass(frozen=True)
class Call:
    """One API call: who, on which spreadsheet, with what; `path` holds ids and ranges of the address."""

    engine: Engine
    txn: Txn
    caller: Caller
    path: dict[str, str]
    query: Json
    body: Json
    mask: Mask | None

    def open(self, *, to_write: bool = False) -> Editing:
        """The spreadsheet of the address, if the caller may."""
        return open_spreadsheet(self.engine, self.txn, self.caller, self.path["id"], to_write=to_write)


def save(editing: Editing) -> None:
    """Let tables be what their headers say, recalculate, store the document, and note the change of the file."""
    document = editing.document
    if any(sheet.objects["tables"] for sheet in document.sheets):
        refit(editing)
    if editing.cells_changed and any(row.formulas for sheet in document.sheets for row in sheet.grid.rows):
        recalculate(document, editing.engine.clock())
    editing.txn.put_document(editing.file.id, document)
    editing.file = replace(
        editing.file,
        modified_at=editing.now,
        last_modifying_user=editing.caller.email,
        version=editing.file.version + 1,
    )
    editing.txn.put_file(editing.file)
    editing.txn.append_change(editing.file.id, "file", editing.now)


def mask_for(text: str | None, message: str) -> Mask | None:
    """The `fields` parameter as a tree; None when there is none.

    Raises:
        ApiError: 400, a path that the answer does not have.
    """
    if text is None or text.strip() in ("", "*"):
        return None
    try:
        mask = parse_mask(text)
        check_mask(mask, message, sheets_messages())
    except MaskError as error:
        told = f"Error expanding 'fields' parameter. Cannot find matching fields for path '{error}'."
        violation = {"field": str(error), "description": told}
        details = [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}]
        raise ApiError(400, "INVALID_ARGUMENT", "Request contains an invalid argument.", details) from error
    return mask


def masked(answer: Json, mask: Mask | None) -> Any:
    """The answer as the mask leaves it."""
    return answer if mask is None else project(answer, mask)
