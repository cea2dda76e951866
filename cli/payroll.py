"""`kpi payroll …`: the payroll of a closed month as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import ClientName, MonthName, month_of

app = typer.Typer(help="Ведомости закрытых месяцев.", no_args_is_help=True)


@app.callback()
def payrolls() -> None:
    """Keep `export` a command of its own while it is the only one."""


@app.command("export")
def export(
    client: ClientName,
    month: MonthName,
    form: Annotated[
        str,
        typer.Option("--format", metavar="xlsx|csv|json", help="xlsx для печати, csv и json для программ."),
    ] = "xlsx",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="ФАЙЛ", help="Куда записать; без него — КЛИЕНТ-ГГГГ-ММ здесь."),
    ] = None,
) -> None:
    """Выгрузить ведомость закрытого месяца: из запечатанной записи, а не из живой таблицы."""
    from rich.markup import escape

    from cli.refusals import refused
    from cli.showing.output import console, progress
    from ledger import open_ledger
    from operations.seals.payroll_export import Format, export_payroll
    from operations.world.settings import read_settings

    wanted, forms = month_of(month), [str(each) for each in Format]
    if form not in forms:
        raise refused(f"Формата «{form}» нет.", f"Есть {', '.join(forms)}.")
    settings = read_settings()
    settings.make_home()
    with (
        progress("Выгружаю ведомость"),
        open_ledger(settings.ledger_url, folder=settings.home) as ledger,
    ):
        done = export_payroll(ledger, client, wanted, Format(form), out)
    console.print(
        f"[green]Готово.[/] Ведомость за {wanted}: {escape(str(done.path))}", soft_wrap=True, highlight=False
    )
    console.print(
        f"Сотрудников: {done.people}. Печать № {done.seal_number}, отпечаток [bold]{done.fingerprint}[/]: "
        "сверьте с листом ведомости. В файле выплаты по именам.",
        soft_wrap=True,
        highlight=False,
    )
