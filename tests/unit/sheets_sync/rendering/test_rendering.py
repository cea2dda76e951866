import re
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from kpi_rules.cards.results import (
    Cause,
    ChecklistItem,
    Diagnosis,
    EmployeeResult,
    Forecast,
    FunnelRow,
    KpiResult,
    MonthResults,
    TeamResult,
)
from kpi_rules.measures.facts import Fact, State
from kpi_rules.problems import Place, blocking, warning
from kpi_rules.rulebook.model import Role
from kpi_rules.time.periods import Month
from sheets_sync.building.changes import SheetSize, cell_data, plan
from sheets_sync.building.output_designs import DESIGNS
from sheets_sync.building.wanted import style
from sheets_sync.rendering import render
from sheets_sync.schema.layout import sheet_id
from templates.loading import load

TEMPLATE = load("b2b", "ru")
RULES = TEMPLATE.rulebook
OCTOBER, SEPTEMBER = Month(2026, 10), Month(2026, 9)
AT = datetime(2026, 10, 20, 9, 5, tzinfo=UTC)  # 14:05 in Almaty
NBSP = "\N{NO-BREAK SPACE}"


class Addresses:
    def address(self, place):
        return TEMPLATE.layout.workbook.tab(place.tab).title, f"H{place.row}" if place.row else ""


def scored(kpi, fact, target, achievement):
    points = achievement * kpi.weight_percent
    return KpiResult(kpi, State.SCORED, fact, target, achievement, kpi.weight_percent, points)


def diagnosis():
    parts = (
        Cause("few_leads", 200_000_00, {"plan": Fraction(80), "fact": Fraction(71)}),
        Cause("weak_conversion", 650_000_00, {"plan": Fraction(1, 4), "fact": Fraction(1, 5)}),
        Cause("low_average_deal", -50_000_00, {"plan": Fraction(15000000), "fact": Fraction(16500000)}),
    )
    signals = (Cause("slow_answers", 0, {"fact": Fraction(47, 2), "target": Fraction(15)}),)
    return Diagnosis(5_000_000_00, 4_200_000_00, 800_000_00, parts, signals)


def aigerim(**more):
    """The first worked case of the rules: 33.6 + 16 + 20 + 18 = 87.6 points, shown as 88 %."""
    kpis = tuple(
        scored(kpi, fact, target, achievement)
        for kpi, (fact, target, achievement) in zip(
            RULES.kpis,
            [
                (Fraction(420000000), Fraction(500000000), Fraction(21, 25)),
                (Fraction(1, 5), Fraction(1, 4), Fraction(4, 5)),
                (Fraction(16500000), Fraction(15000000), Fraction(1)),
                (Fraction(9, 10), Fraction(1), Fraction(9, 10)),
            ],
            strict=True,
        )
    )
    result = EmployeeResult(
        code="M01",
        name="Айгерим Сатпаева",
        role=Role.MANAGER,
        norm_days=22,
        worked_days=21,
        kpis=kpis,
        facts={"revenue": Fact(State.SCORED, Fraction(420000000))},
        score=Fraction(876, 10),
        score_percent=88,
        band=RULES.bands[0],
        preliminary=False,
        diagnosis=diagnosis(),
        plan_tiyn=500000000,
        plan_to_date_tiyn=500000000,
    )
    return replace(result, **more)


def month(**more):
    facts = {
        "discipline": Fact(State.NO_DATA, reason="few_marks"),
        "conversion": Fact(State.SCORED, Fraction(1, 5)),
    }
    results = MonthResults(
        month=OCTOBER,
        rulebook="b2b 2026-01",
        as_of_at=AT,
        final=False,
        employees=(aigerim(),),
        team=TeamResult(420000000, 500000000, facts, diagnosis()),
        funnel=(
            FunnelRow(None, "leads_received", 120, None),
            FunnelRow(None, "deals", 24, Fraction(1, 5), Fraction(1, 4), 120_000_000, bottleneck=True),
            FunnelRow("", "leads_received", 7, None),
        ),
        forecast=(Forecast(None, 480000000, 450000000, 510000000),),
        checklist=(),
        problems=(),
    )
    return replace(results, **more)


def tab(key, results=None, **more):
    return render(results or month(), TEMPLATE.layout, TEMPLATE.texts, Addresses(), **more)[key]


def row_of(wanted, first):
    return next(row for row in wanted.values() if row and row[0] == first)


def said(wanted):
    return " ".join(str(value) for row in wanted.values() for value in row).replace(NBSP, " ")


