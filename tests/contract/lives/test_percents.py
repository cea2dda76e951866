"""A client that pays a percent of sales, from the opening to the payroll's files (behaviour §5, §7).

The client of `client_life` in September. By hand: managers have 2 % to 80 % of plan and 3 % above, M02's row asks for
the band, the head 1 % of the team's revenue.

    M01  840 000 of 1 000 000: 800 000 × 2 % + 40 000 × 3 % = 16 000 + 1 200 = 17 200
    M02  700 000 × 2 % × 50 % (reduced) = 7 000
    R01  1 540 000 × 1 % = 15 400
"""

import csv
import io
import json
from datetime import date

import openpyxl
import pytest

from kpi_rules.errors import RefusedError
from operations.facts.held_months import held_month
from operations.months.closing import close_month, readiness
from operations.months.opening import open_month
from operations.seals.payroll_export import Format, export_payroll
from operations.verifying.verifying import verify_client
from tests.contract.client_life import (
    HEAD,
    MANAGERS,
    SALARIES,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SEPTEMBER_OPENED_AT,
    SLUG,
    TOTALS,
    close_september,
    deal_rows,
    deploy,
    mark_rows,
    plan_rows,
    salary_rows,
    serial,
    staff_rows,
    work_september,
)
from tests.telling import tells

SINCE = serial(SEPTEMBER.first_on)
ROWS = [
    [SINCE, "менеджер", "выручка", 0, 0.02],
    [SINCE, "менеджер", "выручка", 0.8, 0.03],
    [SINCE, "M02", "выручка", 0, 0.02, True],
    [SINCE, "M02", "выручка", 0.8, 0.03, True],
    [SINCE, "РОП", "выручка", 0, 0.01],
]
HEADS_ROW = 6
PAID = {"M01": 17_200, "M02": 7_000, "R01": 15_400}
WITH_PERCENTS = {code: TOTALS[code] + percent for code, percent in PAID.items()}


def begin(life, rows=ROWS):
    deploy(life, options=("percents",))
    life.enter(HEAD, "staff", staff_rows())
    life.enter(HEAD, "plan", plan_rows(SEPTEMBER))
    life.enter(HEAD, "salaries", salary_rows())
    life.approve("salaries", 4, len(SALARIES))
    life.enter(HEAD, "percents", rows)


def opened(life):
    begin(life)
    work_september(life)


def closed(life):
    opened(life)
    life.approve("percents", 6, 1, HEADS_ROW)
    close_september(life)
    (seal,) = life.services.ledger.seals(SLUG)
    return seal


def warned(life):
    ledger = life.services.ledger
    ready = readiness(life.client, ledger.month(SLUG, SEPTEMBER), SEPTEMBER_CLOSED_AT, life.services)
    problems = ready.facts.results.problems
    return [(each.code, each.blocks, each.place.row) for each in problems if each.place.tab == "percents"]


