"""Leads about which the head is asked count as they were registered; deals and money as the rows say (behaviour §4a).

The row as it stands is no lead then; below the others a copy of it with the registered arrival, manager and share is
one, without a № and without money. Of a report the leads are those registered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from kpi_rules.facts.deal_columns import Held
from kpi_rules.facts.employment import Workdays
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import MonthInputs
from kpi_rules.facts.tabs import without_time
from kpi_rules.questions import ARRIVAL, DAY, MANAGER, SECOND, SHARE, Question, QuestionKind
from kpi_rules.records.frames import frame_from_record
from kpi_rules.register.kept import BAD, keys_of

_AS_REGISTERED = (ARRIVAL, without_time(ARRIVAL), MANAGER, SECOND, SHARE)
_OF_MONEY = ("amount_tiyn", "cost_tiyn", "paid_on")


def counted_as_registered(
    inputs: MonthInputs, unanswered: Sequence[Question], workdays: Mapping[str, Workdays]
) -> MonthInputs:
    """Give a month's inputs with the leads of unanswered questions as they were registered."""
    if not unanswered:
        return inputs
    if inputs.facts.of_leads:
        return replace(inputs, facts=_leads(inputs, unanswered))
    return replace(inputs, facts=_reports(inputs.facts, unanswered, workdays))


def _leads(inputs: MonthInputs, unanswered: Sequence[Question]) -> FactFrame:
    facts = inputs.facts
    asked = {question.key for question in unanswered}
    no_lead = np.array([key in asked for key in keys_of(facts)], dtype=bool)
    conditioned = {name for condition in inputs.rulebook.conditions for name in condition.columns}
    leads = [_lead(each, conditioned) for each in unanswered if each.month == inputs.month]
    copies = _frame(facts, leads)
    held = Held(
        np.concatenate([no_lead, np.zeros(len(copies.rows), dtype=bool)]),
        np.concatenate([np.zeros(len(facts.rows), dtype=bool), np.ones(len(copies.rows), dtype=bool)]),
    )
    return FactFrame(facts.tab, facts.rows.followed_by(copies.rows), held, facts.missing)


def _lead(question: Question, conditioned: Set[str]) -> dict[str, Any]:
    """Give the cells of the lead as registered; what has happened with it since is that of the row."""
    kept_names = {*_AS_REGISTERED}
    if QuestionKind.CONDITION in question.kinds:
        kept_names |= conditioned & question.registered.keys() - {"status"}
    cells = {name: value for name, value in question.present.items() if name not in kept_names}
    cells |= {name: question.registered[name] for name in kept_names if name in question.registered}
    lost = set(_OF_MONEY) if question.is_gone or QuestionKind.REFUND in question.kinds else set()
    if lost and cells.get("status") == "deal":
        cells["status"] = "in_progress"
    kept = {name: value for name, value in cells.items() if name not in {"number", *lost}}
    kept[BAD] = [name for name in kept.get(BAD, ()) if name not in {"number", *_AS_REGISTERED, *lost}]
    return kept


def _reports(facts: FactFrame, unanswered: Sequence[Question], workdays: Mapping[str, Workdays]) -> FactFrame:
    column = facts.tab.counting("leads")
    if column is None:
        return facts
    registered = {question.key: question.registered[column] for question in unanswered}
    leads = facts.rows[column].copy()
    for place, key in enumerate(keys_of(facts)):
        leads[place] = registered.get(key or "", leads[place])
    frame = FactFrame(facts.tab, facts.rows.replaced(column, leads))
    more = [_report(question, frame, column) for question in unanswered if _counts_alone(question, workdays)]
    return FactFrame(facts.tab, frame.rows.followed_by(_frame(facts, more).rows)) if more else frame


def _counts_alone(question: Question, workdays: Mapping[str, Workdays]) -> bool:
    """Tell whether a report that is gone has to be stood in for: where one is due the day has no data anyway."""
    worked = workdays.get(question.code or "")
    return question.is_gone and (worked is None or date.fromisoformat(question.subject) not in worked.days)


def _report(question: Question, facts: FactFrame, column: str) -> dict[str, Any]:
    nothing = {each.key: 0 for each in facts.tab.values if each.counts}
    key = {name: question.registered[name] for name in (DAY, MANAGER)}
    return {**key, **nothing, column: question.registered[column]}


def _frame(facts: FactFrame, rows: Sequence[Mapping[str, Any]]) -> FactFrame:
    """Type cells as records write them."""
    names = [name for name in facts.tab.frame_types if name != "row"]
    flags = {name for name, kind in facts.tab.frame_types.items() if kind == "bool"}
    written = [
        [*(row.get(name, False if name in flags else None) for name in names), row.get(BAD, [])]
        for row in rows
    ]
    return frame_from_record(facts.tab, {"columns": [*names, BAD], "rows": written})
