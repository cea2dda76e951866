"""Requests that rearrange what stands in cells: shuffle rows, split texts into columns."""

from __future__ import annotations

import csv
import secrets
from typing import TYPE_CHECKING

from sheets_emulator.book.a1 import Area
from sheets_emulator.cells.cell_data import shown_text
from sheets_emulator.requests.fields import needed
from sheets_emulator.requests.moving import arrange, checked_area, lift, lift_area
from sheets_emulator.wire.errors import invalid

if TYPE_CHECKING:
    from sheets_emulator.book.document import Json
    from sheets_emulator.cells.editing import Editing

_DELIMITERS = {"COMMA": ",", "SEMICOLON": ";", "PERIOD": ".", "SPACE": " "}
_DETECTED = (",", ";", "\t", "|", ".", " ")  # the first that splits most cells wins


def randomize_range(editing: Editing, body: Json) -> Json:
    """Put the rows of a range into an order that chance decides."""
    area = checked_area(editing, needed(body, "range"))
    editing.guard.check(area)
    rows = lift_area(area)
    order = list(range(len(rows)))
    secrets.SystemRandom().shuffle(order)
    arrange(editing, area, rows, order)
    return {}


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
    document, found = editing.document, []
    for row in range(area.top, min(area.bottom, len(area.sheet.grid.rows))):
        cell = lift(area.sheet, row, area.left)
        found.append(shown_text(cell.value, document.styles[cell.style], document.locale))
    return found


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


HANDLERS = {"randomizeRange": randomize_range, "textToColumns": text_to_columns}
