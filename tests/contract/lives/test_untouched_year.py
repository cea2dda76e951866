"""A client whom nobody does any harm raises no alarm, whatever happens by the rules of the house (behaviour §7).

Check, verify and the nightly look say nothing after openings and closes, after new people (with their accounts on all
files), an upgrade, a repair, keys exchanged and said to be lost, and a locale that somebody changed and a close put
back. In `make test` over two months, at length over the year of `test_year`.
"""

from datetime import timedelta

import pytest

from operations.access.checking import check_client
from operations.access.repairing import repair_client
from operations.clients.deploy import deploy_client
from operations.clients.upgrading import upgrade_client
from operations.months.closing import close_month
from operations.nights.steps import ACCESS, VERIFICATION, ClientNight, do_part
from operations.seals.keys import exchange_key
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from sheets_emulator.access.accounts import ensure_account
from tests.contract.client_acts import people_become
from tests.contract.client_life import (
    HEAD,
    MANAGERS,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    SLUG,
    STRANGER,
    copy_of,
    new_client,
)
from tests.contract.lives.test_year import YEAR, Year, at, live_through

NEW_HEAD, NEW_MANAGER = "dana@bereke.kz", "dinara@bereke.kz"
BY = "консультант"


def seen_in_vain(life, moment):
    """Look as check, verify and the night do; nothing is to be said."""
    services, warned = life.services, []
    assert check_client(SLUG, services).findings == ()
    verified = verify_client(SLUG, services)
    assert (verified.findings, verified.newer) == ((), ())
    night = ClientNight(SLUG, moment, services)
    for part in (ACCESS, VERIFICATION):
        do_part(part, night, lambda _kind, _slug, work: work(), warned.append)
    assert warned == []


# ---- what happens by the rules
def new_people(life, moment, **changed):
    """Other people are entered, and a repair brings their accounts onto everything that there is."""
    for email in (NEW_HEAD, NEW_MANAGER):
        ensure_account(life.emulator.engine.store, email)
    people_become(life, **changed)
    repaired = repair_client(SLUG, moment, life.services, BY)
    assert repaired.done
    assert repaired.left == ()


def a_leaver_and_a_newcomer(life, moment):
    new_people(life, moment, managers=(MANAGERS[0], NEW_MANAGER))


def another_head(life, moment):
    new_people(life, moment, head_email=NEW_HEAD)


def the_old_head_again(life, moment):
    new_people(life, moment, head_email=HEAD)


def more_tabs(life, moment):
    assert upgrade_client(SLUG, moment, life.services, BY, ("payments", "measures"))


def harm_repaired(life, moment):
    drive = life.services.creator.drive
    drive.grant(life.payroll_id, STRANGER, "reader")
    drive.update(life.workbook_id, name="Другое", writersCanShare=True)
    repaired = repair_client(SLUG, moment, life.services, BY)
    assert (len(repaired.done), repaired.left) == (3, ())


def a_key_exchanged(life, moment):
    exchange_key(life.services.ledger, life.services.settings.home, "плановая", moment, environ={})


def a_key_lost(life, moment):
    home = life.services.settings.home
    (home / "seal-key.pem").unlink()
    exchange_key(life.services.ledger, home, "ноутбук украден", moment, lost=True, environ={})


def another_locale(life, _moment):
    change = {"properties": {"locale": "en_US"}, "fields": "locale"}
    life.as_person(MANAGERS[0]).gateway.apply(life.workbook_id, [{"updateSpreadsheetProperties": change}])


def test_over_two_months_with_everything_in_between_nothing_is_said(sealed):
    moment = OCTOBER_CLOSED_AT - timedelta(days=3)
    seen_in_vain(sealed, moment)
    for act in (more_tabs, a_leaver_and_a_newcomer, another_head, harm_repaired, a_key_exchanged):
        act(sealed, moment)
        assert check_client(SLUG, sealed.services).findings == (), act.__name__
    sync_client(SLUG, moment, sealed.services)
    another_locale(sealed, moment)
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, sealed.services, "РОП")
    seen_in_vain(sealed, OCTOBER_CLOSED_AT)


HAPPENS = {
    2: (a_key_exchanged,),
    3: (more_tabs,),
    5: (harm_repaired,),
    6: (another_head, the_old_head_again),
    8: (another_locale,),
    10: (a_leaver_and_a_newcomer, a_key_lost),
    11: (a_key_exchanged, harm_repaired),
}
"""What happens before a month of the year begins."""


@pytest.mark.slow
def test_over_a_year_nothing_is_said(tmp_path_factory, tell):
    home = tmp_path_factory.mktemp("untouched") / "home"
    with copy_of("empty", tmp_path_factory.getbasetemp(), home) as life:
        year = Year(life)
        deploy_client(new_client(shadow=True), at(YEAR[0].plus(-1).last_on), life.services)
        for code, mail, role in (
            ("M01", MANAGERS[0], "менеджер"),
            ("M02", MANAGERS[1], "менеджер"),
            ("R01", HEAD, "РОП"),
        ):
            year.hire(code, mail, role)
        for month in YEAR:
            for act in HAPPENS.get(month.number, ()):
                act(life, at(month.first_on))
                if act is not another_locale:
                    seen_in_vain(life, at(month.first_on))
            live_through(year, month)
            seen_in_vain(life, at(month.plus(1).first_on + timedelta(days=13)))
        seals = life.services.ledger.seals(SLUG)
        files = check_client(SLUG, life.services).files
        tell(
            f"an untouched year: {len(seals)} closes, {files} files and folders, {sum(map(len, HAPPENS.values()))} acts between"
        )
        assert len(seals) == len(YEAR)
