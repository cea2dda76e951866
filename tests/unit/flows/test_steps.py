"""What all flows share, as plain functions: the moment, what is repeated, what errors may tell."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError

from flows import steps
from kpi_rules.errors import ClientUnavailableError, IntegrityError, RefusedError, RetryableError
from ledger import LedgerError, LedgerUnavailableError
from operations.nights.outcomes import UnexpectedError
from operations.world.settings import RunSettings
from tests.telling import remedy_of

LOCAL = RunSettings(home=Path("home"))
GOOGLE = RunSettings(home=Path("home"), worker_key=Path("key.json"))


def test_a_moment_without_a_zone_is_almaty_time():
    assert steps.moment(datetime(2026, 10, 15, 9)) == datetime(2026, 10, 15, 4, tzinfo=UTC)  # noqa: DTZ001


def test_a_moment_with_a_zone_keeps_its_instant_and_is_given_in_utc():
    given = datetime(2026, 10, 15, 9, tzinfo=timezone(timedelta(hours=2)))
    assert steps.moment(given).isoformat() == "2026-10-15T07:00:00+00:00"


def test_no_moment_means_now():
    before = datetime.now(UTC)
    assert before <= steps.moment(None) <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("error", "passing", "passing_and_not_done"),
    [
        (RetryableError("x", carried_out=False), True, True),
        (RetryableError("x", carried_out=None), True, False),
        (LedgerUnavailableError("x"), True, True),
        (LedgerError("x"), False, False),
        (ClientUnavailableError("x"), False, False),
        (IntegrityError("x"), False, False),
        (UnexpectedError("x"), False, False),
    ],
)
def test_only_passing_faults_are_repeated_and_a_write_only_when_nothing_was_carried_out(
    error, passing, passing_and_not_done
):
    assert steps.is_passing(error) is passing
    assert steps.is_passing_and_not_done(error) is passing_and_not_done


def test_the_emulator_is_not_throttled_and_google_is(monkeypatch):
    monkeypatch.delenv("KPI_RATE_LIMIT", raising=False)
    taken = []
    monkeypatch.setattr(steps, "rate_limit", lambda name, **options: taken.append((name, options["strict"])))

    assert steps._throttle(LOCAL) is None
    steps._throttle(GOOGLE)("read")

    assert taken == [("sheets", True)]


def test_the_limit_can_be_named_or_switched_off(monkeypatch):
    taken = []
    monkeypatch.setattr(steps, "rate_limit", lambda name, **_: taken.append(name))

    monkeypatch.setenv("KPI_RATE_LIMIT", "quota-b")
    steps._throttle(LOCAL)("write")
    monkeypatch.setenv("KPI_RATE_LIMIT", "off")

    assert steps._throttle(GOOGLE) is None
    assert taken == ["quota-b"]


def test_a_missing_limit_is_refused_with_the_command_that_makes_it(monkeypatch):
    def missing(_name, **_):
        raise ConcurrencySlotAcquisitionError("must be created")

    monkeypatch.setattr(steps, "rate_limit", missing)
    with pytest.raises(RefusedError) as caught:
        steps._throttle(GOOGLE)("read")
    assert "prefect gcl create sheets --limit 6 --slot-decay-per-second 0.9" in remedy_of(caught)


@pytest.mark.parametrize("cause", [ConnectionError("gone"), TimeoutError("late")])
def test_a_limit_that_cannot_be_asked_is_a_passing_fault(monkeypatch, cause):
    def unreachable(_name, **_):
        if isinstance(cause, TimeoutError):
            raise cause
        raise ConcurrencySlotAcquisitionError("unable") from cause

    monkeypatch.setattr(steps, "rate_limit", unreachable)
    with pytest.raises(RetryableError):
        steps._throttle(GOOGLE)("read")
