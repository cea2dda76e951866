"""«Только где»: KPIs of a part of the deals, each case worked out by hand (behaviour §4).

Every manager of the base client has 40 leads in October, of which the 1st, 5th, 9th … are deals of 90 000 ₸. `GOODS`
fills the client's own column «Товар»: of a manager's eight leads the first three are «Станки», the others «Масло». So
each has 15 leads of «Станки» with 5 deals (450 000 ₸, conversion 1/3) and 25 of «Масло» with 5 deals (conversion 1/5).
"""

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

import pytest

from kpi_rules.cards.payouts import pay
from kpi_rules.deciding.freezing import hold_plan, plan_row_record
from kpi_rules.deciding.late_edits import EditKind, late_edits
from kpi_rules.deciding.recounting import recompute
from kpi_rules.facts.inputs import Salary
from kpi_rules.measures.facts import State
from kpi_rules.records.months import inputs_from_record, inputs_record, month_record
from kpi_rules.records.results import payroll_record, results_record
from kpi_rules.rulebook.versions import from_rows, to_rows
from kpi_rules.words.rule_changes import differences
from kpi_rules.words.sentences import kpi_sentence
from operations.facts.chain import parse_books
from operations.facts.row_digests import row_digests
from operations.files.score_records import score_record
from templates.loading import load
from tests.golden.cases import base, in_parts, narrowed

