"""«Чек-лист РОПа»: what to do today, grouped by kind, the person first."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date

from kpi_rules.exact import exact_number
from kpi_rules.results import ChecklistItem, MonthResults
from kpi_rules.texts import Texts
from kpi_rules.wording import money_text
from sheets_sync.amounts import month_title
from sheets_sync.output_designs import CHECKLIST
from sheets_sync.rendering.pages import Line, filled, names, section
from sheets_sync.wanted import BLANK, Cell, Wanted


def checklist_tab(results: MonthResults, texts: Texts) -> Wanted:
    """Lay the checklist of the running month out, a block per kind of work."""
    known = names(results)
    lines: list[Line] = [
        [Cell(texts("tabs.checklist.title"), "plain.title")],
        [Cell(month_title(results.month, texts.language), "plain.muted")],
    ]
    if not results.checklist:
        lines += [[BLANK], [Cell(texts("tabs.checklist.empty"), "plain.good")]]
    by_kind: dict[str, list[ChecklistItem]] = {}
    for item in results.checklist:
        by_kind.setdefault(item.kind, []).append(item)
    for kind, items in by_kind.items():
        lines += [[BLANK], section(texts(f"tabs.checklist.{kind}.title"), len(CHECKLIST.columns))]
        lines += [_line(item, known, texts) for item in items]
    return filled(CHECKLIST, lines)


def _line(item: ChecklistItem, known: dict[str, str], texts: Texts) -> Line:
    who = known.get(item.code, item.code) if item.code else texts("tabs.checklist.team")
    return [Cell(who, "text.strong"), Cell(checklist_sentence(item, texts), "sentence")]


def checklist_sentence(item: ChecklistItem, texts: Texts) -> str:
    """Say what to do, without the person."""
    blanks = {name: _said(name, value, texts.language) for name, value in item.params.items()}
    nothing_left = not all(item.params.values()) and f"tabs.checklist.{item.kind}.last" in texts
    return texts(f"tabs.checklist.{item.kind}.{'last' if nothing_left else 'text'}", **blanks)


def _said(name: str, value: str, language: str) -> str:
    if name.endswith("_tiyn") and value:
        return money_text(exact_number(value), language)
    if name == "date":
        return format_date(date.fromisoformat(value), "dd.MM.yyyy", locale=language)
    return value
