"""What the cells of a workbook become."""

from datetime import date, datetime, time
from fractions import Fraction
from random import Random

import pytest

from kpi_rules.facts.columns import WholeNumbers
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import (
    Absence,
    Employment,
    Objection,
    PlanRow,
)
from kpi_rules.problems import Place
from kpi_rules.rulebook.model import Role
from kpi_rules.time.periods import Month
from sheets_sync.reading.books import parse_payroll, parse_workbook
from sheets_sync.reading.cells import RawBook
from templates.loading import load
from tests.released import headers, later_headers, released

TEMPLATE = load("b2b", "ru")
BOOK = TEMPLATE.layout.workbook
HIRED = 45659  # 2025-01-02
SETTINGS = [
    ["Начало рабочего дня", 0.375],
    ["Конец рабочего дня", "18:00"],
    ["День зарплаты", 10],
    ["Рабочих дней на дозаполнение", "3"],
    ["Язык", "русский"],
]
STAFF = [
    ["M01", "Алёна Ким", "kim@example.kz", "менеджер", HIRED, "", 5],
    ["M02", "Иван Петров", "", "Менеджер", HIRED, 46387, 6],
    ["H1", "Сауле Омарова", "", "РОП", HIRED, "", 5],
]
OCTOBER = Month(2026, 10)


def rule_rows():
    rows = []
    for role, card in (("менеджер", TEMPLATE.rulebook.kpis), ("РОП", TEMPLATE.rulebook.head_kpis)):
        for kpi in card:
            words = BOOK.tab("rules")
            rows.append(
                [
                    "2026-01",
                    role,
                    words.column("id").choices[kpi.id],
                    words.column("group").choices[kpi.group],
                    words.column("measure").choices[kpi.measure],
                    words.column("scoring").choices[kpi.scoring],
                    float(kpi.weight_percent / 100),
                    "",
                    "",
                    "",
                    "распределить вес",
                ]
            )
    bands = [
        ["2026-01", 0.8, "полная", 1],
        ["2026-01", 0.7, "сниженная", 0.5],
        ["2026-01", 0, "только оклад", 0],
    ]
    return [row + (bands[index] if index < len(bands) else []) for index, row in enumerate(rows)]


def raw_book(book=BOOK, **rows):
    given = {"staff": STAFF, "settings": SETTINGS, "rules": rule_rows()} if book is BOOK else {}
    return RawBook(
        {
            tab.key: [
                headers(tab),
                *(rows | {}).get(tab.key, given.get(tab.key, [])),
            ]
            for tab in book.inputs()
        }
    )


def read(**rows):
    return parse_workbook(raw_book(**rows), BOOK, TEMPLATE.rulebook)


def only_row(found):
    rows = found.inputs.facts.rows
    assert len(rows) == 1
    return {name: rows.plain(name)[0] for name in rows}


def types_of(facts):
    """How a frame holds each column: the array's type, behind the name of what holds arrays of whole numbers."""
    return {
        name: f"WholeNumbers of {column.numbers.dtype}"
        if isinstance(column, WholeNumbers)
        else str(column.dtype)
        for name, column in facts.rows.held.items()
    }


def codes(found):
    return [problem.code for problem in found.problems]


def test_a_clean_workbook_has_no_problems():
    assert codes(read()) == []


def test_staff_becomes_stints():
    assert read().inputs.staff == (
        Employment("M01", "Алёна Ким", "kim@example.kz", Role.MANAGER, date(2025, 1, 2), None, 5, row=2),
        Employment("M02", "Иван Петров", "", Role.MANAGER, date(2025, 1, 2), date(2026, 12, 31), 6, row=3),
        Employment("H1", "Сауле Омарова", "", Role.HEAD, date(2025, 1, 2), None, 5, row=4),
    )