GOODS = ["Станки" if (place // 2) % 8 < 3 else "Масло" for place in range(base.LEADS)]
OWN = {("deals", "Товар"): GOODS}
MACHINES = "Товар = Станки"
SEPTEMBER = datetime(2026, 9, 30, 10)  # noqa: DTZ001 - a cell
PLAN, CONVERSION, AVERAGE = 0, 1, 2
"""The places of the managers' KPIs on «Правила»."""


def with_conversion(text, own=OWN, norm=0.25, **cells):
    """The client whose conversion counts a part of the deals."""
    return narrowed.client({CONVERSION: {"only_where": text, "norm": norm, **cells}}, own)


def kpi(results, place, code="M1"):
    return base.card(results, code).kpis[place]


def shown(result):
    """State, fact, target, points: money in ₸."""
    scale = 100 if result.kpi.compared.id == "revenue" else 1
    fact, target = (None if value is None else value / scale for value in (result.fact, result.target))
    return result.state.value, fact, target, result.points


def problems(results, *codes):
    return sorted(
        (each.code, each.severity.value, each.place.tab, each.place.row, each.place.column)
        for each in results.problems
        if not codes or each.code in codes
    )


class TestWhatIsCounted:
    """The conversion of one part against 25 %, weight 20; the other KPIs of the card stay 36, 18 and 20."""

    @pytest.mark.parametrize(
        ("text", "fact", "points"),
        [
            ("Товар = Станки", Fraction(5, 15), 20),
            ("Товар = Масло", Fraction(5, 25), 16),
            ("Товар ≠ Станки", Fraction(5, 25), 16),
            ("Товар != Станки", Fraction(5, 25), 16),
            ("Товар <> станки", Fraction(5, 25), 16),
            ("Товар = Станки | Масло", Fraction(10, 40), 20),
            ("Товар ≠ Станки | Масло | Прочее", None, None),
            ("Товар = Станки; Источник = Сайт", Fraction(5, 15), 20),
            ("Товар = Станки; Повторный = да", None, None),
            ("Товар = Станки; Повторный = нет", Fraction(5, 15), 20),
            ("Товар = Станки; Статус = Сделка", Fraction(5, 5), 20),
            ("Статус ≠ Сделка; Товар = Станки", Fraction(0, 10), 0),
            ("  тоВар  =  «CТАНКИ» ;", Fraction(5, 15), 20),  # a Latin C, other case, stray spaces
        ],
    )
    def test_the_rows_for_which_all_of_it_holds(self, text, fact, points):
        result = kpi(with_conversion(text).decided(), CONVERSION)
        state = "not_applicable" if fact is None else "scored"
        assert shown(result) == (state, fact, Fraction(1, 4), points)

    def test_a_card_without_leads_of_the_part_spreads_its_weight(self):
        # 36 + 18 + 20 = 74 of 80: 92.5.
        card = base.card(with_conversion("Товар ≠ Станки | Масло").decided(), "M1")
        assert card.score == Fraction(7400, 80)

    def test_the_head_and_the_other_facts_of_the_card_stay_as_they_are(self):
        plain, part = narrowed.client().decided(), with_conversion(MACHINES).decided()
        assert base.card(part, "H1") == base.card(plain, "H1")
        assert base.card(part, "M1").facts == base.card(plain, "M1").facts
        assert base.card(part, "M1").diagnosis == base.card(plain, "M1").diagnosis
        assert part.team == plain.team
        assert part.funnel == plain.funnel

    def test_revenue_and_average_deal_of_the_part(self):
        # 450 000 of 600 000: 40 × 0.75; 90 000 of 120 000: 20 × 0.75.
        rules = {
            PLAN: {"only_where": MACHINES, "norm": 600_000},
            AVERAGE: {"only_where": MACHINES, "norm": 120_000},
        }
        results = narrowed.client(rules, OWN).decided()
        assert shown(kpi(results, PLAN)) == ("scored", 450_000, 600_000, 30)
        assert kpi(results, AVERAGE).points == 15
        assert base.card(results, "M1").score == 30 + 20 + 15 + 20

    def test_what_cannot_be_told_of_another_part_is_not_nothing_entered(self):
        # Paid under «Отказ»: that revenue is unknown, and no deal of «Станки» is there. Without the row nothing was entered.
        book = narrowed.client(
            {AVERAGE: {"only_where": MACHINES, "norm": 120_000}}, {("deals", "Товар"): ["Масло"]}
        )
        row = [*base.leads().rows["deals"][0]]
        row[book.place("deals", "arrived_at")] = row[book.place("deals", "answered_at")] = SEPTEMBER
        row[book.place("deals", "status")] = "Отказ"
        results = book.with_rows("deals", [row]).decided()
        assert base.card(results, "M1").facts["revenue"].reason == "bad_rows"
        assert (kpi(results, AVERAGE).state, kpi(results, AVERAGE).reason) == (
            State.NOT_APPLICABLE,
            "no_deals",
        )
        nothing = narrowed.client({AVERAGE: {"only_where": MACHINES, "norm": 120_000}}, OWN)
        assert kpi(nothing.with_rows("deals", []).decided(), AVERAGE).reason == "no_leads_entered"

    def test_an_index_brings_its_own_scale(self):
        # (1/3 − 0.2) / (0.6 − 0.2) = 1/3 of 20 points.
        book = with_conversion(MACHINES, norm=0.6, base=0.2, scoring="между базой и нормой")
        assert kpi(book.decided(), CONVERSION).points == Fraction(20, 3)

    def test_the_first_answer_of_a_part(self):
        # The head's card: the leads of «Станки» were answered after 10 minutes, norm 5: half of 20 points.
        book = narrowed.client(own=OWN).with_rules({2: {"only_where": MACHINES, "norm": 5}}, "РОП")
        assert shown(kpi(book.decided(), 2, "H1")) == ("scored", 10, 5, 10)


class TestItsOwnTarget:
    """A column of the KPI's name on «План» comes first, else the norm holds."""

    def rules(self, **cells):
        return {PLAN: {"id": "Станки", "only_where": MACHINES, **cells}}

    def book(self, first, second, **cells):
        return narrowed.client(self.rules(**cells), {**OWN, ("plan", "Станки"): [first, second]})

    def test_each_manager_has_the_target_of_the_own_row(self):
        results = self.book(600_000, 900_000).decided()
        assert [kpi(results, PLAN, code).points for code in ("M1", "M2")] == [30, 20]

    def test_the_column_goes_before_the_norm(self):
        results = self.book(600_000, 900_000, norm=450_000).decided()
        assert [kpi(results, PLAN, code).points for code in ("M1", "M2")] == [30, 20]

    def test_a_blank_cell_is_no_target_and_blocks(self):
        results = self.book(600_000, None).decided()
        assert shown(kpi(results, PLAN, "M2"))[0] == "no_data"
        assert kpi(results, PLAN, "M1").points == 30
        assert problems(results, "target_missing") == [
            ("target_missing", "blocking", "plan", 3, "own:Станки")
        ]

    def test_a_target_of_zero_is_none_and_is_told(self):
        results = self.book(0, 900_000).decided()
        assert kpi(results, PLAN, "M1").reason == "no_target"
        assert problems(results, "plan_not_above_zero") == [
            ("plan_not_above_zero", "blocking", "plan", 2, "own:Станки")
        ]

    def test_what_can_not_be_read_is_told_at_its_cell(self):
        results = self.book("много", 900_000).decided()
        assert problems(results, "number_unreadable") == [
            ("number_unreadable", "blocking", "plan", 2, "own:Станки")
        ]
        assert kpi(results, PLAN, "M1").state is State.NO_DATA

    def test_an_additive_target_is_prorated_and_a_ratio_is_not(self):
        # Seven of 21 days away: 2/3 of 600 000; a conversion of 25 % stays.
        rules = {**self.rules(), CONVERSION: {"only_where": MACHINES, "norm": 0.25}}
        book = narrowed.client(rules, {**OWN, ("plan", "Станки"): [600_000, 600_000]})
        results = book.with_rows("absences", [["M1", base.DAYS[0], base.DAYS[6]]]).decided()
        assert kpi(results, PLAN).target == 400_000_00
        assert kpi(results, CONVERSION).target == Fraction(1, 4)

    def test_the_heads_target_is_the_sum_of_the_managers(self):
        # 900 000 of 600 000 + 900 000.
        book = self.book(600_000, 900_000).with_rules(self.rules(), "РОП")
        assert shown(kpi(book.decided(), PLAN, "H1")) == ("scored", 900_000, 1_500_000, 24)

    def test_a_norm_is_one_managers_so_that_the_heads_is_the_sum(self):
        # 900 000 of 2 × 600 000.
        book = narrowed.client(own=OWN).with_rules(self.rules(norm=600_000), "РОП")
        assert shown(kpi(book.decided(), PLAN, "H1")) == ("scored", 900_000, 1_200_000, 30)

    def test_it_freezes_with_the_plan_row_and_an_edit_is_told(self):
        book = self.book(600_000, 900_000)
        row = book.inputs().plan[0]
        frozen = {"M1": plan_row_record(row)}
        edited = replace(row, targets={**row.targets, "own:Станки": 100_00})
        held = hold_plan([edited], frozen, base.OCTOBER, lambda name, value: f"{name} {value}")
        assert held.rows[0].targets["own:Станки"] == 600_000_00
        assert [each.params["present"] for each in held.problems] == ["own:Станки 10000"]


class TestWhatIsWrong:
    """Each mistake is named with cell and remedy; what does not hang on it stays."""

    ROW = 3
    """The sheet row of the conversion on «Правила»."""

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("Товар", "rules_condition_unreadable"),
            ("= Станки", "rules_condition_unreadable"),
            ("Товар =", "rules_condition_unreadable"),
            ("Товар = Станки = Масло", "rules_condition_unreadable"),
            ("Цвет = красный", "rules_condition_column"),
            ("Товары = Станки", "rules_condition_column_similar"),
            ("Сумма, ₸ = 90000", "rules_condition_kind"),
            ("Поступил = 01.10.2026", "rules_condition_kind"),
            ("Менеджер = M1", "rules_condition_kind"),
            ("Статус = Продано", "rules_condition_value"),
            ("Повторный = иногда", "rules_condition_value"),
        ],
    )
    def test_what_is_no_condition_refuses_the_rules(self, text, code):
        results = with_conversion(text).decided()
        assert (code, "blocking", "rules", self.ROW, "only_where") in problems(results)
        assert ("rules_not_in_force", "blocking", "rules", None, None) in problems(results)

    def test_without_a_target_of_its_own_the_rules_are_refused(self):
        results = with_conversion(MACHINES, norm=None).decided()
        assert ("rules_own_target_missing", "blocking", "rules", self.ROW, "norm") in problems(results)

    def test_marks_are_no_deals(self):
        book = narrowed.client({3: {"only_where": MACHINES}}, OWN)
        assert ("rules_condition_not_of_deals", "blocking", "rules", 5, "only_where") in problems(
            book.decided()
        )

    def test_a_column_of_two_kinds_is_refused(self):
        rules = {
            PLAN: {"id": "Станки", "only_where": MACHINES},
            CONVERSION: {"id": "Станки", "only_where": MACHINES},
        }
        book = narrowed.client(rules, {**OWN, ("plan", "Станки"): [1, 1]})
        assert ("rules_own_target_kind", "blocking", "rules", 3, "id") in problems(book.decided())

    def test_a_value_that_no_row_has_is_a_warning(self):
        results = with_conversion("Товар = Станкы").decided()
        assert problems(results, "condition_value_unseen_similar") == [
            ("condition_value_unseen_similar", "warning", "rules", self.ROW, "only_where")
        ]
        [told] = (each for each in results.problems if each.code == "condition_value_unseen_similar")
        assert (told.params["value"], told.params["similar"]) == ("Станкы", "Станки")

    def test_a_blank_cell_of_a_paid_row_blocks_and_leaves_that_kpi_unknown(self):
        # The first row is a deal of M1.
        results = with_conversion(MACHINES, {("deals", "Товар"): [None, *GOODS[1:]]}).decided()
        assert problems(results, "condition_blank") == [
            ("condition_blank", "blocking", "deals", 2, "own:товар")
        ]
        assert kpi(results, CONVERSION).state is State.NO_DATA
        assert [kpi(results, place).points for place in (PLAN, AVERAGE, 3)] == [36, 18, 20]
        assert kpi(results, CONVERSION, "M2").points == 20
        assert base.card(results, "H1").score == 96

    def test_a_blank_cell_of_a_lead_is_unequal_to_anything(self):
        # The third row is a lead of M1 that was refused: 5 of 14 «Станки»; 5 of 26 not «Станки».
        own = {("deals", "Товар"): [*GOODS[:2], None, *GOODS[3:]]}
        assert kpi(with_conversion(MACHINES, own).decided(), CONVERSION).fact == Fraction(5, 14)
        results = with_conversion("Товар ≠ Станки", own).decided()
        assert kpi(results, CONVERSION).fact == Fraction(5, 26)
        assert problems(results, "condition_blank") == []

    def test_a_cell_that_can_not_be_read_leaves_its_rows_kpi_unknown(self):
        results = with_conversion(MACHINES, {("deals", "Товар"): ["#REF!", *GOODS[1:]]}).decided()
        assert problems(results, "cell_error") == [("cell_error", "blocking", "deals", 2, "own:товар")]
        assert kpi(results, CONVERSION).state is State.NO_DATA
        assert kpi(results, CONVERSION, "M2").points == 20

    def test_boxes_of_a_column_of_the_clients_own(self):
        # Ticked where it is «Станки»; an unticked box is «нет».
        own = {("deals", "Новый клиент"): [good == "Станки" for good in GOODS]}
        for text, fact in (("да", Fraction(5, 15)), ("нет", Fraction(5, 25))):
            assert kpi(with_conversion(f"Новый клиент = {text}", own).decided(), CONVERSION).fact == fact

    def test_own_words_below_the_rows_are_no_entry(self):
        own = {("deals", "Товар"): GOODS}
        book = with_conversion(MACHINES, own)
        raw = book.raw()
        raw.tabs["deals"].append([None] * (len(raw.tabs["deals"][0]) - 1) + ["Станки"])
        read = parse_books(raw, book.template.layout, book.template.rulebook)
        assert [each.code for each in read.workbook.problems if each.blocks] == []
        assert len(read.workbook.inputs.facts.rows) == base.LEADS


