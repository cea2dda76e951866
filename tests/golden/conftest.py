"""Months built from plain values, for cases written by hand."""

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, time
from fractions import Fraction

import pytest

from kpi_rules.deciding.month import decide
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import Employment, MonthInputs, PlanRow
from kpi_rules.measures.catalogue import MEASURES
from kpi_rules.measures.grains import Grain
from kpi_rules.measures.marks import ALL_MARKS
from kpi_rules.measures.targets import TARGETS
from kpi_rules.records import form_1_tabs
from kpi_rules.rulebook.model import Role
from kpi_rules.rulebook.versions import load
from kpi_rules.time.kazakhstan import working_calendar
from kpi_rules.time.periods import Month
from kpi_rules.time.settings import Settings

MARKS = form_1_tabs.MARKS.marks_of(ALL_MARKS)
OCTOBER = Month(2026, 10)
CALENDAR = working_calendar([2025, 2026])
AFTER = datetime(2026, 11, 6, tzinfo=UTC)
TENGE = 100
SEPTEMBER_AT, OCTOBER_AT, PAID_ON = (
    datetime.fromisoformat(text) for text in ("2026-09-01T10:00", "2026-10-01T10:00", "2026-10-15")
)


def kpi(role, measure, group, scoring, weight, **more):
    form = {"role": role, "id": measure, "measure": measure, "group": group, "scoring": scoring}
    return {**form, "weight_percent": weight, **more}


B2B = {
    "name": "b2b",
    "from_month": "2026-01",
    "kpis": [
        kpi("manager", "plan_completion", "result", "ratio", 40),
        kpi("manager", "conversion", "process", "ratio", 20),
        kpi("manager", "average_deal", "process", "ratio", 20),
        kpi("manager", "discipline", "discipline", "share", 20),
        kpi("head", "plan_completion", "result", "ratio", 40),
        kpi("head", "conversion", "process", "ratio", 20),
        kpi("head", "response_minutes", "process", "inverse", 20),
        kpi("head", "discipline", "discipline", "share", 20),
    ],
    "bands": [
        {"from_percent": 80, "id": "full", "coefficient_percent": 100},
        {"from_percent": 70, "id": "reduced", "coefficient_percent": 50},
        {"from_percent": 0, "id": "base", "coefficient_percent": 0},
    ],
}


class Build:
    """Builds frames, people, plans and months of October 2026 (21 working days of a five-day week)."""

    month = OCTOBER
    calendar = CALENDAR
    after = AFTER
    b2b_form = B2B

    @staticmethod
    def rulebook(**changes):
        return load({**B2B, **changes})

    @staticmethod
    def manager(code="M01", **changes):
        person = Employment(code, f"Имя {code}", f"{code}@x.kz", Role.MANAGER, date(2025, 1, 1), None, 5)
        return replace(person, **changes)

    @staticmethod
    def head(code="H01", **changes):
        return replace(Build.manager(code), role=Role.HEAD, **changes)

    @staticmethod
    def plan(code="M01", revenue=5_000_000, conversion="1/4", average=150_000, response=15, **more):
        targets = {
            "revenue_tiyn": None if revenue is None else revenue * TENGE,
            "conversion_fraction": None if conversion is None else Fraction(conversion),
            "average_deal_tiyn": None if average is None else average * TENGE,
            "response_minutes": None if response is None else Fraction(response),
        }
        targets |= {name: more.pop(name) for name in list(more) if name in TARGETS}
        entered = {name: value for name, value in targets.items() if value is not None}
        return replace(PlanRow(OCTOBER, code, entered), **more)

    @staticmethod
    def sales(code="M01", deals=0, revenue=0, leads=0, prefix=""):
        """So many paid deals that bring so much in all (₸), and leads of the month in all, answered in 10 min."""
        rows = []
        for index in range(max(deals, leads)):
            row = {"number": f"{prefix}{code}-{index}", "code": code, "status": "lost"}
            # What is not a lead of October arrived in September.
            arrived = OCTOBER_AT if index < leads else SEPTEMBER_AT
            row |= {"arrived_at": arrived, "answered_at": arrived.replace(minute=10)}
            if index < deals:
                share, rest = divmod(revenue * TENGE, deals)
                row |= {"status": "deal", "amount_tiyn": share + (rest if index == 0 else 0)}
                row |= {"paid_on": PAID_ON}
            rows.append(row)
        return rows

    @staticmethod
    def marks(code="M01", yes=20, total=20, days=None):
        """Marks of every working day; of the first `total` marks of «Скрипт» so many are 'да'. Others н/п."""
        worked = days or CALENDAR.working_days(OCTOBER.first_on, OCTOBER.last_on, 5)
        rows = []
        for index, day in enumerate(worked):
            row = {"code": code, "on": datetime.combine(day, time())} | dict.fromkeys(MARKS, "na")
            if index < total:
                row["script"] = "yes" if index < yes else "no"
            rows.append(row)
        return rows

    @staticmethod
    def inputs(staff, plan, deals=(), marks=(), reports=(), rulebook=None, **more):
        def numbered(rows):
            return [{"row": index, **row} for index, row in enumerate(rows, start=2)]

        rulebook = rulebook or Build.rulebook()
        # A row per lead, or per employee and day: the other kind of client has no such tab.
        rows = numbered(deals if rulebook.grain is Grain.LEAD else reports)
        return MonthInputs(
            month=OCTOBER,
            staff=tuple(staff),
            plan=tuple(plan),
            facts=FactFrame.of(form_1_tabs.FACTS[rulebook.grain], rows),
            marks=FactFrame.of(form_1_tabs.MARKS, numbered(marks)),
            absences=tuple(more.pop("absences", ())),
            settings=Settings(),
            decisions=tuple(more.pop("decisions", ())),
            rulebook=rulebook,
            calendar=CALENDAR,
            **more,
        )

    @staticmethod
    def decide(inputs, as_of_at=AFTER, *, final=True):
        return decide(inputs, as_of_at, final=final, measures=MEASURES)

    @staticmethod
    def card(results, code="M01"):
        return next(employee for employee in results.employees if employee.code == code)

    @staticmethod
    def points(card):
        return {result.kpi.id: result.points for result in card.kpis}

    @staticmethod
    def toml(text):
        return tomllib.loads(text)


@pytest.fixture
def build():
    return Build
