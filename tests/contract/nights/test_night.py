"""A night for all clients over real HTTP: what is due is done, one failure stops no other, two nights take turns."""

from dataclasses import replace

import pytest

from kpi_rules.errors import IntegrityError, NightHeld
from ledger import Ledger, MonthState, open_ledger
from operations.backups.restoring import restore_backup
from operations.clients.deploy import deploy_client
from operations.nights import night as nights
from operations.nights import steps
from operations.nights.night import do_night
from operations.nights.status import fleet_status
from operations.nights.steps import FleetStep
from operations.world.services import open_services
from operations.world.settings import RunSettings
from tests.contract.client_acts import at, state
from tests.contract.client_life import (
    DEPLOYED_AT,
    MANAGERS,
    NOVEMBER,
    OCTOBER,
    SLUG,
    new_client,
)

BETA = "beta-service"
NIGHT_AT = at(6, month=11)
"""Past October's deadline, the 6th: the second working day before payday."""


def played(services, slugs=None, now=NIGHT_AT):
    """Play a night; gives it with what was told and warned."""
    told, warned = [], []
    night = do_night(slugs, now, services, told.append, warned.append)
    assert told == list(night.clients)
    return night, warned


def with_beta(life):
    deploy_client(new_client(slug=BETA, name="ТОО «Бета»"), DEPLOYED_AT, life.services)


def test_a_night_opens_closes_sends_and_verifies_and_says_so_in_a_line_a_client(sealed):
    night, warned = played(sealed.services)
    [alfa] = night.clients
    assert alfa.note == "открыт ноябрь 2026, закрыт октябрь 2026; доступы на месте; цело"
    assert night.is_good
    assert warned == []
    assert state(sealed, OCTOBER) is MonthState.CLOSED
    assert state(sealed, NOVEMBER) is MonthState.OPEN
    steps_of_october = sealed.services.ledger.steps(SLUG, OCTOBER)
    assert {"letter_owner", "letter_accountant"} <= steps_of_october.keys()
    again, _ = played(sealed.services)
    assert [outcome.note for outcome in again.clients] == ["ничего не наступило; доступы на месте; цело"]


def test_no_pay_figure_stands_in_what_a_night_says(sealed, monkeypatch):
    said = []
    real = nights.together
    monkeypatch.setattr(nights, "together", lambda *given: said.append(real(*given)) or said[-1])
    _, warned = played(sealed.services)
    totals = {"390 718", "297 462", "665 318", "390718", "297462", "665318"}
    text = f"{said} {warned}".replace("\u00a0", " ")
    assert not [total for total in totals if total in text]


def test_one_clients_failure_stops_no_other_and_no_other_part_of_its_own_night(sealed, monkeypatch):
    with_beta(sealed)
    real = steps.open_due

    def open_due(slug, now, services):
        if slug == SLUG:
            raise KeyError("оклад 450000")
        return real(slug, now, services)

    monkeypatch.setattr(steps, "open_due", open_due)
    night, _ = played(sealed.services)
    alfa, beta = night.clients
    assert (alfa.slug, beta.slug) == (SLUG, BETA)
    assert alfa.error.startswith("KeyError (nights/test_night.py:")
    assert "450000" not in alfa.error
    assert alfa.note == "доступы на месте; цело", "its look and its verification ran"
    assert beta.error is None
    assert not night.is_good
    [status, _] = fleet_status(sealed.services.ledger, NIGHT_AT)
    assert status.errors == ("UnexpectedError",)
    assert status.night_at is None


def test_a_seal_that_does_not_hold_is_told_by_its_number_and_the_remedy(sealed, monkeypatch):
    def verify_client(slug, _services, *, around):
        raise IntegrityError("verify_differs", count=2, client=slug)

    monkeypatch.setattr(steps, "verify_client", verify_client)
    night, _ = played(sealed.services)
    assert "2" in night.clients[0].error
    assert f"kpi verify {SLUG}" in night.clients[0].remedy


def test_a_reader_too_many_is_told_by_its_number_and_the_remedy_and_the_months_are_verified(sealed):
    sealed.services.creator.drive.grant(sealed.payroll_id, MANAGERS[0], "reader")
    night, warned = played(sealed.services)
    [alfa] = night.clients
    assert not night.is_good
    assert f"kpi client check {SLUG}" in alfa.remedy
    assert alfa.note.endswith("; цело")
    assert MANAGERS[0] not in f"{alfa} {warned}"
    [status] = fleet_status(sealed.services.ledger, NIGHT_AT)
    assert status.errors == ("IntegrityError",)


def test_of_two_nights_at_once_the_second_leaves_the_clients_to_the_first(sealed):
    with open_services(sealed.services.settings) as other, other.ledger.alone("night") as mine:
        assert mine
        with pytest.raises(NightHeld):
            played(sealed.services)
    assert state(sealed, OCTOBER) is MonthState.OPEN
    night, _ = played(sealed.services)
    assert night.is_good


