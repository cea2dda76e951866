"""What a resumed close stands on: its snapshot alone, whatever people, syncs and overtaken closers do meanwhile."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from requests.adapters import HTTPAdapter

from kpi_rules.errors import ClientUnavailableError, IntegrityError
from ledger import FrozenKind, MonthState, fingerprint
from operations.months.closing import close_due, close_month
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from operations.world.local import SYSTEM_EMAIL
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_life import (
    HEAD,
    MANAGERS,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SLUG,
    TOTALS,
    close_september,
    plan_rows,
)
from tests.faults.store_looks import INPUT_TABS, inputs_digest
from tests.telling import what_of

INPUTS = ("Сделки", "Дисциплина", "Сотрудники", "План", "Отсутствия", "Возражения", "Правила", "Настройки")


class Killed(BaseException):
    """The process ends here: no handler of the product may hold it up."""


def cut_off_after(life, step):
    """Close until a step (or the snapshot) is in the ledger; the next call to Google ends the process."""
    ledger = life.services.ledger

    def hook(_kind):
        found = ledger.snapshot(SLUG, SEPTEMBER) if step == "snapshot" else ledger.step(SLUG, SEPTEMBER, step)
        if found is not None:
            raise Killed

    life.on_call = hook
    with pytest.raises(Killed):
        close_september(life)
    life.on_call = lambda _kind: None


def paid(life, month=SEPTEMBER):
    rows = life.cells(life.payroll_id, str(month))
    return {row[1]: row[15] for row in rows if len(row) > 15 and row[1] in TOTALS}


@pytest.mark.parametrize("step", ["snapshot", "payroll", "archive", "record"])
def test_edits_before_the_resumption_change_nothing_of_the_month(life, step):
    cut_off_after(life, step)
    life.enter(MANAGERS[0], "deals", [[1]], row=2, column=7)
    life.enter(MANAGERS[1], "objections", [["1", "2026-09", "M02", "Не согласен"]])
    life.enter(HEAD, "salaries", [[999_999]], column=2)
    closed = close_september(life)
    assert paid(life) == TOTALS
    assert life.cells(closed.archive_id, "Сделки")[1][7] == 840_000
    verdict = verify_client(SLUG, life.services)
    assert verdict.findings == ()
    assert [(edit.key, edit.present) for edit in verdict.late] == [("1", {"amount_tiyn": 100})]


def test_after_the_snapshot_no_input_of_the_live_books_is_read(life, monkeypatch):
    """Every request is looked at: ranges of values, masks of descriptions."""
    asked, send = [], HTTPAdapter.send

    def witnessed(adapter, request, *more, **options):
        if life.services.ledger.snapshot(SLUG, SEPTEMBER) is not None:
            asked.append(request.url)
        return send(adapter, request, *more, **options)

    monkeypatch.setattr(HTTPAdapter, "send", witnessed)
    archive_id = close_september(life).archive_id
    live = [urlsplit(url) for url in asked if life.workbook_id in url or life.payroll_id in url]
    assert len(live) >= 5
    for url in live:
        ranges = " ".join(parse_qs(url.query).get("ranges", []))
        assert not any(
            f"'{title}'" in ranges for title in (*INPUTS, "Оклады", "Корректировки", "Решения", "Месяцы")
        )
        if "data" in unquote(" ".join(parse_qs(url.query).get("fields", []))):
            assert ranges == f"'{SEPTEMBER}'", "how the payroll tab shows its cells"
            assert life.payroll_id in url.path
        assert archive_id not in url.path
    assert sum("values:batchGet" in url.path for url in live) == 2, "the outputs, and the payroll tab"


@pytest.mark.parametrize("step", ["payroll", "archive"])
def test_a_late_plan_row_that_a_sync_reads_meanwhile_does_not_change_the_seal(life, step):
    """The fingerprint stands on the payroll tab already."""
    cut_off_after(life, step)
    printed = str(life.cells(life.payroll_id, "2026-09"))
    before = life.services.ledger.frozen(SLUG, SEPTEMBER, FrozenKind.PLAN)
    life.enter(HEAD, "staff", [["M03", "Новый Человек", "m3@bereke.kz", "менеджер", 45_000, None, 5]], row=5)
    late = [[*plan_rows(SEPTEMBER)[0][:1], "M03", *plan_rows(SEPTEMBER)[0][2:]]]
    life.enter(HEAD, "plan", late, row=6)
    sync_client(SLUG, SEPTEMBER_CLOSED_AT, life.services)
    assert life.services.ledger.frozen(SLUG, SEPTEMBER, FrozenKind.PLAN) == before
    closed = close_september(life)
    [seal] = life.services.ledger.seals(SLUG)
    assert closed.fingerprint == fingerprint(seal)
    assert closed.fingerprint in printed
    assert verify_client(SLUG, life.services).findings == ()


def test_the_nightly_check_finishes_what_was_cut_off_though_somebody_objects_now(life):
    cut_off_after(life, "payroll")
    life.enter(MANAGERS[1], "objections", [["1", "2026-09", "M02", "Не согласен"]])
    check = close_due(SLUG, SEPTEMBER_CLOSED_AT, life.services)
    assert [closed.month for closed in check.closed] == [SEPTEMBER]
    assert check.overdue == ()
    assert paid(life) == TOTALS


def test_access_withdrawn_in_the_middle_is_told_and_the_close_goes_on_when_it_is_back(life):
    cut_off_after(life, "snapshot")
    drive, workers = life.services.creator.drive, life.services.worker.email
    [grant] = [p for p in drive.permissions(life.workbook_id) if p.get("emailAddress") == workers]
    drive.revoke(life.workbook_id, grant["id"])
    for _ in range(2):
        with pytest.raises(ClientUnavailableError):
            close_september(life)
    assert life.services.ledger.month(SLUG, SEPTEMBER).state is MonthState.REVIEW
    assert life.services.ledger.seals(SLUG) == []
    drive.grant(life.workbook_id, workers, "writer")
    assert close_september(life).seal_number == 1
    assert verify_client(SLUG, life.services).intact


# ---- what is read back
def change_a_cell(life, file_id, tab_id):
    cell = {"userEnteredValue": {"stringValue": "чужое"}}
    place = {"sheetId": tab_id, "rowIndex": 2, "columnIndex": 1}
    write = {"start": place, "rows": [{"values": [cell]}], "fields": "userEnteredValue"}
    life.services.creator.gateway.apply(file_id, [{"updateCells": write}])


def meddled_once(life, change):
    """Somebody with the system's own account changes what was written, just before the archive is locked."""
    ledger = life.services.ledger

    def hook(_kind):
        if ledger.step(SLUG, SEPTEMBER, "archive"):
            life.on_call = lambda _kind: None
            change()

    life.on_call = hook
    with pytest.raises(IntegrityError) as told:
        close_september(life)
    return what_of(told)


