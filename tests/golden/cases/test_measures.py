"""«Показатели»: measures of the client's own, each case worked out by hand (behaviour §4).

The base client with a call score instead of the managers' average deal, weight 20: M1 has 90, 80 and 76 (on the 5th, the
12th and the 19th of October), M2 70, 0 and 80. The sums are 246 and 150, the means 82 and 50, the shares of values above
0 three and two thirds, the last ones 76 and 80.
"""

from datetime import date
from fractions import Fraction
from tomllib import loads

import openpyxl
import pytest

from kpi_rules.cards.payouts import pay
from kpi_rules.checks.conservation import accounts
from kpi_rules.deciding.late_edits import EditKind, late_edits
from kpi_rules.deciding.recounting import recompute
from kpi_rules.facts.inputs import PayrollInputs, Salary
from kpi_rules.records.months import inputs_from_record, inputs_record, month_record
from kpi_rules.records.results import payroll_record, results_record
from kpi_rules.rulebook.drafts import rulebook_toml
from kpi_rules.rulebook.versions import from_rows, load, to_rows
from kpi_rules.words.rule_changes import differences
from kpi_rules.words.sentences import kpi_sentence
from operations.facts.chain import parse_books
from operations.facts.row_digests import row_digests
from operations.files.score_records import score_record
from operations.files.scoring import score_file
from templates.loading import load as load_template
from tests.golden.cases import base, narrowed

CALLS = "Оценка звонка"
PLACE = 2
"""The place of the KPI among a role's rows on «Правила»."""
DAYS = (date(2026, 10, 5), date(2026, 10, 12), date(2026, 10, 19))
VALUES = [
    [day, code, CALLS, value]
    for code, values in (("M1", (90, 80, 76)), ("M2", (70, 0, 80)))
    for day, value in zip(DAYS, values, strict=True)
]
OPTIONS = ("measures",)


def client(how="среднее", values=VALUES, own=(), role="менеджер", **cells):
    """The base client with the call score on one card."""
    rule = {"id": CALLS, "measure": CALLS, "how_counted": how, **cells}
    books = narrowed.client(own=own, options=OPTIONS).with_rules({PLACE: rule}, role)
    return books.with_rows("measures", [list(row) for row in values])


def kpi(results, code="M1"):
    return base.card(results, code).kpis[PLACE]


def shown(result):
    return result.state.value, result.fact, result.target, result.points


def problems(results, *codes):
    return sorted(
        (each.code, each.severity.value, each.place.tab, each.place.row, each.place.column)
        for each in results.problems
        if each.code in codes or (not codes and each.blocks)
    )


class TestHowItIsCounted:
    @pytest.mark.parametrize(
        ("how", "norm", "first", "second"),
        [
            ("сумма", 300, (246, Fraction(164, 10)), (150, 10)),
            ("среднее", 82, (82, 20), (50, Fraction(20 * 50, 82))),
            ("доля", 1, (1, 20), (Fraction(2, 3), Fraction(40, 3))),
            ("последнее", 95, (76, 16), (80, Fraction(20 * 80, 95))),
        ],
    )
    def test_by_the_norm(self, how, norm, first, second):
        results = client(how, norm=norm).decided()
        assert shown(kpi(results)) == ("scored", first[0], norm, first[1])
        assert shown(kpi(results, "M2")) == ("scored", second[0], norm, second[1])
        assert problems(results) == []

    def test_an_index_as_the_issue_has_it(self):
        # A call score of 82 between 60 and 80 is more than full: the cap; 50 is below zero.
        results = client(base=60, norm=80, scoring="между базой и нормой").decided()
        assert [kpi(results, code).points for code in ("M1", "M2")] == [20, 0]

    def test_a_share_against_a_hundred_percent(self):
        results = client("доля", scoring="доля от 100 %").decided()
        assert [kpi(results, code).points for code in ("M1", "M2")] == [20, Fraction(40, 3)]

    def test_the_column_on_the_plan_goes_before_the_norm(self):
        # 82 of 100 and 50 of 100.
        results = client(own={("plan", CALLS): [100, 100]}, norm=1).decided()
        assert [kpi(results, code).points for code in ("M1", "M2")] == [Fraction(164, 10), 10]

    def test_the_target_of_a_sum_is_prorated_and_that_of_a_mean_is_not(self):
        # Seven of 21 days away: 2/3 of 300.
        away = [["M1", base.DAYS[0], base.DAYS[6]]]
        assert kpi(client("сумма", norm=300).with_rows("absences", away).decided()).target == 200
        assert kpi(client(norm=82).with_rows("absences", away).decided()).target == 82

    def test_values_after_the_present_day_wait(self):
        # On the 15th M1 has 90 and 80; the target of a sum is that of ten of 21 days, of a mean the whole.
        results = client(norm=100).decided(base.MID_MONTH)
        assert kpi(results).fact == 85
        assert kpi(client("последнее", norm=100).decided(base.MID_MONTH)).fact == 80

    def test_spellings_of_a_name_are_one(self):
        values = [[day, code, "  оценка  ЗВOНКА", value] for day, code, _, value in VALUES]
        assert kpi(client(values=values, norm=82).decided()).fact == 82


