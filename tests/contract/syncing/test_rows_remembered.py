"""What the ledger remembers of rows: what was added, changed and vanished."""

from datetime import datetime

import pytest

from kpi_rules.time.periods import ALMATY
from operations.syncing.sync import sync_client
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_acts import batch, codes, problems, sync, write
from tests.contract.client_life import (
    DEAL_ROW,
    MANAGERS,
    SLUG,
)

DEALS_LAST_ROW = 21
"""Ten deals of September and ten of October stand in rows 2 to 21."""


def test_a_row_that_vanished_is_told_by_the_sync_that_misses_it_and_written_once(sealed):
    at = datetime(2026, 10, 16, 12, tzinfo=ALMATY)
    sync_client(SLUG, at, sealed.services)
    sealed.enter(MANAGERS[0], "deals", [[None] * 13], DEALS_LAST_ROW)
    first, second = (sync_client(SLUG, at, sealed.services) for _ in range(2))
    for outcome in (first, second):
        [gone] = [problem for problem in outcome.problems if problem.code == "row_vanished"]
        assert (gone.params["key"], gone.params["when"], gone.blocks) == ("20", "16.10.2026", False)
    assert (first.requests > 0, second.requests) == (True, 0)


def test_changed_added_and_vanished_rows_are_remembered(life):
    sync(life)
    ledger = life.services.ledger
    before = len(ledger.row_changes(SLUG))
    life.enter(MANAGERS[0], "deals", [[850_000]], row=DEAL_ROW, column=7)
    gone = {"sheetId": sheet_id("workbook", "deals"), "startRowIndex": 10, "endRowIndex": 11}
    batch(life, {"updateCells": {"range": gone, "fields": "userEnteredValue"}})
    sync(life)
    found = {(change.tab, change.key, change.event.value) for change in ledger.row_changes(SLUG)[before:]}
    assert found == {("deals", "1", "changed"), ("deals", "10", "vanished")}


@pytest.mark.parametrize("header", ["Сделка №", "Сумма, ₸", None])
def test_rows_below_a_renamed_or_doubled_header_have_not_changed_or_vanished(life, header):
    sync(life)
    ledger = life.services.ledger
    known = len(ledger.row_changes(SLUG))
    write(life, "deals", [[{"stringValue": header} if header else {}]], row=1)
    outcome, _, _ = sync(life)
    assert "header_missing" in codes(outcome)
    assert len(ledger.row_changes(SLUG)) == known
    write(life, "deals", [[{"stringValue": "№"}]], row=1)
    outcome, _, _ = sync(life)
    assert problems(outcome) == []
    assert len(ledger.row_changes(SLUG)) == known
