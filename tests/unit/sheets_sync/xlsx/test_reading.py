"""An .xlsx file gives the same raw cells as Google."""

import zipfile
from datetime import date, datetime, time

import pytest
from openpyxl import Workbook, load_workbook

from kpi_rules.errors import RefusedError
from kpi_rules.time.settings import Settings
from sheets_sync.building.blueprints import blueprints
from sheets_sync.reading.books import parse_workbook
from sheets_sync.xlsx import reading as xlsx
from sheets_sync.xlsx.writing import write
from templates.loading import load
from tests.telling import remedy_of, tells

BOOK = load("b2b", "ru").layout.workbook
NOON = datetime(2026, 10, 5, 12)  # noqa: DTZ001 - cells hold local time


def saved(tmp_path, tabs):
    book = Workbook()
    book.remove(book.active)
    for title, rows in tabs.items():
        sheet = book.create_sheet(title)
        for row, cells in enumerate(rows, start=1):
            for column, value in enumerate(cells, start=1):
                sheet.cell(row, column, value)
    path = tmp_path / "книга.xlsx"
    book.save(path)
    return path


def test_days_and_times_become_serial_numbers(tmp_path):
    rows = [["Дата", "Время"], [NOON, time(9)], [date(2026, 10, 6), None]]
    raw = xlsx.read(saved(tmp_path, {"Сделки": rows}), BOOK)
    assert raw["deals"] == [["Дата", "Время"], [46300.5, 0.375], [46301]]


def test_numbers_flags_and_texts_stay_what_they_are(tmp_path):
    raw = xlsx.read(saved(tmp_path, {"Сделки": [["№"], [1, 2.5, True, "007", False]]}), BOOK)
    assert raw["deals"][1] == [1, 2.5, True, "007", False]
    assert [type(cell) for cell in raw["deals"][1]] == [int, float, bool, str, bool]


def test_blank_rows_inside_stay_and_blank_rows_at_the_end_go(tmp_path):
    raw = xlsx.read(saved(tmp_path, {"Сделки": [["№"], [], [1, None, ""], [None, ""], []]}), BOOK)
    assert raw["deals"] == [["№"], [], [1]]


def test_tabs_are_found_by_title_and_the_others_are_missing(tmp_path):
    raw = xlsx.read(saved(tmp_path, {" сделки": [["№"]], "Черновик": [["?"]], "План": []}), BOOK)
    assert raw.titles == {"deals": " сделки", "plan": "План"}
    assert raw.missing == {"staff", "discipline", "absences", "rules", "settings", "objections"}
    assert raw["plan"] == []


def test_a_formula_that_nobody_calculated_is_an_error_value_and_no_blank(tmp_path):
    raw = xlsx.read(saved(tmp_path, {"Сделки": [["Сумма, ₸"], ["=1+1"]]}), BOOK)
    assert raw["deals"][1] == [xlsx.NOT_CALCULATED]


def rewritten(path, inner, old, new):
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts[inner]
    parts[inner] = parts[inner].replace(old, new)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_a_formula_gives_the_result_that_was_calculated_and_a_blank_result_is_blank(tmp_path):
    path = saved(tmp_path, {"Сделки": [["Сумма, ₸", "Оплачено"], ["=1-1", "=A9"]]})
    path = rewritten(path, "xl/worksheets/sheet1.xml", b"<f>1-1</f><v />", b"<f>1-1</f><v>0</v>")
    assert xlsx.read(path, BOOK)["deals"][1] == [0]


def test_text_that_looks_like_a_formula_is_text(tmp_path):
    book = Workbook()
    book.active.title = "Сделки"
    for row, text in enumerate(("Комментарий", "=1+1", "+7 701", "-5", "@all"), start=1):
        cell = book.active.cell(row, 1, text)
        cell.data_type = "s"
    book.save(tmp_path / "a.xlsx")
    raw = xlsx.read(tmp_path / "a.xlsx", BOOK)
    assert raw["deals"] == [["Комментарий"], ["=1+1"], ["+7 701"], ["-5"], ["@all"]]


def test_the_cells_below_a_merged_one_are_blank(tmp_path):
    path = saved(tmp_path, {"Сделки": [["№", "Поступил"], ["Октябрь"], [1, 46300]]})
    book = load_workbook(path)
    book["Сделки"].merge_cells("A2:B2")
    book.save(path)
    assert xlsx.read(path, BOOK)["deals"][1:] == [["Октябрь"], [1, 46300]]


def test_an_exported_template_is_read_back_and_lacks_nothing_but_the_staff(tmp_path):
    template, path = load("b2b", "ru"), tmp_path / "a.xlsx"
    write(path, blueprints(BOOK, template.texts, template.rulebook, Settings()))
    found = parse_workbook(xlsx.read(path, BOOK), BOOK, template.rulebook)
    assert [problem.code for problem in found.problems] == ["staff_empty"]
    assert found.inputs.rulebooks == (template.rulebook,)
    assert found.inputs.settings == Settings()


def zipped(path, **parts):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)


def test_a_file_with_a_password_is_told_apart(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"))
    with tells(xlsx.PasswordProtectedError, "закрыт паролем") as refusal:
        xlsx.read(path, BOOK)
    assert remedy_of(refusal)


@pytest.mark.parametrize(
    "content", [b"", b"a;b\n1;2\n", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, b"PK\x03\x04broken"]
)
def test_a_file_that_is_no_xlsx_is_refused(tmp_path, content):
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(xlsx.NotXlsxError):
        xlsx.read(path, BOOK)


def test_other_zip_files_and_damaged_books_are_refused(tmp_path):
    zipped(tmp_path / "a.xlsx", mimetype="application/vnd.oasis.opendocument.spreadsheet")
    with pytest.raises(xlsx.NotXlsxError):
        xlsx.read(tmp_path / "a.xlsx", BOOK)
    zipped(tmp_path / "b.xlsx", **{"[Content_Types].xml": "<broken", "xl__workbook.xml": "<"})
    with pytest.raises(xlsx.NotXlsxError):
        xlsx.read(tmp_path / "b.xlsx", BOOK)
    path = rewritten(saved(tmp_path, {"Сделки": [["№"]]}), "xl/worksheets/sheet1.xml", b"</row>", b"</wor>")
    with pytest.raises(xlsx.NotXlsxError):
        xlsx.read(path, BOOK)


def test_a_file_that_is_not_there_is_refused_in_one_sentence(tmp_path):
    with tells(RefusedError, r"Файла нет\.xlsx нет"):
        xlsx.read(tmp_path / "нет.xlsx", BOOK)
