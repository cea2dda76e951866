"""The nightly flows, the sweeper and deploy on a real Prefect server.

First with operations of the test's own, at the end with the real ones on a local emulator.
"""

from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from flows import deploy, month, sweep, verify
from flows import steps as flow_steps
from kpi_rules.errors import ClientUnavailableError
from kpi_rules.time.periods import Month
from ledger import LeaseHeld
from operations.letters.sending import LetterNote
from operations.nights import night as nights
from operations.nights import steps
from operations.nights.steps import FleetStep
from operations.world.telling import working_texts
from tests.telling import worded

pytestmark = pytest.mark.prefect
NOW = datetime(2026, 11, 6, 19, 30, tzinfo=UTC)
OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)


@pytest.fixture
def world(monkeypatch):
    """Services whose ledger knows two closes that were cut off."""
    cut_off = [SimpleNamespace(client=slug, month=OCTOBER, free=False) for slug in ("alfa", "beta", "gamma")]
    nights = []
    ledger = SimpleNamespace(
        unfinished_closes=lambda _at: cut_off,
        note_night=lambda slug, part, _at, error=None: nights.append((slug, part, error)),
    )
    world = SimpleNamespace(ledger=ledger, clock=lambda: NOW, closed=[], nights=nights, words=working_texts())
    world.progress = lambda _step: None

    @contextmanager
    def services_of_run():
        yield world

    for flows in (deploy, month, sweep, verify):
        monkeypatch.setattr(flows, "services_of_run", services_of_run)
    return world


def test_the_nightly_check_says_what_was_opened_and_closed_and_warns_of_what_is_overdue(
    served, world, monkeypatch
):
    checks = {
        "alfa": SimpleNamespace(closed=(SimpleNamespace(month=OCTOBER),), overdue=()),
        "beta": SimpleNamespace(closed=(), overdue=(OCTOBER,), hindered=("why",)),
        "gamma": SimpleNamespace(closed=(), overdue=()),
    }
    opened = {"alfa": (NOVEMBER,)}
    monkeypatch.setattr(steps, "open_due", lambda slug, _now, _services: opened.get(slug, ()))
    monkeypatch.setattr(steps, "close_due", lambda slug, _now, _services: checks[slug])
    failed = LetterNote(OCTOBER, "owner", "owner@beta.kz", "failed")
    monkeypatch.setattr(
        steps, "send_due_letters", lambda slug, _services: (failed,) if slug == "gamma" else ()
    )
    told = []
    monkeypatch.setattr(
        steps, "send_overdue_letters", lambda slug, late, _now, _services: told.append((slug, late)) or ()
    )

    state = month.month(slugs=["alfa", "beta", "gamma"], as_of=NOW, return_state=True)

    assert state.is_completed()
    assert state.message == (
        "клиентов: 3; alfa: открыт ноябрь 2026, закрыт октябрь 2026; beta: просрочен октябрь 2026; gamma: ничего не наступило"
    )
    kept = served.everything_kept()
    assert "beta: срок закрытия прошёл: октябрь 2026" in kept
    assert world.nights == [(slug, "month", None) for slug in ("alfa", "beta", "gamma")]
    assert told == [("beta", ("why",))]
    assert "gamma: письмо за октябрь 2026, собственнику: не ушло" in kept
    assert "owner@beta.kz" not in kept


def test_a_verification_that_finds_differences_fails_and_tells_how_many_but_not_what(
    served, world, monkeypatch
):
    found = {
        "alfa": SimpleNamespace(findings=(), newer=(), late=("№ 7", "№ 9"), outside=("A1",)),
        "beta": SimpleNamespace(late=(), newer=(), findings=("B7: 731905 вместо 731900", "B8"), outside=()),
    }
    noted = {}
    monkeypatch.setattr(steps, "check_client", lambda _slug, _services: SimpleNamespace(findings=()))
    monkeypatch.setattr(steps, "verify_client", lambda slug, _services, **_how: found[slug])
    monkeypatch.setattr(
        steps, "note_outside_formulas", lambda slug, outside, _services: noted.update({slug: outside})
    )

    state = verify.verify(slugs=["alfa", "beta"], return_state=True)

    assert state.is_failed()
    assert state.message == "клиентов: 2, с ошибкой: 1; beta: Сверка нашла расхождений: 2."
    kept = served.everything_kept()
    assert "alfa: доступы на месте, цело, поздних правок: 2, формул из чужих файлов: 1" in kept
    assert noted == {"alfa": ("A1",), "beta": ()}
    assert world.nights == [
        ("alfa", "access", None),
        ("alfa", "verify", None),
        ("beta", "access", None),
        ("beta", "verify", "IntegrityError"),
    ]
    assert "kpi verify beta" in kept
    assert "731905" not in kept


