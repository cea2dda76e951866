"""Each refusal of a close, in a sentence with its place; nothing is half done."""

from datetime import date, timedelta

import pytest

from kpi_rules.errors import ClientUnavailableError
from ledger import LeaseHeld, MonthState, UnknownClientError
from operations.months.opening import open_month
from operations.world.local import WORKER_EMAIL
from sheets_sync.google.answers import nothing_of
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_acts import DONE, IN_REVIEW, at, obstacles_of, refused, state, traces
from tests.contract.client_life import (
    DEAL_ROW,
    HEAD,
    MANAGERS,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    OCTOBER_OPENED_AT,
    OWNER,
    SEPTEMBER,
    SEPTEMBER_OPENED_AT,
    SLUG,
    close_september,
    deal_rows,
    mark_rows,
    serial,
    staff_rows,
)

NOTHING = (MonthState.OPEN, 0, 0, 0, 0, False)


def test_a_month_that_is_not_over_is_not_closed(life):
    assert "ещё не закончился" in refused(life, now=at(30, month=9)).what
    assert traces(life) == NOTHING


def test_a_month_in_its_days_of_late_entry_is_not_closed(life):
    found = refused(life, now=at(5))
    assert "06.10.2026" in found.remedy
    assert traces(life) == NOTHING


def test_a_closed_month_is_not_closed_again(read_only):
    found = refused(read_only)
    assert "уже закрыт" in found.what
    assert traces(read_only) == DONE


def test_a_month_that_never_opened_is_not_closed(life):
    found = refused(life, OCTOBER, OCTOBER_CLOSED_AT)
    assert "не открыт" in found.what
    assert life.services.ledger.month(SLUG, OCTOBER) is None


def test_an_unknown_client_is_named(life):
    assert "nobody" in str(refused(life, error=UnknownClientError, slug="nobody"))


def test_months_close_in_their_order(life):
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, life.services)
    assert "раньше" in refused(life, OCTOBER, OCTOBER_CLOSED_AT).what
    assert traces(life, OCTOBER) == NOTHING


def test_a_month_without_a_plan_is_not_closed(deployed):
    deployed.enter(HEAD, "staff", staff_rows())
    open_month(SLUG, SEPTEMBER, SEPTEMBER_OPENED_AT, deployed.services)
    deployed.enter(MANAGERS[0], "deals", deal_rows(SEPTEMBER))
    deployed.enter(HEAD, "discipline", mark_rows(SEPTEMBER))
    found = refused(deployed)
    assert "«План»" in found.what
    assert traces(deployed) == IN_REVIEW


@pytest.mark.parametrize(
    ("row", "column", "value", "cell"),
    [(DEAL_ROW, 7, "много", "H2"), (DEAL_ROW, 9, None, ""), (DEAL_ROW, 7, "1.250", "H2"), (DEAL_ROW, 6, "Отказ", "G2")],
)  # fmt: skip
def test_a_month_with_a_blocking_row_is_not_closed_and_says_where(life, row, column, value, cell):
    life.enter(MANAGERS[0], "deals", [[value]], row=row, column=column)
    if value is None:  # a deal that is not paid is no obstacle, it does not count
        life.enter(MANAGERS[0], "deals", [["много"]], row=row, column=1)
        cell = "B2"
    found = refused(life)
    assert f"«Сделки» {cell}" in found.what
    assert traces(life) == IN_REVIEW


def test_a_doubled_header_never_lets_a_month_close_with_its_column_unread(life):
    life.enter(MANAGERS[0], "deals", [["Сумма, ₸"]], row=1, column=0)
    refused(life)
    assert traces(life) == IN_REVIEW


def test_many_obstacles_are_named_by_three_and_counted(life):
    life.enter(MANAGERS[0], "deals", [["много"]] * 5, row=DEAL_ROW, column=1)
    found = refused(life)
    assert found.what.count("«Сделки»") == 3
    assert "и ещё" in found.what


@pytest.mark.parametrize("tab", ["deals", "discipline", "staff"])
def test_a_month_whose_input_tab_is_gone_is_not_closed(life, tab):
    life.services.creator.gateway.apply(
        life.workbook_id, [{"deleteSheet": {"sheetId": sheet_id("workbook", tab)}}]
    )
    refused(life)
    assert traces(life) == IN_REVIEW


