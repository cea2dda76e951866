"""«Сделки» as arrays: what the rules ask of a column is worked out once for a frame, and only if it is asked.

All arrays have an entry a row, in the frame's order.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kpi_rules.facts.columns import Columns, Flags, Whole

Moments = npt.NDArray[np.datetime64]

_ENTERED_BY = ("arrived_at", "amount_tiyn", "paid_on")


@dataclass(frozen=True, eq=False)
class Held:
    """Rows about which the head is asked: those that stand for no lead, and those that are leads and bring no money."""

    no_lead: Flags
    no_money: Flags

    def chosen(self, rows: Flags) -> Held:
        """Give it for some rows."""
        return Held(self.no_lead[rows], self.no_money[rows])


@dataclass(frozen=True, eq=False)
class DealColumns:
    """The columns of one frame of «Сделки»."""

    deals: Columns
    held: Held | None = None

    def bad(self, name: str) -> Flags:
        """Tell whose cell could not be read."""
        return self.deals[f"bad_{name}"]

    def status(self, *wanted: str) -> Flags:
        """Tell which rows have one of these statuses."""
        index, statuses = self._statuses
        # The last one is for those without any.
        return np.array([*(status in wanted for status in statuses), False])[index]

    @cached_property
    def is_deal(self) -> Flags:
        """Which rows have the status «Сделка»."""
        return self.status("deal")

    @cached_property
    def no_status(self) -> Flags:
        """Which rows have no status that could be read."""
        return self._statuses[0] < 0

    @cached_property
    def arrived(self) -> Moments:
        """«Поступил»; NaT where there is none."""
        return self.deals["arrived_at"]

    @cached_property
    def answered(self) -> Moments:
        """«Первый ответ»; NaT where there is none."""
        return self.deals["answered_at"]

    @cached_property
    def paid(self) -> Moments:
        """«Оплачено»; NaT where there is none."""
        return self.deals["paid_on"]

    @cached_property
    def amounts_tiyn(self) -> Whole:
        """«Сумма»; 0 where there is none."""
        return self.deals["amount_tiyn"]

    @cached_property
    def has_amount(self) -> Flags:
        """Which rows have an amount that could be read."""
        return self.deals.given("amount_tiyn")

    @cached_property
    def costs_tiyn(self) -> Whole:
        """«Себестоимость»; 0 where there is none."""
        return self.deals["cost_tiyn"]

    @cached_property
    def has_cost(self) -> Flags:
        """Which rows have a cost that could be read."""
        return self.deals.given("cost_tiyn")

    @cached_property
    def of_code(self) -> Whole:
        """The place of each row's employee in `codes`; `len(codes)` where there is none."""
        index, codes = self._coded
        return np.where(index < 0, len(codes), index)

    @cached_property
    def codes(self) -> list[str]:
        """The employees that occur, in order of their first row."""
        return self._coded[1]

    @cached_property
    def has_code(self) -> Flags:
        """Which rows name an employee."""
        return self._coded[0] >= 0

    @cached_property
    def sources(self) -> tuple[Whole, list[str]]:
        """The place of each row's source among the sources that occur; their number where there is none."""
        index, sources = self.deals.places("source")
        return np.where(index < 0, len(sources), index), sources

    @cached_property
    def numbers(self) -> npt.NDArray[np.object_]:
        """The №s; None where there is none."""
        return self.deals["number"]

    def places_of(self, numbers: Set[str]) -> Whole:
        """Give the rows that have one of these №s."""
        if not numbers:
            return np.zeros(0, dtype=np.int64)
        places = [place for place, number in enumerate(self.numbers.tolist()) if number in numbers]
        return np.array(places, dtype=np.int64)

    @property
    def may_be_shared(self) -> bool:
        """Whether there are columns for a second manager."""
        return "second_code" in self.deals

    @cached_property
    def seconds(self) -> npt.NDArray[np.object_]:
        """«Второй менеджер»; None where there is none. Only where it may be shared."""
        return self.deals["second_code"]

    @cached_property
    def second_shares(self) -> npt.NDArray[np.object_]:
        """«Доля второго, %» as fractions; None where there is none."""
        return self.deals["second_share_fraction"]

    @cached_property
    def has_number(self) -> Flags:
        """Which rows have a №."""
        return self.deals.given("number")

    @cached_property
    def doubled(self) -> Flags:
        """Which rows share their № with another."""
        return self.has_number & self.deals.shared("number")

    @cached_property
    def by_day(self) -> Flags:
        """Where arrival or answer is a date without a time: it stands at midnight and is compared by its day."""
        return self.deals["arrived_without_time"] | self.deals["answered_without_time"]

    @cached_property
    def answered_too_early(self) -> Flags:
        """Which answers came before the arrival."""
        early: Flags = self.answered < self.arrived
        rows = np.flatnonzero(early & self.by_day)
        days = (moments[rows].astype("datetime64[D]") for moments in (self.answered, self.arrived))
        early[rows] = np.less(*days)
        return early

    @cached_property
    def is_refund(self) -> Flags:
        """Which rows have the status «Сделка» and an amount below 0."""
        return self.is_deal & (self.amounts_tiyn < 0)

    @cached_property
    def entered(self) -> Flags:
        """Which rows hold anything that counts; a № written in advance is no entry yet."""
        entered = self.has_code | ~self.no_status | self.has_amount
        entered |= ~np.isnat(self.arrived) | ~np.isnat(self.paid)
        for name in ("code", "status", *_ENTERED_BY):
            entered |= self.bad(name)
        return entered

    @cached_property
    def _coded(self) -> tuple[Whole, list[str]]:
        return self.deals.places("code")

    @cached_property
    def _statuses(self) -> tuple[Whole, list[str]]:
        return self.deals.places("status")
