"""What is known of a score while data are missing, each case worked out by hand (behaviour §5, «No data»)."""

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from typer.testing import CliRunner

from cli.app import app
from kpi_rules.cards.filling import Card, fill_card
from kpi_rules.cards.results import Known
from kpi_rules.cards.targets import Targets
from kpi_rules.deciding.month import decide
from kpi_rules.deciding.whatif import what_if
from kpi_rules.facts.employment import Workdays
from kpi_rules.facts.inputs import Salary
from kpi_rules.measures.facts import Partial, State, no_data, not_applicable, scored
from kpi_rules.policies import Policies
from kpi_rules.rulebook.model import Role, WhenNotApplicable
from kpi_rules.rulebook.versions import load as load_rulebook
from kpi_rules.time.periods import Month
from kpi_rules.words.known import known_sentence, partial_text
from kpi_rules.words.sentences import total_sentence
from operations.files.score_records import score_record
from sheets_sync.rendering.analysis import analysis_tab
from sheets_sync.rendering.pages import Period
from sheets_sync.rendering.scoreboard import scoreboard_tab
from sheets_sync.rendering.worklists import checklist_sentence
from templates.loading import load, texts
from tests.golden.cases import base

B2B = load("b2b", "ru").rulebook
PLAN, CONVERSION, AVERAGE, DISCIPLINE = "plan_completion", "conversion", "average_deal", "discipline"
FULL, ZERO = WhenNotApplicable.FULL, WhenNotApplicable.ZERO
MISSING, PERHAPS_NONE = no_data("bad_rows"), no_data("bad_rows", may_not_apply=True)


def card_of(plan, conversion, average, discipline, /, **changes):
    """A card of b2b, 40 + 20 + 20 + 20: shares of the targets that were reached, or facts; `changes` of KPIs by id."""

    def fact(value, scale):
        return value if hasattr(value, "state") else scored(Fraction(value) * scale)

    facts = {
        "revenue": fact(plan, 100_000_000),
        CONVERSION: fact(conversion, Fraction(1, 4)),
        AVERAGE: fact(average, 10_000_000),
        DISCIPLINE: fact(discipline, 1),
    }
    revenue = {"revenue_tiyn": Fraction(100_000_000)}
    ratios = {"conversion_fraction": Fraction(1, 4), "average_deal_tiyn": Fraction(10_000_000)}
    days = tuple(base.DAYS)
    who = Workdays("M1", "Алия", Role.MANAGER, 21, days, 21, Fraction(1), Fraction(1), in_ramp=False)
    return fill_card(
        Card(
            workdays=who,
            kpis=[replace(kpi, **changes.get(kpi.id, {})) for kpi in B2B.kpis],
            bands=B2B.bands,
            facts=facts,
            targets=Targets(revenue, revenue, ratios),
            decided={},
            started=True,
        )
    )


def cap(percent):
    return {"cap_fraction": Fraction(percent, 100)}


