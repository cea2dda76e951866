"""What froze at the opening holds; what people edit later is told and ignored."""

from datetime import date, timedelta

from kpi_rules.problems import Severity
from kpi_rules.time.periods import Month
from ledger import FrozenKind, MonthState
from operations.months.opening import open_month
from operations.syncing.sync import sync_client
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_acts import NEW_ROW, batch, codes, page, problems, ready, sync
from tests.contract.client_life import (
    HEAD,
    MID_SEPTEMBER_AT,
    OCTOBER,
    OCTOBER_OPENED_AT,
    PLAN_ROW,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SLUG,
    close_september,
    plan_rows,
    serial,
)


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


HOUR = timedelta(hours=1)


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
    assert "M03" not in frozen_plan(life), "nobody has looked yet as what these numbers are shown"
    sync_client(SLUG, MID_SEPTEMBER_AT + HOUR, life.services)
    assert frozen_plan(life)["M03"]["average_deal_tiyn"] == 87_500_000


def test_in_review_a_plan_row_freezes_as_it_is(life):
    new_hire(life, 1_000_000)
    life.services.ledger.set_month_state(SLUG, SEPTEMBER, MonthState.REVIEW, at=SEPTEMBER_CLOSED_AT)
    sync_client(SLUG, SEPTEMBER_CLOSED_AT, life.services)
    assert frozen_plan(life)["M03"]["conversion_fraction"] is None


def test_a_late_edit_of_the_plan_is_ignored_and_told_with_both_values(life):
    before, _, _ = sync(life)
    life.enter(HEAD, "plan", [[500_000]], row=PLAN_ROW["M01"], column=2)
    after, _, _ = sync(life)
    assert [e.score for e in after.results[0].employees] == [e.score for e in before.results[0].employees]
    [problem] = problems(after)
    assert (problem.code, problem.severity) == ("plan_changed_after_open", Severity.WARNING)
    told = " ".join(str(cell) for row in page(life, "Ошибки") for cell in row).replace("\xa0", " ")
    assert "1 000 000" in told
    assert "500 000" in told
    assert "C2" in told


def test_a_removed_row_of_the_plan_counts_on_and_is_told_of(life):
    before, _, _ = sync(life)
    gone = {"sheetId": sheet_id("workbook", "plan"), "startRowIndex": 1, "endRowIndex": 2}
    batch(life, {"updateCells": {"range": gone, "fields": "userEnteredValue"}})
    after, _, _ = sync(life)
    assert [e.score for e in after.results[0].employees] == [e.score for e in before.results[0].employees]
    assert codes(after) == {"plan_row_removed"}


def test_a_late_edit_of_the_rules_is_ignored_and_told_of(life):
    before, _, _ = sync(life)
    rows = life.cells(life.workbook_id, "Правила")
    weights = [row[6] for row in rows[1:9]]
    assert weights[:2] == [0.4, 0.2]
    life.enter(HEAD, "rules", [[0.2], [0.4]], row=2, column=6)
    after, _, _ = sync(life)
    assert [e.score for e in after.results[0].employees] == [e.score for e in before.results[0].employees]
    assert "rules_changed_after_open" in codes(after)


def test_a_newcomers_plan_row_is_taken_in_once_and_freezes(life):
    ledger = life.services.ledger
    assert set(ledger.frozen(SLUG, SEPTEMBER, FrozenKind.PLAN)) == {"M01", "M02"}
    life.enter(
        HEAD, "staff", [["M03", "Новый Человек", None, "менеджер", serial(date(2026, 9, 14)), None, 5]], row=5
    )
    row = [serial(SEPTEMBER.first_on), "M03", 2_200_000, 0.25, 100_000, 20, 15]
    life.enter(HEAD, "plan", [row], row=6)
    sync(life)
    frozen = ledger.frozen(SLUG, SEPTEMBER, FrozenKind.PLAN)
    assert set(frozen) == {"M01", "M02", "M03"}
    life.enter(HEAD, "plan", [[1]], row=6, column=2)
    outcome, _, _ = sync(life)
    assert ledger.frozen(SLUG, SEPTEMBER, FrozenKind.PLAN) == frozen
    assert "plan_changed_after_open" in codes(outcome)
    [newcomer] = [e for e in outcome.results[0].employees if e.code == "M03"]
    # hired on the 14th: 13 of 22 days; through yesterday 2 of 22: 2 200 000 × 2/22 = 200 000 to date
    [plan] = [kpi for kpi in newcomer.kpis if kpi.kpi.id == "plan_completion"]
    assert plan.target == 200_000 * 100


def test_an_unreadable_plan_row_does_not_freeze_until_it_is_mended(life):
    ledger = life.services.ledger
    life.enter(
        HEAD, "staff", [["M03", "Новый Человек", None, "менеджер", serial(date(2026, 9, 14)), None, 5]], row=5
    )
    life.enter(HEAD, "plan", [[serial(SEPTEMBER.first_on), "M03", "много", 0.25, 100_000, 20, 15]], row=6)
    outcome, _, _ = sync(life)
    assert "M03" not in ledger.frozen(SLUG, SEPTEMBER, FrozenKind.PLAN)
    assert any(problem.blocks and problem.place.tab == "plan" for problem in outcome.problems)
    life.enter(HEAD, "plan", [[700_000]], row=6, column=2)
    sync(life, MID_SEPTEMBER_AT + HOUR)
    assert "M03" in ledger.frozen(SLUG, SEPTEMBER, FrozenKind.PLAN)


def test_the_plan_of_a_month_that_has_not_opened_is_free(life):
    outcome, _, _ = sync(life)
    assert problems(outcome) == []
    life.enter(HEAD, "plan", [[9_000_000]], row=4, column=2)
    outcome, _, _ = sync(life)
    assert problems(outcome) == []
    assert plan_rows(OCTOBER)[0][2] == 1_000_000
