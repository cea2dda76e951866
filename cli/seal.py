"""`kpi seal …`: the seals of closed months: show them, write them out, check them without anything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.arguments import ClientName, MonthName, month_of, services_with_progress

if TYPE_CHECKING:
    from ledger import ChainKeys, Ledger, Seal
    from operations.seals.recounting import Recount
    from operations.seals.seal_files import SealCheck

_LONGEST_SHOWN = 20

app = typer.Typer(help="Печати закрытых месяцев: показать, выгрузить, проверить.", no_args_is_help=True)


@app.command("show")
def show(
    client: ClientName,
    month: Annotated[
        str | None, typer.Argument(metavar="[ГГГГ-ММ]", help="Один месяц подробно; без него — все печати.")
    ] = None,
) -> None:
    """Показать печати клиента или одну из них целиком."""
    from cli.showing.output import console
    from operations.letters.sending import letter_states

    wanted = None if month is None else str(month_of(month))
    with _ledger() as ledger:
        ledger.client(client)
        seals = ledger.seals(client)
        keys = ledger.chain_keys(client)
        letters = {} if month is None else letter_states(client, month_of(month), ledger)
    if wanted is not None:
        for line in (*seal_lines(_seal_of(seals, client, wanted)), *_letter_lines(letters)):
            console.print(line, soft_wrap=True, highlight=False)
    elif seals:
        console.print(seal_table(client, seals, keys))
    else:
        console.print(f"У клиента {client} закрытых месяцев ещё нет.")


@app.command("export")
def export(
    client: ClientName,
    month: MonthName,
    file: Annotated[Path, typer.Argument(metavar="ФАЙЛ.json", help="Куда записать печать.")],
) -> None:
    """Записать печать месяца с её записью в файл: его одного хватает для проверки и пересчёта."""
    from rich.markup import escape

    from cli.showing.output import console
    from operations.seals.seal_files import write_seal

    wanted = str(month_of(month))
    with _ledger() as ledger:
        ledger.client(client)
        sealed = _seal_of(ledger.seals(client), client, wanted)
    write_seal(sealed, file)
    console.print(
        f"[green]Готово.[/] Печать № {sealed.number} за {wanted}: {escape(str(file))}", soft_wrap=True
    )
    console.print(
        "[yellow]![/] В файле оклады и выплаты по именам: храните его как ведомость. "
        f"Проверка: [bold]kpi seal check {escape(str(file))} --key {sealed.public_key}[/]",
        soft_wrap=True,
        highlight=False,
    )


@app.command("send")
def send(client: ClientName, month: MonthName) -> None:
    """Послать собственнику и бухгалтеру письмо о печати ещё раз."""
    from cli.showing.letters import letter_lines
    from cli.showing.output import console
    from operations.letters.sending import send_again

    wanted = month_of(month)
    with services_with_progress("Посылаю письма") as services:
        notes = send_again(client, wanted, services)
    for line in letter_lines(notes):
        console.print(line, soft_wrap=True, highlight=False)
    if any(note.state != "sent" for note in notes):
        raise typer.Exit(1)


@app.command("check")
def check(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="ФАЙЛ.json...", help="Файл печати; несколько файлов проверяются и как цепочка."
        ),
    ],
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="КЛЮЧ", help="Открытый ключ, как он напечатан в архиве и в ведомости."),
    ] = None,
    recompute: Annotated[
        bool, typer.Option("--recompute", help="Пересчитать месяц из записи и сравнить байт в байт.")
    ] = False,
) -> None:
    """Проверить файлы печатей одним открытым ключом: без журнала, без сети, без Google."""
    from cli.showing.output import console, progress
    from operations.seals.seal_files import check_files

    with progress("Проверяю печати"):
        checked = check_files(files, key, recompute=recompute)
    for shown in check_tables(checked):
        console.print(shown, soft_wrap=isinstance(shown, str), highlight=False)
    if not checked.holds:
        raise typer.Exit(1)


def seal_table(client: str, seals: list[Seal], keys: ChainKeys) -> Any:
    """Lay out a client's seals, one a line."""
    from rich.markup import escape
    from rich.table import Table

    from ledger import check_chain, fingerprint

    faults: dict[int, list[str]] = {}
    for fault in check_chain(seals, keys, client=client):
        faults.setdefault(fault.number, []).append(_words(f"chain_{fault.code}"))
    table = Table("Печать", "Месяц", "Отпечаток", "Форма записи", "Закрыл", "Цепочка и подпись", title=client)
    for sealed in seals:
        wrong = faults.get(sealed.number)
        state = f"[red]{'; '.join(wrong)}[/]" if wrong else "[green]держатся[/]"
        record = {} if wrong else sealed.record
        form, by = str(record.get("form", 1)), str(record.get("closed_by", "—"))
        table.add_row(
            f"№ {sealed.number}",
            "—" if wrong else sealed.month,
            fingerprint(sealed),
            "—" if wrong else form,
            escape(by),
            state,
        )
    return table


