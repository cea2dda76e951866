import json
import subprocess
import sys
from datetime import date, datetime

import openpyxl
import pytest

from operations.files.templates import export_template
from templates.loading import load
from tests.released import type_into

HEAVY = {"pandas", "numpy", "openpyxl", "prefect", "sqlalchemy", "gspread", "pydantic", "uvicorn", "babel"}


@pytest.fixture
def run(command, monkeypatch, tmp_path):
    """Run one command line as the console script does: exit code, what was printed, what was complained."""
    monkeypatch.setenv("KPI_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def run_once(*arguments):
        return command(*arguments, width=100)

    return run_once


@pytest.fixture
def filled(tmp_path):
    """Make a book with one manager at half his plan."""
    path = tmp_path / "KPI продаж — Алатау Офис.xlsx"
    export_template("b2b", path)
    book = openpyxl.load_workbook(path)
    arrived, answered = (datetime.fromisoformat(f"2026-10-05T10:0{minute}") for minute in (0, 7))
    rows = {
        "Сотрудники": ["M01", "Айгерим [Сапарова]", None, "менеджер", date(2025, 3, 3), None, 5],
        "План": [date(2026, 10, 1), "M01", 1_000_000, 0.5, 100_000],
        "Сделки": [1, arrived, "M01", None, None, answered, "Сделка", 500_000, None, date(2026, 10, 20)],
    }
    type_into(book, load("b2b").layout, {tab: [row] for tab, row in rows.items()})
    book.save(path)
    return path


def test_score_prints_client_scores_causes_and_problems(run, filled):
    code, out, err = run("score", str(filled), "--month", "2026-10")
    assert (code, err) == (0, "")
    assert out.startswith("Алатау Офис")
    assert "Октябрь 2026 — итог · правила b2b 2026-01" in out
    assert "Айгерим [Сапарова]" in out
    assert "Из-за чего не выполнен план" in out
    assert "Замечания к данным" in out


def test_a_file_may_be_read_as_the_template_that_is_named(run, filled):
    arguments = ("score", str(filled), "--month", "2026-10", "--json")
    plain, b2b, b2c = (
        run(*arguments, *more)[1] for more in ((), ("--template", "b2b"), ("--template", "b2c"))
    )
    assert b2b == plain
    assert "«Отчёты»" in b2c
    assert "«Отчёты»" not in plain


def test_json_alone_stands_on_the_output(run, filled):
    code, out, err = run("score", str(filled), "--month", "2026-10", "--json")
    assert (code, err) == (0, "")
    record = json.loads(out)
    assert (record["client"], record["month"]) == ("Алатау Офис", "2026-10")
    assert record["team"] == {"revenue": "500000", "plan": "1000000"}


def test_a_moment_in_the_month_gives_a_preliminary_score_with_its_forecast(run, filled):
    code, out, _ = run("score", str(filled), "--month", "2026-10", "--as-of", "2026-10-22")
    assert code == 0
    assert "предварительно" in out
    assert "Прогноз выручки на конец месяца" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["score", "none.xlsx", "--month", "2026-10"], "none.xlsx"),
        (["score", "notes.xlsx", "--month", "2026-10"], "не книга .xlsx"),
        (["score", "notes.xlsx", "--month", "2026-13"], "«2026-13» — не месяц"),
        (["score", "notes.xlsx", "--month", "2026-10", "--as-of", "завтра"], "«завтра» — не дата"),
        (["template", "export", "b9", "x.xlsx"], "Шаблона «b9» нет"),
        (["score", "notes.xlsx", "--month", "2026-10", "--template", "b9"], "Шаблона «b9» нет"),
        (["template", "export", "b2b", "notes.xlsx"], "уже есть"),
        (
            ["template", "export", "b2c", "x.xlsx", "--with", "measures,payments"],
            "Возможности «payments» у шаблона «b2c» нет",
        ),
        (["client", "upgrade"], "имя клиента или --all"),
        (["client", "upgrade", "alatau", "--all"], "имя клиента или --all"),
        (["emulator", "accounts"], "Данных эмулятора"),
        (["emulator", "--data", "elsewhere", "token", "a@b.kz"], "elsewhere"),
    ],
)
def test_a_mistake_is_one_sentence_with_what_to_do_and_no_traceback(run, tmp_path, arguments, said):
    (tmp_path / "notes.xlsx").write_text("just notes", encoding="utf-8")
    code, out, err = run(*arguments)
    assert code == 1
    assert out == ""
    assert said in err
    assert "Что делать:" in err
    assert "Traceback" not in err
    assert not (tmp_path / "home").exists()


def test_export_says_where_the_files_are_and_what_comes_next(run, tmp_path):
    code, out, _ = run("template", "export", "b2b", "book.xlsx", "--payroll", "pay.xlsx")
    assert code == 0
    assert "kpi score book.xlsx --month" in out
    assert (tmp_path / "book.xlsx").is_file()
    assert (tmp_path / "pay.xlsx").is_file()


def test_help_answers_without_loading_anything_heavy():
    """Half a second for `kpi --help` leaves no room for pandas, and Prefect alone takes two."""
    code = (
        "import sys; sys.argv = ['kpi', '--help']\n"
        "from cli.app import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('loaded:', *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.partition("loaded:")[2].split())
    assert "typer" in loaded
    assert not loaded & HEAVY
