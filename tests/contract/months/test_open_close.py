"""The life of a month over real HTTP: opened, dozed over, closed once, paid once; and each refusal in a sentence."""

from datetime import date, datetime, timedelta

import pytest

from kpi_rules.time.periods import ALMATY, Month
from ledger import FrozenKind, LeaseHeld, MonthState, UnknownClientError, check_chain, export_seal
from operations.clients.deploy import deploy_client
from operations.months.closing import close_due, close_month
from operations.months.opening import open_due, open_month
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from operations.world.local import WORKER_EMAIL
from operations.world.telling import told
from sheets_sync.errors import ClientUnavailableError, IntegrityError, RefusedError
from sheets_sync.google.answers import nothing_of
from sheets_sync.schema.sheet_ids import sheet_id
from tests.contract.client_life import (
    DEAL_ROW,
    DEPLOYED_AT,
    HEAD,
    MANAGERS,
    NOVEMBER,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    OCTOBER_OPENED_AT,
    OWNER,
    PAID_VARIABLE,
    SALARIES,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SEPTEMBER_OPENED_AT,
    SLUG,
    TOTALS,
    close_september,
    copy_of,
    deal_rows,
    fill_october,
    fill_september,
    mark_rows,
    new_client,
    plan_rows,
    serial,
    staff_rows,
)
from tests.telling import remedy_of, tells, what_of

AUGUST = Month(2026, 8)


def at(day, hour=10, month=10):
    return datetime(2026, month, day, hour, tzinfo=ALMATY)


@pytest.fixture(scope="module")
def read_only(tmp_path_factory):
    """September is sealed; for tests that only read."""
    with copy_of("closed", tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("sealed")) as life:
        yield life


def state(life, month=SEPTEMBER):
    found = life.services.ledger.month(SLUG, month)
    return found.state if found else None


def payroll_lines(life, month=SEPTEMBER):
    """The payroll tab as dictionaries by column header, keyed by code; «Итого» is the total row."""
    _, headers, *rows = life.cells(life.payroll_id, str(month))
    lines = [dict(zip(headers, row, strict=False)) for row in rows if row]
    return {line["Код"] or line["Период"]: line for line in lines if line.get("Валюта") == "KZT"}


def titles(life, file_id):
    return [sheet["properties"]["title"] for sheet in life.sheets(file_id)]


def traces(life, month=SEPTEMBER):
    """What a close leaves: states, files, tabs, seals."""
    drive = life.services.creator.drive
    return (
        state(life, month),
        len(drive.find({"tablo_client": SLUG, "tablo_part": "archive", "tablo_month": str(month)})),
        len(drive.find({"tablo_client": SLUG, "tablo_part": "seal", "tablo_month": str(month)})),
        titles(life, life.payroll_id).count(str(month)),
        len([seal for seal in life.services.ledger.seals(SLUG) if seal.month == str(month)]),
        life.services.ledger.snapshot(SLUG, month) is not None,
    )


NOTHING = (MonthState.OPEN, 0, 0, 0, 0, False)
IN_REVIEW = (MonthState.REVIEW, 0, 0, 0, 0, False)
DONE = (MonthState.CLOSED, 1, 1, 1, 1, True)


def refused(life, month=SEPTEMBER, now=SEPTEMBER_CLOSED_AT, error=RefusedError, slug=SLUG):
    with pytest.raises(error) as failed:
        close_month(slug, month, now, life.services, "РОП")
    return told(failed.value)


# ---- open
def test_opening_freezes_rules_calendar_and_the_plan_that_is_there(life):
    ledger = life.services.ledger
    assert state(life) is MonthState.OPEN
    assert set(ledger.frozen(SLUG, SEPTEMBER, FrozenKind.PLAN)) == {"M01", "M02"}
    [rules] = ledger.frozen(SLUG, SEPTEMBER, FrozenKind.RULES).values()
    assert rules["name"] == "b2b"
    assert len(ledger.frozen(SLUG, SEPTEMBER, FrozenKind.CALENDAR)) == 1
    plan = ledger.frozen(SLUG, SEPTEMBER, FrozenKind.PLAN)["M01"]
    assert plan["revenue_tiyn"] == 100_000_000


