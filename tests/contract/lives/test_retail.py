"""A chain of shops, whose template is data alone, from deploy to verification; figures worked out by hand.

September 2026 has 22 working days (behaviour §5, the card of `retail`: 40, 15, 15, 10, 20):

    M01  plan 1 000 000, 22 × 40 000 = 880 000: 35.2; conversion 44/220 = 20 % of 25 %: 12; average receipt
         20 000 of 25 000: 12; margin 440/880 = 50 % of 50 %: 10; marks 18 of 20: 18; score 87.2 → 87, full
    M02  plan 1 000 000, 21 × 35 000 − 35 000 refunded = 700 000: 28; conversion 42/220 of 25 %: 126/11;
         average receipt 700 000/42 of 25 000: 10; margin 300/700 of 50 %: 60/7; marks 16 of 20: 16;
         score 74.02… → 74, half
    R01  1 580 000 of 2 000 000: 31.6; conversion 86/440 of 25 %: 129/11; average receipt 1 580 000/86 of
         25 000: 474/43; margin 740/1580 of 50 %: 740/79; marks 34 of 40: 17; score 80.71… → 81, full

so that pay is that of `client_life`.
"""

import re
from datetime import date
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest

from operations.clients.deploy import deploy_client
from operations.clients.upgrading import upgrade_client
from operations.facts.held_months import calendar_around
from operations.months.opening import open_month
from operations.seals.snapshots import sealed_results
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from templates import loading
from tests.contract.client_life import (
    DEPLOYED_AT,
    HEAD,
    MANAGERS,
    MID_SEPTEMBER_AT,
    PAID_VARIABLE,
    SALARIES,
    SEPTEMBER,
    SEPTEMBER_OPENED_AT,
    SLUG,
    TOTALS,
    close_september,
    new_client,
    salary_rows,
    serial,
)
from tests.next_layout import next_templates

RULES = (Path(loading.__file__).parent / "retail/rulebook.toml").read_text(encoding="utf-8")
DAYS = [
    day
    for day in (date(2026, 9, number) for number in range(1, 31))
    if calendar_around(2026).is_worked(day, 5)
]
SCORES = {
    "M01": Fraction("87.2"),
    "M02": 54 + Fraction(126, 11) + Fraction(60, 7),
    "R01": Fraction("48.6") + Fraction(129, 11) + Fraction(474, 43) + Fraction(740, 79),
}
OUTPUTS = ("scoreboard", "analysis", "funnel", "checklist", "problems", "guide")
LANGUAGES = ("ru", "kk", "en")
OF_OTHER_CLIENTS = {
    "ru": r"\b(лид|сделк|менеджер|отчётов\b|отчёта\b)|crm|звонк",
    "kk": r"\b(лид|мәміле|менеджер)|crm|қоңырау",
    "en": r"\b(lead|deal|manager|call)s?\b|crm",
}
"""Words that no sentence of a chain of shops says."""
NOT_COUNTED = ("leads_processed", "response_minutes", "repeat_share", "crm")


def word(language, key):
    return loading.texts(language, "retail")(key)


def staff_rows(language="ru"):
    hired = serial(date(2025, 1, 6))
    shop, head = (word(language, f"choice.role.{role}") for role in ("manager", "head"))
    return [
        ["M01", "Абая 10", MANAGERS[0], shop, hired, None, 5],
        ["M02", "Сатпаева 5", MANAGERS[1], shop, hired, None, 5],
        ["R01", "Гульнара Ким", HEAD, head, hired, None, 5],
    ]


def plan_rows():
    return [[serial(SEPTEMBER.first_on), code, 1_000_000, 0.25, 25_000, 220, 0.5] for code in ("M01", "M02")]


def day_rows():
    """The first shop's 22 days, then the second's; its last day is a refund."""
    rows = [[serial(day), "M01", 10, 2, 40_000, 20_000] for day in DAYS]
    rows += [[serial(day), "Сатпаева 5", 10, 2, 35_000, 20_000] for day in DAYS[:-1]]
    return [*rows, [serial(DAYS[-1]), "M02", 10, 0, -35_000, -20_000]]


def mark_rows(language="ru"):
    yes, no, na = (word(language, f"choice.mark.{mark}") for mark in ("yes", "no", "na"))
    return [
        [serial(day), code, yes if index < kept else no, *[na] * 5]
        for code, kept in (("M01", 18), ("M02", 16))
        for index, day in enumerate(DAYS[:20])
    ]


