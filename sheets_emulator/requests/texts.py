"""Requests that work on the texts of cells: find and replace, trim, split into columns."""

from __future__ import annotations

import csv
import re
import time
from typing import TYPE_CHECKING, Any

import regex  # type: ignore[import-untyped]  # ships no types; `re` cannot stop a search that takes too long

from sheets_emulator.book.a1 import Area, grid_sheet, resolve
from sheets_emulator.cells.cell_data import shown_text
from sheets_emulator.cells.editing import check_length
from sheets_emulator.requests.fields import needed
from sheets_emulator.requests.lifting import Cell, checked_area, lift
from sheets_emulator.wire.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Callable

    from sheets_emulator.book.document import Json
    from sheets_emulator.cells.editing import Editing

_MOST_SECONDS = 2


def find_replace(editing: Editing, body: Json) -> Json:
    """Replace text in the cells of a range, a tab or all tabs."""
    pattern = _pattern(body)
    replacement = _replacement(body, pattern)
    end = time.monotonic() + _MOST_SECONDS
    counts = {
        "valuesChanged": 0,
        "formulasChanged": 0,
        "occurrencesChanged": 0,
        "rowsChanged": 0,
        "sheetsChanged": 0,
    }
    for area in _search_areas(editing, body):
        changed_rows = set()
        for row, column, cell in _filled(area):
            text = _searched_text(editing, cell, formulas=body.get("includeFormulas", False))
            if text is None:
                continue
            try:
                new, times = pattern.subn(replacement, text, timeout=max(end - time.monotonic(), 0.001))
            except TimeoutError:
                raise invalid("The regular expression takes too long.") from None
            if times:
                editing.guard.check(Area(area.sheet, row, row + 1, column, column + 1))
                check_length(new)
                editing.enter_typed(area.sheet, row, column, new)
                counts["formulasChanged" if cell.formula is not None else "valuesChanged"] += 1
                counts["occurrencesChanged"] += times
                changed_rows.add(row)
        counts["rowsChanged"] += len(changed_rows)
        counts["sheetsChanged"] += bool(changed_rows)
    return {name: count for name, count in counts.items() if count}


def _replacement(body: Json, pattern: Any) -> Callable[[Any], str]:
    r"""What a match is replaced by: with regular expressions `$1` is its first group and `\\` makes a sign plain."""
    text = body.get("replacement", "")
    if not body.get("searchByRegex"):
        return lambda _: text
    parts: list[str | int] = [
        int(group) if group else escaped or plain
        for escaped, group, plain in re.findall(r"\\(.)|\$(\d)|([^\\$]+|.)", text, re.DOTALL)
    ]
    missing = [part for part in parts if isinstance(part, int) and part > pattern.groups]
    if missing:
        raise invalid(f"Invalid replacement: the regular expression has no group {missing[0]}.")
    return lambda match: "".join(part if isinstance(part, str) else match.group(part) or "" for part in parts)


def _pattern(body: Json) -> Any:
    find = body.get("find", "")
    if not find:
        raise invalid("find must be specified.")
    text = find if body.get("searchByRegex") else re.escape(find)
    if body.get("matchEntireCell"):
        text = rf"\A(?:{text})\Z"
    try:
        return regex.compile(text, 0 if body.get("matchCase") else regex.IGNORECASE)
    except (regex.error, RecursionError, OverflowError) as error:
        raise invalid(f"Invalid regular expression: {error}") from error


def _search_areas(editing: Editing, body: Json) -> list[Area]:
    if "range" in body:
        return [resolve(editing.document, body["range"])]
    if body.get("allSheets"):
        sheets = editing.document.sheets
    elif "sheetId" in body:
        sheets = [grid_sheet(editing.document, body["sheetId"])]
    else:
        raise invalid("One of range, sheetId or allSheets must be specified.")
    return [Area(sheet, 0, sheet.row_count, 0, sheet.column_count) for sheet in sheets]


