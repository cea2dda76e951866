"""`kpi demo`: the whole product on this machine, told as a story of two months."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from cli.demo.story import Attempt, FlowRun, Story
    from operations.months.closing import Closed
    from operations.world.services import Services

Made = TypeVar("Made")
_FLOW_ENDS = {"Completed": "[green]выполнен[/]", "Failed": "[red]завершился с ошибкой[/]"}


def demo(
    out: Annotated[
        Path, typer.Option("--out", metavar="ПАПКА", help="Куда сложить XLSX и PDF.", file_okay=False)
    ] = Path("demo-out"),
    flow: Annotated[
        bool,
        typer.Option("--flow/--no-flow", help="Второй месяц — через поток Prefect на локальном сервере."),
    ] = True,
) -> None:
    """Показать всё на выдуманной компании: два месяца, закрытие, ведомость, архив, проверка. Без Google."""
    from cli.demo.story import Story, fresh_folder, sync_by_flow
    from cli.showing.output import console
    from operations.world.services import open_services
    from operations.world.settings import RunSettings, home_folder

    folder = fresh_folder(home_folder())
    settings = RunSettings(home=folder)
    console.rule("[bold]Tablo: KPI поверх общей таблицы")
    console.print(
        "Выдуманная компания «Алатау Офис»: РОП, восемь менеджеров, таблица с лидами. Всё происходит на этом "
        "компьютере: вместо Google — встроенный эмулятор его таблиц и Диска.\n"
    )
    with open_services(settings) as services:
        story = Story(services)
        closed = _first_month(story, services)
    run = _flow(sync_by_flow, folder) if flow else None
    with open_services(settings) as services:
        story = Story(services)
        _second_month(story, services, run)
        _shut_doors(story, closed)
        _late_edit(story, services)
        paths = _step("Выгружаю файлы", lambda: story.export(closed, out))
    console.rule("[bold]Посмотреть самому")
    console.print("Файлы: " + ", ".join(str(path) for path in paths), soft_wrap=True)
    console.print("Таблицы в браузере, от имени любого из сотрудников:")
    console.print(f"  [bold]{_command()} emulator --data {_shown(folder / 'emulator')}[/]", soft_wrap=True)
    console.print("Те же команды, что у настоящего клиента:")
    for command in ("client show alatau-office", "month status alatau-office", "verify alatau-office"):
        console.print(f"  [bold]KPI_HOME={_shown(folder)} {_command()} {command}[/]", soft_wrap=True)


def _first_month(story: Story, services: Services) -> Closed:
    """Deploy, fill, open, work, close; tell September's result and pay."""
    from cli.showing.output import console
    from cli.showing.tables import cause_table, payroll_table, score_table
    from operations.seals.snapshots import sealed_payroll, sealed_results

    _step("Разворачиваю шаблон: таблица, ведомость, архив, защиты, доступы", story.deploy)
    _step("РОП заполняет сотрудников, план и оклады", story.fill)
    _step("Сентябрь открыт: правила, календарь и план заморожены", story.open_first)
    _step("Менеджеры ведут сделки, РОП отмечает дисциплину", story.work_first)
    _step("Расчёт: «Табло», «Разбор», «Воронка», «Ошибки»", story.sync_first)
    closed = _step("Закрываю сентябрь: итог → ведомость → архив → сверка → печать", story.close_first)
    record = services.ledger.seals(story.client.slug)[0].record
    texts = services.texts_of(story.client.slug)
    results, payroll = sealed_results(record), sealed_payroll(record)
    console.print()
    console.print(score_table(results, texts))
    console.print(cause_table(results, texts, below=Fraction(1)))
    console.print("[dim]Остальные разобраны на листе «Разбор», вместе с отметками и скоростью ответа.[/]\n")
    if payroll:
        console.print(payroll_table(payroll, texts))
    console.print(
        f"Месяц закрыт навсегда: печать № {closed.seal_number}, отпечаток [bold]{closed.fingerprint}[/] "
        "(он же на архиве и в ведомости).\n"
    )
    return closed


def _second_month(story: Story, services: Services, run: FlowRun | None) -> None:
    """Tell October in its middle: the flow's run, the scorecard, the data problems."""
    from cli.showing.output import console
    from cli.showing.tables import problem_table, score_table

    if run is None:
        _step("Октябрь идёт: новые сделки и несколько строк с ошибками", story.work_second)
    outcome = _step("Расчёт октября на 15-е число", story.sync_second)
    if run is not None:
        console.print(
            f"Поток Prefect {_FLOW_ENDS.get(run.state, run.state)} за {run.seconds:.0f} с: {run.message}. "
            f"Повторный расчёт: {'нового нет, ничего не записано' if not outcome.requests else 'записано ещё раз'}."
        )
    texts = services.texts_of(story.client.slug)
    console.print()
    console.print(score_table(outcome.results[0], texts))
    console.print(problem_table(outcome.problems, texts, outcome.located))


def _shut_doors(story: Story, closed: Closed) -> None:
    """Show who is refused what."""
    from rich.table import Table

    from cli.showing.output import console

    attempts: Sequence[Attempt] = _step(
        "Пробую то, чего нельзя, под чужими ключами", lambda: story.attempts(closed)
    )
    table = Table("Кто", "Что пробует", "Итог", title="Кому нельзя — тому нельзя")
    for attempt in attempts:
        table.add_row(
            attempt.who, attempt.what, "[green]отказано[/]" if attempt.refused else f"[red]{attempt.how}[/]"
        )
    console.print(table)


def _late_edit(story: Story, services: Services) -> None:
    """Edit a deal of the closed month and show how verify finds it."""
    from cli.showing.output import console, tenge
    from cli.verify import verification_tables

    texts = services.texts_of(story.client.slug)
    before = _step("Проверяю закрытый месяц", story.verify)
    console.print("До правки: " + ("[green]всё цело[/]" if before.intact else "[red]расхождения[/]"))
    number, old, new = _step("Менеджер задним числом правит сделку сентября", story.edit_closed_deal)
    console.print(f"Сделка № {number}: было {tenge(old * 100)}, стало {tenge(new * 100)}.")
    after = _step("Проверяю снова", story.verify)
    for shown in verification_tables(after, texts):
        console.print(shown)
    console.print(
        "Закрытый месяц не меняется. Если правка справедлива, РОП вносит корректировку: "
        "она оплачивается один раз, в следующем закрытии.\n"
    )


def _flow(run: Callable[[Path], FlowRun], folder: Path) -> FlowRun:
    """October's work, then its sync through Prefect."""
    from cli.demo.story import Story
    from operations.world.services import open_services
    from operations.world.settings import RunSettings

    with open_services(RunSettings(home=folder)) as services:
        story = Story(services)
        _step("Октябрь идёт: новые сделки и несколько строк с ошибками", story.work_second)
    title = "Расчёт октября на 15-е число потоком на локальном сервере Prefect"
    return _step(title, lambda: run(folder))


def _step(title: str, act: Callable[[], Made]) -> Made:
    """Do one thing under a spinner, then leave its line with the time it took."""
    from time import monotonic

    from cli.showing.output import console, progress

    begun = monotonic()
    with progress(title):
        result = act()
    console.print(f"[green]✓[/] {title} [dim]{monotonic() - begun:.1f} с[/]")
    return result


def _command() -> str:
    import shutil

    return "kpi" if shutil.which("kpi") else ".venv/bin/kpi"


def _shown(path: Path) -> str:
    """Show a path as short as it can be typed here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
