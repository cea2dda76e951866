"""What-if, plan hints and signals: views beside the score, worked out by hand."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

from pandas import to_timedelta

from kpi_rules.cards.results import Signal
from kpi_rules.deciding.month import gather
from kpi_rules.deciding.whatif import what_if
from kpi_rules.facts.inputs import Salary
from kpi_rules.facts.pandas_frames import from_pandas, to_pandas
from kpi_rules.facts.row_history import SeenRow
from kpi_rules.outlook.plan_hints import percentile, plan_hints
from kpi_rules.register.conduct import fairness_signals, few_leads
from kpi_rules.time.periods import Month
from templates.loading import texts

PAY = (Salary("M01", Month(2026, 1), 0, 200_000_00, approved=False),)


def inputs_of(build, deals=25, revenue=3_500_000, leads=125, yes=16):
    rows = build.sales(deals=deals, revenue=revenue, leads=leads)
    return build.inputs([build.manager()], [build.plan()], rows, build.marks(yes=yes))


def test_what_if_says_old_and_new_score_and_pay_and_changes_nothing(build):
    inputs = inputs_of(build)
    bands = [dict(form) for form in build.b2b_form["bands"]]
    bands[0]["from_percent"] = 75
    (case,) = what_if(inputs, PAY, build.after, rulebook=build.rulebook(bands=bands))
    assert (case.old_score, case.new_score) == (Fraction(236, 3), Fraction(236, 3))
    assert (case.old_band, case.new_band, case.gain_tiyn) == ("reduced", "full", 100_000_00)
    (lower,) = what_if(inputs, PAY, build.after, plan=[build.plan(revenue=3_500_000)])
    assert lower.new_score == Fraction(236, 3) + 12
    assert inputs.rulebook == build.rulebook()


def test_hints_are_the_median_and_the_60th_percentile_of_full_months(build):
    history = [
        build.decide(inputs_of(build, revenue=revenue)) for revenue in (1_000_000, 2_000_000, 4_000_000)
    ]
    hints = {hint.measure: hint for hint in plan_hints(history)}
    assert (hints["revenue"].months, hints["revenue"].median) == (3, 2_000_000_00)
    # 0.6 × 2 = 1.2: a fifth of the way from the second to the third.
    assert hints["revenue"].ambitious == 2_400_000_00
    assert percentile([Fraction(5)], Fraction(3, 5)) == 5


def test_signals_say_what_was_seen(build):
    inputs = inputs_of(build)
    deals = to_pandas(inputs.facts)
    deals.loc[:5, "answered_at"] = deals.loc[:5, "arrived_at"]
    deals.loc[:6, "comment"] = "перезвонить"
    inputs = replace(inputs, facts=from_pandas(inputs.facts.tab, deals))
    last = date(2026, 10, 30)
    # A look on the eve did not show them.
    eve = date(2026, 10, 29)
    rows = [SeenRow(f"M01-{index}", "M01", last, last, entered_after_on=eve) for index in range(6)]
    rows.append(SeenRow("M01-20", "M01", None, None, (date(2026, 9, 30), date(2026, 10, 15))))
    seen = {row.key: row for row in rows}
    found = {signal.kind: signal.params["count"] for signal in fairness_signals(inputs, seen)}
    assert found == {
        "instant_answers": "6",
        "same_comments": "7",
        "entered_on_last_day": "6",
        "entered_late": "6",
        "payment_moved": "1",
        # Nobody else's answers say whether ten minutes each are usual.
        "same_minutes": "119",
    }
    assert all(f"signal.{kind}" in texts("ru") for kind in (*found, "few_leads"))


def test_leads_far_below_the_team_s_median_are_a_signal_where_others_say_that_they_are_hidden(build):
    rows = [
        row
        for code, leads in (("M01", 3), ("M02", 20), ("M03", 22))
        for row in build.sales(code, leads=leads)
    ]
    inputs = build.inputs([build.manager(code) for code in ("M01", "M02", "M03")], [], rows)
    facts = gather(inputs, build.after, final=True)
    # Few leads alone are the head's doing, or luck.
    assert few_leads(facts.workdays, facts.counts, (), ()) == []
    assert few_leads(facts.workdays, facts.counts, (Signal("first_seen_won", "M02", {}),), ["M03"]) == []
    for hidden in (((), ["M01"]), ([Signal("taken_out", "M01", {})], ())):
        (signal,) = few_leads(facts.workdays, facts.counts, *hidden)
        told = {"count": "1", "leads": "3", "usual": "20"}
        assert (signal.kind, signal.code, signal.params) == ("few_leads", "M01", told)


def test_an_honest_month_gives_no_signal(build):
    day = date(2026, 10, 15)
    seen = {"M01-1": SeenRow("M01-1", "M01", day, day, (day,))}
    inputs = inputs_of(build)
    deals = to_pandas(inputs.facts)
    deals["answered_at"] += to_timedelta(deals.index % 4, unit="m")
    assert fairness_signals(replace(inputs, facts=from_pandas(inputs.facts.tab, deals)), seen) == ()
