"""Each way to more pay without more work is told by name, and an honest month is not (behaviour §4a, «Signals»).

Played on the emulator over a month of syncs, over real HTTP; what is told is what `kpi signals` tells head and owner.
"""

import pytest

from sheets_sync.rendering.worklists import signal_sentence
from tests.contract.client_life import SEPTEMBER, living
from tests.contract.tricks.catalogue import FIRM, HONEST_UNTIL, LOOKED_AT, OWN, TEN
from tests.contract.tricks.firm import Play, copied, played

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def honest_half(tmp_path_factory):
    """The firm's first three weeks."""
    home = tmp_path_factory.mktemp("honest")
    played(FIRM, home, HONEST_UNTIL)
    return home


@pytest.fixture(scope="module")
def play_on(honest_half, tmp_path_factory):
    """Play the rest of the month with changes; give what was told by code, and the scores."""

    def go_on(changes=(), looks=LOOKED_AT, month=SEPTEMBER):
        with living(copied(honest_half, tmp_path_factory.mktemp("trick"))) as life:
            play = Play(life, FIRM, changes)
            play.resume(HONEST_UNTIL)
            for day in looks:
                play.evening(day)
            found = play.look(looks[-1], month)
        results = found.results
        assert all(signal_sentence(signal, found.texts) for signal in results.signals)
        told = {(signal.kind, signal.code) for signal in results.signals}
        return told, {employee.code: employee.score for employee in results.employees}

    return go_on


@pytest.fixture(scope="module")
def honest(play_on):
    """What is told of the honest month, and its scores."""
    return play_on()


def test_of_an_honest_month_nothing_is_told(honest):
    told, scores = honest
    assert told == set()
    assert all(score is not None and score < 100 for score in scores.values())


def figure(score):
    return "—" if score is None else f"{float(score):.1f}"


@pytest.mark.parametrize("trick", [*TEN, *OWN], ids=lambda trick: trick.told + "-" + trick.name)
def test_a_trick_is_told_by_name(trick, play_on, honest, tell):
    told, scores = play_on(trick.changes, trick.looks, trick.month)
    assert (trick.told, trick.code) in told
    # Nobody else is told of.
    assert {code for _, code in told} == {trick.code}
    assert {kind for kind, _ in told} - {trick.told} <= trick.more
    before, after = (figure(each.get(trick.code)) for each in (honest[1], scores))
    tell(f"{trick.name}: {trick.told} ({before} → {after})")


def test_the_tricks_are_many():
    assert len(TEN) == 9
    assert len(OWN) >= 10
