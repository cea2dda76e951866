"""The one list of steps of a night, and how a part of it is gone through for one client."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from kpi_rules.errors import LeaseHeld, LedgerUnavailableError, RetryableError
from operations.nights import steps
from operations.nights.outcomes import UnexpectedError
from operations.nights.steps import FLEET, NIGHT, ClientNight, Did, NightStep, do_part
from templates.loading import languages, texts

NOW = datetime(2026, 11, 6, 19, 30, tzinfo=UTC)


class Notes:
    """A ledger that keeps how nights went, or is out of reach."""

    def __init__(self):
        self.kept, self.reachable = [], True

    def note_night(self, slug, part, at, error=None):
        if not self.reachable:
            raise LedgerUnavailableError("gone")
        self.kept.append((slug, part, at, error))


@pytest.fixture
def notes():
    return Notes()


@pytest.fixture
def go(monkeypatch, notes):
    """Go through a part made of steps; gives what was said, what was warned and which kinds were run."""

    def through(*made):
        monkeypatch.setattr(steps, "NIGHT", {"month": made})
        warned, ran = [], []

        def run(kind, slug, work):
            ran.append(f"{slug} {kind}")
            return work()

        night = ClientNight("alfa", NOW, SimpleNamespace(ledger=notes))
        return do_part("month", night, run, warned.append), warned, ran

    return through


def says(*words, warnings=()):
    return lambda _night: Did(words, tuple(warnings))


def raises(error):
    def work(_night):
        raise error

    return work


def test_every_step_has_a_name_in_each_language():
    kinds = [step.kind for part in NIGHT.values() for step in part] + [step.kind for step in FLEET]
    for language in languages():
        words = texts(language)
        assert all(f"flow.step_{kind}" in words for kind in kinds), language


def test_steps_are_gone_through_in_their_order_and_what_they_did_stands_together(go, notes):
    said, warned, ran = go(
        NightStep("open", says("открыт")), NightStep("close", says("закрыт", "ещё", warnings=["взгляните"]))
    )
    assert said == "открыт, закрыт, ещё"
    assert warned == ["взгляните"]
    assert ran == ["alfa open", "alfa close"]
    assert notes.kept == [("alfa", "month", NOW, None)]


def test_a_step_is_asked_after_those_before_it_whether_it_is_due(go):
    def hinders(night):
        night.hindered = ("why",)
        return Did()

    late = NightStep("overdue_letters", says("написано"), due=lambda night: bool(night.hindered))
    assert go(late)[0] == "ничего не наступило"
    assert go(NightStep("close", hinders), late)[0] == "написано"


@pytest.mark.parametrize("error", [RetryableError("x"), UnexpectedError("KeyError")])
def test_a_step_that_fails_ends_the_part_and_is_noted_by_its_class(go, notes, error):
    with pytest.raises(type(error)):
        go(NightStep("open", raises(error)), NightStep("close", pytest.fail))
    assert notes.kept == [("alfa", "month", NOW, type(error).__name__)]


def test_a_month_that_somebody_else_is_at_work_on_is_noted_as_nothing(go, notes):
    with pytest.raises(LeaseHeld):
        go(NightStep("close", raises(LeaseHeld("alfa", "2026-10", "host 1", NOW))))
    assert notes.kept == []


def test_the_first_error_is_told_where_it_cannot_be_noted(go, notes):
    notes.reachable = False
    with pytest.raises(RetryableError) as failed:
        go(NightStep("open", raises(RetryableError("first"))))
    assert failed.value.code == "first"