def test_it_is_paid_printed_sealed_and_exported(empty, tmp_path):
    seal = closed(empty)
    lines = {line["code"]: line for line in seal.record["payroll"]["lines"]}
    assert {code: line["percent_tiyn"] // 100 for code, line in lines.items()} == PAID
    header, *rows = empty.cells(empty.payroll_id, "2026-09")[1:]
    place, reason, total = (
        header.index(name) for name in ("Процент с продаж", "Как посчитан процент", "Итого")
    )
    assert {row[1]: row[place] for row in rows[:3]} == PAID
    assert {row[1]: row[total] for row in rows[:3]} == WITH_PERCENTS
    assert rows[1][reason].replace("\N{NO-BREAK SPACE}", " ") == (
        "выручка, от 0 % плана: 700 000 ₸ × 2 % × 50 % по ступени"
    )
    assert rows[3][place] == sum(PAID.values())
    assert verify_client(SLUG, empty.services).intact
    assert "Процент" not in " ".join(map(str, empty.cells(empty.workbook_id, "Табло")))
    for form in Format:
        export_payroll(empty.services.ledger, SLUG, SEPTEMBER, form, tmp_path / f"pay.{form}")
    book = openpyxl.load_workbook(tmp_path / "pay.xlsx")
    assert [book.active.cell(row, place + 1).value for row in (3, 4, 5)] == list(PAID.values())
    table = list(csv.reader(io.StringIO((tmp_path / "pay.csv").read_text("utf-8-sig")), delimiter=";"))
    assert [row[table[0].index("Процент с продаж")] for row in table[1:4]] == ["17200", "7000", "15400"]
    record = json.loads((tmp_path / "pay.json").read_text("utf-8"))
    assert record["totals"]["percent_tiyn"] == sum(PAID.values()) * 100


def test_a_late_edit_says_what_the_percent_would_have_been(empty):
    closed(empty)
    # 60 000 ₸ more for M01 lift no band, and bring 60 000 × 3 % = 1 800; the head's 1 % of them is 600.
    empty.enter(MANAGERS[0], "deals", [[900_000]], row=2, column=7)
    (month,) = verify_client(SLUG, empty.services).months
    gains = {each.code: each.present_variable_tiyn - each.sealed_variable_tiyn for each in month.effects}
    assert gains == {"M01": 1_800 * 100, "R01": 600 * 100}


def test_what_froze_at_the_opening_counts_and_a_later_change_is_told(empty):
    opened(empty)
    empty.approve("percents", 6, 1, HEADS_ROW)
    empty.enter(HEAD, "percents", [[0.2]], row=2, column=4)
    assert warned(empty) == [("percents_changed_after_open", False, 2)]
    close_september(empty)
    (seal,) = empty.services.ledger.seals(SLUG)
    assert {line["code"]: line["percent_tiyn"] // 100 for line in seal.record["payroll"]["lines"]} == PAID


def test_a_row_that_appears_after_the_opening_is_not_of_that_month(empty):
    begin(empty, [])
    open_month(SLUG, SEPTEMBER, SEPTEMBER_OPENED_AT, empty.services)
    assert (
        held_month(empty.services.ledger, SLUG, empty.services.ledger.month(SLUG, SEPTEMBER)).percents == ()
    )
    empty.enter(MANAGERS[0], "deals", deal_rows(SEPTEMBER))
    empty.enter(HEAD, "discipline", mark_rows(SEPTEMBER))
    empty.enter(HEAD, "percents", ROWS[:1])
    assert warned(empty) == [("percents_changed_after_open", False, 2)]
    close_september(empty)
    (seal,) = empty.services.ledger.seals(SLUG)
    assert "percents" not in seal.record["inputs"]
    assert "Процент с продаж" not in empty.cells(empty.payroll_id, "2026-09")[1]


def test_nobody_approves_their_own_percent(empty):
    opened(empty)
    with tells(RefusedError, "строку процента с продаж не утвердил собственник"):
        close_september(empty)
    empty.approve("percents", 6, 1, HEADS_ROW)
    open_again = readiness(
        empty.client, empty.services.ledger.month(SLUG, SEPTEMBER), SEPTEMBER_CLOSED_AT, empty.services
    )
    assert open_again.obstacles == ()
    # Raised under the tick: frozen as it was it still pays 1 %, and the tick holds for that row no more.
    empty.enter(HEAD, "percents", [[0.5]], row=HEADS_ROW, column=4)
    with tells(RefusedError, "не утвердил собственник"):
        close_month(SLUG, SEPTEMBER, SEPTEMBER_CLOSED_AT, empty.services, "РОП")


@pytest.mark.parametrize(
    ("row", "cell"),
    [
        ([SINCE, "M01", "выручка", 0.5, 0.02], "Проценты!D2"),
        ([SINCE, "Мария Белова", "выручка", 0, 0.02], "Проценты!B2"),
        ([SINCE, "M01", "оборот", 0, 0.02], "Проценты!C2"),
        (["сентябрь прошлого", "M01", "выручка", 0, 0.02], "Проценты!A2"),
    ],
)
def test_rates_that_cannot_be_used_freeze_nowhere(empty, row, cell):
    begin(empty, [row])
    with tells(RefusedError, f"ставки листа «Проценты» нельзя использовать: {cell}"):
        open_month(SLUG, SEPTEMBER, SEPTEMBER_OPENED_AT, empty.services)
    later = [serial(date(2026, 10, 1)), *row[1:]]
    empty.enter(HEAD, "percents", [later])
    assert open_month(SLUG, SEPTEMBER, SEPTEMBER_OPENED_AT, empty.services).month == SEPTEMBER
