"""The frame of Kazakhstan's law: hints with their source that block nothing and change no figure."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from kpi_rules.cards.pay_terms import PayTerms, Term, worse_terms
from kpi_rules.cards.payouts import pay
from kpi_rules.facts.inputs import Salary
from kpi_rules.facts.percents import PercentBase, PercentRow
from kpi_rules.records.months import inputs_from_record, inputs_record
from kpi_rules.rulebook.model import Band
from kpi_rules.time.labour_law import MINIMUM_WAGES, minimum_wage
from kpi_rules.time.periods import Month
from kpi_rules.time.settings import Settings
from operations.facts.chain import parse_books
from sheets_sync.building.entry_tabs import setting_rows
from templates.loading import load
from tests.golden.cases.base import leads, reports

JANUARY = date(2026, 1, 1)
OCTOBER = Month(2026, 10)


# ---- minimum wage
@pytest.mark.parametrize(
    ("month", "tenge"),
    [
        (Month(2018, 12), None),
        (Month(2019, 1), 42_500),
        (Month(2021, 12), 42_500),
        (Month(2022, 1), 60_000),
        (Month(2023, 6), 70_000),
        (Month(2024, 1), 85_000),
        (Month(2026, 10), 85_000),
    ],
)
def test_the_minimum_wage_is_dated(month, tenge):
    wage = minimum_wage(month)
    assert (wage and wage.amount_tiyn // 100) == tenge
    assert all(wage.budget_years.startswith(str(wage.from_month.year)) for wage in MINIMUM_WAGES)
    assert [wage.from_month for wage in MINIMUM_WAGES] == sorted(wage.from_month for wage in MINIMUM_WAGES)


def paid(given):
    read = given.parsed().paid
    return pay(given.decided(), given.inputs(), read.salaries, ())


def salaries(base):
    return leads().with_rows(
        "salaries", [[code, JANUARY, base, 200_000, True] for code in ("M1", "M2", "H1")]
    )


def test_a_salary_below_it_is_hinted_at_with_cell_and_source_and_paid_as_it_is():
    given = salaries(84_999)
    payroll, problems = paid(given)
    assert [(each.code, each.blocks, each.place.row, each.place.column) for each in problems] == [
        ("salary_below_minimum", False, row, "base_tiyn")
        for row in (4, 2, 3)  # the head first
    ]
    assert {line.base_accrued_tiyn for line in payroll.lines} == {84_999_00}
    texts = given.template.texts
    said = texts.what(problems[0]).replace("\N{NO-BREAK SPACE}", " ")
    assert "85 000 ₸ с января 2024; Закон РК «О республиканском бюджете на 2024–2026 годы»" in said
    assert "84" not in said.replace("2024", "")
    assert "сверьте с юристом" in texts.fix(problems[0])


def test_at_it_and_for_who_worked_no_day_nothing_is_said():
    assert paid(salaries(85_000))[1] == []
    away = [[code, date(2026, 10, 1), date(2026, 10, 31)] for code in ("M1", "M2", "H1")]
    assert paid(salaries(10_000).with_rows("absences", away))[1] == []


def test_a_half_month_is_held_against_the_full_norm():
    away = [["M1", date(2026, 10, 14), date(2026, 10, 31)]]
    payroll, problems = paid(salaries(90_000).with_rows("absences", away))
    assert problems == []
    assert min(line.base_accrued_tiyn for line in payroll.lines) < 85_000_00


# ---- ИИН
@pytest.mark.parametrize("header", ["ИИН", "иин", "ИИН клиента", "ЖСН", "IIN", "ИИН/БИН", "И\u200bИН"])
@pytest.mark.parametrize("tab", ["staff", "deals"])
def test_a_column_for_an_iin_is_told_to_be_unnecessary(header, tab):
    raw = leads().raw()
    column = len(raw[tab][0])
    raw.tabs[tab][0].append(header)
    template = leads().template
    read = parse_books(raw, template.layout, template.rulebook).workbook
    (told,) = [each for each in read.problems if each.code == "iin_not_needed"]
    assert (told.blocks, told.place.tab, told.params["column"]) == (False, tab, chr(ord("A") + column))


@pytest.mark.parametrize("header", ["Финиин", "Линия", "БИН", "№ 12"])
def test_other_columns_of_the_clients_own_are_its_business(header):
    raw = leads().raw()
    raw.tabs["staff"][0].append(header)
    template = leads().template
    read = parse_books(raw, template.layout, template.rulebook).workbook
    assert not [each for each in read.problems if each.code == "iin_not_needed"]


# ---- days of notice
def with_notice(days):
    given = leads()
    return given.with_rows("settings", [*given.settings(), ["Дней уведомления об изменении оплаты", days]])


def test_the_days_of_notice_are_a_setting_that_may_be_left_out():
    assert leads().parsed().workbook.inputs.settings.notice_days == 15
    assert with_notice(30).parsed().workbook.inputs.settings.notice_days == 30
    (bad,) = [
        each for each in with_notice("месяц").parsed().workbook.problems if each.place.tab == "settings"
    ]
    assert (bad.code, bad.params["least"], bad.params["most"]) == ("setting_out_of_range", "0", "365")
    template = load("b2b")
    tab = template.layout.workbook.tab("settings")
    assert len(setting_rows(tab, Settings(), template.texts)) == 5
    assert len(setting_rows(tab, Settings(notice_days=30), template.texts)) == 6


def test_a_record_says_it_only_where_it_is_not_the_usual_one():
    assert "notice_days" not in inputs_record(leads().inputs())["settings"]
    record = inputs_record(with_notice(30).inputs())
    assert record["settings"]["notice_days"] == 30
    assert inputs_from_record(record).settings.notice_days == 30


# ---- what is worse
BANDS = (Band("base", 0, Fraction()), Band("reduced", 70, Fraction(1, 2)), Band("full", 80, Fraction(1)))


def step(start, rate, base=PercentBase.REVENUE, *, by_band=False):
    return PercentRow(
        OCTOBER, "M1", None, base, Fraction(start), Fraction(rate), by_band=by_band, approved=False
    )


def terms(base=300_000, variable=200_000, percents=(), bands=BANDS):
    return PayTerms(Salary("M1", OCTOBER, base, variable, approved=True), tuple(percents), bands)


def bands(*coefficients, reduced=70, full=80):
    return tuple(
        Band(id_, start, Fraction(pays))
        for id_, start, pays in zip(
            ("base", "reduced", "full"), (0, reduced, full), coefficients, strict=True
        )
    )


TWO_FIVE = (step(0, "0.02"), step(1, "0.05"))


@pytest.mark.parametrize(
    ("before", "now", "worse"),
    [
        (terms(), terms(), ()),
        (terms(), terms(base=299_999), (Term.SALARY,)),
        (terms(), terms(base=400_000, variable=199_999), (Term.VARIABLE,)),
        (terms(), terms(base=400_000, variable=300_000), ()),
        (terms(percents=TWO_FIVE), terms(percents=()), (Term.PERCENT,)),
        (terms(), terms(percents=TWO_FIVE), ()),
        (terms(percents=TWO_FIVE), terms(percents=(step(0, "0.03"), step(1, "0.05"))), ()),
        (terms(percents=TWO_FIVE), terms(percents=(step(0, "0.04"),)), (Term.PERCENT,)),  # above the plan
        (terms(percents=TWO_FIVE), terms(percents=(step(0, "0.02"), step("1.2", "0.05"))), (Term.PERCENT,)),
        (terms(percents=TWO_FIVE), terms(percents=(step(0, "0.02"), step("0.9", "0.05"))), ()),
        (
            terms(percents=TWO_FIVE),
            terms(percents=(step(0, "0.02", by_band=True), step(1, "0.05"))),
            (Term.PERCENT,),
        ),
        (
            terms(percents=(step(0, "0.02"),)),
            terms(percents=(step(0, "0.1", PercentBase.MARGIN),)),
            (Term.PERCENT,),
        ),
        (terms(), terms(bands=bands(0, "0.5", 1, full=81)), (Term.BANDS,)),
        (terms(), terms(bands=bands(0, "0.4", 1)), (Term.BANDS,)),
        (terms(), terms(bands=bands(0, "0.5", 1, reduced=65)), ()),
        (terms(), replace(terms(), salary=None), ()),
    ],
)
def test_what_pays_less_somewhere_is_worse(before, now, worse):
    assert worse_terms(before, now) == worse


def test_a_client_without_a_word_of_all_this_is_told_nothing():
    for given in (leads(), reports()):
        codes = {each.code for each in given.decided().problems}
        assert codes.isdisjoint({"salary_below_minimum", "iin_not_needed", "setting_missing"})
