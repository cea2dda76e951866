"""What an upgrade of a client's files does or did, as lines for the terminal, tab by tab."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from rich.markup import escape

if TYPE_CHECKING:
    from kpi_rules.words.texts import Texts
    from operations.clients.upgrading import FileUpgrade, Tried
    from operations.world.services import FileMarks
    from sheets_sync.building.upgrading import Step

_STEPS = {
    "tab": "новый лист, заполняет {editors}",
    "column": "новый столбец «{column}»: {place}, правее всего, что есть на листе",
    "adopted": "столбец клиента «{column}» ({place}) подходит и станет столбцом программы",
    "guard": "подсказки ввода в столбце «{column}» ({place})",
    "dropdown": "в списке столбца «{column}» ({place}) добавится: {words}",
    "format": "вид чисел в столбце «{column}» ({place})",
    "note": "примечание к заголовку «{column}» ({place})",
    "protection": "править столбец «{column}» ({place}) сможет только {editors}",
    "guide": "новые тексты",
}
_WHOLE_TAB = "править лист сможет только {editors}"
_EDITORS = {"staff": "каждый сотрудник", "head": "РОП", "owner": "собственник", "system": "программа"}


def upgrade_lines(tried: Tried) -> Iterator[str]:
    """Tell file by file and tab by tab what is to do or was done; one line where nothing is."""
    upgrade = tried.upgrade
    if upgrade is None:
        return
    client, to = upgrade.client, upgrade.target.layout
    title = f"[bold]{escape(client.name)}[/] ({client.slug})"
    if not upgrade.to_do:
        yield f"{title}: листы уже версии {to}, делать нечего."
        return
    if client.layout != to or not upgrade.more_options:
        yield f"{title}: листы версии {client.layout} → {to}"
    if upgrade.more_options:
        yield f"{title}: добавляется {', '.join(upgrade.more_options)}"
    for file in upgrade.files:
        yield from _file_lines(file, upgrade.target)
    if upgrade.unmarked:
        yield f"  отметки, чьи это файлы: {len(upgrade.unmarked)}"
    if tried.written:
        yield "  [green]Готово:[/] ячейки ввода те же, сверено до и после."


def complaint_lines(tried: Tried, words: Texts) -> Iterator[str]:
    """Tell what is in the way of an upgrade, or why it stopped, and what to do."""
    from operations.world.telling import told

    complaints = []
    if tried.error:
        sentence = told(tried.error)
        complaints.append((sentence.what, sentence.remedy))
    for obstacle in tried.upgrade.obstacles if tried.upgrade else ():
        code = f"error.{obstacle.code}"
        complaints.append((words(f"{code}.what", **obstacle.params), words(f"{code}.fix", **obstacle.params)))
    for what, remedy in complaints:
        yield f"[bold red]{tried.slug}:[/] {escape(what)}"
        yield f"[dim]Что делать:[/] {escape(remedy)}"


def _file_lines(file: FileUpgrade, target: FileMarks) -> Iterator[str]:
    yield f"  {escape(file.name)}"
    for tab, steps in groupby(file.plan.steps, key=lambda step: step.tab):
        yield f"    «{escape(tab)}»"
        for step in steps:
            yield f"      + {escape(_said(step))}"
    if not file.plan.steps:
        unfinished = file.plan.requests or file.plan.obstacles
        yield (
            "      закончить начатое"
            if unfinished
            else (
                f"      только отметка {_marked(file, target)}"
                if file.marked != target
                else "      ничего не меняется"
            )
        )


def _marked(file: FileUpgrade, target: FileMarks) -> str:
    more = ", ".join(sorted(target.options - file.marked.options))
    return f"о версии {target.layout}" if file.marked.layout != target.layout or not more else f"«{more}»"


def _said(step: Step) -> str:
    sentence = _WHOLE_TAB if step.kind == "protection" and not step.column else _STEPS[step.kind]
    editors = _EDITORS[step.editors] if step.editors else ""
    return sentence.format(column=step.column, place=step.place, words=", ".join(step.words), editors=editors)
