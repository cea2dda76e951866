"""Broken input, one kind a file: the exact words that a person then reads.

A file gives the rows of some tabs («rows» below the headers, or «tabs» with the headers), the tabs that are
gone, and every problem with its place. All other tabs are clean. With a «month» the problems are those of
reading and of scoring that month once it is over; «today» adds those of dates that lie ahead; «template» is the
kind of client. Files in the folders «kk» and «en» are of workbooks in these languages.
"""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kpi_rules.checks.workbook import check_workbook
from kpi_rules.deciding.month import decide
from kpi_rules.facts.inputs import PayrollInputs
from kpi_rules.facts.selection import select_month
from kpi_rules.time.kazakhstan import working_calendar
from kpi_rules.time.periods import Month
from kpi_rules.time.settings import Settings
from sheets_sync.building.first_rows import rule_rows, setting_rows
from sheets_sync.reading.books import parse_workbook
from sheets_sync.reading.cells import RawBook
from templates.loading import load

HERE = Path(__file__).parent
STAFF = [
    ["M01", "Алёна Ким", "", "менеджер", 45659, "", 5],
    ["M02", "Иван Петров", "", "менеджер", 45659, "", 5],
    ["M03", "Ержан Ахметов", "", "менеджер", 45659, "", 5],
    ["M04", "Ержан Ахметов", "", "менеджер", 45659, "", 6],
    ["H1", "Сауле Омарова", "", "РОП", 45659, "", 5],
]


def plainly(sentence):
    """Write the spaces within numbers as the files do."""
    return sentence.replace("\N{NO-BREAK SPACE}", " ")


def plain(cells):
    return [[cell.value for cell in row] for row in cells]


def staff_rows(roles):
    """The staff, with the words of the file's language for their roles."""
    words = {"менеджер": roles["manager"], "РОП": roles["head"]}
    return [[words.get(cell, cell) for cell in row] for row in STAFF]


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
    clean = {
        tab.key: [[column.header for column in tab.columns], *rows.get(tab.key, [])] for tab in book.inputs()
    }
    missing = frozenset(case.get("missing", []))
    tabs = {key: cells for key, cells in (clean | case.get("tabs", {})).items() if key not in missing}
    return RawBook(tabs, missing=missing)


def scored(found, month, rulebook):
    """All problems of a month that is over."""
    calendar = working_calendar((2026, 2027))
    inputs = select_month(found.inputs, PayrollInputs(), Month.parse(month), rulebook, calendar)
    return decide(inputs, datetime(2027, 1, 1, tzinfo=UTC), final=True, problems=found.problems).problems


@pytest.mark.parametrize("file", sorted(HERE.rglob("*.toml")), ids=lambda file: str(file.relative_to(HERE)))
def test_each_mistake_is_named_with_its_place_and_its_remedy(file):
    case = tomllib.loads(file.read_text(encoding="utf-8"))
    language = "ru" if file.parent == HERE else file.parent.name
    template = load(case.get("template", "b2b"), language)
    found = parse_workbook(raw_book(case, template), template.layout.workbook, template.rulebook)
    problems = scored(found, case["month"], template.rulebook) if "month" in case else found.problems
    if "today" in case:
        today = datetime.fromisoformat(case["today"])
        problems = (*problems, *check_workbook(found.inputs, PayrollInputs(), today))
    told = [
        {
            "severity": problem.severity.value,
            "at": " ".join(found.located.address(problem.place)).strip(),
            "what": plainly(template.texts.what(problem)),
            "fix": plainly(template.texts.fix(problem)),
        }
        for problem in problems
    ]
    by_place = [
        sorted(problems, key=lambda problem: (problem["at"], problem["what"]))
        for problems in (told, case["problem"])
    ]
    assert by_place[0] == by_place[1]
