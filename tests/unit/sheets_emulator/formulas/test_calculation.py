import subprocess
import sys
from datetime import UTC, datetime

import pytest

from sheets_emulator.book.document import Document, Sheet
from sheets_emulator.book.grid import CellError
from sheets_emulator.formulas.calculation import Tab, at_cells, evaluate, has_volatile, recalculate
from sheets_emulator.formulas.syntax import TabShape

EVENING = datetime(2026, 10, 5, 20, tzinfo=UTC)  # 01:00 of the 6th in Almaty; 6 October 2026 is day 46301
DEALS = [[5, "текст", None], [7, "1,5"], [True], [1.5]]
PLAN = [[100], [200]]


def come_to(formula, locale="ru_RU", names=None):
    """What a formula in I1 of «Сделки» (100 × 10) comes to; «План '26» stands beside it."""
    return all_come_to([formula], locale, names)[0]


def all_come_to(formulas, locale="ru_RU", names=None):
    tabs = [
        Tab(TabShape(0, "Сделки", 100, 10), DEALS, {(row, 8): text for row, text in enumerate(formulas)}),
        Tab(TabShape(1, "План '26", 50, 5), PLAN),
    ]
    results = evaluate(tabs, locale, "Asia/Almaty", names=names, now=EVENING)
    return [results[0, row, 8] for row in range(len(formulas))]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("=150000*1,12", pytest.approx(168000)),
        ("=SUM(A1;A2)", 12),
        ("=sum( A1:A2 ; 3 )", 15),
        ("=SUM(A2:A)", 8.5),  # 7 + 1.5; a truth value in a range is not counted
        ("=SUM(A:A)", 13.5),
        ("=SUM($A$1:A$2)", 12),
        ("=SUM(2:2)", 7),
        ("=SUM(A1:A5000)", 13.5),
        ("=COUNTBLANK(A:A)", 96),
        ("=Сделки!A1*2", 10),
        ("='План ''26'!A2", 200),
        ("=SUM('план ''26'!A:A)", 300),
        ('=IF(A1>3;"да; нет";0,5)', "да; нет"),
        ('=A1&" "&B1', "5 текст"),
        ('="Итого: "&A4*2+0,25', "Итого: 3,25"),
        ('=IF(A4&""="1,5";A4&" "&"v1.5";0)', "1,5 v1.5"),
        ("=CONCATENATE(A4;A1;B1)", "1,55текст"),
        ('="Всего "&SUM(A1:A4)', "Всего 13,5"),
        ('="a""b"', 'a"b'),
        ("=A1%", 0.05),
        ("=A1=5", True),
        ('=IFERROR(1/0;"нет")', "нет"),
        ('=COUNTIFS(A1:A4;">5")', 1),
        ("=ARRAYFORMULA(SUM(A1:A2*2))", 24),
        ("=SUM({1\\2;3\\4})", 10),
        ("=TODAY()", 46301),
        ("=NOW()-TODAY()", pytest.approx(1 / 24)),
        ("=C1", None),
    ],
)
def test_a_russian_formula_comes_to_its_value(formula, expected):
    assert come_to(formula) == expected


