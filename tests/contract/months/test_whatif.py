"""`kpi whatif` over sealed months: old and new score and pay, worked out by hand; nothing is changed.

The months are those of `client_life`: M01 84.4, M02 76, R01 83.8; paid 203 417, 105 959 (half of 211 918) and
354 111 ₸.
"""

import sqlite3
import tomllib
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import pytest

from kpi_rules.errors import NewerFormError, RefusedError
from kpi_rules.records.forms import RecordKind
from kpi_rules.time.periods import Month
from operations.clients.deploy import deploy_client
from operations.months.closing import close_month
from operations.months.whatif import compare
from tests.contract.client_life import (
    DEPLOYED_AT,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    SEPTEMBER,
    SLUG,
    close_september,
    copy_of,
    fill_september,
    new_client,
)
from tests.telling import remedy_of, tells, what_of

RULES = (Path(__file__).parents[3] / "templates/b2b/rulebook.toml").read_text(encoding="utf-8")
STRICTER = RULES.replace("from_percent = 80", "from_percent = 85").replace(
    'from_percent = 70\nid = "reduced"\ncoefficient_percent = 50',
    'from_percent = 75\nid = "reduced"\ncoefficient_percent = 75',
)
"""Full from 85, three quarters from 75: 84 → 3/4, 76 → 3/4."""
NEW_PAY = {"M01": 152_563, "M02": 158_939, "R01": 265_583}
"""3/4 of 203 417 = 152 562.75, of 211 918 = 158 938.5, of 354 111 = 265 583.25."""


@pytest.fixture(scope="module")
def life(tmp_path_factory):
    """September and October are sealed; the tests only read."""
    with copy_of("closed", tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("whatif")) as life:
        close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
        yield life


@pytest.fixture
def draft(tmp_path):
    def write(text):
        path = tmp_path / "draft.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def run(command, monkeypatch, life):
    """Run one command line on this client: exit code, what was printed, what was complained."""
    monkeypatch.setenv("KPI_HOME", str(life.services.settings.home))

    def run_once(*arguments):
        return command("whatif", *arguments, width=100)

    return run_once


def test_other_bands_change_the_pay_of_those_whom_they_concern(life, draft):
    found = compare(life.services.ledger, SLUG, draft(STRICTER), 1)
    assert found.months == (OCTOBER,)
    scores = {case.code: (case.old_score, case.new_score) for case in found.cases}
    assert scores["M01"] == (Fraction("84.4"), Fraction("84.4"))
    assert {case.code: (case.old_band, case.new_band) for case in found.cases} == {
        "M01": ("full", "reduced"),
        "M02": ("reduced", "reduced"),
        "R01": ("full", "reduced"),
    }
    assert {case.code: case.new_variable_tiyn for case in found.cases} == {
        code: tenge * 100 for code, tenge in NEW_PAY.items()
    }


def test_two_months_are_summed_up_by_employee_winners_first(life, draft):
    found = compare(life.services.ledger, SLUG, draft(STRICTER), 3)
    assert found.months == (SEPTEMBER, OCTOBER)
    # 2 × (158 939 − 105 959), 2 × (152 563 − 203 417), 2 × (265 583 − 354 111)
    assert [(change.code, change.months, change.gain_tiyn) for change in found.changes()] == [
        ("M02", 2, 105_960_00),
        ("M01", 2, -101_708_00),
        ("R01", 2, -177_056_00),
    ]
    # 2 × (203 417 + 105 959 + 354 111) and 2 × (152 563 + 158 939 + 265 583)
    total = found.total()
    assert (total.old_tiyn, total.new_tiyn) == (1_326_974_00, 1_154_170_00)


def test_other_weights_change_the_score(life, draft):
    """M01: 0.84 × 60 + 0.8 × 10 + 0.84 × 10 + 0.9 × 20 = 84.8; M02: 42 + 8 + 8 + 16 = 74, half as before."""
    manager, head = RULES.split('[[kpis]]\nrole = "head"', 1)
    heavier = manager.replace("weight_percent = 40", "weight_percent = 60")
    heavier = heavier.replace("weight_percent = 20", "weight_percent = 10", 2)
    found = compare(life.services.ledger, SLUG, draft(f'{heavier}[[kpis]]\nrole = "head"{head}'), 1)
    scores = {case.code: case.new_score for case in found.cases}
    assert scores == {"M01": Fraction("84.8"), "M02": 74, "R01": Fraction("83.8")}
    assert {change.gain_tiyn for change in found.changes()} == {0}


def test_a_target_that_nobody_entered_gives_no_new_figure_and_is_left_out_of_the_total(life, draft, run):
    """«Повторные, %» is blank in the plan of every manager; the head's card does not ask for it."""
    manager, head = RULES.split('[[kpis]]\nrole = "head"', 1)
    other = manager.replace('"average_deal"', '"repeat_share"')
    path = draft(f'{other}[[kpis]]\nrole = "head"{head}')
    found = compare(life.services.ledger, SLUG, path, 1)
    assert {case.code: case.new_incomplete for case in found.cases} == {
        "M01": True,
        "M02": True,
        "R01": False,
    }
    assert [change.code for change in found.changes()] == ["R01"]
    code, out, _ = run(SLUG, "--rulebook", path, "--months", "1")
    assert code == 0
    # M01 keeps 33.6 + 16 + 18; the 20 points of repeats are unknown.
    assert "84 → 68–88" in out
    assert "нет данных" in out