def test_a_deal_is_read_to_the_tiyn_and_the_second():
    row = [
        7,
        46300.5,
        "M01",
        "ТОО Даму",
        "2GIS",
        46300 + 43205 / 86400,
        "Сделка",
        1250000.55,
        700000,
        46301,
        True,
    ]
    deal = only_row(read(deals=[row]))
    assert deal["row"] == 2
    assert deal["number"] == "7"
    assert deal["arrived_at"] == datetime.fromisoformat("2026-10-05T12:00:00")
    assert deal["answered_at"] == datetime.fromisoformat("2026-10-05T12:00:05")
    assert (deal["code"], deal["status"], deal["customer"], deal["source"]) == (
        "M01",
        "deal",
        "ТОО Даму",
        "2GIS",
    )
    assert (deal["amount_tiyn"], deal["cost_tiyn"]) == (125_000_055, 70_000_000)
    assert deal["paid_on"] == datetime.fromisoformat("2026-10-06")
    assert (deal["repeat"], deal["comment"]) == (True, None)


def test_the_frames_have_the_types_that_the_rules_expect():
    inputs = read(deals=[[1, 46300.5, "M01", "", "", "", "Новый"]], discipline=[[46300, "M01", "да"]]).inputs
    for read_frame, tab in (
        (inputs.facts, BOOK.facts_tab().facts()),
        (inputs.marks, BOOK.marks_tab().facts()),
    ):
        assert read_frame.tab == tab
        assert types_of(read_frame) == types_of(FactFrame.of(tab))
    types = types_of(inputs.facts)
    assert (types["number"], types["arrived_at"], types["amount_tiyn"]) == (
        "object",
        "datetime64[s]",
        "WholeNumbers of int64",
    )
    assert (types["repeat"], types["arrived_without_time"], types["bad_number"]) == ("bool", "bool", "bool")
    assert "bad_comment" not in types


def test_the_frames_of_an_empty_tab_have_the_same_types():
    full = read(deals=[[1, 46300.5, "M01", "", "", "", "Новый"]]).inputs.facts
    empty = read().inputs.facts
    assert len(empty.rows) == 0
    assert types_of(empty) == types_of(full)


def test_columns_may_stand_anywhere_and_extra_columns_are_the_clients_own():
    raw = raw_book()
    tabs = dict(raw)
    tabs["absences"] = [["Причина", "По", "Менеджер", "С"], ["отпуск", 46305, "Алёна Ким", 46300]]
    found = parse_workbook(RawBook(tabs), BOOK, TEMPLATE.rulebook)
    assert codes(found) == []
    assert found.inputs.absences == (Absence("M01", date(2026, 10, 5), date(2026, 10, 10), row=2),)
    assert found.located.address(Place("absences", 2, "from_on")) == ("Отсутствия", "D2")


def test_a_renamed_tab_is_named_as_it_stands_in_the_file():
    raw = RawBook(dict(raw_book()), titles={"deals": "Продажи"})
    located = parse_workbook(raw, BOOK, TEMPLATE.rulebook).located
    assert located.address(Place("deals", 12, "amount_tiyn")) == ("Продажи", "H12")
    assert located.address(Place("deals")) == ("Продажи", "")


def test_rows_that_wait_to_be_filled_in_are_no_rows():
    waiting = [[number, "", "", "", "", "", "", "", "", "", False] for number in range(1, 500)]
    found = read(deals=[*waiting, [500, 46300.5, "M01", "", "", "", "Новый"], [], [None] * 13])
    assert found.inputs.facts.rows["row"].tolist() == [501]
    assert codes(found) == []


def test_rows_without_cells_are_no_rows():
    assert codes(read(deals=[[], []])) == []


@pytest.mark.parametrize("written", [46300, "2026-10", "10.2026", "октябрь 2026", "Октябрь 2026 г.", 10.2026])
def test_a_month_is_known_in_all_its_forms(written):
    assert read(plan=[[written, "M01", 5_000_000]]).inputs.plan[0].month == OCTOBER


def test_a_plan_row_keeps_blank_apart_from_unreadable():
    found = read(plan=[["2026-10", "M01", 5_000_000, 25, "", 0, 10, "12,5%"]])
    assert found.inputs.plan == (
        PlanRow(
            OCTOBER,
            "M01",
            {
                "revenue_tiyn": 500_000_000,
                "leads": 0,
                "response_minutes": Fraction(10),
                "repeat_fraction": Fraction(1, 8),
            },
            bad=frozenset({"conversion_fraction"}),
            row=2,
        ),
    )
    assert codes(found) == ["share_above_one", "number_as_text"]


