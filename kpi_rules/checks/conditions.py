"""Checks of «Только где»: the cells that conditions of the rules name must be filled where money came (behaviour §4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np

from kpi_rules.counting.deal_counts import flag_deals
from kpi_rules.counting.narrowing import part_of
from kpi_rules.facts.inputs import MonthInputs
from kpi_rules.problems import Place, Problem, blocking


def check_conditions(inputs: MonthInputs, cut_at: datetime) -> Iterator[Problem]:
    """Name each blank cell of a column that a condition names, in a row that brings money in the month."""
    conditions = inputs.rulebook.conditions
    if not conditions or not inputs.facts.of_leads:
        return
    facts, sold = inputs.facts, flag_deals(inputs, cut_at).sold
    headers = {clause.column: clause.header for each in conditions for clause in each.clauses}
    told: set[str] = set()
    for condition in conditions:
        for column, blank in part_of(facts, condition).blank.items():
            if column in told:
                continue
            told.add(column)
            for at in np.flatnonzero(sold & blank).tolist():
                row, number, code = (facts.rows.plain(name)[at] for name in ("row", "number", "code"))
                yield blocking(
                    "condition_blank",
                    Place(facts.tab.key, row, column),
                    code,
                    number=number or "—",
                    header=headers[column],
                )
