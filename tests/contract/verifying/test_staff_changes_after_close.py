"""What becomes of people after a month has closed is no edit of the month: renamed, cleared away, a namesake hired."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from kpi_rules.errors import RefusedError
from kpi_rules.time.periods import ALMATY
from operations.months.closing import close_month, readiness
from operations.months.correcting import correct_month
from operations.months.correction_rows import WantedCorrection
from operations.months.opening import open_month
from operations.verifying.verifying import verify_client
from tests.contract.client_life import (
    HEAD,
    MANAGERS,
    NOVEMBER,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    OWNER,
    SEPTEMBER,
    SLUG,
    serial,
    staff_rows,
)
from tests.telling import tells

BONUS = WantedCorrection("M02", 5_000_00, "Премия", by="Ирина", approver=OWNER)
NAMES = {row[0]: row[1] for row in staff_rows()}
M01_ROW, M02_ROW, NEW_ROW = 2, 3, 5
OCTOBER_ROWS = range(12, 22)
"""The rows of «Сделки» with the deals of October; № 16 (row 17) is M02's paid one."""


@pytest.fixture
def life(sealed):
    """September and October are sealed, with a correction of M02's paid; the deals of October name their managers by full name."""
    deals = sealed.cells(sealed.workbook_id, "Сделки")
    named = [[NAMES[deals[row - 1][2]]] for row in OCTOBER_ROWS]
    sealed.enter(MANAGERS[0], "deals", named, row=OCTOBER_ROWS.start, column=2)
    correct_month(SLUG, SEPTEMBER, BONUS, OCTOBER_CLOSED_AT, sealed.services)
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, sealed.services, "РОП")
    assert verify_client(SLUG, sealed.services).intact
    return sealed


def rename(life):
    life.enter(HEAD, "staff", [["Марат Оспанов"]], row=M02_ROW, column=1)


def clear_away(life):
    life.enter(HEAD, "staff", [[None] * 7], row=M02_ROW)


def hire_a_namesake(life):
    hired = serial(date(2026, 11, 2))
    life.enter(HEAD, "staff", [["M03", NAMES["M02"], None, "менеджер", hired, None, 5]], row=NEW_ROW)


CHANGES = [rename, clear_away, hire_a_namesake]


@pytest.mark.parametrize("change", CHANGES)
def test_it_is_no_late_edit(life, change):
    change(life)
    assert verify_client(SLUG, life.services).intact


@pytest.mark.parametrize("change", CHANGES)
def test_a_real_late_edit_is_told_alone_and_with_what_it_would_have_meant(life, change):
    change(life)
    life.enter(MANAGERS[0], "deals", [[900_000]], row=17, column=7)
    verification = verify_client(SLUG, life.services)
    [edit] = verification.late
    assert (edit.key, edit.code, edit.row) == ("16", "M02", 17)
    assert (edit.sealed, edit.present) == ({"amount_tiyn": 70_000_000}, {"amount_tiyn": 90_000_000})
    [october] = [month for month in verification.months if month.month == OCTOBER]
    assert {effect.code for effect in october.effects} == {"M02", "R01"}


def test_a_row_given_to_somebody_else_is_a_late_edit_whatever_the_names_are_now(life):
    rename(life)
    life.enter(MANAGERS[0], "deals", [[NAMES["M01"]]], row=17, column=2)
    [edit] = verify_client(SLUG, life.services).late
    assert (edit.key, edit.sealed, edit.present) == ("16", {"code": "M02"}, {"code": "M01"})


def test_no_correction_comes_out_of_a_new_name(life):
    rename(life)
    wanted = WantedCorrection("M02", None, "Поздние правки", by="Ирина", approver=OWNER)
    with tells(RefusedError, "Поздних правок нет: октябрь 2026"):
        correct_month(SLUG, OCTOBER, wanted, OCTOBER_CLOSED_AT, life.services)


def test_a_paid_correction_of_somebody_cleared_away_is_no_change_and_blocks_nothing(life):
    unpaid = replace(BONUS, amount_tiyn=7_00)
    correct_month(SLUG, SEPTEMBER, unpaid, OCTOBER_CLOSED_AT, life.services)
    open_month(SLUG, NOVEMBER, datetime(2026, 11, 6, 9, tzinfo=ALMATY), life.services)
    clear_away(life)
    assert verify_client(SLUG, life.services).intact
    record = life.services.ledger.month(SLUG, NOVEMBER)
    found = readiness(life.client, record, datetime(2026, 12, 4, 10, tzinfo=ALMATY), life.services)
    obstacles = map(life.services.texts_of(SLUG).say, found.obstacles)
    told = [obstacle for obstacle in obstacles if obstacle.startswith("«Корректировки»")]
    assert told == ["«Корректировки» A3: Корректировка № 2: такого сотрудника нет"]
