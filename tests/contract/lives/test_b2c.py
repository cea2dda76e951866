"""A B2C client from deploy to verification: reports by day in place of deals, figures worked out by hand.

September 2026 has 22 working days (behaviour §5, the card of `b2c`):

    M01  plan 1 000 000, 22 × 40 000 = 880 000: 35.2; conversion 22/110 = 20 % of 25 %: 12; answers
         (44 × 10 + 66 × 20) / 110 = 16 of 15 minutes: 15/16 × 15 = 14.0625; repeat 4/22 of 20 %: 100/11;
         marks 18 of 20: 18; score 88.35… → 88, full
    M02  plan 1 000 000, 21 × 35 000 − 35 000 refunded = 700 000: 28; conversion 21/110 of 25 %: 126/11;
         answers in 15 of 15 minutes: 15; no repeat sales: 0; marks 16 of 20: 16; score 70.45… → 70, half
    R01  1 580 000 of 2 000 000: 31.6; conversion 43/220 of 25 %: 172/11; answers
         (1 760 + 1 650) / 220 = 15.5 of 15 minutes: 600/31; marks 34 of 40: 17; score 83.59… → 84, full

so that pay is that of `client_life`.
"""

from datetime import date
from fractions import Fraction

import pytest

from kpi_rules.errors import RefusedError
from kpi_rules.measures.facts import State
from operations.clients.deploy import deploy_client
from operations.facts.held_months import calendar_around
from operations.months.closing import close_month
from operations.months.opening import open_month
from operations.seals.snapshots import sealed_results
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from sheets_sync.ports import Sought
from tests.contract.client_life import (
    DEPLOYED_AT,
    HEAD,
    MANAGERS,
    MID_SEPTEMBER_AT,
    PAID_VARIABLE,
    SALARIES,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SEPTEMBER_OPENED_AT,
    SLUG,
    TOTALS,
    close_september,
    mark_rows,
    new_client,
    salary_rows,
    serial,
    staff_rows,
)
from tests.telling import tells, what_of

DAYS = [
    day
    for day in (date(2026, 9, number) for number in range(1, 31))
    if calendar_around(2026).is_worked(day, 5)
]
HEADERS = [
    "Дата", "Менеджер", "Поступило лидов", "Обработано лидов", "Сделок", "Выручка, ₸", "Себестоимость, ₸",
    "Повторных сделок", "Среднее время ответа, мин",
]  # fmt: skip
SCORES = {
    "M01": Fraction("79.2625") + Fraction(100, 11),
    "M02": 59 + Fraction(126, 11),
    "R01": Fraction("48.6") + Fraction(172, 11) + Fraction(600, 31),
}


def report_rows():
    """M01's 22 days, then M02's; M02's last day is a refund."""
    rows = []
    for index, day in enumerate(DAYS):
        leads, minutes = (4, 10) if index % 2 else (6, 20)
        rows.append([serial(day), "M01", leads, leads, 1, 40_000, 20_000, int(index < 4), minutes])
    rows += [[serial(day), "Марат Жумабаев", 5, 5, 1, 35_000, 20_000, 0, 15] for day in DAYS[:-1]]
    return [*rows, [serial(DAYS[-1]), "M02", 5, 5, 0, -35_000, -20_000, 0, 15]]


def plan_rows():
    first = serial(SEPTEMBER.first_on)
    return [[first, code, 1_000_000, 0.25, None, 110, 15, 0.2] for code in ("M01", "M02")]


def fill(life):
    deploy_client(new_client(template="b2c"), DEPLOYED_AT, life.services)
    life.enter(HEAD, "staff", staff_rows())
    life.enter(HEAD, "plan", plan_rows())
    life.enter(HEAD, "salaries", salary_rows())
    life.approve("salaries", 4, len(SALARIES))
    open_month(SLUG, SEPTEMBER, SEPTEMBER_OPENED_AT, life.services)
    life.enter(MANAGERS[0], "reports", report_rows())
    life.enter(HEAD, "discipline", mark_rows(SEPTEMBER))


@pytest.fixture
def life(empty):
    """A B2C client whose September is open and filled in."""
    fill(empty)
    return empty


@pytest.fixture
def run(command, monkeypatch, empty):
    """Run one command line on an emulator without clients."""
    monkeypatch.setenv("KPI_HOME", str(empty.services.settings.home))

    def run_once(*arguments):
        return command(*arguments, width=100)

    return run_once


ADD = ("client", "add", "Береке", "--slug", SLUG, "--head", HEAD, "--owner", "o@bereke.kz", "--accountant", "b@bereke.kz")  # fmt: skip


