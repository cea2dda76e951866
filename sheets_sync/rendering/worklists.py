"""What people are to do: «Чек-лист РОПа» by kind of work, the person first, and «Ошибки», each with its address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from itertools import groupby

from kpi_rules.cards.results import ChecklistItem, MonthResults, Signal
from kpi_rules.exact import exact_number, rounded_half_up
from kpi_rules.measures.catalogue import MEASURES
from kpi_rules.measures.units import Unit
from kpi_rules.outlook.plan_hints import PlanHint, PlanProposal
from kpi_rules.problems import Problem, told_once
from kpi_rules.register.telling import QUESTIONS
from kpi_rules.words.dates import month_title, with_dates
from kpi_rules.words.known import POINT_PLACES
from kpi_rules.words.numbers import measured_text, money_text, number_text
from kpi_rules.words.texts import Texts
from sheets_sync.building.output_designs import CHECKLIST, PROBLEMS
from sheets_sync.building.wanted import BLANK, Cell, Wanted
from sheets_sync.rendering.pages import Line, Locates, capitalized, filled, header, names, section

OF_THE_HEAD = frozenset({"marks_all_yes", "marks_in_bulk"})
"""The signals of who marks: they are for the owner's eyes."""


def checklist_tab(
    results: MonthResults,
    texts: Texts,
    review: MonthResults | None = None,
    proposal: PlanProposal | None = None,
) -> Wanted:
    """Lay the checklist of the running month out, a block per kind of work, and what else is worth a look.

    Managers can open the workbook: of the signals only how often they were seen stands here, without names.
    """
    known = names(results)
    lines: list[Line] = [
        [Cell(texts("tabs.checklist.title"), "text.title")],
        [Cell(month_title(results.month, texts.language), "plain.muted")],
    ]
    if not results.checklist:
        lines += [[BLANK], [Cell(texts("tabs.checklist.empty"), "plain.good")]]
    by_kind: dict[str, list[ChecklistItem]] = {}
    for item in results.checklist:
        by_kind.setdefault(item.kind, []).append(item)
    for kind, items in by_kind.items():
        lines += [[BLANK], section(texts(f"tabs.checklist.{kind}.title"), len(CHECKLIST.columns))]
        lines += [_item_line(item, known, texts) for item in items]
    lines += _proposal(proposal, known, texts) if proposal else []
    for month in (results, *([review] if review else [])):
        lines += _signals(month, texts)
    return filled(CHECKLIST, lines)


def _signals(results: MonthResults, texts: Texts) -> list[Line]:
    """Count what was seen of managers; by name it is told elsewhere."""
    counts = Counter[str]()
    for signal in results.signals:
        # «Ошибки» has the number and the rows of what is asked about.
        if not signal.kind.startswith(QUESTIONS) and signal.kind not in OF_THE_HEAD:
            counts[signal.kind] += int(signal.params["count"])
    if not counts:
        return []
    lines: list[Line] = [
        [
            Cell(texts("tabs.checklist.team"), "text.strong"),
            Cell(texts(f"tabs.checklist.seen.{kind}", count=count), "sentence"),
        ]
        for kind, count in counts.items()
    ]
    title = section(texts("tabs.checklist.seen_title", month=results.month), len(CHECKLIST.columns))
    return [[BLANK], title, *lines, [BLANK, Cell(texts("tabs.checklist.seen_by_name"), "sentence.muted")]]


def _proposal(proposal: PlanProposal, known: dict[str, str], texts: Texts) -> list[Line]:
    """Show what the months before say of a plan; the head enters it or does not."""
    if not proposal.hints:
        return []
    title = section(texts("tabs.checklist.proposal_title", month=proposal.month), len(CHECKLIST.columns))
    lines: list[Line] = [[BLANK], title]
    for code, hints in groupby(proposal.hints, key=lambda hint: hint.code):
        said = "; ".join(hint_words(hint, texts) for hint in hints)
        lines.append([Cell(known.get(code, code), "text.strong"), Cell(capitalized(said) + ".", "sentence")])
    return [*lines, [BLANK, Cell(texts("tabs.checklist.proposal_how"), "sentence.muted")]]


def hint_words(hint: PlanHint, texts: Texts) -> str:
    """Say a measure with the usual and the ambitious value: «средний чек 150 000 ₸ (168 000 ₸)»."""
    usual, ambitious = hint_values(hint, texts)
    name = texts(f"choice.measure.{hint.measure}")
    if MEASURES[hint.measure].unit is Unit.MINUTES:
        name = texts("tabs.scoreboard.minutes", measure=name)
    key = "hint_one" if usual == ambitious else "hint"
    return texts(f"tabs.checklist.{key}", measure=name, usual=usual, ambitious=ambitious)


