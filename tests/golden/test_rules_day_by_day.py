"""Selection of a month, the funnel and the daily checklist, on small cases worked out by hand."""

from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from kpi_rules.deciding.month import decide, gather
from kpi_rules.facts.frames import FactFrame
from kpi_rules.facts.inputs import Absence, PayrollInputs, WorkbookInputs
from kpi_rules.facts.row_history import SeenRow
from kpi_rules.facts.selection import select_month
from kpi_rules.outlook.checklist import checklist
from kpi_rules.records.form_1_tabs import LEADS, MARKS
from kpi_rules.time.settings import Settings


def at(text):
    return datetime.fromisoformat(text)


def row(number, arrived=None, paid=None, status="lost", amount=None, **more):
    given = {"number": number, "code": "M01", "status": status, "amount_tiyn": amount}
    given |= {"arrived_at": arrived and at(arrived), "paid_on": paid and at(paid)}
    return given | {"answered_at": arrived and at(arrived)} | more


def selected(build, *rows):
    book = WorkbookInputs(
        (build.manager(),),
        (build.plan(),),
        FactFrame.of(LEADS, rows),
        FactFrame.of(MARKS),
        (),
        Settings(),
        (),
        (),
    )
    return select_month(book, PayrollInputs(), build.month, build.rulebook(), build.calendar)


def test_a_month_takes_its_arrivals_its_payments_and_what_could_be_either(build):
    inputs = selected(
        build,
        row("arrived", "2026-10-01T00:00"),
        row("paid", "2026-08-01T10:00", "2026-10-31", "deal", 5),
        row("earlier", "2026-08-01T10:00", "2026-09-30", "deal", 5),
        row("later", "2026-11-01T00:00"),
        row("payment unreadable", "2026-08-01T10:00", bad_paid_on=True),
        row("payment unreadable, arrived later", "2026-11-02T10:00", bad_paid_on=True),
        row("arrival unreadable", None, bad_arrived_at=True),
        row("arrival unreadable, paid before", None, "2026-09-30", "deal", 5, bad_arrived_at=True),
        row("waiting since August", "2026-08-01T10:00", status="new", answered_at=None),
        row("only a number", code=None, status=None),
        row("arrived", "2026-07-01T10:00"),
    )
    assert list(inputs.facts.rows["number"]) == [
        "arrived",
        "paid",
        "payment unreadable",
        "arrival unreadable",
        "waiting since August",
        "arrived",
    ]


def test_the_funnel_finds_the_stage_that_would_bring_most(build):
    september = [row(f"s{i}", "2026-09-02T10:00", source="сайт") for i in range(10)]
    for index in range(4):
        september[index] |= {"status": "deal", "amount_tiyn": 100_00, "paid_on": at("2026-09-09")}
    october = [row(f"o{i}", "2026-10-02T10:00", source="сайт") for i in range(10)]
    for index in range(2):
        october[index] |= {"status": "deal", "amount_tiyn": 150_00, "paid_on": at("2026-10-09")}
    for index in range(5, 10):
        october[index]["answered_at"] = None
    results = build.decide(selected(build, *september, *october))
    team = [found for found in results.funnel if found.source is None]
    assert [(found.stage, found.count, found.share_fraction, found.norm_fraction) for found in team] == [
        ("leads_received", 10, None, None),
        ("leads_processed", 5, Fraction(1, 2), 1),
        ("deals", 2, Fraction(2, 5), Fraction(2, 5)),
    ]
    # All ten answered: five more, two fifths of them deals of 150 ₸.
    assert [(found.gain_tiyn, found.bottleneck) for found in team] == [
        (None, False),
        (300_00, True),
        (0, False),
    ]
    assert [found.source for found in results.funnel[3:]] == ["сайт"] * 3


def test_the_checklist_names_who_when_and_how_much(build):
    now = datetime(2026, 10, 12, 5, 30, tzinfo=UTC)  # Monday 12 October, 10:30 in Almaty
    rows = [
        row("slow", "2026-10-12T10:00", status="new", answered_at=None),
        row("fresh", "2026-10-12T10:20", status="new", answered_at=None),
        row("stuck", "2026-10-05T09:30", status="in_progress"),
        row("sold", "2026-10-05T10:00", "2026-10-06", "deal", 1_000_000_00),
    ]
    days = build.calendar.working_days(build.month.first_on, date(2026, 10, 8), 5)
    staff = [build.manager(), build.manager("M02")]
    inputs = build.inputs(staff, [build.plan()], rows, build.marks(days=days, total=6) + build.marks("M02"))
    results = build.decide(inputs, now, final=False)
    found = {(item.kind, item.code): dict(item.params) for item in results.checklist}
    assert found[("unanswered_leads", "M01")] == {"count": "1", "numbers": "slow"}
    assert found[("stale_deals", "M01")] == {"count": "1", "numbers": "stuck", "days": "7"}
    assert found[("marks_missing", "M01")] == {"date": "2026-10-09"}
    assert found[("nothing_entered", "M02")] == {"date": "2026-10-09"}
    # To date 5 000 000 × 7/21 less 1 000 000; 4 000 000 over the 14 working days left.
    assert found[("behind_plan", "M01")] == {
        "gap_tiyn": "66666667",
        "to_plan_tiyn": "400000000",
        "days": "14",
        "per_day_tiyn": "28571429",
    }
    assert set(found) == {
        ("unanswered_leads", "M01"),
        ("stale_deals", "M01"),
        ("marks_missing", "M01"),
        ("nothing_entered", "M02"),
        ("behind_plan", "M01"),
    }


