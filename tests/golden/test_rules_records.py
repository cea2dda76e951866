"""A sealed month recomputes byte for byte from its record, whatever the order of the sheet's rows."""

import json
from dataclasses import replace
from datetime import datetime
from random import Random

import pytest
from pandas import NaT, concat

from kpi_rules.cards.payouts import pay
from kpi_rules.deciding.late_edits import EditKind, late_edits
from kpi_rules.deciding.month import decide
from kpi_rules.deciding.recounting import recompute
from kpi_rules.errors import NewerFormError
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import Correction, PayrollInputs, Salary, WorkbookInputs
from kpi_rules.facts.pandas_frames import from_pandas, to_pandas
from kpi_rules.facts.selection import select_month
from kpi_rules.problems import Place, blocking
from kpi_rules.records.form_1_tabs import LEADS
from kpi_rules.records.months import (
    inputs_from_record,
    inputs_record,
    month_record,
)
from kpi_rules.records.results import results_record
from kpi_rules.time.periods import Month


@pytest.fixture
def team(build):
    deals = build.sales("M01", deals=20, revenue=3_456_789, leads=100) + build.sales(
        "M02", deals=3, revenue=999_999, leads=7
    )
    deals.append(
        {
            "number": "odd",
            "code": "M02",
            "status": "deal",
            "paid_on": datetime.fromisoformat("2026-10-09"),
            "arrived_at": datetime.fromisoformat("2026-10-08T19:30"),
        }
    )
    deals.append(
        {
            "code": "M01",
            "status": "new",
            "arrived_at": datetime.fromisoformat("2026-10-29"),
            "arrived_without_time": True,
            "source": "=HYPERLINK()",
        }
    )
    return build.inputs(
        [build.manager("M01"), build.manager("M02", week_days=6), build.head()],
        [build.plan("M01"), build.plan("M02", revenue=1_000_001)],
        deals,
        build.marks("M01", yes=11) + build.marks("M02", yes=3),
    )


SALARIES = (
    Salary("M01", Month(2026, 1), 250_000_00, 200_000_00, approved=False),
    Salary("M02", Month(2026, 1), 250_000_00, 200_000_00, approved=False),
    Salary("H01", Month(2026, 1), 400_000_00, 300_000_00, approved=True),
)
CORRECTIONS = (Correction("K1", Month(2026, 9), "M01", -500_000_00, "ошибка", approved=True),)


def seal(build, inputs):
    results = build.decide(inputs)
    payroll, _ = pay(results, inputs, SALARIES, CORRECTIONS, frozenset({"K0"}), {"M02": -1_00})
    return month_record(inputs, results, payroll, SALARIES, CORRECTIONS, {"K0"}, {"M02": -1_00})


def as_bytes(record):
    return json.dumps(record, ensure_ascii=False, sort_keys=True).encode()


def test_the_record_alone_recomputes_the_same_bytes(build, team):
    record = json.loads(as_bytes(seal(build, team)))
    results, payroll = recompute(record)
    assert as_bytes(results) == as_bytes(record["results"])
    assert as_bytes(payroll) == as_bytes(record["payroll"])


def test_problems_of_reading_go_through_the_record_with_what_became_of_them(build, team):
    # The same unreadable text in a row of the month, in one of another month, and in one nobody can place.
    problems = [
        blocking("number_unreadable", Place("deals", row, "amount_tiyn"), value="abc")
        for row in (3, 900, None)
    ]
    results = decide(team, build.after, final=True, problems=problems)
    severities = [p.severity.value for p in results.problems if p.code == "number_unreadable"]
    assert severities == ["blocking", "warning", "blocking"]
    record = json.loads(as_bytes(month_record(team, results, None)))
    again, payroll = recompute(record)
    assert as_bytes(again) == as_bytes(record["results"])
    assert payroll is None


def test_the_record_holds_no_float(build, team):
    def floats(value):
        if isinstance(value, dict):
            return any(floats(part) for part in value.values())
        if isinstance(value, list):
            return any(floats(part) for part in value)
        return not isinstance(value, str | int | bool | None)

    assert not floats(seal(build, team))


def test_the_order_of_rows_does_not_matter(build, team):
    def shuffled(facts):
        frame = to_pandas(facts)
        order = Random(7).sample(range(len(frame)), len(frame))
        return from_pandas(facts.tab, frame.iloc[order].assign(row=range(2, len(frame) + 2)))

    other = replace(
        team,
        facts=shuffled(team.facts),
        marks=shuffled(team.marks),
        plan=team.plan[::-1],
        staff=team.staff[::-1],
    )
    assert as_bytes(seal(build, other)) == as_bytes(seal(build, team))


def test_inputs_are_read_back_without_loss(build, team):
    record = inputs_record(team)
    again = inputs_from_record(json.loads(as_bytes(record)))
    assert as_bytes(inputs_record(again)) == as_bytes(record)
    assert results_record(build.decide(again)) == results_record(build.decide(team))


def test_a_record_of_a_newer_program_is_refused(build, team):
    record = seal(build, team)
    for newer in ({"form": 3}, {"measures": [*record["measures"], "unheard_of"]}):
        with pytest.raises(NewerFormError, match="newer program"):
            recompute(record | newer)


def test_a_month_holds_the_facts_that_its_rules_score_or_a_page_shows_and_no_others(build, team):
    results = decide(team, build.after, final=True)
    record = month_record(team, results, None)
    assert record["measures"] == [
        "average_deal", "conversion", "crm", "discipline", "leads_received", "margin", "plan_completion",
        "repeat_share", "response_minutes", "revenue",
    ]  # fmt: skip
    cards = [*record["results"]["employees"], record["results"]["team"]]
    assert [sorted(card["facts"]) for card in cards] == [record["measures"]] * 4
    assert recompute(record) == (record["results"], None)