def test_an_archive_that_reads_back_wrong_is_told_written_anew_and_sealed_by_the_next_run(life):
    def change():
        archive_id = life.services.ledger.step(SLUG, SEPTEMBER, "archive")["file_id"]
        change_a_cell(life, archive_id, life.sheets(archive_id)[1]["properties"]["sheetId"])

    assert "B3" in meddled_once(life, change)
    assert life.services.ledger.seals(SLUG) == []
    assert close_september(life).seal_number == 1
    assert verify_client(SLUG, life.services).intact


@pytest.mark.parametrize("gone", [False, True])
def test_a_payroll_tab_that_reads_back_wrong_is_told_written_anew_and_sealed_by_the_next_run(life, gone):
    def change():
        tab_id = life.services.ledger.step(SLUG, SEPTEMBER, "payroll")["sheet_id"]
        if gone:
            life.services.creator.gateway.apply(life.payroll_id, [{"deleteSheet": {"sheetId": tab_id}}])
        else:
            change_a_cell(life, life.payroll_id, tab_id)

    assert "2026-09" in meddled_once(life, change)
    assert close_september(life).seal_number == 1
    assert paid(life) == TOTALS
    titles = [sheet["properties"]["title"] for sheet in life.sheets(life.payroll_id)]
    assert titles.count("2026-09") == 1
    assert verify_client(SLUG, life.services).intact


def test_what_was_written_anew_is_protected_again(life):
    def change():
        tab_id = life.services.ledger.step(SLUG, SEPTEMBER, "payroll")["sheet_id"]
        change_a_cell(life, life.payroll_id, tab_id)

    meddled_once(life, change)
    archive_id = close_september(life).archive_id
    [tab] = [
        sheet
        for sheet in life.sheets(life.payroll_id, "properties,protectedRanges")
        if sheet["properties"]["title"] == "2026-09"
    ]
    assert tab["properties"]["sheetId"] == sheet_id("payroll", "2026-09")
    [guard] = tab["protectedRanges"]
    assert set(guard["editors"]["users"]) == set(life.services.system_emails)
    assert life.services.creator.drive.file(archive_id).read_only


# ---- strays
def test_a_stray_that_a_dead_closer_left_is_binned_by_the_next_close(sealed):
    """He was overtaken while he copied, and died before he could bin his own copy."""
    drive, ledger = sealed.services.creator.drive, sealed.services.ledger
    marks = {
        "tablo_client": SLUG,
        "tablo_month": "2026-09",
        "tablo_close": ledger.snapshot(SLUG, SEPTEMBER).close_id,
        "tablo_part": "month-archive",
    }
    stray = drive.copy(sealed.workbook_id, "Второй архив", [str(sealed.client.folder_id)], marks)
    foreign = drive.copy(
        sealed.workbook_id, "Чужой", [str(sealed.client.folder_id)], {**marks, "tablo_close": "x"}
    )
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, sealed.services, "РОП")
    kept = ledger.step(SLUG, SEPTEMBER, "archive")["file_id"]
    assert drive.file(stray.id).trashed
    assert not drive.file(kept).trashed
    assert not drive.file(foreign.id).trashed, "what no close of the ledger has made is left to people"
    assert verify_client(SLUG, sealed.services).intact


# ---- what the crash suites look with
def test_the_digest_of_the_inputs_sees_a_change_in_any_input_tab_and_none_of_an_output(life):
    home = life.services.settings.home
    seen = [inputs_digest(home)]
    sync_client(SLUG, SEPTEMBER_CLOSED_AT, life.services)
    assert inputs_digest(home) == seen[0]
    for tabs in INPUT_TABS.values():
        for tab in tabs:
            life.enter(SYSTEM_EMAIL, tab, [["x"]], row=40)
            seen.append(inputs_digest(home))
    assert len(set(seen)) == 13
