"""The forecast on small histories worked out by hand: flat months have nothing to be unsure of."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from kpi_rules.deciding import decide
from kpi_rules.frames import deals_frame, discipline_frame, reports_frame
from kpi_rules.inputs import Employment, MonthInputs, PastMonth, Role, Settings
from kpi_rules.kazakhstan import working_calendar
from kpi_rules.periods import Month
from templates.loading import load

MONTH = Month(2026, 10)
CALENDAR = working_calendar([2026])
NOON = datetime(2026, 10, 12, 6, tzinfo=UTC)


def month(daily_tiyn, past_tiyn=None, **changes):
    """A manager with the same revenue on each working day up to the 9th, and such months before."""
    days = [day for day in CALENDAR.working_days(MONTH.first_on, MONTH.last_on, 5) if day.day <= 9]
    rows = [
        {"number": str(day.day), "code": "M01", "status": "deal", "amount_tiyn": daily_tiyn}
        | {"paid_on": datetime.combine(day, datetime.min.time())}
        | {"arrived_at": datetime.combine(day, datetime.min.time())}
        for day in days
    ]
    history = []
    for back in (3, 2, 1) if past_tiyn else ():
        before = MONTH.plus(-back)
        worked = CALENDAR.working_days(before.first_on, before.last_on, 5)
        history.append(PastMonth(before, tuple(("M01", day, past_tiyn) for day in worked), ()))
    inputs = MonthInputs(
        month=MONTH,
        staff=(Employment("M01", "A", "", Role.MANAGER, date(2026, 1, 1), None, 5),),
        plan=(),
        deals=deals_frame(rows),
        reports=reports_frame(),
        discipline=discipline_frame(),
        absences=(),
        settings=Settings(),
        decisions=(),
        rulebook=load("b2b", "ru").rulebook,
        calendar=CALENDAR,
        history=tuple(history),
    )
    return replace(inputs, **changes)


def forecasts(inputs, at=NOON):
    return {found.code: found for found in decide(inputs, at, final=False).forecast}


@pytest.mark.parametrize("past", [None, 100_000_00])
def test_the_same_revenue_every_working_day_goes_on_so(past):
    # 7 of 21 working days are over, each with 100 000 ₸.
    for code in (None, "M01"):
        found = forecasts(month(100_000_00, past))[code]
        assert found.expected_tiyn == pytest.approx(2_100_000_00, abs=1)
        assert found.low_tiyn == pytest.approx(2_100_000_00, abs=100)


def test_a_month_that_differs_from_those_before_lies_between_both():
    found = forecasts(month(100_000_00, 200_000_00))["M01"]
    assert 2_100_000_00 < found.expected_tiyn < 700_000_00 + 14 * 200_000_00
    assert found.low_tiyn < found.expected_tiyn < found.high_tiyn


def test_revenue_that_is_made_is_never_forecast_away():
    inputs = month(100_000_00)
    extra = {"row": 99, "number": "x", "code": "M01", "status": "deal", "amount_tiyn": 90_000_000_00}
    extra |= {
        "paid_on": datetime.fromisoformat("2026-10-12"),
        "arrived_at": datetime.fromisoformat("2026-10-12"),
    }
    rows = inputs.deals.to_dict("records")
    named = [
        {
            k: v
            for k, v in row.items()
            if k in {"row", "number", "code", "status", "amount_tiyn", "paid_on", "arrived_at"}
        }
        for row in rows
    ]
    found = forecasts(replace(inputs, deals=deals_frame([*named, extra])))["M01"]
    assert found.low_tiyn >= 90_700_000_00


def test_nothing_is_forecast_on_the_first_day_or_after_the_month():
    assert forecasts(month(1), datetime(2026, 10, 1, 6, tzinfo=UTC)) == {}
    assert forecasts(month(1), datetime(2026, 11, 1, 6, tzinfo=UTC)) == {}
