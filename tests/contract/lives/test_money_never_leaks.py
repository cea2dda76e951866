"""No pay figure of a named person reaches a manager: not by a cell, a note, metadata, a log or an error's words.

A whole life is played (syncs, corrections, a refused close, two closes, a late edit, a verify, a deleted tab), then
everything that managers can open, and everything that was said meanwhile, is searched for the exact figures.
"""

import io
import json
import logging
import traceback

import openpyxl
import pytest
import requests

from kpi_rules.errors import TabloError
from kpi_rules.words.said import said
from operations.months.closing import close_due, close_month
from operations.months.opening import open_month
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from sheets_emulator.serving.faults import Strike
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_life import (
    DEAL_ROW,
    HEAD,
    MANAGERS,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    OCTOBER_OPENED_AT,
    OWNER,
    SALARIES,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SLUG,
    close_september,
    copy_of,
    fill_october,
)
from tests.contract.pay_figures import CARRIED, CORRECTIONS, figures_in, found_in


def test_the_search_finds_a_figure_in_any_dress():
    for text in ("187301", "187 301 ₸", "187\u00a0301,00", "итого 187.301", "18730100", "187,301"):
        assert figures_in(text) == {187_301}
    assert figures_in("1187301") == set()
    assert found_in({"note": ["оклад 187\u202f301"]}) == {(187_301, "оклад 187\u202f301")}


class Said(logging.Handler):
    """Everything that any logger of this process says."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """(life, logs, progress, errors) after a whole life."""
    with copy_of("open", tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("leaks")) as life:
        said, progress, errors = Said(), [], []
        root, level = logging.getLogger(), logging.getLogger().level
        root.addHandler(said)
        root.setLevel(logging.DEBUG)
        life.services.progress = progress.append

        def fail(act):
            with pytest.raises(TabloError) as failed:
                act()
            errors.append("".join(traceback.format_exception(failed.value)) + repr(vars(failed.value)))

        live(life, fail)
        yield life, said.lines, progress, errors
        root.removeHandler(said)
        root.setLevel(level)


def live(life, fail):
    services = life.services
    sync_client(SLUG, SEPTEMBER_CLOSED_AT, services)
    life.enter(OWNER, "salaries", [[False]], row=4, column=4)
    fail(lambda: close_september(life))  # the head's salary is not approved
    life.enter(OWNER, "salaries", [[True]], row=4, column=4)
    life.enter(HEAD, "salaries", [["M01", 46_266, *SALARIES["M01"]]], row=5)
    fail(lambda: close_september(life))  # two salaries for one month
    life.enter(HEAD, "salaries", [["M01", 46_266, "187 301 тенге", "203.417 т"]], row=5)
    fail(lambda: close_september(life))  # unreadable salaries
    life.enter(HEAD, "salaries", [[None] * 4], row=5)
    life.strike(Strike(kind="cut_after", method="POST", path="payroll|batchUpdate", at=2))
    fail(lambda: close_september(life))
    life.strike()
    close_september(life)
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, services)
    fill_october(life)
    rows = [
        [str(number), "2026-09", code, amount, "Основание"]
        for number, (code, amount) in enumerate(zip(("M01", "M02"), CORRECTIONS, strict=True), start=1)
    ]
    life.enter(HEAD, "corrections", rows)
    fail(lambda: close_month(SLUG, SEPTEMBER, OCTOBER_CLOSED_AT, services, "РОП"))
    close_due(SLUG, OCTOBER_CLOSED_AT, services)
    life.approve("corrections", 5, 2)
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, services, "РОП")
    life.enter(MANAGERS[0], "deals", [[1]], row=DEAL_ROW, column=7)
    gone = {"deleteSheet": {"sheetId": sheet_id("workbook", "problems")}}
    services.creator.gateway.apply(life.workbook_id, [gone])
    sync_client(SLUG, OCTOBER_CLOSED_AT, services)
    write = {"start": {"sheetId": sheet_id("payroll", "2026-09"), "rowIndex": 2, "columnIndex": 15}}
    write |= {"rows": [{"values": [{"userEnteredValue": {"numberValue": 1}}]}], "fields": "userEnteredValue"}
    services.creator.gateway.apply(life.payroll_id, [{"updateCells": write}])
    assert verify_client(SLUG, services).findings


def test_the_figures_were_paid_so_that_there_is_something_to_find(lived):
    life, *_ = lived
    rows = [life.cells(life.payroll_id, title) for title in ("2026-10", "Оклады", "Корректировки")]
    assert {figure for figure, _ in found_in(rows)} >= {187_301, 203_417, 105_959, 15_007, 250_013, CARRIED}


def test_no_cell_note_metadata_or_filter_of_the_workbook_holds_a_figure(lived):
    life, *_ = lived
    manager = life.as_person(MANAGERS[0]).gateway
    everything = manager.send(
        "get",
        f"https://sheets.googleapis.com/v4/spreadsheets/{life.workbook_id}",
        said("doing.describe_book"),
        requests.Response.json,
        params={"includeGridData": "true"},
    )
    assert len(everything["sheets"]) == 14
    assert found_in(everything) == set()


def test_no_archive_holds_a_figure(lived):
    life, *_ = lived
    manager = life.as_person(MANAGERS[0]).gateway
    for month in (SEPTEMBER, OCTOBER):
        archive_id = life.services.ledger.step(SLUG, month, "archive")["file_id"]
        url = f"https://sheets.googleapis.com/v4/spreadsheets/{archive_id}"
        everything = manager.send(
            "get",
            url,
            said("doing.describe_book"),
            requests.Response.json,
            params={"includeGridData": "true"},
        )
        assert found_in(everything) == set()


def test_no_file_that_a_manager_sees_has_a_figure_in_its_properties(lived):
    life, *_ = lived
    manager = life.as_person(MANAGERS[0]).gateway
    url = "https://www.googleapis.com/drive/v3/files"
    listed = manager.send(
        "get",
        url,
        said("doing.describe_book"),
        requests.Response.json,
        params={"fields": "*", "pageSize": "1000"},
    )
    assert len(listed["files"]) >= 3
    assert found_in(listed) == set()


def test_the_download_of_the_workbook_holds_no_figure(lived):
    life, *_ = lived
    content = life.as_person(MANAGERS[0]).drive.export(life.workbook_id)
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [
        [str(cell.value) for cell in row if cell.value is not None]
        + [cell.comment.text for cell in row if cell.comment]
        for sheet in book.worksheets
        for row in sheet.iter_rows()
    ]
    assert any("Асель Нурова" in row for row in cells)
    assert found_in(cells) == set()


def test_no_log_of_ours_and_no_word_of_progress_holds_a_figure(lived):
    _, lines, progress, _ = lived
    assert progress
    assert found_in(progress) == set()
    assert lines
    assert found_in(lines) == set()


def test_no_error_holds_a_figure_in_its_words_or_its_trace(lived):
    *_, errors = lived
    assert len(errors) == 5
    assert [found_in(error) for error in errors] == [set()] * 5


def test_what_the_ledger_notes_of_syncs_and_rows_holds_no_figure(lived):
    life, *_ = lived
    ledger = life.services.ledger
    told = [str(ledger.sync_notes()), str(ledger.row_changes(SLUG)), str(ledger.months(SLUG))]
    assert found_in(told) == set()


def test_seals_and_payroll_show_no_figure_when_they_are_printed(lived):
    life, *_ = lived
    [first, second] = life.services.ledger.seals(SLUG)
    assert found_in([repr(first), str(second), repr(life.client)]) == set()
    assert found_in(json.loads(first.record_text)) != set()
