"""«Только где»: the rows of «Сделки» for which a condition holds, and the month counted over them (behaviour §4).

Everything of the other rows is left out: as leads, deals, money and answers. Where a cell that a condition names can
not be read, whether its row counts is unknown, and so is all that the row would bring; so it is where such a cell of a
row that brings money is blank. A condition that holds for every row changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

import numpy as np

from kpi_rules.counting.deal_counts import DealFacts, DealFlags, count_deals
from kpi_rules.facts.columns import Flags
from kpi_rules.facts.frames import FactFrame, bad_flag
from kpi_rules.facts.inputs import MonthInputs
from kpi_rules.facts.kinds import Kind
from kpi_rules.facts.payments import DealParts
from kpi_rules.measures.conditions import BOX_WORDS, Clause, Condition
from kpi_rules.measures.counts import Counts

_OF_LEADS = frozenset({"leads", "processed", "response"})


@dataclass(frozen=True)
class Part:
    """Row by row: whether a condition holds, whether a cell that it names can not be read, or is blank."""

    holds: Flags
    unclear: Flags
    blank: Mapping[str, Flags]

    @property
    def some_blank(self) -> Flags:
        """Where one of the cells is blank."""
        return reduce(or_, self.blank.values(), np.zeros_like(self.holds))


@dataclass(frozen=True)
class PartCounts:
    """What a month comes to over the rows of one condition: by code, and of all rows together."""

    by_code: Mapping[str, Counts]
    team: Counts


def part_of(facts: FactFrame, condition: Condition) -> Part:
    """Tell for which rows a condition holds; of a column that the frame does not have nothing can be told."""
    rows = len(facts.rows)
    holds, unclear = np.ones(rows, dtype=bool), np.zeros(rows, dtype=bool)
    blank = {name: ~facts.rows.given(name) for name in condition.columns if name in facts.rows}
    for clause in condition.clauses:
        if clause.column not in facts.rows:
            unclear[:] = True
            continue
        holds &= _holding(facts, clause)
    unread = {name: facts.rows[bad_flag(name)] for name in blank if bad_flag(name) in facts.rows}
    unclear = reduce(or_, unread.values(), unclear)
    blank |= {name: blank[name] & ~flags for name, flags in unread.items()}
    return Part(holds & ~unclear, unclear, blank)


def _holding(facts: FactFrame, clause: Clause) -> Flags:
    kinds = {column.key: column.kind for column in facts.tab.columns}
    if kinds[clause.column] is Kind.CHECKBOX:
        wanted = np.array([clause.holds(word) for word in BOX_WORDS])
        return wanted[facts.rows[clause.column].astype(np.intp)]
    place, values = facts.rows.places(clause.column)
    # The last one is of the rows where nothing stands: their place is −1.
    holds = np.array([*map(clause.holds, values), clause.holds(None)], dtype=bool)
    return holds[place]


def count_parts(
    inputs: MonthInputs, facts: DealFacts, conditions: Iterable[Condition]
) -> dict[Condition, PartCounts]:
    """Count the month over the rows of each condition."""
    return {
        condition: PartCounts(*count_deals(inputs, narrowed(facts, part_of(inputs.facts, condition))))
        for condition in conditions
    }


def narrowed(facts: DealFacts, part: Part) -> DealFacts:
    """Leave out what the rows are for which a condition does not hold."""
    flags = facts.flags
    holds, may_hold = part.holds, part.holds | part.unclear
    open_lead = flags.lead & part.unclear
    open_sale = flags.sold & (part.unclear | part.some_blank)
    own = DealFlags(
        deal=flags.deal & holds,
        refund=flags.refund & holds,
        lead=flags.lead & holds,
        processed=flags.processed & holds,
        cohort=flags.cohort & holds,
        unknown={
            name: (rows & may_hold) | (open_lead if name in _OF_LEADS else open_sale)
            for name, rows in flags.unknown.items()
        },
        parts=None if flags.parts is None else _parts(flags.parts, may_hold),
        touched=None if flags.touched is None else flags.touched & holds,
        until=flags.until,
    )
    return replace(facts, flags=own)


def _parts(parts: DealParts, may_hold: Flags) -> DealParts:
    """Leave out the payments of other deals; those of no deal might be of this part."""
    return replace(
        parts,
        payments=tuple(payment for payment in parts.payments if may_hold[payment.place]),
        of_row={place: own for place, own in parts.of_row.items() if may_hold[place]},
    )
