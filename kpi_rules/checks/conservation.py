"""Nothing falls out: every filled row of an input tab counts in some month or is named with a reason (behaviour §2).

A row counts where the rules take a figure, a day, a target or a pay out of it. Of a row of «Сделки» that is its arrival
or its payment, of reports and marks their day while the person is employed, of absences and plan rows a time of
employment. Everything else has to be among the problems.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from kpi_rules.checks.own_values import counted_values
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import VALUES, PayrollInputs, WorkbookInputs
from kpi_rules.facts.percents import PERCENTS
from kpi_rules.problems import Problem


@dataclass(frozen=True)
class Account:
    """What became of the filled rows of one tab, as 1-based sheet rows."""

    filled: frozenset[int]
    counted: frozenset[int]
    named: frozenset[int]

    @property
    def lost(self) -> frozenset[int]:
        """The rows that count nowhere and of which nobody was told: there must be none."""
        return self.filled - self.counted - self.named


def accounts(
    filled: Mapping[str, Collection[int]],
    workbook: WorkbookInputs,
    payroll: PayrollInputs,
    problems: Iterable[Problem],
) -> dict[str, Account]:
    """Account for every filled row by tab; `problems` are those of reading, of the books and of all months."""
    counted = counted_rows(workbook, payroll)
    named: dict[str, set[int]] = {}
    for problem in problems:
        if problem.place.row is not None:
            named.setdefault(problem.place.tab, set()).add(problem.place.row)
    return {
        tab: Account(frozenset(rows), counted.get(tab, frozenset()), frozenset(named.get(tab, ())))
        for tab, rows in filled.items()
    }


def counted_rows(workbook: WorkbookInputs, payroll: PayrollInputs) -> dict[str, frozenset[int]]:
    """Give by tab the sheet rows out of which the rules take something in some month."""
    facts, marks = workbook.facts, workbook.marks
    return {
        "staff": frozenset(stint.row for stint in workbook.staff),
        "plan": frozenset(
            row.row
            for row in workbook.plan
            if _is_employed(workbook, row.code, row.month.first_on, row.month.last_on)
        ),
        "absences": frozenset(
            absence.row
            for absence in workbook.absences
            if absence.from_on <= absence.to_on
            and _is_employed(workbook, absence.code, absence.from_on, absence.to_on)
        ),
        facts.tab.key: _counted_leads(facts) if facts.of_leads else _counted_days(facts, workbook),
        marks.tab.key: _counted_days(marks, workbook),
        VALUES: counted_values(workbook),
        "salaries": frozenset(salary.row for salary in payroll.salaries),
        "corrections": frozenset(row.row for row in payroll.corrections if row.approved),
        PERCENTS: frozenset(row.row for row in payroll.percents),
        "decisions": frozenset(row.row for row in payroll.decisions if row.approved and row.reason.strip()),
    }


def _is_employed(workbook: WorkbookInputs, code: str, first: date, last: date) -> bool:
    return any(
        stint.code == code and stint.hired_on <= last and (stint.left_on is None or stint.left_on >= first)
        for stint in workbook.staff
    )


def _counted_leads(facts: FactFrame) -> frozenset[int]:
    """Give the rows that are a lead of the month of their arrival, or revenue of the month of their payment."""
    columns = facts.leads
    lead = ~np.isnat(columns.arrived) & ~columns.is_refund
    paid = columns.is_deal & ~np.isnat(columns.paid) & (columns.amounts_tiyn != 0)
    return frozenset(facts.rows["row"][(lead | paid) & ~columns.doubled].tolist())


def _counted_days(facts: FactFrame, workbook: WorkbookInputs) -> frozenset[int]:
    """Give the rows of a day on which their employee is employed; blank cells of it are no data, and told as such."""
    codes, days = facts.rows["code"].tolist(), facts.days.on.astype("datetime64[D]").tolist()
    return frozenset(
        int(row)
        for row, code, day in zip(facts.rows["row"].tolist(), codes, days, strict=True)
        if isinstance(code, str) and day is not None and _is_employed(workbook, code, day, day)
    )
