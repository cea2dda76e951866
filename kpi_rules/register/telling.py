"""What is told of questions: to all their number and rows without blame, to the head what was and what is, by name.

«Ошибки» names for each employee the rows; a `Signal` a question says to head and owner what stood there, what stands
there now, and (its code) whose score that raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from kpi_rules.cards.results import Signal
from kpi_rules.exact import hundredths_text
from kpi_rules.facts.inputs import MonthInputs
from kpi_rules.problems import NOWHERE, Place, Problem, warning
from kpi_rules.questions import ARRIVAL, MANAGER, SECOND, SHARE, Question, QuestionKind

QUESTIONS = "question_"
"""How the kinds of these signals begin."""
_NAMED = 20
"""So many rows are named; of more the first and their number."""


def question_problems(inputs: MonthInputs, unanswered: Sequence[Question], *, owner: bool) -> list[Problem]:
    """Name for each employee the rows that are asked about, and say where answers wait for the owner."""
    by_code: dict[str, list[Question]] = {}
    for question in unanswered:
        by_code.setdefault(question.code or "", []).append(question)
    problems = [
        warning(
            "rows_not_as_registered",
            Place(inputs.facts.tab.key),
            code or None,
            count=len(asked),
            rows=_rows(asked),
        )
        for code, asked in sorted(by_code.items())
    ]
    return [*problems, warning("answers_need_owner", NOWHERE)] if owner else problems


def _rows(questions: Sequence[Question]) -> str:
    named = ", ".join(question.subject for question in questions[:_NAMED])
    return f"{named}, …" if len(questions) > _NAMED else named


def question_signals(inputs: MonthInputs, unanswered: Iterable[Question]) -> list[Signal]:
    """Say of each question what was registered and what stands there now."""
    people = {stint.code: stint.name for stint in inputs.staff}
    column = inputs.facts.tab.counting("leads") or ""
    conditioned = {name for condition in inputs.rulebook.conditions for name in condition.columns}
    signals = []
    for question in unanswered:
        for kind in question.kinds:
            shown = _SHOWN.get(kind, _leads_in(column))
            if kind is QuestionKind.CONDITION:
                shown = _conditions(question, conditioned)
            was, now = (shown(cells, people) for cells in (question.registered, question.present))
            params = {"key": question.subject, "before": was, "after": now, "count": "1"}
            signals.append(Signal(f"{QUESTIONS}{kind.value}", question.code or "", params))
    return signals


_Shown = Callable[[Mapping[str, Any], Mapping[str, str]], str]


def _arrival(cells: Mapping[str, Any], _: Mapping[str, str]) -> str:
    return f"{datetime.fromisoformat(cells[ARRIVAL]):%d.%m.%Y}" if ARRIVAL in cells else "—"


def _manager(cells: Mapping[str, Any], people: Mapping[str, str]) -> str:
    code = cells.get(MANAGER)
    return people.get(code, code) if code else "—"


def _shares(cells: Mapping[str, Any], people: Mapping[str, str]) -> str:
    second = cells.get(SECOND)
    share = hundredths_text(100 * Fraction(cells[SHARE])) if SHARE in cells else "—"
    return f"{people.get(second, second)} {share} %" if second else "—"


def _amount(cells: Mapping[str, Any], _: Mapping[str, str]) -> str:
    return hundredths_text(Fraction(cells["amount_tiyn"], 100)) if "amount_tiyn" in cells else "—"


def _leads_in(column: str) -> _Shown:
    return lambda cells, _: str(cells.get(column, "—"))


def _conditions(question: Question, conditioned: Iterable[str]) -> _Shown:
    was, now = question.registered, question.present
    names = [name for name in sorted(conditioned) if name in was and was[name] != now.get(name)]
    return lambda cells, _: ", ".join(str(cells.get(name, "—")) for name in names)


def _removed(cells: Mapping[str, Any], _: Mapping[str, str]) -> str:
    day = date.fromisoformat(str(cells.get("on") or cells.get(ARRIVAL, "0001-01-01"))[:10])
    customer = cells.get("customer")
    return ", ".join(filter(None, (f"{day:%d.%m.%Y}", customer)))


_SHOWN: Mapping[QuestionKind, _Shown] = MappingProxyType(
    {
        QuestionKind.REMOVED: _removed,
        QuestionKind.ARRIVAL: _arrival,
        QuestionKind.MANAGER: _manager,
        QuestionKind.SHARED: _shares,
        QuestionKind.REFUND: _amount,
    }
)