def test_a_change_that_the_ledger_saw_is_a_movement(build):
    now = datetime(2026, 10, 12, 5, 30, tzinfo=UTC)
    inputs = build.inputs(
        [build.manager()], [], [row("stuck", "2026-10-01T09:30", status="in_progress")], build.marks()
    )
    facts = gather(inputs, now, final=False)

    def kinds(*rows):
        known = {row.key: row for row in rows}
        items = checklist(facts.inputs, facts.workdays, (), facts.moment.cut_at, known)
        return {item.kind: item.params for item in items}

    friday = date(2026, 10, 9)
    assert set(kinds()) == {"stale_deals", "nothing_entered"}
    assert kinds(SeenRow("stuck", "M01", moved_on=friday)) == {}
    # Seen since the ledger's first look and never changed: nothing has moved.
    assert set(kinds(SeenRow("stuck", "M01"))) == {"stale_deals", "nothing_entered"}
    # Some other row of his, entered on Friday, is an entry; the deal still stands.
    assert set(kinds(SeenRow("other", "M01", friday, friday))) == {"stale_deals"}


def test_a_deal_of_an_earlier_month_without_movement_is_asked_for_too(build):
    inputs = selected(
        build,
        row("old", "2026-08-05T10:00", status="in_progress"),
        row("lost", "2026-08-05T10:00"),
        row("october", "2026-10-12T10:00", status="in_progress"),
    )
    assert list(inputs.facts.rows["number"]) == ["october"]
    now = datetime(2026, 10, 12, 5, 30, tzinfo=UTC)
    moved = {"old": SeenRow("old", "M01", None, date(2026, 10, 7))}
    for rows, wanted in (({}, {"count": "1", "numbers": "old", "days": "7"}), (moved, None)):
        found = decide(inputs, now, final=False, rows=rows).checklist
        assert next((dict(item.params) for item in found if item.kind == "stale_deals"), None) == wanted


def test_rows_that_vanished_since_the_last_working_day_are_asked_for(build):
    inputs = build.inputs([build.manager()], [], [row("there", "2026-10-12T09:30")], build.marks())
    now = datetime(2026, 10, 12, 5, 30, tzinfo=UTC)  # Monday
    thursday, friday, sunday = (date(2026, 10, day) for day in (8, 9, 11))
    rows = {
        key: SeenRow(key, "M01", vanished_on=day)
        for key, day in (("a", sunday), ("b", friday), ("c", thursday))
    }
    (found,) = (
        item for item in decide(inputs, now, final=False, rows=rows).checklist if item.kind == "rows_vanished"
    )
    assert (found.code, dict(found.params)) == ("M01", {"count": "2", "numbers": "a, b"})


def asked(build, inputs, text):
    # Moments of Almaty, five hours before UTC.
    now = at(text).replace(tzinfo=ZoneInfo("Asia/Almaty"))
    found = build.decide(inputs, now, final=False).checklist
    return {(item.kind, item.code): dict(item.params) for item in found if item.kind != "behind_plan"}


def test_the_checklist_keeps_asking_for_unanswered_leads_of_earlier_months(build):
    waiting = {"status": "new", "answered_at": None}
    inputs = selected(
        build,
        row("August", "2026-08-20T10:00", **waiting),
        row("evening", "2026-09-30T17:50", **waiting),
        row("gone", "2026-09-02T10:00", status="lost", answered_at=None),
        row("october", "2026-10-01T09:01", **waiting),
    )
    # The norm is 15 minutes: at 09:05 the evening's lead waits 10 + 5, at 09:06 16.
    first = asked(build, inputs, "2026-10-01T09:05")
    assert first["unanswered_leads", "M01"] == {"count": "1", "numbers": "August"}
    first = asked(build, inputs, "2026-10-01T09:06")
    assert first["unanswered_leads", "M01"] == {"count": "2", "numbers": "August, evening"}
    later = asked(build, inputs, "2026-10-05T12:00")
    assert later["unanswered_leads", "M01"] == {"count": "3", "numbers": "August, evening, october"}


def test_on_the_first_working_day_the_checklist_looks_at_the_last_day_of_the_month_before(build):
    def month(absences=(), marked=()):
        book = WorkbookInputs(
            (build.manager(), build.manager("M02", hired_on=date(2026, 10, 1))),
            (build.plan(),),
            FactFrame.of(LEADS, [row("a", "2026-09-29T10:00")]),
            FactFrame.of(MARKS, build.marks(days=marked) if marked else ()),
            absences,
            Settings(),
            (),
            (),
        )
        return select_month(book, PayrollInputs(), build.month, build.rulebook(), build.calendar)

    # 30 September was a Wednesday; M02 did not work yet.
    assert asked(build, month(), "2026-10-01T10:00") == {
        ("nothing_entered", "M01"): {"date": "2026-09-30"},
        ("marks_missing", "M01"): {"date": "2026-09-30"},
    }
    # Away on the 30th: the 29th counts, with a lead entered and marks.
    away = (Absence("M01", date(2026, 9, 30), date(2026, 9, 30), 2),)
    assert asked(build, month(away, [date(2026, 9, 29)]), "2026-10-01T10:00") == {}
    # From the second working day on it is October that is asked for.
    second = asked(build, month(), "2026-10-02T10:00")
    assert second["marks_missing", "M02"] == {"date": "2026-10-01"}
    assert second["marks_missing", "M01"] == {"date": "2026-10-01"}
