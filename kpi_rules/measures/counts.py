"""What one employee, or the team, did in a month: whole numbers, from which every measure is worked out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

Whole = npt.NDArray[np.int64]
Count = int | Fraction
"""How many: a fraction where two managers share a row."""
NOT_COUNTED = "not_counted"
"""Why a count is unknown that the client's tabs do not tell at all."""


@dataclass(frozen=True)
class Counts:
    """What one employee (or the team) did in the month. Money in tiyn, waits in working seconds.

    `deals_tiyn` has deals that are paid in parts at their contracts; `in_parts_tiyn` is what was paid of such deals
    (refunds apart) less the contracts that counted in the month.

    `unknown` names what can not be told («sales»: the money, «wins»: the deals,
    «leads», «processed», «cost», «repeat», «response»), each
    with its reason, a key of the texts; `unread` how many rows that can not be read leave it so, and
    `missing_reports` how many reports of worked days are not there. `clear` holds, by field, what the clear rows
    alone come to, where that differs: it stays whatever the others turn out to be. For reports the response is
    kept as a weighted sum: `response_weighted` / `response_weight`.
    """

    leads: Count = 0
    processed: Count = 0
    deals: Count = 0
    deals_tiyn: int = 0
    refunds_tiyn: int = 0
    in_parts_tiyn: int = 0
    cost_tiyn: int = 0
    repeat_deals: Count = 0
    cohort_deals: Count = 0
    answered_seconds: Whole = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    waiting_seconds: Whole = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    response_weighted: int = 0
    response_weight: int = 0
    unknown: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Count] = field(default_factory=dict)
    """What columns of the template count beside all that, by the name that they count under."""
    unread: Mapping[str, int] = field(default_factory=dict)
    missing_reports: int = 0
    clear: Mapping[str, Count | Whole] = field(default_factory=dict)

    @property
    def revenue_tiyn(self) -> int:
        """Deals at what of them was paid, and refunds together."""
        return self.deals_tiyn + self.in_parts_tiyn + self.refunds_tiyn

    def of_clear_rows(self) -> Counts:
        """Give the counts without the rows that leave something unknown."""
        fields: dict[str, Any] = dict(self.clear)
        return replace(self, **fields)


@dataclass(frozen=True)
class MarkCounts:
    """Per measure of discipline: how many 'да', 'нет', days with a mark among those that are due.

    `due_days` are the worked days that are over; `unreadable` names the measures with a cell that can not be
    read, or with two rows for one day.
    """

    yes: Mapping[str, int]
    no: Mapping[str, int]
    marked_days: Mapping[str, int]
    due_days: int
    unreadable: frozenset[str] = frozenset()

    @classmethod
    def pooled(cls, parts: Iterable[MarkCounts]) -> MarkCounts:
        """Add up several employees' marks."""
        given = list(parts)
        names = dict.fromkeys(name for part in given for name in part.yes)
        return cls(
            yes={name: sum(part.yes[name] for part in given) for name in names},
            no={name: sum(part.no[name] for part in given) for name in names},
            marked_days={name: sum(part.marked_days[name] for part in given) for name in names},
            due_days=sum(part.due_days for part in given),
            unreadable=frozenset().union(*(part.unreadable for part in given)),
        )
