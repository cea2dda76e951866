"""Corrections are paid once, forward, and with the owner's approval."""

from datetime import date

from operations.months.closing import close_month
from operations.months.opening import open_month
from operations.verifying.verifying import verify_client
from tests.contract.client_acts import TICK, at, payroll_lines, ready
from tests.contract.client_life import (
    HEAD,
    MANAGERS,
    NOVEMBER,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    OCTOBER_OPENED_AT,
    SEPTEMBER,
    SLUG,
    close_september,
    deal_rows,
    fill_october,
    mark_rows,
    plan_rows,
    serial,
)


def correct(life, *rows):
    life.enter(HEAD, "corrections", [list(row) for row in rows])
    life.approve("corrections", 5, len(rows))


def test_a_correction_is_paid_once_forward_and_a_negative_one_is_carried(sealed):
    """October: M01 +15 007; M02 −250 000 takes his 105 959, 144 041 go on to November."""
    correct(
        sealed,
        ("1", "2026-09", "M01", 15_007, "Сделка № 2 оплачена"),
        ("2", "2026-09", "M02", -250_000, "Возврат"),
    )
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, sealed.services, "РОП")
    lines = payroll_lines(sealed, OCTOBER)
    assert (lines["M01"]["Корректировки"], lines["M01"]["Итого"]) == (15_007, 390_718 + 15_007)
    assert "Сделка № 2 оплачена" in lines["M01"]["Основание корректировок"]
    assert (lines["M02"]["Корректировки"], lines["M02"]["Перенос"]) == (-250_000, 144_041)
    assert lines["M02"]["Итого"] == 191_503, "the base salary is never touched"
    assert sealed.services.ledger.carried(SLUG) == {"M02": -14_404_100}
    assert sealed.services.ledger.paid_corrections(SLUG) == {"1", "2"}
    assert lines["Итого"]["Итого"] == 405_725 + 191_503 + 665_318
    for line in (lines["M01"], lines["M02"], lines["R01"]):
        parts = ("Оклад начислен", "Переменная начислена", "Корректировки", "Перенос")
        assert sum(line[part] for part in parts) == line["Итого"]


def fill_november(life):
    deals = 2 * len(deal_rows(SEPTEMBER))
    marks = len(mark_rows(SEPTEMBER)) + len(mark_rows(OCTOBER))
    life.enter(MANAGERS[0], "deals", deal_rows(NOVEMBER, deals + 1), row=2 + deals)
    life.enter(HEAD, "discipline", mark_rows(NOVEMBER), row=2 + marks)


def test_what_was_paid_is_not_paid_again_and_what_was_carried_is_taken(sealed):
    correct(sealed, ("1", "2026-09", "M01", 15_007, "Сделка"), ("2", "2026-09", "M02", -120_000, "Возврат"))
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, sealed.services, "РОП")
    assert sealed.services.ledger.carried(SLUG) == {"M02": -1_404_100}  # 120 000 − 105 959 = 14 041
    sealed.enter(HEAD, "plan", plan_rows(NOVEMBER), row=6)
    open_month(SLUG, NOVEMBER, at(2, month=11), sealed.services)
    fill_november(sealed)
    close_month(SLUG, NOVEMBER, at(4, month=12), sealed.services, "РОП")
    lines = payroll_lines(sealed, NOVEMBER)
    assert (lines["M01"]["Корректировки"], lines["M01"]["Итого"]) == (0, 390_718)
    assert (lines["M02"]["Корректировки"], lines["M02"]["Перенос"]) == (0, -14_041)
    assert lines["M02"]["Итого"] == 297_462 - 14_041
    assert sealed.services.ledger.carried(SLUG) == {}


def test_a_correction_that_the_owner_has_not_approved_is_not_paid(sealed):
    sealed.enter(HEAD, "corrections", [["1", "2026-09", "M01", 15_007, "Сделка"]])
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, sealed.services, "РОП")
    assert payroll_lines(sealed, OCTOBER)["M01"]["Корректировки"] == 0
    assert sealed.services.ledger.paid_corrections(SLUG) == set()


def test_a_paid_correction_changed_later_is_told_and_paid_no_second_time(life):
    for_month = serial(date(2026, 8, 1))
    life.enter(HEAD, "corrections", [["1", for_month, "M01", 10_000, "премия"]])
    life.approve("corrections", TICK["corrections"], 1)
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, life.services)
    close_september(life)
    fill_october(life)
    assert verify_client(SLUG, life.services).findings == ()
    life.enter(HEAD, "corrections", [["1", for_month, "M01", 90_000, "премия"]])
    found = ready(life, OCTOBER, OCTOBER_CLOSED_AT)
    assert found.obstacles == ()
    assert "paid_correction_changed" in [problem.code for problem in found.facts.results.problems]
    [finding] = verify_client(SLUG, life.services).findings
    assert (finding.code, finding.month) == ("paid_correction_changed", "2026-09")
    assert (finding.sealed, finding.present) == ("M01 2026-08 10000 премия", "M01 2026-08 90000 премия")
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