class TestTheHead:
    """The team pools the rows: 396 in six values; of last ones it has the mean, 78."""

    @pytest.mark.parametrize(
        ("how", "norm", "fact", "target"),
        [
            ("сумма", 240, 396, 480),
            ("среднее", 66, 66, 66),
            ("доля", 1, Fraction(5, 6), 1),
            ("последнее", 78, 78, 78),
        ],
    )
    def test_by_the_norm_of_one_manager(self, how, norm, fact, target):
        result = kpi(client(how, norm=norm, role="РОП").decided(), "H1")
        assert (result.fact, result.target) == (fact, target)

    def test_without_a_value_of_one_manager_the_teams_is_unknown(self):
        results = client(values=VALUES[:3], norm=66, role="РОП").decided()
        assert shown(kpi(results, "H1"))[0] == "no_data"
        assert problems(results) == [("values_missing", "blocking", "measures", None, None)]

    def test_who_was_decided_about_is_not_waited_for(self):
        books = client(values=VALUES[:3], norm=82)
        rules = {"id": CALLS, "measure": CALLS, "how_counted": "среднее", "norm": 82}
        books = books.with_rules({PLACE: rules}, "РОП")
        said = [date(2026, 10, 1), "M2", CALLS, "неприменимо", "звонков не слушали", True]
        results = books.with_rows("decisions", [said]).decided()
        assert shown(kpi(results, "M2"))[0] == "not_applicable"
        assert shown(kpi(results, "H1")) == ("scored", 82, 82, 20)