def test_opening_again_changes_nothing(life):
    before = life.services.ledger.month(SLUG, SEPTEMBER)
    assert open_month(SLUG, SEPTEMBER, at(20, month=9), life.services) == before


@pytest.mark.parametrize(("month", "word"), [(SEPTEMBER, "закрыт"), (AUGUST, "порядку")])
def test_a_closed_or_earlier_month_does_not_open(sealed, month, word):
    with pytest.raises(RefusedError) as failed:
        open_month(SLUG, month, SEPTEMBER_CLOSED_AT, sealed.services)
    assert word in what_of(failed) + remedy_of(failed)


def test_a_month_whose_rules_cannot_be_read_does_not_open_by_half(life):
    life.enter(HEAD, "rules", [["сто"]], row=2, column=6)
    with tells(RefusedError, "Правила"):
        open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, life.services)
    assert life.services.ledger.month(SLUG, OCTOBER) is None
    assert life.services.ledger.frozen(SLUG, OCTOBER, FrozenKind.RULES) == {}


def test_the_running_month_opens_by_itself_on_its_first_working_day(life):
    """31 October is a Saturday, 1 November a Sunday: November opens on the 2nd."""
    assert open_due(SLUG, OCTOBER_OPENED_AT, life.services) == (OCTOBER,)
    assert open_due(SLUG, OCTOBER_OPENED_AT, life.services) == ()
    assert open_due(SLUG, at(1, month=11), life.services) == ()
    assert open_due(SLUG, at(2, month=11), life.services) == (NOVEMBER,)


def test_a_month_whose_plan_is_approved_opens_before_its_first_day(life):
    assert open_due(SLUG, at(25, month=9), life.services) == ()
    life.enter(HEAD, "months", [["2026-10", True, False]])
    assert open_due(SLUG, at(25, month=9), life.services) == (OCTOBER,)


# ---- refusals
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


# ---- objections and decisions
OBJECTION = ["1", "2026-09", "M02", "Сделка № 6 моя"]


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


# ---- what a close leaves
def test_a_close_leaves_one_of_each(read_only):
    assert traces(read_only) == DONE


def test_the_payroll_tab_has_the_figures_worked_out_by_hand(read_only):
    lines = payroll_lines(read_only)
    assert set(lines) == {"M01", "M02", "R01", "Итого"}
    for code, (base, variable) in SALARIES.items():
        line = lines[code]
        assert (line["Норма дней"], line["Отработано"]) == (22, 22)
        assert (line["Оклад"], line["Оклад начислен"]) == (base, base)
        assert (line["Переменная при 100 %"], line["Переменная начислена"]) == (variable, PAID_VARIABLE[code])
        assert (line["Корректировки"], line["Перенос"], line["Итого"]) == (0, 0, TOTALS[code])
        assert line["Версия правил"] == "b2b 2026-01"
    assert [lines[code]["KPI, %"] for code in SALARIES] == [0.84, 0.76, 0.84]
    assert [lines[code]["Коэффициент"] for code in SALARIES] == [1, 0.5, 1]
    assert lines["Итого"]["Оклад начислен"] == 187_301 + 191_503 + 311_207
    assert lines["Итого"]["Переменная начислена"] == 203_417 + 105_959 + 354_111
    assert lines["Итого"]["Итого"] == 390_718 + 297_462 + 665_318