def test_every_output_tab_is_rendered_in_its_design():
    rendered = render(month(), TEMPLATE.layout, TEMPLATE.texts, Addresses())
    assert set(rendered) == {tab.key for tab in TEMPLATE.layout.workbook.outputs()} == set(DESIGNS)
    for key, wanted in rendered.items():
        assert wanted.columns == DESIGNS[key].columns


def test_the_board_begins_with_month_state_and_the_local_time_of_the_last_change():
    board = tab("scoreboard")
    assert board.values()[0] == ["Октябрь 2026", "предварительно"]
    label, stamp = board.rows[1][:2]
    assert label.value == "Последнее изменение"
    assert stamp.stamp
    assert stamp.value == pytest.approx(46315 + (14 * 60 + 5) / 1440)


def test_the_team_is_compared_with_its_plan_to_date_while_the_month_runs():
    team = replace(month().team, plan_to_date_tiyn=300000000)
    board = tab("scoreboard", month(team=team))
    assert row_of(board, "Выручка к плану на сегодня")[1:4] == [4200000, 3000000, 1.4]
    assert row_of(board, "Выручка к плану месяца")[1:4] == [4200000, 5000000, 0.84]
    assert "на сегодня" not in said(tab("scoreboard", month(team=team, final=True)))


def test_a_card_shows_score_band_and_each_kpi_with_fact_target_achievement_weight_and_points():
    board = tab("scoreboard")
    card = [row for row in board.values() if row and row[0] == "Айгерим Сатпаева"][-1]
    assert card[1:3] == [0.88, "полная"]
    assert row_of(board, "Выполнение плана продаж")[1:6] == [4200000, 5000000, 0.84, 0.4, 33.6]
    assert row_of(board, "Средний чек")[1:6] == [165000, 150000, 1, 0.2, 20]
    assert row_of(board, "Дисциплина и CRM")[1] == "нет данных"  # the team's
    assert row_of(board, "Итого баллов")[5] == 87.6


def test_every_kpi_and_every_total_comes_with_its_sentence():
    board = tab("scoreboard").values()
    begin = max(index for index, row in enumerate(board) if row and row[0] == "Айгерим Сатпаева")
    assert len(board[begin][6]) > 20
    sentences = [board[begin + 2 + number][6] for number in range(4)]
    assert all(len(sentence) > 20 for sentence in sentences)
    assert len(set(sentences)) == 4


@pytest.mark.parametrize(
    ("state", "word"), [(State.NO_DATA, "нет данных"), (State.NOT_APPLICABLE, "неприменимо")]
)
def test_no_data_and_not_applicable_are_words_and_never_zero(state, word):
    reason = "few_marks" if state is State.NO_DATA else "decided"
    kpis = (*aigerim().kpis[:3], KpiResult(RULES.kpis[3], state, reason=reason))
    open_score = aigerim(
        kpis=kpis, score=None, score_percent=None, band=None, preliminary=True, reason="no_data"
    )
    board = tab("scoreboard", month(employees=(open_score,)))
    discipline = [row for row in board.values() if row and row[0] == "Дисциплина и CRM"][-1]
    assert discipline[1] == word
    assert discipline[2:4] == ["", ""]
    assert "нет оценки" in said(board)


def test_the_month_in_review_stands_beneath_with_its_state():
    board = tab("scoreboard", review=month(month=SEPTEMBER))
    titles = [row for row in board.values() if row and str(row[0]).endswith(" 2026")]
    assert titles == [["Октябрь 2026", "предварительно"], ["Сентябрь 2026", "на проверке"]]
    final = tab("scoreboard", review=month(month=SEPTEMBER, final=True))
    assert ["Сентябрь 2026", "итог"] in final.values()
    assert sum(cell.stamp for row in final.rows for cell in row) == 1


def test_the_same_inputs_later_need_no_write():
    sheets = {key: SheetSize(number, 1000, 26) for number, key in enumerate(DESIGNS)}
    first = render(month(), TEMPLATE.layout, TEMPLATE.texts, Addresses())
    raw = {key: wanted.values() for key, wanted in first.items()}
    later = month(as_of_at=datetime(2026, 10, 20, 11, 45, tzinfo=UTC))
    again = render(later, TEMPLATE.layout, TEMPLATE.texts, Addresses())
    assert plan(raw, again, sheets) == []
    changed = render(
        replace(later, problems=(warning("x", value="y"),)), TEMPLATE.layout, _any_texts(), Addresses()
    )
    assert plan(raw, changed, sheets) != []


