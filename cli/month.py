"""`kpi month …`: open, close, correct and look at months."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import (
    AsOf,
    ClientName,
    MonthName,
    amount_of,
    moment_of,
    month_of,
    services_with_progress,
)

if TYPE_CHECKING:
    from operations.seals.snapshots import ClosingFacts

app = typer.Typer(
    help="Месяцы: открыть, закрыть, исправить, вернуть испорченное, состояние.", no_args_is_help=True
)


@app.command("open")
def open_command(client: ClientName, month: MonthName, as_of: AsOf = None) -> None:
    """Открыть месяц: правила, календарь и план замораживаются."""
    from rich.markup import escape

    from cli.showing.output import console
    from operations.facts.calendars import month_calendar
    from operations.months.opening import open_month
    from operations.months.pay_terms import worse_pay
    from operations.months.rules import changed_rules

    wanted = month_of(month)
    with services_with_progress(f"Открываю {month}") as services:
        now = moment_of(as_of, local=services.settings.is_local)
        record = open_month(client, wanted, now, services)
        rows = len(services.ledger.frozen(client, wanted, "plan"))
        estimated = month_calendar(services.ledger, client, wanted).estimated
        changed = changed_rules(client, wanted, services)
        worse = worse_pay(client, wanted.plus(-1), wanted, now, services)
    console.print(
        f"[green]Месяц {record.month} открыт[/]{' (теневой)' if record.shadow else ''}: "
        f"правила и календарь заморожены, строк плана: {rows}."
    )
    if changed:
        console.print(f"Правила изменились против {wanted.plus(-1)}:")
    for sentence in changed:
        console.print(f"  • {escape(sentence)}", highlight=False)
    for sentence in worse:
        console.print(f"[yellow]![/] {escape(sentence)}", highlight=False)
    for day in estimated:
        console.print(
            f"[yellow]![/] {day:%d.%m.%Y} вошёл в норму как выходной по расчёту: он не был объявлен."
        )


@app.command("close")
def close_command(
    client: ClientName,
    month: MonthName,
    by: Annotated[
        str, typer.Option("--by", metavar="КТО", help="Кто закрывает; попадёт в печать.")
    ] = "консультант",
    as_of: AsOf = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Не переспрашивать.")] = False,
) -> None:
    """Закрыть месяц навсегда: итог, ведомость, архив только для чтения, печать."""
    from rich.markup import escape

    from cli.showing.letters import told_letters
    from cli.showing.output import console
    from operations.months.closing import close_month

    wanted = month_of(month)
    if not yes:
        typer.confirm(f"Закрытый месяц {wanted} не откроет никто. Закрыть?", abort=True)
    with services_with_progress(f"Закрываю {month}") as services:
        now = moment_of(as_of, local=services.settings.is_local)
        closed = close_month(client, wanted, now, services, by)
        letters, words = told_letters(client, services), services.texts_of(client)
    console.print(
        f"[green]Месяц {closed.month} закрыт.[/] Печать № {closed.seal_number}, отпечаток [bold]{closed.fingerprint}[/]."
    )
    for line in letters:
        console.print(line, soft_wrap=True, highlight=False)
    for hint in closed.hints:
        console.print(f"[yellow]![/] {escape(words.say(hint))}", soft_wrap=True, highlight=False)


@app.command("correct")
def correct_command(
    client: ClientName,
    month: MonthName,
    employee: Annotated[
        str, typer.Option("--employee", "-e", metavar="КОД", help="Кому: код или полное имя.")
    ],
    reason: Annotated[
        str, typer.Option("--reason", "-r", metavar="ТЕКСТ", help="За что; напечатается в ведомости.")
    ],
    amount: Annotated[
        str | None,
        typer.Option(
            "--amount", metavar="СУММА", help="Сколько, в тенге: 15000; удержать — со знаком минус."
        ),
    ] = None,
    from_late_edits: Annotated[
        bool,
        typer.Option(
            "--from-late-edits", help="Разница, которую показывает «kpi verify» по поздним правкам."
        ),
    ] = False,
    by: Annotated[
        str, typer.Option("--by", metavar="КТО", help="Кто вносит; останется в журнале.")
    ] = "консультант",
    approve: Annotated[
        str | None,
        typer.Option(
            "--approve",
            metavar="E-MAIL",
            help="Собственник, который утвердил; без него — его галочка в ведомости.",
        ),
    ] = None,
    as_of: AsOf = None,
) -> None:
    """Внести корректировку за закрытый месяц: она оплатится один раз, в следующем закрытии."""
    from rich.markup import escape

    from cli.showing.output import console, tenge
    from operations.months.correcting import correct_month
    from operations.months.correction_rows import WantedCorrection

    wanted = WantedCorrection(employee, amount_of(amount, late=from_late_edits), reason, by, approve)
    of = month_of(month)
    with services_with_progress(f"Вношу корректировку за {month}") as services:
        now = moment_of(as_of, local=services.settings.is_local)
        entered = correct_month(client, of, wanted, now, services)
    done = "[yellow]Уже стоит[/]" if entered.already else "[green]Внесено[/]"
    console.print(
        f"{done}: корректировка № {entered.number} за {of}, {escape(entered.name)} ({escape(entered.code)}), "
        f"[bold]{tenge(entered.amount_tiyn)}[/], ячейка {escape(entered.place)}.",
        soft_wrap=True,
        highlight=False,
    )
    console.print(
        "Утверждена; оплатится один раз, когда закроется ближайший месяц."
        if entered.approved
        else "Ждёт галочки собственника «Утверждено» в ведомости; после неё оплатится один раз, в ближайшем закрытии.",
        soft_wrap=True,
    )


@app.command("restore")
def restore_command(
    client: ClientName,
    month: MonthName,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Только показать, что не так; ничего не писать.")
    ] = False,
    by: Annotated[
        str, typer.Option("--by", metavar="КТО", help="Кто восстанавливает; останется в журнале.")
    ] = "консультант",
) -> None:
    """Сделать заново по печати архив, лист ведомости и запись, если они испорчены, удалены или в корзине."""
    from cli.showing.output import console
    from operations.restoring.restoring import restore_month

    of = month_of(month)
    with services_with_progress(f"Восстанавливаю {month}") as services:
        restored = restore_month(client, of, datetime.now(UTC), services, by, dry_run=dry_run)
        words = services.words
    for file, state in restored.states.items():
        console.print(f"{words(f'restore.{file}')}: {words(f'restore.{state}')}", highlight=False)
    if restored.is_whole:
        console.print(f"[green]Месяц {of} цел[/], восстанавливать нечего.")
    elif dry_run:
        console.print(f"Ничего не записано. Выполнить: [bold]kpi month restore {client} {of}[/].")
    else:
        console.print(
            "[green]Восстановлено по печати[/], отпечаток прежний. Испорченное лежит в папке "
            f"«{words('restore.folder')}»: её видят только собственник и система."
        )


@app.command("status")
def status(client: ClientName, as_of: AsOf = None) -> None:
    """Показать, где стоит каждый месяц, его сроки и что мешает закрыть."""
    from rich.markup import escape
    from rich.table import Table

    from cli.client import STATES
    from cli.showing.output import console
    from kpi_rules.time.lifecycle import MonthState
    from operations.facts.client_books import today_of
    from operations.months.closing import readiness

    with services_with_progress("Смотрю месяцы") as services:
        now = moment_of(as_of, local=services.settings.is_local)
        client_record = services.ledger.client(client)
        records = services.ledger.months(client)
        today, words = today_of(client_record, now, services), services.texts_of(client)
        live = {
            record.month: readiness(client_record, record, now, services)
            for record in records
            if record.state in {MonthState.OPEN, MonthState.REVIEW}
        }
    if not records:
        console.print(f"Месяцев пока нет: [bold]kpi month open {client} ГГГГ-ММ[/].")
        return
    asked = any(ready.facts.inputs.questions for ready in live.values())
    questions = ["Вопросы о лидах"] if asked else []
    table = Table("Месяц", "Состояние", "Проверка с", "Закроется", "Зарплата", "Мешает закрыть", *questions)
    for record in records:
        ready = live.get(record.month)
        dates = (
            [
                f"{day:%d.%m.%Y}"
                for day in (ready.dates.review_from_on, ready.dates.deadline_on, ready.dates.payday_on)
            ]
            if ready
            else ["—"] * 3
        )
        ended = ready is not None and today > record.month.last_on
        if ready and ended and ready.obstacles and today >= ready.dates.deadline_on:
            dates[1] = f"[red]{dates[1]}\nпросрочен[/]"
        said = "\n".join(words.say(obstacle) for obstacle in ready.obstacles[:5]) if ready else ""
        hurdles = "—" if not ready or not ended else escape(said) or "ничего"
        told = [_questions(ready.facts if ready else None)] if asked else []
        table.add_row(str(record.month), STATES[record.state], *dates, hurdles, *told)
    console.print(table)
    for of, ready in live.items():
        for hint in ready.hints:
            console.print(f"[yellow]![/] {of}: {escape(words.say(hint))}", soft_wrap=True, highlight=False)


def _questions(facts: ClosingFacts | None) -> str:
    if facts is None or not facts.inputs.questions:
        return "—"
    return f"{len(facts.inputs.questions)}, без ответа {len(facts.results.questions)}: kpi signals"


@app.command("hints")
def hints(client: ClientName, month: MonthName, as_of: AsOf = None) -> None:
    """Предложить план на месяц по двум-трём прошлым: медиана и цель посмелее. Ничего не ставит само."""
    from cli.showing.outlook_tables import proposal_table
    from cli.showing.output import console
    from operations.syncing.looking import client_proposal

    wanted = month_of(month)
    with services_with_progress("Смотрю прошлые месяцы") as services:
        proposed = client_proposal(
            client, wanted, moment_of(as_of, local=services.settings.is_local), services
        )
    if not proposed.proposal.hints:
        console.print("Предлагать пока не из чего: нужны хотя бы два законченных месяца с данными.")
        return
    console.print(proposal_table(proposed.client, proposed.proposal, proposed.names, proposed.texts))
