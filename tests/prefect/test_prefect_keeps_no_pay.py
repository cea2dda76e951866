"""A real month is synced, refused, closed, tampered with and verified by the flows: Prefect keeps no pay figure.

All rows of all tables of the server's database are searched: parameters, states, logs, artifacts, events.
"""

import pytest

from flows import month, sync, verify
from kpi_rules.time.lifecycle import MonthState
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_life import (
    HEAD,
    MID_SEPTEMBER_AT,
    OWNER,
    SALARIES,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SLUG,
    serial,
)
from tests.contract.pay_figures import figures_in, found_in

pytestmark = pytest.mark.prefect


def test_no_figure_of_anybodys_pay_is_in_prefects_database(served, life, monkeypatch):
    monkeypatch.setenv("KPI_HOME", str(life.services.settings.home))
    life.enter(HEAD, "corrections", [["1", "2026-09", "M01", 15_007, "Доплата"]])
    life.approve("corrections", 5, 1)
    life.enter(HEAD, "months", [[serial(SEPTEMBER.first_on), True, True]])
    assert sync.sync(as_of=MID_SEPTEMBER_AT, return_state=True).is_completed()
    life.enter(OWNER, "salaries", [[False]], row=4, column=4)
    month.month(as_of=SEPTEMBER_CLOSED_AT, return_state=True)  # the head's salary is not approved
    assert life.services.ledger.month(SLUG, SEPTEMBER).state is MonthState.REVIEW
    life.enter(HEAD, "salaries", [["M01", 46_266, "187 301 тенге", "203.417 т"]], row=5)
    month.month(as_of=SEPTEMBER_CLOSED_AT, return_state=True)  # unreadable pay
    life.enter(HEAD, "salaries", [[None] * 4], row=5)
    life.enter(OWNER, "salaries", [[True]], row=4, column=4)
    month.month(as_of=SEPTEMBER_CLOSED_AT, return_state=True)
    assert life.services.ledger.month(SLUG, SEPTEMBER).state is MonthState.CLOSED
    assert {figure for figure, _ in found_in(life.cells(life.payroll_id, "2026-09"))} >= set(SALARIES["M01"])
    write = {"start": {"sheetId": sheet_id("payroll", "2026-09"), "rowIndex": 2, "columnIndex": 15}}
    write |= {
        "rows": [{"values": [{"userEnteredValue": {"numberValue": 1}}]}],
        "fields": "userEnteredValue",
    }
    life.services.creator.gateway.apply(life.payroll_id, [{"updateCells": write}])
    assert verify.verify(return_state=True).is_failed()
    kept = served.everything_kept()
    assert f"{SLUG}: закрыт сентябрь 2026" in kept
    assert figures_in(kept) == set()
