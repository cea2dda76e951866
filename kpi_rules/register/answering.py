"""Which questions the head has answered (behaviour §4a).

«верно» with a reason answers, of one row or of a set; a row that is excluded is asked about no more. Where the answers
together move a head's own band only those hold that the owner approved: nobody approves their own pay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kpi_rules.facts.decisions import in_force
from kpi_rules.facts.inputs import Decision, DecisionKind, MonthInputs
from kpi_rules.questions import Question
from kpi_rules.row_sets import RowSet, parts_of

HeadBands = Callable[[Sequence[Question]], object]
"""Gives the heads' bands while these questions are unanswered."""


def unanswered(inputs: MonthInputs, head_bands: HeadBands) -> tuple[tuple[Question, ...], bool]:
    """Give the questions that are unanswered, and whether answers wait for the owner."""
    if not inputs.questions:
        return (), False
    decisions = in_force(inputs.decisions)
    left = _left(inputs.questions, decisions)
    approved = _left(inputs.questions, [decision for decision in decisions if decision.approved])
    if left == approved or head_bands(left) == head_bands(inputs.questions):
        return left, False
    return approved, True


def _left(questions: Sequence[Question], decisions: Sequence[Decision]) -> tuple[Question, ...]:
    right: dict[str, list[str]] = {}
    excluded: dict[str, list[str]] = {}
    for decision in decisions:
        if decision.kind is DecisionKind.RIGHT:
            right.setdefault(decision.code, []).extend(parts_of(decision.subject))
        elif decision.kind is DecisionKind.EXCLUDE_ROW:
            excluded.setdefault(decision.code, []).append(decision.subject.strip())
    named = [{code: RowSet.of(parts) for code, parts in each.items()} for each in (right, excluded)]
    return tuple(question for question in questions if not any(question.is_named(rows) for rows in named))
