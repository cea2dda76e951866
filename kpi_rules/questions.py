"""What took a lead out of somebody's count after its days of free correction: a question to the head (behaviour §4a)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kpi_rules.row_sets import RowSet
from kpi_rules.time.periods import Month

ARRIVAL, MANAGER, SECOND, SHARE = "arrived_at", "code", "second_code", "second_share_fraction"
DAY = "on"


class QuestionKind(StrEnum):
    """What happened to the row."""

    REMOVED = "removed"
    ARRIVAL = "arrival"
    MANAGER = "manager"
    SHARED = "shared"
    CONDITION = "condition"
    REFUND = "refund"
    LOWERED = "lowered"


@dataclass(frozen=True)
class Question:
    """A row of leads or reports that is not what was registered, so that somebody's leads are fewer.

    Args:
        key: its №, or «2026-10-12 M01».
        kinds: what happened to it, in the order of `QuestionKind`.
        registered: its cells as they were registered, by column, as records write them; blank ones left out.
        present: its cells as they stand now; of a row that is gone, as it was last seen.
        row: the sheet row where it stands now, None where it is gone; no part of a record.
    """

    key: str
    kinds: tuple[QuestionKind, ...]
    registered: Mapping[str, Any]
    present: Mapping[str, Any]
    row: int | None = None

    @property
    def is_gone(self) -> bool:
        """Tell whether the row was deleted or emptied."""
        return QuestionKind.REMOVED in self.kinds

    @property
    def subject(self) -> str:
        """By what «Решения» name it: its №, or its day."""
        return str(self.registered[DAY])[:10] if DAY in self.registered else self.key

    @property
    def code(self) -> str | None:
        """Whose count it lowers."""
        return self.registered.get(MANAGER)

    @property
    def codes(self) -> frozenset[str]:
        """Everybody whose part of the lead is asked about, as registered or as it stands now."""
        named = {cells.get(name) for cells in (self.registered, self.present) for name in (MANAGER, SECOND)}
        return frozenset(code for code in named if code)

    @property
    def month(self) -> Month:
        """Whose count it lowers: the month of the registered arrival, or of the day."""
        return month_of(self.registered.get(DAY) or self.registered[ARRIVAL])

    @property
    def months(self) -> frozenset[Month]:
        """The months that count otherwise while it is open: its own, and the one to which the lead was moved."""
        moved = self.present.get(ARRIVAL)
        return frozenset({self.month} if moved is None or self.is_gone else {self.month, month_of(moved)})

    def is_named(self, right_rows: Mapping[str, RowSet]) -> bool:
        """Tell whether «верно» was said of it, under the code registered or under one that stands there now."""
        return any(code in right_rows and right_rows[code].names(self.subject) for code in self.codes)


def month_of(day: str) -> Month:
    """Give the month of a day or moment as records write it."""
    return Month.parse(day[:7])
