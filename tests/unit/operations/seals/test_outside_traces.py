"""What the outside knows and the ledger does not: decided by ids, with plain values."""

import pytest

from kpi_rules.time.periods import Month
from operations.seals.outside_traces import Known, Trace, unknown
from operations.world.marks import FilePart

SEPTEMBER, OCTOBER, NOVEMBER = Month(2026, 9), Month(2026, 10), Month(2026, 11)
KNOWN = Known({"A9", "R9", "A10"}, {"close-9", "close-10"}, {SEPTEMBER, OCTOBER}, {SEPTEMBER})
ARCHIVE, RECORD, TAB = FilePart.MONTH_ARCHIVE, FilePart.SEALED_RECORD, FilePart.PAYROLL


@pytest.mark.parametrize(
    ("trace", "told"),
    [
        (Trace(OCTOBER, "own archive", ARCHIVE, "A10", "close-10"), False),
        (Trace(OCTOBER, "a try of the own close", ARCHIVE, "A99", "close-10"), False),
        (Trace(OCTOBER, "own by its id, marks lost", ARCHIVE, "A10", ""), False),
        (Trace(OCTOBER, "of another close", ARCHIVE, "A99", "close-x"), True),
        (Trace(OCTOBER, "another's record", RECORD, "R99", "close-x"), True),
        (Trace(OCTOBER, "without any mark", ARCHIVE, "A99", ""), True),
        (Trace(OCTOBER, "2026-10", TAB, sheet_id=5), False),  # begun: the close itself looks at its tab
        (Trace(NOVEMBER, "2026-11", TAB, sheet_id=6), True),
        (Trace(NOVEMBER, "later", RECORD, "R11", "close-y"), True),
        (Trace(SEPTEMBER, "a second record", RECORD, "R99", "close-z"), False),  # sealed here: `verify` tells
    ],
)
def test_what_a_ledger_does_not_know_is_told(trace, told):
    assert unknown([trace], KNOWN) == ([trace] if told else [])


def test_what_is_told_stands_in_the_order_of_months_and_names():
    later, first, second = (
        Trace(NOVEMBER, "a", RECORD, "1"),
        Trace(OCTOBER, "a", RECORD, "2"),
        Trace(OCTOBER, "b", ARCHIVE, "3"),
    )
    assert unknown([later, second, first], KNOWN) == [first, second, later]
