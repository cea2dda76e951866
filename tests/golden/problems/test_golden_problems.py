"""Broken input, one kind a file: the exact words that a person then reads.

A file gives the rows of some tabs («rows» below the headers, or «tabs» with the headers), the tabs that are
gone, and every problem with its place. All other tabs are clean. With a «month» the problems are those of
reading and of scoring that month once it is over; «today» adds those of dates that lie ahead; «template» is the
kind of client. Files in the folders «kk» and «en» are of workbooks in these languages.
"""

from datetime import UTC, datetime

import pytest

from kpi_rules.checks.workbook import check_workbook
from kpi_rules.deciding.month import decide
from kpi_rules.facts.inputs import PayrollInputs
from kpi_rules.facts.selection import select_month
from kpi_rules.time.kazakhstan import working_calendar
from kpi_rules.time.periods import Month
from sheets_sync.reading.books import parse_workbook
from tests.golden.problems.broken_books import FILES, HERE, case_and_template, raw_book


def plainly(sentence):
    """Write the spaces within numbers as the files do."""
    return sentence.replace("\N{NO-BREAK SPACE}", " ")


def scored(found, month, rulebook):
    """All problems of a month that is over."""
    calendar = working_calendar((2026, 2027))
    inputs = select_month(found.inputs, PayrollInputs(), Month.parse(month), rulebook, calendar)
    return decide(inputs, datetime(2027, 1, 1, tzinfo=UTC), final=True, problems=found.problems).problems


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(HERE)))
def test_each_mistake_is_named_with_its_place_and_its_remedy(file):
    case, template = case_and_template(file)
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
