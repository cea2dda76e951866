"""What people object to and decide before a close, and what becomes of it."""

from datetime import date

import pytest

from tests.contract.client_acts import IN_REVIEW, OBJECTION, payroll_lines, refused, traces
from tests.contract.client_life import (
    DEAL_ROW,
    HEAD,
    MANAGERS,
    SLUG,
    close_september,
    serial,
)


@pytest.mark.parametrize(
    ("answer", "closes"),
    [([None, False], False), (["Проверили", False], False), ([None, True], False), (["Проверили", True], True)],
)  # fmt: skip
def test_an_objection_blocks_until_it_is_answered_and_resolved(life, answer, closes):
    life.enter(MANAGERS[1], "objections", [OBJECTION])
    life.enter(HEAD, "objections", [answer], column=4)
    if closes:
        assert close_september(life).seal_number == 1
    else:
        assert "возражение № 1" in refused(life).what
        assert traces(life) == IN_REVIEW


def test_an_objection_to_another_month_blocks_nothing(life):
    life.enter(MANAGERS[1], "objections", [["1", "2026-08", "M02", "Давно"]])
    assert close_september(life).seal_number == 1


def few_marks(life):
    """M02 has marks on 17 of 22 days: below 80 %."""
    rows = life.cells(life.workbook_id, "Дисциплина")
    last = [index for index, row in enumerate(rows, start=1) if row[1] == "M02"][-3:]
    for row in last:
        life.enter(HEAD, "discipline", [[None] * 9], row=row)


DECISION = ["2026-09", "M02", "discipline", "неприменимо", "Болел, отметок не вели"]


def test_a_decision_of_the_head_approved_by_the_owner_unblocks(life):
    """Without the marks 100/80 of 28 + 16 + 16 = 75; the head's marks are M01's alone: 30.8 + 16 + 20 + 18 = 84.8."""
    few_marks(life)
    assert "Дисциплин" in refused(life).what
    life.enter(HEAD, "decisions", [DECISION])
    refused(life)
    life.approve("decisions", 5, 1)
    assert close_september(life).seal_number == 1
    lines = payroll_lines(life)
    assert (lines["M02"]["KPI, %"], lines["M02"]["Ступень"]) == (0.75, "сниженная")
    assert lines["R01"]["KPI, %"] == 0.85
    [seal] = life.services.ledger.seals(SLUG)
    [decision] = seal.record["inputs"]["decisions"]
    assert "Болел, отметок не вели" in str(decision)


def test_a_decision_of_zero_takes_the_points(life):
    """28 + 16 + 16 + 0 = 60: base pay only."""
    few_marks(life)
    life.enter(HEAD, "decisions", [["2026-09", "M02", "discipline", "ноль", "Не вёл CRM"]])
    life.approve("decisions", 5, 1)
    close_september(life)
    line = payroll_lines(life)["M02"]
    assert (line["KPI, %"], line["Переменная начислена"], line["Итого"]) == (0.6, 0, 191_503)


def test_an_excluded_row_is_left_out(life):
    life.enter(MANAGERS[0], "deals", [["много"]], row=DEAL_ROW + 1, column=7)
    life.enter(MANAGERS[0], "deals", [["Сделка"]], row=DEAL_ROW + 1, column=6)
    life.enter(MANAGERS[0], "deals", [[serial(date(2026, 9, 15))]], row=DEAL_ROW + 1, column=9)
    assert "H3" in refused(life).what
    life.enter(HEAD, "decisions", [["2026-09", "M01", "2", "исключить строку", "Ошибочная запись"]])
    life.approve("decisions", 5, 1)
    close_september(life)
    # one lead fewer: conversion 1/4 = the target, 20 points: 33.6 + 20 + 16.8 + 18 = 88.4
    assert payroll_lines(life)["M01"]["KPI, %"] == 0.88
