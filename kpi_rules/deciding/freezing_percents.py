"""«Проценты» as they froze when the month opened, held against what stands there now (behaviour §5, §7).

What froze counts. The owner's tick alone may come later, as at a salary: beside a row that still says what froze.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from kpi_rules.facts.percents import PERCENTS, PercentRow
from kpi_rules.problems import Place, Problem, warning
from kpi_rules.time.periods import Month


def hold_percents(
    entered: Sequence[PercentRow], frozen: Iterable[PercentRow], month: Month
) -> tuple[tuple[PercentRow, ...], tuple[Problem, ...]]:
    """Put the frozen steps in the place of the entered ones, and tell where these differ.

    `entered` are those that would hold in the month by what stands there now. A frozen row stands at the entered one's
    place, and is approved where that is.
    """
    left = {_content(row): row for row in entered}
    held = []
    changed = len(left) < len(entered)
    for row in frozen:
        present = left.pop(_content(row), None)
        changed |= present is None
        held.append(
            row
            if present is None
            else replace(row, row=present.row, approved=row.approved or present.approved)
        )
    if not changed and not left:
        return tuple(held), ()
    first = min((row.row for row in left.values()), default=None)
    return tuple(held), (warning("percents_changed_after_open", Place(PERCENTS, first), month=month),)


def _content(row: PercentRow) -> PercentRow:
    """Give what a row says, apart from the owner's tick and where it stands."""
    return replace(row, approved=False, row=0)
