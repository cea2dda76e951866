"""A file is known as its template by tabs and headers, also among templates whose tabs are called the same."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest

from kpi_rules.errors import RefusedError
from kpi_rules.time.periods import Month
from operations.files.scoring import score_file
from operations.files.templates import export_template
from templates import loading
from tests.telling import remedy_of, tells

MONTH, AFTER = Month(2026, 10), datetime(2026, 11, 6, tzinfo=UTC)
DEALS = """\
like = "b2b"

[[tab]]
replaces = "deals"
"""
COLUMN = '    { key = "branch", kind = "text", width_px = 90 },\n'


def deals_of(workbook):
    """The declaration of the tab of deals, as it stands in a template's file."""
    return next(part for part in workbook.split("[[tab]]\n") if part.startswith('key = "deals"'))


@pytest.fixture
def beside_b2b(tmp_path):
    """A template `a_shop` with another name for a header of b2b, and `wide` with a column more."""
    root = tmp_path / "templates"
    shutil.copytree(Path(loading.__file__).parent, root, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    deals = deals_of((root / "b2b/workbook.toml").read_text(encoding="utf-8"))
    widened = deals.replace("columns = [\n", "columns = [\n" + COLUMN, 1)
    assert widened != deals
    for name, workbook, header in (
        ("a_shop", 'like = "b2b"\n', 'number = { ru = "Чек №", kk = "Чек №", en = "Receipt no." }'),
        ("a_wide", DEALS + widened, 'branch = { ru = "Филиал", kk = "Филиал", en = "Branch" }'),
    ):
        folder = root / name
        folder.mkdir()
        (folder / "workbook.toml").write_text(workbook, encoding="utf-8")
        (folder / "payroll.toml").write_text('like = "b2b"\n', encoding="utf-8")
        (folder / "names.toml").write_text(f"[header.deals]\n{header}\n", encoding="utf-8")
        rules = (root / "b2b/rulebook.toml").read_text(encoding="utf-8")
        (folder / "rulebook.toml").write_text(rules.replace('"b2b"', f'"{name}"', 1), encoding="utf-8")
    with loading.templates_at(root):
        yield


def rules_of(path, template=None):
    """The rules that a file without rules of its own is scored by: those of its template."""
    book = openpyxl.load_workbook(path)
    title = loading.load("b2b", "en").layout.workbook.tab("rules").title
    book[title].delete_rows(2, book[title].max_row)
    book.save(path)
    return score_file(path, MONTH, AFTER, template=template).results.rulebook.split()[0]


@pytest.mark.parametrize("template", ["a_shop", "a_wide", *loading.names()])
def test_a_file_is_known_as_its_template_by_its_headers(beside_b2b, tmp_path, template):
    path = tmp_path / "kpi.xlsx"
    export_template(template, path, language="en")
    assert rules_of(path) == template


def test_the_template_that_is_named_holds_whatever_the_headers_say(beside_b2b, tmp_path):
    path = tmp_path / "kpi.xlsx"
    export_template("b2b", path, language="en")
    assert rules_of(path, "a_shop") == "a_shop"


def test_an_unknown_template_is_refused_with_those_that_there_are(tmp_path):
    path = tmp_path / "kpi.xlsx"
    export_template("b2b", path)
    with tells(RefusedError, "Шаблона «b9» нет") as refused:
        score_file(path, MONTH, AFTER, template="b9")
    assert remedy_of(refused) == f"Есть шаблоны: {', '.join(loading.names())}."
