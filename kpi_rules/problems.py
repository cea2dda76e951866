"""Problems in a person's data: values with a place, collected and never raised."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Severity(StrEnum):
    """How bad a problem is. Blocking = it could change somebody's score of the month (behaviour §4)."""

    BLOCKING = "blocking"
    WARNING = "warning"


@dataclass(frozen=True)
class Place:
    """Where a problem stands, in the layout's words; reading turns it into a tab title and a cell.

    `tab` and `column` are keys of the layout («deals», «amount»), `row` is the 1-based sheet row.
    """

    tab: str
    row: int | None = None
    column: str | None = None


NOWHERE = Place("")


@dataclass(frozen=True)
class Problem:
    """One thing that a person can mend, with its place; the sentences come from the texts by `code`.

    `params` fills the sentences' blanks («value», «expected»). `employee` is the code of whom it concerns,
    None where that is unknown or everybody.
    """

    code: str
    severity: Severity
    place: Place = NOWHERE
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    employee: str | None = None

    @property
    def blocks(self) -> bool:
        """Tell whether the month can not close while it stands."""
        return self.severity is Severity.BLOCKING


def blocking(code: str, place: Place = NOWHERE, employee: str | None = None, **params: object) -> Problem:
    """Build a blocking problem."""
    return Problem(code, Severity.BLOCKING, place, _as_texts(params), employee)


def warning(code: str, place: Place = NOWHERE, employee: str | None = None, **params: object) -> Problem:
    """Build a warning."""
    return Problem(code, Severity.WARNING, place, _as_texts(params), employee)


def _as_texts(params: Mapping[str, object]) -> Mapping[str, str]:
    return MappingProxyType({name: str(value) for name, value in params.items()})


_TOLD_ONCE = ("number_shown_as_", "minutes_of_no_seconds")
"""What is told once a column, with a count: a column of them comes from one habit or one paste."""
_NAMED_EACH = 3
"""So many are still named one by one."""


def told_once(problems: Iterable[Problem]) -> list[Problem]:
    """Give the problems as people read them: of what befell a whole column the first cell and a count.

    Each goes on blocking by itself; only the telling is shorter.
    """
    given = list(problems)
    alike: dict[tuple[object, ...], list[Problem]] = {}
    for problem in given:
        if problem.code.startswith(_TOLD_ONCE):
            kind = problem.code.removesuffix("_similar")
            alike.setdefault((kind, problem.severity, problem.place.tab, problem.place.column), []).append(
                problem
            )
    counted: dict[Problem, list[Problem]] = {}
    left_out: set[int] = set()
    for same in alike.values():
        if len(same) > _NAMED_EACH:
            first, *others = sorted(same, key=lambda problem: problem.place.row or 0)
            place = Place(first.place.tab, others[0].place.row, first.place.column)
            params = {
                "header": first.params.get("header", ""),
                "count": str(len(others)),
                "row": str(others[-1].place.row),
            }
            left_out |= set(map(id, others))
            counted.setdefault(first, []).append(Problem("more_of_the_same", first.severity, place, params))
    told: list[Problem] = []
    for problem in given:
        if id(problem) not in left_out:
            told += [problem, *counted.get(problem, ())]
    return told