def _any_texts():
    phrases = dict(TEMPLATE.texts.phrases) | {
        "problem.x.what": "Сумма «{value}» не читается.",
        "problem.x.fix": "Введите число.",
    }
    return replace(TEMPLATE.texts, phrases=phrases)


def test_problems_say_where_what_and_what_to_do_those_that_block_first_and_each_once():
    found = (
        warning("x", Place("deals", 3), value="a"),
        blocking("x", Place("plan", 5), value="b"),
        warning("x", Place("deals", 3), value="a"),
        blocking("x", value="c"),
    )
    rows = render(month(problems=found), TEMPLATE.layout, _any_texts(), Addresses())["problems"].values()
    assert [row[0] for row in rows] == ["Где", "—", "План!H5", "Сделки!H3"]
    assert rows[2] == ["План!H5", "Сумма «b» не читается.", "Введите число.", "мешает закрыть месяц"]
    assert rows[3][3] == "предупреждение"


def test_an_address_leads_to_its_cell():
    found = (warning("x", Place("deals", 3), value="a"), warning("x", Place("plan"), value="b"))
    rows = render(month(problems=found), TEMPLATE.layout, _any_texts(), Addresses())["problems"].rows
    assert rows[1][0].link == f"#gid={sheet_id('workbook', 'deals')}&range=H3"
    assert rows[2][0].link == f"#gid={sheet_id('workbook', 'plan')}"
    link = cell_data(rows[1][0])["userEnteredFormat"]["textFormat"]["link"]
    assert link == {"uri": rows[1][0].link}


def test_a_problem_of_the_payroll_book_is_not_shown_to_those_who_read_the_workbook():
    found = (blocking("x", Place("salaries", 3), value="Оклад 250000"),)
    rows = render(month(problems=found), TEMPLATE.layout, _any_texts(), Addresses())["problems"].values()
    assert rows[1:] == [["Ошибок нет."]]


def test_a_cell_full_of_text_does_not_burst_the_page():
    found = (warning("x", Place("deals", 3), value="ж" * 50_000),)
    rows = render(month(problems=found), TEMPLATE.layout, _any_texts(), Addresses())["problems"].values()
    assert len(rows[1][1]) == 1000


def test_the_board_counts_the_problems_of_its_month():
    found = (warning("x", value="a"), blocking("x", value="b"))
    board = render(month(problems=found), TEMPLATE.layout, _any_texts(), Addresses())["scoreboard"].values()
    assert board[2] == ["Замечаний к данным: 2", "из них мешают закрыть месяц: 1, см. лист «Ошибки»"]


def test_thousands_of_problems_are_counted_and_not_all_listed():
    found = tuple(warning("x", Place("deals", row), value=row) for row in range(1, 1501))
    rows = render(month(problems=found), TEMPLATE.layout, _any_texts(), Addresses())["problems"].values()
    assert len(rows) == 1002
    assert "И ещё 500" in rows[-1][1]


def test_no_problem_is_said_too():
    assert tab("problems").values()[1] == ["Ошибок нет."]
    assert "Ошибок в данных нет." in said(tab("scoreboard"))


def test_causes_are_ordered_by_money_add_up_to_the_gap_and_name_the_next_check():
    rows = tab("analysis").values()
    begin = next(index for index, row in enumerate(rows) if row and row[0] == "Айгерим Сатпаева")
    parts = rows[begin + 2 : begin + 5]
    assert [row[:2] for row in parts] == [
        ["Слабая конверсия", 650000],
        ["Мало лидов", 200000],
        ["Чек выше плана", -50000],
    ]
    assert parts[0][2].replace(NBSP, " ") == "В сделку переходит 20 % лидов, по плану 25 %."
    assert all(row[3] for row in parts[:2])
    total = rows[begin + 5]
    assert total[:2] == ["Итого до плана", sum(row[1] for row in parts)]
    assert rows[begin + 6][:3] == ["Долгие ответы", "—", "Отвечают на новый лид за 23,5 мин, норма 15 мин."]


def test_the_plan_of_a_running_month_is_that_to_date():
    running, over = tab("analysis"), tab("analysis", month(final=True))
    assert "План на сегодня 5 000 000 ₸, факт 4 200 000 ₸." in said(running)
    assert "План 5 000 000 ₸, факт 4 200 000 ₸." in said(over)


