"""What tests of months and syncs do with a client, and what they look at afterwards."""

from dataclasses import replace
from datetime import datetime

import pytest

from kpi_rules.errors import RefusedError
from kpi_rules.time.periods import ALMATY
from ledger import MonthState
from operations.months.closing import close_month, readiness
from operations.syncing.sync import sync_client
from operations.world.telling import told
from sheets_sync.ports import Sought
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_life import (
    MID_SEPTEMBER_AT,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SLUG,
)


def at(day, hour=10, month=10):
    return datetime(2026, month, day, hour, tzinfo=ALMATY)


def people_become(life, **changed):
    """Enter other people for the client, as a command does."""
    known = life.services.ledger.people_notes(SLUG)[-1].people
    life.services.ledger.set_people(SLUG, replace(known, **changed), command="test", at=SEPTEMBER_CLOSED_AT)


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
        len(drive.find(Sought({"tablo_part": "month-archive", "tablo_month": str(month)}))),
        len(drive.find(Sought({"tablo_part": "sealed-record", "tablo_month": str(month)}))),
        titles(life, life.payroll_id).count(str(month)),
        len([seal for seal in life.services.ledger.seals(SLUG) if seal.month == str(month)]),
        life.services.ledger.snapshot(SLUG, month) is not None,
    )


IN_REVIEW = (MonthState.REVIEW, 0, 0, 0, 0, False)


DONE = (MonthState.CLOSED, 1, 1, 1, 1, True)


def refused(life, month=SEPTEMBER, now=SEPTEMBER_CLOSED_AT, error=RefusedError, slug=SLUG):
    with pytest.raises(error) as failed:
        close_month(slug, month, now, life.services, "РОП")
    return told(failed.value)


OBJECTION = ["1", "2026-09", "M02", "Сделка № 6 моя"]


HEAD_ROW, NEW_ROW = 4, 6
"""The head's row of «Оклады»; the first free row of «План»."""


TICK = {"salaries": 4, "corrections": 5}


def ready(life, month=SEPTEMBER, at=SEPTEMBER_CLOSED_AT):
    return readiness(life.client, life.services.ledger.month(SLUG, month), at, life.services)


def obstacles_of(life):
    """What is in the way of the close, as the command line tells it."""
    return [life.services.texts_of(SLUG).say(obstacle) for obstacle in ready(life).obstacles]


STAMP = "Последнее изменение"


def sync(life, at=MID_SEPTEMBER_AT):
    """Sync and tell (outcome, reads, writes)."""
    calls = life.services.worker.gateway.calls
    reads, writes = calls.reads, calls.writes
    outcome = sync_client(SLUG, at, life.services)
    return outcome, calls.reads - reads, calls.writes - writes


def page(life, title="Табло"):
    """A tab's rows without blanks and without the stamp."""
    rows = [[cell for cell in row if cell not in ("", None)] for row in life.cells(life.workbook_id, title)]
    return [row for row in rows if row and row[0] != STAMP]


def write(life, tab, rows, row, column=0):
    """The file's owner writes anywhere: no protection stops him."""
    data = [{"values": [{"userEnteredValue": cell} for cell in cells]} for cells in rows]
    start = {"sheetId": sheet_id("workbook", tab), "rowIndex": row - 1, "columnIndex": column}
    request = {"updateCells": {"start": start, "rows": data, "fields": "userEnteredValue"}}
    life.services.creator.gateway.apply(life.workbook_id, [request])


def batch(life, *requests):
    life.services.creator.gateway.apply(life.workbook_id, list(requests))


def problems(outcome):
    """What is wrong, without the warnings that the marks of September were all entered ahead."""
    return [problem for problem in outcome.problems if problem.code != "date_in_future"]


def codes(outcome):
    return {problem.code for problem in problems(outcome)}
