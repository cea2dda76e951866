"""Σ paid = Σ of the sealed months + corrections, through the whole path: workbook, ledger, seal, payroll tab.

Random years are played month by month over HTTP, some closes cut off by the process's death; a stateful machine
looks for an order of events in which something is paid twice or lost. `paying_client` has the book to hold
against. Seeds and counts are printed.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.contract.client_life import SALARIES
from tests.faults.paying_client import PayingClient, paying_client

YEARS = int(os.environ.get("MONEY_YEARS", "100"))
PARTS = 4
"""So that two processes can share them."""
LAST_CALL = 40
"""Deaths are spread over a bit more calls than a close makes: some closes get through."""


def play_year(client: PayingClient, dice: random.Random) -> None:
    """Twelve months: sales, corrections up and down, approvals early, late or never, closes cut off."""
    for month in range(12):
        if month:
            client.open_next()
            client.fill(dice.randrange(3), dice.randrange(3))
        for _ in range(dice.choice([0, 0, 1, 2])):
            amount = dice.choice([1, -1]) * dice.choice([dice.randrange(1, 999), dice.randrange(1, 600_000)])
            client.correct(dice.choice(list(SALARIES)), amount, client.month.plus(-dice.randrange(2)))
        for row in client.rows:
            if not row[5] and dice.random() < 0.6:
                client.approve(row[0])
        deaths = [dice.randrange(1, LAST_CALL) for _ in range(dice.choice([0, 0, 0, 1, 2]))]
        client.close(tuple(deaths))
    verification = client.verify()
    assert verification.intact, verification.findings


def play_years(count: int, seed: int, bases: Path) -> str:
    """Play that many years, each of a client of his own; gives a sentence with what was in them."""
    months = corrections = carried = crashes = 0
    for index in range(count):
        home = Path(tempfile.mkdtemp(dir=bases))
        with paying_client(bases, home) as client:
            play_year(client, random.Random(f"{seed}/{index}"))
        shutil.rmtree(home)
        months += 12
        corrections += len(client.settled)
        carried += sum(debt > 0 for debt in client.debts.values())
        crashes += client.crashes
    return (
        f"money of lives, seed {seed}: {count} years, {months} months closed, {corrections} corrections paid, "
        f"{carried} debts carried on, {crashes} closes cut off"
    )


@pytest.fixture
def seed() -> int:
    found = int(os.environ.get("MONEY_SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
    print("MONEY_SEED", found)  # noqa: T201  # a failing run can be repeated
    return found


def test_a_random_year_pays_to_the_tenge(seed, tmp_path_factory, tell):
    tell(play_years(1, seed, tmp_path_factory.getbasetemp()))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_a_hundred_random_years_pay_to_the_tenge(part, seed, tmp_path_factory, tell):
    tell(play_years(YEARS // PARTS, seed, tmp_path_factory.getbasetemp()))


class LifeOfAClient(RuleBasedStateMachine):
    """Any order of events in the life of a client; after each the book must agree."""

    bases: Path

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.rewritten: set[str] = set()

    @initialize()
    def begin(self) -> None:
        self.home = Path(tempfile.mkdtemp(dir=self.bases))
        self.client = self.stack.enter_context(paying_client(self.bases, self.home))

    @rule(
        code=st.sampled_from(list(SALARIES)),
        amount=st.integers(-600_000, 600_000).filter(bool),
        months_ago=st.integers(0, 2),
    )
    def correct(self, code: str, amount: int, months_ago: int) -> None:
        self.client.correct(code, amount, self.client.month.plus(-months_ago))

    @precondition(lambda self: any(not row[5] for row in self.client.rows))
    @rule(data=st.data())
    def approve(self, data: st.DataObject) -> None:
        open_rows = [row[0] for row in self.client.rows if not row[5]]
        self.client.approve(data.draw(st.sampled_from(open_rows)))

    @precondition(lambda self: self.client.settled - self.rewritten)
    @rule(data=st.data())
    def rewrite_what_was_paid(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.client.settled - self.rewritten)))
        self.client.rewrite_paid(number)
        self.rewritten.add(number)

    @precondition(lambda self: self.client.filled)
    @rule()
    def sync(self) -> None:
        self.client.sync()

    @precondition(lambda self: self.client.filled)
    @rule(
        deaths=st.lists(st.integers(1, LAST_CALL), max_size=3),
        sales=st.tuples(st.integers(0, 2), st.integers(0, 2)),
    )
    def close_and_go_on(self, deaths: list[int], sales: tuple[int, int]) -> None:
        self.client.close(tuple(deaths))
        self.client.open_next()
        self.client.fill(*sales)

    @invariant()
    def nothing_is_paid_twice_or_lost(self) -> None:
        if not hasattr(self, "client"):
            return
        client = self.client
        assert client.paid == client.earned + client.corrected + sum(client.debts.values())
        assert client.life.services.ledger.paid_corrections(client.life.slug) == client.settled

    def teardown(self) -> None:
        try:
            if hasattr(self, "client"):
                found = self.client.verify()
                codes = {finding.code for finding in found.findings}
                assert codes == ({"paid_correction_changed"} if self.rewritten else set())
                assert not found.late
        finally:
            self.stack.close()
            shutil.rmtree(self.home, ignore_errors=True)


def run_machine(bases: Path, examples: int, steps: int) -> None:
    machine = type("Machine", (LifeOfAClient,), {"bases": bases})
    machine.TestCase.settings = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    machine.TestCase().runTest()


def test_no_order_of_events_pays_twice_or_loses_a_correction(tmp_path_factory):
    run_machine(tmp_path_factory.getbasetemp(), examples=3, steps=10)


@pytest.mark.slow
def test_no_order_of_many_events_pays_twice_or_loses_a_correction(tmp_path_factory):
    run_machine(tmp_path_factory.getbasetemp(), examples=40, steps=25)
