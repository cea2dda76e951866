"""An archive keeps the rows that concern its month, and rules and plan as they froze (behaviour §3)."""

from datetime import date, datetime

from operations.months.closing import close_month
from operations.verifying.verifying import verify_client
from tests.contract.client_life import (
    HEAD,
    MANAGERS,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    SLUG,
    mark_rows,
    serial,
)


def archived(life, title, month=OCTOBER):
    archive_id = life.services.ledger.step(SLUG, month, "archive")["file_id"]
    return life.cells(archive_id, title)


def test_of_each_input_tab_there_are_the_rows_of_the_month(sealed):
    life = sealed
    at = serial(datetime(2026, 11, 3, 10))  # noqa: DTZ001  # as in a cell
    life.enter(MANAGERS[0], "deals", [[21, at, "M01", "ТОО «Жетісу»", "Сайт", at, "В работе"]], 22)
    away = [["M01", serial(date(2026, month, 20)), serial(date(2026, month, 21))] for month in (9, 10, 11)]
    life.enter(HEAD, "absences", away)
    asked = [[1, "2026-09", "M01", "Не та сумма", "Верно", True], [2, "2026-10", "M01", "А", "Б", True]]
    life.enter(HEAD, "objections", asked)
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")

    deals = archived(life, "Сделки")
    assert [row[0] for row in deals] == ["№", *range(11, 21)]
    assert [row[1] for row in archived(life, "План")[1:]] == ["M01", "M02"]
    assert {row[0] for row in archived(life, "План")[1:]} == {serial(OCTOBER.first_on)}
    assert [row[1] for row in archived(life, "Отсутствия")[1:]] == [serial(date(2026, 10, 20))]
    assert [row[0] for row in archived(life, "Возражения")[1:]] == [2]
    assert len(archived(life, "Дисциплина")) == 1 + len(mark_rows(OCTOBER))
    assert len(archived(life, "Сотрудники")) == 4
    assert len(archived(life, "Настройки")) == len(life.cells(life.workbook_id, "Настройки"))
    assert verify_client(SLUG, life.services).intact


def test_rules_and_plan_stand_there_as_they_froze(sealed):
    life = sealed
    rules = life.cells(life.workbook_id, "Правила")
    life.enter(HEAD, "plan", [[serial(OCTOBER.first_on), "M01", 9_000_000]], 4)
    life.enter(HEAD, "rules", [[0.5]], 2, rules[0].index("Вес, %"))
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")

    assert archived(life, "План")[1] == [serial(OCTOBER.first_on), "M01", 1_000_000, 0.25, 1_000_000, 5, 15]
    assert archived(life, "Правила") == rules
