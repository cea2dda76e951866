"""Where a key leaps to: the ends of what is filled, the last cell that holds anything, the first free row.

A row or column of cells is given as booleans, whether each holds anything; those that are not shown are
passed over. Everything here is 0-based.
"""

from collections.abc import Collection, Sequence
from typing import Any

WAYS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
LEAPS = frozenset(WAYS) | {"end", "free"}


def filled_edge(filled: Sequence[bool], shown: Sequence[int], at: int, step: int) -> int:
    """Where Ctrl and an arrow lead from `at`, forwards (`step` 1) or backwards (-1).

    Within filled cells to the last of them, else to the next filled one, else to the edge; `shown` are the
    places to stop at, rising.
    """
    way = [place for place in shown if place > at] if step > 0 else [p for p in reversed(shown) if p < at]
    if not way:
        return at

    def holds(place: int) -> bool:
        return place < len(filled) and filled[place]

    if holds(at) and holds(way[0]):
        run = [at]
        for place in way:
            if not holds(place):
                break
            run.append(place)
        return run[-1]
    return next((place for place in way if holds(place)), way[-1])


def last_used(rows: Sequence[Sequence[Any]]) -> tuple[int, int]:
    """The cell in the last row and the last column that hold anything; the first cell of a blank tab."""
    return max(len(rows) - 1, 0), max(max((len(row) for row in rows), default=0) - 1, 0)


def first_free(rows: Sequence[Sequence[Any]], first: int, shown: Collection[int], last: int) -> int | None:
    """The row below the last one into which somebody typed; None where none is left.

    `rows` hold what the cells were given: formulas wait in rows that nobody has filled, and so do boxes
    that are not ticked. `first` is the first row under the frozen ones, `last` the tab's last.
    """
    typed = [number for number, row in enumerate(rows) if any(_is_typed(value) for value in row)]
    start = max(first, typed[-1] + 1 if typed else 0)
    return next((row for row in range(start, last + 1) if row in shown), None)


def _is_typed(value: Any) -> bool:
    is_formula = isinstance(value, str) and value.startswith("=")
    return value is not False and value != "" and not is_formula