def fill(life, language):
    deploy_client(new_client(template="retail", language=language), DEPLOYED_AT, life.services)
    life.enter(HEAD, "staff", staff_rows(language))
    life.enter(HEAD, "plan", plan_rows())
    life.enter(HEAD, "salaries", salary_rows())
    life.approve("salaries", 4, len(SALARIES))
    open_month(SLUG, SEPTEMBER, SEPTEMBER_OPENED_AT, life.services)
    life.enter(MANAGERS[0], "shop_days", day_rows())
    life.enter(HEAD, "discipline", mark_rows(language))


@pytest.fixture
def run(command, monkeypatch, empty):
    """Run one command line on this client."""
    monkeypatch.setenv("KPI_HOME", str(empty.services.settings.home))

    def run_once(*arguments):
        return command(*map(str, arguments), width=120)

    return run_once


@pytest.fixture(params=LANGUAGES)
def life(empty, request):
    """A chain whose September is open and filled in, in that language."""
    fill(empty, request.param)
    empty.language = request.param
    empty.template = loading.load("retail", request.param)
    return empty


def said_on(life, keys=OUTPUTS):
    book = life.template.layout.workbook
    cells = [
        cell for key in keys for row in life.cells(life.workbook_id, book.tab(key).title) for cell in row
    ]
    return [cell for cell in cells if isinstance(cell, str) and cell]


def of_others(life, said):
    return [text for text in said if re.search(OF_OTHER_CLIENTS[life.language], text.casefold())]


ADD = ("client", "add", "Береке", "--slug", SLUG, "--head", HEAD, "--owner", "o@bereke.kz", "--accountant", "b@bereke.kz")  # fmt: skip


