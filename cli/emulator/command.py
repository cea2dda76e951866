"""`kpi emulator`: serve the local Google Sheets and Drive; its accounts, tokens and bad days."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.emulator import faults as emulator_faults
from cli.emulator.folders import existing_folder, folder_of, for_folder, near

if TYPE_CHECKING:
    from rich.table import Table

app = typer.Typer(help="Локальные Google Таблицы и Диск: открыть в браузере, аккаунты, ключи.")
app.add_typer(emulator_faults.app, name="faults")
_PORT = 8765
_Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="ПАПКА", help="Где лежат данные; по умолчанию .kpi/emulator."),
]


@app.callback(invoke_without_command=True)
def emulator(
    context: typer.Context,
    port: Annotated[
        int, typer.Option("--port", metavar="N", min=0, max=65535, help="Порт; 0 — любой свободный.")
    ] = _PORT,
    faults: Annotated[
        Path | None,
        typer.Option(
            "--faults", metavar="ФАЙЛ", help="Плохой день с самого начала: план (docs/emulator.md)."
        ),
    ] = None,
    data: _Data = None,
) -> None:
    """Запустить эмулятор Google Таблиц и Диска; остановить — Ctrl+C."""
    from operations.world.local import check_engines

    if {"-h", "--help"}.isdisjoint(sys.argv):  # a subcommand's help needs no engines
        check_engines()
    context.obj = data
    if context.invoked_subcommand is None:
        _serve(folder_of(data), port, faults)


@app.command("accounts")
def accounts(
    context: typer.Context,
    add: Annotated[
        list[str] | None,
        typer.Option("--add", metavar="E-MAIL", help="Завести аккаунт человека; можно несколько раз."),
    ] = None,
    data: _Data = None,
) -> None:
    """Показать аккаунты и файлы их ключей."""
    from cli.refusals import refused
    from cli.showing.output import console
    from sheets_emulator.access.accounts import ensure_account

    folder = existing_folder(data or context.obj)
    for email in add or ():
        try:
            ensure_account(folder, email)
        except ValueError:
            raise refused(
                f"«{email}» завести нельзя: это не e-mail или аккаунт робота.", "Проверьте адрес."
            ) from None
    console.print(_account_table(folder))


@app.command("token")
def token(
    context: typer.Context,
    email: Annotated[str, typer.Argument(metavar="E-MAIL", help="От чьего имени («kpi emulator accounts»).")],
    data: _Data = None,
) -> None:
    """Выдать на сутки токен для curl: -H "Authorization: Bearer $(kpi emulator token E-MAIL)"."""
    from cli.refusals import refused
    from sheets_emulator.access.tokens import issue_token

    folder = existing_folder(data or context.obj)
    try:
        typer.echo(issue_token(folder, email))
    except KeyError:
        raise refused(
            f"Аккаунта {email} в эмуляторе нет.", "Посмотрите аккаунты: «kpi emulator accounts»."
        ) from None


@app.command("link")
def link(context: typer.Context, data: _Data = None) -> None:
    """Новая одноразовая ссылка: впустить в таблицы эмулятора браузер."""
    from cli.refusals import refused
    from sheets_emulator.access.administering import NotServedError, fresh_link

    folder = existing_folder(data or context.obj)
    try:
        typer.echo(fresh_link(folder))
    except NotServedError:
        raise refused(
            f"Эмулятор папки {folder} сейчас не работает.",
            f"Запустите «{for_folder('kpi emulator', folder)}»: он покажет ссылку.",
        ) from None


def _serve(folder: Path, port: int, faults: Path | None) -> None:
    from cli.refusals import refused
    from cli.showing.output import console
    from operations.world.local import SYSTEM_EMAIL, WORKER_EMAIL
    from sheets_emulator.access.accounts import ensure_account
    from sheets_emulator.serving.server import run
    from sheets_emulator.store.address import running_address

    running = running_address(folder)
    if running:
        raise refused(
            f"Эмулятор этой папки уже работает: {running}",
            f"Откройте в браузере ссылку, которую даст «{for_folder('kpi emulator link', folder)}».",
        )
    settings = {"faults": emulator_faults.plan_of(faults)} if faults else {}
    folder.mkdir(parents=True, exist_ok=True)
    ensure_account(folder, SYSTEM_EMAIL, "Tablo")
    ensure_account(folder, WORKER_EMAIL, "Tablo (робот)", kind="service")
    try:
        run(folder, port, listening=lambda address, link: _tell(folder, address, link), settings=settings)
    except OSError as error:
        raise refused(
            f"Порт {port} не открывается: {error.strerror}.", "Возьмите другой: «kpi emulator --port 0»."
        ) from error
    console.print("Эмулятор остановлен; данные остались.")


def _tell(folder: Path, address: str, link: str) -> None:
    from cli.showing.output import console

    console.print(f"Эмулятор Google Таблиц и Диска: [bold]{address}[/]", highlight=False, soft_wrap=True)
    console.print(_account_table(folder, address))
    console.print(
        f"Откройте в браузере {link}\n"
        "и выберите, от чьего имени смотреть. Ссылка впускает один браузер и один раз; новую даёт "
        f"«{for_folder('kpi emulator link', folder)}». Остановить: Ctrl+C.",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def _account_table(folder: Path, address: str | None = None) -> Table:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from sheets_emulator.access.accounts import key_file, list_accounts

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Аккаунт", no_wrap=True)
    table.add_column("Имя")
    table.add_column("Вид", no_wrap=True)
    table.add_column("Файл ключа", overflow="fold")
    kinds = {"service": "сервисный", "user": "человек"}
    for account in list_accounts(folder):
        path = key_file(folder, account.email, f"{address}/token" if address else None)
        table.add_row(
            escape(account.email), escape(account.display_name), kinds[account.kind], escape(near(path))
        )
    return table
