"""Verify names whatever is not as it was sealed, with the sealed and the present value, and is silent otherwise."""

import sqlite3
from contextlib import closing
from datetime import date, datetime
from functools import partial
from io import StringIO

import pytest
from rich.console import Console

from cli.verify import verification_tables
from operations.months.closing import close_month
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from sheets_sync.google.answers import nothing_of, object_of
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_life import (
    DEAL_ROW,
    HEAD,
    MANAGERS,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SLUG,
    serial,
)

FILES_URL = "https://www.googleapis.com/drive/v3/files"
M02_DEAL_ROW = DEAL_ROW + 5


@pytest.fixture
def life(sealed):
    """September is sealed; October is open and filled in."""
    return sealed


def found(life):
    """(code, place, sealed, present) of each finding."""
    return [
        (finding.code, finding.place, finding.sealed, finding.present)
        for finding in verify_client(SLUG, life.services).findings
    ]


def codes(life):
    return [code for code, *_ in found(life)]


def late(life):
    verification = verify_client(SLUG, life.services)
    assert verification.findings == ()
    assert verification.intact is not bool(verification.late)
    return [(edit.kind.value, edit.tab, edit.key, edit.sealed, edit.present) for edit in verification.late]


def archive_id(life):
    return life.services.ledger.step(SLUG, SEPTEMBER, "archive")["file_id"]


def apply(life, file_id, *requests):
    life.services.creator.gateway.apply(file_id, list(requests))


def set_cell(life, file_id, tab_id, row, column, value):
    start = {"sheetId": tab_id, "rowIndex": row - 1, "columnIndex": column}
    cell = {"rows": [{"values": [{"userEnteredValue": value}]}], "start": start, "fields": "userEnteredValue"}
    apply(life, file_id, {"updateCells": cell})


def unlocked(life):
    """The creator, who alone can, lifts the lock of the archive."""
    life.services.creator.drive.update(archive_id(life), contentRestrictions=[{"readOnly": False}])
    return archive_id(life)


def tab_of(life, file_id, title):
    [tab] = [s["properties"] for s in life.sheets(file_id) if s["properties"]["title"] == title]
    return tab["sheetId"]


# ---- silence
def test_an_untouched_client_raises_no_alarm_and_nothing_is_written(life):
    calls = life.services.creator.gateway.calls, life.services.worker.gateway.calls
    writes = [count.writes for count in calls]
    verification = verify_client(SLUG, life.services)
    assert verification.intact
    [month] = verification.months
    assert (month.month, month.seal_number) == (SEPTEMBER, 1)
    assert [count.writes for count in calls] == writes


def test_the_running_months_work_raises_no_alarm(life):
    sync_client(SLUG, SEPTEMBER_CLOSED_AT, life.services)
    life.enter(MANAGERS[0], "deals", [[500_000]], row=DEAL_ROW + 10, column=7)
    life.enter(HEAD, "plan", [[2_000_000]], row=4, column=2)
    life.enter(HEAD, "salaries", [["M01", serial(OCTOBER.first_on), 1, 2]], row=5)
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
    assert verify_client(SLUG, life.services).intact


def test_what_never_fed_a_score_may_be_edited(life):
    """A comment, a source, a row moved elsewhere; and a lead of September that is paid in October."""
    life.enter(MANAGERS[0], "deals", [["позвонить"]], row=DEAL_ROW, column=12)
    life.enter(MANAGERS[0], "deals", [["2ГИС"]], row=DEAL_ROW, column=4)
    paid = ["Сделка", 90_000, 45_000, serial(date(2026, 10, 7)), False]
    life.enter(MANAGERS[0], "deals", [paid], row=DEAL_ROW + 1, column=6)
    deals = sheet_id("workbook", "deals")
    span = {"sheetId": deals, "dimension": "ROWS", "startIndex": DEAL_ROW - 1, "endIndex": DEAL_ROW}
    apply(life, life.workbook_id, {"moveDimension": {"source": span, "destinationIndex": 15}})
    assert verify_client(SLUG, life.services).intact


