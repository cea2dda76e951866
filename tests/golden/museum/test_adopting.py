"""A client of every release comes back from its files where the ledger is lost, be it upgraded before or not."""

import shutil

import pytest

from ledger import open_ledger
from operations.seals.recounting import recount_client
from tests.golden.museum.test_museum import assert_pays_what_waited_and_was_carried, close_on_top

KEY = "seal-key.pem"


@pytest.fixture
def new_home(home):
    """An emptied machine at the same Google: the key of seals is all that was saved."""
    new = home.with_name("new")
    new.mkdir()
    shutil.copy2(home / KEY, new / KEY)
    (new / "emulator").symlink_to(home / "emulator")
    return new


@pytest.mark.parametrize("upgraded", [False, True], ids=["as it was", "upgraded"])
def test_every_client_is_adopted_verifies_recounts_and_goes_on(
    piece, home, new_home, kpi, monkeypatch, tmp_path, upgraded
):
    if upgraded:
        kpi("client", "upgrade", "--all")
    monkeypatch.setenv("KPI_HOME", str(new_home))
    for slug, client in piece.clients.items():
        told = kpi("client", "adopt", slug)
        assert all(month in told for month in client["closed"])
        assert "не такой" not in told, "the payroll tab is known in the words of every release"
    assert kpi("verify").count("целы") == sum(len(client["closed"]) for client in piece.clients.values())
    with open_ledger(folder=home) as old, open_ledger(folder=new_home) as ledger:
        for slug in piece.clients:
            assert ledger.seals(slug) == old.seals(slug)
            assert all(month.holds for month in recount_client(ledger, slug))
    for slug, client in piece.clients.items():
        kpi("month", "open", slug, client["open"], "--as-of", client["close_at"])
    close_on_top(piece, kpi)
    assert kpi("verify").count("целы") == sum(len(client["closed"]) + 1 for client in piece.clients.values())
    for slug, client in piece.clients.items():
        assert_pays_what_waited_and_was_carried(piece, slug, client, kpi, tmp_path)
