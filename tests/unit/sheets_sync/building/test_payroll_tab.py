from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path

import pytest

from kpi_rules.cards.results import PaidCorrection, PayLine, Payroll
from kpi_rules.records.results import payroll_record
from kpi_rules.time.periods import Month
from sheets_sync.building import payroll_tab as payroll_tabs
from sheets_sync.building.payroll_tab import SealMark, payroll_requests, payroll_tab
from templates.loading import load, names, newest_layout, templates_at
from tests.next_layout import NEXT, PRESENT

TEXTS = load("b2b", "ru").texts
SEAL = SealMark(12, "7f3a91c0", "PUBLIC-KEY")
OCTOBER = Month(2026, 10)


def line(code, name, band, coefficient, variable, **more):
    fields = {
        "code": code,
        "name": name,
        "norm_days": 22,
        "worked_days": 21,
        "base_tiyn": 250_000_00,
        "base_accrued_tiyn": 238_636_00,
        "variable_full_tiyn": 200_000_00,
        "score_percent": 79,
        "band_id": band,
        "coefficient": coefficient,
        "variable_accrued_tiyn": variable,
        "corrections": (),
        "carried_in_tiyn": 0,
        "carried_out_tiyn": 0,
        "total_tiyn": 238_636_00 + variable,
    }
    return PayLine(**(fields | more))


CORRECTED = line(
    "M02",
    "=Оспанов Данияр",
    "reduced",
    Fraction(1, 2),
    100_000_00,
    corrections=(
        PaidCorrection("3", Month(2026, 8), -150_000_00, "сделка 118"),
        PaidCorrection("4", Month(2026, 9), 12_000_00, "возврат штрафа"),
    ),
    carried_out_tiyn=-38_000_00,
    total_tiyn=238_636_00,
)
PAYROLL = Payroll(
    OCTOBER,
    "b2b 2026-01",
    (
        line("M01", "Сатпаева Айгерим", "full", Fraction(1), 200_000_00, score_percent=88),
        CORRECTED,
        line("M03", "Ким Мария", None, Fraction(0), 0, score_percent=None),
    ),
)
TAB = payroll_tab(PAYROLL, TEXTS, "Степной ветер", SEAL)
VALUES = TAB.wanted.values()
HEADER = 1
FIRST, SECOND, THIRD, TOTAL = range(2, 6)
"""In which rows stand the three lines and their total."""
ADDED = ("base_accrued", "variable_accrued", "correction", "carried")
"""What of a line adds up to «total»."""


def column(key):
    """Where the column with that header stands."""
    return VALUES[HEADER].index(TEXTS(f"tabs.payroll.column.{key}"))


def shown(row, *keys, values=VALUES):
    """What a row shows under those headers."""
    return [values[row][column(key)] for key in keys]


def test_the_tab_is_named_by_its_month_and_printed_across():
    assert (TAB.key, TAB.title, TAB.landscape) == ("2026-10", "2026-10", True)
    assert VALUES[0] == ["Ведомость за октябрь 2026 — Степной ветер"]
    assert TAB.row_count == len(TAB.wanted.rows)


def test_a_line_holds_every_column_of_the_payroll():
    assert len(VALUES[FIRST]) == len(VALUES[HEADER]) == len(set(VALUES[HEADER]))
    expected = {
        "period": "2026-10", "code": "M01", "name": "Сатпаева Айгерим", "norm_days": 22, "worked_days": 21,
        "base": 250000, "base_accrued": 238636, "variable_full": 200000, "score": 0.88, "band": "полная",
        "coefficient": 1, "variable_accrued": 200000, "correction": 0, "reason": "", "carried": 0,
        "total": 438636, "currency": "KZT", "rulebook": "b2b 2026-01", "seal": "№ 12 7f3a91c0",
    }  # fmt: skip
    assert dict(zip(expected, shown(FIRST, *expected), strict=True)) == expected
    places = [column(key) for key in expected]
    assert places == sorted(places)


def test_corrections_say_what_they_are_for_and_what_is_carried_on():
    reason = shown(SECOND, "reason")[0].replace("\N{NO-BREAK SPACE}", " ")
    assert reason.split("\n") == [
        "№ 3 за август 2026, −150 000 ₸: сделка 118",
        "№ 4 за сентябрь 2026, 12 000 ₸: возврат штрафа",
        "переносится на следующий месяц: −38 000 ₸",
    ]


