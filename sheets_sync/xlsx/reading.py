"""An .xlsx file read into the same raw cells as Google gives: the offline way into the same path."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import to_excel

from kpi_rules.errors import RefusedError
from sheets_sync.reading.cells import RawBook, Row, Rows
from sheets_sync.reading.tables import fitting_book
from sheets_sync.reading.typed_text import folded
from sheets_sync.schema.layout import Book

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
    tabs: dict[str, Rows] = {}
    titles: dict[str, str] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # styles and extensions that openpyxl does not know
        try:
            calculated = load_workbook(path, read_only=True, data_only=True)
        except (KeyError, ValueError, OSError, zipfile.BadZipFile, SyntaxError) as error:
            raise _damaged(path) from error
        formulas = load_workbook(path, read_only=True) if _has_formulas(path) else None
        try:
            present = {folded(title): title for title in calculated.sheetnames}
            chosen = fitting_book(_headers(calculated, present, books), books) if len(books) > 1 else 0
            book = books[chosen]
            for tab in book.inputs():
                title = present.get(folded(tab.title))
                if title is not None:
                    titles[tab.key] = title
                    tabs[tab.key] = _rows(calculated, formulas, title)
        except (KeyError, ValueError, zipfile.BadZipFile, SyntaxError) as error:
            raise _damaged(path) from error
        finally:
            calculated.close()
            if formulas is not None:
                formulas.close()
    missing = frozenset(tab.key for tab in book.inputs()) - frozenset(tabs)
    return chosen, RawBook(tabs, missing=missing, titles=titles)


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


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return any(b"<f>" in archive.read(name) or b"<f " in archive.read(name) for name in sheets)


def _headers(calculated: Workbook, present: Mapping[str, str], books: Sequence[Book]) -> dict[str, Row]:
    """Give row 1 of each tab that one of the books may mean, by its folded title."""
    wanted = {folded(tab.title) for book in books for tab in book.inputs()} & present.keys()
    first = {title: next(_rows_of(calculated, present[title], values_only=True), ()) for title in wanted}
    return {title: list(row) for title, row in first.items()}


def _rows(calculated: Workbook, formulas: Workbook | None, title: str) -> Rows:
    rows = [_trimmed(map(_plain, row)) for row in _rows_of(calculated, title, values_only=True)]
    if formulas is not None:
        _mark_uncalculated(rows, _rows_of(formulas, title, values_only=False))
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _rows_of(workbook: Workbook, title: str, *, values_only: bool) -> Iterator[tuple[Any, ...]]:
    sheet: Any = workbook[title]
    sheet.reset_dimensions()  # the size that a file tells of itself is often wrong
    return iter(sheet.iter_rows(values_only=values_only))


def _mark_uncalculated(rows: Rows, formula_rows: Iterable[tuple[Any, ...]]) -> None:
    """Mark the formulas of a tab that no program has calculated: not one of them has a result."""
    places = [
        (row, column)
        for row, cells in enumerate(formula_rows)
        for column, cell in enumerate(cells)
        if cell.data_type == "f"
    ]
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


def _trimmed(cells: Iterable[object]) -> Row:
    row = list(cells)
    while row and row[-1] in (None, ""):
        row.pop()
    return row
