"""`kpi score`: an offline recount of an exported or filled-in XLSX workbook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import moment_of, month_of

if TYPE_CHECKING:
    from operations.files.scoring import ScoredFile


def score(
    file: Annotated[
        Path,
        typer.Argument(metavar="ФАЙЛ.xlsx", help="Заполненная таблица: из шаблона или скачанная из Google."),
    ],
    month: Annotated[
        str, typer.Option("--month", "-m", metavar="ГГГГ-ММ", help="Какой месяц считать, например 2026-10.")
    ],
    rulebook: Annotated[
        Path | None,
        typer.Option("--rulebook", metavar="ФАЙЛ", help="Правила из файла TOML вместо листа «Правила»."),
    ] = None,
    payroll: Annotated[
        Path | None,
        typer.Option("--payroll", metavar="ФАЙЛ.xlsx", help="Ведомость: решения, оклады, корректировки."),
    ] = None,
    calendar: Annotated[
        Path | None,
        typer.Option("--calendar", metavar="ФАЙЛ", help="Переносы дней из файла TOML («kpi calendar»)."),
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(
            "--template",
            metavar="ШАБЛОН",
            help="Какой это шаблон, например b2b; без него — по листам и столбцам.",
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            "--language", metavar="ЯЗЫК", help="Язык пояснений: ru, kk или en; без него — из файла."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Вывести JSON с точными числами.")] = False,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="ДАТА[ВРЕМЯ]", help="Считать на этот момент; без него — на сейчас."),
    ] = None,
) -> None:
    """Посчитать месяц по файлу Excel, без Google: табло, причины, ошибки и, с ведомостью, выплаты."""
    from cli.showing.output import progress

    wanted, now = month_of(month), moment_of(as_of, local=True)
    with progress(f"Считаю {file.name}"):
        from operations.files.score_records import score_record
        from operations.files.scoring import score_file

        scored = score_file(
            file,
            wanted,
            now,
            rules_path=rulebook,
            payroll_path=payroll,
            template=template,
            calendar_path=calendar,
            said_in=language,
        )
    if as_json:
        typer.echo(json.dumps(score_record(scored), ensure_ascii=False, indent=2))
        return
    _print(scored)


def _print(scored: ScoredFile) -> None:
    from rich.markup import escape

    from cli.showing.outlook_tables import forecast_table, funnel_table
    from cli.showing.output import console
    from cli.showing.tables import (
        cause_table,
        next_band_table,
        payroll_table,
        problem_table,
        score_table,
    )

    results, texts = scored.results, scored.texts
    console.print(f"[bold]{escape(scored.client)}[/]", highlight=False)
    if results.employees:
        console.print(score_table(results, texts))
        missing = next_band_table(results, texts)
        if missing.rows:
            console.print(missing)
        console.print(cause_table(results, texts))
    if results.funnel:
        console.print(funnel_table(results, texts))
    if results.forecast:
        console.print(forecast_table(results, texts))
    if scored.payroll and scored.payroll.lines:
        console.print(payroll_table(scored.payroll, texts))
        if not results.final:
            console.print("[dim]Месяц ещё идёт: выплаты предварительные.[/]\n")
    if scored.problems:
        console.print(problem_table(scored.problems, texts, scored.located))
    else:
        console.print("[green]Ошибок в данных нет.[/]")
    if unknown := sum(employee.preliminary for employee in results.employees):
        console.print(
            f"[yellow]Предварительно: данных не хватает у {unknown} из {len(results.employees)}. "
            "Пока они не исправлены, результат и выплата этих сотрудников неизвестны.[/]"
        )
