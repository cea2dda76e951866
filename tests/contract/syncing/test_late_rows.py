"""Rows dated in a closed month that come or change after its close are told in «Ошибки», each with its cell."""

from datetime import date, datetime, timedelta

import pytest

from kpi_rules.time.periods import ALMATY
from operations.months.opening import open_month
from operations.syncing.sync import sync_client
from tests.contract.client_life import (
    MANAGERS,
    OCTOBER,
    OCTOBER_OPENED_AT,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SLUG,
    close_september,
    serial,
)

DEALS_LAST_ROW = 21
"""Ten deals of September and ten of October stand in rows 2 to 21."""


CLOSED_ROW = "row_of_closed_month"


def rows_of_closed_month(outcome):
    return [
        (problem.params["key"], problem.params["value"], outcome.located.address(problem.place)[1])
        for problem in outcome.problems
        if problem.code == CLOSED_ROW
    ]


def test_rows_entered_or_changed_in_a_closed_month_are_told_with_their_place(sealed):
    """What stood there at the close, though no sync had seen it, is no late row; comments change nothing."""
    at = datetime(2026, 10, 16, 12, tzinfo=ALMATY)
    assert rows_of_closed_month(sync_client(SLUG, at, sealed.services)) == []
    arrived = serial(datetime(2026, 9, 21, 10))  # noqa: DTZ001  # as in a cell
    row = [99, arrived, "M01", "ТОО «Жетісу»", "Сайт", arrived, "Сделка", 1_000, 500]
    sealed.enter(MANAGERS[0], "deals", [[*row, serial(date(2026, 9, 30)), False]], DEALS_LAST_ROW + 1)
    sealed.enter(MANAGERS[0], "deals", [[serial(date(2026, 9, 25))]], DEALS_LAST_ROW, column=9)
    sealed.enter(MANAGERS[0], "deals", [["перезвонить"]], 2, column=12)
    expected = [("20", "25.09.2026", f"J{DEALS_LAST_ROW}"), ("99", "30.09.2026", f"J{DEALS_LAST_ROW + 1}")]
    for _ in range(2):
        outcome = sync_client(SLUG, at, sealed.services)
        assert sorted(rows_of_closed_month(outcome)) == expected
        assert all(not problem.blocks for problem in outcome.problems if problem.code == CLOSED_ROW)
        at += timedelta(hours=1)


def test_a_close_cut_off_right_after_its_snapshot_still_knows_late_rows(life, monkeypatch):
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, life.services)
    sync_client(SLUG, SEPTEMBER_CLOSED_AT, life.services)
    with monkeypatch.context() as cut:
        cut.setattr(type(life.services.ledger), "note_rows", _dies)
        with pytest.raises(KeyboardInterrupt):
            close_september(life)
    assert life.services.ledger.snapshot(SLUG, SEPTEMBER) is not None
    close_september(life)
    at = SEPTEMBER_CLOSED_AT + timedelta(hours=1)
    assert rows_of_closed_month(sync_client(SLUG, at, life.services)) == []
    life.enter(MANAGERS[0], "deals", [[serial(date(2026, 9, 25))]], 2, column=9)
    assert rows_of_closed_month(sync_client(SLUG, at, life.services)) == [("1", "25.09.2026", "J2")]


def _dies(*_arguments, **_options):
    raise KeyboardInterrupt