@pytest.mark.parametrize(
    ("formula", "kind", "text"),
    [
        ("=1/0", "DIVIDE_BY_ZERO", "#DIV/0!"),
        ("=НЕТТАКОЙ(1)", "NAME", "#NAME?"),
        ('=QUERY(A1:A3;"select A")', "NAME", "#NAME?"),
        ("=ПРОДАЖИ", "NAME", "#NAME?"),
        ("=Нет!A1", "REF", "#REF!"),
        ("=Z1", "REF", "#REF!"),
        ("=I1+1", "REF", "#REF!"),
        ("=B1+1", "VALUE", "#VALUE!"),
        ("=VLOOKUP(9;A1:B2;2;FALSE)", "N_A", "#N/A"),
        ("=SQRT(-1)", "NUM", "#NUM!"),
        ("=SUM(", "ERROR", "#ERROR!"),
        ("=SUM(A1,A2)", "ERROR", "#ERROR!"),  # with a decimal comma arguments are parted by ;
        ("=1.5*2", "ERROR", "#ERROR!"),
        ("=TAKE(A1:A2;1)", "NAME", "#NAME?"),
        ("=SUM(SEQUENCE(1000000000;1000))", "NAME", "#NAME?"),
        ("=1;2", "ERROR", "#ERROR!"),
        ("=;A1", "ERROR", "#ERROR!"),
        ("=()", "ERROR", "#ERROR!"),
        ("=7 701 123", "ERROR", "#ERROR!"),
        ('=TEXT(A1;"0.0")', "NAME", "#NAME?"),
        ('=TEXTJOIN("; ";TRUE;A1:A4)', "NAME", "#NAME?"),
        ("=SUMPRODUCT(ISNUMBER(A1:A4)*1)", "NAME", "#NAME?"),
        ("=UNIQUE(A1:A2)", "NAME", "#NAME?"),
        ("=A1:A2", "NAME", "#NAME?"),
        ("=" + "(" * 30_000, "ERROR", "#ERROR!"),
        ("=" + "-" * 30_000 + "1", "ERROR", "#ERROR!"),
    ],
)
def test_what_goes_wrong_is_one_of_googles_errors(formula, kind, text):
    error = come_to(formula)
    assert isinstance(error, CellError)
    assert (error.type, str(error)) == (kind, text)
    assert error.message


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("=SUM(A1,A2)", 12),
        ("=SUM(A1;A2)", 12),
        ("=1.5*2", 3),
        ("=SUM({1,2;3,4})", 10),
        ('=TEXTJOIN("; ",TRUE,A1:A4)', "5; 7; TRUE; 1.5"),
        ("=CONCATENATE(A1:A2,B1)", "57текст"),
        ('=TEXT(A1,"0.0")', "5.0"),
    ],
)
def test_an_american_formula_parts_arguments_by_commas(formula, expected):
    assert come_to(formula, "en_US") == expected


def test_formulas_see_each_other_and_their_errors():
    first, second, third = all_come_to(["=A1*2", "=I1+1", "=НЕТ(1)&I2"])
    assert (first, second) == (10, 11)
    assert third.type == "NAME"
    assert [e.type for e in all_come_to(["=UNIQUE(A1:A2)", "", "=I1"])[::2]] == ["NAME", "NAME"]


def test_a_circle_of_formulas_is_named():
    assert [e.type for e in all_come_to(["=I2", "=I1"])] == ["REF", "REF"]


def test_named_ranges_are_known_by_name_in_any_case():
    assert come_to("=SUM(Выручка)*2", names={"ВЫРУЧКА": (0, "A1:A2")}) == 24


def test_formulas_beside_the_cells_move_with_their_place():
    made = document()
    for row, value in enumerate((3, 7, CellError("#N/A", "N_A", ""))):
        made.sheets[0].grid.enter(row, 0, value)
    wanted = [
        ("=A1>5", 0, 0),
        ("=A1>5", 1, 0),
        ("=$A$1>5", 1, 0),
        ("=ISERROR(A1)", 2, 0),
        ("=SUM(A1:A", 0, 0),
    ]
    assert at_cells(made, 0, wanted, EVENING)[:4] == [False, True, False, True]
    assert at_cells(made, 0, wanted, EVENING)[4].type == "ERROR"


def test_a_result_over_several_cells_blames_no_neighbour():
    first, second, third = all_come_to(["=SUM(A1:A2)", "={1\\2;3\\4}", "=A1"])[:3]
    assert (first, third) == (12, 5)
    assert second.type == "NAME"


def test_a_formula_that_breaks_the_engine_harms_no_other():
    first, broken, after, last = all_come_to(["=A1+A2", "=EDATE(1000000;99999999)", "=I2+1", "=A1*2"])
    assert (first, last) == (12, 10)
    assert (broken.type, after.type) == ("NAME", "NAME")


def test_only_clocks_and_chance_are_volatile():
    made = document()
    made.sheets[0].grid.enter(0, 0, None, "=SUM(B1:B2)")
    assert not has_volatile(made)
    made.sheets[0].grid.enter(1, 0, None, "=today( )+1")
    assert has_volatile(made)