def _filled(area: Area) -> list[tuple[int, int, Cell]]:
    filled = []
    for row in range(area.top, min(area.bottom, len(area.sheet.grid.rows))):
        cells = area.sheet.grid.rows[row]
        for column in range(
            area.left, min(area.right, max(len(cells.values), max(cells.formulas, default=-1) + 1))
        ):
            cell = lift(area.sheet, row, column)
            if cell.value is not None or cell.formula is not None:
                filled.append((row, column, cell))
    return filled


def _searched_text(editing: Editing, cell: Cell, *, formulas: bool) -> str | None:
    if cell.formula is not None:
        return cell.formula if formulas else None
    return shown_text(cell.value, editing.document.styles[cell.style], editing.document.locale)


def trim_whitespace(editing: Editing, body: Json) -> Json:
    """Cut spaces around and doubled spaces within the texts of a range."""
    area = resolve(editing.document, needed(body, "range"))
    editing.guard.check(area)
    changed = 0
    for row, column, cell in _filled(area):
        if cell.formula is None and isinstance(cell.value, str):
            trimmed = " ".join(cell.value.split())
            if trimmed != cell.value:
                editing.enter_raw(area.sheet, row, column, trimmed)
                changed += 1
    return {"cellsChangedCount": changed} if changed else {}


_DELIMITERS = {"COMMA": ",", "SEMICOLON": ";", "PERIOD": ".", "SPACE": " "}

_DETECTED = (",", ";", "\t", "|", ".", " ")  # the first that splits most cells wins


def text_to_columns(editing: Editing, body: Json) -> Json:
    """Split the texts of a column; their parts are typed into it and the columns to its right."""
    area = checked_area(editing, needed(body, "source"))
    if area.right - area.left != 1:
        raise invalid("The source must span exactly one column.")
    texts = _texts(editing, area)
    delimiter = _delimiter(body, [text for text in texts if text])
    if delimiter is None:
        return {}
    parts = [_split(text, delimiter) if text else [] for text in texts]
    width = max((len(row) for row in parts), default=0)
    if width < 2:
        return {}
    editing.guard.check(Area(area.sheet, area.top, area.bottom, area.left, area.left + width))
    editing.grow(area.sheet, area.sheet.row_count, area.left + width)
    for number, row in enumerate(parts):
        for place, part in enumerate(row if len(row) > 1 else []):
            if part:
                editing.enter_typed(area.sheet, area.top + number, area.left + place, part)
            else:
                editing.enter_raw(area.sheet, area.top + number, area.left + place, None)
    return {}


def _texts(editing: Editing, area: Area) -> list[str]:
    document, texts = editing.document, []
    for row in range(area.top, min(area.bottom, len(area.sheet.grid.rows))):
        cell = lift(area.sheet, row, area.left)
        texts.append(shown_text(cell.value, document.styles[cell.style], document.locale))
    return texts


def _delimiter(body: Json, texts: list[str]) -> str | None:
    """The delimiter asked for, or the one that the texts show; None if they show none."""
    kind = body.get("delimiterType", "DELIMITER_TYPE_UNSPECIFIED")
    if kind in _DELIMITERS:
        return _DELIMITERS[kind]
    given: str = body.get("delimiter", "")
    if kind == "CUSTOM":
        if not given:
            raise invalid("A delimiter must be specified for delimiterType CUSTOM.")
        return given
    if kind != "AUTODETECT":
        raise invalid("delimiterType must be specified.")
    counts = [sum(sign in text for text in texts) for sign in _DETECTED]
    return _DETECTED[counts.index(max(counts))] if any(counts) else None


def _split(text: str, delimiter: str) -> list[str]:
    """The parts; quotes hold a part with delimiters together, as in a CSV file."""
    if len(delimiter) == 1 and "\n" not in text and "\r" not in text:
        parts = next(csv.reader([text], delimiter=delimiter), [text])
    else:
        parts = text.split(delimiter)
    return [part.strip(" ") for part in parts]


HANDLERS = {
    "findReplace": find_replace,
    "trimWhitespace": trim_whitespace,
    "textToColumns": text_to_columns,
}
