"""The forecast on small histories worked out by hand: flat months have nothing to be unsure of."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from kpi_rules.cards.results import ForecastRecord
from kpi_rules.deciding.month import decide
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import Absence, Employment, MonthInputs, PastMonth, SourceCounts
from kpi_rules.records.form_1_tabs import DAYS, LEADS, MARKS
from kpi_rules.rulebook.model import Role
from kpi_rules.time.kazakhstan import working_calendar
from kpi_rules.time.periods import Month
from kpi_rules.time.settings import Settings
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
        facts=FactFrame.of(LEADS, rows),
        marks=FactFrame.of(MARKS),
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


def uneven(inputs, before=3):
    """Let the days of all months go up and down, so that a month's first days alone tell little."""
    history = tuple(
        PastMonth(
            past.month,
            tuple(
                (code, day, tiyn * (1 + place % 3))
                for place, (code, day, tiyn) in enumerate(past.revenue[: len(past.revenue) // 3 * 3])
            ),
            (),
        )
        for past in inputs.history[-before:]
    )
    return replace(inputs, history=history)


def test_a_month_that_differs_from_those_before_lies_between_both():
    # 100 000 ₸ a working day so far, 200 000 to 600 000 ₸ in the months before.
    for code in (None, "M01"):
        found = forecasts(uneven(month(100_000_00, 200_000_00)))[code]
        assert 2_100_000_00 < found.expected_tiyn < 700_000_00 + 14 * 400_000_00
        assert found.low_tiyn < found.expected_tiyn < found.high_tiyn


def test_the_record_counts_the_months_with_a_month_before_them():
    # Each month is like the one before, so that each forecast of one was right; the oldest has none before it.
    team = forecasts(month(100_000_00, 100_000_00))[None]
    assert team.record == ForecastRecord(months=2, inside=2, error_percent=0)
    assert forecasts(month(100_000_00))[None].record is None


def test_a_month_without_any_payment_breaks_the_history():
    inputs = month(100_000_00, 100_000_00)
    gap = replace(inputs, history=(inputs.history[0], inputs.history[2]))
    assert forecasts(gap)[None].record is None


def test_months_before_the_first_payment_are_no_history():
    # Leads of September were entered, its payments were not: the month stands as a first one.
    lead_only = PastMonth(MONTH.plus(-1), (), (SourceCounts(None, 10, 10, 0, 0),))
    found = forecasts(replace(month(100_000_00), history=(lead_only,)))
    assert found == forecasts(month(100_000_00))


def test_a_first_month_of_which_only_the_end_was_entered_is_no_history():
    late = PastMonth(MONTH.plus(-1), (("M01", date(2026, 9, 22), 100_000_00),), ())
    assert forecasts(replace(month(100_000_00), history=(late,))) == forecasts(month(100_000_00))


def test_figures_have_three_digits():
    found = forecasts(month(123_456_00))[None]
    assert found.expected_tiyn == 2_590_000_00  # 21 × 123 456 = 2 592 576


def test_who_is_away_for_the_rest_of_the_month_brings_nothing_more():
    away = Absence("M01", date(2026, 10, 12), date(2026, 10, 31))
    found = forecasts(month(100_000_00, 100_000_00, absences=(away,)))
    assert found["M01"].expected_tiyn == 700_000_00


def test_nothing_is_said_of_a_newcomer_without_a_sale():
    inputs = month(100_000_00)
    newcomer = Employment("M02", "B", "", Role.MANAGER, date(2026, 10, 1), None, 5)
    assert set(forecasts(replace(inputs, staff=(*inputs.staff, newcomer)))) == {None, "M01"}


def test_days_off_count_in_a_first_month_once_they_have_sold():
    # 7 working days of 21, or 11 calendar days of 31: a sale on a Saturday makes it the run rate by calendar days.
    inputs = month(100_000_00)
    saturday = datetime.fromisoformat("2026-10-10")
    extra = {"row": 99, "number": "x", "code": "M01", "status": "deal", "amount_tiyn": 400_000_00}
    sold = FactFrame.of(
        LEADS, [*_rows(inputs.facts.rows), extra | {"paid_on": saturday, "arrived_at": saturday}]
    )
    found = forecasts(replace(inputs, facts=sold))[None]
    assert found.expected_tiyn == 3_100_000_00  # 1 100 000 in 11 days


def _rows(deals):
    names = ("row", "number", "code", "status", "amount_tiyn", "paid_on", "arrived_at")
    return [dict(zip(names, row, strict=True)) for row in zip(*map(deals.plain, names), strict=True)]


def test_revenue_that_is_made_is_never_forecast_away():
    inputs = month(100_000_00)
    extra = {"row": 99, "number": "x", "code": "M01", "status": "deal", "amount_tiyn": 90_000_000_00}
    extra |= {
        "paid_on": datetime.fromisoformat("2026-10-12"),
        "arrived_at": datetime.fromisoformat("2026-10-12"),
    }
    found = forecasts(replace(inputs, facts=FactFrame.of(LEADS, [*_rows(inputs.facts.rows), extra])))["M01"]
    assert found.low_tiyn >= 90_700_000_00


def test_nothing_is_forecast_on_the_first_day_or_after_the_month():
    assert forecasts(month(1), datetime(2026, 10, 1, 6, tzinfo=UTC)) == {}
    assert forecasts(month(1), datetime(2026, 11, 1, 6, tzinfo=UTC)) == {}


def test_daily_reports_are_forecast_as_payments_are():
    days = [day for day in CALENDAR.working_days(MONTH.first_on, MONTH.last_on, 5) if day.day <= 9]
    rows = [
        {
            "row": day.day,
            "on": datetime.combine(day, datetime.min.time()),
            "code": "M01",
            "revenue_tiyn": 100_000_00,
        }
        for day in days
    ]
    inputs = month(100_000_00, rulebook=load("b2c", "ru").rulebook, facts=FactFrame.of(DAYS, rows))
    found = forecasts(inputs)
    assert found[None].expected_tiyn == found["M01"].expected_tiyn == 2_100_000_00


def test_one_sale_in_a_year_leaves_an_interval_about_what_is_expected():
    rare = tuple(
        PastMonth(
            MONTH.plus(-back), (("M01", MONTH.plus(-back).first_on, 9_000_000_00 if back == 2 else 1_00),), ()
        )
        for back in (3, 2, 1)
    )
    found = forecasts(replace(month(1_00), history=rare))["M01"]
    assert found.low_tiyn < found.expected_tiyn < found.high_tiyn