class TestWhatIsWrong:
    def test_no_value_is_no_data_and_blocks(self):
        results = client(values=VALUES[:3], norm=82).decided()
        assert kpi(results).points == 20
        assert shown(kpi(results, "M2"))[0] == "no_data"
        assert problems(results) == [("values_missing", "blocking", "measures", None, None)]

    @pytest.mark.parametrize(
        ("column", "value", "code"),
        [(3, "хорошо", "number_unreadable"), (3, None, "cell_blank"), (0, "когда-то", "date_unreadable")],
    )
    def test_a_cell_that_can_not_be_read_leaves_its_person_unknown(self, column, value, code):
        values = [list(row) for row in VALUES]
        values[0][column] = value
        results = client(values=values, norm=82).decided()
        key = ("on", "code", "measure", "value")[column]
        assert (code, "blocking", "measures", 2, key) in problems(results)
        assert shown(kpi(results))[0] == "no_data"
        assert kpi(results, "M2").fact == 50

    def test_two_last_values_on_a_day_block(self):
        results = client("последнее", [*VALUES, [DAYS[2], "M1", CALLS, 77]], norm=82).decided()
        assert problems(results) == [
            ("value_last_twice", "blocking", "measures", row, "on") for row in (4, 8)
        ]
        assert shown(kpi(results))[0] == "no_data"
        assert kpi(client(values=[*VALUES, [DAYS[2], "M1", CALLS, 77]], norm=82).decided()).fact == Fraction(
            323, 4
        )

    def test_a_measure_of_no_rule_is_told_row_by_row(self):
        values = [*VALUES, [DAYS[0], "M1", "Встречи", 3]]
        results = client(values=values, norm=82).decided()
        assert problems(results, "value_of_no_rule") == [
            ("value_of_no_rule", "warning", "measures", 8, "measure")
        ]
        assert kpi(results).fact == 82

    def test_of_whoever_was_not_there_it_is_told(self):
        staff = [list(row) for row in base.STAFF]
        staff[1][5] = date(2026, 10, 16)
        results = client(norm=82).with_rows("staff", staff).decided()
        assert problems(results, "value_not_employed") == [
            ("value_not_employed", "warning", "measures", 7, "on")
        ]

    def test_a_day_that_has_not_come_is_doubted(self):
        results = client(values=[*VALUES, [date(2027, 10, 5), "M1", CALLS, 1]], norm=82).decided()
        assert problems(results, "date_in_future") == [("date_in_future", "blocking", "measures", 8, "on")]

    @pytest.mark.parametrize(
        ("cells", "code", "column"),
        [
            ({"how_counted": None}, "rules_how_counted_missing", "how_counted"),
            ({"measure": "средний чек"}, "rules_how_counted_needless", "how_counted"),
            ({"norm": None}, "rules_own_target_missing", "norm"),
            ({"norm": 0}, "rules_norm_zero", "norm"),
            ({"scoring": "доля от 100 %"}, "rules_share_unit", "scoring"),
            ({"how_counted": "на глаз"}, "choice_unknown", "how_counted"),
        ],
    )
    def test_a_rule_that_can_not_be_counted_is_refused_at_its_cell(self, cells, code, column):
        results = client(**{"norm": 82, **cells}).decided()
        assert (code, "blocking", "rules", 4, column) in problems(results)

    def test_every_row_counts_or_is_named(self):
        books = client(values=[*VALUES, [DAYS[0], "M1", "Встречи", 3], [None, "M2", CALLS, 5]], norm=82)
        read = parse_books(books.raw(), books.template.layout, books.template.rulebook)
        told = books.decided().problems
        account = accounts({"measures": range(2, 10)}, read.workbook.inputs, PayrollInputs(), told)[
            "measures"
        ]
        assert account.counted == {2, 3, 4, 5, 6, 7}
        assert account.lost == frozenset()


class TestRecordsAndLateEdits:
    SALARIES = tuple(
        Salary(code, base.OCTOBER, 300_000_00, 200_000_00, approved=True) for code in ("M1", "M2", "H1")
    )

    def test_the_record_alone_gives_the_same_bytes(self):
        books = client(norm=82.5)
        inputs, results = books.inputs(), books.decided()
        payroll, _ = pay(results, inputs, self.SALARIES, ())
        record = month_record(inputs, results, payroll, self.SALARIES)
        assert recompute(record) == (results_record(results), payroll_record(payroll))
        assert inputs_record(inputs_from_record(record["inputs"])) == record["inputs"]
        assert CALLS not in record["measures"]

    def test_who_has_none_has_nothing_of_it_in_the_record(self):
        record = inputs_record(base.leads().inputs())
        assert "values" not in record
        assert "how_counted" not in str(record)

    def test_a_changed_value_is_a_late_edit_and_one_of_no_rule_is_none(self):
        sealed = client(norm=82).inputs()
        values = [list(row) for row in VALUES]
        values[0][3] = 95
        after = client(values=[*values, [DAYS[0], "M1", "Встречи", 3]], norm=82)
        live = parse_books(after.raw(), after.template.layout, after.template.rulebook).workbook.inputs
        [edit] = late_edits(sealed, live, base.OCTOBER)
        assert (edit.kind, edit.tab, edit.code, edit.row) == (EditKind.CHANGED, "measures", "M1", 2)
        assert (edit.sealed, edit.present) == ({"value": "90"}, {"value": "95"})

    def test_each_row_is_followed(self):
        books = client(norm=82)
        read = parse_books(books.raw(), books.template.layout, books.template.rulebook)
        keys = [row.key for row in row_digests(read.workbook.inputs) if row.tab == "measures"]
        assert keys[0] == f"2026-10-05 M1 {CALLS}"
        assert len(keys) == len(set(keys)) == len(VALUES)

    def test_rules_go_to_rows_and_to_a_file_and_back(self):
        rulebook = client(norm=82.5).inputs().rulebook
        again = from_rows(
            *to_rows([rulebook]), name=rulebook.name, policies=rulebook.policies, grain=rulebook.grain
        )
        assert again == (rulebook,)
        assert load(loads(rulebook_toml(rulebook))) == rulebook


