"""`kpi month correct`: one row of «Корректировки» on a named person's command, paid once, in the next close."""

import json
from dataclasses import replace

import pytest

from kpi_rules.errors import RefusedError, RetryableError
from kpi_rules.time.periods import Month
from operations.months.closing import close_month
from operations.months.correcting import correct_month
from operations.months.correction_rows import WantedCorrection
from operations.verifying.verifying import verify_client
from sheets_emulator.serving.faults import Strike
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_acts import people_become
from tests.contract.client_life import (
    HEAD,
    MANAGERS,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    OWNER,
    SEPTEMBER,
    SLUG,
    TOTALS,
    serial,
)
from tests.telling import tells, what_of

M02_DEAL_ROW = 7
NOW = OCTOBER_CLOSED_AT
WANTED = WantedCorrection("M01", 15_007_00, "Сделка № 2 оплачена", by="Ирина, консультант", approver=OWNER)


@pytest.fixture
def life(sealed):
    """September is sealed; October is open and filled in."""
    return sealed


def correct(life, month=SEPTEMBER, **changes):
    return correct_month(SLUG, month, replace(WANTED, **changes), NOW, life.services)


def refused(life, month=SEPTEMBER, **changes):
    before = rows(life)
    with pytest.raises(RefusedError) as told:
        correct(life, month, **changes)
    assert rows(life) == before
    assert life.services.ledger.acknowledged(SLUG, "correction") == {}
    return what_of(told)


def rows(life):
    return life.cells(life.payroll_id, "Корректировки")[1:]


def paid(life, month=OCTOBER):
    """The lines of a payroll tab by code."""
    cells = life.cells(life.payroll_id, str(month))
    return {row[1]: dict(zip(cells[1], row, strict=False)) for row in cells[2:] if len(row) > 1 and row[1]}


def test_the_row_is_written_paid_once_and_printed_with_its_reason(life):
    entered = correct(life)
    assert (entered.number, entered.code, entered.approved, entered.already) == ("1", "M01", True, False)
    assert entered.place == "«Корректировки» A2"
    assert rows(life) == [[1, serial(SEPTEMBER.first_on), "M01", 15_007, "Сделка № 2 оплачена", True]]
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
    line = paid(life)["M01"]
    assert (line["Корректировки"], line["Итого"]) == (15_007, TOTALS["M01"] + 15_007)
    assert "№ 1 за сентябрь 2026" in line["Основание корректировок"]
    assert "Сделка № 2 оплачена" in line["Основание корректировок"]
    assert life.services.ledger.paid_corrections(SLUG) == {"1"}
    assert verify_client(SLUG, life.services).intact


def test_the_command_is_logged_with_who_and_for_whom(life, caplog):
    caplog.set_level("INFO")
    correct(life)
    [(number, note)] = life.services.ledger.acknowledged(SLUG, "correction").items()
    assert number == "1"
    assert json.loads(note.by) == {
        "form": 1,
        "by": "Ирина, консультант",
        "approved_by": OWNER,
        "late_edits": False,
        "month": "2026-09",
        "code": "M01",
        "amount_tiyn": 1_500_700,
        "reason": "Сделка № 2 оплачена",
    }
    assert "Ирина" in caplog.text
    assert "15007" not in caplog.text.replace(" ", "").replace("\N{NO-BREAK SPACE}", "")


def test_without_an_approver_it_waits_for_the_owners_tick(life):
    assert not correct(life, approver=None).approved
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
    assert paid(life)["M01"]["Корректировки"] == 0


def test_the_owners_own_tick_is_as_good(life):
    correct(life, approver=None)
    life.approve("corrections", 5, 1)
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
    assert paid(life)["M01"]["Корректировки"] == 15_007


def test_the_same_again_adds_nothing(life):
    correct(life)
    again = correct(life)
    assert (again.number, again.already) == ("1", True)
    assert len(rows(life)) == 1
    assert correct(life, reason="Ещё одна сделка").number == "2"
    assert len(rows(life)) == 2


def test_what_was_paid_is_not_entered_anew_when_its_row_was_taken_out(life):
    correct(life)
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
    life.enter(HEAD, "corrections", [[None] * 5], row=2)
    with tells(RefusedError, "уже выплачена: № 1"):
        correct(life)
    life.enter(HEAD, "corrections", [[1, serial(SEPTEMBER.first_on), "M01", 15_007, WANTED.reason]])
    assert correct(life).already


def test_the_same_again_takes_a_new_number_where_its_row_says_something_else_now(life):
    correct(life, approver=None)
    life.enter(HEAD, "corrections", [[12_000]], row=2, column=3)
    assert correct(life, approver=None).number == "2"
    assert [(row[0], row[3]) for row in rows(life)] == [(1, 12_000), (2, 15_007)]


def test_a_number_is_free_in_the_book_and_among_the_paid_ones(life):
    life.enter(HEAD, "corrections", [["K", "2026-09", "M02", 5, "x"], [7, "2026-09", "M02", 6, "y"]])
    assert correct(life).number == "8"


def test_the_clients_own_columns_are_left_alone(life):
    """The client put two columns of his own between ours."""
    covered = {"sheetId": sheet_id("payroll", "corrections"), "dimension": "COLUMNS"}
    insert = {"insertDimension": {"range": {**covered, "startIndex": 2, "endIndex": 4}}}
    life.services.creator.gateway.apply(life.payroll_id, [insert])
    life.enter(HEAD, "corrections", [["Звонил", "Ещё"]], row=1, column=2)
    entered = correct(life)
    cells = life.cells(life.payroll_id, "Корректировки")
    found = dict(zip(cells[0], cells[1], strict=False))
    assert (found["Код"], found["Сумма, ₸"], found["Утверждено"]) == ("M01", 15_007, True)
    assert (found["Основание"], found["Звонил"]) == ("Сделка № 2 оплачена", "")
    assert entered.approved


