"""Answer times, and the same measures from a report a day, worked out by hand (behaviour §4)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction

from kpi_rules.facts.inputs import Decision, DecisionKind
from kpi_rules.measures.facts import State
from kpi_rules.time.periods import Month


def at(text):
    return datetime.fromisoformat(text)


def response(build, *leads, norm=15, now=None):
    rows = [
        {
            "number": str(i),
            "code": "M01",
            "status": "new",
            "arrived_at": at(arrived),
            "answered_at": answered and at(answered),
        }
        for i, (arrived, answered) in enumerate(leads)
    ]
    inputs = build.inputs([build.manager()], [build.plan(response=norm)], rows, build.marks())
    results = build.decide(inputs, now or build.after, final=now is None)
    return build.card(results).facts["response_minutes"].value


def test_response_time_counts_working_minutes(build):
    # Friday 17:50 to Monday 09:10 are 10 + 10 minutes; at night the clock starts at 09:00.
    assert response(build, ("2026-10-09T17:50", "2026-10-12T09:10")) == 20
    assert response(build, ("2026-10-12T22:00", "2026-10-13T09:07")) == 7
    # 26 October is off (for Sunday the 25th).
    assert response(build, ("2026-10-23T17:30", "2026-10-27T09:30")) == 60
    assert response(build, ("2026-10-12T10:00:00", "2026-10-12T10:00:30")) == Fraction(1, 2)


def test_the_median_of_an_even_count_is_the_mean_of_the_middle_two(build):
    day = "2026-10-12T10:"
    leads = [(f"{day}00", f"{day}{minute}") for minute in ("04", "10", "11", "50")]
    assert response(build, *leads) == Fraction(21, 2)


def test_an_unanswered_lead_enters_once_it_waits_longer_than_the_norm(build):
    now = datetime(2026, 10, 12, 5, 30, tzinfo=UTC)  # 10:30 in Almaty
    answered = ("2026-10-12T09:00", "2026-10-12T09:02")
    assert response(build, answered, ("2026-10-12T10:15", None), now=now) == 2
    assert response(build, answered, ("2026-10-12T10:14", None), now=now) == 9


def test_a_leavers_lead_waits_by_the_companys_week(build):
    staff = [build.manager(), build.head(), build.manager("L1", left_on=date(2026, 9, 30))]
    lead = {"status": "new", "arrived_at": at("2026-10-05T10:00")}
    rows = [
        lead | {"number": "1", "code": "M01", "answered_at": at("2026-10-05T11:00")},
        lead | {"number": "2", "code": "L1", "answered_at": at("2026-10-06T10:00")},
        lead | {"number": "3", "code": "L1", "answered_at": None},
    ]
    results = build.decide(build.inputs(staff, [build.plan()], rows, build.marks()))
    # 60 minutes; Monday 10:00 to Tuesday 10:00 are 540; to the end of October far more: the median is 540.
    assert build.card(results, "H01").facts["response_minutes"].value == 540
    assert build.card(results).facts["response_minutes"].value == 60


def reports_rulebook(build):
    kpis = [dict(form) for form in build.b2b_form["kpis"]]
    kpis[2] |= {"id": "response_minutes", "measure": "response_minutes", "scoring": "inverse"}
    return build.rulebook(kpis=kpis, inputs="reports", name="b2c")


def daily(build, skip=(), **changes):
    worked = build.calendar.working_days(build.month.first_on, build.month.last_on, 5)
    return [
        {"on": at(day.isoformat()), "code": "M01", "leads_received": 4, "leads_processed": 4, "deals": 1}
        | {"revenue_tiyn": 200_000_00, "response_seconds": 1200, "repeat_deals": 0, "cost_tiyn": 0}
        | changes
        for day in worked
        if day.day not in skip
    ]


def test_reports_give_the_same_measures(build):
    inputs = build.inputs(
        [build.manager()],
        [build.plan()],
        marks=build.marks(),
        reports=daily(build),
        rulebook=reports_rulebook(build),
    )
    card = build.card(build.decide(inputs))
    # 21 × 200 000 = 4 200 000 of 5 000 000; 21 of 84 leads; norm 15 min against 20.
    assert build.points(card) == {
        "plan_completion": Fraction("33.6"),
        "conversion": 20,
        "response_minutes": 15,
        "discipline": 20,
    }


def test_a_missing_report_is_no_data_until_it_is_decided(build):
    inputs = build.inputs(
        [build.manager()],
        [build.plan()],
        marks=build.marks(),
        reports=daily(build, skip={14}),
        rulebook=reports_rulebook(build),
    )
    results = build.decide(inputs)
    assert build.card(results).kpis[0].reason == "missing_reports"
    assert "reports_missing" in {problem.code for problem in results.problems if problem.blocks}
    for subject in ("2026-10-14", "14.10.2026", ""):
        said = Decision(Month(2026, 10), "M01", subject, DecisionKind.NO_SALES, "болел", approved=True)
        decided = build.decide(replace(inputs, decisions=(said,)))
        assert build.points(build.card(decided))["plan_completion"] == 32
        assert not build.card(decided).preliminary


def test_two_reports_of_a_day_block(build):
    rows = daily(build)
    inputs = build.inputs(
        [build.manager()],
        [build.plan()],
        marks=build.marks(),
        reports=[*rows, rows[3]],
        rulebook=reports_rulebook(build),
    )
    results = build.decide(inputs)
    assert build.card(results).kpis[0].state is State.NO_DATA
    assert [(p.code, p.place.row) for p in results.problems if p.blocks] == [
        ("report_twice", 5),
        ("report_twice", 23),
    ]
