"""An .xlsx file read into the same raw cells as Google gives: the offline way into the same path.

Here the number formats are at hand, so that each number is known by what it is shown as (behaviour §3). A file saved as
«Strict Open XML» is read as the usual kind that it is but for the names of its parts.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import to_excel

from kpi_rules.errors import RefusedError
from kpi_rules.spelling import folded
from sheets_sync.reading.cells import RawBook, Row, Rows
from sheets_sync.reading.fitting import fitting_book
from sheets_sync.reading.tables import locate
from sheets_sync.schema.layout import Book, Column, Tab
from sheets_sync.schema.shown_forms import NUMBER_KINDS, BookForms, ColumnForms, Shown, is_wrong, shown_by

NOT_CALCULATED = "#CALC!"
"""Stands in place of a formula that no program has calculated yet; reading reports it as an error value."""
_OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED_MARK = "EncryptedPackage".encode("utf-16-le")


class NotXlsxError(RefusedError):
    """The file is something else than an .xlsx workbook, or is damaged."""


class PasswordProtectedError(RefusedError):
    """The file is encrypted with a password."""


def read(path: Path, book: Book) -> RawBook:
    """Read the input tabs of a book from an .xlsx file; dates become serial days, formulas their results.

    Tabs are found by their titles, without regard to case and stray spaces; `missing` names those that are
    not there. Raises NotXlsxError, PasswordProtectedError, or RefusedError where there is no such file.
    """
    return read_fitting(path, [book])[1]


def read_fitting(path: Path, books: Sequence[Book]) -> tuple[int, RawBook]:
    """Read a file as that book, by its index, whose tabs and headers it has (`fitting_book`).

    Raises what `read` raises.
    """
    _refuse_others(path)
    titles: dict[str, str] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # styles and extensions that openpyxl does not know
        try:
            content = _transitional(path.read_bytes())
            calculated = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        except (KeyError, ValueError, OSError, zipfile.BadZipFile, SyntaxError) as error:
            raise _damaged(path) from error
        formulas = load_workbook(io.BytesIO(content), read_only=True) if _has_formulas(content) else None
        try:
            present = {folded(title): title for title in calculated.sheetnames}
            chosen = fitting_book(_headers(calculated, present, books), books) if len(books) > 1 else 0
            book = books[chosen]
            titles = {
                tab.key: present[folded(tab.title)] for tab in book.inputs() if folded(tab.title) in present
            }
            sheets = {
                tab.key: _sheet(calculated, formulas, titles[tab.key], tab)
                for tab in book.inputs()
                if tab.key in titles
            }
        except (KeyError, ValueError, zipfile.BadZipFile, SyntaxError) as error:
            raise _damaged(path) from error
        finally:
            calculated.close()
            if formulas is not None:
                formulas.close()
    missing = frozenset(tab.key for tab in book.inputs()) - frozenset(sheets)
    tabs = {key: sheet.rows for key, sheet in sheets.items()}
    return chosen, RawBook(tabs, missing=missing, titles=titles, forms=_forms(sheets))


def _refuse_others(path: Path) -> None:
    if not path.is_file():
        raise RefusedError("file_missing", file=path.name)
    content = path.read_bytes()
    if content.startswith(_OLE_MAGIC):
        if _ENCRYPTED_MARK in content:
            raise PasswordProtectedError("xlsx_with_password", file=path.name)
        raise NotXlsxError("xlsx_of_old_kind", file=path.name)
    if not zipfile.is_zipfile(path):
        raise NotXlsxError("no_xlsx", file=path.name)
    with zipfile.ZipFile(path) as archive:
        if "[Content_Types].xml" not in archive.namelist():
            raise NotXlsxError("no_xlsx", file=path.name)


def _damaged(path: Path) -> NotXlsxError:
    return NotXlsxError("xlsx_damaged", file=path.name)


_STRICT = b"http://purl.oclc.org/ooxml/"
_TRANSITIONAL = (
    (b"http://purl.oclc.org/ooxml/spreadsheetml/main", b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"),
    (b"http://purl.oclc.org/ooxml/drawingml/", b"http://schemas.openxmlformats.org/drawingml/2006/"),
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships/metadata/core-properties",
     b"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"),
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships",
     b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"),
    (b"http://purl.oclc.org/ooxml/officeDocument/", b"http://schemas.openxmlformats.org/officeDocument/2006/"),
    (b' conformance="strict"', b""),
)  # fmt: skip
"""The names of a «Strict» file and those of the usual kind (ISO/IEC 29500, parts 1 and 4)."""


def _transitional(content: bytes) -> bytes:
    """Give a file of the usual kind: the file itself, or a «Strict» one under the usual names."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        workbook = next((name for name in archive.namelist() if name == "xl/workbook.xml"), None)
        if workbook is None or _STRICT not in archive.read(workbook):
            return content
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as renamed:
            for name in archive.namelist():
                part = archive.read(name)
                for strict, usual in _TRANSITIONAL if name.endswith((".xml", ".rels")) else ():
                    part = part.replace(strict, usual)
                renamed.writestr(name, part)
    return made.getvalue()


