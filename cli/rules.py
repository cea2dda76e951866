"""`kpi rules …`: what a version of the rules changes, and a month's rules as a file to draft from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import AsOf, ClientName, MonthName, moment_of, month_of, services_with_progress

app = typer.Typer(help="Правила клиента: что меняет версия, черновик.", no_args_is_help=True)


@app.command("diff")
def diff(
    client: ClientName,
    month: MonthName,
    other: Annotated[
        str | None, typer.Argument(metavar="[ГГГГ-ММ]", help="С каким месяцем сравнить.")
    ] = None,
    rulebook: Annotated[
        Path | None,
        typer.Option("--rulebook", metavar="ФАЙЛ", help="Сравнить с черновиком правил, файл TOML."),
    ] = None,
    as_of: AsOf = None,
) -> None:
    """Сказать словами, что одна версия правил меняет против другой. Ничего не меняет."""
    from rich.markup import escape

    from cli.refusals import refused
    from cli.showing.output import console
    from kpi_rules.time.periods import Month
    from operations.months.pay_terms import following_month, worse_pay
    from operations.months.rules import compare_rules

    if (other is None) == (rulebook is None):
        raise refused("Не сказано, с чем сравнить.", "Назовите второй месяц или черновик: --rulebook ФАЙЛ.")
    wanted = month_of(month)
    against = rulebook if rulebook is not None else month_of(str(other))
    with services_with_progress("Сравниваю правила") as services:
        now = moment_of(as_of, local=services.settings.is_local)
        comparison = compare_rules(client, wanted, against, services)
        draft = comparison.new if rulebook is not None else None
        later = against if isinstance(against, Month) else following_month(client, now, services)
        worse = worse_pay(client, wanted, later, now, services, draft)
    second = f"черновик «{comparison.new.name}»" if rulebook else f"правила {against}"
    console.print(
        f"[bold]{escape(comparison.client)}[/]: правила {wanted} → {escape(second)}.", highlight=False
    )
    for sentence in comparison.told:
        console.print(f"  • {escape(sentence)}", highlight=False)
    if not comparison.told:
        console.print("Различий нет.")
    for sentence in worse:
        console.print(f"[yellow]![/] {escape(sentence)}", highlight=False)


@app.command("export")
def export(
    client: ClientName,
    month: MonthName,
    file: Annotated[Path, typer.Argument(metavar="ФАЙЛ.toml", help="Куда записать; новый файл.")],
) -> None:
    """Записать правила месяца в файл TOML: черновик для «kpi whatif» и «kpi rules diff»."""
    from rich.markup import escape

    from cli.showing.output import console
    from operations.months.rules import export_rules

    wanted = month_of(month)
    with services_with_progress("Читаю правила") as services:
        rulebook = export_rules(client, wanted, file, services)
    console.print(
        f"[green]Записано:[/] правила «{escape(str(rulebook))}» → {escape(str(file))}.", highlight=False
    )
