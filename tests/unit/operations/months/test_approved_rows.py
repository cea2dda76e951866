"""What the owner approved is known by a digest of its text, and that text is for good."""

from hashlib import sha256

import pytest

from kpi_rules.errors import NewerFormError
from kpi_rules.facts.inputs import Correction, Decision, DecisionKind, Salary
from kpi_rules.time.periods import Month
from operations.months import approvals

MARCH = Month(2026, 3)
ROWS = {
    "Salary(code='M01', from_month=Month(year=2026, number=3), base_tiyn=25000000, variable_tiyn=20000000, "
    "approved=True, row=0)": Salary("M01", MARCH, 250_000_00, 200_000_00, approved=False, row=7),
    "Correction(number='№\"1', for_month=Month(year=2026, number=3), code='M01', amount_tiyn=-500, "
    "reason='ошибка', approved=True, row=0)": Correction(
        '№"1', MARCH, "M01", -500, "ошибка", approved=True, row=3
    ),
    "Decision(month=Month(year=2026, number=3), code='M01', subject='discipline', "
    "kind=<DecisionKind.NO_SALES: 'no_sales'>, reason='нет', approved=True, row=0)": Decision(
        MARCH, "M01", "discipline", DecisionKind.NO_SALES, "нет", approved=True, row=9
    ),
}
"""As release 0.1.0 wrote them before it took their digests, and the row."""


@pytest.mark.parametrize(("text", "row"), ROWS.items(), ids=["salary", "correction", "decision"])
def test_the_digest_of_an_approved_row_is_what_the_first_release_noted(text, row):
    assert approvals._digest(row) == sha256(text.encode()).hexdigest()


def test_a_note_of_the_first_form_is_read_and_one_of_a_newer_program_is_named():
    assert approvals._seen(2, "ab12:7") == approvals._Seen(2, "ab12", 7)
    assert approvals._seen(0, ":7").digest == ""
    with pytest.raises(NewerFormError):
        approvals._seen(2, "2:ab12:7")
