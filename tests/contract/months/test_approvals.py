"""What a head could once do unseen, and what once blocked a month for no reason."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from kpi_rules.policies import Policies
from kpi_rules.time.periods import ALMATY, Month
from ledger import FrozenKind, MonthState
from operations.clients.deploy import deploy_client
from operations.months.closing import close_month
from operations.months.opening import open_due, open_month
from operations.months.readiness import readiness
from operations.seals.snapshots import sealed_results
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from sheets_sync.errors import RefusedError
from tests.contract.client_life import (
    DEPLOYED_AT,
    HEAD,
    MANAGERS,
    MID_SEPTEMBER_AT,
    NOVEMBER,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    OCTOBER_OPENED_AT,
    OWNER,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SEPTEMBER_OPENED_AT,
    SLUG,
    close_september,
    fill_october,
    new_client,
    plan_rows,
    serial,
    staff_rows,
)
from tests.telling import tells

HEAD_ROW, NEW_ROW = 4, 6
"""The head's row of «Оклады»; the first free row of «План»."""
TICK = {"salaries": 4, "corrections": 5}
DEALS_LAST_ROW = 21
"""Ten deals of September and ten of October stand in rows 2 to 21."""


def ready(life, month=SEPTEMBER, at=SEPTEMBER_CLOSED_AT):
    return readiness(life.client, life.services.ledger.month(SLUG, month), at, life.services)


def obstacles_of(life):
    """What is in the way of the close, as the command line tells it."""
    return [life.services.texts_of(SLUG).say(obstacle) for obstacle in ready(life).obstacles]


def codes(outcome):
    return [problem.code for problem in outcome.problems]


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


def test_an_unreadable_cell_of_a_frozen_plan_row_does_not_block_the_close(life):
    life.enter(HEAD, "plan", [["abc"]], 2, 2)
    assert close_september(life).month == SEPTEMBER


def test_frozen_rules_that_were_broken_afterwards_do_not_block_the_close_but_are_told(life):
    life.enter(HEAD, "rules", [[0.3]], 2, 6)
    outcome = sync_client(SLUG, MID_SEPTEMBER_AT, life.services)
    assert [problem.blocks for problem in outcome.problems if problem.place.tab == "rules"] == [False]
    assert close_september(life).month == SEPTEMBER


def draft_row(life):
    start = serial(date(2027, 1, 1))
    life.enter(HEAD, "rules", [[start, "менеджер", None, "результат", None, None, 0.5]], 12)


def test_a_draft_of_next_years_rules_spoils_only_itself(life):
    draft_row(life)
    found = ready(life)
    assert found.obstacles == ()
    assert [str(version.from_month) for version in found.workbook.inputs.rulebooks] == ["2026-01"]
    assert found.workbook.rules_in_force(Month(2026, 12)) is not None
    assert found.workbook.rules_in_force(Month(2027, 1)) is None
    assert open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, life.services).state is MonthState.OPEN


def new_hire(life, *figures):
    hired = serial(date(2026, 9, 14))
    life.enter(HEAD, "staff", [["M03", "Дана Омарова", "dana@bereke.kz", "менеджер", hired, None, 5]], 5)
    life.enter(HEAD, "plan", [[serial(SEPTEMBER.first_on), "M03", *figures]], NEW_ROW)


def frozen_plan(life):
    return life.services.ledger.frozen(SLUG, SEPTEMBER, FrozenKind.PLAN)


def test_a_late_plan_row_freezes_when_it_is_whole_and_not_while_it_is_typed(life):
    new_hire(life, 1_000_000)
    sync_client(SLUG, MID_SEPTEMBER_AT, life.services)
    assert "M03" not in frozen_plan(life)
    life.enter(HEAD, "plan", [[0.25, 875_000, 5, 15]], NEW_ROW, 3)
    sync_client(SLUG, MID_SEPTEMBER_AT, life.services)
    assert frozen_plan(life)["M03"]["average_deal_tiyn"] == 87_500_000


def test_in_review_a_plan_row_freezes_as_it_is(life):
    new_hire(life, 1_000_000)
    life.services.ledger.set_month_state(SLUG, SEPTEMBER, MonthState.REVIEW, at=SEPTEMBER_CLOSED_AT)
    sync_client(SLUG, SEPTEMBER_CLOSED_AT, life.services)
    assert frozen_plan(life)["M03"]["conversion_fraction"] is None


def test_no_month_opens_by_rules_that_nobody_entered(deployed):
    deployed.enter(HEAD, "staff", staff_rows())
    deployed.enter(HEAD, "plan", plan_rows(SEPTEMBER))
    start = serial(date(2027, 1, 1))
    last = len(deployed.cells(deployed.workbook_id, "Правила"))
    deployed.enter(HEAD, "rules", [[start]] * (last - 1))
    deployed.enter(HEAD, "rules", [[start]] * 3, column=11)
    with tells(RefusedError, "нет годных правил"):
        open_month(SLUG, SEPTEMBER, SEPTEMBER_OPENED_AT, deployed.services)
    assert deployed.services.ledger.months(SLUG) == []
    outcome = sync_client(SLUG, MID_SEPTEMBER_AT, deployed.services)
    assert [p.blocks for p in outcome.problems if p.code == "rules_not_in_force"] == [True]


