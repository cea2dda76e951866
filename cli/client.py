"""`kpi client …`: deploy the template to a client, list clients, show one, look at its files and put them right."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.arguments import ClientName, With, options_in, services_with_progress
from cli.keeping.adopting import adopt
from cli.keeping.leaving import leave

app = typer.Typer(
    help="Клиенты: развернуть, показать, обновить листы, проверить доступы, принять, проводить.",
    no_args_is_help=True,
)
_SHEET_URL = "https://docs.google.com/spreadsheets/d/{}/edit"


@app.command("add")
def add(
    name: Annotated[
        str, typer.Argument(metavar="НАЗВАНИЕ", help="Компания, как её видят люди: «Алатау Офис».")
    ],
    slug: Annotated[
        str, typer.Option("--slug", metavar="ИМЯ", help="Короткое имя для команд: латиница, цифры, дефис.")
    ],
    head: Annotated[str, typer.Option("--head", metavar="E-MAIL", help="Почта РОПа.")],
    owner: Annotated[str, typer.Option("--owner", metavar="E-MAIL", help="Почта собственника.")],
    accountant: Annotated[str, typer.Option("--accountant", metavar="E-MAIL", help="Почта бухгалтера.")],
    manager: Annotated[
        list[str] | None,
        typer.Option("--manager", metavar="E-MAIL", help="Почта менеджера; можно несколько раз."),
    ] = None,
    template: Annotated[
        str,
        typer.Option(
            "--template",
            metavar="ШАБЛОН",
            help="Что такое строка фактов: b2b — лид, b2c — день менеджера, retail — день магазина.",
        ),
    ] = "b2b",
    language: Annotated[
        str, typer.Option("--language", metavar="ЯЗЫК", help="Язык листов и пояснений: ru, kk или en.")
    ] = "ru",
    shadow: Annotated[
        bool, typer.Option("--shadow", help="Первый месяц теневой: всё считается, но ведомости нет.")
    ] = False,
    more: With = None,
) -> None:
    """Развернуть шаблон новому клиенту: таблица, ведомость, архив, доступы и защиты."""
    from rich.markup import escape

    from cli.showing.output import console
    from operations.clients.deploy import NewClient, deploy_client
    from operations.world.local import LocalPeople, address_of
    from templates.loading import load

    new = NewClient(
        name,
        slug,
        head,
        owner,
        accountant,
        tuple(manager or ()),
        template=template,
        language=language,
        shadow=shadow,
        options=options_in(more),
    )
    with services_with_progress(f"Разворачиваю «{name}»") as services:
        deployed = deploy_client(new, datetime.now(UTC), services)
        if services.address:  # so that each of them can be chosen on the emulator's page
            people = LocalPeople(services.settings.emulator_folder, services.address)
            people.ensure([head, owner, accountant, *new.manager_emails])
    client, words = deployed.client, load(template, language).texts
    console.print(f"[green]Готово.[/] Клиент [bold]{escape(client.name)}[/] ({client.slug}) развёрнут.")
    settings = services.settings
    address = address_of(settings.emulator_folder) if settings.is_local else None
    _print_files(client.workbook_id, client.payroll_id, local=settings.is_local, address=address)
    for remark in deployed.remarks:
        console.print(f"[yellow]![/] {escape(remark)}")
    console.print(
        f"Дальше: заполните «{words('tab.staff')}» и «{words('tab.plan')}» (РОП), "
        f"«{words('tab.salaries')}» (ведомость), затем "
        f"[bold]kpi month open {client.slug} ГГГГ-ММ[/]."
    )


@app.command("list")
def show_all() -> None:
    """Показать всех клиентов и их месяцы."""
    from rich.markup import escape
    from rich.table import Table

    from cli.showing.output import console
    from kpi_rules.time.periods import ALMATY
    from ledger import open_ledger
    from operations.world.settings import read_settings

    settings = read_settings()
    settings.make_home()
    with open_ledger(settings.ledger_url, folder=settings.home) as ledger:
        clients, notes = ledger.clients(), ledger.sync_notes()
        if not clients:
            console.print(
                "Клиентов пока нет. Добавьте первого: [bold]kpi client add[/], или посмотрите [bold]kpi demo[/]."
            )
            return
        table = Table("Имя", "Компания", "Шаблон", "Открыт", "На проверке", "Закрыто", "Последний расчёт")
        for client in clients:
            months = ledger.months(client.slug)

            states = {
                state: [str(month.month) for month in months if month.state == state] for state in STATES
            }
            note = notes.get(client.slug)
            synced = f"{note.synced_at.astimezone(ALMATY):%d.%m.%Y %H:%M}" if note and note.synced_at else "—"
            table.add_row(
                client.slug,
                escape(client.name) + (" [dim](ушёл)[/]" if client.left_at else ""),
                client.template,
                ", ".join(states["open"]) or "—",
                ", ".join(states["review"]) or "—",
                str(len(states["closed"])),
                synced if not (note and note.error_code) else f"{synced} [red]{note.error_code}[/]",
            )
    console.print(table)


@app.command("show")
def show(client: ClientName) -> None:
    """Показать одного клиента: файлы, люди, месяцы и печати."""
    from rich.markup import escape
    from rich.table import Table

    from cli.showing.output import console
    from kpi_rules.time.periods import ALMATY
    from ledger import fingerprint, open_ledger
    from operations.world.local import address_of
    from operations.world.settings import read_settings

    settings = read_settings()
    settings.make_home()
    with open_ledger(settings.ledger_url, folder=settings.home) as ledger:
        client_record = ledger.client(client)
        months, seals = ledger.months(client), {seal.month: seal for seal in ledger.seals(client)}
    console.print(
        f"[bold]{escape(client_record.name)}[/] ({client_record.slug}), "
        f"шаблон {client_record.template}, язык {client_record.language}, листы версии {client_record.layout}"
    )
    if client_record.left_at:
        console.print(f"[yellow]![/] Ушёл с файлами {client_record.left_at.astimezone(ALMATY):%d.%m.%Y}.")
    if client_record.options:
        console.print(f"Дополнительно: {', '.join(client_record.options)}")
    address = address_of(settings.emulator_folder) if settings.is_local else None
    _print_files(
        client_record.workbook_id, client_record.payroll_id, local=settings.is_local, address=address
    )
    console.print(
        f"РОП: {client_record.head_email} · собственник: {client_record.owner_email} · "
        f"бухгалтер: {client_record.accountant_email}"
    )
    console.print(f"Менеджеры: {', '.join(client_record.managers) or '—'}")
    if not months:
        console.print(f"Месяцев пока нет: [bold]kpi month open {client} ГГГГ-ММ[/].")
        return
    table = Table("Месяц", "Состояние", "С", "Печать", "Отпечаток")
    for record in months:
        seal = seals.get(str(record.month))
        table.add_row(
            str(record.month),
            STATES[record.state] + (" (теневой)" if record.shadow else ""),
            f"{record.since_at.astimezone(ALMATY):%d.%m.%Y %H:%M}",
            f"№ {seal.number}" if seal else "—",
            fingerprint(seal) if seal else "—",
        )
    console.print(table)


@app.command("upgrade")
def upgrade(
    client: Annotated[
        str | None, typer.Argument(metavar="[КЛИЕНТ]", help="Короткое имя клиента («kpi client list»).")
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Всех клиентов по очереди.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Только показать, что будет сделано; ничего не писать.")
    ] = False,
    by: Annotated[
        str, typer.Option("--by", metavar="КТО", help="Кто обновляет; останется в журнале.")
    ] = "консультант",
    more: With = None,
) -> None:
    """Обновить листы клиента до версии этой программы: добавить листы, столбцы, подсказки и защиты.

    Введённое людьми не меняется: ячейки ввода сверяются до и после. До обновления работает прежняя версия листов.
    С --with добавляется и то, чего у клиента ещё не было; убрать добавленное нельзя.
    """
    from cli.refusals import refused
    from cli.showing.output import console, errors
    from cli.showing.upgrades import complaint_lines, upgrade_lines
    from operations.clients.upgrading import upgrade_each

    if (client is None) is not everybody:
        raise refused(
            "Нужно одно из двух: имя клиента или --all.",
            "«kpi client upgrade КЛИЕНТ» — одного, «kpi client upgrade --all» — всех.",
        )
    with services_with_progress("Смотрю листы" if dry_run else "Обновляю листы") as services:
        slugs = (
            [client]
            if client
            else [known.slug for known in services.ledger.clients() if known.left_at is None]
        )
        asked = options_in(more)
        tries = list(upgrade_each(slugs, datetime.now(UTC), services, by, dry_run=dry_run, options=asked))
        words = services.words
    for attempt in tries:
        for line in upgrade_lines(attempt):
            console.print(line, soft_wrap=True)
        for line in complaint_lines(attempt, words):
            errors.print(line, soft_wrap=True)
    if dry_run and any(attempt.upgrade and attempt.upgrade.to_do for attempt in tries):
        command = " ".join(
            ["kpi client upgrade", client or "--all", *(["--with", ",".join(asked)] if asked else [])]
        )
        console.print(f"Ничего не записано. Выполнить: [bold]{command}[/].", soft_wrap=True)
    failed = sum(attempt.failed for attempt in tries)
    if everybody:
        console.print(f"Клиентов: {len(tries)}; не обновить из-за препятствий или сбоев: {failed}.")
    if failed:
        raise typer.Exit(1)


app.command("adopt")(adopt)
app.command("leave")(leave)


@app.command("check")
def check(
    clients: Annotated[
        list[str] | None, typer.Argument(metavar="[КЛИЕНТ]...", help="Кого проверить; без имён — всех.")
    ] = None,
) -> None:
    """Посмотреть, на месте ли файлы и кому они открыты: доступы, защиты, запреты, имена, папки. Ничего не меняет."""
    from cli.showing.findings import findings_table
    from cli.showing.output import console
    from operations.access.checking import check_client

    with services_with_progress("Смотрю доступы") as services:
        slugs = clients or [known.slug for known in services.ledger.clients()]
        checked = [check_client(slug, services) for slug in slugs]
        words = services.words
    for each in checked:
        if each.findings:
            console.print(findings_table(each.findings, words, f"{each.client}: не так, как было задано"))
            console.print(f"Поправить: [bold]kpi client repair {each.client}[/].")
        else:
            console.print(f"[bold]{each.client}[/]: [green]всё на месте[/], файлов и папок: {each.files}.")
    if not checked:
        console.print("Клиентов пока нет.")
    if any(each.findings for each in checked):
        raise typer.Exit(1)


@app.command("repair")
def repair(
    client: ClientName,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Только показать, что будет сделано; ничего не писать.")
    ] = False,
    by: Annotated[
        str, typer.Option("--by", metavar="КТО", help="Кто исправляет; останется в журнале.")
    ] = "консультант",
) -> None:
    """Вернуть доступы, защиты, имена, папки и настройки файлов к заданным; ячейки ввода и закрытое не меняются."""
    from cli.showing.findings import findings_table
    from cli.showing.output import console
    from operations.access.repairing import repair_client

    with services_with_progress("Исправляю") as services:
        repaired = repair_client(client, datetime.now(UTC), services, by, dry_run=dry_run)
        words = services.words
    if repaired.done:
        title = "Будет исправлено" if dry_run else "Исправлено"
        console.print(findings_table(repaired.done, words, f"{client}: {title.lower()}"))
    if repaired.left:
        console.print(findings_table(repaired.left, words, f"{client}: это может исправить только человек"))
        raise typer.Exit(1)
    if not repaired.done:
        console.print(f"[bold]{client}[/]: всё на месте, исправлять нечего.")
    elif dry_run:
        console.print(f"Ничего не записано. Выполнить: [bold]kpi client repair {client}[/].")


STATES = {"planning": "планируется", "open": "открыт", "review": "на проверке", "closed": "закрыт"}


def _print_files(
    workbook_id: str | None, payroll_id: str | None, *, local: bool, address: str | None
) -> None:
    """Say where the files can be looked at; the emulator's pages are there only while it is served."""
    from cli.showing.output import console

    if local and not address:
        console.print(
            "Файлы в браузере: [bold]kpi emulator[/] (локальный эмулятор, аккаунт выбирается на странице)."
        )
        return
    url = f"{address}/spreadsheets/d/{{}}/edit" if address else _SHEET_URL
    for title, file_id in (("Таблица", workbook_id), ("Ведомость", payroll_id)):
        if file_id:
            console.print(f"{title}: {url.format(file_id)}", soft_wrap=True)
