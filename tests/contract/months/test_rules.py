"""`kpi rules`: what a version changes, told in words; the draft that it writes is the rules themselves."""

from datetime import date

import pytest

from kpi_rules.errors import RefusedError
from kpi_rules.time.periods import Month
from operations.files.scoring import read_rulebook
from operations.months.opening import open_month
from operations.months.rules import changed_rules, compare_rules, export_rules, rules_of_month
from tests.contract.client_life import (
    HEAD,
    NOVEMBER,
    OCTOBER,
    OCTOBER_OPENED_AT,
    SEPTEMBER,
    SLUG,
    serial,
)
from tests.telling import tells

WEIGHT = 6
"""The column of «Вес, %» on «Правила», counted from 0; its first row is the managers' plan."""


@pytest.fixture
def life(opened):
    """September is open; the head gives the managers other weights from October on."""
    rows = opened.cells(opened.workbook_id, "Правила")[1:]
    later = [[serial(date(2026, 10, 1)), *row[1:11]] for row in rows if row[1] == "менеджер"]
    for row, weight in zip(later, (0.3, 0.3, 0.2, 0.2), strict=True):
        row[WEIGHT] = weight
    opened.enter(HEAD, "rules", later, row=2 + len(rows))
    return opened


@pytest.fixture
def run(command, monkeypatch, life):
    """Run one command line: exit code, what was printed, what was complained."""
    monkeypatch.setenv("KPI_HOME", str(life.services.settings.home))

    def run_once(*arguments):
        code, out, err = command(*arguments, width=140)
        return code, out, " ".join(err.split())

    return run_once


TOLD = (
    "менеджеры, «Выручка»: вес 40 → 30 %",
    "менеджеры, «Конверсия в сделку»: вес 20 → 30 %",
)


def lower(sentences):
    return tuple(sentence.lower() for sentence in sentences)


def test_the_rules_of_two_months_are_told_apart_in_words(life, run):
    found = compare_rules(SLUG, SEPTEMBER, OCTOBER, life.services)
    assert lower(found.told) == lower(TOLD)
    assert compare_rules(SLUG, OCTOBER, NOVEMBER, life.services).told == ()
    code, shown, _ = run("rules", "diff", SLUG, SEPTEMBER, OCTOBER)
    assert code == 0
    assert all(sentence.lower() in shown.lower() for sentence in TOLD)
    code, shown, _ = run("rules", "diff", SLUG, OCTOBER, NOVEMBER)
    assert "Различий нет." in shown


def test_a_month_that_opens_with_other_rules_says_so(life):
    assert changed_rules(SLUG, SEPTEMBER, life.services) == ()
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, life.services)
    assert lower(changed_rules(SLUG, OCTOBER, life.services)) == lower(TOLD)


def test_a_draft_is_written_from_a_month_and_held_against_it(life, run, tmp_path):
    path = tmp_path / "draft.toml"
    code, _, _ = run("rules", "export", SLUG, OCTOBER, path)
    assert code == 0
    assert read_rulebook(path) == rules_of_month(SLUG, OCTOBER, life.services)
    assert compare_rules(SLUG, OCTOBER, path, life.services).told == ()
    path.write_text(path.read_text("utf-8").replace("from_percent = 80", "from_percent = 85"), "utf-8")
    code, shown, _ = run("rules", "diff", SLUG, OCTOBER, "--rulebook", path)
    assert code == 0
    assert "от 80 → от 85 %" in shown
    with tells(RefusedError, "уже есть"):
        export_rules(SLUG, OCTOBER, path, life.services)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["2026-09"], "с чем сравнить"),
        (["2026-09", "2025-01"], "нет годных правил, которые действуют с января 2025"),
        (["2026-09", "сентябрь"], "не месяц"),
    ],
)
def test_what_can_not_be_compared_is_one_sentence(run, arguments, complaint):
    code, _, said = run("rules", "diff", SLUG, *arguments)
    assert code == 1
    assert complaint in said


def test_the_first_month_of_the_rules_is_named_by_them(life):
    assert rules_of_month(SLUG, OCTOBER, life.services).from_month == OCTOBER
    assert rules_of_month(SLUG, SEPTEMBER, life.services).from_month == Month(2026, 1)
