"""A program whose rules have moved on: what was sealed stays as it is, and nothing is recounted silently."""

import pytest

from kpi_rules.deciding import recounting
from kpi_rules.records import months as records
from operations.months.closing import close_month
from operations.seals import late_effects, snapshots
from operations.syncing import gathering
from operations.syncing.gathering import gather
from operations.verifying.verifying import verify_client
from sheets_emulator.serving.faults import Strike
from sheets_sync.errors import RefusedError, TabloError
from tests.contract.client_life import (
    MANAGERS,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    SLUG,
    TOTALS,
)

M02_DEAL_ROW = 7


@pytest.fixture
def life(sealed):
    """September is sealed by the present rules; October is open and filled in."""
    return sealed


@pytest.fixture
def moved_on(monkeypatch):
    """The next version of the rules."""

    def move_on():
        for module in (records, recounting, snapshots, gathering, late_effects):
            monkeypatch.setattr(module, "ENGINE_VERSION", "next")

    return move_on


def test_verify_says_that_it_cannot_recount_and_checks_all_the_rest(life, moved_on):
    life.enter(MANAGERS[1], "deals", [[900_000]], row=M02_DEAL_ROW, column=7)
    moved_on()
    [month] = verify_client(SLUG, life.services).months
    assert [finding.code for finding in month.findings] == ["other_engine"]
    assert len(month.late) == 1
    assert month.effects == ()


def test_the_next_month_closes_on_the_chain_and_a_sync_shows_no_other_result_for_the_sealed_one(
    life, moved_on
):
    moved_on()
    gathered = gather(SLUG, OCTOBER_CLOSED_AT, life.services)
    assert gathered.closed is None
    assert close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП").seal_number == 2
    first, second = life.services.ledger.seals(SLUG)
    assert first.record["engine"] != second.record["engine"] == "next"
    totals = {line.code: line.total_tiyn // 100 for line in snapshots.sealed_payroll(first.record).lines}
    assert totals == TOTALS


def test_a_close_that_was_cut_off_is_not_finished_by_other_rules(life, moved_on):
    life.strike(Strike(kind="error_before", path="batchUpdate", status=400, times=100))
    with pytest.raises(TabloError):
        close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
    life.strike()
    assert life.services.ledger.snapshot(SLUG, OCTOBER) is not None
    moved_on()
    with pytest.raises(RefusedError, match="версия next"):
        close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
    assert len(life.services.ledger.seals(SLUG)) == 1