def test_a_reason_that_looks_like_a_formula_stays_a_text(life):
    reason = '=IMPORTRANGE("x";"A1")'
    correct(life, reason=reason)
    fields = "data(rowData(values(userEnteredValue)))"
    [tab] = [
        sheet
        for sheet in life.sheets(life.payroll_id, f"properties(title),{fields}")
        if sheet["properties"]["title"] == "Корректировки"
    ]
    cell = tab["data"][0]["rowData"][1]["values"][4]
    assert cell["userEnteredValue"] == {"stringValue": reason}


# ---- late edits
def test_late_edits_come_to_their_difference_once(life):
    """M02 with 900 000: 88 points instead of 76: his other half, 105 959."""
    life.enter(MANAGERS[1], "deals", [[900_000]], row=M02_DEAL_ROW, column=7)
    entered = correct(life, employee="Марат Жумабаев", amount_tiyn=None)
    assert (entered.code, entered.amount_tiyn) == ("M02", 105_959_00)
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
    assert paid(life)["M02"]["Корректировки"] == 105_959
    with tells(RefusedError, "уже учтена: № 1"):
        correct(life, employee="M02", amount_tiyn=None, reason="ещё раз")


def test_a_second_late_edit_comes_to_what_is_still_missing(life):
    """Back to 700 000 the difference is gone: what was entered is taken back."""
    life.enter(MANAGERS[1], "deals", [[900_000]], row=M02_DEAL_ROW, column=7)
    correct(life, employee="M02", amount_tiyn=None)
    life.enter(MANAGERS[1], "deals", [[690_000]], row=M02_DEAL_ROW, column=7)
    # 27.6 + 16 + 15.77 + 16 = 75.37: still half, so nothing but what was entered is to go back.
    entered = correct(life, employee="M02", amount_tiyn=None, reason="возврат разницы")
    assert entered.amount_tiyn == -105_959_00


def test_without_late_edits_or_without_a_difference_there_is_nothing_to_enter(life):
    assert "нет" in refused(life, amount_tiyn=None)
    life.enter(MANAGERS[1], "deals", [[900_000]], row=M02_DEAL_ROW, column=7)
    assert "разницы в выплате нет" in refused(life, amount_tiyn=None)


def test_of_a_late_edit_that_cannot_be_read_no_difference_is_guessed(life):
    life.enter(MANAGERS[1], "deals", [["сто тысяч"]], row=M02_DEAL_ROW, column=7)
    assert "результат M02 неизвестен" in refused(life, employee="M02", amount_tiyn=None)
    assert "разницы в выплате нет" in refused(life, amount_tiyn=None)


# ---- who may approve
def test_only_the_owner_approves(life):
    assert "не собственник" in refused(life, approver=HEAD)
    assert "не собственник" in refused(life, approver="x@y.kz")


def test_nobody_approves_his_own_pay(life):
    """The owner sells too: his own e-mail stands in «Сотрудники» now."""
    life.enter(HEAD, "staff", [[OWNER]], row=2, column=2)
    assert "не утверждает никто" in refused(life)
    assert correct(life, employee="M02").approved


def test_the_head_who_is_the_owner_does_not_approve_his_own(life):
    people_become(life, owner_email=HEAD)
    assert "не утверждает никто" in refused(life, employee="R01", approver=HEAD)
    assert correct(life, employee="M01", approver=HEAD).approved


# ---- bad input
def test_a_month_that_is_not_closed_is_mended_in_its_data(life):
    assert "не закрыт" in refused(life, OCTOBER)
    assert "не закрыт" in refused(life, Month(2030, 1))


def test_a_shadow_month_is_paid_by_the_old_scheme(life, monkeypatch):
    shadow = replace(life.services.ledger.month(SLUG, SEPTEMBER), shadow=True)
    monkeypatch.setattr(type(life.services.ledger), "month", lambda *_: shadow)
    assert "теневым" in refused(life)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"employee": "M99"}, "нет"),
        ({"employee": ""}, "нет"),
        ({"reason": "  \n "}, "основания"),
        ({"reason": "а" * 501}, "500"),
        ({"amount_tiyn": 0}, "0 ₸"),
        ({"amount_tiyn": -49}, "0 ₸"),
    ],
)
def test_what_cannot_be_entered_is_one_sentence(life, changes, word):
    assert word in refused(life, **changes)


def test_a_column_that_is_gone_is_named(life):
    life.enter(OWNER, "corrections", [["Прочее"]], row=1, column=5)
    assert "Утверждено" in refused(life)


# ---- cut off
def test_an_answer_that_was_lost_does_not_add_the_row_twice(life):
    """Google wrote the row and answered 503."""
    life.strike(Strike(kind="error_after", path="batchUpdate"))
    assert correct(life).number == "1"
    assert len(rows(life)) == 1


def test_a_command_cut_off_before_its_row_finds_its_number_again(life):
    def cut(kind):
        if kind == "write":
            raise KeyboardInterrupt

    life.on_call = cut
    with pytest.raises(KeyboardInterrupt):
        correct(life)
    life.on_call = lambda _kind: None
    assert rows(life) == []
    assert correct(life).number == "1"
    assert len(rows(life)) == 1
    assert set(life.services.ledger.acknowledged(SLUG, "correction")) == {"1"}


def test_google_refusing_the_row_leaves_no_row(life):
    life.strike(Strike(kind="error_before", path="batchUpdate", status=429, times=100))
    with pytest.raises(RetryableError):
        correct(life)
    life.strike()
    assert rows(life) == []
    assert correct(life).number == "1"
