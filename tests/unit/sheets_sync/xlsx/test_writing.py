import stat
from dataclasses import replace

import openpyxl
import pytest

from kpi_rules.time.settings import Settings
from sheets_sync.a1 import column_letters
from sheets_sync.building.blueprints import Blueprint, blueprints
from sheets_sync.building.changes import differences
from sheets_sync.building.wanted import Cell, ColorRule, ColumnDesign, Guard, GuardKind, Wanted, grid
from sheets_sync.xlsx.reading import read
from sheets_sync.xlsx.writing import write
from templates.loading import load

TEMPLATE = load("b2b", "ru")
BOOK = TEMPLATE.layout.workbook


COLUMNS = (ColumnDesign(100), ColumnDesign(200, "entry"))


def tab(rows, columns=COLUMNS, **more):
    look = {name: more.pop(name) for name in ("rules", "frozen_rows", "frozen_columns") if name in more}
    wanted = Wanted(grid(rows, len(columns)), columns, **look)
    return Blueprint("t", more.pop("title", "Лист"), wanted, more.pop("row_count", 100), **more)


def written(tmp_path, *tabs):
    path = tmp_path / "out.xlsx"
    write(path, tabs)
    return openpyxl.load_workbook(path)


@pytest.mark.parametrize("text", ["=1+1", "+7 701 000", "-5", "@СУММ(A1)", "#REF!", "12", "TRUE"])
@pytest.mark.parametrize("below", [True, False])
def test_text_stays_text_whatever_it_looks_like(tmp_path, text, below):
    made = tab([[Cell("x")]], entries=[[text]]) if below else tab([[Cell("x")], [Cell(text)]])
    cell = written(tmp_path, made)["Лист"]["A2"]
    assert cell.value == text
    assert cell.data_type == "s"
    assert bool(cell.quotePrefix) == (text[0] in "=+-@")


def test_characters_that_xml_cannot_hold_are_left_out(tmp_path):
    assert written(tmp_path, tab([[Cell("a\x00b\x0bc")]]))["Лист"]["A1"].value == "abc"


def test_numbers_dates_and_ticks_keep_their_types_and_formats(tmp_path):
    sheet = written(
        tmp_path, tab([[Cell(150000, "money"), Cell(46310, "date")], [Cell(True), Cell(0.5, "percent")]])
    )["Лист"]
    assert (sheet["A1"].value, sheet["A1"].number_format) == (150000, '#,##0 "₸"')
    assert sheet["B1"].number_format == "dd.mm.yyyy"
    assert sheet["B1"].value.isoformat() == "2026-10-15T00:00:00"
    assert sheet["A2"].value is True
    assert sheet["B2"].number_format == "0.0%"


def test_the_template_has_all_tabs_headers_notes_and_frozen_rows(tmp_path):
    book = written(tmp_path, *blueprints(BOOK, TEMPLATE.texts, TEMPLATE.rulebook, Settings()))
    visible = [sheet.title for sheet in book if sheet.sheet_state == "visible"]
    assert visible == [tab.title for tab in BOOK.tabs]
    deals = book["Сделки"]
    assert [cell.value for cell in deals[1]] == [column.header for column in BOOK.tab("deals").columns]
    assert deals.freeze_panes == "B2"
    assert deals["B1"].comment.text.strip() == BOOK.tab("deals").columns[1].note
    assert deals.max_row == 1


def validations(sheet):
    return {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}


def test_entry_cells_offer_their_words(tmp_path):
    book = written(tmp_path, *blueprints(BOOK, TEMPLATE.texts, TEMPLATE.rulebook, Settings()))
    deals = validations(book["Сделки"])
    keys = [column.key for column in BOOK.tab("deals").columns]
    status, code, repeat = (column_letters(keys.index(key)) for key in ("status", "code", "repeat"))
    assert deals[f"{status}2:{status}2000"].formula1 == '"Новый,В работе,Сделка,Отказ"'
    assert deals[f"{code}2:{code}2000"].formula1 == "'Сотрудники'!$B$2:$B$200"
    assert deals[f"{repeat}2:{repeat}2000"].formula1 == '"да,нет"'
    formulas = [
        rule.formula1 for sheet in book for rule in validations(sheet).values() if rule.type == "list"
    ]
    assert all(len(formula) <= 255 for formula in formulas)