def test_policies_of_the_clients_own_rulebook_hold(empty):
    rules = replace(empty.services.template("b2b", "ru").rulebook, policies=Policies({"min_leads": 7}))
    deploy_client(new_client(rulebook=rules), DEPLOYED_AT, empty.services)
    open_month(SLUG, SEPTEMBER, SEPTEMBER_OPENED_AT, empty.services)
    kept = empty.services.ledger.frozen(SLUG, SEPTEMBER, FrozenKind.RULES)["all"]
    assert kept["policies"]["min_leads"] == 7


@pytest.mark.parametrize("month", [NOVEMBER, Month(2026, 8)])
def test_only_the_month_after_the_last_one_opens_and_is_named(life, month):
    with tells(RefusedError, "следующий — октябрь 2026"):
        open_month(SLUG, month, OCTOBER_CLOSED_AT, life.services)


def test_the_first_month_is_not_opened_further_ahead_than_the_next(deployed):
    with tells(RefusedError, "рано"):
        open_month(SLUG, NOVEMBER, SEPTEMBER_OPENED_AT, deployed.services)


def test_the_nightly_opening_catches_up_in_order(life):
    assert open_due(SLUG, datetime(2026, 11, 3, 1, tzinfo=ALMATY), life.services) == (OCTOBER, NOVEMBER)


def test_a_shadow_month_whose_opening_was_cut_off_stays_one(empty):
    deploy_client(new_client(shadow=True), DEPLOYED_AT, empty.services)
    ledger = empty.services.ledger
    ledger.set_month_state(SLUG, SEPTEMBER, MonthState.PLANNING, at=SEPTEMBER_OPENED_AT, shadow=True)
    assert open_month(SLUG, SEPTEMBER, SEPTEMBER_OPENED_AT, empty.services).shadow
    assert not open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, empty.services).shadow


def test_a_paid_correction_changed_later_is_told_and_paid_no_second_time(life):
    for_month = serial(date(2026, 8, 1))
    life.enter(HEAD, "corrections", [["1", for_month, "M01", 10_000, "премия"]])
    life.approve("corrections", TICK["corrections"], 1)
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, life.services)
    close_september(life)
    fill_october(life)
    assert verify_client(SLUG, life.services).findings == ()
    life.enter(HEAD, "corrections", [["1", for_month, "M01", 90_000, "премия"]])
    found = ready(life, OCTOBER, OCTOBER_CLOSED_AT)
    assert found.obstacles == ()
    assert "paid_correction_changed" in codes(found.facts.results)
    [finding] = verify_client(SLUG, life.services).findings
    assert (finding.code, finding.month) == ("paid_correction_changed", "2026-09")
    assert (finding.sealed, finding.present) == ("M01 2026-08 10000 премия", "M01 2026-08 90000 премия")
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")


def test_a_row_that_vanished_is_told_by_the_sync_that_misses_it_and_written_once(sealed):
    at = datetime(2026, 10, 16, 12, tzinfo=ALMATY)
    sync_client(SLUG, at, sealed.services)
    sealed.enter(MANAGERS[0], "deals", [[None] * 13], DEALS_LAST_ROW)
    first, second = (sync_client(SLUG, at, sealed.services) for _ in range(2))
    for outcome in (first, second):
        [gone] = [problem for problem in outcome.problems if problem.code == "row_vanished"]
        assert (gone.params["key"], gone.params["when"], gone.blocks) == ("20", "16.10.2026", False)
    assert (first.requests > 0, second.requests) == (True, 0)


def test_problems_of_a_closed_month_are_told_once_and_at_no_wrong_row(life):
    """Three blank rows above it: the record keeps no rows of the sheet, so it must name none."""
    at = datetime(2026, 9, 8, 10)  # noqa: DTZ001  # as in a cell
    row = [99, serial(at), "M01", "ТОО «Жетісу»", "Сайт", serial(at), "Сделка", 1_000, 500, None, False]
    life.enter(MANAGERS[0], "deals", [row], 15)
    close_september(life)
    record = life.services.ledger.last_seal(SLUG).record
    places = [
        problem.place.row for problem in sealed_results(record).problems if problem.place.tab == "deals"
    ]
    assert places == [None]


@pytest.mark.parametrize("typed", [187_301, "187 301", "187.301,50 ₸", "-187301 тг."])
def test_pay_that_slipped_into_another_column_is_in_no_obstacle(life, typed):
    """Obstacles come into errors and logs; which cell it is stands there all the same."""
    life.enter(HEAD, "salaries", [[typed, None, "M01", 1]], row=5)
    life.enter(
        HEAD, "corrections", [["1", typed, typed, "M01", "x"], ["2", serial(date(2026, 8, 1)), "M77", 5, "x"]]
    )
    told = obstacles_of(life)
    assert "187" not in "".join(told)
    assert [one.split(":")[0] for one in told if "…" in one] == [
        "«Оклады» A5",
        "«Оклады» C5",
        "«Корректировки» B2",
        "«Корректировки» C2",
        "«Корректировки» D2",
    ]
    assert any("M77" in one for one in told)


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
