"""`kpi night`: what has to be done once a night, for all clients, without a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import AsOf, moment_of, services_with_progress

if TYPE_CHECKING:
    from operations.nights.outcomes import ClientOutcome


def night(
    clients: Annotated[
        list[str] | None, typer.Argument(metavar="[КЛИЕНТ]...", help="Для кого; без имён — для всех.")
    ] = None,
    as_of: AsOf = None,
) -> None:
    """Сделать ночную работу: открыть и закрыть месяцы, которым пора, отправить письма, сверить закрытые.

    Ещё проверяются доступы, а если задан KPI_BACKUP_DIR, пишется резервная копия.
    Одна строка на клиента; сбой у одного не останавливает остальных. Для планировщика: код выхода 0 — всё хорошо.
    """
    from cli.showing.output import console, errors
    from operations.nights.night import do_night
    from operations.nights.outcomes import count_line
    from operations.world.heartbeat import report_life

    warnings: list[str] = []
    with services_with_progress("Ночная работа") as services:
        now = moment_of(as_of, local=services.settings.is_local)
        done = do_night(clients or None, now, services, _tell, warnings.append)
    for warning in warnings:
        errors.print(warning, style="yellow", highlight=False, soft_wrap=True)
    for outcome in done.fleet:
        _tell(outcome)
    if not done.clients:
        console.print("Клиентов пока нет: [bold]kpi client add[/].")
        return
    console.print(count_line(done.clients), highlight=False)
    if not done.is_good:
        raise typer.Exit(1)
    if not clients and (unheard := report_life(services.settings.heartbeat_url, services.sleep)):
        errors.print(unheard, style="yellow", highlight=False, soft_wrap=True)


def _tell(outcome: ClientOutcome) -> None:
    """Print the line of one client; what failed goes where errors go."""
    from rich.markup import escape

    from cli.showing.output import console, errors

    if outcome.error is None:
        console.print(f"[bold]{outcome.slug}[/]: {escape(outcome.note)}", highlight=False, soft_wrap=True)
        return
    said = " ".join(filter(None, (outcome.error, outcome.remedy)))
    errors.print(f"[bold red]{outcome.slug}:[/] {escape(said)}", highlight=False, soft_wrap=True)