def test_a_long_chain_of_cells_is_followed():
    chain = {(row, 0): f"=A{row}+1" for row in range(1, 20_000)}
    tab = Tab(TabShape(0, "Лист", 20_000, 1), [[1]], chain)
    assert evaluate([tab], "ru_RU", now=EVENING)[0, 19_999, 0] == 20_000


def document():
    made = Document({"locale": "ru_RU", "timeZone": "Asia/Almaty"})
    size = {"rowCount": 10, "columnCount": 3}
    made.sheets.append(Sheet({"sheetId": 7, "title": "Лист 1", "gridProperties": size}))
    return made


def test_a_document_gets_its_effective_values():
    made = document()
    grid = made.sheets[0].grid
    grid.enter(0, 0, 40)
    grid.enter(0, 1, None, "=A1+2")
    grid.enter(1, 1, 99, "=НЕТ()")
    made.named_ranges.append(
        {"name": "один", "range": {"sheetId": 7, "endRowIndex": 1, "endColumnIndex": 1}},
    )
    grid.enter(2, 1, None, "=ОДИН*10")
    recalculate(made, EVENING)
    assert [grid.value(row, 1) for row in range(3)] == [42, "#NAME?", 400]
    grid.enter(0, 0, None)
    recalculate(made, EVENING)
    assert [grid.value(row, 1) for row in (0, 2)] == [2, 0]


def test_the_engine_is_loaded_only_for_formulas():
    code = (
        "import sys; from sheets_emulator.formulas import calculation; from sheets_emulator.book.document import Document;"
        "calculation.recalculate(Document({'locale': 'ru_RU', 'timeZone': 'UTC'})); print('ironcalc' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


AMBIGUOUS = [["1,5"], ["1.250"], ["1,250"], ["ИП 1, Ли"], [1.5], ["15"]]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("=A2*2", "#VALUE!"),  # the engine reads 1.25
        ("=A3+0", "#VALUE!"),  # the engine reads 1250
        ("=ROUND(A3;0)", "#VALUE!"),
        ('="1.5"*2', "#VALUE!"),
        ('=SUBSTITUTE(A1;",";".")*2', "#VALUE!"),
        ("=IFERROR(A3*1;0)", "#VALUE!"),
        ("=IF(RAND()<2;A3*1;0)", "#VALUE!"),
        ('=COUNTIF(A1:A6;">1.4")', "#VALUE!"),
        ('=COUNTIF(A1:A6;">1,4")', 1),
        ('=COUNTIF(A1:A6;">="&A5)', 1),
        ('=SUMIF(A1:A6;">0")', 1.5),
        ("=SUM(A1:A6)", 1.5),
        ("=A6*2", 30),
        ("=LEN(A3)", 5),
        ('=FIND(",";A4)', 5),
        ('=A1="1,5"', True),
        ('=A4&"; "&A5', "ИП 1, Ли; 1,5"),
        ('=SUBSTITUTE(A4;",";".")', "ИП 1. Ли"),
        ("=IF(RAND()<2;A5;0)", 1.5),
    ],
)
def test_text_that_looks_like_a_number_never_gives_an_invented_value(formula, expected):
    tab = Tab(TabShape(0, "Сделки", 100, 10), AMBIGUOUS, {(0, 8): formula})
    assert evaluate([tab], "ru_RU", now=EVENING)[0, 0, 8] == expected


def test_what_builds_on_a_misread_text_is_no_value_either():
    tab = Tab(TabShape(0, "Сделки", 100, 10), AMBIGUOUS, {(0, 8): "=A3*1", (1, 8): "=I1+1", (2, 8): "=A5+1"})
    results = evaluate([tab], "ru_RU", now=EVENING)
    assert [results[0, row, 8] for row in range(3)] == ["#VALUE!", "#VALUE!", 2.5]


def test_english_texts_are_read_as_google_reads_them():
    tab = Tab(TabShape(0, "Deals", 100, 10), AMBIGUOUS, {(0, 8): "=A3*1", (1, 8): "=A2*2"})
    results = evaluate([tab], "en_US", now=EVENING)
    assert (results[0, 0, 8], results[0, 1, 8]) == (1250, 2.5)
