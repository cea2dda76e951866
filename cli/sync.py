"""`kpi sync`: read what managers entered, decide, write the scorecard back."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.arguments import AsOf, moment_of, services_with_progress


def sync(
    clients: Annotated[
        list[str] | None, typer.Argument(metavar="[КЛИЕНТ]...", help="Кого посчитать; без имён — всех.")
    ] = None,
    as_of: AsOf = None,
) -> None:
    """Посчитать KPI и обновить «Табло», «Разбор», «Воронку», «Чек-лист» и «Ошибки»."""
    from rich.markup import escape

    from cli.showing.output import console, errors
    from cli.showing.tables import problem_table, score_table
    from kpi_rules.errors import TabloError
    from operations.syncing.sync import sync_client
    from operations.world.heartbeat import report_life
    from operations.world.telling import told

    outcomes, failures = [], []
    with services_with_progress("Считаю KPI") as services:
        now = moment_of(as_of, local=services.settings.is_local)
        slugs = clients or [client.slug for client in services.ledger.clients() if client.left_at is None]
        for slug in slugs:
            services.progress(slug)
            try:
                outcomes.append(sync_client(slug, now, services))
            except TabloError as error:
                failures.append((slug, error))
        texts = {outcome.client: services.texts_of(outcome.client) for outcome in outcomes}
    if not slugs:
        console.print("Клиентов пока нет: [bold]kpi client add[/] или [bold]kpi demo[/].")
    for outcome in outcomes:
        words = texts[outcome.client]
        written = "таблица обновлена" if outcome.requests else "нового нет, ничего не записано"
        console.print(f"[bold]{outcome.client}[/]: {written}")
        for results in outcome.results:
            console.print(score_table(results, words))
        if outcome.problems:
            console.print(problem_table(outcome.problems, words, outcome.located))
    for slug, failure in failures:
        sentence = told(failure)
        errors.print(f"[bold red]{slug}:[/] {escape(sentence.what)}")
        errors.print(f"[dim]Что делать:[/] {escape(sentence.remedy)}")
    if failures:
        raise typer.Exit(1)
    if slugs and not clients and (warning := report_life(services.settings.heartbeat_url, services.sleep)):
        errors.print(warning, style="yellow", highlight=False, soft_wrap=True)