def test_the_seals_fingerprint_is_printed_on_payroll_and_archive(read_only):
    [seal] = read_only.services.ledger.seals(SLUG)
    archive_id = read_only.services.ledger.step(SLUG, SEPTEMBER, "archive")["file_id"]
    for file_id, tab in ((read_only.payroll_id, "2026-09"), (archive_id, "Печать")):
        printed = "\n".join(str(cell) for row in read_only.cells(file_id, tab) for cell in row)
        assert seal.public_key in printed
        assert read_only.services.ledger.last_seal(SLUG).number == 1
        assert any(len(part) == 4 for part in printed.split("-"))


def test_the_archive_is_locked_in_its_folder_and_open_to_readers(read_only):
    archive_id = read_only.services.ledger.step(SLUG, SEPTEMBER, "archive")["file_id"]
    file = read_only.services.creator.drive.file(archive_id)
    assert file.name == "2026-09 KPI — Береке"
    assert file.parents == (read_only.client.folder_id,)
    assert file.read_only
    assert file.copy_requires_writer
    assert file.writers_can_share is False


def test_the_archive_holds_the_snapshots_values_as_values(read_only):
    archive_id = read_only.services.ledger.step(SLUG, SEPTEMBER, "archive")["file_id"]
    record = read_only.services.ledger.snapshot(SLUG, SEPTEMBER).record
    deals = read_only.cells(archive_id, "Сделки")
    assert len(deals) == 11
    assert deals[1][:3] == [1, serial(datetime(2026, 9, 8, 10)), "M01"]  # noqa: DTZ001  # as in a cell
    assert deals[1][6:11] == ["Сделка", 840_000, 420_000, serial(date(2026, 9, 14)), False]
    assert len(record["cells"]["deals"]) == len(deals)
    final = [[cell for cell in row if cell != ""] for row in read_only.cells(archive_id, "Табло")]
    assert ["Марат Жумабаев", 0.76, "сниженная", 0.7] in final
    for sheet in read_only.sheets(
        archive_id, "data(rowData(values(userEnteredValue))),properties(title,hidden)"
    ):
        assert not sheet["properties"].get("hidden")
        for row in sheet["data"][0].get("rowData", []):
            assert not any(
                "formulaValue" in cell.get("userEnteredValue", {}) for cell in row.get("values", [])
            )


def test_problems_have_their_cells_in_the_archive_and_on_the_final_pages(life):
    """A deal without a payment date in row 15; the client has put a column of his own before «Оплачено»."""
    at = datetime(2026, 9, 8, 10)  # noqa: DTZ001  # as in a cell
    row = [99, serial(at), "M01", "ТОО «Жетісу»", "Сайт", serial(at), "Сделка", 1_000, 500, None, False]
    life.enter(MANAGERS[0], "deals", [row], 15)
    columns = {"sheetId": sheet_id("workbook", "deals"), "dimension": "COLUMNS"}
    insert = {"insertDimension": {"range": {**columns, "startIndex": 9, "endIndex": 10}}}
    life.services.creator.gateway.apply(life.workbook_id, [insert])
    close_september(life)
    archive_id = life.services.ledger.step(SLUG, SEPTEMBER, "archive")["file_id"]
    for file_id, cell in ((life.workbook_id, "K15"), (archive_id, "J15")):
        places = [row[0] for row in life.cells(file_id, "Ошибки")[1:] if row]
        assert f"Сделки!{cell}" in places
    assert life.cells(archive_id, "Сделки")[14][0] == 99
    assert verify_client(SLUG, life.services).intact


def test_the_record_file_is_the_seal_byte_for_byte(read_only):
    drive = read_only.services.creator.drive
    [file] = drive.find({"tablo_client": SLUG, "tablo_part": "seal"})
    [seal] = read_only.services.ledger.seals(SLUG)
    assert drive.download(file.id) == export_seal(seal)
    assert file.parents == (read_only.client.records_folder_id,)


