"""What was typed wrongly on the command line, in Russian: Typer itself says it in English."""

from __future__ import annotations

import re

from typer._click.exceptions import (  # Typer's own copy of Click has no public name
    NoArgsIsHelpError,
    UsageError,
)

_HELP = "Посмотрите, как пишется команда: «{command} -h»."
_FORMS = tuple(
    (re.compile(form), said)
    for form, said in (
        (
            r"No such option: (?P<name>\S+) \(Possible options: (?P<like>.+)\)",
            "Параметра {name} нет; похожи: {like}.",
        ),
        (r"No such option: (?P<name>\S+)", "Параметра {name} нет."),
        (
            r"No such command '(?P<name>.+?)'\. Did you mean (?P<like>.+)\?",
            "Команды «{name}» нет; похоже: {like}.",
        ),
        (r"No such command '(?P<name>.+?)'\.", "Команды «{name}» нет."),
        (r"Missing command\.", "Не сказано, что сделать."),
        (r"Missing argument '(?P<name>.+?)'\..*", "Не указано: {name}."),
        (r"Missing option (?P<name>.+?)\..*", "Не указан параметр {name}."),
        (r"Option '(?P<name>.+?)' requires an argument\.", "После {name} нужно значение."),
        (
            r"Option '(?P<name>.+?)' requires (?P<count>\d+) arguments\.",
            "После {name} нужно значений: {count}.",
        ),
        (r"Option '(?P<name>.+?)' does not take a value\.", "{name} пишется без значения."),
        (r"Argument '(?P<name>.+?)' takes (?P<count>\d+) values\.", "{name}: нужно значений: {count}."),
        (r"Got unexpected extra argument\(s\) \((?P<name>.+)\)", "Лишнее в команде: {name}."),
        (r"Invalid value for (?P<name>.+?): (?P<why>.+)", "{name}: {why}"),
        (r"Input should be greater than or equal to (?P<count>\S+)", "нужно число не меньше {count}."),
        (r"Input should be less than or equal to (?P<count>\S+)", "нужно число не больше {count}."),
        (r"Input should be a valid (?:integer|number)\b.*", "нужно число."),
        (r"Value '(?P<name>.*?)' is not a valid (?P<kind>int|float)\w*\.", "«{name}» — не число."),
        (r"\w+ '(?P<name>.*?)' does not exist\.", "«{name}» не существует."),
        (r"\w+ '(?P<name>.*?)' is a file\.", "«{name}» — файл, а нужна папка."),
        (r"\w+ '(?P<name>.*?)' is a directory\.", "«{name}» — папка, а нужен файл."),
        (r"\w+ '(?P<name>.*?)' is not (?:readable|writable)\.", "«{name}» недоступен: проверьте права."),
    )
)
"""What Typer says, and how it is said here; what is told of one value is said by the forms again."""


def usage_told(error: Exception) -> tuple[str, str] | None:
    """Say what was typed wrongly and what to do; None where the error is none of the command line's."""
    if not isinstance(error, UsageError):
        return None
    command = error.ctx.command_path if error.ctx else "kpi"
    return _said(error.format_message()), _HELP.format(command=command)


def help_wanted(error: Exception) -> str | None:
    """Give the help that a group of commands shows when none of them was named."""
    return error.ctx.get_help() if isinstance(error, NoArgsIsHelpError) else None


def _said(message: str) -> str:
    for form, said in _FORMS:
        match = form.fullmatch(message)
        if match:
            blanks = {name: value.replace("'", "") for name, value in match.groupdict().items()}
            if "why" in blanks:
                blanks["why"] = _said(match["why"])
            return said.format(**blanks)
    return f"Команда не понята: {message}"
