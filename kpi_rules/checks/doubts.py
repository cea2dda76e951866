"""When a doubtful value keeps a month open, and what «верно» says about it (behaviour §4, «Plausible?»).

Doubts are kept over the whole workbook (`plausible`), as warnings. Each says in its params of which months its row
may be (`months`) and by what «Решения» name it (`subject`). Here they are weighed in one month: over, and with a
score that the value can change, they block until they are mended or the head said «верно».
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from kpi_rules.facts.decisions import Decided
from kpi_rules.facts.inputs import Decision, DecisionKind, MonthInputs
from kpi_rules.measures.catalogue import MEASURES, concerned
from kpi_rules.problems import Place, Problem, Severity, warning
from kpi_rules.row_sets import KnownRows, RowSet, parts_of
from kpi_rules.time.periods import Month

DOUBTS = frozenset(
    {
        "paid_before_arrival",
        "answer_after_a_month",
        "date_before_client",
        "date_in_future",
        "date_out_of_place",
        "outside_employment",
        "hired_in_future",
        "lead_without_number",
        "report_processed_above_received",
        "report_deals_above_processed",
        "report_answer_zero",
    }
)
"""The codes of doubts; a contradiction within one row (an answer before the arrival) blocks by itself."""
_CONCERNS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "arrived_at": frozenset({"leads", "processed", "response"}),
        "answered_at": frozenset({"processed", "response"}),
        "paid_on": frozenset({"sales", "wins", "cost", "repeat"}),
    }
)
"""What a doubtful cell of a lead leaves in doubt; a day leaves all of its row so."""


@dataclass(frozen=True)
class Weighing:
    """A month in which doubts are weighed: its facts, what was decided, and whether it is over."""

    inputs: MonthInputs
    decided: Decided
    over: bool


def doubt(code: str, place: Place, employee: str | None, months: Iterable[Month], **params: str) -> Problem:
    """Build a doubt: a warning until it is weighed in a month. `params` hold its `subject`."""
    named = " ".join(sorted({str(month) for month in months}))
    return warning(code, place, employee, **params, months=named)


def readings(day: date, today: date) -> set[Month]:
    """Give the months of which a doubtful day may be: its own, and with another year or day and month swapped."""
    months = {Month.of(day)}
    for number in {day.month, *([day.day] if day.day <= _MONTHS else [])}:
        months |= {Month(year, number) for year in (today.year - 1, today.year)}
    return months


def readings_after(day: date, start: date) -> set[Month]:
    """Give the months of which a day may be that stands before `start` and cannot: both, and its readings from there on.

    Those are looked for in the half year from `start`: a deal that was paid in advance asks no month a year later.
    """
    begun = Month.of(start)
    numbers = {day.month, *([day.day] if day.day <= _MONTHS else [])}
    return {
        Month.of(day),
        begun,
        *(begun.plus(ahead) for ahead in range(_AHEAD) if begun.plus(ahead).number in numbers),
    }


_MONTHS = 12
_AHEAD = 7


def weighed(problems: Iterable[Problem], weighing: Weighing) -> list[Problem]:
    """Let the doubts of a month that is over block, and tell of each «верно» that names nothing."""
    given = list(problems)
    told = {_of_row(problem) for problem in given if problem.code in DOUBTS}
    kept = [
        _weighed(problem, weighing) if problem.code in DOUBTS else problem
        for problem in given
        if problem.code not in _TOLD_BY_THE_MONTH or _of_row(problem) not in told
    ]
    return [*kept, *_naming_nothing(kept, weighing)]


_TOLD_BY_THE_MONTH = frozenset(
    {
        "payment_before_arrival",
        "deal_without_number",
        *(f"{what}_{how}" for what in ("report", "marks") for how in ("not_employed", "on_off_day")),
    }
)
"""What the month says of such a row by itself; once is enough."""


def _of_row(problem: Problem) -> tuple[str, str | None, str]:
    params = problem.params
    row = params.get("number") or params.get("date") or params.get("subject", "")
    return problem.place.tab, problem.employee, row


def _weighed(problem: Problem, weighing: Weighing) -> Problem:
    keeps_open = (
        weighing.over
        and str(weighing.inputs.month) in problem.params.get("months", "").split()
        and _can_change_a_score(problem, weighing.inputs)
        and not _is_settled(problem, weighing)
    )
    return replace(problem, severity=Severity.BLOCKING if keeps_open else Severity.WARNING)


def _can_change_a_score(problem: Problem, inputs: MonthInputs) -> bool:
    """Tell whether a measure that the month scores stands on what is in doubt."""
    place, measures = problem.place, inputs.rulebook.measures
    if place.tab == inputs.marks.tab.key:
        return any(MEASURES[measure].of_marks for measure in measures)
    concerns = _CONCERNS.get(place.column or "")
    if concerns is None and problem.code in _OF_REPORTS:
        concerns = _OF_REPORTS[problem.code]
    return concerns is None or any(concerned(measures, concern) for concern in concerns)


_OF_REPORTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "report_processed_above_received": frozenset({"leads", "processed", "response"}),
        "report_deals_above_processed": frozenset({"wins", "leads"}),
        "report_answer_zero": frozenset({"response"}),
    }
)


def _is_settled(problem: Problem, weighing: Weighing) -> bool:
    """Tell whether the head said «верно» of the row, or had it taken out."""
    subject = problem.params.get("subject", "")
    if weighing.decided.is_right(problem.employee, subject):
        return True
    taken_out = (each for each in weighing.decided.used if each.kind is DecisionKind.EXCLUDE_ROW)
    return any(
        problem.employee in {None, each.code} and RowSet.of([each.subject.strip()]).names(subject)
        for each in taken_out
    )


def _naming_nothing(problems: Sequence[Problem], weighing: Weighing) -> list[Problem]:
    """Tell of the parts of a «верно» for which there is no row, neither of the month nor one in doubt."""
    nameless = []
    told = [
        decision
        for decision in weighing.inputs.decisions
        if decision.kind is DecisionKind.RIGHT and decision.reason.strip()
    ]
    rows = _rows_of(problems, weighing.inputs) if told else {}
    known = {
        code: KnownRows.of(rows.get(code, set()) | rows.get("", set()))
        for code in {decision.code for decision in told}
    }
    for decision in told:
        nameless += _missing_parts(decision, known[decision.code])
    return nameless


def _missing_parts(decision: Decision, known: KnownRows) -> list[Problem]:
    parts = parts_of(decision.subject)
    missing = [part for part in parts if not known.any_of(RowSet.of([part]))]
    if not missing and parts:
        return []
    place = Place("decisions", decision.row, "subject")
    return [warning("decision_names_no_row", place, decision.code, subject=", ".join(missing) or "—")]


def _rows_of(problems: Iterable[Problem], inputs: MonthInputs) -> dict[str, set[str]]:
    """Give by code ("" = nobody's) the №s and days by which rows can be named."""
    rows: dict[str, set[str]] = {}
    for problem in problems:
        if problem.code in DOUBTS:
            rows.setdefault(problem.employee or "", set()).add(problem.params.get("subject", ""))
    for facts in (inputs.facts, inputs.marks):
        known = facts.rows["number"].tolist() if facts.of_leads else _days(facts.days.on)
        for code, row in zip(facts.rows["code"].tolist(), known, strict=True):
            if isinstance(row, str) and row:
                rows.setdefault(code if isinstance(code, str) else "", set()).add(row)
    for question in inputs.questions:
        for code in question.codes:
            rows.setdefault(code, set()).add(question.subject)
    for absence in inputs.absences:
        rows.setdefault(absence.code, set()).add(absence.from_on.isoformat())
    return rows


def _days(on: object) -> list[str]:
    return [str(day)[:10] if day is not None else "" for day in on.astype("datetime64[D]").tolist()]  # type: ignore[attr-defined]
