"""`kpi key …`: the key that signs seals: which one it is, a copy of it, another one in its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.keeping.passphrases import PassphraseFile, given_passphrase

if TYPE_CHECKING:
    from kpi_rules.words.texts import Texts
    from ledger import HandOver, Ledger, PinnedKey

app = typer.Typer(help="Ключ печатей: показать, сохранить копию, вернуть, сменить.", no_args_is_help=True)


@app.command("show")
def show() -> None:
    """Показать открытые ключи печатей и сказать, здесь ли закрытый."""
    from cli.showing.output import console
    from operations.world.signing import has_signing_key

    with _ledger() as (ledger, home):
        keys, here = ledger.pinned_keys(), has_signing_key(ledger, home)
    if not keys:
        console.print("Ключа печатей ещё нет: он появится с первым закрытым месяцем или с «kpi key export».")
        return
    console.print(key_table(keys))
    if here:
        console.print("[green]Закрытый ключ здесь:[/] месяцы закрываются на этом компьютере.")
    else:
        console.print(
            "[yellow]![/] Закрытого ключа здесь нет: проверять и обновлять можно, закрывать месяцы — нет.",
            soft_wrap=True,
        )


@app.command("export")
def export(
    file: Annotated[Path, typer.Argument(metavar="ФАЙЛ", help="Куда записать ключ.")],
    passphrase_file: PassphraseFile = None,
) -> None:
    """Записать копию ключа печатей в файл, который открывается только парольной фразой."""
    from rich.markup import escape

    from cli.showing.output import console
    from operations.seals.keys import export_key
    from operations.world.services import utc_now

    passphrase = given_passphrase(passphrase_file, again=True)
    with _ledger() as (ledger, home):
        public_key = export_key(ledger, home, file, passphrase, utc_now())
    console.print(f"[green]Готово.[/] Ключ {public_key[:16]}… записан: {escape(str(file))}", soft_wrap=True)
    console.print("Храните файл и парольную фразу порознь, и не только на этом компьютере.", soft_wrap=True)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="ФАЙЛ", help="Файл, который сделал «kpi key export».")],
    passphrase_file: PassphraseFile = None,
) -> None:
    """Вернуть ключ печатей из копии."""
    from cli.showing.output import console
    from operations.seals.keys import import_key
    from operations.world.services import utc_now

    passphrase = given_passphrase(passphrase_file)
    with _ledger() as (ledger, home):
        public_key = import_key(ledger, home, file, passphrase, utc_now())
    console.print(f"[green]Готово.[/] Ключ {public_key[:16]}… на месте: месяцы снова закрываются здесь.")


@app.command("rotate")
def rotate(
    reason: Annotated[
        str, typer.Option("--reason", metavar="ТЕКСТ", help="Почему: это увидит каждая проверка.")
    ],
    lost: Annotated[
        bool,
        typer.Option("--lost", help="Прежнего ключа нет нигде: новый подписывает передачу один."),
    ] = False,
) -> None:
    """Сменить ключ печатей: прежний передаёт цепочки новому и больше ничего не подписывает."""
    from cli.showing.output import console
    from operations.seals.keys import exchange_key
    from operations.world.services import utc_now

    with _ledger() as (ledger, home):
        exchanged = exchange_key(ledger, home, reason, utc_now(), lost=lost)
    chains = ", ".join(exchanged.clients) or "цепочек ещё нет"
    console.print(f"[green]Готово.[/] Ключ № {exchanged.number}: {exchanged.public_key}", soft_wrap=True)
    console.print(f"Цепочки, которые он принял: {chains}.", soft_wrap=True)
    if lost:
        console.print(
            "[yellow]![/] Прежний ключ этого не подписал: каждая проверка будет называть день и причину.",
            soft_wrap=True,
        )
    console.print(
        "Сохраните новый ключ: [bold]kpi key export ФАЙЛ[/] и на других компьютерах [bold]kpi key import[/]. "
        "Собственнику и бухгалтеру скажите новый открытый ключ: он будет напечатан на следующих печатях.",
        soft_wrap=True,
    )


def key_table(keys: list[PinnedKey]) -> Any:
    """Lay out the public keys, one a line, the present one last."""
    from datetime import datetime

    from rich.markup import escape
    from rich.table import Table

    from kpi_rules.time.periods import ALMATY

    how = {"first": "первый", "rotated": "сменил прежний", "lost": "взамен утраченного"}
    how["adopted"] = "пришёл с клиентом"
    table = Table("Ключ", "Открытый ключ", "С какого дня", "Как", "Почему", title="Ключи печатей")
    for key in keys:
        at = datetime.fromisoformat(key.at).astimezone(ALMATY)
        table.add_row(
            f"№ {key.number}", key.public_key, f"{at:%d.%m.%Y}", how[key.how], escape(key.reason) or "—"
        )
    return table


def lost_key_lines(lost: Iterable[HandOver], texts: Texts) -> list[str]:
    """Say which keys were declared lost, of which chain, when and why."""
    from datetime import datetime

    from rich.markup import escape

    from kpi_rules.time.periods import ALMATY

    lines = []
    for one in lost:
        day = f"{datetime.fromisoformat(one.at).astimezone(ALMATY):%d.%m.%Y}"
        said = texts("verify.key_lost", day=day, number=one.after, reason=one.reason)
        lines.append(f"[yellow]![/] {escape(one.client)}: {escape(said)}")
    return lines


@contextmanager
def _ledger() -> Iterator[tuple[Ledger, Path]]:
    from ledger import open_ledger
    from operations.world.settings import read_settings

    settings = read_settings()
    settings.make_home()
    with open_ledger(settings.ledger_url, folder=settings.home) as ledger:
        yield ledger, settings.home
