"""One caller at work on one spreadsheet within a transaction: rights, entering values, growth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sheets_emulator.access import permissions
from sheets_emulator.cells.protection import Guard
from sheets_emulator.formulas import calculation
from sheets_emulator.numbers.typing_in import format_after, parse
from sheets_emulator.store.records import SPREADSHEET_MIME
from sheets_emulator.wire.errors import NO_PERMISSION, NOT_FOUND, ApiError, invalid

if TYPE_CHECKING:
    from datetime import datetime

    from sheets_emulator.access.tokens import Caller
    from sheets_emulator.book.document import Document, Json, Sheet
    from sheets_emulator.book.grid import Scalar
    from sheets_emulator.store.database import Txn
    from sheets_emulator.store.engine import Engine
    from sheets_emulator.store.records import FileRecord

MOST_CELLS = 10_000_000
MOST_CHARACTERS = 50_000
MOST_COLUMNS = 18_278


@dataclass
class Editing:
    """A spreadsheet opened for a caller; `sheets.call.save` when something was changed."""

    engine: Engine
    txn: Txn
    caller: Caller
    file: FileRecord
    document: Document
    guard: Guard
    cells_changed: bool = field(default=False)

    @property
    def now(self) -> datetime:
        """The moment of this request."""
        return self.engine.now()

    # ---- growth
    def grow(self, sheet: Sheet, rows: int, columns: int) -> None:
        """Make the grid at least this large.

        Raises:
            ApiError: 400, more cells than a spreadsheet may have.
        """
        rows, columns = max(rows, sheet.row_count), max(columns, sheet.column_count)
        if (rows, columns) != (sheet.row_count, sheet.column_count):
            self.check_size(rows * columns - sheet.row_count * sheet.column_count, columns)
            sheet.resize(rows, columns)

    def check_size(self, more_cells: int, columns: int = 0) -> None:
        """Refuse more cells or columns than a spreadsheet may have.

        Raises:
            ApiError: 400.
        """
        if columns > MOST_COLUMNS:
            raise invalid(
                f"This action would increase the number of columns above the limit of {MOST_COLUMNS}."
            )
        if more_cells > 0 and self.document.cell_count() + more_cells > MOST_CELLS:
            raise invalid(
                "This action would increase the number of cells in the workbook above the limit of "
                f"{MOST_CELLS} cells."
            )

    # ---- entering
    def enter_typed(self, sheet: Sheet, row: int, column: int, text: str) -> None:
        """Put in what typing this text into the cell means, number format included."""
        check_length(text)
        style = self.document.styles[sheet.grid.style(row, column)]
        held = style.get("userEnteredFormat", {})
        entered = parse(
            text,
            self.document.locale,
            self.document.time_zone,
            current_format=held.get("numberFormat"),
            now=self.engine.clock(),
        )
        self.enter_extended(sheet, row, column, dict(entered.value))
        if entered.number_format is None:
            return
        wanted = format_after(held.get("numberFormat"), entered)
        if wanted is not None and wanted != held.get("numberFormat"):
            changed = {**style, "userEnteredFormat": {**held, "numberFormat": wanted}}
            sheet.grid.writable(row).set_style(column, self.document.styles.number(changed))

    def enter_extended(self, sheet: Sheet, row: int, column: int, value: Json) -> None:
        """Put an ExtendedValue in; an empty one clears the cell.

        Raises:
            ApiError: 400, a formula without `=`, an error value, or a text that is too long.
        """
        self.cells_changed = True
        self._erase_runs(sheet, row, column)
        formula = value.get("formulaValue")
        if formula is not None:
            check_length(formula)
            if not formula.startswith("="):
                raise invalid(f"Invalid formula: {formula!r}. Formulas must begin with '='.")
            sheet.grid.enter(row, column, None, formula)
            return
        sheet.grid.enter(row, column, plain_value(value))

    def enter_raw(self, sheet: Sheet, row: int, column: int, value: Scalar) -> None:
        """Put a value in as it is; the empty text clears the cell."""
        if isinstance(value, str):
            check_length(value)
            value = value or None
        self.cells_changed = True
        self._erase_runs(sheet, row, column)
        sheet.grid.enter(row, column, value)

    def _erase_runs(self, sheet: Sheet, row: int, column: int) -> None:
        """Take the looks of parts of a text away: they belong to the value that was there."""
        style = self.document.styles[sheet.grid.style(row, column)]
        if "textFormatRuns" in style or "chipRuns" in style:
            kept = {
                name: value for name, value in style.items() if name not in ("textFormatRuns", "chipRuns")
            }
            sheet.grid.writable(row).set_style(column, self.document.styles.number(kept))


def open_spreadsheet(engine: Engine, txn: Txn, caller: Caller, file_id: str, *, to_write: bool) -> Editing:
    """The spreadsheet, if the caller may read it, or change it.

    Raises:
        ApiError: 404 no such file, 403 no right, 400 no spreadsheet.
    """
    file = txn.file(file_id)
    if file is None:
        raise ApiError(404, "NOT_FOUND", NOT_FOUND)
    role = permissions.role_of(txn, file, caller)
    may_edit = permissions.may_write(role, file)
    if not permissions.may_read(role) or (to_write and not may_edit):
        raise ApiError(403, "PERMISSION_DENIED", NO_PERMISSION)
    if file.mime_type != SPREADSHEET_MIME:
        raise ApiError(400, "FAILED_PRECONDITION", "This operation is not supported for this document")
    # A write calculates when it saves.
    document = txn.document(file_id) if to_write else present(txn, file_id, engine.clock())
    guard = Guard(document, caller.email, role == "owner", may_edit)
    return Editing(engine, txn, caller, file, document, guard)


def present(txn: Txn, file_id: str, now: datetime) -> Document:
    """The spreadsheet as it is at this moment, for reading: what asks the clock or for chance is calculated anew."""
    document = txn.document(file_id)
    if not _is_volatile(document):
        return document
    now_due = document.fork()
    calculation.recalculate(now_due, now)
    if not _is_volatile(
        now_due
    ):  # it only lacked the formats that go with results: nobody needs to look again
        txn.keep(file_id, now_due)
    return now_due


def _is_volatile(document: Document) -> bool:
    if document.is_volatile is None:
        document.is_volatile = calculation.has_volatile(document)
    return document.is_volatile


def plain_value(value: Json) -> Scalar:
    """The value of an ExtendedValue that is no formula; None for an empty one.

    Raises:
        ApiError: 400, an error value, or a text that is too long.
    """
    if "errorValue" in value:
        raise invalid("Cells cannot be set to an error value.")
    held: Any = next((value[n] for n in ("numberValue", "boolValue", "stringValue") if n in value), None)
    if isinstance(held, str):
        check_length(held)
        return held or None
    return held if isinstance(held, (bool, int, float)) else None


def check_length(text: str) -> None:
    """Refuse a text that no cell can hold.

    Raises:
        ApiError: 400.
    """
    if len(text) > MOST_CHARACTERS:
        raise invalid(
            f"Your input contains more than the maximum of {MOST_CHARACTERS} characters in a single cell."
        )