NONE = not_applicable("no_leads")
CASES = {
    "the plan unknown": (
        card_of(MISSING, "0.8", 1, "0.9"),  # 16 + 20 + 18 of 60, and 0 to 40
        (60, 54, 54, 94),
        None,
    ),
    "discipline unknown, below and above a bound": (card_of("0.9", 1, 1, MISSING), (80, 76, 76, 96), None),
    "both ends below all bands that pay": (card_of("0.5", "0.5", "0.5", MISSING), (80, 40, 40, 60), "base"),
    "both ends in the full band": (card_of(1, 1, 1, MISSING), (80, 80, 80, 100), "full"),
    "the low end rounds up into the band": (
        card_of(1, 1, "0.975", MISSING),  # 40 + 20 + 19.5 = 79.5, rounded 80
        (80, "79.5", "79.5", "99.5"),
        "full",
    ),
    "two unknown": (card_of(MISSING, MISSING, 1, "0.5"), (40, 30, 30, 90), None),
    "all unknown": (card_of(MISSING, MISSING, MISSING, MISSING), (0, 0, 0, 100), None),
    "a cap of 130 % on what is unknown": (
        card_of(MISSING, "0.8", 1, "0.9", plan_completion=cap(130)),  # 54 + 40 × 1.3
        (60, 54, 54, 106),
        None,
    ),
    "one does not apply: its weight goes over all others, the unknown one too": (
        card_of(MISSING, NONE, 1, "0.9"),  # 100/80: 25 + 22.5 of 50, and 0 to 50
        (50, "47.5", "47.5", "97.5"),
        None,
    ),
    "one that does not apply counts as full": (
        card_of(MISSING, NONE, 1, "0.9", conversion={"when_not_applicable": FULL}),
        (60, 58, 58, 98),
        None,
    ),
    "may not apply: the others are above 100 % and better without it": (
        card_of("1.3", 1, PERHAPS_NONE, 1, plan_completion=cap(130)),  # 92 with 0; 112; 92 × 100/80 = 115
        (80, 92, 92, 115),
        "full",
    ),
    "may not apply, but its cap brings more": (
        card_of("1.3", 1, PERHAPS_NONE, 1, plan_completion=cap(130), average_deal=cap(120)),  # 92 + 24
        (80, 92, 92, 116),
        "full",
    ),
    "two that may not apply": (
        card_of("1.3", PERHAPS_NONE, PERHAPS_NONE, 1, plan_completion=cap(130)),
        (60, 72, 72, 120),  # 72 × 100/60; with one at its cap 92 × 100/80 = 115, with both 112
        None,
    ),
    "one that may not apply beside one that has to": (
        card_of(MISSING, PERHAPS_NONE, 1, 1, plan_completion=cap(130)),
        (40, 40, 40, 115),  # (40 + 52) × 100/80; with conversion at its cap 112
        None,
    ),
    "may not apply and then counts as full, over its cap of 50 %": (
        card_of("0.5", PERHAPS_NONE, 1, 1, conversion={"when_not_applicable": FULL, **cap(50)}),
        (80, 60, 60, 80),
        None,
    ),
    "may not apply and then counts as zero: its cap is the best": (
        card_of("0.5", PERHAPS_NONE, 1, 1, conversion={"when_not_applicable": ZERO}),
        (80, 60, 60, 80),
        None,
    ),
    "nothing known, the best is the plan alone at 130 %": (
        card_of(MISSING, PERHAPS_NONE, PERHAPS_NONE, PERHAPS_NONE, plan_completion=cap(130)),
        (0, 0, 0, 130),
        None,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_points_known_and_the_range_are_those_worked_out_by_hand(name):
    card, numbers, band = CASES[name]
    assert card.known == Known(*map(Fraction, numbers))
    assert (card.score, card.score_percent, card.next_band) == (None, None, None)
    assert (card.preliminary, card.reason) == (True, "no_data")
    assert (card.band.id if card.band else None) == band
    assert sum(kpi.points for kpi in card.kpis if kpi.points is not None) == card.known.points


def test_a_whole_card_has_nothing_to_say_of_what_is_known():
    card = card_of("0.9", 1, "0.9", 1)
    assert (card.score, card.known, card.preliminary) == (94, None, False)


def with_amount(value="1.250"):
    """Base B with that as the amount of M1's first deal."""
    return base.leads().with_cell("deals", 2, "amount_tiyn", value)


def states(card):
    return {kpi.kpi.id: kpi.state is not State.NO_DATA for kpi in card.kpis}


def test_an_unreadable_amount_leaves_leads_answers_and_marks_as_they_are():
    """CASES 14."""
    results = with_amount().decided()
    first, second, head = (base.card(results, code) for code in ("M1", "M2", "H1"))
    assert states(first) == {PLAN: False, CONVERSION: False, AVERAGE: False, DISCIPLINE: True}
    assert first.known == Known(Fraction(20), Fraction(20), Fraction(20), Fraction(100))
    assert first.facts["leads_received"].value == 40
    assert first.facts["response_minutes"].value == 10
    assert first.facts["revenue"].partial == Partial(Fraction(810_000_00), unread_rows=1)
    assert second.score == 94
    assert states(head) == {PLAN: False, CONVERSION: False, "response_minutes": True, DISCIPLINE: True}
    assert head.known == Known(Fraction(40), Fraction(40), Fraction(40), Fraction(100))
    assert results.team.facts["revenue"].partial == Partial(Fraction(1_710_000_00), unread_rows=1)
    assert first.diagnosis is None
    assert results.team.diagnosis is None


def test_rules_frozen_before_keep_what_an_unreadable_amount_meant_then():
    inputs = with_amount().inputs()
    rulebook = inputs.rulebook
    frozen = replace(rulebook, policies=Policies(dict(rulebook.policies.given) | {"missing_data": "row"}))
    now, then = (
        decide(replace(inputs, rulebook=each), base.AFTER, final=True) for each in (rulebook, frozen)
    )
    assert base.card(now, "M1").facts["leads_received"].value == 40
    assert base.card(then, "M1").facts["leads_received"].state is State.NO_DATA


def test_nothing_entered_at_all_is_no_data(tmp_path):
    """CASES 15."""
    scored_file = base.leads().with_rows("deals", []).score(tmp_path, payroll=True)
    record = score_record(scored_file)
    said = texts("ru")
    for code in base.MANAGERS:
        card = base.card(scored_file.results, code)
        assert (card.score, card.band) == (None, None)
        assert card.known == Known(Fraction(20), Fraction(20), Fraction(20), Fraction(100))
        assert total_sentence(card, said).startswith("Известно 20 из 20 баллов, 80 неизвестны.")
        assert card.diagnosis is None
    first = next(each for each in record["employees"] if each["code"] == "M1")
    unknown = ("score", "score_percent", "band", "coefficient", "variable_paid")
    assert {first[name] for name in unknown} == {None}
    assert first["known"] == {"weight": "20", "points": "20", "low": "20", "high": "100"}
    assert record["team"]["revenue"] is None
    assert all(line.preliminary for line in scored_file.payroll.lines)


def test_an_unreadable_revenue_of_a_report_leaves_deals_and_repeats_as_they_are():
    results = base.reports().with_cell("reports", 2, "revenue_tiyn", "1.250").decided()
    card = base.card(results, "M1")
    assert [kpi.kpi.id for kpi in card.kpis if kpi.state is State.NO_DATA] == [PLAN]
    # 12 + 15 + 10 + 20 of 60; 1 050 000 less the day's 50 000.
    assert card.known == Known(Fraction(60), Fraction(57), Fraction(57), Fraction(97))
    assert card.facts["revenue"].partial == Partial(Fraction(1_000_000_00), unread_rows=1)
    assert base.card(results, "M2").score == 97


def test_reports_that_are_not_there_are_counted_and_the_sum_says_so():
    books = base.reports()
    results = books.with_rows("reports", books.rows["reports"][2:]).decided()
    card, ru = base.card(results, "M1"), texts("ru")
    assert card.known == Known(Fraction(20), Fraction(20), Fraction(20), Fraction(100))
    assert card.facts["revenue"].partial == Partial(Fraction(1_000_000_00), missing_reports=1)
    said = partial_text(results.team.facts["revenue"], "revenue", ru).replace("\N{NO-BREAK SPACE}", " ")
    assert said == "2 000 000 ₸ без 2 несданных отчётов"


def test_a_row_that_is_there_twice_is_no_part_of_the_sum():
    books = base.reports()
    results = books.more_rows("reports", list(books.rows["reports"][0])).decided()
    assert base.card(results, "M1").facts["revenue"].partial == Partial(Fraction(1_000_000_00), unread_rows=2)


def test_without_a_revenue_plan_nothing_is_scored_but_facts_are_shown():
    books = base.leads()
    results = books.with_cell("plan", 2, "revenue_tiyn", None).decided()
    card = base.card(results, "M1")
    assert (card.score, card.known, card.band, card.reason) == (None, None, None, "no_plan")
    assert card.preliminary
    assert card.facts["revenue"].value == 900_000_00
    assert "Плана выручки нет. Выручка: 900 000 ₸." in analysis(results)


def test_an_absence_that_cannot_be_right_leaves_what_stands_on_days_unknown():
    books = base.leads().more_rows("absences", ["M1", date(2026, 10, 20), date(2026, 10, 6)])
    results = books.decided()
    first, second, head = (base.card(results, code) for code in ("M1", "M2", "H1"))
    assert states(first) == {PLAN: False, CONVERSION: True, AVERAGE: True, DISCIPLINE: False}
    assert first.known == Known(Fraction(40), Fraction(38), Fraction(38), Fraction(98))
    assert {kpi.reason for kpi in first.kpis if kpi.state is State.NO_DATA} == {"in_doubt"}
    assert second.score == 94
    # The team's targets are weighted by everybody's days.
    assert head.known == Known(Fraction(0), Fraction(0), Fraction(0), Fraction(100))


def test_hours_that_cannot_be_read_leave_the_answers_unknown_and_nothing_else():
    books = base.leads()
    first, *others = books.settings()
    results = books.with_rows("settings", [[first[0], "рано"], *others]).decided()
    assert base.card(results, "M1").score == 94
    head = base.card(results, "H1")
    assert states(head) == {PLAN: True, CONVERSION: True, "response_minutes": False, DISCIPLINE: True}
    assert head.known == Known(Fraction(80), Fraction(76), Fraction(76), Fraction(96))


def test_an_unreadable_answer_leaves_sales_as_they_are():
    results = base.leads().with_cell("deals", 2, "answered_at", "утром").decided()
    assert base.card(results, "M1").score == 94
    # 36 + 20 + 20 of 80: the answers alone are unknown, and there are answers, so they apply.
    assert base.card(results, "H1").known == Known(Fraction(80), Fraction(76), Fraction(76), Fraction(96))


def test_a_first_day_is_too_early_and_not_unknown():
    results = base.leads().decided(base.at(2026, 10, 1, 12))
    card = base.card(results, "M1")
    assert (card.reason, card.known, card.band) == ("too_early", None, None)


def page(tab):
    return "\n".join(" | ".join(str(cell.value) for cell in row) for row in tab.rows).replace(
        "\N{NO-BREAK SPACE}", " "
    )


def scoreboard(results):
    return page(scoreboard_tab((Period(results),), texts("ru"), "Asia/Almaty"))


def analysis(results):
    return page(analysis_tab((Period(results),), texts("ru")))


def three_unread():
    books = base.leads()
    for row in (2, 3, 11):
        books = books.with_cell("deals", row, "amount_tiyn", "1.250")
    return books.decided()


def test_pages_say_the_range_and_what_a_sum_misses_and_no_colour_promises_pay():
    results = three_unread()
    tab = scoreboard_tab((Period(results),), texts("ru"), "Asia/Almaty")
    said = page(tab)
    assert "Выручка: 1 530 000 ₸ без 3 непрочитанных строк." in said
    assert "20–100 % | ступень неизвестна" in said
    assert "Известно 20 из 20 баллов, 80 неизвестны. Итог — от 20 % до 100 %. Ступень неизвестна." in said
    styles = {
        cell.style
        for row in tab.rows
        for cell in row
        if "неизвестна" in str(cell.value) or "–100" in str(cell.value)
    }
    assert not [style for style in styles if style.endswith((".full", ".reduced", ".base"))]
    gaps = analysis(results)
    assert (
        "План 2 000 000 ₸, выручка: 1 530 000 ₸ без 3 непрочитанных строк. Сколько не хватает, пока неизвестно."
        in gaps
    )


def test_the_checklist_says_whose_points_wait_for_rows_to_be_mended():
    results = with_amount().decided(base.MID_MONTH)
    items = {item.code: item for item in results.checklist if item.kind == "unread_rows"}
    assert {code: dict(item.params) for code, item in items.items()} == {"M1": {"points": "80"}}
    said = checklist_sentence(items["M1"], texts("ru"))
    assert said == "Из-за строк с ошибками неизвестно баллов: 80. Какие строки — на листе «Ошибки»."


def test_who_is_not_scored_still_has_the_gap():
    """M1's marks are missing: plan and revenue are known, and so is the gap of 100 000."""
    books = base.leads()
    marks = [row for row in books.rows["discipline"] if row[1] != "M1"]
    results = books.with_rows("discipline", marks).decided()
    card = base.card(results, "M1")
    assert card.known == Known(Fraction(80), Fraction(74), Fraction(74), Fraction(94))
    assert card.diagnosis.gap_tiyn == 100_000_00
    assert "План 1 000 000 ₸, факт 900 000 ₸." in analysis(results)


def test_a_certain_band_is_said_and_grey():
    """72 points of 80 are base or reduced, but a plan of twice as much leaves no way above 70."""
    books = base.leads().with_cell("plan", 2, "revenue_tiyn", 4_000_000)
    marks = [row for row in books.rows["discipline"] if row[1] != "M1"]
    results = books.with_rows("discipline", marks).decided()
    card = base.card(results, "M1")
    # 40 × 0.225 + 20 + 18 = 47, to 67 with the marks.
    assert card.known == Known(Fraction(80), Fraction(47), Fraction(47), Fraction(67))
    assert card.band.id == "base"
    tab = scoreboard_tab((Period(results),), texts("ru"), "Asia/Almaty")
    assert "47–67 % | только оклад" in page(tab)
    shown = [cell.style for row in tab.rows for cell in row if cell.value == "только оклад"]
    assert set(shown) == {"word.none"}


@pytest.mark.parametrize(
    ("language", "numbers", "said"),
    [
        ("ru", ("18.4", 20), "Известно 18,4 из 20 баллов, 80 неизвестны."),
        ("ru", (20, 21), "Известно 20 из 21 балла, 79 неизвестны."),
        ("ru", (90, 99), "Известно 90 из 99 баллов, 1 неизвестен."),
        ("ru", (30, "100/3"), "Известно 30 из 33,3 балла, 66,7 неизвестны."),
        ("kk", ("18.4", 20), "20 баллдың ішінен 18,4 белгілі, 80 белгісіз."),
        ("en", ("18.4", 20), "18.4 of 20 points known, 80 unknown."),
    ],
)
def test_points_are_said_in_the_forms_of_the_language(language, numbers, said):
    points, weight = map(Fraction, numbers)
    known = Known(weight, points, points, points + 100 - weight)
    assert known_sentence(replace(card_of(1, 1, 1, 1), band=None), known, texts(language)).startswith(said)


def score(books, folder, *more):
    books.save(folder / "book.xlsx", folder / "pay.xlsx")
    arguments = ["score", "book.xlsx", "--month", "2026-10", "--payroll", "pay.xlsx", "--as-of", "2026-11-03"]
    arguments[1], arguments[5] = str(folder / "book.xlsx"), str(folder / "pay.xlsx")
    done = CliRunner().invoke(app, [*arguments, *more], env={"COLUMNS": "100"})
    return done.exit_code, done.stdout.replace("\N{NO-BREAK SPACE}", " ")


def test_the_command_shows_no_pay_and_says_so_at_its_end(tmp_path):
    code, said = score(with_amount(), tmp_path)
    assert code == 0
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert "Алия Сейтова 21/21 — — 300 000 200 000 — —" in lines
    assert "Борис Ким 21/21 94 % полная 300 000 200 000 200 000 500 000" in lines
    assert "Итого 900 000 600 000 — —" in lines
    assert "Предварительно: данных не хватает у 2 из 3." in said


def test_json_has_pay_only_where_both_ends_give_the_same(tmp_path):
    books = base.leads().with_cell("plan", 2, "revenue_tiyn", 4_000_000)
    marks = [row for row in books.rows["discipline"] if row[1] != "M1"]
    _, said = score(books.with_rows("discipline", marks), tmp_path, "--json")
    first = next(each for each in json.loads(said)["employees"] if each["code"] == "M1")
    assert (first["score"], first["score_percent"]) == (None, None)
    assert (first["band"], first["coefficient"], first["variable_paid"]) == ("base", "0", "0")
    assert first["known"] == {"weight": "80", "points": "47", "low": "47", "high": "67"}


def test_json_of_whole_cards_speaks_of_nothing_known(tmp_path):
    _, said = score(base.leads(), tmp_path, "--json")
    record = json.loads(said)
    assert all("known" not in employee for employee in record["employees"])
    assert record["team"] == {"revenue": "1800000", "plan": "2000000"}


def test_what_if_says_between_what_a_score_would_lie_where_a_target_is_missing():
    books = base.leads()
    inputs = books.inputs()
    form = {
        "name": "draft",
        "from_month": "2026-01",
        "kpis": [
            {
                "role": role,
                "id": measure,
                "measure": measure,
                "group": group,
                "scoring": scoring,
                "weight_percent": weight,
            }
            for role in ("manager", "head")
            for measure, group, scoring, weight in (
                (PLAN, "result", "ratio", 40),
                ("repeat_share", "process", "ratio", 20),
                (AVERAGE, "process", "ratio", 20),
                (DISCIPLINE, "discipline", "share", 20),
            )
        ],
        "bands": [
            {"from_percent": 80, "id": "full", "coefficient_percent": 100},
            {"from_percent": 0, "id": "base", "coefficient_percent": 0},
        ],
    }
    salaries = [
        Salary(code, Month(2026, 1), 300_000_00, 200_000_00, approved=True) for code in ("M1", "M2", "H1")
    ]
    plan = [
        replace(row, targets={k: v for k, v in row.targets.items() if k != "repeat_fraction"})
        for row in inputs.plan
    ]
    cases = what_if(inputs, salaries, base.AFTER, rulebook=load_rulebook(form), plan=plan)
    first = next(case for case in cases if case.code == "M1")
    # 36 + 18 + 20 of 80.
    assert first.new_incomplete
    assert first.new_score is None
    assert first.new_known == Known(Fraction(80), Fraction(74), Fraction(74), Fraction(94))


def test_an_absence_of_nobody_known_moves_no_figure_but_promises_no_pay():
    results = base.leads().more_rows("absences", ["Кто-то", date(2026, 10, 5), date(2026, 10, 6)]).decided()
    card = base.card(results, "M1")
    assert (card.score, card.known, card.preliminary) == (94, None, True)
    assert "есть строка, о которой не понять, чья она" in total_sentence(card, texts("ru"))
    tab = scoreboard_tab((Period(results),), texts("ru"), "Asia/Almaty")
    styles = {cell.style for row in tab.rows for cell in row if cell.value == "полная"}
    assert styles == {"word.none"}


def test_an_unreadable_day_of_hiring_leaves_what_stands_on_days_unknown():
    results = base.leads().with_cell("staff", 2, "hired_on", "вчера").decided()
    assert base.card(results, "M1").known == Known(Fraction(40), Fraction(38), Fraction(38), Fraction(98))
    assert base.card(results, "M2").score == 94


def test_a_manager_who_entered_nothing_is_missing_in_the_team_too():
    books = base.leads()
    results = books.with_rows("deals", [row for row in books.rows["deals"] if row[2] != "M1"]).decided()
    head, ru = base.card(results, "H1"), texts("ru")
    # The marks are all there; plan, conversion and answers would have M1's leads in them.
    assert head.known == Known(Fraction(20), Fraction(20), Fraction(20), Fraction(100))
    assert results.team.facts["revenue"].partial == Partial(Fraction(900_000_00), silent_people=1)
    said = partial_text(results.team.facts["revenue"], "revenue", ru).replace("\N{NO-BREAK SPACE}", " ")
    assert said == "900 000 ₸ без данных 1 сотрудника"
    assert results.team.diagnosis is None
    assert base.card(results, "M2").score == 94