def test_a_client_without_a_closed_month_has_nothing_to_verify(deployed):
    verification = verify_client(SLUG, deployed.services)
    assert verification.intact
    assert verification.months == ()


# ---- the archive
def test_an_edited_cell_of_the_archive_is_named_with_both_values(life):
    file_id = unlocked(life)
    set_cell(life, file_id, tab_of(life, file_id, "Сделки"), 2, 7, {"numberValue": 1_840_000})
    assert ("archive_cell", "«Сделки» H2", "840000", "1840000") in found(life)
    assert "archive_unlocked" in codes(life)


def test_an_archive_that_was_only_unlocked_is_told_of(life):
    unlocked(life)
    assert codes(life) == ["archive_unlocked"]


def test_tabs_added_to_removed_from_or_renamed_in_the_archive_are_named(life):
    file_id = unlocked(life)
    renamed = {"sheetId": tab_of(life, file_id, "План"), "title": "План 2"}
    apply(
        life,
        file_id,
        {"addSheet": {"properties": {"title": "Лишний"}}},
        {"deleteSheet": {"sheetId": tab_of(life, file_id, "Воронка")}},
        {"updateSheetProperties": {"properties": renamed, "fields": "title"}},
    )
    places = {place for code, place, *_ in found(life) if code == "archive_cell"}
    assert {"«Лишний»", "«Воронка»", "«План»", "«План 2»"} <= places


@pytest.mark.parametrize("way", ["trash", "delete"])
def test_an_archive_that_is_gone_is_told_of(life, way):
    if way == "trash":
        life.services.creator.drive.trash(archive_id(life))
        assert codes(life) == ["archive_gone", "in_bin"]
    else:
        life.services.creator.gateway.send("delete", f"{FILES_URL}/{archive_id(life)}", "удалить", nothing_of)
        assert codes(life) == ["archive_gone"]


# ---- the payroll
def test_an_edited_cell_of_the_payroll_tab_is_named_with_both_values(life):
    set_cell(life, life.payroll_id, sheet_id("payroll", "2026-09"), 3, 15, {"numberValue": 999_999})
    assert found(life) == [("payroll_cell", "«2026-09» P3", "390718", "999999")]


def test_a_cell_added_far_from_the_payroll_is_named(life):
    tab = sheet_id("payroll", "2026-09")
    wider = {"appendDimension": {"sheetId": tab, "dimension": "ROWS", "length": 30}}
    apply(life, life.payroll_id, wider)
    set_cell(life, life.payroll_id, tab, 40, 0, {"stringValue": "и ещё 100 000"})
    assert found(life) == [("payroll_cell", "«2026-09» A40", "", "и ещё 100 000")]


def test_a_payroll_tab_that_is_deleted_or_renamed_is_named(life):
    tab = {"sheetId": sheet_id("payroll", "2026-09"), "title": "старое"}
    apply(life, life.payroll_id, {"updateSheetProperties": {"properties": tab, "fields": "title"}})
    assert [(code, place) for code, place, *_ in found(life)] == [("payroll_cell", "«2026-09»")]
    apply(life, life.payroll_id, {"deleteSheet": {"sheetId": tab["sheetId"]}})
    assert [(code, place) for code, place, *_ in found(life)] == [("payroll_cell", "«2026-09»")]


def test_a_payroll_book_that_is_gone_is_told_of(life):
    life.services.creator.gateway.send("delete", f"{FILES_URL}/{life.payroll_id}", "удалить", nothing_of)
    assert codes(life) == ["payroll_gone"]


def test_a_workbook_that_is_gone_is_told_of_and_the_archives_are_checked_all_the_same(life):
    drive = life.services.creator.drive
    drive.trash(str(life.services.ledger.step(SLUG, SEPTEMBER, "archive")["file_id"]))
    for permission in drive.permissions(life.workbook_id):
        if permission["role"] != "owner":
            drive.revoke(life.workbook_id, permission["id"])
    shut_out = len([*MANAGERS, "the head", "the owner", "the worker"])
    assert codes(life) == ["workbook_gone", "archive_gone", *["access_missing"] * shut_out, "in_bin"]


