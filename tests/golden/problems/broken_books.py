"""The broken workbooks of this folder, put together from their files: clean tabs, and the rows that are broken."""

import tomllib
from pathlib import Path

from kpi_rules.time.settings import Settings
from sheets_sync.building.entry_tabs import rule_rows, setting_rows
from sheets_sync.reading.cells import RawBook
from templates.loading import load
from tests.released import headers, later_headers

HERE = Path(__file__).parent
STAFF = [
    ["M01", "Алёна Ким", "", "менеджер", 45659, "", 5],
    ["M02", "Иван Петров", "", "менеджер", 45659, "", 5],
    ["M03", "Ержан Ахметов", "", "менеджер", 45659, "", 5],
    ["M04", "Ержан Ахметов", "", "менеджер", 45659, "", 6],
    ["H1", "Сауле Омарова", "", "РОП", 45659, "", 5],
]


def plain(cells):
    return [[cell.value for cell in row] for row in cells]


def staff_rows(roles):
    """The staff, with the words of the file's language for their roles."""
    words = {"менеджер": roles["manager"], "РОП": roles["head"]}
    return [[words.get(cell, cell) for cell in row] for row in STAFF]


def with_later(tab, cells):
    """A tab that was broken in its first layout, and upgraded: what came later stands to the right."""
    is_header = cells and {column.header for column in tab.columns}.intersection(cells[0])
    return [[*cells[0], *later_headers(tab)], *cells[1:]] if is_header else cells


def raw_book(case, template):
    book = template.layout.workbook
    rows = {
        "staff": staff_rows(book.tab("staff").column("role").choices),
        "rules": plain(rule_rows(book.tab("rules"), template.rulebook)),
        "settings": plain(
            setting_rows(book.tab("settings"), Settings(language=book.language), template.texts)
        ),
        **case.get("rows", {}),
    }
    clean = {tab.key: [headers(tab), *rows.get(tab.key, [])] for tab in book.inputs()}
    given = {key: with_later(book.tab(key), cells) for key, cells in case.get("tabs", {}).items()}
    missing = frozenset(case.get("missing", []))
    tabs = {key: cells for key, cells in (clean | given).items() if key not in missing}
    return RawBook(tabs, missing=missing)


def case_and_template(file):
    """The case of a file, and the template in the language of its folder."""
    case = tomllib.loads(file.read_text(encoding="utf-8"))
    language = "ru" if file.parent == HERE else file.parent.name
    return case, load(case.get("template", "b2b"), language, options=case.get("options", ()))


FILES = sorted(HERE.rglob("*.toml"))
