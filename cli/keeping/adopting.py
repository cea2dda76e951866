"""`kpi client adopt`: a client taken in from its own files, where the ledger is lost, old, or another's (behaviour §7a)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import services_with_progress
from cli.keeping.passphrases import PassphraseFile, given_passphrase

if TYPE_CHECKING:
    from kpi_rules.words.texts import Texts
    from ledger import Adoption


def adopt(
    client: Annotated[
        str, typer.Argument(metavar="КЛИЕНТ", help="Короткое имя, под которым клиент опечатан.")
    ],
    public_key: Annotated[
        str | None,
        typer.Option(
            "--public-key",
            metavar="КЛЮЧ",
            help="Открытый ключ печатей из письма собственнику или бухгалтеру.",
        ),
    ] = None,
    client_id: Annotated[
        str | None,
        typer.Option("--id", metavar="НОМЕР", help="Какой из клиентов, если под именем их несколько."),
    ] = None,
    head: Annotated[
        str, typer.Option("--head", metavar="E-MAIL", help="Почта РОПа, если по доступам не видна.")
    ] = "",
    owner: Annotated[str, typer.Option("--owner", metavar="E-MAIL", help="Почта собственника.")] = "",
    accountant: Annotated[str, typer.Option("--accountant", metavar="E-MAIL", help="Почта бухгалтера.")] = "",
    manager: Annotated[
        list[str] | None,
        typer.Option("--manager", metavar="E-MAIL", help="Почта менеджера; можно несколько раз."),
    ] = None,
    old_key: Annotated[
        Path | None,
        typer.Option("--old-key", metavar="ФАЙЛ", help="Копия прежнего ключа: он подпишет передачу цепочки."),
    ] = None,
    passphrase_file: PassphraseFile = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="ТЕКСТ", help="Почему цепочка переходит к другому ключу.")
    ] = "",
    by: Annotated[
        str, typer.Option("--by", metavar="КТО", help="Кто принимает; останется в журнале.")
    ] = "консультант",
) -> None:
    """Принять клиента из его файлов: журнал пуст или старше файлов. Цепочка печатей проверяется с первой."""
    from rich.markup import escape

    from cli.showing.output import console
    from operations.adopting.adopt import Asked, adopt_client
    from operations.adopting.people import People
    from operations.seals.keys import opened_key
    from operations.world.services import utc_now

    people = People(head, owner, accountant, tuple(manager) if manager else None)
    key = opened_key(old_key, given_passphrase(passphrase_file)) if old_key else None
    asked = Asked(client_id, public_key, people, key, reason)
    with services_with_progress(f"Принимаю «{client}»") as services:
        adopted = adopt_client(client, asked, by, utc_now(), services)
        words = services.words
    if adopted.adoption is None:
        console.print(f"[green]Готово.[/] Журнал знает о клиенте «{escape(client)}» всё, принимать нечего.")
        return
    months = ", ".join(map(str, adopted.months)) or "закрытых месяцев не прибавилось"
    console.print(f"[green]Готово.[/] {escape(adopted.client.name)} ({client}): {months}.", soft_wrap=True)
    who = adopted.client
    console.print(
        f"РОП: {who.head_email} · собственник: {who.owner_email} · бухгалтер: {who.accountant_email} · "
        f"менеджеры: {', '.join(who.managers) or '—'}",
        soft_wrap=True,
    )
    for remark in adopted.remarks:
        console.print(f"[yellow]![/] {escape(words.say(remark))}", soft_wrap=True)
    if adopted.has_key:
        console.print(
            f"Дальше: [bold]kpi verify {client}[/], затем [bold]kpi month open {client} ГГГГ-ММ[/]."
        )


def adoption_lines(client: str, adoptions: Iterable[Adoption], texts: Texts) -> list[str]:
    """Say which closed months of a client were taken from the files, when and by whom."""
    from datetime import datetime

    from rich.markup import escape

    from kpi_rules.time.periods import ALMATY

    lines = []
    for one in adoptions:
        day = f"{datetime.fromisoformat(one.at).astimezone(ALMATY):%d.%m.%Y}"
        numbers = ", ".join(f"№ {number}" for number in one.seals)
        sentence = texts("verify.adopted", numbers=numbers, day=day, by=one.by)
        lines.append(f"[yellow]![/] {escape(client)}: {escape(sentence)}")
    return lines