def test_an_objection_stays_open_until_it_is_ticked():
    found = read(objections=[[1, "2026-09", "Иван Петров", "Не учтена сделка 12", "", False]])
    text = "Не учтена сделка 12"
    assert found.inputs.objections == (
        Objection("1", Month(2026, 9), "M02", text, "", resolved=False, row=2),
    )


def test_settings_are_read_by_their_kinds():
    settings = read(
        settings=[*SETTINGS[:2], ["День зарплаты", 7.0], *SETTINGS[3:4], ["Язык", "қазақ тілі"]]
    ).inputs.settings
    assert (settings.day_starts_at, settings.day_ends_at) == (time(9), time(18))
    assert (settings.payday, settings.grace_working_days, settings.language) == (7, 3, "kk")


def test_the_rules_on_the_tab_are_the_built_in_ones():
    assert read().inputs.rulebooks == (TEMPLATE.rulebook,)


def test_two_versions_of_the_rules_hold_from_their_months_on():
    later = [[f"{row[0][:4]}-11", *row[1:11]] for row in rule_rows()]
    later[0][6], later[1][6] = 0.5, 0.1
    first, second = read(rules=[*rule_rows(), *later]).inputs.rulebooks
    assert (first.from_month, second.from_month) == (Month(2026, 1), Month(2026, 11))
    assert [kpi.weight_percent for kpi in second.kpis] == [50, 10, 20, 20]
    assert second.bands == first.bands


def test_a_header_that_two_tables_share_belongs_to_the_nearer_one():
    rows = raw_book()["rules"]
    moved = [row[11:] + [""] * (4 - len(row[11:])) + row[:11] for row in rows]
    found = parse_workbook(RawBook({**raw_book(), "rules": moved}), BOOK, TEMPLATE.rulebook)
    assert found.inputs.rulebooks == (TEMPLATE.rulebook,)


def test_rules_that_are_refused_say_why_in_the_words_of_the_tab():
    rows = rule_rows()
    rows[0][6] = 0.45
    found = read(rules=rows)
    (problem,) = found.problems
    assert found.inputs.rulebooks == ()
    assert found.located.address(problem.place) == ("Правила", "G2")
    assert TEMPLATE.texts.what(problem) == "Веса роли «менеджер» дают вместе 105 %, а должны ровно 100 %."


def test_a_payroll_book_is_read():
    book = TEMPLATE.layout.payroll
    raw = raw_book(
        book,
        months=[["октябрь 2026", True, False]],
        decisions=[["2026-10", "M01", "Средний чек", "неприменимо", "Сделок не было", True]],
        salaries=[["M01", 46023, 150000, 200000.5, False], ["Иван Петров", 46023, 140000, 180000]],
        corrections=[
            [1, "09.2026", "M02", -5000, "Поздний возврат", True],
            [2, "09.2026", "M02", "", "?", False],
        ],
    )
    found = parse_payroll(raw, book, read().inputs.staff)
    (month,), (decision,), salaries, (correction,) = (
        found.inputs.months,
        found.inputs.decisions,
        found.inputs.salaries,
        found.inputs.corrections,
    )
    assert (month.month, month.plan_approved, month.close) == (OCTOBER, True, False)
    assert (decision.subject, decision.kind, decision.approved) == ("average_deal", "not_applicable", True)
    assert [
        (salary.code, salary.from_month, salary.base_tiyn, salary.variable_tiyn) for salary in salaries
    ] == [
        ("M01", Month(2026, 1), 15_000_000, 20_000_050),
        ("M02", Month(2026, 1), 14_000_000, 18_000_000),
    ]
    assert (correction.number, correction.amount_tiyn) == ("1", -500_000)
    assert [(problem.code, found.located.address(problem.place)) for problem in found.problems] == [
        ("cell_blank", ("Корректировки", "D3"))
    ]


