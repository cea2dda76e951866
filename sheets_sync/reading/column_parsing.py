"""How a column is read: each distinct value is understood once, and what is to be said is kept by rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kpi_rules.problems import Severity
from sheets_sync.reading.cells import Cells, Mask, Objects, value_params
from sheets_sync.reading.typed_text import UnreadableError

SUGGESTIONS = 100


@dataclass(frozen=True)
class Notice:
    """The same thing said about some rows of a column; `details` gives a row's blanks of the sentence."""

    code: str
    severity: Severity
    rows: NDArray[np.intp]
    details: Callable[[int], Mapping[str, str]]


@dataclass(frozen=True)
class ReadColumn:
    """Typed values (missing where blank or bad), which cells were bad, and what is to be said about them."""

    values: Any
    bad: Mask
    notices: tuple[Notice, ...] = ()
    without_time: Mask | None = None


def no_blanks(_row: int) -> Mapping[str, str]:
    """Fill nothing: the sentence has no blanks of its own."""
    return {}


def value_blank(cells: Cells, row: int) -> Mapping[str, str]:
    """Fill the sentence's `value` with what stands in the cell."""
    return value_params(cells.value_at(row))


@dataclass(frozen=True)
class Parsed:
    """What came out of `parsed_cells`; `known` = a value is there."""

    values: Objects
    known: Mask
    bad: Mask
    notices: list[Notice]


def parsed_cells(
    cells: Cells,
    rows: Mask,
    parse: Callable[[Any], object],
    *,
    refused: Mask | None = None,
    refusal: UnreadableError | None = None,
    similar: Callable[[str], str | None] | None = None,
) -> Parsed:
    """Parse the distinct values of `rows`; those that raise UnreadableError become bad, with a notice a code.

    `refused` rows hold a value of the wrong type and get the notice `refusal`. `similar` offers what was
    probably meant by a value with that same code; dear to find, so only for the first `SUGGESTIONS` values.
    """
    distinct, place_of = cells.distinct(rows)
    outcomes = np.full(len(distinct) + 1, None, dtype=object)  # the last one is for all other rows
    failures: dict[str, list[int]] = {}
    params: dict[int, Mapping[str, str]] = {}
    for place, value in enumerate(distinct):
        try:
            outcomes[place] = parse(value)
        except UnreadableError as error:
            failures.setdefault(error.code, []).append(place)
            params[place] = error.params
    values = outcomes[place_of]
    bad = np.zeros(len(values), dtype=bool)

    suggested: dict[str, str] = {}

    def details(code: str, row: int) -> Mapping[str, str]:
        blanks = {**value_blank(cells, row), **params.get(int(place_of[row]), {})}
        if similar and refusal and code == refusal.code:
            if len(suggested) < SUGGESTIONS and blanks["value"] not in suggested:
                suggested[blanks["value"]] = similar(blanks["value"]) or ""
            blanks["similar"] = suggested.get(blanks["value"], "")
        return blanks

    notices = []
    for code, places in failures.items():
        failing = np.zeros(len(distinct) + 1, dtype=bool)
        failing[places] = True
        found = np.flatnonzero(failing[place_of])
        bad[found] = True
        notices.append(Notice(code, Severity.BLOCKING, found, partial(details, code)))
    notices.sort(key=lambda notice: int(notice.rows[0]))
    if refused is not None and refusal is not None and refused.any():
        bad |= refused
        params[-1] = refusal.params
        notices.append(
            Notice(refusal.code, Severity.BLOCKING, np.flatnonzero(refused), partial(details, refusal.code))
        )
    return Parsed(values, rows & ~bad, bad, notices)