def test_lists_too_long_for_a_guard_or_with_commas_lie_on_a_hidden_tab_once(tmp_path):
    long = tuple(f"показатель номер {number}" for number in range(20))
    columns = tuple(
        ColumnDesign(100, "center", Guard(GuardKind.CHOICE, words)) for words in (long, ("а, б", "в"), long)
    )
    book = written(tmp_path, tab([], columns, entry=True))
    rules = validations(book["Лист"])
    assert rules["A2:A100"].formula1 == "'_lists'!$A$1:$A$20"
    assert rules["B2:B100"].formula1 == "'_lists'!$B$1:$B$2"
    assert rules["C2:C100"].formula1 == "'_lists'!$A$1:$A$20"
    assert book["_lists"].sheet_state == "hidden"
    assert [cell.value for cell in book["_lists"]["B"]][:2] == ["а, б", "в"]


def test_guards_refuse_or_warn_as_they_say(tmp_path):
    columns = (
        ColumnDesign(100, "percent", Guard(GuardKind.SHARE, hint="доля")),
        ColumnDesign(100, "center", Guard(GuardKind.CHOICE, ("а", "б"), strict=True)),
    )
    rules = validations(written(tmp_path, tab([], columns, entry=True))["Лист"])
    share, choice = rules["A2:A100"], rules["B2:B100"]
    assert (share.type, share.formula1, share.formula2, share.errorStyle, share.error) == (
        "decimal", "0", "1", "warning", "доля",
    )  # fmt: skip
    assert choice.errorStyle in {None, "stop"}


def test_colour_rules_never_take_a_header_for_a_number(tmp_path):
    rules = (ColorRule(1, 2, 0, "NUMBER_GREATER_THAN_EQ", ("=1",), "percent.good"),)
    sheet = written(tmp_path, tab([[Cell("Выполнение")]], rules=rules))["Лист"]
    ((covered, (rule,)),) = [(str(r.sqref), r.rules) for r in sheet.conditional_formatting]
    assert covered == "B1:B100"
    assert rule.formula == ["AND(ISNUMBER(B1),B1>=1)"]


def test_pages_are_a4_as_wide_as_the_page_and_repeat_their_header(tmp_path):
    sheet = written(tmp_path, tab([[Cell("h")]], frozen_rows=1, landscape=True))["Лист"]
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$1:$1"


def test_rows_with_long_sentences_are_tall_enough(tmp_path):
    columns = (ColumnDesign(100, "text"), ColumnDesign(50))
    sheet = written(tmp_path, tab([[Cell("слово " * 20, "text")], [Cell("слово", "text")]], columns))["Лист"]
    assert sheet.row_dimensions[1].height > 60
    assert sheet.row_dimensions[2].height is None


def test_the_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "out.xlsx"
    write(path, [tab([[Cell("старый")]])])

    def broken():
        yield tab([[Cell("новый")]])
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(path, broken())
    assert openpyxl.load_workbook(path)["Лист"]["A1"].value == "старый"
    assert [file.name for file in tmp_path.iterdir()] == ["out.xlsx"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    with pytest.raises(OSError, match="nowhere"):
        write(tmp_path / "nowhere" / "out.xlsx", [tab([])])


def test_a_filled_template_is_read_back_cell_by_cell(tmp_path):
    row = ["1", 46300.5, "Ким Мария", "=ТОО", "Сайт", 46300.51, "Сделка", 150000, "", 46301, True, "", "+7"]
    plans = [
        replace(plan, entries=[row] if plan.key == "deals" else ())
        for plan in blueprints(BOOK, TEMPLATE.texts, TEMPLATE.rulebook, Settings())
    ]
    path = tmp_path / "out.xlsx"
    write(path, plans)
    raw = read(path, BOOK)
    assert raw.missing == frozenset()
    assert differences([row], raw["deals"][1:]) == []
    for plan in (plan for plan in plans if plan.entry):
        assert differences(plan.wanted.values(), raw[plan.key][: len(plan.wanted.rows)]) == []