def test_the_command_deploys_the_template_by_name(run, empty):
    code, out, err = run(*ADD, "--template", "b2c")
    assert (code, err) == (0, "")
    assert "Готово." in out
    assert empty.client.template == "b2c"
    titles = [sheet["properties"]["title"] for sheet in empty.sheets(empty.workbook_id)]
    assert "Отчёты" in titles
    assert "Сделки" not in titles
    assert empty.cells(empty.workbook_id, "Отчёты") == [HEADERS]
    rules = empty.cells(empty.workbook_id, "Правила")[1:]
    assert [(row[2], row[6]) for row in rules if row[1] == "менеджер"] == [
        ("выполнение плана продаж", 0.4),
        ("конверсия в сделку", 0.15),
        ("скорость обработки", 0.15),
        ("доля повторных продаж", 0.1),
        ("дисциплина и CRM", 0.2),
    ]


def test_an_unknown_template_is_refused_before_anything_is_made(run, empty):
    code, out, err = run(*ADD, "--template", "b2x")
    assert (code, out) == (1, "")
    assert "Шаблона «b2x» нет." in err
    assert "b2b, b2c" in err
    assert empty.services.creator.drive.find(Sought({"tablo_client": SLUG})) == []


def test_the_guide_and_the_notes_speak_of_reports_and_never_of_deals_tab(life):
    guide = [cell for row in life.cells(life.workbook_id, "Инструкция") for cell in row]
    assert "Отчёты" in guide
    assert not [text for text in guide if isinstance(text, str) and "«Сделки»" in text]


def test_managers_may_fill_the_reports_and_the_head_alone_the_marks(life):
    life.enter(MANAGERS[1], "reports", [[5]], row=60, column=8)
    with pytest.raises(RefusedError):
        life.enter(MANAGERS[1], "discipline", [["да"]], row=60, column=2)


def test_in_mid_month_the_days_so_far_count_and_a_second_sync_writes_nothing(life):
    """On the 16th eleven of 22 working days are over; reports dated later are still in the future."""
    life.enter(MANAGERS[0], "reports", [[None] * 9] * 44)
    past = [row for row in report_rows() if row[0] < serial(date(2026, 9, 16))]
    life.enter(MANAGERS[0], "reports", past)
    outcome = sync_client(SLUG, MID_SEPTEMBER_AT, life.services)
    assert not [problem for problem in outcome.problems if problem.blocks]
    first, second, _ = outcome.results[0].employees
    assert first.facts["revenue"].value == 11 * 40_000 * 100
    assert first.plan_to_date_tiyn == 500_000 * 100
    assert second.facts["response_minutes"].value == 15
    assert sync_client(SLUG, MID_SEPTEMBER_AT, life.services).requests == 0
    history = {row.seen.key for row in life.services.ledger.row_history(SLUG) if row.seen.tab == "reports"}
    assert f"{DAYS[0].isoformat()} M01" in history
    assert len(history) == 22


def test_a_missing_report_leaves_the_score_open_and_blocks_the_close(life):
    life.enter(MANAGERS[0], "reports", [[None] * 9], row=6)
    outcome = sync_client(SLUG, SEPTEMBER_CLOSED_AT, life.services)
    september = outcome.results[-1]
    first = september.employees[0]
    assert first.kpis[0].state is State.NO_DATA
    with tells(RefusedError, "не хватает отчётов") as refused:
        close_month(SLUG, SEPTEMBER, SEPTEMBER_CLOSED_AT, life.services, "РОП")
    assert "Асель Нурова" in what_of(refused)


def test_the_month_closes_on_the_figures_worked_out_by_hand_and_verifies(life):
    assert close_september(life).seal_number == 1
    [seal] = life.services.ledger.seals(SLUG)
    scores = {employee.code: employee.score for employee in sealed_results(seal.record).employees}
    assert scores == SCORES
    _, headers, *rows = life.cells(life.payroll_id, str(SEPTEMBER))
    lines = {row[1]: dict(zip(headers, row, strict=False)) for row in rows if SALARIES.keys() & {*row[1:2]}}
    assert {code: line["KPI, %"] for code, line in lines.items()} == {"M01": 0.88, "M02": 0.7, "R01": 0.84}
    assert {code: line["Переменная начислена"] for code, line in lines.items()} == PAID_VARIABLE
    assert {code: line["Итого"] for code, line in lines.items()} == TOTALS
    assert {line["Версия правил"] for line in lines.values()} == {"b2c 2026-01"}
    found = verify_client(SLUG, life.services)
    assert found.intact
    assert found.months[0].late == ()


def test_a_report_changed_after_the_close_is_a_late_edit_with_its_effect(life):
    """40 000 more to M01: 920 000 is 36.8 in place of 35.2: 89.95… → 90; he was paid in full already."""
    close_september(life)
    life.enter(MANAGERS[0], "reports", [[80_000]], row=2, column=5)
    [month] = verify_client(SLUG, life.services).months
    [edit] = month.late
    assert (edit.tab, edit.key, edit.code) == ("reports", f"{DAYS[0].isoformat()} M01", "M01")
    assert (edit.sealed, edit.present) == ({"revenue_tiyn": 4_000_000}, {"revenue_tiyn": 8_000_000})
    effects = {effect.code: (effect.sealed_percent, effect.present_percent) for effect in month.effects}
    assert effects["M01"] == (88, 90)