def test_a_shadow_month_has_scores_and_no_pay(tmp_path_factory, tmp_path, draft):
    with copy_of("empty", tmp_path_factory.getbasetemp(), tmp_path / "home") as life:
        deploy_client(new_client(shadow=True), DEPLOYED_AT, life.services)
        fill_september(life)
        close_september(life)
        found = compare(life.services.ledger, SLUG, draft(STRICTER), 3)
    assert found.unpaid == {SEPTEMBER}
    assert len(found.cases) == 3
    assert found.changes() == ()


def test_the_command_shows_months_people_total_and_outcome_and_changes_nothing(life, draft, run):
    ledger = life.services.ledger
    before = [ledger.month_evidence(SLUG, month) for month in (SEPTEMBER, OCTOBER)]
    code, out, err = run(SLUG, "--rulebook", draft(STRICTER), "--months", "3")
    assert (code, err) == (0, "")
    assert "2026-09 … 2026-10" in out
    assert "Закрытых месяцев пока 2." in out
    [total] = [line for line in out.splitlines() if line.strip().startswith("Итого")]
    assert total.split() == ["Итого", "2", "1", "326", "974", "1", "154", "170", "−172", "804"]
    first = next(line for line in out.splitlines() if "полная →" in line)
    assert " ".join(first.split()) == "2026-09 Асель Нурова 84 → 84 полная → 203 417 152 563 −50 854"
    flat = " ".join(out.split())
    assert "Выиграли бы: 1, проиграли бы: 2, без изменений: 0." in flat
    assert "Фонд переменной части снизился бы на 172 804 ₸." in flat
    assert [ledger.month_evidence(SLUG, month) for month in (SEPTEMBER, OCTOBER)] == before


@pytest.fixture
def no_google(monkeypatch):
    """Whoever opens Google (or the emulator) fails."""

    def refuse(*_args, **_named):
        raise AssertionError("what-if calls nobody")

    monkeypatch.setattr("operations.world.services.open_services", refuse)


def contents(life):
    """Every row of every table."""
    with closing(sqlite3.connect(life.services.settings.home / "ledger.sqlite")) as db:
        return list(db.iterdump())


@pytest.mark.usefixtures("no_google")
def test_nothing_is_called_and_no_row_of_the_ledger_changes(life, draft, run):
    before = contents(life)
    code, _, _ = run(SLUG, "--rulebook", draft(STRICTER), "--months", "3")
    assert code == 0
    assert contents(life) == before


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        ("= draft", "не читается как TOML (строка 1, столбец 1)", "rulebook.toml"),
        (
            RULES.replace("weight_percent = 40", "weight_percent = 45", 1),
            "дают вместе 105 %",
            "вместе вышло 100 %",
        ),
        (RULES.replace('name = "b2b"', ""), "name: не заполнено", "rulebook.toml"),
    ],
)
def test_an_unusable_draft_is_refused_with_its_place_and_the_remedy(life, draft, text, what, remedy):
    with pytest.raises(RefusedError) as refused:
        compare(life.services.ledger, SLUG, draft(text), 3)
    assert what in what_of(refused)
    assert remedy in remedy_of(refused)


def test_a_draft_for_other_inputs_is_refused(life, draft):
    reports = RULES.replace('inputs = "deals"', 'inputs = "reports"')
    assert tomllib.loads(reports)["inputs"] == "reports"
    with pytest.raises(RefusedError, match=r"reports.*deals"):
        compare(life.services.ledger, SLUG, draft(reports), 3)


def test_a_month_that_a_newer_program_sealed_is_refused(life, draft, monkeypatch):
    monkeypatch.setattr("kpi_rules.records.months.MONTH", RecordKind("sealed month"))
    with pytest.raises(NewerFormError):
        compare(life.services.ledger, SLUG, draft(STRICTER), 3)


def test_a_client_without_closed_months_is_told_what_to_do(tmp_path_factory, tmp_path, draft):
    with copy_of("open", tmp_path_factory.getbasetemp(), tmp_path / "home") as life:
        assert life.services.ledger.month(SLUG, Month(2026, 9)) is not None
        with tells(RefusedError, "нет закрытых месяцев") as refused:
            compare(life.services.ledger, SLUG, draft(STRICTER), 3)
    assert "kpi month close" in remedy_of(refused)


@pytest.mark.parametrize(
    ("client", "file", "words"),
    [("nobody", "draft.toml", "Клиента «nobody» нет"), (SLUG, "gone.toml", "gone.toml нет")],
)
def test_an_unknown_client_or_file_is_one_sentence(run, draft, tmp_path, client, file, words):
    draft(STRICTER)
    code, out, err = run(client, "--rulebook", tmp_path / file)
    assert (code, out) == (1, "")
    assert words in err
    assert "Что делать:" in err