def test_what_the_layout_does_not_know_is_not_in_the_archive(life):
    gateway = life.services.creator.gateway
    deals = sheet_id("workbook", "deals")
    hidden = {"addSheet": {"properties": {"sheetId": 4711, "title": "Тайное", "hidden": True}}}
    wider = {"appendDimension": {"sheetId": deals, "dimension": "COLUMNS", "length": 1}}
    named = {"name": "Моё", "range": {"sheetId": deals, "startRowIndex": 0, "endRowIndex": 2}}
    gateway.apply(life.workbook_id, [hidden, wider, {"addNamedRange": {"namedRange": named}}])
    life.enter(MANAGERS[0], "deals", [["Личное"], ["секрет"]], row=1, column=13)
    closed = close_september(life)
    description = gateway.describe(closed.archive_id, "sheets(properties(title)),namedRanges")
    assert "Тайное" not in titles(life, closed.archive_id)
    assert not description.get("namedRanges")
    everything = [life.cells(closed.archive_id, title) for title in titles(life, closed.archive_id)]
    assert "секрет" not in str(everything)
    assert "Личное" not in str(everything)


def test_edits_after_the_snapshot_do_not_come_into_the_archive(life):
    def edit_before_the_copy(kind):
        if kind == "write" and life.services.ledger.step(SLUG, SEPTEMBER, "payroll"):
            life.on_call = lambda _kind: None
            life.enter(MANAGERS[0], "deals", [[1]], row=DEAL_ROW, column=7)

    life.on_call = edit_before_the_copy
    closed = close_september(life)
    assert life.cells(life.workbook_id, "Сделки")[1][7] == 1
    assert life.cells(closed.archive_id, "Сделки")[1][7] == 840_000


def test_somebody_who_edits_the_archive_while_it_is_made_is_found_out(life):
    def meddle(kind):
        if kind == "read" and life.services.ledger.step(SLUG, SEPTEMBER, "archive"):
            life.on_call = lambda _kind: None
            archive_id = life.services.ledger.step(SLUG, SEPTEMBER, "archive")["file_id"]
            tab = life.sheets(archive_id)[-3]["properties"]["sheetId"]
            cell = {"userEnteredValue": {"stringValue": "x"}}
            start = {"sheetId": tab, "rowIndex": 0, "columnIndex": 0}
            write = {"start": start, "rows": [{"values": [cell]}], "fields": "userEnteredValue"}
            life.services.creator.gateway.apply(archive_id, [{"updateCells": write}])

    life.on_call = meddle
    found = refused(life, error=IntegrityError)
    assert "A1" in found.what
    assert state(life) is MonthState.REVIEW
    assert life.services.ledger.seals(SLUG) == []


# ---- corrections
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


def fill_november(life):
    deals = 2 * len(deal_rows(SEPTEMBER))
    marks = len(mark_rows(SEPTEMBER)) + len(mark_rows(OCTOBER))
    life.enter(MANAGERS[0], "deals", deal_rows(NOVEMBER, deals + 1), row=2 + deals)
    life.enter(HEAD, "discipline", mark_rows(NOVEMBER), row=2 + marks)


def test_a_correction_that_the_owner_has_not_approved_is_not_paid(sealed):
    sealed.enter(HEAD, "corrections", [["1", "2026-09", "M01", 15_007, "Сделка"]])
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, sealed.services, "РОП")
    assert payroll_lines(sealed, OCTOBER)["M01"]["Корректировки"] == 0
    assert sealed.services.ledger.paid_corrections(SLUG) == set()


# ---- chain, shadow, deadline
def test_two_months_make_a_chain(sealed):
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, sealed.services, "РОП")
    first, second = sealed.services.ledger.seals(SLUG)
    assert (first.number, first.month, second.number, second.month) == (1, "2026-09", 2, "2026-10")
    assert first.previous is None
    assert second.previous == first.digest
    assert check_chain([first, second], first.public_key, client=SLUG) == []


