"""What the head decided about missing data, taken into the facts («Решения», behaviour §5).

A decision holds when the owner approved it and it gives a reason. Its subject is a KPI's id, the № of a deal,
or a day (`2026-10-05`, `05.10.2026`); for «продаж не было» a day means the report of that day, anything else
the whole month; where there are no reports a day means nothing. «верно» names a set of rows (`row_sets`), says that
what is doubted of them is so, and holds with a reason alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

import numpy as np

from kpi_rules.facts.columns import Flags
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import Decision, DecisionKind, MonthInputs
from kpi_rules.row_sets import RowSet, day_of, parts_of


@dataclass(frozen=True)
class Decided:
    """The decisions in force: by employee and KPI, and by code the days without sales (None = all days)."""

    kpis: Mapping[tuple[str, str], DecisionKind]
    no_sales: Mapping[str, Set[date] | None]
    used: frozenset[Decision]
    ambiguous: frozenset[Decision] = frozenset()
    """Those that would take out more than one row: which one is meant is not guessed."""
    contradicted: frozenset[Decision] = frozenset()
    """Those that say different things of one employee's KPI: neither holds."""
    right_rows: Mapping[str, RowSet] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """By code the rows of which the head said «верно», whatever is doubted or asked about them."""

    def is_right(self, code: str | None, row: str) -> bool:
        """Tell whether the head said «верно» of a row (its №, or its day); of nobody's row under any code."""
        sets = self.right_rows.values() if code is None else (self.right_rows.get(code, RowSet()),)
        return any(rows.names(row) for rows in sets)


def in_force(decisions: tuple[Decision, ...]) -> list[Decision]:
    """List the decisions that are approved and give a reason, in an order that is not the sheet's.

    «верно» changes nothing of what stands in the rows and needs no approval.
    """
    holding = [
        decision
        for decision in decisions
        if decision.reason.strip() and (decision.approved or decision.kind is DecisionKind.RIGHT)
    ]
    return sorted(
        holding, key=lambda decision: (decision.code, decision.subject, decision.kind, decision.reason)
    )


def apply_decisions(inputs: MonthInputs) -> tuple[MonthInputs, Decided]:
    """Take the excluded rows out of the facts, and give the other decisions by what they concern."""
    kpi_ids = {kpi.id for kpi in (*inputs.rulebook.kpis, *inputs.rulebook.head_kpis)}
    kpis: dict[tuple[str, str], DecisionKind] = {}
    no_sales: dict[str, Set[date] | None] = {}
    used, ambiguous = set(), set()
    right: dict[str, list[str]] = {}
    contradicted = _contradicted(inputs.decisions, kpi_ids)
    for decision in in_force(inputs.decisions):
        if decision in contradicted:
            continue
        day = day_of(decision.subject)
        if decision.kind is DecisionKind.EXCLUDE_ROW:
            remaining = _without_row(inputs, decision, day)
            if remaining is None:
                ambiguous.add(decision)
            elif remaining is not inputs:
                inputs = remaining
                used.add(decision)
        elif decision.kind is DecisionKind.RIGHT:
            right.setdefault(decision.code, []).extend(parts_of(decision.subject))
        elif decision.kind is DecisionKind.NO_SALES:
            if day is not None and inputs.facts.of_leads:
                continue
            known = no_sales.get(decision.code, frozenset())
            no_sales[decision.code] = None if day is None or known is None else {*known, day}
            used.add(decision)
        elif decision.subject in kpi_ids:
            kpis[decision.code, decision.subject] = decision.kind
            used.add(decision)
    right_rows = {code: RowSet.of(parts) for code, parts in right.items()}
    return inputs, Decided(kpis, no_sales, frozenset(used), frozenset(ambiguous), contradicted, right_rows)


def _contradicted(decisions: tuple[Decision, ...], kpi_ids: Set[str]) -> frozenset[Decision]:
    """Find decisions of several kinds about one KPI of an employee: no order of rows decides between them."""
    said: dict[tuple[str, str], list[Decision]] = {}
    for decision in in_force(decisions):
        if decision.kind in {DecisionKind.NOT_APPLICABLE, DecisionKind.ZERO} and decision.subject in kpi_ids:
            said.setdefault((decision.code, decision.subject), []).append(decision)
    return frozenset(
        decision for own in said.values() if len({each.kind for each in own}) > 1 for decision in own
    )


def _without_row(inputs: MonthInputs, decision: Decision, day: date | None) -> MonthInputs | None:
    """Take the row out; None where there is more than one, the same inputs where there is none."""
    if day is not None:
        chosen = {name: _of_day(frame, decision.code, day) for name, frame in _frames_of_days(inputs).items()}
    elif inputs.facts.of_leads:
        leads = inputs.facts.rows
        own = (leads["code"] == decision.code) | ~leads.given("code")
        chosen = {"facts": own & (leads["number"] == decision.subject.strip())}
    else:
        return inputs
    if any(rows.sum() > 1 for rows in chosen.values()):
        return None
    if not any(rows.any() for rows in chosen.values()):
        return inputs
    kept = {name: getattr(inputs, name).chosen(~rows) for name, rows in chosen.items()}
    if day is None and inputs.payments:
        number = decision.subject.strip()
        kept["payments"] = tuple(payment for payment in inputs.payments if payment.number != number)
    return replace(inputs, **kept)


def _frames_of_days(inputs: MonthInputs) -> dict[str, FactFrame]:
    frames = {"facts": inputs.facts, "marks": inputs.marks}
    return {name: frame for name, frame in frames.items() if not frame.of_leads}


def _of_day(frame: FactFrame, code: str, day: date) -> Flags:
    rows = frame.rows
    chosen: Flags = (rows["code"] == code) & (rows["on"] == np.datetime64(day, "s"))
    return chosen