class TestPartsAndShares:
    """A further deal of 900 000 ₸ (cost 500 000 ₸), the only «Линия», of which 300 000 ₸ came in October."""

    def results(self, **changes):
        line = in_parts.deal(**changes)
        own = {("deals", "Товар"): [*["Прочее"] * base.LEADS, "Линия"]}
        condition = {"only_where": "Товар = Линия"}
        rules = {PLAN: {**condition, "norm": 600_000}, CONVERSION: {**condition, "norm": 1}}
        rules[AVERAGE] = {**condition, "norm": 1_000_000}
        book = narrowed.client(rules, own, ("conditions", "payments", "shares"))
        book = book.more_rows("deals", line).with_rows("payments", [list(in_parts.FIRST)])
        return book.decided()

    def test_of_a_deal_in_parts_what_was_paid_is_revenue_and_its_contract_the_deal(self):
        results = self.results()
        assert [result.fact for result in base.card(results, "M1").kpis[:3]] == [300_000_00, 1, 900_000_00]
        assert [result.points for result in base.card(results, "M1").kpis[:3]] == [20, 20, 18]
        # M2 has no lead of it: no revenue, no conversion and no average deal.
        assert [result.state.value for result in base.card(results, "M2").kpis[:3]] == [
            "scored",
            "not_applicable",
            "not_applicable",
        ]

    def test_of_a_shared_one_each_has_the_own_part(self):
        results = self.results(second="M2", share=0.3)
        facts = [[each.fact for each in base.card(results, code).kpis[:3]] for code in ("M1", "M2")]
        # 0.7 and 0.3 leads are fewer than one: no conversion of either.
        assert facts == [[210_000_00, None, 900_000_00], [90_000_00, None, 900_000_00]]

    def test_a_refund_of_the_part_alone_lowers_its_revenue(self):
        # A row with −90 000 ₸ of «Масло», paid in October: 450 000 of «Станки» stay.
        refund = [901, None, "M1", None, None, None, "Сделка", -90_000, None, date(2026, 10, 20), False]
        rules = {PLAN: {"only_where": "Товар = Масло", "norm": 450_000}}
        own = {("deals", "Товар"): [*GOODS, "Масло"]}
        results = narrowed.client(rules, own).more_rows("deals", refund).decided()
        assert shown(kpi(results, PLAN)) == ("scored", 360_000, 450_000, 32)


