"""What an adopted month still tells: all that stands on its sealed record, as in the ledger that was lost."""

from pathlib import Path

import pytest

from operations.letters.sending import send_due_letters
from operations.months.correcting import correct_month
from operations.months.correction_rows import WantedCorrection
from operations.months.whatif import compare
from operations.seals.payroll_export import Format, export_payroll
from operations.seals.recounting import recount_client
from operations.verifying.verifying import verify_client
from tests.contract.client_life import MANAGERS, NOVEMBER, OCTOBER, OWNER, SEPTEMBER, SLUG, deal_rows
from tests.faults.lost.adopting import ADOPTED_AT, adopt, new_home
from tests.faults.lost.other_ledgers import machine

DRAFT = Path(__file__).parents[3] / "templates/b2b/rulebook.toml"
AMOUNT = 7
"""The column of a deal's amount, from 0."""


@pytest.fixture
def adopted(life, tmp_path):
    with machine(life, new_home(life, tmp_path / "new")) as new:
        adopt(new)
        yield new


def test_it_recounts_and_is_held_against_other_rules_as_before(life, adopted):
    assert [month.holds for month in recount_client(adopted.ledger, SLUG)] == [True] * 3
    was, is_now = (compare(world.ledger, SLUG, DRAFT, 3) for world in (life.services, adopted))
    assert is_now.cases == was.cases
    assert is_now.months == (SEPTEMBER, OCTOBER, NOVEMBER)


@pytest.mark.parametrize("form", list(Format))
def test_its_payroll_is_exported_to_the_same_bytes(life, adopted, tmp_path, form):
    files = []
    for name, world in (("was", life.services), ("is", adopted)):
        files.append(tmp_path / f"{name}.{form}")
        export_payroll(world.ledger, SLUG, OCTOBER, form, files[-1])
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_late_edit_of_it_is_told_with_its_effect_and_corrected_by_that(life, adopted):
    amount = deal_rows(SEPTEMBER)[0][AMOUNT]
    life.enter(MANAGERS[0], "deals", [[amount // 4]], row=2, column=AMOUNT)
    verified = verify_client(SLUG, adopted)
    assert (verified.findings, len(verified.late)) == ((), 1)
    month = next(each for each in verified.months if each.month == SEPTEMBER)
    [effect] = [each for each in month.effects if each.code == "M01"]
    wanted = WantedCorrection("M01", None, "Сделка исправлена", "консультант", OWNER)
    entered = correct_month(SLUG, SEPTEMBER, wanted, ADOPTED_AT, adopted)
    assert entered.amount_tiyn == effect.present_variable_tiyn - effect.sealed_variable_tiyn != 0


def test_its_letters_are_not_sent_once_more(adopted):
    assert send_due_letters(SLUG, adopted) == ()
