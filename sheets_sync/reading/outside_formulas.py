"""Formulas that pull from another file or from the net: `IMPORTRANGE` and its kin (behaviour §3).

What they show changes without anybody's edit, and `IMAGE` tells a stranger's server what stands in a cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sheets_sync.a1 import column_letters

FORMULA_FIELDS = (
    "sheets(properties(title),data(startRow,startColumn,rowData(values(userEnteredValue(formulaValue)))))"
)
"""What to ask of a file: the formulas of all of its tabs, hidden ones too, in one call."""
_NAMES = (
    "IMPORTRANGE", "IMPORTDATA", "IMPORTHTML", "IMPORTXML", "IMPORTFEED", "IMAGE", "GOOGLEFINANCE",
)  # fmt: skip
_QUOTED = re.compile(r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'")
_CALL = re.compile(rf"(?<![\w.])({'|'.join(_NAMES)})\s*\(", re.IGNORECASE)


@dataclass(frozen=True)
class OutsideFormula:
    """One cell whose formula pulls from outside: tab title, address («B12») and the function's name."""

    tab: str
    cell: str
    function: str


def outside_functions(formula: str) -> list[str]:
    """Name the functions of a formula that pull from outside, each once; texts and tab names do not count."""
    names = _CALL.findall(_QUOTED.sub("", formula))
    return list(dict.fromkeys(name.upper() for name in names))


def outside_formulas(description: Mapping[str, Any]) -> Iterator[OutsideFormula]:
    """Find them in a file described by `FORMULA_FIELDS`."""
    for sheet in description.get("sheets", ()):
        title = str(sheet["properties"].get("title", ""))
        for block in sheet.get("data", ()):
            top, left = block.get("startRow", 0), block.get("startColumn", 0)
            for row, cells in enumerate(block.get("rowData", ()), start=top + 1):
                for column, cell in enumerate(cells.get("values", ()), start=left):
                    formula = cell.get("userEnteredValue", {}).get("formulaValue", "")
                    for name in outside_functions(formula):
                        yield OutsideFormula(title, f"{column_letters(column)}{row}", name)
