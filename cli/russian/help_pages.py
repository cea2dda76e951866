"""The help pages in Russian: Typer writes their frame in English and has no setting for it.

Loaded only where help is shown: Rich's tables take their time.
"""

from __future__ import annotations

from typing import Any

from typer import rich_utils
from typer._click.core import Command, Context  # Typer's own copy of Click has no public name
from typer._click.formatting import HelpFormatter

_HELP = "Показать эту справку."


class _RussianFormatter(HelpFormatter):
    """Writes the line that shows how a command is typed."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or "Как писать: ")


def name_panels() -> None:
    """Give the help's panels Russian titles."""
    rich_utils.OPTIONS_PANEL_TITLE = "Параметры"
    rich_utils.ARGUMENTS_PANEL_TITLE = "Аргументы"
    rich_utils.COMMANDS_PANEL_TITLE = "Команды"
    rich_utils.REQUIRED_LONG_STRING = "[обязательно]"
    rich_utils.DEFAULT_STRING = "[обычно: {}]"
    Context.formatter_class = _RussianFormatter


def translate_frames(command: Command, above: Context | None = None) -> None:
    """Put Russian words into the frame of a command's help, and of all commands below it."""
    context = Context(command, parent=above, **command.context_settings)
    command.options_metavar = "[ПАРАМЕТРЫ]"
    group: Any = command
    if hasattr(group, "commands"):
        group.subcommand_metavar = "КОМАНДА [АРГУМЕНТЫ]..."
        for inner in group.commands.values():
            translate_frames(inner, context)
    option = command.get_help_option(context)
    if option is not None:
        option.help = _HELP
