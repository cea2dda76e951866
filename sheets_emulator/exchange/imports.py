"""A spreadsheet made from an uploaded table, its fields understood as if typed."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from sheets_emulator.book.defaults import new_document
from sheets_emulator.formulas.calculation import recalculate
from sheets_emulator.numbers.typing_in import Entered, parse
from sheets_emulator.wire.errors import drive_error

if TYPE_CHECKING:
    from sheets_emulator.book.document import Document, Sheet

_DELIMITERS = {"text/csv": ",", "text/tab-separated-values": "\t"}
_CELL_CHARACTERS = 50_000


def imported(
    data: bytes, mime_type: str, title: str = "Sheet1", *, locale: str = "en_US", time_zone: str = "Etc/GMT"
) -> Document:
    """A spreadsheet with one tab named `title`, from CSV or TSV in UTF-8 (other bytes become U+FFFD).

    Raises:
        ApiError: 400, another type of content, or a cell of more than 50,000 characters.
    """
    delimiter = _DELIMITERS.get(mime_type.partition(";")[0].strip().lower())
    if delimiter is None:
        raise drive_error(400, "badRequest", "The requested conversion is not supported.")
    text = data.decode("utf-8-sig", "replace")
    document = new_document(locale, time_zone)
    sheet = document.sheets[0]
    sheet.properties["title"] = title or "Sheet1"
    csv.field_size_limit(max(_CELL_CHARACTERS * 100, csv.field_size_limit()))
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise drive_error(400, "badRequest", f"The table cannot be read: {error}") from error
    width = max((len(row) for row in rows), default=0)
    sheet.resize(max(sheet.row_count, len(rows)), max(sheet.column_count, width))
    for index, row in enumerate(rows):
        for column, field in enumerate(row):
            if len(field) > _CELL_CHARACTERS:
                raise drive_error(
                    400, "badRequest", "Your input contains more than the maximum of 50000 characters."
                )
            if field:
                _enter(document, sheet, index, column, parse(field, locale, time_zone))
    recalculate(document)
    return document


def _enter(document: Document, sheet: Sheet, row: int, column: int, entered: Entered) -> None:
    formula = entered.value.get("formulaValue")
    value = next(iter(entered.value.values()), None) if formula is None else None
    sheet.grid.enter(row, column, value, formula)
    if entered.number_format is not None:
        style = document.styles.number({"userEnteredFormat": {"numberFormat": entered.number_format}})
        sheet.grid.writable(row).set_style(column, style)
