"""The owner's tick holds for the row that was ticked, not for its place or its number."""

from datetime import date

import pytest

from kpi_rules.errors import RefusedError
from tests.contract.client_acts import HEAD_ROW, TICK, obstacles_of, ready
from tests.contract.client_life import (
    HEAD,
    OWNER,
    close_september,
    serial,
)
from tests.telling import tells


def untick_and_tick(life, tab, row):
    life.enter(OWNER, tab, [[False]], row, TICK[tab])
    ready(life)
    life.enter(OWNER, tab, [[True]], row, TICK[tab])


def test_the_heads_pay_changed_under_the_owners_tick_blocks_until_it_is_ticked_anew(life):
    ready(life)
    life.enter(HEAD, "salaries", [[9_999_999]], HEAD_ROW, 2)
    obstacles = obstacles_of(life)
    assert any("после того, как собственник поставил" in told for told in obstacles)
    assert "9" * 7 not in "".join(obstacles)
    untick_and_tick(life, "salaries", HEAD_ROW)
    assert ready(life).obstacles == ()


def test_the_head_may_put_an_approved_row_back_as_it_was(life):
    ready(life)
    life.enter(HEAD, "salaries", [[9_999_999]], HEAD_ROW, 2)
    ready(life)
    life.enter(HEAD, "salaries", [[311_207]], HEAD_ROW, 2)
    assert ready(life).obstacles == ()


@pytest.mark.parametrize("number", ["1", "2"])
def test_an_approved_correction_changed_under_its_tick_is_not_paid_nor_under_another_number(life, number):
    for_month = serial(date(2026, 8, 1))
    life.enter(HEAD, "corrections", [["1", for_month, "M01", 10_000, "премия"]])
    life.approve("corrections", TICK["corrections"], 1)
    assert ready(life).obstacles == ()
    life.enter(HEAD, "corrections", [[number, for_month, "R01", 5_000_000, "премия"]])
    found = ready(life)
    assert found.obstacles
    assert not any(line.corrections for line in found.facts.payroll.lines)


def test_a_new_row_where_a_removed_one_stood_is_approved_after_it_was_seen_unticked(life):
    for_month = serial(date(2026, 8, 1))
    life.enter(HEAD, "corrections", [["1", for_month, "M01", 10_000, "премия"]])
    life.approve("corrections", TICK["corrections"], 1)
    ready(life)
    life.enter(HEAD, "corrections", [["2", for_month, "M02", 7_000, "премия"]])
    untick_and_tick(life, "corrections", 2)
    found = ready(life)
    assert found.obstacles == ()
    assert {line.code: [c.amount_tiyn for c in line.corrections] for line in found.facts.payroll.lines} == {
        "M01": [],
        "M02": [700_000],
        "R01": [],
    }


def rows_of_corrections(life, *rows):
    """Type rows (№, code, amount, reason) from row 2 on, as the head, who cannot touch the ticks."""
    for_month = serial(date(2026, 8, 1))
    life.enter(HEAD, "corrections", [[n, for_month, code, amount, why] for n, code, amount, why in rows])


DRAFT, BONUS, FORGED = ("R01", 1, "черновик"), ("R01", 10_000, "премия"), ("R01", 5_000_000, "премия")


@pytest.mark.parametrize(
    "typed",
    [
        [[("1", *DRAFT), ("1", *BONUS)], [("2", *DRAFT), ("1", *FORGED)]],
        [[("1", *DRAFT), ("2", *FORGED)]],
        [[("1", *BONUS), ("2", *FORGED)]],
        [[("1", *DRAFT), ("1", *FORGED)], [("2", *DRAFT), ("1", *FORGED)]],
    ],
    ids=[
        "number_doubled_for_a_while",
        "numbers_exchanged",
        "row copied to where no tick is",
        "doubled and changed",
    ],
)
def test_a_tick_does_not_pass_to_another_row_by_doubled_or_exchanged_numbers(life, typed):
    rows_of_corrections(life, ("2", *DRAFT), ("1", *BONUS))
    life.approve("corrections", TICK["corrections"], 1, row=3)
    assert ready(life).obstacles == ()
    for rows in typed:
        rows_of_corrections(life, *rows)
        ready(life)
    found = ready(life)
    assert found.obstacles
    assert not any(line.corrections for line in found.facts.payroll.lines)
    untick_and_tick(life, "corrections", 3)
    found = ready(life)
    assert found.obstacles == ()
    assert [c.amount_tiyn for line in found.facts.payroll.lines for c in line.corrections] == [500_000_000]


def test_an_approved_row_holds_while_another_has_its_number_and_after_the_owner_has_sorted_the_rows(life):
    rows_of_corrections(life, ("2", *DRAFT), ("1", *BONUS))
    life.approve("corrections", TICK["corrections"], 1, row=3)
    ready(life)
    rows_of_corrections(life, ("1", *DRAFT), ("1", *BONUS))
    assert any("дважды" in told for told in obstacles_of(life))
    rows_of_corrections(life, ("2", *DRAFT), ("1", *BONUS))
    assert ready(life).obstacles == ()
    rows_of_corrections(life, ("1", *BONUS), ("2", *DRAFT))
    life.enter(OWNER, "corrections", [[True], [False]], 2, TICK["corrections"])
    for _ in range(2):
        found = ready(life)
        assert found.obstacles == ()
        assert [c.number for line in found.facts.payroll.lines for c in line.corrections] == ["1"]


def test_a_head_who_lists_himself_as_a_manager_is_paid_by_the_owners_tick_alone(life):
    """«Сотрудники» is the head's own tab; what the deploy knows of him is his e-mail."""
    life.enter(HEAD, "staff", [[HEAD.upper()]], row=2, column=2)  # M01 is he himself
    life.enter(OWNER, "salaries", [[False]], row=2, column=4)
    with tells(RefusedError, "не утверждена"):
        close_september(life)
    life.enter(OWNER, "salaries", [[True]], row=2, column=4)
    close_september(life)
