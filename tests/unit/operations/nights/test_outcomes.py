"""What one client's failure does to the others, and what an error may tell."""

import errno
import traceback
from datetime import UTC, datetime

import pytest

from kpi_rules.errors import ClientUnavailableError, RefusedError, RetryableError
from ledger import LeaseHeld, UnknownClientError
from operations.nights.outcomes import (
    ClientOutcome,
    UnexpectedError,
    count_line,
    each_client,
    silenced,
    summary,
    together,
)
from tests.telling import tells, worded


def test_a_failing_client_is_told_and_does_not_stop_the_others():
    faults = {
        "beta": worded(ClientUnavailableError, "Нет доступа к таблице.", "Откройте доступ."),
        "gamma": UnknownClientError("gamma"),
        "delta": UnexpectedError("ValueError (kpi_rules/scoring.py:12)"),
    }
    told = []

    def work(slug):
        if slug in faults:
            raise faults[slug]
        return f"готово {slug}"

    outcomes = each_client(["alfa", "beta", "gamma", "delta", "omega"], work, told.append)

    assert told == outcomes
    assert outcomes[0] == ClientOutcome("alfa", "готово alfa")
    assert outcomes[1] == ClientOutcome("beta", error="Нет доступа к таблице.", remedy="Откройте доступ.")
    assert "gamma" in outcomes[2].error
    assert outcomes[3].error == "ValueError (kpi_rules/scoring.py:12)"
    assert outcomes[4].error is None


def test_a_close_that_somebody_else_is_doing_is_no_failure():
    def work(_slug):
        raise LeaseHeld("alfa", "2026-10", "worker-2", datetime(2026, 11, 6, tzinfo=UTC))

    assert each_client(["alfa"], work, lambda _: None) == [
        ClientOutcome("alfa", "закрывается другим: worker-2")
    ]


def test_an_error_that_nobody_foresaw_goes_through():
    def work(_slug):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        each_client(["alfa"], work, lambda _: None)


def test_the_summary_names_who_failed_and_why_and_leaves_out_the_others():
    outcomes = [ClientOutcome("alfa", "записано: 3"), ClientOutcome("beta", error="Нет доступа.")]
    assert summary(outcomes) == "клиентов: 2, с ошибкой: 1; beta: Нет доступа."


def test_the_summary_of_a_good_shard_says_what_was_done():
    assert summary([ClientOutcome("alfa", "записано: 3"), ClientOutcome("beta")]) == (
        "клиентов: 2; alfa: записано: 3"
    )


def test_what_failed_in_one_part_of_a_night_and_what_was_done_in_the_others_stand_together():
    parts = [
        ClientOutcome("alfa", error="Нет доступа.", remedy="Откройте доступ."),
        ClientOutcome("alfa", "цело"),
        ClientOutcome("alfa", error="Google занят.", remedy="Откройте доступ."),
    ]
    assert together("alfa", parts) == ClientOutcome(
        "alfa", "цело", "Нет доступа. Google занят.", "Откройте доступ."
    )
    assert together("alfa", parts[1:2] * 2) == ClientOutcome("alfa", "цело; цело")


def test_the_count_says_how_many_failed():
    good, bad = ClientOutcome("alfa"), ClientOutcome("beta", error="Нет.")
    assert count_line([good, bad, bad]) == "клиентов: 3, с ошибкой: 2"
    assert count_line([good]) == "клиентов: 1"


def test_an_unknown_error_tells_its_class_and_place_but_no_value():
    def parse():
        return int("оклад 450000")

    with pytest.raises(UnexpectedError) as caught:
        silenced(parse)()

    written = "".join(traceback.format_exception(caught.value))
    assert "450000" not in written
    assert str(caught.value).startswith("ValueError (nights/test_outcomes.py:")


def test_a_known_error_comes_out_itself_without_the_library_error_behind_it():
    def call():
        try:
            int("the request was {salary: 450000}")
        except ValueError as error:
            raise worded(RetryableError, "Google занят.") from error

    with tells(RetryableError, "Google занят") as caught:
        silenced(call)()

    assert "450000" not in "".join(traceback.format_exception(caught.value))


def test_a_full_disk_is_a_known_error_wherever_it_comes_up():
    def write():
        raise OSError(errno.ENOSPC, "No space left on device", "/data/x")

    with pytest.raises(RefusedError) as caught:
        silenced(write)()
    assert caught.value.code == "disk_full"