def hint_values(hint: PlanHint, texts: Texts) -> tuple[str, str]:
    """Write the usual and the ambitious value."""
    usual, ambitious = (
        measured_text(_even(value, hint.measure), hint.measure, texts.language)
        for value in (hint.median, hint.ambitious)
    )
    return usual, ambitious


def _even(value: Fraction, measure: str) -> Fraction:
    """Round what somebody will type into a plan: money to three digits, leads to whole ones."""
    unit = MEASURES[measure].unit
    if unit is Unit.COUNT:
        return Fraction(rounded_half_up(value))
    if unit is not Unit.TIYN or not value:
        return value
    step = Fraction(10) ** max(len(str(abs(rounded_half_up(value)))) - 3, 2)
    return Fraction(rounded_half_up(value / step)) * step


def signal_sentence(signal: Signal, texts: Texts) -> str:
    """Say what was seen of somebody, without the name."""
    return texts(f"signal.{signal.kind}", **signal.params)


def _item_line(item: ChecklistItem, known: dict[str, str], texts: Texts) -> Line:
    who = known.get(item.code, item.code) if item.code else texts("tabs.checklist.team")
    return [Cell(who, "text.strong"), Cell(checklist_sentence(item, texts), "sentence")]


def checklist_sentence(item: ChecklistItem, texts: Texts) -> str:
    """Say what to do, without the person."""
    blanks = {name: _said(item.kind, name, value, texts.language) for name, value in item.params.items()}
    nothing_left = not all(item.params.values()) and f"tabs.checklist.{item.kind}.last" in texts
    said = texts(f"tabs.checklist.{item.kind}.{'last' if nothing_left else 'text'}", **blanks)
    return said.replace("….", "…")


def _said(kind: str, name: str, value: str, language: str) -> object:
    if name.endswith("_tiyn") and value:
        return money_text(exact_number(value), language)
    if name == "points":
        return number_text(exact_number(value), language, POINT_PLACES)
    if name == "date":
        return date.fromisoformat(value)
    if name in {"count", "days"}:
        return int(value)
    return with_dates(value, language) if kind == "rows_vanished" else value


# ---- «Ошибки»: each problem with its address, what is wrong, what to do, and whether it blocks the close
SHOWN_ROWS = 1000
"""More problems than this are counted, not listed: nobody mends them one by one."""

_SHOWN_CHARACTERS = 1000
"""A sentence may quote a cell, and a cell may hold 50,000 characters, more than fit with words around them."""

_PROBLEM_COLUMNS = ("where", "what", "fix", "severity")


def problems_tab(
    found: Iterable[Problem], texts: Texts, located: Locates, sheet_ids: Mapping[str, int]
) -> Wanted:
    """Lay the problems out, those that block the close first, then by tab and row; each once.

    An address leads to its cell where `sheet_ids` (by tab key) knows the tab.
    """
    unique = {(_problem_key(problem), problem.employee): problem for problem in found}
    ordered = told_once(sorted(unique.values(), key=_problem_order))
    lines: list[Line] = [header(texts, "problems", _PROBLEM_COLUMNS, PROBLEMS)]
    lines += [_problem_line(problem, texts, located, sheet_ids) for problem in ordered[:SHOWN_ROWS]]
    if len(ordered) > SHOWN_ROWS:
        more = texts("tabs.problems.more", count=len(ordered) - SHOWN_ROWS)
        lines.append([BLANK, Cell(more, "text.muted")])
    if not ordered:
        lines.append([Cell(texts("tabs.problems.none"), "plain.good")])
    return filled(PROBLEMS, lines)


def _problem_key(problem: Problem) -> tuple[object, ...]:
    return (problem.code, problem.severity, problem.place, tuple(sorted(problem.params.items())))


def _problem_order(problem: Problem) -> tuple[object, ...]:
    place = problem.place
    return (not problem.blocks, place.tab, place.row or 0, place.column or "", problem.code)


def _problem_line(problem: Problem, texts: Texts, located: Locates, sheet_ids: Mapping[str, int]) -> Line:
    title, cell = located.address(problem.place) if problem.place.tab else ("", "")
    where = f"{title}!{cell}" if cell else title
    link = ""
    if problem.place.tab in sheet_ids:
        link = f"#gid={sheet_ids[problem.place.tab]}" + (f"&range={cell}" if cell else "")
    return [
        Cell(where or "—", "text.strong", link=link),
        Cell(texts.what(problem)[:_SHOWN_CHARACTERS], "sentence"),
        Cell(texts.fix(problem)[:_SHOWN_CHARACTERS], "sentence"),
        Cell(texts(f"tabs.problems.{problem.severity}"), "word.base" if problem.blocks else "word.reduced"),
    ]
