"""Somebody who may edit locks an input for everybody else: named, lifted by a repair, and no sync stops for it."""

import pytest

from kpi_rules.errors import TabloError
from operations.access.checking import check_client
from operations.access.repairing import repair_client
from operations.months.opening import open_month
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_acts import page, problems, sync
from tests.contract.client_life import (
    HEAD,
    MANAGERS,
    MID_SEPTEMBER_AT,
    OCTOBER,
    OCTOBER_OPENED_AT,
    SLUG,
    close_september,
    deal_rows,
)
from tests.faults.seen.acts import locked_tab

FIRST, SECOND = MANAGERS
DEALS = ("workbook", "deals")
AMOUNT = {"startColumnIndex": 7, "endColumnIndex": 8}


def paid_more(life, who):
    """The first deal's sum, typed by somebody."""
    life.enter(who, "deals", [[940_000]], row=2, column=7)


@pytest.mark.parametrize("area", [{}, AMOUNT, {"startRowIndex": 1, "endRowIndex": 3}])
def test_a_manager_who_locks_the_deals_stops_no_sync(life, area):
    sync(life)
    shown = page(life)
    locked_tab(*DEALS, **area)(life, FIRST, life.workbook_id)
    paid_more(life, FIRST)
    outcome, _, writes = sync(life, MID_SEPTEMBER_AT.replace(hour=13))
    assert problems(outcome) == []
    assert writes == 1
    assert page(life) != shown
    with pytest.raises(TabloError):
        paid_more(life, SECOND)


def test_what_locks_an_input_is_named_with_its_cells_and_who_did_it_and_lifted(life):
    locked_tab(*DEALS, **AMOUNT)(life, FIRST, life.workbook_id)
    [finding] = check_client(SLUG, life.services).findings
    assert (finding.code, finding.place) == ("protection_added", "«KPI продаж — Береке» Сделки!H:H")
    assert FIRST in finding.present
    [done] = repair_client(SLUG, MID_SEPTEMBER_AT, life.services, "консультант").done
    assert done == finding
    paid_more(life, SECOND)
    assert check_client(SLUG, life.services).findings == ()


def test_a_locked_input_stops_neither_an_opening_nor_a_close(life):
    for (book, tab), who in (
        (DEALS, FIRST),
        (("workbook", "objections"), HEAD),
        (("payroll", "months"), HEAD),
    ):
        locked_tab(book, tab)(life, who, life.file_of(tab)[1])
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, life.services)
    assert close_september(life).seal_number == 1


def test_a_lock_on_columns_of_ones_own_is_left(life):
    far = {
        "startColumnIndex": len(deal_rows(OCTOBER)[0]) + 10,
        "endColumnIndex": len(deal_rows(OCTOBER)[0]) + 11,
    }
    wider = {"appendDimension": {"sheetId": sheet_id(*DEALS), "dimension": "COLUMNS", "length": 20}}
    life.as_person(FIRST).gateway.apply(life.workbook_id, [wider])
    locked_tab(*DEALS, **far)(life, FIRST, life.workbook_id)
    assert check_client(SLUG, life.services).findings == ()