class TestRecordsAndLateEdits:
    """A month that closed with conditions is recounted from its record, and watched."""

    SALARIES = tuple(
        Salary(code, base.OCTOBER, 300_000_00, 200_000_00, approved=True) for code in ("M1", "M2", "H1")
    )

    def sealed(self, book):
        inputs, results = book.inputs(), book.decided()
        payroll, _ = pay(results, inputs, self.SALARIES, ())
        return results, payroll, month_record(inputs, results, payroll, self.SALARIES)

    def test_the_record_alone_gives_the_same_bytes(self):
        rules = {PLAN: {"id": "Станки", "only_where": MACHINES}}
        book = narrowed.client(rules, {**OWN, ("plan", "Станки"): [600_000, 900_000]})
        results, payroll, record = self.sealed(book)
        assert recompute(record) == (results_record(results), payroll_record(payroll))
        again = inputs_from_record(record["inputs"])
        assert inputs_record(again) == record["inputs"]
        assert again.rulebook.kpis[0].only_where == book.inputs().rulebook.kpis[0].only_where

    def test_who_has_no_condition_has_nothing_of_it_in_the_record(self):
        text = str(self.sealed(base.leads())[2])
        assert not [word for word in ("only_where", "own_target", "'own'", "own:") if word in text]

    def test_a_changed_cell_that_a_condition_names_is_a_late_edit(self):
        before = with_conversion(MACHINES)
        after = with_conversion(MACHINES, {("deals", "Товар"): ["Масло", *GOODS[1:]]})
        live = parse_books(after.raw(), after.template.layout, after.template.rulebook).workbook.inputs
        [edit] = late_edits(before.inputs(), live, base.OCTOBER)
        assert (edit.kind, edit.tab, edit.key, edit.code) == (EditKind.CHANGED, "deals", "1", "M1")
        assert (edit.sealed, edit.present) == ({"own:товар": "Станки"}, {"own:товар": "Масло"})

    def test_so_is_a_column_of_the_layout_that_fed_nothing_before(self):
        before = with_conversion("Источник = Сайт")
        after = before.with_cell("deals", 2, "source", "Звонок")
        live = parse_books(after.raw(), after.template.layout, after.template.rulebook).workbook.inputs
        [edit] = late_edits(before.inputs(), live, base.OCTOBER)
        assert (edit.sealed, edit.present) == ({"source": "Сайт"}, {"source": "Звонок"})
        plain = narrowed.client().inputs()
        assert late_edits(plain, live, base.OCTOBER) == []

    def test_a_column_that_was_taken_away_is_told_row_by_row(self):
        before, after = with_conversion(MACHINES), narrowed.client()
        live = parse_books(after.raw(), after.template.layout, after.template.rulebook).workbook.inputs
        edits = late_edits(before.inputs(), live, base.OCTOBER)
        assert len(edits) == base.LEADS

    def test_that_rules_begin_to_name_a_column_is_no_change_of_every_row(self):
        plain, part = (book.raw() for book in (narrowed.client(own=OWN), with_conversion(MACHINES)))
        layout, rules = narrowed.client().template.layout, narrowed.client().template.rulebook
        digests = [row_digests(parse_books(raw, layout, rules).workbook.inputs) for raw in (plain, part)]
        assert digests[0] == digests[1]

    def test_rules_go_to_rows_and_back(self):
        rulebook = with_conversion(MACHINES, norm=0.3).inputs().rulebook
        assert from_rows(
            *to_rows([rulebook]), name=rulebook.name, policies=rulebook.policies, grain=rulebook.grain
        ) == (rulebook,)


