"""A command that was typed wrongly is told in Russian, with what to do, and ends with 2."""

import re
import sys
from contextlib import suppress

import pytest

from cli import app
from cli.showing import output


@pytest.fixture
def run(monkeypatch, capsys):
    def run_once(*arguments):
        monkeypatch.setattr(sys, "argv", ["kpi", *arguments])
        for name in ("console", "errors"):
            fresh = output.Console(stderr=name == "errors", width=200, color_system=None)
            monkeypatch.setattr(output, name, fresh)
        with pytest.raises(SystemExit) as ended:
            app.main()
        return ended.value.code, capsys.readouterr()

    return run_once


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["sync", "--foo"], "Параметра --foo нет."),
        (["score", "--mont", "2026-10"], "Параметра --mont нет; похожи: --json, --month."),
        (["nonsense"], "Команды «nonsense» нет."),
        (["scor"], "Команды «scor» нет; похоже: score."),
        (["score"], "Не указано: ФАЙЛ.xlsx."),
        (["score", "x.xlsx"], "Не указан параметр --month / -m."),
        (["score", "x.xlsx", "--month"], "После --month нужно значение."),
        (["score", "x.xlsx", "--json=3"], "--json пишется без значения."),
        (["client", "show", "a", "b", "c"], "Лишнее в команде: b c."),
        (["whatif", "a", "--rulebook", "x", "--months", "two"], "--months: нужно число."),
        (["whatif", "a", "--rulebook", "x", "--months", "0"], "--months: нужно число не меньше 1."),
        (["demo", "--out", __file__], f"--out: «{__file__}» — файл, а нужна папка."),
    ],
)
def test_what_was_typed_wrongly_is_said_in_russian(run, arguments, what):
    code, printed = run(*arguments)
    assert code == 2
    said = " ".join(printed.err.split())
    assert said.startswith(f"Ошибка. {what} Что делать: Посмотрите, как пишется команда: «kpi")
    assert printed.out == ""


def test_a_group_alone_shows_its_help(run):
    code, printed = run("client")
    assert code == 2
    assert "Развернуть шаблон новому клиенту" in printed.out


def test_none_of_the_words_of_the_error_is_english(run):
    _, printed = run("client", "add")
    assert re.findall(r"(?i)\b(?:usage|error|missing|try|option|argument)\b", printed.err) == []


@pytest.mark.parametrize("arguments", [["-h"], ["month"], ["month", "close", "--help"], ["demo", "-h"]])
def test_help_pages_are_russian_in_their_frame_as_well(monkeypatch, capsys, arguments):
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "argv", ["kpi", *arguments])
    with suppress(SystemExit):
        app.main()
    shown = capsys.readouterr().out
    assert "Как писать: kpi" in shown
    assert "Показать эту справку." in shown
    assert re.search(r"--help\s+-h|-h\s+--help", shown)
    for english in ("Usage", "OPTIONS", "COMMAND", "ARGS", "Show this", "Options", "Arguments", "required"):
        assert english not in shown