def test_the_sweeper_finishes_each_close_that_it_can_and_one_failure_stops_no_other(
    served, world, monkeypatch
):
    def close(slug, closed_month, now, _services, by):
        if slug == "alfa":
            raise worded(ClientUnavailableError, "Нет доступа к таблице.")
        if slug == "beta":
            raise LeaseHeld("beta", "2026-10", "host 12 ab", NOW)
        world.closed.append((slug, closed_month, now, by))

    monkeypatch.setattr(sweep, "close_month", close)
    written = []
    monkeypatch.setattr(sweep, "send_due_letters", lambda slug, _services: written.append(slug))

    state = sweep.sweep(as_of=NOW, return_state=True)

    assert world.closed == [("gamma", OCTOBER, NOW, "sweep")]
    assert written == ["gamma"]
    assert state.is_failed()
    assert state.message.startswith(
        "прерванных закрытий: 3, с ошибкой: 1; alfa 2026-10: Нет доступа к таблице.; запусков начато заново: "
    )


def test_a_client_is_deployed_by_the_form_and_what_people_should_know_is_in_the_log(
    served, world, monkeypatch
):
    asked = []

    def deploy_client(new, now, _services):
        asked.append((new, now))
        return SimpleNamespace(remarks=("Собственник и РОП — одно лицо.",))

    monkeypatch.setattr(deploy, "deploy_client", deploy_client)

    state = deploy.deploy(
        name="Альфа",
        slug="alfa",
        head_email="a@alfa.local",
        owner_email="a@alfa.local",
        accountant_email="buh@alfa.local",
        manager_emails=["m@alfa.local"],
        as_of=NOW,
        return_state=True,
    )

    assert state.message == "alfa: развёрнут"
    new, now = asked[0]
    assert (new.slug, new.manager_emails, new.template, new.shadow, now) == (
        "alfa", ("m@alfa.local",), "b2b", False, NOW,
    )  # fmt: skip
    assert "Собственник и РОП — одно лицо." in served.everything_kept()


def test_what_is_done_once_a_night_belongs_to_the_flow_of_months_and_its_failure_fails_it(
    served, world, monkeypatch
):
    done = []

    def broken(now, _services):
        done.append(now)
        raise ZeroDivisionError("450000")

    monkeypatch.setattr(month, "FLEET", ("some",))
    monkeypatch.setattr(nights, "FLEET", (FleetStep("letters", broken),))
    monkeypatch.setattr(flow_steps, "_deployed_clients", list)

    state = month.month(as_of=NOW, return_state=True)

    assert done == [NOW]
    assert state.is_failed()
    assert state.message.startswith(
        "клиентов нет | после клиентов: 1, с ошибкой: 1; письма: ZeroDivisionError"
    )
    assert "450000" not in served.everything_kept()
    month.month(slugs=[], as_of=NOW, return_state=True)
    assert done == [NOW], "for clients named by hand it is no night of the ledger"


def test_the_life_of_a_client_goes_through_the_flows(served, tmp_path, monkeypatch):
    monkeypatch.setenv("KPI_HOME", str(tmp_path / "kpi"))
    called = []
    monkeypatch.setattr(flow_steps, "report_life", lambda url: called.append(url) or "сторож молчит")
    monkeypatch.setenv("KPI_HEARTBEAT_URL", "https://hc.example/secret")
    people = {role: f"{role}@alfa.local" for role in ("head_email", "owner_email", "accountant_email")}
    started = datetime(2026, 9, 30, 9, tzinfo=UTC)
    first_workday = datetime(2026, 10, 1, 19, tzinfo=UTC)  # in Almaty already the second of October

    monkeypatch.setattr(verify, "moment", lambda _as_of: first_workday)
    said = [
        deploy.deploy(name="Альфа", slug="alfa", **people, as_of=started, return_state=True),
        month.month(as_of=first_workday, return_state=True),
        month.month(as_of=first_workday, return_state=True),
        verify.verify(return_state=True),
        sweep.sweep(as_of=first_workday, return_state=True),
    ]

    assert [state.message.split("; запусков")[0] for state in said] == [
        "alfa: развёрнут",
        "клиентов: 1; alfa: открыт октябрь 2026",
        "клиентов: 1; alfa: ничего не наступило",
        "клиентов: 1; alfa: доступы на месте, цело",
        "прерванных закрытий: 0",
    ]
    assert all(state.is_completed() for state in said)
    assert called == ["https://hc.example/secret"], "after the verification, with which the night ends"
    kept = served.everything_kept()
    assert "сторож молчит" in kept
    assert "hc.example" not in kept
