"""`kpi calendar`: a day that a decree moved is frozen, scored and sealed with its source; an opened month keeps its own.

September 2026 has 22 working days of a five-day week and 26 of a six-day one.
"""

from datetime import date

import pytest

from kpi_rules.errors import RefusedError
from kpi_rules.time.periods import CalendarOverride
from operations.facts.calendars import month_calendar, override_days
from operations.months.opening import open_month
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from tests.contract.client_life import (
    DEPLOYED_AT,
    MID_SEPTEMBER_AT,
    OCTOBER,
    OCTOBER_OPENED_AT,
    SEPTEMBER,
    SEPTEMBER_OPENED_AT,
    SLUG,
    close_september,
    fill_september,
)
from tests.telling import tells

TENTH = date(2026, 9, 10)
DECREE = "Постановление Правительства № 77"
MOVED = CalendarOverride(TENTH, (5,), worked=False, source=DECREE)


@pytest.fixture
def run(command, monkeypatch, deployed):
    """Run `kpi calendar …` on this client: exit code, what was printed, what was complained."""
    monkeypatch.setenv("KPI_HOME", str(deployed.services.settings.home))

    def run_once(*arguments):
        code, out, err = command("calendar", *arguments, width=140)
        return code, out, " ".join(err.split())

    return run_once


def norms(life, month=SEPTEMBER):
    found = month_calendar(life.services.ledger, SLUG, month)
    return found.norm_days(5), found.norm_days(6)


def test_a_moved_day_is_frozen_scored_and_sealed_with_its_source(deployed):
    assert norms(deployed) == (22, 26)
    override_days(SLUG, [MOVED], deployed.services.ledger, DEPLOYED_AT, "консультант")
    assert norms(deployed) == (21, 26)
    fill_september(deployed)
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, deployed.services)
    close_september(deployed)
    seal = deployed.services.ledger.last_seal(SLUG)
    calendar = seal.record["inputs"]["calendar"]
    [moved] = calendar["overrides"]
    assert moved == {"form": 1, "day": "2026-09-10", "weeks": [5], "worked": False, "source": DECREE}
    cards = {card["code"]: card for card in seal.record["results"]["employees"]}
    assert (cards["M01"]["norm_days"], cards["M01"]["worked_days"]) == (21, 21)
    # His mark of the 10th counts no longer: 17 of 19 'да' of the 18 of 20.
    assert cards["M01"]["facts"]["discipline"]["value"] == "17/19"
    assert verify_client(SLUG, deployed.services).intact


def test_an_opened_month_keeps_its_calendar_and_takes_no_moved_day(deployed):
    fill_september(deployed)
    with tells(RefusedError, r"Сентябрь 2026 уже открыт.*10\.09\.2026"):
        override_days(SLUG, [MOVED], deployed.services.ledger, DEPLOYED_AT, "консультант")
    later = CalendarOverride(date(2026, 10, 9), (5, 6), worked=False, source=DECREE)
    override_days(SLUG, [later], deployed.services.ledger, DEPLOYED_AT, "консультант")
    assert (norms(deployed), norms(deployed, OCTOBER)) == ((22, 26), (20, 25))
    (results, *_) = sync_client(SLUG, MID_SEPTEMBER_AT, deployed.services).results
    assert {card.norm_days for card in results.employees} == {22}


def test_the_commands_show_and_enter_days_with_their_source(deployed, run):
    code, shown, _ = run("show", SLUG, "2026-05")
    assert code == 0
    assert "пятидневка 17 дн., шестидневка 22 дн." in shown
    assert "расчётный день, не объявлен" in shown
    assert "27.05.2026: день рассчитан" in shown
    code, shown, _ = run("override", SLUG, "--day", "2026-09-10", "--off", "--week", 5, "--source", DECREE)
    assert (code, shown.strip()) == (
        0,
        f"Внесено № 1: 10.09.2026 выходной (5-дневная неделя) — {DECREE}",
    )
    code, shown, _ = run("override", SLUG, "--day", "2026-09-10", "--off", "--week", 5, "--source", DECREE)
    assert (code, shown.strip()) == (0, "Ничего не изменилось: это уже внесено.")
    code, shown, _ = run("show", SLUG, "2026-09")
    assert "пятидневка 21 дн., шестидневка 26 дн." in shown
    row = next(line for line in shown.splitlines() if "10.09 чт" in line)
    assert row.split()[2:4] == ["выходной", "рабочий"]
    assert DECREE in row


def test_a_file_moves_several_days_or_none(deployed, run, tmp_path):
    decree = tmp_path / "decree.toml"
    text = 'source = "{}"\n[[days]]\nday = 2026-10-09\nworked = false\n[[days]]\nday = {}\nworked = true\n'
    decree.write_text(text.format(DECREE, "2026-10-10"), encoding="utf-8")
    code, shown, _ = run("override", SLUG, "--file", decree)
    assert (code, shown.count("Внесено")) == (0, 2)
    # Friday the 9th for Saturday the 10th: the five-day norm stays 21, the six-day one loses the Friday.
    assert norms(deployed, OCTOBER) == (21, 25)
    open_month(SLUG, SEPTEMBER, SEPTEMBER_OPENED_AT, deployed.services)
    decree.write_text(text.format("Другое", "2026-09-12"), encoding="utf-8")
    code, _, complaint = run("override", SLUG, "--file", decree)
    assert code == 1
    assert "12.09.2026 не изменить" in complaint
    assert norms(deployed, OCTOBER) == (21, 25)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--day", "2026-09-10", "--off"], "не указано основание"),
        (["--day", "10.09.2026", "--off", "--source", "x"], "«10.09.2026» — не дата. Что делать: Напишите"),
        (["--day", "2026-09-10", "--source", "x"], "Не сказано, какой день"),
        (["--day", "2026-09-10", "--off", "--week", "7", "--source", "x"], "Недели из 7 дней нет."),
        (["--file", "nowhere.toml"], "Файла nowhere.toml нет."),
    ],
)
def test_what_is_not_said_is_asked_for(run, arguments, complaint):
    code, _, said = run("override", SLUG, *arguments)
    assert code == 1
    assert complaint in said


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('source = "x"\ndays = []', "days"),
        ("source = ", "TOML"),
        ('[[days]]\nday = "x"\nworked = 1', "source"),
    ],
)
def test_a_file_that_can_not_be_used_is_refused_with_its_place(run, tmp_path, text, place):
    path = tmp_path / "decree.toml"
    path.write_text(text, encoding="utf-8")
    code, _, said = run("override", SLUG, "--file", path)
    assert code == 1
    assert place in said.split("Что делать")[0]


def test_no_command_tells_a_calendar_of_nobody(run):
    code, _, said = run("show", "nobody", "2026-09")
    assert code == 1
    assert "Клиента «nobody» нет." in said