def _has_formulas(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return any(b"<f>" in archive.read(name) or b"<f " in archive.read(name) for name in sheets)


def _headers(calculated: Workbook, present: Mapping[str, str], books: Sequence[Book]) -> dict[str, Row]:
    """Give row 1 of each tab that one of the books may mean, by its folded title."""
    wanted = {folded(tab.title) for book in books for tab in book.inputs()} & present.keys()
    first = {title: next(_rows_of(calculated, present[title], values_only=True), ()) for title in wanted}
    return {title: list(row) for title, row in first.items()}


@dataclass(frozen=True)
class _Sheet:
    """The rows of a tab, as what the numbers of its number columns are shown where that is wrong, and formulas in «№»."""

    tab: Tab
    rows: Rows
    wrong: Mapping[str, Mapping[int, Shown]]
    numbered: tuple[int, ...] = field(default=())


def _sheet(calculated: Workbook, formulas: Workbook | None, title: str, tab: Tab) -> _Sheet:
    rows: Rows = []
    wrong: dict[str, dict[int, Shown]] = {}
    columns: list[tuple[int, Column]] = []
    for number, cells in enumerate(_rows_of(calculated, title, values_only=False), start=1):
        rows.append(_trimmed(_plain(cell.value) for cell in cells))
        if number == 1:
            found = locate(tab, rows).places
            columns = [(found[c.key], c) for c in tab.columns if c.kind in NUMBER_KINDS and c.key in found]
            continue
        for position, column in columns:
            value = rows[-1][position] if position < len(rows[-1]) else None
            if isinstance(value, int | float) and not isinstance(value, bool):
                shown = shown_by(cells[position].number_format, negative=value < 0)
                if is_wrong(shown, column.kind, percents=column.percents):
                    wrong.setdefault(column.key, {})[number] = shown
    numbered: tuple[int, ...] = ()
    if formulas is not None:
        places = [
            (row, column)
            for row, cells in enumerate(_rows_of(formulas, title, values_only=False))
            for column, cell in enumerate(cells)
            if cell.data_type == "f"
        ]
        at = locate(tab, rows).places.get("number") if rows else None
        numbered = tuple(row + 1 for row, column in places if column == at)
        _mark_uncalculated(rows, places)
    while rows and not rows[-1]:
        rows.pop()
    return _Sheet(tab, rows, wrong, numbered)


def _forms(sheets: Mapping[str, _Sheet]) -> BookForms:
    """Give what is known of the cells: a file tells the format of every one."""
    return BookForms(
        columns={
            (key, column): ColumnForms(wrong, None)
            for key, sheet in sheets.items()
            for column, wrong in sheet.wrong.items()
        },
        others=ColumnForms(fine=None),
        numbered={
            key: (sheet.numbered[0], len(sheet.numbered)) for key, sheet in sheets.items() if sheet.numbered
        },
    )


def _rows_of(workbook: Workbook, title: str, *, values_only: bool) -> Iterator[tuple[Any, ...]]:
    sheet: Any = workbook[title]
    sheet.reset_dimensions()  # the size that a file tells of itself is often wrong
    return iter(sheet.iter_rows(values_only=values_only))


def _mark_uncalculated(rows: Rows, places: Sequence[tuple[int, int]]) -> None:
    """Mark the formulas of a tab that no program has calculated: not one of them has a result."""
    if any(_result(rows, row, column) is not None for row, column in places):
        return
    for row, column in places:
        rows[row] += [None] * (column + 1 - len(rows[row]))
        rows[row][column] = NOT_CALCULATED


def _result(rows: Rows, row: int, column: int) -> object:
    return rows[row][column] if row < len(rows) and column < len(rows[row]) else None


def _plain(value: object) -> object:
    if isinstance(value, datetime | date | time | timedelta):
        return to_excel(value)  # type: ignore[no-untyped-call] # openpyxl
    return value


def _trimmed(cells: Iterator[object]) -> Row:
    row = list(cells)
    while row and row[-1] in (None, ""):
        row.pop()
    return row