class TestWords:
    """The explanation says the condition; so do the differences of two versions."""

    @pytest.mark.parametrize(
        ("language", "said"),
        [
            (
                "ru",
                "Станки — конверсия в сделку, только где Товар = Станки: 33,3 % при плане 50 % — выполнено 66,7 %.",
            ),
            (
                "kk",
                "Станки — мәмілеге конверсия, шарты: Товар = Станки: 33,3%, жоспар 50% — 66,7% орындалды.",
            ),
            (
                "en",
                "Станки: conversion to deal, only where Товар = Станки: 33.3% against a plan of 50% — achieved 66.7%.",
            ),
        ],
    )
    def test_of_a_kpi(self, language, said):
        results = with_conversion(MACHINES, norm=0.5, id="Станки").decided()
        card = base.card(results, "M1")
        texts = load("b2b", "ru", language).texts
        sentence = kpi_sentence(card.kpis[CONVERSION], card, texts).replace("\u00a0", " ")
        assert sentence.startswith(said)

    def test_of_two_versions(self):
        old, new = (with_conversion(text).inputs().rulebook for text in (MACHINES, "Товар = Масло | Станки"))
        texts = load("b2b", "ru").texts
        assert differences(old, new, texts) == [
            "менеджеры, «Конверсия в сделку»: только где — Товар = Масло | Станки, раньше Товар = Станки"
        ]
        told = differences(narrowed.client().inputs().rulebook, old, texts)
        assert [each.replace("\u00a0", " ") for each in told] == [
            "менеджеры, «Конверсия в сделку»: норма нет → 25 %",
            "менеджеры, «Конверсия в сделку»: только где — Товар = Станки, раньше нет",
        ]


def test_a_rule_of_november_names_its_column_and_october_stays():
    book = with_conversion(MACHINES)
    rows = [list(row) for row in book.rows["rules"]]
    later = [[date(2026, 11, 1), *row[1:12]] for row in rows[:4]]
    for row in rows[:4]:
        row[book.place("rules", "only_where")] = None
    book = book.with_rows("rules", rows + later)
    assert kpi(book.decided(), CONVERSION).fact == Fraction(1, 4)


def test_a_file_says_the_same_as_the_chain(tmp_path):
    book = with_conversion(MACHINES, {**OWN, ("plan", "Станки"): [600_000, 900_000]}, id="Станки", norm=None)
    book = book.with_rules(
        {PLAN: {"id": "Станки", "only_where": MACHINES}, CONVERSION: {"id": "Масло", "norm": 0.3}}
    )
    scored = book.score(tmp_path)
    assert [shown(result) for result in base.card(scored.results, "M1").kpis] == [
        shown(result) for result in base.card(book.decided(), "M1").kpis
    ]
    assert kpi(scored.results, PLAN).points == 30
    told = score_record(scored)["employees"][0]["kpis"]
    assert [each.get("only_where") for each in told] == [MACHINES, MACHINES, None, None]