def workbook(team, deals):
    return WorkbookInputs(team.staff, team.plan, deals, team.marks, (), team.settings, (), (team.rulebook,))


def selected(build, team, deals):
    return select_month(workbook(team, deals), PayrollInputs(), build.month, team.rulebook, team.calendar)


def edited(team, number, **cells):
    deals = to_pandas(team.facts)
    for column, value in cells.items():
        deals.loc[deals["number"] == number, column] = value
    return from_pandas(LEADS, deals)


def test_an_untouched_workbook_has_no_late_edit(build, team):
    sealed = selected(build, team, team.facts)
    assert late_edits(sealed, workbook(team, team.facts), build.month) == []


@pytest.mark.parametrize(
    ("cells", "sealed", "present"),
    [
        ({"amount_tiyn": 1}, {"amount_tiyn": 17_283_945}, {"amount_tiyn": 1}),
        ({"code": "M02"}, {"code": "M01"}, {"code": "M02"}),
        (
            {"paid_on": datetime.fromisoformat("2026-11-02")},
            {"paid_on": "2026-10-15T00:00:00"},
            {"paid_on": "2026-11-02T00:00:00"},
        ),
    ],
)
def test_a_changed_cell_that_fed_the_month_is_a_late_edit(build, team, cells, sealed, present):
    inputs = selected(build, team, team.facts)
    (edit,) = late_edits(inputs, workbook(team, edited(team, "M01-1", **cells)), build.month)
    assert (edit.kind, edit.tab, edit.key, edit.code) == (EditKind.CHANGED, "deals", "M01-1", "M01")
    assert {name: edit.sealed[name] for name in sealed} == sealed
    assert {name: edit.present[name] for name in present} == present


def test_what_did_not_feed_the_month_is_no_late_edit(build, team):
    inputs = selected(build, team, team.facts)
    # A lead of October answered and paid in November, another comment, another source.
    deals = edited(
        team,
        "M01-50",
        status="deal",
        amount_tiyn=5_00,
        paid_on=datetime.fromisoformat("2026-11-03"),
        comment="х",
        source="y",
    )
    assert late_edits(inputs, workbook(team, deals), build.month) == []


def test_an_answer_is_compared_up_to_the_end_of_the_month(build, team):
    deals = edited(team, "M01-60", answered_at=None)
    inputs = selected(build, team, deals)
    later = edited(team, "M01-60", answered_at=datetime.fromisoformat("2026-11-01T09:00"))
    assert late_edits(inputs, workbook(team, later), build.month) == []
    earlier = edited(team, "M01-60", answered_at=datetime.fromisoformat("2026-10-31T09:00"))
    (edit,) = late_edits(inputs, workbook(team, earlier), build.month)
    assert edit.present == {"answered_at": "2026-10-31T09:00:00"}


def test_rows_added_and_removed_are_late_edits(build, team):
    inputs = selected(build, team, team.facts)
    removed = team.facts.chosen(team.facts.rows["number"] != "M01-3")
    (gone,) = late_edits(inputs, workbook(team, removed), build.month)
    assert (gone.kind, gone.key, gone.sealed["amount_tiyn"]) == (EditKind.REMOVED, "M01-3", 17_283_945)
    (come,) = late_edits(selected(build, team, removed), workbook(team, team.facts), build.month)
    assert (come.kind, come.key) == (EditKind.ADDED, "M01-3")


def with_row(facts, **cells):
    added = FactFrame.of(facts.tab, [{"row": 900, **cells}])
    return from_pandas(facts.tab, concat(map(to_pandas, (facts, added)), ignore_index=True))


def test_a_new_row_with_an_unreadable_date_is_no_late_edit_of_every_closed_month(build, team):
    inputs = selected(build, team, team.facts)
    new = {"number": "N1", "code": "M01", "status": "new", "bad_arrived_at": True}
    assert late_edits(inputs, workbook(team, with_row(team.facts, **new)), build.month) == []
    unpaid = new | {"number": None, "bad_arrived_at": False, "bad_paid_on": True}
    assert late_edits(inputs, workbook(team, with_row(team.facts, **unpaid)), build.month) == []
    # Without a day the row could be of any month; «M02» is in no key of the sealed days.
    marks = with_row(team.marks, code="M02", script="no", bad_on=True)
    book = replace(workbook(team, team.facts), marks=marks)
    assert late_edits(inputs, book, build.month) == []


def test_a_date_that_fed_the_month_and_can_not_be_read_any_more_is_a_late_edit(build, team):
    inputs = selected(build, team, team.facts)
    deals = edited(team, "M01-60", arrived_at=NaT, bad_arrived_at=True)
    (edit,) = late_edits(inputs, workbook(team, deals), build.month)
    assert (edit.kind, edit.key, edit.present["arrived_at"]) == (EditKind.CHANGED, "M01-60", None)
    # A lead of October that is not paid yet: what will stand in «Оплачено» is of no concern to October.
    deals = edited(team, "M01-60", bad_paid_on=True)
    assert late_edits(inputs, workbook(team, deals), build.month) == []


def test_a_misspelt_status_is_a_late_edit_only_of_the_month_of_the_payment(build, team):
    inputs = selected(build, team, team.facts)
    # M01-60 arrived in October and is not paid, M01-1 was paid in October.
    unpaid = edited(team, "M01-60", status=None, bad_status=True)
    assert late_edits(inputs, workbook(team, unpaid), build.month) == []
    paid = edited(team, "M01-1", status=None, bad_status=True)
    (edit,) = late_edits(inputs, workbook(team, paid), build.month)
    assert (edit.key, edit.sealed["status"], edit.present["status"]) == ("M01-1", "deal", None)
