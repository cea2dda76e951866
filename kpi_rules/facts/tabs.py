"""What a tab of facts holds, as a plain value: its frame, its records, its checks and its counts come from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType

from kpi_rules.facts.kinds import FRAME_TYPES, Kind
from kpi_rules.measures.conditions import OWN
from kpi_rules.measures.grains import Grain
from kpi_rules.measures.marks import ALL_MARKS


@dataclass(frozen=True)
class DayCount:
    """What the numbers of a column of days add up to.

    Args:
        field: the field of `Counts` that it fills.
        concern: what a blank or unreadable cell leaves unknown («sales»).
    """

    field: str
    concern: str


DAY_COUNTS: Mapping[str, DayCount] = MappingProxyType(
    {
        "leads": DayCount("leads", "leads"),
        "processed": DayCount("processed", "processed"),
        "deals": DayCount("deals", "wins"),
        "revenue": DayCount("deals_tiyn", "sales"),
        "cost": DayCount("cost_tiyn", "cost"),
        "repeat": DayCount("repeat_deals", "repeat"),
        "response": DayCount("response_weighted", "response"),
    }
)
"""All that a column of a tab with a row per day can count; `response` is a mean weighted by another column."""
CONCERNS = tuple(dict.fromkeys(count.concern for count in DAY_COUNTS.values()))


def day_count(count: str) -> DayCount:
    """Give what a column of days adds up to: one of `DAY_COUNTS`, or a count of its own (`Counts.more`)."""
    return DAY_COUNTS.get(count) or DayCount(count, count)


class Event(StrEnum):
    """The events of a lead: a row of it feeds the month of each."""

    ARRIVAL = "arrival"
    PAYMENT = "payment"


@dataclass(frozen=True)
class FactColumn:
    """One column of a tab of facts.

    Args:
        key: its name in frames and records.
        kind: what its cells hold.
        counts: what it adds up to: with a row per day one of `DAY_COUNTS` or what a measure is concerned with,
            with a row per lead such a one (ticks, or whole numbers, of the leads that arrived), of marks the
            narrower measure.
        needed: a blank cell of a filled row is told.
        needed_beside: the column beside which it is needed, where that one is not 0.
        weighted_by: the column by which its mean is weighted.
        feeds: with a row per lead, the events whose month it feeds: a late change of it is told.
        signed: its numbers may be negative.
        since: the layout version from which it is there.
        option: what a client asks for to have it.
    """

    key: str
    kind: Kind
    counts: str = ""
    needed: bool = False
    needed_beside: str = ""
    weighted_by: str = ""
    feeds: tuple[Event, ...] = ()
    signed: bool = False
    since: int = 1
    option: str = ""

    @property
    def is_own(self) -> bool:
        """Whether it is the client's own column, which the rules name in a condition."""
        return self.key.startswith(OWN)

    @property
    def from_the_start(self) -> bool:
        """Whether every file has it: those of the first layout, and those of clients that asked for nothing."""
        return self.since == 1 and not self.option


_KEYS = {
    Grain.LEAD: ("number",),
    Grain.DAY: ("on", "code"),
    Grain.MARKS: ("on", "code"),
    Grain.PAYMENT: ("number", "on"),
    Grain.VALUE: ("on", "code", "measure"),
}


@dataclass(frozen=True)
class FactTab:
    """A tab of facts: what a row stands for, and its columns in order."""

    key: str
    grain: Grain
    columns: tuple[FactColumn, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """What a row is known by; of payments and of own values there may be several with the same."""
        return _KEYS[self.grain]

    @cached_property
    def frame_types(self) -> Mapping[str, str]:
        """The columns of its frame and their types, without the flags of bad cells; `row` comes first."""
        types = {"row": "int64"}
        for column in self.columns:
            types[column.key] = FRAME_TYPES[column.kind]
            if column.kind is Kind.MOMENT:
                types[without_time(column.key)] = "bool"
        return types

    @cached_property
    def watched(self) -> tuple[str, ...]:
        """The columns whose unreadable cells are told apart from blank ones: all but free text."""
        return tuple(
            column.key
            for column in self.columns
            if column.kind is not Kind.TEXT or column.key in self.keys or column.is_own
        )

    @cached_property
    def values(self) -> tuple[FactColumn, ...]:
        """The columns that say something of what a row is known by."""
        return tuple(column for column in self.columns if column.key not in self.keys)

    def counting(self, count: str) -> str | None:
        """Name the column that counts something; None where none does."""
        return next((column.key for column in self.columns if column.counts == count), None)

    def feeding(self, event: Event) -> tuple[str, ...]:
        """Name the columns of a lead that feed the month of an event."""
        counted = event is Event.ARRIVAL
        return tuple(
            column.key for column in self.columns if event in column.feeds or (counted and column.counts)
        )

    def marks_of(self, measure: str) -> tuple[str, ...]:
        """Name the columns of marks that make up a measure; none where it does not stand on marks of this tab."""
        whole = measure == ALL_MARKS
        return tuple(column.key for column in self.values if whole or column.counts == measure)


def without_time(key: str) -> str:
    """Name the flag that says of a moment that only its day was given («arrived_at» → «arrived_without_time»)."""
    return f"{key.removesuffix('_at')}_without_time"
