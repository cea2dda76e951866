"""The rules and their naive second reading agree on random months, to the last digit."""

import importlib.util
import json
import os
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi_rules.deciding import decide
from kpi_rules.frames import deals_frame, discipline_frame, reports_frame
from kpi_rules.inputs import MARKS, Absence, Employment, MonthInputs, PlanRow, Role, Settings
from kpi_rules.kazakhstan import working_calendar
from kpi_rules.periods import Month
from kpi_rules.records import inputs_record
from templates.loading import load

_spec = importlib.util.spec_from_file_location("naive_recount", Path(__file__).with_name("naive.py"))
naive = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(naive)

EXAMPLES = int(os.environ.get("RECOUNT_EXAMPLES", "150"))
"""2,000 are run by hand before a release: `RECOUNT_EXAMPLES=2000`."""

MONTH = Month(2026, 10)
CALENDAR = working_calendar([2026])
RULEBOOK = load("b2b", "ru").rulebook
AFTER = datetime(2026, 11, 9, tzinfo=UTC)
CODES = ("M01", "M02", "H01")
october = st.dates(MONTH.first_on, MONTH.last_on)
moments = st.datetimes(datetime.fromisoformat("2026-09-25"), datetime.fromisoformat("2026-11-04")).map(
    lambda moment: moment.replace(microsecond=0)
)


@st.composite
def deals(draw):
    rows = []
    for index in range(draw(st.integers(0, 14))):
        arrived = draw(moments)
        row = {"number": str(index), "code": draw(st.sampled_from((*CODES, "M09"))), "arrived_at": arrived}
        row["status"] = draw(st.sampled_from(["new", "in_progress", "deal", "deal", "lost"]))
        if draw(st.booleans()):
            row["answered_at"] = arrived + timedelta(seconds=draw(st.integers(0, 400_000)))
        if row["status"] == "deal":
            row["amount_tiyn"] = draw(st.integers(1, 10**9) | st.integers(-(10**8), -1))
            row["paid_on"] = datetime.combine(draw(moments).date(), time())
        rows.append(row)
    return rows


@st.composite
def staff(draw):
    people = [Employment("M09", "gone", "", Role.MANAGER, date(2026, 1, 1), date(2026, 9, 15), 5)]
    for code in CODES:
        hired = draw(st.sampled_from([date(2026, 1, 1), date(2026, 10, 7), date(2026, 10, 31)]))
        left = draw(st.sampled_from([None, None, date(2026, 10, 20)]))
        role = Role.HEAD if code == "H01" else Role.MANAGER
        people.append(
            Employment(code, code, "", role, min(hired, left or hired), left, draw(st.sampled_from([5, 6])))
        )
    return tuple(people)


@st.composite
def months(draw):
    marks = [
        {"code": code, "on": datetime.combine(day, time())}
        | {
            mark: draw(st.sampled_from(["yes", "no", "na", None]))
            for mark in draw(st.sampled_from([MARKS[:1], MARKS[2:4]]))
        }
        for code in CODES
        for day in MONTH.days()
        if day.day % 9 or draw(st.booleans())
    ]
    plan = tuple(
        PlanRow(
            MONTH,
            code,
            draw(st.integers(1, 10**10)),
            Fraction(draw(st.integers(1, 99)), 100),
            draw(st.integers(1, 10**9)),
            draw(st.none() | st.integers(0, 9)),
            draw(st.none() | st.integers(1, 600).map(lambda sevenths: Fraction(sevenths, 7))),
        )
        for code in CODES[:2]
    )
    away = draw(st.lists(st.tuples(st.sampled_from(CODES), october, st.integers(0, 9)), max_size=3))
    return MonthInputs(
        month=MONTH,
        staff=draw(staff()),
        plan=plan,
        deals=deals_frame(draw(deals())),
        reports=reports_frame(),
        discipline=discipline_frame(marks),
        absences=tuple(Absence(code, start, start + timedelta(days=days)) for code, start, days in away),
        settings=Settings(),
        decisions=(),
        rulebook=RULEBOOK,
        calendar=CALENDAR,
    )


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(months())
def test_the_rules_and_the_naive_recount_agree(inputs):
    recount = naive.Month(json.loads(json.dumps(inputs_record(inputs))))
    for employee in decide(inputs, AFTER, final=True).employees:
        count = recount.head if employee.role is Role.HEAD else recount.employee
        points, score = count(employee.code)
        assert employee.score == score, employee.code
        assert {k.kpi.id: k.points for k in employee.kpis if k.points is not None} == points
        if score is not None:
            assert (employee.score_percent, employee.band.id) == recount.band(score)
