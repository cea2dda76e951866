"""The rules and their naive second reading agree on random months, to the last digit and the last tenge."""

import json
import os
from datetime import UTC, datetime
from fractions import Fraction

from hypothesis import HealthCheck, given, seed, settings

from kpi_rules.cards.payouts import pay
from kpi_rules.deciding.month import decide
from kpi_rules.facts.inputs import PayrollInputs, WorkbookInputs
from kpi_rules.facts.selection import select_month
from kpi_rules.measures.catalogue import MEASURES
from kpi_rules.measures.facts import State
from kpi_rules.records.months import corrections_record, inputs_record, salaries_record
from kpi_rules.rulebook.model import Role
from kpi_rules.time.periods import ALMATY
from tests.golden.recount import naive, naive_pay
from tests.golden.recount.naive_deals import NO_DATA
from tests.golden.recount.naive_facts import COUNTS
from tests.golden.recount.random_deals import moments
from tests.golden.recount.random_months import carried, corrections, months, paid_before, salaries

EXAMPLES = int(os.environ.get("RECOUNT_EXAMPLES", "100"))
SEED = int(os.environ.get("RECOUNT_SEED", "20261130"))
"""The same months each time; long runs by hand give other seeds and more examples."""
AFTER = datetime(2026, 11, 9, tzinfo=UTC)


def plain(record):
    """The record as anybody reads it from a file."""
    return json.loads(json.dumps(record))


def compare_scores(inputs, now=None):
    record = plain(inputs_record(inputs))
    recount = naive.Month(record, now)
    as_of_at = AFTER if now is None else now.replace(tzinfo=ALMATY)
    results = decide(selected(inputs), as_of_at, final=now is None, measures=MEASURES)
    bands = {}
    for employee in results.employees:
        count = recount.head if employee.role is Role.HEAD else recount.employee
        points, score, ends = count(employee.code)
        assert {k.kpi.id: k.points for k in employee.kpis if k.points is not None} == points, employee.code
        assert (employee.score, employee.preliminary) == (score, ends is not None), employee.code
        if employee.role is not Role.HEAD:
            assert told(employee.diagnosis) == recount.causes_of(employee.code), employee.code
        if isinstance(ends, tuple):
            if band := compare_known(employee, points, ends, recount):
                bands[employee.code] = band
        else:
            assert employee.known is None
        if score is not None:
            rounded, bands[employee.code] = recount.band(score)
            assert (employee.score_percent, employee.band.id) == (rounded, bands[employee.code]["id"])
    assert told(results.team.diagnosis) == recount.causes_of_team()
    return recount, results, bands


def selected(inputs):
    """The month as it is taken out of books that hold more than it."""
    books = WorkbookInputs(
        inputs.staff,
        inputs.plan,
        inputs.facts,
        inputs.marks,
        inputs.absences,
        inputs.settings,
        (),
        (inputs.rulebook,),
        inputs.payments,
        values=inputs.values,
    )
    decisions = PayrollInputs(decisions=inputs.decisions, percents=inputs.percents)
    return select_month(books, decisions, inputs.month, inputs.rulebook, inputs.calendar, inputs.parts_before)


def told(diagnosis):
    """The gap and its parts."""
    return diagnosis and (diagnosis.gap_tiyn, {part.id: part.amount_tiyn for part in diagnosis.parts})


def compare_known(employee, points, ends, recount):
    known, (low, high) = employee.known, ends
    assert (known.points, known.low, known.high) == (sum(points.values()), low, high), employee.code
    at_low, at_high = (recount.band(end)[1] for end in ends)
    certain = at_low if at_low == at_high else None
    assert (employee.band and employee.band.id) == (certain and certain["id"])
    unknown = [k for k in employee.kpis if k.state is State.NO_DATA]
    assert known.weight_percent == 100 - sum(k.effective_weight_percent for k in unknown)
    return certain


def compare_pay(inputs, rows, wanted, paid, carried_in):
    recount, results, bands = compare_scores(inputs)
    payroll, _ = pay(results, selected(inputs), rows, wanted, paid, carried_in)
    known = {stint["code"] for stint in recount.record["staff"]}
    month = str(inputs.month)
    due = naive_pay.due(plain(corrections_record(wanted)), paid, month, known)
    lines = {line.code: line for line in payroll.lines}
    employed = {code for code in known if recount.stints(code)}
    assert payroll.vat == recount.settings.get("vat", "")
    assert set(lines) == employed | {row["code"] for row in due} | set(carried_in)
    roles = {stint["code"]: stint["role"] for stint in recount.record["staff"]}
    for code, line in lines.items():
        salary = (
            naive_pay.salary_of(code, roles[code], plain(salaries_record(rows)), month)
            if code in employed
            else None
        )
        own = [row for row in due if row["code"] == code]
        coefficient = Fraction(bands[code]["coefficient"]) if code in bands else Fraction(0)
        share = recount.worked(code)[1] if code in employed else Fraction(0)
        percent = percent_of(recount, code, roles[code], coefficient) if code in employed else 0
        expected = naive_pay.line(share, coefficient, salary, own, carried_in.get(code, 0), percent)
        found = (
            line.base_accrued_tiyn,
            line.variable_accrued_tiyn,
            line.percent_tiyn,
            line.carried_out_tiyn,
            line.total_tiyn,
        )
        assert found == expected, (code, found, expected)
        assert [paid.number for paid in line.corrections] == [row["number"] for row in own]
        assert line.total_tiyn >= line.base_accrued_tiyn


def percent_of(recount, code, role, coefficient):
    """The percent of sales, exact; 0 where the money is not told, or no day was worked."""
    steps = naive_pay.steps_of(code, role, recount.record.get("percents", []), recount.month)
    if not steps or not recount.worked(code)[0]:
        return 0
    targets, facts = recount.sold_by(code, role)
    counts = facts[COUNTS]
    if facts["revenue"] == NO_DATA or ("margin" in steps and "cost" in counts["unknown"]):
        return 0
    margin, plan = counts["revenue"] - counts["cost"], targets.get("revenue_tiyn")
    policy = recount.policies["percent_steps"]
    return naive_pay.percent(steps, counts["revenue"], margin, plan, coefficient, policy)


quiet = {"deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": True, "database": None}
pays = (months(), salaries(), corrections(), paid_before, carried)
running = moments.filter(lambda moment: moment.month == 10)


@seed(SEED)
@settings(max_examples=EXAMPLES, **quiet)
@given(*pays)
def test_scores_and_pay_agree_with_the_naive_recount(inputs, rows, wanted, paid, carried_in):
    compare_pay(inputs, rows, wanted, paid, carried_in)


@seed(SEED)
@settings(max_examples=max(EXAMPLES // 3, 1), **quiet)
@given(months(), running)
def test_a_running_month_agrees_with_the_naive_recount(inputs, now):
    compare_scores(inputs, now)
