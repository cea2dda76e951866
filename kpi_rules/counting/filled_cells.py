"""How well the rows of leads are filled in, counted by itself (behaviour §4, `crm_filled`).

A lead counts once the working day after the one of its arrival is over. Its status says which cells are demanded; a cell
that cannot be read was filled, and is told elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import numpy as np

from kpi_rules.counting.deal_counts import COMPANY_WEEK
from kpi_rules.facts.columns import Flags, Whole
from kpi_rules.facts.deal_columns import DealColumns
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import MonthInputs
from kpi_rules.measures.catalogue import CRM_FILLED, DEMANDED, FILLED

_FROM_WORK_ON = ("in_progress", "deal", "lost")
_DEMANDED: Mapping[str, tuple[str, ...] | None] = MappingProxyType(
    {
        "source": None,
        "status": None,
        "answered_at": _FROM_WORK_ON,
        "amount_tiyn": ("deal",),
        "customer": ("deal",),
        "refusal_reason": ("lost",),
    }
)
"""By column the statuses that demand it; None: every lead does. A tab without such a column demands none."""
DEMANDED_TEXTS = frozenset({"source", "customer", "refusal_reason"})
"""The columns of free text among them: they feed nothing else."""


def filled_cells(inputs: MonthInputs, before_on: date) -> dict[str, Whole]:
    """Count of each row the demanded cells that can be seen (none while the lead is too new) and the filled ones among them.

    `before_on` is the first day that is not over.
    """
    columns = inputs.facts.leads
    due = columns.arrived < _due_before(inputs, before_on)
    demanded = np.zeros(len(columns.deals), dtype=np.int64)
    filled = demanded.copy()
    held = {column.key for column in inputs.facts.tab.columns} - inputs.facts.missing
    for name in _DEMANDED.keys() & held:
        asked = due & _is_demanded(columns, name)
        demanded += asked
        filled += asked & _is_filled(columns, name)
    return {DEMANDED: demanded, FILLED: filled}


def unseen_cells(inputs: MonthInputs, before_on: date) -> Flags:
    """Tell which rows have a demanded cell of which nobody knows whether it is filled: the column's header is not there."""
    columns = inputs.facts.leads
    unseen = np.zeros(len(columns.deals), dtype=bool)
    for name in _DEMANDED.keys() & inputs.facts.missing:
        unseen |= _is_demanded(columns, name)
    return unseen & (columns.arrived < _due_before(inputs, before_on))


def filled_as_sealed(sealed: MonthInputs, live: FactFrame) -> FactFrame:
    """Give live rows with the cells that only this measure asks for as they stood at the close: later filling is no edit.

    A row is known by its №; what feeds another measure stays as it is now.
    """
    if CRM_FILLED not in sealed.rulebook.measures or not live.of_leads:
        return live
    fed = {name for condition in sealed.rulebook.conditions for name in condition.columns}
    numbers = sealed.facts.leads.numbers.tolist()
    place_of = {number: place for place, number in enumerate(numbers) if number is not None}
    rows = live.rows
    for name in (DEMANDED_TEXTS & {column.key for column in live.tab.columns}) - fed:
        cells, stood = rows[name].copy(), sealed.facts.rows[name]
        for place, number in enumerate(live.leads.numbers.tolist()):
            if number in place_of:
                cells[place] = stood[place_of[number]]
        rows = rows.with_texts(name, cells)
    return FactFrame(live.tab, rows, missing=sealed.facts.missing)


def _due_before(inputs: MonthInputs, before_on: date) -> np.datetime64:
    """Give the last working day that is over: what arrived before it is older than a working day."""
    first_on = inputs.month.first_on
    days = [
        day
        for day in inputs.calendar.working_days(first_on, inputs.month.last_on, COMPANY_WEEK)
        if day < before_on
    ]
    return np.datetime64(max(days, default=first_on), "s")


def _is_demanded(columns: DealColumns, name: str) -> Flags:
    statuses = _DEMANDED[name]
    return np.ones(len(columns.deals), dtype=bool) if statuses is None else columns.status(*statuses)


def _is_filled(columns: DealColumns, name: str) -> Flags:
    filled = columns.deals.given(name)
    bad = f"bad_{name}"
    return filled | columns.deals[bad] if bad in columns.deals else filled