def test_a_surplus_is_shown_as_money_that_was_not_missing():
    done = replace(diagnosis(), plan_tiyn=4_000_000_00, gap_tiyn=-200_000_00)
    rows = tab("analysis", month(employees=(aigerim(diagnosis=done),), final=True)).values()
    assert ["Итого: сверх плана", -200000] in rows
    assert "План выполнен: 4 200 000 ₸ при плане 4 000 000 ₸." in " ".join(map(str, rows)).replace(
        "\\xa0", " "
    )


def test_the_team_stands_on_top_of_the_analysis():
    names = [row[0] for row in tab("analysis").values() if row]
    assert names.index("Команда") < names.index("Айгерим Сатпаева")


def test_every_cause_and_signal_of_the_rules_has_its_words():
    fact = Fraction(1, 2)
    params = {"plan": fact, "fact": fact, "target": fact}
    ids = ["few_leads", "weak_conversion", "low_average_deal", "few_deals", "plan_inconsistent"]
    signals = ["slow_answers", "unanswered_leads", "crm_below", "discipline_below", "leads_below_median"]
    bare = ["not_split", "refunds"]
    for amount in (7_00, -7_00):
        parts = [Cause(name, amount, params) for name in ids] + [Cause(name, amount, {}) for name in bare]
        found = Diagnosis(1, 1, 7, tuple(parts), tuple(Cause(name, 0, params) for name in signals))
        page = tab("analysis", month(employees=(aigerim(diagnosis=found),)))
        assert "{" not in said(page)


def test_the_funnel_has_a_block_per_source_and_marks_the_bottleneck():
    wanted = tab("funnel")
    assert row_of(wanted, "Все источники")
    assert row_of(wanted, "Источник не указан")
    deals = row_of(wanted, "Сделок")
    assert deals[1:4] == [24, 0.2, 0.25]
    assert deals[4].replace(NBSP, " ") == "Узкое место: возврат к норме даст 1 200 000 ₸."


def test_the_checklist_groups_by_kind_and_speaks_in_tenge_and_dates():
    items = (
        ChecklistItem("marks_missing", "M01", {"date": "2026-10-19"}),
        ChecklistItem(
            "behind_plan",
            "M01",
            {"gap_tiyn": "1000000", "to_plan_tiyn": "200000000/3", "days": "5", "per_day_tiyn": "13333333"},
        ),
        ChecklistItem("marks_missing", "M09", {"date": "2026-10-19"}),
        ChecklistItem("unanswered_leads", "M01", {"count": "2", "numbers": "7, 12"}),
        ChecklistItem("stale_deals", "M01", {"count": "1", "numbers": "8", "days": "7"}),
        ChecklistItem("nothing_entered", "M01", {"date": "2026-10-19"}),
    )
    rows = [row for row in tab("checklist", month(checklist=items)).values() if row]
    titles = [row[0] for row in rows if len(row) == 1][2:]
    assert titles == [
        "Заполнить лист «Дисциплина»", "Помочь догнать план", "Ответить на лиды", "Сдвинуть сделки с места",
        "Выяснить, почему нет записей",
    ]  # fmt: skip
    assert rows[3] == ["Айгерим Сатпаева", "За 19.10.2026 нет отметок."]
    assert rows[4][0] == "M09"
    assert rows[6][1].replace(NBSP, " ") == (
        "Отставание от плана на сегодня: 10 000 ₸. До плана месяца 666 667 ₸: по 133 333 ₸ в день, "
        "осталось рабочих дней: 5."
    )


def test_an_empty_checklist_says_so():
    assert "На сегодня всё в порядке." in said(tab("checklist"))


def test_no_pay_is_written_to_the_workbook():
    words = said(tab("scoreboard")) + said(tab("analysis"))
    assert not re.search(r"оклад начислен|переменн\w+ \d|премия|к выплате", words)


def test_blank_rows_are_plain_and_every_style_exists():
    for wanted in render(
        month(), TEMPLATE.layout, TEMPLATE.texts, Addresses(), review=month(final=True)
    ).values():
        for row in wanted.rows:
            assert all(style(cell.style) for cell in row)
            if all(cell.value in (None, "") for cell in row):
                assert {cell.style for cell in row} == {"plain"}


def test_equal_rows_look_equal_so_that_values_alone_tell_what_to_write():
    looks = {}
    wanted = tab("scoreboard", month(employees=(aigerim(), aigerim(code="M02"))), review=month(final=True))
    for row in wanted.rows:
        values = tuple((type(cell.value), cell.value) for cell in row)
        styles = tuple(cell.style for cell in row)
        assert looks.setdefault(values, styles) == styles
