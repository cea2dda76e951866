"""`kpi backup`, `kpi restore`: all that this machine keeps in one file, and back (behaviour §7a)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.keeping.passphrases import PassphraseFile, given_passphrase


def backup(
    file: Annotated[Path, typer.Argument(metavar="ФАЙЛ", help="Куда записать резервную копию.")],
    passphrase_file: PassphraseFile = None,
) -> None:
    """Записать резервную копию: журнал, ключи и настройки в одном файле, который открывается парольной фразой.

    Копия тут же читается целиком и сверяется. Фразу можно дать и файлом из KPI_BACKUP_PASSPHRASE_FILE.
    """
    from rich.markup import escape

    from cli.showing.output import console
    from ledger import open_ledger
    from operations.backups.making import make_backup
    from operations.world.services import utc_now
    from operations.world.settings import read_settings

    settings = read_settings()
    settings.make_home()
    passphrase = given_passphrase(passphrase_file or settings.passphrase_file, again=True)
    with open_ledger(settings.ledger_url, folder=settings.home) as ledger:
        made = make_backup(ledger, settings, file, passphrase, utc_now())
    rows = sum(made.ledger.rows.values())
    console.print(
        f"[green]Готово.[/] {escape(str(file))}: клиентов {made.clients}, записей журнала {rows}, ключей {len(made.keys)}. "
        "Прочитано обратно и сверено.",
        soft_wrap=True,
    )
    if not made.keys:
        console.print("[yellow]![/] Закрытого ключа печатей здесь нет, в копии его тоже нет.", soft_wrap=True)
    console.print("Храните файл и парольную фразу порознь, и не только на этом компьютере.", soft_wrap=True)


def restore(
    file: Annotated[Path, typer.Argument(metavar="ФАЙЛ", help="Резервная копия: её сделал «kpi backup».")],
    passphrase_file: PassphraseFile = None,
) -> None:
    """Вернуть журнал и ключи из резервной копии. Пока не прочитано всё, ничего не пишется.

    Более старый журнал того же происхождения, который лежит здесь, остаётся рядом под другим именем.
    """
    from datetime import datetime

    from rich.markup import escape

    from cli.showing.output import console, errors
    from kpi_rules.time.periods import ALMATY
    from operations.backups.restoring import restore_backup
    from operations.world.services import utc_now
    from operations.world.settings import read_settings

    settings = read_settings()
    passphrase = given_passphrase(passphrase_file or settings.passphrase_file)
    restored = restore_backup(file, passphrase, settings, utc_now())
    at = datetime.fromisoformat(restored.at).astimezone(ALMATY)
    clients = ", ".join(restored.clients) or "клиентов ещё нет"
    console.print(f"[green]Готово.[/] Журнал на {at:%d.%m.%Y %H:%M}: {clients}.", soft_wrap=True)
    if restored.kept is not None:
        console.print(f"Прежний журнал лежит рядом: {escape(restored.kept.name)}.", soft_wrap=True)
    if not restored.has_key:
        console.print(
            "[yellow]![/] Закрытого ключа печатей в копии нет: [bold]kpi key import ФАЙЛ[/].", soft_wrap=True
        )
    for name, value in restored.settings.items():
        console.print(f"Задайте настройку: {escape(name)}={escape(value)}", soft_wrap=True)
    console.print(
        "Дальше: [bold]kpi verify КЛИЕНТ[/]. Если после копии уже что-то открывали или закрывали, программа это увидит и "
        "назовёт; недостающее возьмёт из файлов [bold]kpi client adopt КЛИЕНТ[/].",
        soft_wrap=True,
    )
    for slug in restored.broken:
        errors.print(
            f"[bold red]{escape(slug)}:[/] цепочка печатей в копии не сходится; «kpi verify {escape(slug)}»."
        )
    if restored.broken:
        raise typer.Exit(1)