# ---- the sealed record and the ledger
def test_an_overwritten_or_deleted_record_file_is_told_of(life):
    file_id = life.services.ledger.step(SLUG, SEPTEMBER, "record")["file_id"]
    url = f"https://www.googleapis.com/upload/drive/v3/files/{file_id}"
    life.services.creator.gateway.send(
        "patch",
        url,
        "перезаписать",
        partial(object_of, fields={"id": str}),
        params={"uploadType": "media"},
        data=b"{}",
    )
    assert codes(life) == ["record_file_differs"]
    life.services.creator.gateway.send("delete", f"{FILES_URL}/{file_id}", "удалить", nothing_of)
    assert codes(life) == ["record_file_gone"]


@pytest.mark.parametrize(
    ("table", "column"),
    [("seals", "record"), ("seals", "signature"), ("snapshots", "record"), ("steps", "record"), ("frozen", "record")],
)  # fmt: skip
def test_a_ledger_edited_behind_its_back_is_told_of(life, table, column):
    with closing(sqlite3.connect(life.services.settings.home / "ledger.sqlite")) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        [(text,)] = database.execute(f"SELECT {column} FROM {table} LIMIT 1").fetchall()  # noqa: S608  # our own names
        changed = text.replace("1", "2", 1)
        assert changed != text
        database.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (changed, text))  # noqa: S608
        database.commit()
    assert found(life)


# ---- late edits
@pytest.mark.parametrize(
    ("column", "value", "name", "before", "after"),
    [
        (7, 900_000, "amount_tiyn", 84_000_000, 90_000_000),
        (8, 1, "cost_tiyn", 42_000_000, 100),
        (9, serial(date(2026, 9, 15)), "paid_on", "2026-09-14T00:00:00", "2026-09-15T00:00:00"),
        (2, "M02", "code", "M01", "M02"),
        (10, True, "repeat", False, True),
        (6, "Отказ", "status", "deal", "lost"),
    ],
)
def test_a_late_edit_of_a_cell_that_fed_the_month_is_shown_with_both_values(
    life, column, value, name, before, after
):
    life.enter(MANAGERS[0], "deals", [[value]], row=DEAL_ROW, column=column)
    assert late(life) == [("changed", "deals", "1", {name: before}, {name: after})]


def test_late_edits_know_their_rows_and_the_command_line_their_cells(life):
    """№ 1 gets another amount, № 3 an answer; № 6 (row 7) goes; somebody puts a column before «Сумма, ₸»."""
    moment = serial(datetime(2026, 9, 8, 11))  # noqa: DTZ001  # as in a cell
    life.enter(MANAGERS[0], "deals", [[900_000]], row=DEAL_ROW, column=7)
    life.enter(MANAGERS[0], "deals", [[moment]], row=DEAL_ROW + 2, column=5)
    covered = {"sheetId": sheet_id("workbook", "deals"), "startRowIndex": 6, "endRowIndex": 7}
    apply(life, life.workbook_id, {"updateCells": {"range": covered, "fields": "userEnteredValue"}})
    life.enter(MANAGERS[0], "deals", [["да?"]], row=DEAL_ROW + 3, column=1)  # «Поступил» unreadable
    columns = {"sheetId": sheet_id("workbook", "deals"), "dimension": "COLUMNS"}
    insert = {"insertDimension": {"range": {**columns, "startIndex": 7, "endIndex": 8}}}
    apply(life, life.workbook_id, insert)
    verification = verify_client(SLUG, life.services)
    assert {edit.key: (edit.kind.value, edit.row) for edit in verification.late} == {
        "1": ("changed", 2),
        "3": ("changed", 4),
        "4": ("changed", 5),
        "6": ("removed", None),
    }
    shown = printed(verification_tables(verification, life.services.texts_of(SLUG)))
    for words in (
        "Сумма, ₸ (I2)",
        "840 000 ₸",
        "900 000 ₸",
        "Первый ответ (F4)",
        "08.09.2026 11:00",
        "Сделка",
    ):
        assert words in shown
    assert "не читаются" in shown


