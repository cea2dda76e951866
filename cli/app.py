"""The `kpi` command: its groups, its options, and how errors are told. Heavy rooms are imported late."""

from __future__ import annotations

import logging
import sys
from typing import Annotated, Any

import typer
from typer._coercion import RuntimeParam  # Typer has no public name for it

from cli import (
    calendar_days,
    client,
    month,
    night,
    payroll,
    rules,
    score,
    seal,
    signals,
    status,
    sync,
    template,
    verify,
    whatif,
)
from cli.demo import command as demo
from cli.emulator import command as emulator
from cli.keeping import backups
from cli.keys import command as key

app = typer.Typer(
    name="kpi",
    help="Tablo: KPI отдела продаж поверх общей Google-таблицы. Без ключей Google работает локально, в папке .kpi.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="rich",
)


class _Debug:
    """Whether `--debug` was given; read by `main` after the command has failed."""

    wanted = False


def _tell_version(wanted: bool) -> None:  # noqa: FBT001  # Typer calls it so
    if wanted:
        from importlib.metadata import version

        typer.echo(f"kpi {version('tablo-kpi')}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Показать подробности ошибки.")] = False,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Показать версию программы."),
    ] = False,
) -> None:
    """Take the options that stand before the command."""
    _Debug.wanted = debug
    logging.basicConfig(level=logging.INFO if debug else logging.WARNING, format="%(name)s: %(message)s")


app.command("demo")(demo.demo)
app.add_typer(emulator.app, name="emulator")
app.add_typer(client.app, name="client")
app.command("sync")(sync.sync)
app.command("night")(night.night)
app.command("status")(status.status)
app.add_typer(month.app, name="month")
app.add_typer(calendar_days.app, name="calendar")
app.add_typer(rules.app, name="rules")
app.command("verify")(verify.verify)
app.add_typer(seal.app, name="seal")
app.add_typer(key.app, name="key")
app.command("backup")(backups.backup)
app.command("restore")(backups.restore)
app.add_typer(payroll.app, name="payroll")
app.command("score")(score.score)
app.command("signals")(signals.signals)
app.command("whatif")(whatif.whatif)
app.add_typer(template.app, name="template")


_INTERRUPTED = 130
"""The exit code of a command that was stopped by Ctrl+C."""
_USAGE = 2
"""The exit code of a command that was typed wrongly."""


def main() -> None:
    """Run the command; an error is one clear sentence, what to do, and an exit code other than 0."""
    command = typer.main.get_command(app)
    _take_texts_as_typed(command)
    groups = {group.name for group in app.registered_groups}
    if len(sys.argv) == 1 or sys.argv[-1] in groups or not {"-h", "--help"}.isdisjoint(sys.argv):
        from cli.russian.help_pages import name_panels, translate_frames

        name_panels()
        translate_frames(command)
    try:
        code = command.main(prog_name="kpi", standalone_mode=False, default_map=_no_help_wanted(command))
    except (KeyboardInterrupt, typer.Abort):  # at a question: Ctrl+C, or nobody there to answer it
        code = _INTERRUPTED
    except Exception as error:
        if _Debug.wanted:
            raise
        sys.exit(_explain(error))
    if code == _INTERRUPTED:  # Typer makes this exit code of Ctrl+C
        _tell("Остановлено.", "Прерванное можно запустить снова: сделанное найдётся.")
    if isinstance(code, int) and code:
        sys.exit(code)


class _AsTyped(RuntimeParam):
    """Takes a text, or several, as they were typed."""

    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ARG002  # Typer names them
        return list(value) if isinstance(value, tuple) else value


def _take_texts_as_typed(command: Any) -> None:
    """Leave texts alone in all commands: Typer would load pydantic to make a text of a text."""
    for parameter in command.params:
        typed = parameter.type_descriptor
        if typed.annotation in (str, list[str]) and not typed.parameter_info.parser:
            own = _AsTyped(typed.parameter_info, typed.annotation)
            parameter._runtime_param = own  # noqa: SLF001  # Typer makes its own where none is set
    for inner in getattr(command, "commands", {}).values():
        _take_texts_as_typed(inner)


def _no_help_wanted(command: Any) -> dict[str, Any]:
    """Give `--help` its value where it is not typed: Typer would load pydantic to work out that it is false."""
    own = {
        parameter.name for parameter in command.params
    }  # «kpi emulator» has an option and a command `faults`
    inner = {
        name: subcommand for name, subcommand in getattr(command, "commands", {}).items() if name not in own
    }
    return {"help": False} | {name: _no_help_wanted(subcommand) for name, subcommand in inner.items()}


def _explain(error: Exception) -> int:
    """Tell an error in words and give the exit code: 1 for what a person can mend, 2 for our own fault.

    A command that was typed wrongly ends with 2 as well, as all commands do.
    """
    from cli.russian.usage import help_wanted, usage_told
    from kpi_rules.errors import TabloError
    from operations.world.new_files import disk_refusal
    from operations.world.telling import told

    if (shown := help_wanted(error)) is not None:
        typer.echo(shown, nl=bool(shown))
        return _USAGE
    if wrong := usage_told(error):
        _tell(*wrong)
        return _USAGE
    error = disk_refusal(error) or error
    if isinstance(error, TabloError):
        sentence = told(error)
        _tell(sentence.what, sentence.remedy)
        return 1
    from operations.world.telling import refused_template

    if refused := refused_template(error):
        _tell(*refused)
        return 1
    _tell(
        f"Неожиданная ошибка ({type(error).__name__}).",
        "Повторите с «kpi --debug …» и пришлите вывод разработчикам.",
    )
    return 2


def _tell(what: str, remedy: str) -> None:
    from rich.markup import escape

    from cli.showing.output import errors

    errors.print(f"[bold red]Ошибка.[/] {escape(what)}")
    if remedy:
        errors.print(f"[dim]Что делать:[/] {escape(remedy)}")
