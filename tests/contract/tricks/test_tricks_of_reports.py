"""What people write into daily reports for more pay is told by name, on the emulator (behaviour §4, §4a).

The B2C client of `tests.contract.lives.test_b2c`: M01 and M02 report on every working day of September.
"""

import pytest

from kpi_rules.time.periods import ALMATY
from operations.syncing.looking import client_signals
from operations.syncing.sync import sync_client
from tests.contract.client_life import HEAD, MANAGERS, SEPTEMBER, SLUG, serial
from tests.contract.lives.test_b2c import DAYS, fill
from tests.contract.tricks.firm import at

pytestmark = pytest.mark.slow

LOOKS = tuple(at(day, 18) for day in DAYS[8:])
CHANGED_AT = LOOKS[6]
RECEIVED, PROCESSED, DEALS, ANSWER = 2, 3, 4, 8


def changed(column, value, days=(1, 2, 3)):
    """M01's reports of some days with another number in a column."""

    def change(life):
        for day in days:
            life.enter(MANAGERS[0], "reports", [[value]], row=2 + day, column=column)

    return change


def away(life):
    life.enter(HEAD, "absences", [["M01", serial(DAYS[1]), serial(DAYS[3])]])


def nothing(_life):
    """An honest month."""


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (nothing, set()),
        (changed(PROCESSED, 9), {"report_processed_above_received"}),
        (changed(RECEIVED, 1), {"question_lowered", "report_processed_above_received"}),
        (changed(DEALS, 30), {"report_deals_above_processed"}),
        (changed(ANSWER, 0), {"report_answer_zero"}),
        (away, {"worked_while_absent"}),
    ],
    ids=[
        "honest",
        "more processed than received",
        "leads lowered",
        "more deals than leads",
        "answers at once",
        "away",
    ],
)
def test_a_trick_in_reports_is_told_by_name(empty, act, told, tell):
    fill(empty)
    for day, moment in zip(DAYS[8:], LOOKS, strict=True):
        assert day == moment.astimezone(ALMATY).date()
        if moment == CHANGED_AT:
            act(empty)
        outcome = sync_client(SLUG, moment, empty.services)
    results = client_signals(SLUG, SEPTEMBER, LOOKS[-1], empty.services).results
    named = {signal.kind for signal in results.signals if signal.code == "M01"}
    named |= {problem.code for problem in outcome.problems if problem.employee == "M01"} & DOUBTS
    assert named == told
    assert not {signal.code for signal in results.signals} - {"M01"}
    tell(f"reports: {sorted(told)}")


DOUBTS = {"report_processed_above_received", "report_deals_above_processed", "report_answer_zero"}
