from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from io import StringIO

from rich.console import Console

from cli.showing.outlook_tables import forecast_table, funnel_table
from cli.showing.tables import (
    SHOWN_PROBLEMS,
    cause_table,
    next_band_table,
    payroll_table,
    problem_table,
    score_table,
)
from kpi_rules.cards.results import (
    Cause,
    Diagnosis,
    EmployeeResult,
    Forecast,
    FunnelRow,
    Known,
    KpiResult,
    MonthResults,
    PaidCorrection,
    PayLine,
    Payroll,
    TeamResult,
)
from kpi_rules.measures.facts import Fact, State
from kpi_rules.problems import Place, blocking, warning
from kpi_rules.rulebook.model import Role
from kpi_rules.time.periods import Month
from templates.loading import load

TEMPLATE = load("b2b", "ru")
TEXTS, RULES = TEMPLATE.texts, TEMPLATE.rulebook
OCTOBER = Month(2026, 10)
GAP = Diagnosis(
    5_000_000_00,
    4_200_000_00,
    800_000_00,
    (
        Cause("few_leads", 250_000_00, {"plan": Fraction(80), "fact": Fraction(71)}),
        Cause("weak_conversion", 600_000_00, {"plan": Fraction(1, 4), "fact": Fraction(1, 5)}),
        Cause("low_average_deal", -50_000_00, {"plan": Fraction(15000000), "fact": Fraction(16500000)}),
    ),
    (Cause("slow_answers", 0, {"fact": Fraction(47, 2), "target": Fraction(15)}),),
)


class Addresses:
    def address(self, place):
        return TEMPLATE.layout.workbook.tab(place.tab).title, f"H{place.row}" if place.row else ""


def shown(table, width=100):
    console = Console(file=StringIO(), width=width, color_system=None)
    console.print(table)
    return console.file.getvalue().replace("\N{NO-BREAK SPACE}", " ")


def rows_with(table, word):
    return [" ".join(line.split()) for line in shown(table).splitlines() if word in line]


def kpi(rule, points):
    return KpiResult(rule, State.SCORED, Fraction(1), Fraction(1), Fraction(1), rule.weight_percent, points)


def employee(**more):
    """The first worked case of the rules: 33.6 + 16 + 20 + 18 = 87.6 points, shown as 88 %."""
    points = (Fraction("33.6"), Fraction(16), Fraction(20), Fraction(18))
    card = EmployeeResult(
        code="M01",
        name="Айгерим",
        role=Role.MANAGER,
        norm_days=22,
        worked_days=21,
        kpis=tuple(kpi(rule, value) for rule, value in zip(RULES.kpis, points, strict=True)),
        facts={"revenue": Fact(State.SCORED, Fraction(420000000))},
        score=Fraction("87.6"),
        score_percent=88,
        band=RULES.bands[0],
        preliminary=False,
        diagnosis=GAP,
        plan_tiyn=500000000,
        plan_to_date_tiyn=250000000,
    )
    return replace(card, **more)


def month(*employees, **more):
    results = MonthResults(
        month=OCTOBER,
        rulebook="b2b 2026-01",
        as_of_at=datetime(2026, 11, 2, tzinfo=UTC),
        final=True,
        employees=employees or (employee(),),
        team=TeamResult(420000000, 500000000, {}, GAP, 250000000),
        funnel=(),
        forecast=(),
        checklist=(),
        problems=(),
    )
    return replace(results, **more)


def test_a_score_row_shows_score_band_the_points_of_each_kpi_revenue_and_plan():
    assert rows_with(score_table(month(), TEXTS), "Айгерим") == [
        "Айгерим 88 % полная 33,6 16 20 18 4 200 000 5 000 000"
    ]


def test_a_running_month_is_compared_with_the_plan_to_date():
    assert rows_with(score_table(month(final=False), TEXTS), "Айгерим") == [
        "Айгерим 88 % полная 33,6 16 20 18 4 200 000 2 500 000"
    ]


