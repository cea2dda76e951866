"""A month opens in its order, once, and only by rules that somebody entered; what freezes then holds."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from kpi_rules.errors import RefusedError
from kpi_rules.policies import Policies
from kpi_rules.time.periods import ALMATY, Month
from ledger import FrozenKind, LeaseHeld, Ledger, MonthState
from operations.clients.deploy import deploy_client
from operations.months.opening import open_due, open_month
from operations.syncing.sync import sync_client
from operations.world.services import open_services
from tests.contract.client_acts import at, state
from tests.contract.client_life import (
    DEPLOYED_AT,
    HEAD,
    MID_SEPTEMBER_AT,
    NOVEMBER,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    OCTOBER_OPENED_AT,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SEPTEMBER_OPENED_AT,
    SLUG,
    new_client,
    plan_rows,
    serial,
    staff_rows,
)
from tests.telling import remedy_of, tells, what_of


def test_opening_freezes_rules_calendar_and_the_plan_that_is_there(life):
    ledger = life.services.ledger
    assert state(life) is MonthState.OPEN
    assert set(ledger.frozen(SLUG, SEPTEMBER, FrozenKind.PLAN)) == {"M01", "M02"}
    [rules] = ledger.frozen(SLUG, SEPTEMBER, FrozenKind.RULES).values()
    assert rules["name"] == "b2b"
    assert len(ledger.frozen(SLUG, SEPTEMBER, FrozenKind.CALENDAR)) == 1
    plan = ledger.frozen(SLUG, SEPTEMBER, FrozenKind.PLAN)["M01"]
    assert plan["revenue_tiyn"] == 100_000_000


def test_opening_again_changes_nothing(life):
    before = life.services.ledger.month(SLUG, SEPTEMBER)
    assert open_month(SLUG, SEPTEMBER, at(20, month=9), life.services) == before


AUGUST = Month(2026, 8)


@pytest.mark.parametrize(("month", "word"), [(SEPTEMBER, "закрыт"), (AUGUST, "порядку")])
def test_a_closed_or_earlier_month_does_not_open(sealed, month, word):
    with pytest.raises(RefusedError) as failed:
        open_month(SLUG, month, SEPTEMBER_CLOSED_AT, sealed.services)
    assert word in what_of(failed) + remedy_of(failed)


def test_a_month_whose_rules_cannot_be_read_does_not_open_by_half(life):
    life.enter(HEAD, "rules", [["сто"]], row=2, column=6)
    with tells(RefusedError, "Правила"):
        open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, life.services)
    assert life.services.ledger.month(SLUG, OCTOBER) is None
    assert life.services.ledger.frozen(SLUG, OCTOBER, FrozenKind.RULES) == {}


def test_the_running_month_opens_by_itself_on_its_first_working_day(life):
    """31 October is a Saturday, 1 November a Sunday: November opens on the 2nd."""
    assert open_due(SLUG, OCTOBER_OPENED_AT, life.services) == (OCTOBER,)
    assert open_due(SLUG, OCTOBER_OPENED_AT, life.services) == ()
    assert open_due(SLUG, at(1, month=11), life.services) == ()
    assert open_due(SLUG, at(2, month=11), life.services) == (NOVEMBER,)


def test_a_month_whose_plan_is_approved_opens_before_its_first_day(life):
    assert open_due(SLUG, at(25, month=9), life.services) == ()
    life.enter(HEAD, "months", [["2026-10", True, False]])
    assert open_due(SLUG, at(25, month=9), life.services) == (OCTOBER,)


def test_no_month_opens_by_rules_that_nobody_entered(deployed):
    deployed.enter(HEAD, "staff", staff_rows())
    deployed.enter(HEAD, "plan", plan_rows(SEPTEMBER))
    start = serial(date(2027, 1, 1))
    last = len(deployed.cells(deployed.workbook_id, "Правила"))
    deployed.enter(HEAD, "rules", [[start]] * (last - 1))
    deployed.enter(HEAD, "rules", [[start]] * 3, column=11)
    with tells(RefusedError, "нет годных правил"):
        open_month(SLUG, SEPTEMBER, SEPTEMBER_OPENED_AT, deployed.services)
    assert deployed.services.ledger.months(SLUG) == []
    outcome = sync_client(SLUG, MID_SEPTEMBER_AT, deployed.services)
    assert [p.blocks for p in outcome.problems if p.code == "rules_not_in_force"] == [True]


def test_policies_of_the_clients_own_rulebook_hold(empty):
    rules = replace(empty.services.template("b2b", "ru").rulebook, policies=Policies({"min_leads": 7}))
    deploy_client(new_client(rulebook=rules), DEPLOYED_AT, empty.services)
    open_month(SLUG, SEPTEMBER, SEPTEMBER_OPENED_AT, empty.services)
    kept = empty.services.ledger.frozen(SLUG, SEPTEMBER, FrozenKind.RULES)["all"]
    assert kept["policies"]["min_leads"] == 7


@pytest.mark.parametrize("month", [NOVEMBER, Month(2026, 8)])
def test_only_the_month_after_the_last_one_opens_and_is_named(life, month):
    with tells(RefusedError, "следующий — октябрь 2026"):
        open_month(SLUG, month, OCTOBER_CLOSED_AT, life.services)


def test_the_first_month_is_not_opened_further_ahead_than_the_next(deployed):
    with tells(RefusedError, "рано"):
        open_month(SLUG, NOVEMBER, SEPTEMBER_OPENED_AT, deployed.services)


def test_the_nightly_opening_catches_up_in_order(life):
    assert open_due(SLUG, datetime(2026, 11, 3, 1, tzinfo=ALMATY), life.services) == (OCTOBER, NOVEMBER)


def test_a_shadow_month_whose_opening_was_cut_off_stays_one(empty):
    deploy_client(new_client(shadow=True), DEPLOYED_AT, empty.services)
    ledger = empty.services.ledger
    ledger.set_month_state(SLUG, SEPTEMBER, MonthState.PLANNING, at=SEPTEMBER_OPENED_AT, shadow=True)
    assert open_month(SLUG, SEPTEMBER, SEPTEMBER_OPENED_AT, empty.services).shadow
    assert not open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, empty.services).shadow


NOVEMBER_OPENS_AT = at(2, month=11)


def meeting(life, monkeypatch, at_call, act):
    """Do something of another process just before a call of the ledger, once."""
    real, met = getattr(Ledger, at_call), []

    def called(ledger, *given, **named):
        if not met:
            met.append(None)
            act()
        return real(ledger, *given, **named)

    monkeypatch.setattr(Ledger, at_call, called)
    return met


def opened_elsewhere(life):
    """November opens in another process, from start to end."""
    with open_services(life.services.settings) as services:
        open_month(SLUG, NOVEMBER, NOVEMBER_OPENS_AT, services)


def test_of_two_who_open_a_month_the_second_gets_what_the_first_has_opened(sealed, monkeypatch):
    met = meeting(sealed, monkeypatch, "lease", lambda: opened_elsewhere(sealed))
    opened = open_month(SLUG, NOVEMBER, NOVEMBER_OPENS_AT, sealed.services)
    assert met
    assert opened.state is MonthState.OPEN
    assert opened == sealed.services.ledger.month(SLUG, NOVEMBER)


@pytest.mark.parametrize("at_call", ["set_month_state", "freeze"])
def test_whoever_opens_a_month_while_another_is_at_it_is_told_so_in_words(sealed, monkeypatch, at_call):
    refused = []

    def second():
        with pytest.raises(LeaseHeld) as held:
            opened_elsewhere(sealed)
        refused.append(held)

    assert meeting(sealed, monkeypatch, at_call, second) == []
    assert open_month(SLUG, NOVEMBER, NOVEMBER_OPENS_AT, sealed.services).state is MonthState.OPEN
    assert "открывает" in what_of(refused[0])
    assert "повторите" in remedy_of(refused[0])


def test_the_nightly_check_takes_a_month_that_another_has_just_opened_for_opened(sealed, monkeypatch):
    meeting(sealed, monkeypatch, "lease", lambda: opened_elsewhere(sealed))
    assert open_due(SLUG, NOVEMBER_OPENS_AT, sealed.services) == (NOVEMBER,)
    assert state(sealed, NOVEMBER) is MonthState.OPEN
