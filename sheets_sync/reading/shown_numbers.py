"""Numbers that the spreadsheet shows as something else are not these numbers: taken back, and told as what is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kpi_rules.facts.columns import without
from kpi_rules.problems import Severity
from sheets_sync.reading.cells import Cells
from sheets_sync.reading.columns import Notice, ReadColumn, value_blank
from sheets_sync.schema.layout import Column
from sheets_sync.schema.shown_forms import (
    MINUTE_KINDS,
    NUMBER_KINDS,
    ColumnForms,
    Form,
    as_shown,
    meant_minutes,
)

_FIRST_ROW = 2
"""The sheet row of the first cell below a header."""
_SECONDS_APART = 1e-5
"""So far from whole seconds a float may lie that stands for them."""
_Told = dict[int, Mapping[str, str]]
"""By cell the blanks of its sentence."""


def numbers_as_shown(
    column: Column, cells: Cells, read: ReadColumn, forms: ColumnForms, index: NDArray[np.intp]
) -> ReadColumn:
    """Take back the numbers that the spreadsheet shows as something else (behaviour §3).

    Where nobody has seen how a cell is shown, minutes that are no whole seconds are taken back: a time that somebody
    typed is a fraction of a day. `index` gives the rows of the cells, from 0 below the headers.
    """
    if column.kind not in NUMBER_KINDS or not len(index):
        return read
    told = _shown_otherwise(column, cells, forms, index)
    taken = {at for by_cell in told.values() for at in by_cell}
    if column.kind in MINUTE_KINDS and forms.fine is not None:
        seconds = np.where(cells.is_number & ~read.bad & np.isfinite(cells.floats), cells.floats * 60, 0)
        odd = np.flatnonzero(np.abs(seconds - np.rint(seconds)) > _SECONDS_APART).tolist()
        odd = [at for at in odd if at not in taken and float(cells.floats[at]) not in forms.fine]
        if odd:
            told["minutes_of_no_seconds"] = {
                at: {**value_blank(cells, at), "similar": meant_minutes(float(cells.floats[at]))}
                for at in odd
            }
    if not told:
        return read
    rows = np.array(sorted(at for by_cell in told.values() for at in by_cell), dtype=np.intp)
    bad = read.bad.copy()
    bad[rows] = True
    kept = [replace(each, rows=np.setdiff1d(each.rows, rows)) for each in read.notices]
    notices = [each for each in kept if len(each.rows)]
    for code, by_cell in told.items():
        at_rows = np.array(sorted(by_cell), dtype=np.intp)
        notices.append(Notice(code, Severity.BLOCKING, at_rows, by_cell.__getitem__))
    return replace(read, values=without(read.values, rows), bad=bad, notices=tuple(notices))


def _shown_otherwise(
    column: Column, cells: Cells, forms: ColumnForms, index: NDArray[np.intp]
) -> dict[str, _Told]:
    told: dict[str, _Told] = {}
    for row, shown in sorted(forms.wrong.items()):
        at = int(np.searchsorted(index, row - _FIRST_ROW))
        if at == len(index) or index[at] != row - _FIRST_ROW or not cells.is_number[at]:
            continue
        number = float(cells.floats[at])
        by_clock = column.kind in MINUTE_KINDS and shown.form in {Form.TIME, Form.DURATION}
        blanks = {"value": as_shown(number, shown), "similar": meant_minutes(number) if by_clock else ""}
        told.setdefault(f"number_shown_as_{shown.form}", {})[at] = blanks
    return told