def test_no_data_and_not_applicable_are_words_and_never_zero():
    first, second, *rest = RULES.kpis
    kpis = (
        KpiResult(first, State.NO_DATA, reason="bad_rows"),
        KpiResult(second, State.NOT_APPLICABLE, reason="no_leads"),
        *(kpi(rule, Fraction(20)) for rule in rest),
    )
    known = Known(Fraction(40), Fraction(37), Fraction(37), Fraction(97))
    unknown = {"score": None, "score_percent": None, "band": None, "known": known}
    table = score_table(month(employee(kpis=kpis, preliminary=True, **unknown)), TEXTS)
    said = shown(table)
    assert "нет" in rows_with(table, "Айгерим")[0]
    assert "н/п — неприменимо" in said
    assert "37–97" in rows_with(table, "Айгерим")[0]
    assert "Известно 37 из 40 баллов, 60 неизвестны." in said
    assert " 0 " not in said


def test_who_has_no_score_is_told_why_beneath_the_table():
    unscored = employee(score=None, score_percent=None, band=None, reason="no_plan", plan_tiyn=None)
    said = shown(score_table(month(unscored), TEXTS))
    assert "Айгерим: Оценки нет: нет плана выручки." in said


def test_seven_kpis_and_long_names_fit_into_a_hundred_columns():
    rules = [*RULES.kpis, *(replace(RULES.kpis[1], measure=name) for name in ("margin", "crm", "script"))]
    wide = employee(name="Абдрахманова Гульжанат", kpis=tuple(kpi(rule, Fraction("18.66")) for rule in rules))
    said = shown(score_table(month(wide), TEXTS))
    assert "4 200 000" in said
    assert said.count("18,7") == 7
    assert max(map(len, said.splitlines())) <= 100


def test_who_could_be_paid_more_is_told_what_is_missing():
    # 68 points: 11.5 more round to 80; at weight 40 they are 0.2875 of the plan of 5 000 000, that is 1 437 500.
    first, *rest = RULES.kpis
    plan = Fraction(500000000)
    half = KpiResult(first, State.SCORED, plan / 2, plan, Fraction(1, 2), Fraction(40), Fraction(20))
    full = tuple(kpi(rule, Fraction(16)) for rule in rest)
    facts = {
        "revenue": Fact(State.SCORED, plan / 2),
        "average_deal": Fact(State.NO_DATA),
        "leads_received": Fact(State.NO_DATA),
        "deals": Fact(State.NO_DATA),
    }
    below = employee(
        name="Тимур",
        kpis=(half, *full),
        facts=facts,
        score=Fraction(68),
        score_percent=68,
        band=RULES.bands[2],
        next_band=RULES.bands[0],
    )
    table = next_band_table(month(employee(), below), TEXTS)
    assert table.row_count == 1
    said = " ".join(shown(table).split())
    assert "Тимур 68 % До ступени «полная» не хватает 1 437 500 ₸ выручки." in said


def test_no_amount_is_cut_off_on_a_terminal_of_eighty_columns():
    said = shown(score_table(month(employee(name="Абдрахманова Гульжанат")), TEXTS), width=80)
    assert "4 200 000  5 000 000" in said
    line = pay_line(name="Абдрахманова Гульжанат", base_accrued_tiyn=6_000_000_00, total_tiyn=10_650_000_00)
    said = shown(payroll_table(Payroll(OCTOBER, "b2b 2026-01", (line,)), TEXTS), width=80)
    assert " 6 000 000 " in said
    assert "  10 650 000" in said


def test_problems_that_block_come_first_with_address_and_remedy():
    late = warning("deal_without_payment_date", Place("deals", 5, "paid_on"), number="4")
    bad = blocking("deal_without_amount", Place("deals", 9, "amount_tiyn"), number="8")
    said = shown(problem_table([late, bad, bad], TEXTS, Addresses()))
    assert "Замечания к данным: 2, из них мешают закрыть месяц: 1" in said
    assert said.index("Сделки!H9") < said.index("Сделки!H5")
    assert "мешает" in next(line for line in said.splitlines() if "H9" in line)


def test_more_problems_than_anybody_reads_are_counted():
    many = [
        warning("deal_without_payment_date", Place("deals", row, "paid_on"), number=str(row))
        for row in range(2, SHOWN_PROBLEMS + 9)
    ]
    said = shown(problem_table(many, TEXTS, Addresses()))
    assert "И ещё 7" in said