def seal_lines(sealed: Seal) -> Iterator[str]:
    """Tell everything of a seal but its figures."""
    from rich.markup import escape

    from ledger import check_seal, fingerprint
    from operations.seals.recounting import is_newer

    record = sealed.record
    yield f"[bold]Печать № {sealed.number}[/] за {sealed.month}: {escape(str(record.get('client_name', sealed.client)))}"
    facts = {
        "Отпечаток": fingerprint(sealed),
        "SHA-256": sealed.digest,
        "Предыдущая": sealed.previous or "нет, это первая",
        "Подпись": sealed.signature,
        "Открытый ключ": sealed.public_key,
        "Закрыл": str(record.get("closed_by", "—")),
        "Посчитано на": str(record.get("as_of_at", "—")),
        "Форма записи": f"{record.get('form', 1)}, программа {record.get('program', '—')}",
    }
    for title, fact in facts.items():
        yield f"{title + ':':<15}{escape(fact)}"
    faults = check_seal(sealed, sealed.public_key)
    said = "; ".join(_words(f"chain_{fault.code}") for fault in faults)
    yield f"[red]Печать не держится:[/] {said}" if faults else "[green]Содержимое и подпись держатся.[/]"
    if is_newer(record):
        yield f"[yellow]Месяц {_words('newer_program')}.[/]"


def _letter_lines(letters: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Tell when the letters about a seal went to whom."""
    from datetime import datetime

    from cli.showing.letters import READERS, STATES
    from kpi_rules.time.periods import ALMATY

    for who, note in letters.items():
        at = datetime.fromisoformat(note["at"]).astimezone(ALMATY)
        yield f"Письмо {READERS[who]} ({note['to']}): {STATES[note['state']]}, {at:%d.%m.%Y %H:%M}"


def check_tables(seal_check: SealCheck) -> Iterator[Any]:
    """Lay out how files of seals were checked, and the verdict in a sentence."""
    from rich.markup import escape
    from rich.table import Table

    from cli.keys.command import lost_key_lines
    from templates.loading import texts

    table = Table("Файл", "Клиент", "Месяц", "Печать")
    table.add_column("Отпечаток", no_wrap=True)
    table.add_column("Держится ли")
    recounted = any(checked.recount for checked in seal_check.seals)
    if recounted:
        table.add_column("Пересчёт")
    for checked in seal_check.seals:
        faults = "\n".join(dict.fromkeys(_words(f"chain_{fault.code}") for fault in checked.faults))
        state = f"[red]{faults}[/]" if faults else "[green]да[/]"
        row = [
            escape(checked.path.name),
            escape(checked.client),
            escape(checked.seal.month),
            f"№ {checked.seal.number}",
        ]
        row += [checked.fingerprint, state]
        table.add_row(*row, *([recount_words(checked.recount)] if recounted else []))
    yield table
    for client, gaps in seal_check.gaps.items():
        numbers = ", ".join(f"№ {number}" for number in gaps)
        yield f"[yellow]![/] {escape(client)}: нет файлов печатей {numbers}; связь с ними не проверена."
    yield from _differences(seal_check)
    yield from lost_key_lines(seal_check.lost_keys, texts("ru"))
    if not seal_check.given:
        yield f"[yellow]![/] Ключ взят из самого файла: {seal_check.public_key}"
        yield "  Сравните его с ключом, напечатанным в архиве и в ведомости, или задайте «--key»."
    if seal_check.newer and not seal_check.wrong:
        yield "[yellow]Печати держатся, но пересчитать их может только более новая программа: обновите эту.[/]"
    else:
        yield (
            "[green]Всё держится.[/]"
            if seal_check.holds
            else "[red]Не держится: этим файлам верить нельзя.[/]"
        )


def recount_words(recount: Recount | None) -> str:
    """Say how a recount ended."""
    if recount is None:
        return "—"
    if recount.state == "same":
        return "[green]совпал байт в байт[/]"
    if recount.state == "differs":
        words = {"results": "оценки", "payroll": "выплаты"}
        return f"[red]другие {' и '.join(words[part] for part in recount.parts)}[/]"
    if recount.state == "unreadable":
        return "[red]запись не читается[/]"
    program = f" ({recount.program})" if recount.program else ""
    return f"[yellow]опечатано более новой программой{program}: обновите эту[/]"


def _differences(seal_check: SealCheck) -> Iterator[Any]:
    """Put what must be and what is side by side."""
    from rich.markup import escape
    from rich.table import Table

    faults = [(c, fault) for c in seal_check.seals for fault in c.faults if fault.expected or fault.found]
    if not faults:
        return
    table = Table("Файл", "Что не так", "Должно быть", "Есть")
    for checked, fault in faults:
        values = (_short(value) for value in (fault.expected, fault.found))
        table.add_row(escape(checked.path.name), _words(f"chain_{fault.code}"), *map(escape, values))
    yield table


def _short(value: str) -> str:
    """Give a digest by the digits of its fingerprint."""
    return f"{value[:16]}…" if len(value) > _LONGEST_SHOWN else value


def _words(key: str) -> str:
    from templates.loading import texts

    return texts("ru")(f"verify.{key}")


def _seal_of(seals: list[Seal], client: str, month: str) -> Seal:
    """Find the seal of a month; RefusedError where it is not closed."""
    from cli.refusals import refused
    from ledger import RecordError

    for sealed in seals:
        try:
            if sealed.month == month:
                return sealed
        except (RecordError, KeyError):
            continue  # `kpi seal show` and `kpi verify` name it
    raise refused(
        f"Месяц {month} клиента «{client}» не закрыт: печати нет.", f"Посмотрите «kpi seal show {client}»."
    )


@contextmanager
def _ledger() -> Iterator[Ledger]:
    from ledger import open_ledger
    from operations.world.settings import read_settings

    settings = read_settings()
    settings.make_home()
    with open_ledger(settings.ledger_url, folder=settings.home) as ledger:
        yield ledger