def test_a_step_for_the_ledger_as_a_whole_is_declared_once_and_its_failure_fails_the_night(
    sealed, monkeypatch
):
    done = []

    def work(now, _services):
        done.append(now)
        return "сделано"

    def broken(_now, _services):
        raise ZeroDivisionError

    monkeypatch.setattr(nights, "FLEET", (FleetStep("letters", broken), FleetStep("verify", work)))
    night, _ = played(sealed.services)
    assert done == [NIGHT_AT]
    assert [outcome.error is None for outcome in night.fleet] == [False, True]
    assert night.fleet[1].note == "сделано"
    assert not night.is_good
    some, _ = played(sealed.services, [SLUG])
    assert some.fleet == (), "a night of some clients is none of the ledger"


def test_a_ledger_that_fails_while_a_failure_is_noted_does_not_hide_it(sealed, monkeypatch):
    def fails(*_given, **_named):
        raise ZeroDivisionError

    monkeypatch.setattr(steps, "open_due", fails)
    monkeypatch.setattr(Ledger, "note_night", lambda *_given: (_ for _ in ()).throw(NightHeld()))
    night, _ = played(sealed.services)
    assert "ZeroDivisionError" in night.clients[0].error


# ---- the command
@pytest.fixture
def called(sealed, monkeypatch):
    """The command line on this client, and the addresses that it called."""
    addresses = []
    monkeypatch.setenv("KPI_HOME", str(sealed.services.settings.home))
    monkeypatch.setenv("KPI_HEARTBEAT_URL", "https://hc.example/secret")
    monkeypatch.setattr(
        "operations.world.heartbeat.report_life", lambda url, _sleep=None: addresses.append(url)
    )
    return addresses


@pytest.fixture
def run(command):
    """Run one command line wide enough for a sentence."""
    return lambda *words: command(*words, width=200)


def night_of(run, *words):
    return run("night", *words, "--as-of", "2026-11-06T00:30")


def test_the_command_says_a_line_a_client_and_calls_the_address_after_a_good_night(sealed, run, called):
    code, out, err = night_of(run)
    assert (code, err) == (0, "")
    assert out.splitlines()[:2] == [
        f"{SLUG}: открыт ноябрь 2026, закрыт октябрь 2026; доступы на месте; цело",
        "клиентов: 1",
    ]
    assert called == ["https://hc.example/secret"]


def test_a_night_that_failed_for_one_ends_with_1_and_calls_nobody(sealed, run, called, monkeypatch):
    def verify_client(slug, _services, *, around):
        raise IntegrityError("verify_differs", count=2, client=slug)

    monkeypatch.setattr(steps, "verify_client", verify_client)
    code, out, err = night_of(run)
    assert code == 1
    assert "клиентов: 1, с ошибкой: 1" in out
    assert f"kpi verify {SLUG}" in err
    assert called == []


def test_a_night_of_some_clients_is_no_round(sealed, run, called):
    code, _, _ = night_of(run, SLUG)
    assert code == 0
    assert called == []


def test_a_second_night_says_that_one_is_under_way(sealed, run, called):
    with sealed.services.ledger.alone("night"):
        code, _, err = night_of(run)
    assert code == 1
    assert "Ночная проверка уже идёт" in err


def test_status_tells_the_last_sync_and_night_and_a_silence(sealed, run, called):
    code, _, err = run("status", "--as-of", "2026-11-06T12:00")
    assert code == 1
    assert f"{SLUG}: " in err
    assert "ночной проверки не было с" in err
    night_of(run)
    code, _, _ = run("sync", "--as-of", "2026-11-06T10:00")
    assert code == 0
    code, out, err = run("status", "--as-of", "2026-11-06T12:00")
    assert (code, err) == (0, "")
    assert "06.11.2026 00:30" in out
    assert "06.11.2026 10:00" in out
    code, _, err = run("status", "--as-of", "2026-11-09T12:00")
    assert code == 1
    assert "таблица не обновлялась с 06.11.2026 10:00" in err


def test_a_night_ends_with_a_backup_that_holds_what_it_has_closed(sealed, tmp_path):
    phrase = tmp_path / "phrase"
    phrase.write_text("четыре слова подряд\n", encoding="utf-8")
    folder = tmp_path / "backups"
    kept = replace(sealed.services.settings, backup_folder=folder, passphrase_file=phrase)
    services = replace(sealed.services, settings=kept)
    night, _ = played(services)
    assert night.is_good
    [outcome], [file] = night.fleet, folder.iterdir()
    assert (outcome.slug, file.name in outcome.note) == ("резервная копия", True)
    restored = RunSettings(tmp_path / "restored")
    restore_backup(file, "четыре слова подряд", restored, NIGHT_AT)
    with open_ledger(folder=restored.home) as ledger:
        assert ledger.seals(SLUG) == services.ledger.seals(SLUG)
        assert ledger.month(SLUG, OCTOBER).state is MonthState.CLOSED


def test_a_night_whose_backup_fails_is_not_good_and_has_done_all_the_rest(sealed, tmp_path):
    kept = replace(sealed.services.settings, backup_folder=tmp_path / "backups")
    night, _ = played(replace(sealed.services, settings=kept))
    assert "KPI_BACKUP_DIR" in night.fleet[0].error
    assert not night.is_good
    assert state(sealed, OCTOBER) is MonthState.CLOSED
