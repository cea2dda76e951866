"""A close leaves one of each: payroll tab, archive, record, seal; and they say what was worked out by hand."""

from datetime import date, datetime

from kpi_rules.errors import IntegrityError
from ledger import MonthState, check_chain, export_seal
from operations.clients.deploy import deploy_client
from operations.months.closing import close_month
from operations.months.opening import open_month
from operations.seals.snapshots import sealed_results
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from sheets_sync.ports import Sought
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_acts import DONE, payroll_lines, refused, state, titles, traces
from tests.contract.client_life import (
    DEAL_ROW,
    DEPLOYED_AT,
    MANAGERS,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    OCTOBER_OPENED_AT,
    PAID_VARIABLE,
    SALARIES,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SLUG,
    TOTALS,
    close_september,
    fill_september,
    new_client,
    serial,
)


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
    """A deal without a payment date in row 15, blank ones above; a column of one's own stands before «Оплачено»."""
    at = datetime(2026, 9, 8, 10)  # noqa: DTZ001  # as in a cell
    row = [99, serial(at), "M01", "ТОО «Жетісу»", "Сайт", serial(at), "Сделка", 1_000, 500, None, False]
    life.enter(MANAGERS[0], "deals", [row], 15)
    columns = {"sheetId": sheet_id("workbook", "deals"), "dimension": "COLUMNS"}
    insert = {"insertDimension": {"range": {**columns, "startIndex": 9, "endIndex": 10}}}
    life.services.creator.gateway.apply(life.workbook_id, [insert])
    close_september(life)
    archive_id = life.services.ledger.step(SLUG, SEPTEMBER, "archive")["file_id"]
    for file_id, cell in ((life.workbook_id, "K15"), (archive_id, "J12")):
        places = [row[0] for row in life.cells(file_id, "Ошибки")[1:] if row]
        assert f"Сделки!{cell}" in places
    assert life.cells(archive_id, "Сделки")[11][0] == 99
    assert verify_client(SLUG, life.services).intact


def test_the_record_file_is_the_seal_byte_for_byte(read_only):
    drive = read_only.services.creator.drive
    [file] = drive.find(Sought({"tablo_client": SLUG, "tablo_part": "sealed-record"}))
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


def test_nothing_of_a_sync_changes_a_closed_month(sealed):
    before = [export_seal(seal) for seal in sealed.services.ledger.seals(SLUG)]
    sealed.enter(MANAGERS[0], "deals", [[1]], row=DEAL_ROW, column=7)
    sync_client(SLUG, SEPTEMBER_CLOSED_AT, sealed.services)
    assert [export_seal(seal) for seal in sealed.services.ledger.seals(SLUG)] == before
    assert payroll_lines(sealed)["M01"]["Итого"] == TOTALS["M01"]


def test_problems_of_a_closed_month_are_told_once_and_at_no_wrong_row(life):
    """Three blank rows above it: the record keeps no rows of the sheet, so it must name none."""
    at = datetime(2026, 9, 8, 10)  # noqa: DTZ001  # as in a cell
    row = [99, serial(at), "M01", "ТОО «Жетісу»", "Сайт", serial(at), "Сделка", 1_000, 500, None, False]
    life.enter(MANAGERS[0], "deals", [row], 15)
    close_september(life)
    record = life.services.ledger.last_seal(SLUG).record
    places = [
        problem.place.row for problem in sealed_results(record).problems if problem.place.tab == "deals"
    ]
    assert places == [None]