class TestWords:
    @pytest.mark.parametrize(
        ("language", "said"),
        [
            ("ru", "Оценка звонка: 82 при плане 100 — выполнено 82 %."),
            ("kk", "Оценка звонка: 82, жоспар 100 — 82% орындалды."),
            ("en", "Оценка звонка: 82 against a plan of 100 — achieved 82%."),
        ],
    )
    def test_of_a_kpi(self, language, said):
        card = base.card(client(norm=100).decided(), "M1")
        texts = load_template("b2b", "ru", language).texts
        assert kpi_sentence(card.kpis[PLACE], card, texts).replace("\u00a0", " ").startswith(said)

    def test_of_missing_values(self):
        card = base.card(client(values=VALUES[:3], norm=100).decided(), "M2")
        texts = load_template("b2b", "ru", "ru").texts
        sentence = kpi_sentence(card.kpis[PLACE], card, texts)
        assert sentence.startswith("Нет данных: значений этого показателя за месяц ещё нет.")

    def test_of_two_versions(self):
        old, new = (client(how, norm=82).inputs().rulebook for how in ("среднее", "последнее"))
        assert differences(old, new, load_template("b2b", "ru").texts) == [
            "менеджеры, «Оценка звонка»: как считать — последнее, раньше среднее"
        ]


def test_reports_can_have_measures_of_their_own_too():
    books = base.reports()
    template = load_template("b2c", "ru", options=OPTIONS)
    made = narrowed.Narrowed(template, books.rows, books.pay)
    rule = {"id": CALLS, "measure": CALLS, "how_counted": "среднее", "norm": 82, "scoring": "факт / план"}
    made = made.with_rules({PLACE: rule}).with_rows("measures", VALUES)
    assert shown(kpi(made.decided()))[:3] == ("scored", 82, 82)


def test_a_file_says_the_same_as_the_chain(tmp_path):
    books = client(norm=100)
    scored = books.score(tmp_path)
    assert shown(kpi(scored.results)) == shown(kpi(books.decided()))
    told = next(each for each in score_record(scored)["employees"] if each["code"] == "M1")["kpis"][PLACE]
    assert (told["id"], told["fact"], told["target"], told["points"]) == (CALLS, "82", "100", "16.4")


@pytest.mark.parametrize("typed", ["82%", "82 %"])
def test_a_percent_is_no_number_of_a_measure_whose_values_are_numbers(typed):
    values = [[*VALUES[0][:3], typed], *VALUES[1:]]
    results = client(values=values, norm=82).decided()
    assert problems(results) == [("number_unreadable", "blocking", "measures", 2, "value")]
    assert shown(kpi(results))[0] == "no_data"


def test_nor_is_a_number_that_a_file_shows_as_percent(tmp_path):
    path = client(norm=82).save(tmp_path / "book.xlsx")
    file = openpyxl.load_workbook(path)
    cell = file["Показатели"].cell(2, 4)
    cell.value, cell.number_format = 0.9, "0%"
    file.save(path)
    scored = score_file(path, base.OCTOBER, base.AFTER)
    told = [(each.code, each.place.row) for each in scored.problems if each.blocks]
    assert told == [("number_shown_as_percent", 2)]
    assert shown(kpi(scored.results))[0] == "no_data"
