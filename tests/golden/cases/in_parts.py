"""The base client with options for payments in parts and shared deals, and how to look at one month of it."""

from dataclasses import replace
from datetime import date, datetime

from kpi_rules.deciding.month import decide
from kpi_rules.facts.selection import select_month
from kpi_rules.time.periods import Month
from operations.facts.chain import parse_books
from operations.facts.held_months import calendar_around
from templates.loading import load
from tests.golden.cases import base

OCTOBER, NOVEMBER, DECEMBER = (Month(2026, month) for month in (10, 11, 12))
TENGE = 100
LATER = datetime(2027, 1, 20, tzinfo=base.AFTER.tzinfo)
ARRIVED = datetime(2026, 10, 5, 10)  # noqa: DTZ001 - a cell has no zone
ANSWERED = ARRIVED.replace(minute=10)
PAID = date(2026, 10, 20)
ROW = base.LEADS + 2
"""The sheet row of the further deal."""
FIRST, SECOND, BACK = (
    [900, PAID, 300_000],
    [900, date(2026, 11, 10), 600_000],
    [900, date(2026, 12, 3), -100_000],
)
"""Payments of the further deal in three months, the last one given back."""
_DEAL = {
    "number": 900,
    "arrived": ARRIVED,
    "code": "M1",
    "who": "ТОО Завод",
    "source": "Сайт",
    "answer": ANSWERED,
    "status": "Сделка",
    "amount": 900_000,
    "cost": 500_000,
    "paid": None,
    "repeat": False,
    "refusal": None,
    "comment": None,
    "second": None,
    "share": None,
}


def deal(**changes):
    """The further deal as a row of «Сделки», with some cells changed: № 900 of M1, 900 000 ₸, cost 500 000 ₸."""
    return list({**_DEAL, **changes}.values())


def client(*payments, deals=(), options=("payments", "shares")):
    """The base client with further deals and payments, and the same plan for each of the three months."""
    books = replace(base.leads(), template=load("b2b", "ru", options=options))
    plan = [[date(2026, month, 1), *row[1:]] for month in (10, 11, 12) for row in books.rows["plan"]]
    books = books.with_rows("plan", plan)
    if deals:
        books = books.more_rows("deals", *map(list, deals))
    return books.with_rows("payments", [list(payment) for payment in payments]) if payments else books


def parsed(books):
    """Both books as the chain reads them."""
    read = parse_books(books.raw(), books.template.layout, books.template.rulebook)
    return read.with_payroll(read.payroll_of(books.raw_payroll()))


def inputs_of(books, month=OCTOBER, parts_before=None, **changes):
    """One month as it is selected; `parts_before`: what the sealed months made of deals in parts."""
    read = parsed(books)
    rules = replace(read.rules_entered(month), **changes)
    calendar = calendar_around(month.year)
    return select_month(read.workbook.inputs, read.paid, month, rules, calendar, parts_before)


def decided(books, month=OCTOBER, problems=(), parts_before=None, **changes):
    """One month as a whole, with what its rules score and further measures; `changes` are of its rules."""
    read = parsed(books)
    given = (*read.workbook.problems, *problems)
    inputs = inputs_of(books, month, parts_before, **changes)
    asked = ("deals", "margin", "leads_processed")
    return decide(inputs, LATER, final=True, problems=given, measures=asked)


def facts(results, code="M1"):
    """Revenue in ₸, deals, average deal in ₸ (None where it does not apply); code None: the team's."""
    found = results.team.facts if code is None else base.card(results, code).facts
    average = found["average_deal"].value
    return (
        found["revenue"].value / TENGE,
        found["deals"].value,
        None if average is None else average / TENGE,
    )


def value(results, measure, code="M1"):
    """The value of one fact; code None: the team's."""
    found = results.team.facts if code is None else base.card(results, code).facts
    return found[measure].value


def blocking(results, *, but=frozenset({"marks_missing", "leads_not_entered"})):
    """What blocks: code, tab, sheet row, column; without what lacks because these clients stop after October."""
    return sorted(
        (problem.code, problem.place.tab, problem.place.row, problem.place.column)
        for problem in results.problems
        if problem.blocks and problem.code not in but
    )


def causes(results, code="M1"):
    """The parts of a gap in tiyn; code None: the team's."""
    found = results.team.diagnosis if code is None else base.card(results, code).diagnosis
    return {part.id: part.amount_tiyn for part in found.parts}