@pytest.mark.parametrize("row", [FIRST, SECOND, THIRD])
def test_each_line_adds_up_across(row):
    assert [sum(shown(row, *ADDED))] == shown(row, "total")


def test_what_is_carried_is_shown_with_the_sign_that_makes_the_line_add_up():
    assert shown(SECOND, "correction", "carried") == [-138000, 38000]
    brought = line(
        "M01", "А", "full", Fraction(1), 200_000_00, carried_in_tiyn=-50_000_00, total_tiyn=388_636_00
    )
    values = payroll_tab(Payroll(OCTOBER, "b2b", (brought,)), TEXTS, "К", SEAL).wanted.values()
    carried, reason = shown(FIRST, "carried", "reason", values=values)
    assert carried == -50000
    assert "удерживается с прошлых месяцев" in reason


def test_the_total_row_sums_what_is_paid():
    assert shown(TOTAL, "period") == ["Итого"]
    assert shown(TOTAL, *ADDED, "total") == [715908, 300000, -138000, 38000, 915908]


def test_an_employee_without_a_score_is_said_in_words():
    assert shown(THIRD, "score", "band", "coefficient") == ["", "нет оценки", 0]


def test_seal_key_and_signature_lines_stand_below():
    below = [row[0] for row in VALUES[6:] if row]
    assert "Печать № 12, отпечаток 7f3a91c0" in below
    assert "Открытый ключ: PUBLIC-KEY" in below
    assert below[-3:] == ["Руководитель отдела продаж", "Бухгалтер", "Собственник"]


def test_the_tab_is_added_and_protected_for_the_system_alone_in_one_batch():
    requests = payroll_requests(TAB, ["robot@tablo.kz"])
    added = next(request["addSheet"]["properties"] for request in requests if "addSheet" in request)
    protected = requests[-1]["addProtectedRange"]["protectedRange"]
    assert added["title"] == "2026-10"
    assert protected["range"] == {"sheetId": added["sheetId"]}
    assert protected["editors"]["users"] == ["robot@tablo.kz"]


def test_a_name_that_looks_like_a_formula_is_written_as_text():
    requests = payroll_requests(TAB, ["robot@tablo.kz"])
    update = next(request["updateCells"] for request in requests if "updateCells" in request)
    assert update["rows"][SECOND]["values"][column("name")]["userEnteredValue"] == {
        "stringValue": "=Оспанов Данияр"
    }


def test_a_column_of_a_later_layout_is_not_on_the_tab_of_an_earlier_one(monkeypatch):
    """A close that was cut off before an upgrade is finished with the columns that it began with."""
    later = payroll_tabs.PayColumn("code", 50, lambda line, _: payroll_tabs.Cell(line.code), since=NEXT)
    monkeypatch.setattr(payroll_tabs, "PAY_COLUMNS", (*payroll_tabs.PAY_COLUMNS, later))
    widths = [payroll_tab(PAYROLL, TEXTS, "К", SEAL, layout).column_count for layout in (PRESENT, NEXT, None)]
    assert widths == [len(TAB.wanted.columns), len(TAB.wanted.columns) + 1, len(TAB.wanted.columns) + 1]


@pytest.mark.parametrize("template", names())
def test_a_column_that_comes_with_the_next_layout_makes_it_the_newest(template, monkeypatch):
    """Else no tab would ever show the column."""
    later = payroll_tabs.PayColumn("code", 50, lambda line, _: payroll_tabs.Cell(line.code), since=NEXT)
    monkeypatch.setattr(payroll_tabs, "PAY_COLUMNS", (*payroll_tabs.PAY_COLUMNS, later))
    with templates_at(Path("templates")):
        assert newest_layout(template) == NEXT


def test_a_figure_that_came_later_changes_no_line_that_has_nothing_of_it():
    @dataclass(frozen=True)
    class LaterLine(PayLine):
        bonus_tiyn: int = 0

    line = PAYROLL.lines[0]
    values = {field.name: getattr(line, field.name) for field in fields(line)}
    records = [
        payroll_record(Payroll(OCTOBER, "b2b", (each,)))["lines"][0]
        for each in (line, LaterLine(**values), LaterLine(**values, bonus_tiyn=700))
    ]
    assert records[1] == records[0]
    assert records[2] == {**records[0], "bonus_tiyn": 700}
