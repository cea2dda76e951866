"""`kpi signals`: what is worth a look in a month, by name, for head and owner; never scored, and written nowhere."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.arguments import AsOf, ClientName, moment_of, month_of, services_with_progress


def signals(
    client: ClientName,
    month: Annotated[
        str | None, typer.Argument(metavar="[ГГГГ-ММ]", help="Месяц; без него — текущий.")
    ] = None,
    as_of: AsOf = None,
) -> None:
    """Показать РОПу и собственнику, на что взглянуть: вопросы о лидах, записи разом и задним числом, оплаты, отметки."""
    from rich.markup import escape

    from cli.showing.output import Sentence, console
    from cli.showing.table_layout import table_of
    from kpi_rules.time.periods import ALMATY, Month
    from kpi_rules.words.dates import month_name
    from operations.syncing.looking import client_signals
    from sheets_sync.rendering.pages import names
    from sheets_sync.rendering.worklists import signal_sentence

    with services_with_progress("Смотрю записи") as services:
        now = moment_of(as_of, local=services.settings.is_local)
        wanted = month_of(month) if month else Month.of(now.astimezone(ALMATY).date())
        noticed = client_signals(client, wanted, now, services)
    title = f"{escape(noticed.client)} — {month_name(wanted, noticed.texts.language)}"
    if not noticed.results.signals:
        console.print(f"{title}: ничего необычного не замечено.", highlight=False)
        return
    people = names(noticed.results)
    table = table_of(
        f"На что взглянуть: {title}",
        caption="В оценку не входит и в таблицу по именам не пишется: спросите, прежде чем делать выводы.",
    )
    table.add_column("Кто", min_width=12)
    table.add_column("Что замечено", ratio=1)
    before = None
    for signal in sorted(
        noticed.results.signals, key=lambda signal: (people.get(signal.code, ""), signal.kind)
    ):
        name = people.get(signal.code, signal.code)
        table.add_row(
            escape(name) if name != before else "", Sentence(signal_sentence(signal, noticed.texts))
        )
        before = name
    console.print(table)