def test_a_shadow_month_is_sealed_and_pays_nothing(empty):
    deploy_client(new_client(shadow=True), DEPLOYED_AT, empty.services)
    fill_september(empty)
    closed = close_september(empty)
    assert closed.seal_number == 1
    assert titles(empty, empty.payroll_id) == ["Месяцы", "Решения", "Оклады", "Корректировки"]
    [seal] = empty.services.ledger.seals(SLUG)
    assert seal.record["payroll"] is None
    assert "203417" not in export_seal(seal).decode()
    assert titles(empty, closed.archive_id)[0] == "Печать"
    for file_id in (empty.workbook_id, closed.archive_id):
        (first, *_) = empty.cells(file_id, "Табло")
        assert first[:3] == ["Сентябрь 2026", "итог", "теневой месяц: зарплату считают по старой схеме"]
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, empty.services)
    assert empty.services.ledger.month(SLUG, OCTOBER).shadow is False


def test_a_clean_month_closes_by_itself_on_the_deadline_and_not_before(life):
    """Payday 10 October is a Saturday, so it is the 9th; two working days before is the 7th."""
    assert close_due(SLUG, at(5), life.services) == close_due(SLUG, at(1), life.services)
    assert state(life) is MonthState.OPEN
    assert close_due(SLUG, at(6), life.services).closed == ()
    assert state(life) is MonthState.REVIEW
    [closed] = close_due(SLUG, at(7, 1), life.services).closed
    assert (closed.month, closed.seal_number) == (SEPTEMBER, 1)
    assert traces(life) == DONE
    assert close_due(SLUG, at(8), life.services).closed == ()


def test_the_heads_tick_closes_a_clean_month_in_review(life):
    life.enter(HEAD, "months", [["2026-09", True, True]])
    assert close_due(SLUG, at(5), life.services).closed == ()
    [closed] = close_due(SLUG, at(6), life.services).closed
    assert closed.month == SEPTEMBER
    [seal] = life.services.ledger.seals(SLUG)
    assert seal.record["closed_by"]


def test_a_tick_does_not_close_a_month_that_something_blocks(life):
    life.enter(HEAD, "months", [["2026-09", True, True]])
    life.enter(MANAGERS[1], "objections", [OBJECTION])
    check = close_due(SLUG, at(6), life.services)
    assert (check.closed, check.overdue) == ((), ())
    assert traces(life) == IN_REVIEW


def test_a_blocked_month_past_its_deadline_is_told_of_every_day_until_it_is_mended(life):
    life.enter(MANAGERS[1], "objections", [OBJECTION])
    assert close_due(SLUG, at(6), life.services).overdue == ()
    for day in (7, 8, 9, 20):
        assert close_due(SLUG, at(day), life.services).overdue == (SEPTEMBER,)
    life.enter(HEAD, "objections", [["Проверили", True]], column=4)
    assert [closed.month for closed in close_due(SLUG, at(21), life.services).closed] == [SEPTEMBER]


def test_an_overdue_month_does_not_let_the_next_one_close_before_it(life):
    life.enter(MANAGERS[1], "objections", [OBJECTION])
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, life.services)
    fill_october(life)
    life.enter(HEAD, "months", [["2026-10", True, True]])
    check = close_due(SLUG, at(6, month=11), life.services)
    assert check.closed == ()
    assert SEPTEMBER in check.overdue
    assert life.services.ledger.seals(SLUG) == []


def test_nothing_of_a_sync_changes_a_closed_month(sealed):
    before = [export_seal(seal) for seal in sealed.services.ledger.seals(SLUG)]
    sealed.enter(MANAGERS[0], "deals", [[1]], row=DEAL_ROW, column=7)
    sync_client(SLUG, SEPTEMBER_CLOSED_AT, sealed.services)
    assert [export_seal(seal) for seal in sealed.services.ledger.seals(SLUG)] == before
    assert payroll_lines(sealed)["M01"]["Итого"] == TOTALS["M01"]
