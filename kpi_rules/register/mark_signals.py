"""Signals of how discipline is marked, for the eyes of head and owner: never scored (behaviour §4a).

Who marks is the head, so marks all alike and marks filled in bulk are told of the head, for the owner; marks that say
that somebody's CRM is filled are told beside the name whose CRM it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from kpi_rules.cards.results import Signal
from kpi_rules.counting.filled_cells import filled_cells
from kpi_rules.exact import rounded_half_up
from kpi_rules.facts.inputs import MonthInputs
from kpi_rules.facts.row_history import RowHistory
from kpi_rules.facts.selection import month_bounds
from kpi_rules.measures.catalogue import DEMANDED, FILLED
from kpi_rules.measures.counts import MarkCounts
from kpi_rules.measures.marks import ALL_MARKS
from kpi_rules.register.usual import Tally
from kpi_rules.rulebook.model import Role
from kpi_rules.time.periods import Month

ALL_YES_DAYS, ALL_YES_MARKS = 15, 30
"""Marks that are all 'да' are worth a word once there are so many of so many days."""
BULK_DAYS = 6
"""Marks of so many days that were over, filled in on one day, are more than a week's."""
LOW_FILLED_FRACTION = Fraction(7, 10)
SURE_FRACTION, MANY_MARKS, MANY_CELLS = Fraction(9, 10), 5, 20
"""Marks say that CRM is filled where so many of so many are 'да'; fewer demanded cells tell nothing."""


def mark_signals(
    inputs: MonthInputs, counts: Mapping[str, MarkCounts], rows: RowHistory, before_on: date
) -> list[Signal]:
    """List these signals of a month; `rows` are what the ledger remembers of marks, `before_on` the first day not over."""
    head = next((stint.code for stint in inputs.staff if stint.role is Role.HEAD), "")
    return [
        *_all_yes(counts, head),
        *_in_bulk(inputs, rows, head),
        *_crm_said_to_be_filled(inputs, counts, before_on, head),
    ]


def _all_yes(counts: Mapping[str, MarkCounts], head: str) -> list[Signal]:
    """Tell that everybody's marks of many days are all 'да'."""
    yes = sum(each.yes[ALL_MARKS] for each in counts.values())
    no = sum(each.no[ALL_MARKS] for each in counts.values())
    days = max((each.marked_days[ALL_MARKS] for each in counts.values()), default=0)
    if no or yes < ALL_YES_MARKS or days < ALL_YES_DAYS:
        return []
    return [Signal("marks_all_yes", head, {"count": str(yes)})]


def _in_bulk(inputs: MonthInputs, rows: RowHistory, head: str) -> list[Signal]:
    """Tell of how many days that were over most marks were filled in on one and the same day."""
    moved: dict[date, Counter[date]] = {}
    for key, row in rows.items():
        on = date.fromisoformat(key[:10])
        if Month.of(on) == inputs.month and row.moved_on and row.moved_after_on and on < row.moved_after_on:
            moved.setdefault(row.moved_on, Counter())[on] += 1
    marked = Counter(day.date() for day in inputs.marks.rows.plain("on") if day is not None)
    late = {
        day for days in moved.values() if len(mostly := _most_of(days, marked)) >= BULK_DAYS for day in mostly
    }
    return [Signal("marks_in_bulk", head, {"count": str(len(late))})] if late else []


def _most_of(moved: Mapping[date, int], marked: Mapping[date, int]) -> set[date]:
    return {day for day, count in moved.items() if 2 * count > marked.get(day, count)}


def _crm_said_to_be_filled(
    inputs: MonthInputs, counts: Mapping[str, MarkCounts], before_on: date, head: str
) -> list[Signal]:
    """Tell whose CRM is marked as filled while few of the demanded cells are; where it is everybody's, of the head."""
    if not inputs.facts.of_leads:
        return []
    sure = {code for code, each in counts.items() if _is_sure(each)}
    if not sure:
        return []
    demanded, filled = _cells(inputs, before_on)
    low = {code for code in sure if demanded[code] >= MANY_CELLS and _is_low(filled[code], demanded[code])}
    if low and _is_low(filled.total(), demanded.total()):
        return [_filled(head, filled.total(), demanded.total())]
    blank = {code: demanded[code] - filled[code] for code in demanded}
    return [
        _filled(code, filled[code], demanded[code])
        for code in Tally(blank, demanded).unusual()
        if code in low
    ]


def _is_sure(marks: MarkCounts) -> bool:
    yes, no = marks.yes["crm"], marks.no["crm"]
    return yes >= MANY_MARKS and yes >= SURE_FRACTION * (yes + no)


def _is_low(filled: int, demanded: int) -> bool:
    return filled < LOW_FILLED_FRACTION * demanded


def _cells(inputs: MonthInputs, before_on: date) -> tuple[Counter[str], Counter[str]]:
    """Count by manager the cells of the month's leads that their status demands, and the filled ones."""
    cells, columns = filled_cells(inputs, before_on), inputs.facts.leads
    start, end = month_bounds(inputs.month)
    chosen = columns.has_code & ~columns.is_refund & (columns.arrived >= start) & (columns.arrived < end)
    demanded, filled = Counter[str](), Counter[str]()
    codes = inputs.facts.rows["code"][chosen].tolist()
    for code, asked, held in zip(
        codes, cells[DEMANDED][chosen].tolist(), cells[FILLED][chosen].tolist(), strict=True
    ):
        demanded[code] += asked
        filled[code] += held
    return demanded, filled


def _filled(code: str, filled: int, demanded: int) -> Signal:
    share = rounded_half_up(Fraction(100 * filled, demanded))
    return Signal("crm_said_to_be_filled", code, {"count": str(demanded - filled), "share": str(share)})
