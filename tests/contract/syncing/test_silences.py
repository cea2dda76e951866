"""A silence of more than a day is told on «Табло» by the sync that ends it, for a day, in the client's language."""

import pytest

from kpi_rules.errors import ClientUnavailableError
from operations.syncing.sync import sync_client
from tests.contract.client_acts import at
from tests.contract.client_life import SLUG

TOLD = "С 15.09.2026 09:00 до 17.09.2026 09:00 обновлений не было: всё это время числа здесь не менялись."
"""The 15th is a Tuesday."""


def synced(life, day, hour):
    """Sync at a moment that is the present one; gives the words of «Табло» that tell a silence."""
    now = at(day, month=9, hour=hour)
    life.services.clock = lambda: now
    sync_client(SLUG, now, life.services)
    rows = life.cells(life.workbook_id, "Табло")
    return [cell for row in rows for cell in row if "обновлений не было" in str(cell)]


def test_the_first_sync_after_a_silence_tells_it_for_a_day(life):
    assert synced(life, 14, 19) == []
    assert synced(life, 15, 9) == []
    assert synced(life, 17, 9) == [TOLD]
    assert synced(life, 17, 10) == [TOLD], "and those after it"
    assert synced(life, 18, 8) == [TOLD]
    assert synced(life, 18, 10) == [], "for a day"


def test_a_silence_is_told_once_however_often_a_sync_is_repeated(life):
    synced(life, 15, 9)
    assert synced(life, 17, 9) == [TOLD]
    assert synced(life, 17, 9) == [TOLD]
    assert list(life.services.ledger.acknowledged(SLUG, "silence")) == [
        "2026-09-15T04:00:00+00:00 2026-09-17T04:00:00+00:00"
    ]


@pytest.mark.parametrize("hour", [9, 11])
def test_a_sunday_is_no_silence(life, hour):
    assert synced(life, 19, 9) == []  # a Saturday
    assert synced(life, 21, hour) == []


def test_with_a_played_moment_there_is_no_silence(life):
    for day in (15, 25):
        sync_client(SLUG, at(day, month=9), life.services)
    assert "обновлений не было" not in str(life.cells(life.workbook_id, "Табло"))
    assert life.services.ledger.acknowledged(SLUG, "silence") == {}


def test_the_address_of_the_dead_mans_switch_is_called_after_a_round_of_all_clients(
    life, command, monkeypatch
):
    called = []
    monkeypatch.setenv("KPI_HOME", str(life.services.settings.home))
    monkeypatch.setenv("KPI_HEARTBEAT_URL", "https://hc.example/secret")
    monkeypatch.setattr(
        "operations.world.heartbeat.report_life", lambda url, _sleep=None: called.append(url) or "не дошло"
    )
    code, _, _ = command("sync", SLUG, "--as-of", "2026-09-15T09:00")
    assert (code, called) == (0, [])
    code, _, err = command("sync", "--as-of", "2026-09-15T10:00")
    assert (code, called) == (0, ["https://hc.example/secret"])
    assert err.strip() == "не дошло"
    monkeypatch.setattr("operations.syncing.sync.gather", _out_of_reach)
    code, _, _ = command("sync", "--as-of", "2026-09-15T11:00")
    assert (code, len(called)) == (1, 1), "a round that failed for somebody is no good one"


def _out_of_reach(*_given, **_named):
    raise ClientUnavailableError("client_without_files", client=SLUG)