def test_below_a_missing_or_doubled_header_nothing_is_blank():
    header = [column.header for column in released(BOOK.tab("deals")) if column.key != "cost_tiyn"]
    row = [1, 46300.5, "M01", "", "", "", "Сделка", 500, 46301, True, "", "", "M02"]
    raw = RawBook({**raw_book(), "deals": [[*header, "Менеджер"], row]})
    deal = only_row(parse_workbook(raw, BOOK, TEMPLATE.rulebook))
    assert (deal["code"], deal["bad_code"]) == (None, True)
    assert (deal["cost_tiyn"], deal["bad_cost_tiyn"]) == (None, True)
    assert (deal["amount_tiyn"], deal["bad_amount_tiyn"]) == (50_000, False)


def test_a_flood_of_the_same_warning_names_a_hundred_and_counts_the_others():
    found = read(deals=[[number, 46300.5, "алёна ким", "", "", "", "Новый"] for number in range(1, 251)])
    assert [problem.code for problem in found.problems[:100]] == ["name_not_exact"] * 100
    (rest,) = found.problems[100:]
    assert (rest.severity, found.located.address(rest.place)) == ("warning", ("Сделки", "C102"))
    assert (
        TEMPLATE.texts.what(rest)
        == "То же самое в «Менеджер» ещё в строках ниже, до строки 251; всего ещё: 150."
    )
    assert (found.inputs.facts.rows["code"] == "M01").all()


def test_every_row_that_blocks_is_named_however_many_there_are():
    names = [f"Иван Петров{'а' * (number % 200)}" for number in range(1, 301)]
    found = read(deals=[[7, 46300.5, name, "", "", "", "Новый"] for name in names])
    assert [problem.place.row for problem in found.problems] == [*range(2, 201), *range(202, 302)]
    assert {problem.code for problem in found.problems} == {"employee_unknown_similar", "employee_unknown"}


def test_a_problem_names_the_employee_whom_it_concerns():
    found = read(
        deals=[[1, 46300.5, "M02", "", "", "", "Зделка"], [2, 46300.5, "Кто-то", "", "", "", "Отказ"]]
    )
    assert [(problem.place.column, problem.employee) for problem in found.problems] == [
        ("code", None),
        ("status", "M02"),
    ]


def test_the_manager_may_stand_anywhere_and_the_problem_still_names_him():
    tab = BOOK.tab("deals")
    header = headers(tab)[::-1]
    row = [
        *[""] * len(later_headers(tab)),
        "",
        "",
        False,
        "вчера",
        "",
        5,
        "Сделка",
        "",
        "",
        "",
        "M01",
        46300.5,
        1,
    ]
    raw = RawBook({**raw_book(), "deals": [header, row]})
    (problem,) = parse_workbook(raw, BOOK, TEMPLATE.rulebook).problems
    assert (problem.code, problem.employee) == ("date_unreadable", "M01")


ODDITIES = (
    None, "", " ", "\u200b", "да", "Сделка", "M01", "Алена Ким", "Кто-то", "1.250", "1 250,5 ₸", "12%", "-1", "#REF!",
    "=1+1", "{}", "{value}", "%", "05.10.2026", "2026-10", "октябрь 2026", "9:00", "0000-00-00", "99.99.9999", "ж" * 50_000,
    "²", "٣", "1e400", "nan", 0, 1, -1, 5, 25, 0.25, 0.1 + 0.2, 46300, 46300.5, 2**70, 1e300, -1e300, float("nan"), True, False,
)  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_no_cell_whatsoever_stops_the_reading_and_every_problem_can_be_told(seed):
    random = Random(seed)
    books = {}
    for book in (BOOK, TEMPLATE.layout.payroll):
        tabs = {}
        for tab in book.inputs():
            header = [column.header for column in tab.columns]
            rows = [
                [random.choice(ODDITIES) for _ in range(random.randrange(len(header) + 3))] for _ in range(30)
            ]
            tabs[tab.key] = [header if random.random() < 0.9 else rows.pop(), *rows]
        books[book.key] = RawBook(tabs)
    workbook = parse_workbook(books["workbook"], BOOK, TEMPLATE.rulebook)
    staff = read().inputs.staff
    payroll = parse_payroll(books["payroll"], TEMPLATE.layout.payroll, staff)
    for found in (workbook, payroll):
        for problem in found.problems:
            assert TEMPLATE.texts.what(problem)
            assert TEMPLATE.texts.fix(problem)
            assert found.located.address(problem.place)[0]