def test_a_missing_salary_is_no_silent_zero(life):
    life.enter(HEAD, "salaries", [[None, None, None, None]], row=3)
    assert "Оклады" in refused(life).what
    assert traces(life) == IN_REVIEW


def test_the_heads_own_salary_needs_the_owners_tick(life):
    life.enter(OWNER, "salaries", [[False]], row=4, column=4)
    assert "Оклады" in refused(life).what
    life.enter(OWNER, "salaries", [[True]], row=4, column=4)
    assert close_september(life).seal_number == 1


@pytest.mark.parametrize("part", ["workbook", "payroll"])
def test_a_file_that_is_gone_before_the_close_leaves_nothing_half_done(life, part):
    client = life.client
    file_id = client.workbook_id if part == "workbook" else client.payroll_id
    life.services.creator.drive._gateway.send(
        "delete", f"https://www.googleapis.com/drive/v3/files/{file_id}", "удалить", nothing_of
    )
    found = refused(life, error=ClientUnavailableError)
    assert found.what.count(".") == 1
    assert state(life) is MonthState.OPEN
    assert life.services.ledger.snapshot(SLUG, SEPTEMBER) is None


def withdraw(life, file_id):
    drive = life.services.creator.drive
    [permission] = [item for item in drive.permissions(file_id) if item["emailAddress"] == WORKER_EMAIL]
    drive.revoke(file_id, permission["id"])


def test_access_withdrawn_in_the_middle_is_told_and_the_close_goes_on_when_it_is_back(life):
    def withdraw_before_the_first_write(kind):
        if kind == "write":
            life.on_call = lambda _kind: None
            withdraw(life, life.workbook_id)

    life.on_call = withdraw_before_the_first_write
    refused(life, error=ClientUnavailableError)
    assert life.services.ledger.snapshot(SLUG, SEPTEMBER) is not None
    assert traces(life)[1:5] == (0, 0, 0, 0)
    life.services.creator.drive.grant(life.workbook_id, WORKER_EMAIL, "writer")
    assert close_september(life).seal_number == 1
    assert traces(life) == DONE


def test_a_strangers_tab_in_the_place_of_the_payroll_is_refused_by_its_name(life):
    own = {"addSheet": {"properties": {"title": "2026-09"}}}
    life.as_person(HEAD).gateway.apply(life.payroll_id, [own])
    assert "2026-09" in refused(life).what
    rename = {"sheetId": life.sheets(life.payroll_id)[-1]["properties"]["sheetId"], "title": "Черновик"}
    life.as_person(HEAD).gateway.apply(
        life.payroll_id, [{"updateSheetProperties": {"properties": rename, "fields": "title"}}]
    )
    assert close_september(life).seal_number == 1
    assert traces(life) == DONE


def test_two_closers_cannot_interleave(life):
    ledger, clock = life.services.ledger, life.services.clock
    lease = ledger.lease(SLUG, SEPTEMBER, "another machine 1 x y", clock(), timedelta(minutes=15))
    refused(life, error=LeaseHeld)
    assert traces(life) == NOTHING
    ledger.release(lease)
    assert close_september(life).seal_number == 1


@pytest.mark.parametrize("typed", [187_301, "187 301", "187.301,50 ₸", "-187301 тг."])
def test_pay_that_slipped_into_another_column_is_in_no_obstacle(life, typed):
    """Obstacles come into errors and logs; which cell it is stands there all the same."""
    life.enter(HEAD, "salaries", [[typed, None, "M01", 1]], row=5)
    life.enter(
        HEAD, "corrections", [["1", typed, typed, "M01", "x"], ["2", serial(date(2026, 8, 1)), "M77", 5, "x"]]
    )
    told = obstacles_of(life)
    assert "187" not in "".join(told)
    assert [one.split(":")[0] for one in told if "…" in one] == [
        "«Оклады» A5",
        "«Оклады» C5",
        "«Корректировки» B2",
        "«Корректировки» C2",
        "«Корректировки» D2",
    ]
    assert any("M77" in one for one in told)