def printed(tables):
    with StringIO() as out:
        console = Console(file=out, width=160, color_system=None)
        for table in tables:
            console.print(table)
        return out.getvalue().replace("\u00a0", " ")


def test_an_answer_entered_late_is_a_late_edit(life):
    moment = serial(datetime(2026, 9, 8, 11))  # noqa: DTZ001  # as in a cell
    life.enter(MANAGERS[0], "deals", [[moment]], row=DEAL_ROW + 2, column=5)
    [(kind, tab, key, _, present)] = late(life)
    assert (kind, tab, key) == ("changed", "deals", "3")
    assert present == {"answered_at": "2026-09-08T11:00:00"}


def test_a_row_removed_and_a_payment_entered_later_are_late_edits(life):
    covered = {"sheetId": sheet_id("workbook", "deals"), "startRowIndex": 1, "endRowIndex": 2}
    apply(life, life.workbook_id, {"updateCells": {"range": covered, "fields": "userEnteredValue"}})
    arrived = serial(datetime(2026, 9, 21, 10))  # noqa: DTZ001  # as in a cell
    row = [
        "77",
        arrived,
        "M01",
        "ИП Ли",
        "Сайт",
        arrived,
        "Сделка",
        10_000,
        None,
        serial(date(2026, 9, 22)),
        False,
    ]
    life.enter(MANAGERS[0], "deals", [row], row=30)
    assert {(kind, tab, key) for kind, tab, key, *_ in late(life)} == {
        ("removed", "deals", "1"),
        ("added", "deals", "77"),
    }


def test_a_late_mark_is_a_late_edit(life):
    life.enter(HEAD, "discipline", [["нет"]], row=2, column=2)
    [(kind, tab, key, *_)] = late(life)
    assert (kind, tab, key[:10], key[-4:]) == ("changed", "discipline", "2026-09-01", " M01")


def test_what_a_late_edit_leaves_unknown_is_told_as_unknown(life):
    life.enter(MANAGERS[1], "deals", [["сто тысяч"]], row=M02_DEAL_ROW, column=7)
    [month] = verify_client(SLUG, life.services).months
    present = {
        effect.code: (effect.present_percent, effect.present_variable_tiyn) for effect in month.effects
    }
    assert present == {"M02": (None, None), "R01": (None, None)}


def test_what_score_and_pay_would_have_been_is_told(life):
    """M02 with 900 000: 36 + 16 + 20 + 16 = 88, full; R01: 34.8 + 16 + 20 + 17 = 87.8, full as before."""
    life.enter(MANAGERS[1], "deals", [[900_000]], row=M02_DEAL_ROW, column=7)
    [month] = verify_client(SLUG, life.services).months
    told = {
        effect.code: (
            effect.sealed_percent,
            effect.present_percent,
            effect.sealed_variable_tiyn,
            effect.present_variable_tiyn,
        )
        for effect in month.effects
    }
    assert told == {
        "M02": (76, 88, 10_595_900, 21_191_800),
        "R01": (84, 88, 35_411_100, 35_411_100),
    }


def test_a_renamed_tab_or_header_of_the_live_workbook_is_no_tampering(life):
    tab = {"sheetId": sheet_id("workbook", "deals"), "title": "Наши сделки"}
    apply(life, life.workbook_id, {"updateSheetProperties": {"properties": tab, "fields": "title"}})
    assert verify_client(SLUG, life.services).intact


def test_all_that_is_wrong_is_named_at_once(life):
    life.enter(MANAGERS[0], "deals", [[1]], row=DEAL_ROW, column=7)
    set_cell(life, life.payroll_id, sheet_id("payroll", "2026-09"), 3, 15, {"numberValue": 1})
    unlocked(life)
    verification = verify_client(SLUG, life.services)
    assert {finding.code for finding in verification.findings} == {"payroll_cell", "archive_unlocked"}
    assert len(verification.late) == 1