def test_text_in_brackets_is_shown_as_it_was_entered():
    problem = blocking("employee_unknown", Place("deals", 3, "code"), value="[bold]Ким", header="Менеджер")
    assert "[bold]Ким" in shown(problem_table([problem], TEXTS, Addresses()))


def test_causes_add_up_to_the_gap_and_what_helped_has_a_minus():
    table = cause_table(month(team=TeamResult(0, None, {}, None)), TEXTS)
    said = [" ".join(line.split()) for line in shown(table).splitlines()]
    amounts = [line for line in said if any(word in line for word in ("600 000", "250 000", "−50 000"))]
    assert len(amounts) == 3
    assert "Айгерим" in amounts[0]
    assert any("Всего 800 000" in line for line in said)


def test_who_made_the_plan_is_not_among_the_causes():
    over = replace(GAP, revenue_tiyn=600000000, gap_tiyn=-100000000)
    results = month(employee(diagnosis=over), team=TeamResult(600000000, 500000000, {}, over))
    said = shown(cause_table(results, TEXTS))
    assert "Айгерим" not in said
    assert "План выполнили все." in said


def pay_line(**more):
    line = PayLine(
        code="M01",
        name="Айгерим",
        norm_days=22,
        worked_days=21,
        base_tiyn=180_000_00,
        base_accrued_tiyn=171_818_00,
        variable_full_tiyn=200_000_00,
        score_percent=88,
        band_id="full",
        coefficient=Fraction(1),
        variable_accrued_tiyn=190_909_00,
        corrections=(),
        carried_in_tiyn=0,
        carried_out_tiyn=0,
        total_tiyn=362_727_00,
    )
    return replace(line, **more)


def test_a_payroll_has_a_line_each_and_a_total():
    other = pay_line(code="M02", name="Тимур", total_tiyn=100_000_00)
    table = payroll_table(Payroll(OCTOBER, "b2b 2026-01", (pay_line(), other)), TEXTS)
    assert rows_with(table, "Айгерим") == ["Айгерим 21/22 88 % полная 171 818 200 000 190 909 362 727"]
    assert rows_with(table, "Итого  ")[-1:] == ["Итого 343 636 400 000 381 818 462 727"]


def test_corrections_and_what_is_carried_have_a_column_when_there_are_any():
    # 30 000 is taken back, 10 000 of it goes on to the next month: this month loses 20 000.
    correction = PaidCorrection("7", Month(2026, 9), -30_000_00, "возврат")
    line = pay_line(corrections=(correction,), carried_out_tiyn=-10_000_00, total_tiyn=342_727_00)
    table = payroll_table(Payroll(OCTOBER, "b2b 2026-01", (line,)), TEXTS)
    assert "−20 000 342 727" in rows_with(table, "Айгерим")[0]


def test_a_forecast_stands_beside_the_plan():
    found = (
        Forecast(None, 480000000, 450000000, 510000000),
        Forecast("M01", 400000000, 300000000, 550000000),
    )
    table = forecast_table(month(forecast=found), TEXTS)
    assert rows_with(table, "Команда") == ["Команда 4 800 000 4 500 000 5 100 000 5 000 000 96 %"]
    assert rows_with(table, "Айгерим") == ["Айгерим 4 000 000 3 000 000 5 500 000 5 000 000 80 %"]


def test_the_funnel_names_each_source_once_and_what_its_norm_would_bring():
    funnel = (
        FunnelRow(None, "leads_received", 120, None),
        FunnelRow(None, "deals", 24, Fraction(1, 5), Fraction(1, 4), 120_000_000, bottleneck=True),
        FunnelRow("", "leads_received", 7, None),
    )
    table = funnel_table(month(funnel=funnel), TEXTS)
    assert rows_with(table, "120") == ["Все источники Поступило лидов 120 — —"]
    assert rows_with(table, "Сделок") == ["Сделок 24 20 % 25 % 1 200 000"]
    assert "Источник не указан" in shown(table)
