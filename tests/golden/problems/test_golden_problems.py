"""Broken input, one kind a file: the exact words that a person then reads.

A file gives the rows of some tabs («rows» below the headers, or «tabs» with the headers), the tabs that are
gone, and every problem with its place. All other tabs are clean.
"""

import tomllib
from pathlib import Path

import pytest

from kpi_rules.inputs import Settings
from sheets_sync.cells import RawBook
from sheets_sync.first_rows import rule_rows, setting_rows
from sheets_sync.reading import parse_workbook
from templates.loading import load

TEMPLATE = load("b2b", "ru")
BOOK = TEMPLATE.layout.workbook
STAFF = [
    ["M01", "Алёна Ким", "", "менеджер", 45659, "", 5],
    ["M02", "Иван Петров", "", "менеджер", 45659, "", 5],
    ["M03", "Ержан Ахметов", "", "менеджер", 45659, "", 5],
    ["M04", "Ержан Ахметов", "", "менеджер", 45659, "", 6],
    ["H1", "Сауле Омарова", "", "РОП", 45659, "", 5],
]


def plain(cells):
    return [[cell.value for cell in row] for row in cells]


def raw_book(case):
    rows = {
        "staff": STAFF,
        "rules": plain(rule_rows(BOOK.tab("rules"), TEMPLATE.rulebook)),
        "settings": plain(setting_rows(BOOK.tab("settings"), Settings(), TEMPLATE.texts)),
        **case.get("rows", {}),
    }
    clean = {
        tab.key: [[column.header for column in tab.columns], *rows.get(tab.key, [])] for tab in BOOK.inputs()
    }
    missing = frozenset(case.get("missing", []))
    tabs = {key: cells for key, cells in (clean | case.get("tabs", {})).items() if key not in missing}
    return RawBook(tabs, missing=missing)


@pytest.mark.parametrize("file", sorted(Path(__file__).parent.glob("*.toml")), ids=lambda file: file.stem)
def test_each_mistake_is_named_with_its_place_and_its_remedy(file):
    case = tomllib.loads(file.read_text(encoding="utf-8"))
    found = parse_workbook(raw_book(case), BOOK, TEMPLATE.rulebook)
    told = [
        {
            "severity": problem.severity.value,
            "at": " ".join(found.located.address(problem.place)).strip(),
            "what": TEMPLATE.texts.what(problem),
            "fix": TEMPLATE.texts.fix(problem),
        }
        for problem in found.problems
    ]
    by_place = [
        sorted(problems, key=lambda problem: (problem["at"], problem["what"]))
        for problems in (told, case["problem"])
    ]
    assert by_place[0] == by_place[1]
