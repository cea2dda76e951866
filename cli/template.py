"""`kpi template …`: the template as files that a person fills in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import With, options_in

app = typer.Typer(help="Шаблоны таблиц.", no_args_is_help=True)


@app.callback()
def templates() -> None:
    """Keep `export` a command of its own while it is the only one."""


@app.command("export")
def export(
    template: Annotated[
        str, typer.Argument(metavar="ШАБЛОН", help="Какой шаблон из папки templates, например b2b.")
    ],
    file: Annotated[Path, typer.Argument(metavar="ФАЙЛ.xlsx", help="Куда записать таблицу.")],
    payroll: Annotated[
        Path | None,
        typer.Option("--payroll", metavar="ФАЙЛ.xlsx", help="Куда записать ещё и ведомость."),
    ] = None,
    language: Annotated[
        str, typer.Option("--language", metavar="ЯЗЫК", help="Язык листов и пояснений: ru, kk или en.")
    ] = "ru",
    more: With = None,
) -> None:
    """Записать пустую таблицу шаблона в Excel: заполните её и посчитайте «kpi score»."""
    from cli.showing.output import console, progress

    with progress("Записываю шаблон"):
        from operations.files.templates import export_template
        from templates.loading import load

        export_template(template, file, payroll, language, options_in(more))
        layout = load(template, language).layout.workbook
    console.print(f"[green]Готово.[/] Таблица: {file}", soft_wrap=True, highlight=False)
    if payroll is not None:
        console.print(f"Ведомость: {payroll}", soft_wrap=True, highlight=False)
    filled = (layout.tab("staff"), layout.tab("plan"), layout.facts_tab(), layout.marks_tab())
    tabs = ", ".join(f"«{tab.title}»" for tab in filled)
    console.print(
        f"Дальше: заполните листы {tabs}, затем [bold]kpi score {file} --month ГГГГ-ММ[/].",
        soft_wrap=True,
        highlight=False,
    )