def test_the_commands_know_the_template_by_its_folder_alone(run, empty):
    code, _, err = run(*ADD, "--template", "retail")
    assert (code, err) == (0, "")
    titles = [sheet["properties"]["title"] for sheet in empty.sheets(empty.workbook_id)]
    assert "Магазины по дням" in titles
    assert not {"Сделки", "Отчёты"} & {*titles}
    assert empty.cells(empty.workbook_id, "План") == [
        ["Месяц", "Код", "План выручки, ₸", "Конверсия, %", "Средний чек, ₸", "Посетители", "Маржа, %"]
    ]
    rules = empty.cells(empty.workbook_id, "Правила")[1:]
    assert [(row[2], row[6]) for row in rules if row[1] == "магазин"] == [
        ("выполнение плана продаж", 0.4),
        ("конверсия посетителей", 0.15),
        ("средний чек", 0.15),
        ("маржинальность", 0.1),
        ("стандарты магазина", 0.2),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_exported_file_is_known_by_its_tabs_and_scored_on_the_figures_worked_out_by_hand(
    run, tmp_path, language
):
    path = tmp_path / "shops.xlsx"
    code, out, _ = run("template", "export", "retail", path, "--language", language)
    assert code == 0
    layout = loading.load("retail", language).layout.workbook
    assert layout.facts_tab().title in out
    book = openpyxl.load_workbook(path)
    entered = {
        "staff": staff_rows(language),
        "plan": plan_rows(),
        "shop_days": day_rows(),
        "discipline": mark_rows(language),
    }
    for key, rows in entered.items():
        for at, row in enumerate(rows, start=2):
            for position, value in enumerate(row, start=1):
                book[layout.tab(key).title].cell(at, position, value)
    book.save(path)
    code, out, err = run("score", path, "--month", "2026-09", "--json")
    assert (code, err) == (0, "")
    for percent in ("87", "74", "81"):
        assert f'"score_percent": {percent}' in out


def test_a_sync_speaks_of_shops_and_writes_nothing_the_second_time(life):
    past = [row for row in day_rows() if row[0] < serial(date(2026, 9, 16))]
    life.enter(MANAGERS[0], "shop_days", [[None] * 6] * 44)
    life.enter(MANAGERS[0], "shop_days", past)
    outcome = sync_client(SLUG, MID_SEPTEMBER_AT, life.services)
    assert [problem for problem in outcome.problems if problem.blocks] == []
    first = outcome.results[0].employees[0]
    assert first.facts["revenue"].value == 11 * 40_000 * 100
    assert [(row.stage, row.count) for row in outcome.results[0].funnel] == [
        ("leads_received", 220),
        ("deals", 44),
    ]
    said = said_on(life)
    assert life.template.texts("explain.measure.conversion") in said
    assert (
        life.template.texts("tabs.cause.few_leads.name") in said
        or life.template.texts("tabs.cause.weak_conversion.name") in said
    )
    assert of_others(life, said) == []
    names = {life.template.texts(f"explain.measure.{measure}") for measure in NOT_COUNTED}
    assert not [text for text in said if any(text.startswith(name) for name in names)]
    assert sync_client(SLUG, MID_SEPTEMBER_AT, life.services).requests == 0


def test_what_is_wrong_is_told_in_words_of_shops(life):
    life.enter(MANAGERS[0], "shop_days", [[None]], row=2, column=2)
    life.enter(MANAGERS[0], "shop_days", [[None] * 6], row=4)
    life.enter(MANAGERS[0], "shop_days", [[serial(date(2026, 9, 6)), "M01", 1, 1, 1, 1]], row=60)
    life.enter(HEAD, "discipline", [[None] * 8] * 10)
    outcome = sync_client(SLUG, date_at(2), life.services)
    found = {problem.code for problem in outcome.problems}
    assert {
        "report_blank",
        "reports_missing",
        "report_on_off_day",
        "marks_missing",
    } <= found
    told = said_on(life, ("problems",))
    assert of_others(life, told) == []


def date_at(day):
    return SEPTEMBER_OPENED_AT.replace(month=10, day=day)


def test_the_month_closes_on_the_figures_worked_out_by_hand_and_stands_for_good(life, run, tmp_path):
    assert close_september(life).seal_number == 1
    [seal] = life.services.ledger.seals(SLUG)
    assert {employee.code: employee.score for employee in sealed_results(seal.record).employees} == SCORES
    texts = life.template.texts
    _, headers, *rows = life.cells(life.payroll_id, str(SEPTEMBER))
    lines = {row[1]: dict(zip(headers, row, strict=False)) for row in rows if SALARIES.keys() & {*row[1:2]}}
    shares = {code: line[texts("tabs.payroll.column.score")] for code, line in lines.items()}
    assert shares == {"M01": 0.87, "M02": 0.74, "R01": 0.81}
    paid = {code: line[texts("tabs.payroll.column.variable_accrued")] for code, line in lines.items()}
    assert paid == PAID_VARIABLE
    assert {code: line[texts("tabs.payroll.column.total")] for code, line in lines.items()} == TOTALS
    found = verify_client(SLUG, life.services)
    assert found.intact
    assert found.months[0].late == ()
    for command in (
        ("verify", SLUG, "--recompute"),
        ("signals", SLUG, "2026-09"),
        ("month", "hints", SLUG, "2026-11"),
    ):
        code, _, err = run(*command)
        assert (code, err) == (0, ""), command
    draft = tmp_path / "draft.toml"
    draft.write_text(RULES.replace("from_percent = 80", "from_percent = 85"), encoding="utf-8")
    code, _, err = run("whatif", SLUG, "--rulebook", draft, "--months", 1)
    assert (code, err) == (0, "")


def test_a_day_changed_after_the_close_is_a_late_edit_with_its_effect(life):
    """40 000 more and one receipt more to M01: 920 000 is 36.8, conversion 45/220: 135/11, receipt 184/9 ₸ thousand."""
    close_september(life)
    life.enter(MANAGERS[0], "shop_days", [[3, 80_000]], row=2, column=3)
    [month] = verify_client(SLUG, life.services).months
    [edit] = month.late
    assert (edit.tab, edit.key, edit.code) == ("shop_days", f"{DAYS[0].isoformat()} M01", "M01")
    assert (edit.sealed, edit.present) == (
        {"receipts": 2, "revenue_tiyn": 4_000_000},
        {"receipts": 3, "revenue_tiyn": 8_000_000},
    )
    effects = {effect.code: (effect.sealed_percent, effect.present_percent) for effect in month.effects}
    # 36.8 + 135/11 + (184/9)/25 × 15 + 10 + 18 = 89.33…
    assert effects["M01"] == (87, 89)


def test_a_later_release_is_put_on_top_and_the_month_closes_on_the_same_figures(empty, tmp_path):
    fill(empty, "ru")
    release = next_templates(tmp_path / "templates")
    with loading.templates_at(release):
        done = upgrade_client(SLUG, MID_SEPTEMBER_AT, empty.services, "консультант")
        assert any(file.plan.steps for file in done.files)
        again = upgrade_client(SLUG, MID_SEPTEMBER_AT, empty.services, "консультант")
        assert not any(file.plan.steps for file in again.files)
        close_september(empty)
        [seal] = empty.services.ledger.seals(SLUG)
        assert {employee.code: employee.score for employee in sealed_results(seal.record).employees} == SCORES
        assert verify_client(SLUG, empty.services).intact
