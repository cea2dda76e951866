"""«Ошибки»: each problem with its address, what is wrong, what to do, and whether it blocks the close."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kpi_rules.problems import Problem
from kpi_rules.words.texts import Texts
from sheets_sync.building.output_designs import PROBLEMS
from sheets_sync.building.wanted import BLANK, Cell, Wanted
from sheets_sync.rendering.pages import Line, Locates, filled, header

SHOWN_ROWS = 1000
"""More problems than this are counted, not listed: nobody mends them one by one."""

_SHOWN_CHARACTERS = 1000
"""A sentence may quote a cell, and a cell may hold 50,000 characters, more than fit with words around them."""

_COLUMNS = ("where", "what", "fix", "severity")


def problems_tab(
    found: Iterable[Problem], texts: Texts, located: Locates, sheet_ids: Mapping[str, int]
) -> Wanted:
    """Lay the problems out, those that block the close first, then by tab and row; each once.

    An address leads to its cell where `sheet_ids` (by tab key) knows the tab.
    """
    unique = {(_key(problem), problem.employee): problem for problem in found}
    ordered = sorted(unique.values(), key=_order)
    lines: list[Line] = [header(texts, "problems", _COLUMNS, PROBLEMS)]
    lines += [_line(problem, texts, located, sheet_ids) for problem in ordered[:SHOWN_ROWS]]
    if len(ordered) > SHOWN_ROWS:
        more = texts("tabs.problems.more", count=len(ordered) - SHOWN_ROWS)
        lines.append([BLANK, Cell(more, "text.muted")])
    if not ordered:
        lines.append([Cell(texts("tabs.problems.none"), "plain.good")])
    return filled(PROBLEMS, lines)


def _key(problem: Problem) -> tuple[object, ...]:
    return (problem.code, problem.severity, problem.place, tuple(sorted(problem.params.items())))


def _order(problem: Problem) -> tuple[object, ...]:
    place = problem.place
    return (not problem.blocks, place.tab, place.row or 0, place.column or "", problem.code)


def _line(problem: Problem, texts: Texts, located: Locates, sheet_ids: Mapping[str, int]) -> Line:
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
