"""Deals of two managers: whose part of a row is whose (behaviour §4, «Shared»).

The second manager has a share of the row, as lead, answered lead, deal, amount and cost; the first has the rest. Of
money the first's part is rounded and the second gets what is left of it, so that both add up. The answer is the
first one's alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from kpi_rules.exact import rounded_half_up
from kpi_rules.facts.columns import Flags, Whole
from kpi_rules.facts.deal_columns import DealColumns
from kpi_rules.facts.sums import counts_by, sums_by
from kpi_rules.measures.counts import Count


@dataclass(frozen=True)
class SharedRow:
    """A row of «Сделки» that two share: its place in the frame, the second's code and share (between 0 and 1)."""

    place: int
    second: str
    share: Fraction


@dataclass(frozen=True)
class Sharing:
    """Which rows two share, and of which rows that can not be told.

    `unclear` names with the place whoever else may have a part of it (None where nobody is named).
    """

    rows: tuple[SharedRow, ...] = ()
    unclear: tuple[tuple[int, str | None], ...] = ()


def sharing_of(columns: DealColumns) -> Sharing:
    """Tell which rows two share; only rows that name a second manager or a share are looked at one by one."""
    if not columns.may_be_shared:
        return Sharing()
    spoilt = columns.bad("second_code") | columns.bad("second_share_fraction")
    rows, unclear = [], []
    for place, (first, second, share, is_spoilt) in enumerate(
        zip(
            columns.of_code.tolist(),
            columns.seconds.tolist(),
            columns.second_shares.tolist(),
            spoilt.tolist(),
            strict=True,
        )
    ):
        named, has_share = isinstance(second, str), isinstance(share, Fraction)
        if not (named or has_share or is_spoilt):
            continue
        own = first < len(columns.codes) and columns.codes[first] == second
        if not is_spoilt and named and has_share and 0 < share < 1 and not own:
            rows.append(SharedRow(place, second, share))
        else:
            unclear.append((place, second if named and not own else None))
    return Sharing(tuple(rows), tuple(unclear))


def first_part_tiyn(amount_tiyn: int, second_share: Fraction) -> int:
    """Give the first manager's part of an amount, half up; the second has what is left."""
    return rounded_half_up((1 - second_share) * amount_tiyn)


@dataclass(frozen=True)
class Holders:
    """Who has what of each row.

    Args:
        codes: everybody.
        first_of: the place in `codes` of each row's first manager; their number for nobody.
        of_code: the same, but nobody where it does not tell whose part of the row is whose.
        moves: by place the rows that two share: both managers' places in `codes`, the second's share.
        unclear: who may have a part of the rows that do not tell: the row's place, and theirs in `codes`.
    """

    codes: list[str]
    first_of: Whole
    of_code: Whole
    moves: Mapping[int, tuple[int, int, Fraction]] = field(default_factory=dict)
    unclear: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, columns: DealColumns, sharing: Sharing, others: Iterable[str] = ()) -> Holders:
        """Say who has what; `others` are further codes that have something beside the rows."""
        known = columns.codes
        named = {
            *(row.second for row in sharing.rows),
            *(code for _, code in sharing.unclear if code),
            *others,
        }
        more = sorted(named - set(known))
        if not (more or sharing.rows or sharing.unclear):
            return cls(known, columns.of_code, columns.of_code)
        codes = [*known, *more]
        first_of = np.where(columns.of_code == len(known), len(codes), columns.of_code)
        of_code = first_of.copy()
        of_code[[place for place, _ in sharing.unclear]] = len(codes)
        place_of = {code: place for place, code in enumerate(codes)}
        moves = {
            row.place: (int(of_code[row.place]), place_of[row.second], row.share) for row in sharing.rows
        }
        unclear = [(place, int(first_of[place])) for place, _ in sharing.unclear]
        unclear += [(place, place_of[code]) for place, code in sharing.unclear if code]
        return cls(codes, first_of, of_code, moves, tuple(unclear))

    def counted(self, chosen: Flags) -> list[Count]:
        """Count the chosen rows of each code, by shares, and of nobody at the end."""
        counts: list[Count] = [*counts_by(self.of_code, chosen, len(self.codes) + 1)]
        for place, (first, second, share) in self.moves.items():
            if chosen[place]:
                counts[first] -= share
                counts[second] += share
        return _whole(counts) if self.moves else counts

    def counted_more(self, numbers: Whole, chosen: Flags) -> list[Count]:
        """Add up numbers of the chosen rows that are counts, by shares."""
        counts: list[Count] = [*sums_by(self.of_code[chosen], numbers[chosen], len(self.codes) + 1)]
        for place, (first, second, share) in self.moves.items():
            if chosen[place]:
                counts[first] -= share * int(numbers[place])
                counts[second] += share * int(numbers[place])
        return _whole(counts) if self.moves else counts

    def added(self, amounts_tiyn: Whole, chosen: Flags) -> list[int]:
        """Add up the money of the chosen rows, each part in whole tiyn."""
        sums = sums_by(self.of_code[chosen], amounts_tiyn[chosen], len(self.codes) + 1)
        for place, (first, second, share) in self.moves.items():
            if chosen[place]:
                amount = int(amounts_tiyn[place])
                rest = amount - first_part_tiyn(amount, share)
                sums[first] -= rest
                sums[second] += rest
        return sums

    def touched(self, chosen: Flags) -> list[int]:
        """Count the chosen rows of which each code has a part."""
        counts = counts_by(self.of_code, chosen, len(self.codes) + 1)
        for place, (_, second, _) in self.moves.items():
            counts[second] += bool(chosen[place])
        return counts

    def in_doubt(self, chosen: Flags) -> list[int]:
        """Name who may have a part of those of the chosen rows that do not tell, by places in `codes`."""
        return [holder for place, holder in self.unclear if chosen[place]]

    def parts_of(self, place: int, amount_tiyn: int) -> list[tuple[int, int]]:
        """Give whose a sum of a row is: places in `codes` and tiyn."""
        if place not in self.moves:
            return [(int(self.of_code[place]), amount_tiyn)]
        first, second, share = self.moves[place]
        own = first_part_tiyn(amount_tiyn, share)
        return [(first, own), (second, amount_tiyn - own)]


def _whole(counts: list[Count]) -> list[Count]:
    return [int(count) if count.denominator == 1 else count for count in counts]
