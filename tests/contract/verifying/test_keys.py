"""Without the key of seals everything goes on but closing; a rotated or lost one keeps the chain whole."""

import pytest

from kpi_rules.errors import NoSealKeyError
from ledger.seal_keys import HANDED_OVER, KEY_FILE, make_key
from operations.months.closing import close_month
from operations.seals.keys import exchange_key
from operations.seals.seal_files import check_files, write_seal
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from tests.contract.client_life import OCTOBER, OCTOBER_CLOSED_AT, SLUG


@pytest.fixture
def life(sealed):
    """September is sealed; October is filled in and over."""
    return sealed


def home(life):
    return life.services.settings.home


def close_october(life):
    return close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")


@pytest.mark.parametrize("other", [False, True])
def test_without_its_key_a_client_is_verified_and_synced_and_no_month_closes(life, other):
    aside = (home(life) / KEY_FILE).rename(home(life) / "aside.pem")
    if other:
        make_key(home(life))
    assert verify_client(SLUG, life.services).intact
    sync_client(SLUG, OCTOBER_CLOSED_AT, life.services)
    before = life.sheets(life.payroll_id)
    with pytest.raises(NoSealKeyError):
        close_october(life)
    assert life.services.ledger.snapshot(SLUG, OCTOBER) is None
    assert life.sheets(life.payroll_id) == before
    aside.rename(home(life) / KEY_FILE)
    close_october(life)
    assert verify_client(SLUG, life.services).intact


@pytest.mark.parametrize("lost", [False, True])
def test_after_an_exchange_of_the_key_the_next_month_closes_on_the_same_chain(life, lost, tmp_path):
    ledger = life.services.ledger
    if lost:
        (home(life) / KEY_FILE).unlink()
    exchange_key(ledger, home(life), "ноутбук украден", OCTOBER_CLOSED_AT, lost=lost, environ={})
    assert verify_client(SLUG, life.services).intact
    close_october(life)
    verification = verify_client(SLUG, life.services)
    assert verification.intact
    assert [one.reason for one in verification.lost_keys] == ["ноутбук украден"] * lost
    september, october = ledger.seals(SLUG)
    assert [one["after"] for one in october.record[HANDED_OVER]] == [1]
    assert october.public_key == ledger.pinned_keys()[-1].public_key != september.public_key
    paths = [tmp_path / "1.json", tmp_path / "2.json"]
    for sealed, path in zip((september, october), paths, strict=True):
        write_seal(sealed, path)
    assert check_files(paths, october.public_key, recompute=True).holds


def test_a_close_begun_before_an_exchange_and_cut_off_keeps_the_key_until_it_is_finished(life):
    calls = iter(range(30))

    def die(_kind):
        if next(calls, None) is None:
            raise KeyboardInterrupt

    life.on_call = die
    with pytest.raises(KeyboardInterrupt):
        close_october(life)
    life.on_call = lambda _kind: None
    ledger = life.services.ledger
    assert ledger.snapshot(SLUG, OCTOBER) is not None
    with pytest.raises(Exception, match="key_amid_close"):
        exchange_key(ledger, home(life), "плановая", OCTOBER_CLOSED_AT, environ={})
    close_october(life)
    exchange_key(ledger, home(life), "плановая", OCTOBER_CLOSED_AT, environ={})
    assert verify_client(SLUG, life.services).intact
