"""How each output tab looks before anything is written: widths, colour rules, what stays in sight.

Managers read these tabs on a phone too: few columns, the first one stays in sight, sentences wrap.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sheets_sync.building.wanted import ColorRule, ColumnDesign, Wanted

_ACHIEVEMENT_COLUMN = 3


def _design(*widths_px: int, frozen_rows: int = 0, frozen_columns: int = 0) -> Wanted:
    columns = tuple(ColumnDesign(width) for width in widths_px)
    return Wanted((), columns, frozen_rows=frozen_rows, frozen_columns=frozen_columns)


def _achievement(condition: str, formula: str, style: str) -> ColorRule:
    return ColorRule(_ACHIEVEMENT_COLUMN, _ACHIEVEMENT_COLUMN + 1, 0, condition, (formula,), style)


SCOREBOARD = Wanted(
    rows=(),
    columns=tuple(ColumnDesign(width) for width in (235, 140, 140, 115, 78, 70, 440)),
    rules=(  # formulas without a decimal sign: it differs between the locales of files
        _achievement("NUMBER_LESS", "=7/10", "percent.poor"),
        _achievement("NUMBER_GREATER_THAN_EQ", "=1", "percent.good"),
    ),
    frozen_columns=1,
)
ANALYSIS = _design(230, 130, 400, 340, frozen_columns=1)
FUNNEL = _design(210, 120, 110, 90, 330, frozen_columns=1)
CHECKLIST = _design(260, 520, frozen_columns=1)
PROBLEMS = _design(150, 330, 330, 160, frozen_rows=1)

DESIGNS: Mapping[str, Wanted] = MappingProxyType(
    {
        "scoreboard": SCOREBOARD,
        "analysis": ANALYSIS,
        "funnel": FUNNEL,
        "checklist": CHECKLIST,
        "problems": PROBLEMS,
    }
)
