"""What cannot be is one sentence with what to do, never an «unexpected error»; a user's text is no markup."""

import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cli import app, calendar_days
from cli.arguments import month_of
from cli.showing import output
from cli.verify import verification_tables
from kpi_rules.errors import RefusedError
from kpi_rules.time.periods import CalendarOverride, Month
from ledger import Client, open_ledger
from operations.access.findings import Finding
from operations.facts.calendars import read_decree
from operations.seals.late_effects import Effect
from operations.verifying.verifying import MonthVerdict, Verification
from templates.loading import texts
from tests.telling import remedy_of, tells

MARKUP = "[/x] [red]"
"""What Rich would take for the end of a style that never began, and for a style."""


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    def run_once(*arguments, home=None):
        monkeypatch.setenv("KPI_HOME", str(home or tmp_path / "home"))
        monkeypatch.setattr(sys, "argv", ["kpi", *arguments])
        for name in ("console", "errors"):
            monkeypatch.setattr(output, name, output.Console(stderr=name == "errors", width=200))
        try:
            app.main()
        except SystemExit as ended:
            return ended.code, capsys.readouterr()
        return 0, capsys.readouterr()

    return run_once


@pytest.fixture
def known(tmp_path):
    """A client in the ledger; his files are not needed."""
    (tmp_path / "home").mkdir(mode=0o700)
    with open_ledger(None, folder=tmp_path / "home") as ledger:
        ledger.add_client(a_client())


def a_client():
    return Client("Имя " + MARKUP, "bereke", "b2b", "ru", datetime(2026, 8, 28, tzinfo=UTC))


@pytest.mark.parametrize("text", ["9999-12", "1900-01", "2100-01", "1949-12"])
def test_a_month_that_no_calendar_knows_is_refused(text):
    with pytest.raises(RefusedError) as told:
        month_of(text)
    assert remedy_of(told) == "Возможны годы с 1950 по 2099."


@pytest.mark.parametrize("text", ["1950-01", "2099-12"])
def test_the_first_and_the_last_month_have_a_calendar(run, known, text):
    assert run("calendar", "show", "bereke", text)[0] == 0


def test_a_data_folder_that_cannot_be_is_named(run, tmp_path):
    (tmp_path / "file").touch()
    code, printed = run("client", "list", home=tmp_path / "file")
    assert code == 1
    assert "не создать" in printed.err
    assert "KPI_HOME" in printed.err


def test_a_decree_that_may_not_be_read_is_named(monkeypatch, tmp_path):
    def refuse(*_arguments, **_options):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "decree.toml").touch()
    monkeypatch.setattr(Path, "read_text", refuse)
    with tells(RefusedError, r"decree\.toml не прочитать"):
        read_decree(tmp_path / "decree.toml")


def test_a_question_that_nobody_answers_stops_the_command(run, monkeypatch):
    monkeypatch.setattr(sys.stdin, "readline", lambda *_: "", raising=False)
    code, printed = run("month", "close", "bereke", "2026-09")
    assert code == 130
    assert "Остановлено" in printed.err


def test_a_users_text_is_printed_as_it_is(run, known):
    for arguments in (
        ["client", "list"],
        ["client", "show", "bereke"],
        ["calendar", "show", "bereke", "2026-11"],
    ):
        code, printed = run(*arguments)
        assert code == 0
        assert MARKUP in printed.out
    code, printed = run("calendar", "override", "bereke", "--day", "2026-11-10", "--off", "--source", MARKUP)
    assert code == 0
    assert MARKUP in printed.out
    code, printed = run("seal", "check", "/nowhere/" + MARKUP)
    assert code == 1
    assert MARKUP in printed.err


def test_a_tampered_cell_that_looks_like_markup_does_not_stop_the_verdict(capsys):
    finding = Finding("2026-09", "archive_cell", f"«{MARKUP}» A1", MARKUP, MARKUP)
    effect = Effect("M01", MARKUP, 84, 90, 0, 100)
    month = MonthVerdict(Month(2026, 9), 1, "0000", (finding,), (), (effect,))
    console = output.Console(width=200)
    for shown in verification_tables(Verification("bereke", (), (month,)), texts("ru")):
        console.print(shown)
    assert capsys.readouterr().out.count("[/x]") == 4


def test_a_moved_day_says_its_source_as_it_is():
    assert calendar_days._moved(CalendarOverride(date(2026, 11, 10), (5, 6), False, MARKUP)).endswith(MARKUP)
