"""Cells are what Google shows them as: one look at formats where it is due, over real HTTP (behaviour §3)."""

from datetime import date, timedelta
from functools import partial

import pytest

from kpi_rules.errors import RefusedError, RetryableError
from kpi_rules.words.said import said
from ledger import FrozenKind
from operations.months.closing import close_month
from operations.months.correcting import correct_month
from operations.months.correction_rows import WantedCorrection
from operations.months.opening import open_due, open_month
from operations.syncing.looking import client_signals
from operations.verifying.verifying import verify_client
from operations.world.services import open_services
from operations.world.settings import RunSettings
from sheets_sync.google.answers import object_of
from sheets_sync.google.gateway import RetryPolicy
from sheets_sync.reading.looks import LOOK_FIELDS
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_acts import NEW_ROW, batch, obstacles_of, ready, refused, sync, write
from tests.contract.client_life import (
    HEAD,
    MID_SEPTEMBER_AT,
    OCTOBER,
    OCTOBER_OPENED_AT,
    PLAN_ROW,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SLUG,
    serial,
)

HOUR = timedelta(hours=1)
AMOUNT = 7
"""The place of «Сумма, ₸» on «Сделки»."""
COMMENT = 12
"""The place of «Комментарий» there."""
PLAN_REVENUE = 2
"""The place of «План выручки, ₸» on «План»."""


def typed(life, a1, text, tab="Сделки"):
    """Somebody types into a cell, as in the browser."""
    url = f"https://sheets.googleapis.com/v4/spreadsheets/{life.workbook_id}/values/'{tab}'!{a1}"
    life.services.creator.gateway.send(
        "put", url, said("doing.write_book"), partial(object_of, fields={}),
        params={"valueInputOption": "USER_ENTERED"}, json={"values": [[text]]},
    )  # fmt: skip


def formatted(life, tab, row, column, kind, pattern="", rows=1):
    """Somebody chooses a number format for cells."""
    number = {"type": kind, **({"pattern": pattern} if pattern else {})}
    cells = [{"values": [{"userEnteredFormat": {"numberFormat": number}}]}] * rows
    start = {"sheetId": sheet_id("workbook", tab), "rowIndex": row - 1, "columnIndex": column}
    batch(life, {"updateCells": {"start": start, "rows": cells, "fields": "userEnteredFormat.numberFormat"}})


def shown(outcome):
    return [
        (p.code, p.severity.value, p.place.row, p.params["value"])
        for p in outcome.problems
        if p.code.startswith("number_shown_as_")
    ]


DATE = ("number_shown_as_date", "blocking", 2, "12.05.2026")


def test_a_date_among_the_amounts_blocks_and_stays_told_without_a_further_call_until_it_is_mended(life):
    formatted(life, "deals", 2, AMOUNT, "DATE", "dd.mm.yyyy")
    write(life, "deals", [[{"numberValue": 46154}]], 2, AMOUNT)
    outcome, reads, _ = sync(life)
    assert (shown(outcome), reads) == ([DATE], 2)
    assert outcome.results[0].employees[0].preliminary
    for minutes in (5, 59):
        outcome, reads, writes = sync(life, MID_SEPTEMBER_AT + timedelta(minutes=minutes))
        assert (shown(outcome), reads, writes) == ([DATE], 1, 0)
    formatted(life, "deals", 2, AMOUNT, "CURRENCY", '#,##0 "₸"')
    write(life, "deals", [[{"numberValue": 840_000}]], 2, AMOUNT)
    outcome, reads, _ = sync(life, MID_SEPTEMBER_AT + timedelta(minutes=59))
    assert (shown(outcome), reads) == ([], 1)
    assert [card.score_percent for card in outcome.results[0].employees] == [
        card.score_percent for card in sync(life, MID_SEPTEMBER_AT + 2 * HOUR)[0].results[0].employees
    ]


def test_an_idle_sync_is_one_call_whatever_hour_it_is(life):
    assert sync(life)[1] == 2
    for hours in (1, 2, 5, 24, 48):
        assert sync(life, MID_SEPTEMBER_AT + hours * HOUR)[1] == 1


def test_new_and_changed_numbers_are_looked_at_once_an_hour_at_most(life):
    reads = [sync(life)[1]]
    for minute in range(10, 190, 10):
        write(life, "deals", [[{"numberValue": 840_000 + minute}]], 2, AMOUNT)
        reads.append(sync(life, MID_SEPTEMBER_AT + timedelta(minutes=minute))[1])
    assert reads == [2, *[1] * 5, 2, *[1] * 5, 2, *[1] * 5, 2]
    assert sync(life, MID_SEPTEMBER_AT + 9 * HOUR)[1] == 1, "nothing new since the last look"


def test_what_was_seen_outlives_the_process(life):
    formatted(life, "deals", 2, AMOUNT, "PERCENT", "0%")
    write(life, "deals", [[{"numberValue": 0.5}]], 2, AMOUNT)
    assert shown(sync(life)[0]) == [("number_shown_as_percent", "blocking", 2, "50%")]
    with open_services(RunSettings(life.services.settings.home), RetryPolicy()) as anew:
        life.services = anew
        outcome, reads, _ = sync(life, MID_SEPTEMBER_AT + timedelta(minutes=30))
        assert (shown(outcome), reads) == ([("number_shown_as_percent", "blocking", 2, "50%")], 1)


def test_a_moved_row_takes_what_was_seen_with_it(life):
    formatted(life, "deals", 2, AMOUNT, "CURRENCY", "[$$-409]#,##0")
    write(life, "deals", [[{"numberValue": 200}]], 2, AMOUNT)
    assert shown(sync(life)[0]) == [("number_shown_as_currency", "blocking", 2, "$200")]
    place = {"sheetId": sheet_id("workbook", "deals"), "dimension": "ROWS", "startIndex": 1, "endIndex": 2}
    batch(life, {"insertDimension": {"range": place, "inheritFromBefore": False}})
    outcome, reads, _ = sync(life, MID_SEPTEMBER_AT + timedelta(minutes=10))
    assert (shown(outcome), reads) == ([("number_shown_as_currency", "blocking", 3, "$200")], 1)


def test_an_effective_format_counts_and_an_entered_one_where_there_is_no_other(life):
    typed(life, "H2", "12.05.2026")
    assert shown(sync(life)[0]) in ([DATE], [])  # which one Google would give is unknown


def late_plan_row(life, revenue):
    hired = serial(date(2026, 9, 14))
    life.enter(HEAD, "staff", [["M03", "Дана Омарова", None, "менеджер", hired, None, 5]], 5)
    life.enter(HEAD, "plan", [[serial(SEPTEMBER.first_on), "M03", revenue, 0.25, 875_000, 5, 15]], NEW_ROW)


def frozen_revenue(life, code, month=SEPTEMBER):
    row = life.services.ledger.frozen(SLUG, month, FrozenKind.PLAN).get(code)
    return row and row["revenue_tiyn"]


def test_a_late_plan_row_freezes_only_by_numbers_that_a_look_has_seen(life):
    sync(life)
    late_plan_row(life, 46_154)
    formatted(life, "plan", NEW_ROW, PLAN_REVENUE, "DATE", "dd.mm.yyyy")
    outcome, reads, _ = sync(life, MID_SEPTEMBER_AT + timedelta(minutes=20))
    assert (shown(outcome), reads, frozen_revenue(life, "M03")) == ([], 1, None), "a look is not due yet"
    outcome, reads, _ = sync(life, MID_SEPTEMBER_AT + HOUR)
    assert (shown(outcome), reads) == ([("number_shown_as_date", "blocking", NEW_ROW, "12.05.2026")], 2)
    assert frozen_revenue(life, "M03") is None
    formatted(life, "plan", NEW_ROW, PLAN_REVENUE, "CURRENCY", '#,##0 "₸"')
    life.enter(HEAD, "plan", [[900_000]], NEW_ROW, PLAN_REVENUE)
    assert sync(life, MID_SEPTEMBER_AT + HOUR + timedelta(minutes=10))[1] == 1
    assert frozen_revenue(life, "M03") is None, "these very numbers were not seen yet"
    assert sync(life, MID_SEPTEMBER_AT + 2 * HOUR)[1] == 2
    assert frozen_revenue(life, "M03") == 90_000_000
    assert [sync(life, MID_SEPTEMBER_AT + hours * HOUR)[1] for hours in (3, 4)] == [1, 1]


def test_a_late_plan_row_does_not_freeze_where_the_look_was_not_answered(life, monkeypatch):
    sync(life)
    late_plan_row(life, 1_000_000)

    def busy(*_args):
        raise RetryableError("google_busy")

    with monkeypatch.context() as patched:
        patched.setattr(type(life.services.worker.gateway), "describe", busy)
        sync(life, MID_SEPTEMBER_AT + HOUR)
    assert frozen_revenue(life, "M03") is None
    sync(life, MID_SEPTEMBER_AT + HOUR + timedelta(minutes=5))
    assert frozen_revenue(life, "M03") == 100_000_000


@pytest.mark.parametrize("opening", [open_month, None], ids=["by command", "by night"])
def test_an_opening_freezes_no_plan_row_that_is_shown_as_something_else(life, opening):
    row = PLAN_ROW["M01"] + 2  # October's
    formatted(life, "plan", row, PLAN_REVENUE, "DATE", "dd.mm.yyyy")
    life.enter(HEAD, "plan", [[46_154]], row, PLAN_REVENUE)
    calls = life.services.worker.gateway.calls
    before = calls.reads
    if opening is None:
        assert open_due(SLUG, OCTOBER_OPENED_AT, life.services) == (OCTOBER,)
    else:
        opening(SLUG, OCTOBER, OCTOBER_OPENED_AT, life.services)
    assert calls.reads - before == 4, "both books, and how their numbers are shown"
    assert (frozen_revenue(life, "M01", OCTOBER), frozen_revenue(life, "M02", OCTOBER)) == (None, 100_000_000)
    outcome, reads, _ = sync(life, OCTOBER_OPENED_AT + timedelta(minutes=5))
    assert ("number_shown_as_date", "blocking", row, "12.05.2026") in shown(outcome)
    assert reads == 1, "the opening has looked"


def between(life, monkeypatch, change):
    """Before each look `change` is called with how often there was one."""
    gateway = type(life.services.worker.gateway)
    describe, looks = gateway.describe, []

    def changed(self, file_id, fields, ranges=()):
        if fields == LOOK_FIELDS and file_id == life.workbook_id:
            looks.append(file_id)
            with monkeypatch.context() as quiet:
                quiet.setattr(gateway, "describe", describe)
                change(len(looks))
        return describe(self, file_id, fields, ranges)

    monkeypatch.setattr(gateway, "describe", changed)
    return looks


def mended(life):
    formatted(life, "deals", 2, AMOUNT, "CURRENCY", '#,##0 "₸"')
    write(life, "deals", [[{"numberValue": 840_000}]], 2, AMOUNT)


def test_a_close_stands_on_a_look_at_the_very_numbers_that_it_read(life, monkeypatch):
    formatted(life, "deals", 2, AMOUNT, "DATE", "dd.mm.yyyy")
    write(life, "deals", [[{"numberValue": 46154}]], 2, AMOUNT)
    looks = between(life, monkeypatch, lambda count: mended(life) if count == 1 else None)
    found = ready(life)
    assert (len(looks), found.obstacles) == (2, ()), "somebody mended it meanwhile: read and looked at again"
    assert found.workbook.inputs.facts.rows["amount_tiyn"][0] == 84_000_000


def test_a_close_waits_while_numbers_go_on_changing_and_names_one(life, monkeypatch):
    looks = between(
        life, monkeypatch, lambda count: write(life, "deals", [[{"numberValue": 840_000 + count}]], 2, AMOUNT)
    )
    told = refused(life, error=RetryableError)
    assert len(looks) == 3
    assert "«Сделки», H2" in told.what
    assert "840" not in told.what


def test_a_number_that_changed_before_the_look_of_a_sync_is_read_by_the_next(life, monkeypatch):
    formatted(life, "deals", 2, AMOUNT, "DATE", "dd.mm.yyyy")
    write(life, "deals", [[{"numberValue": 46154}]], 2, AMOUNT)
    looks = between(life, monkeypatch, lambda count: mended(life) if count == 1 else None)
    sync(life)
    outcome, reads, _ = sync(life, MID_SEPTEMBER_AT + timedelta(minutes=5))
    assert (shown(outcome), reads, len(looks)) == ([], 1, 1)
    assert sync(life, MID_SEPTEMBER_AT + 3 * HOUR)[1] == 1, "what the look saw is what stands there"


def test_review_and_close_look_each_time(life):
    calls = life.services.worker.gateway.calls
    sync(life, SEPTEMBER_CLOSED_AT)
    before = calls.reads
    ready(life)
    assert calls.reads - before == 4, "both books, and how their numbers are shown"
    formatted(life, "deals", 2, AMOUNT, "CURRENCY", "[$€-1]#,##0")
    assert any("€840000" in each for each in obstacles_of(life))
    assert "€840000" in refused(life).what


def test_the_payroll_book_is_looked_at_before_a_close(life):
    number = {"userEnteredFormat": {"numberFormat": {"type": "CURRENCY", "pattern": "[$$-409]#,##0"}}}
    start = {"sheetId": sheet_id("payroll", "salaries"), "rowIndex": 1, "columnIndex": 2}
    request = {"updateCells": {"start": start, "rows": [{"values": [number]}], "fields": "userEnteredFormat"}}
    life.services.creator.gateway.apply(life.payroll_id, [request])
    told = obstacles_of(life)
    assert told
    assert "187" not in "".join(told), "pay figures stand in no message"


def test_signals_and_hints_do_not_look(life):
    calls = life.services.worker.gateway.calls
    before = calls.reads
    client_signals(SLUG, SEPTEMBER, MID_SEPTEMBER_AT, life.services)
    assert calls.reads - before == 1


def test_a_changed_locale_and_time_zone_are_told_until_they_are_put_back(life):
    change = {"updateSpreadsheetProperties": {"properties": {"locale": "en_US", "timeZone": "Europe/Paris"}, "fields": "locale,timeZone"}}  # fmt: skip
    batch(life, change)
    codes = {"file_locale_changed", "file_zone_changed"}
    outcome, reads, _ = sync(life)
    assert codes <= {p.code for p in outcome.problems}
    told = [p.params["value"] for p in outcome.problems if p.code in codes]
    assert sorted(told) == ["Europe/Paris", "en_US"]
    back = {"updateSpreadsheetProperties": {"properties": {"locale": "ru_RU", "timeZone": "Asia/Almaty"}, "fields": "locale,timeZone"}}  # fmt: skip
    batch(life, back)
    outcome, reads, _ = sync(life, MID_SEPTEMBER_AT + HOUR)
    assert reads == 2
    assert not codes & {p.code for p in outcome.problems}


def test_a_row_number_that_became_a_formula_is_seen_at_night_though_no_number_changed(life):
    sync(life)
    rows = len(life.cells(life.workbook_id, "Сделки")) - 1
    write(life, "deals", [[{"formulaValue": "=ROW()-1"}]] * rows, 2)
    told = [sync(life, MID_SEPTEMBER_AT + hours * HOUR) for hours in (1, 5)]
    assert [reads for _, reads, _ in told] == [1, 1], "no cell holds anything else than before"
    open_due(SLUG, MID_SEPTEMBER_AT + 12 * HOUR, life.services)
    outcome, reads, _ = sync(life, MID_SEPTEMBER_AT + 12 * HOUR)
    assert ("number_is_formula" in {p.code for p in outcome.problems}, reads) == (True, 1)


def test_a_correction_by_rows_stands_on_how_their_numbers_are_shown(sealed):
    formatted(sealed, "deals", 2, AMOUNT, "DATE", "dd.mm.yyyy")
    write(sealed, "deals", [[{"numberValue": 46154}]], 2, AMOUNT)
    wanted = WantedCorrection("M01", None, "по строкам", "консультант")
    with pytest.raises(RefusedError) as failed:
        correct_month(SLUG, SEPTEMBER, wanted, SEPTEMBER_CLOSED_AT + 48 * HOUR, sealed.services)
    assert failed.value.code == "late_edits_unknown"


def test_numbers_by_formula_are_told_on_the_first_sync(life):
    rows = len(life.cells(life.workbook_id, "Сделки")) - 1
    write(life, "deals", [[{"formulaValue": "=ROW()-1"}]] * rows, 2)
    outcome, _, _ = sync(life)
    told = [
        (p.severity.value, p.place.row, p.params["count"])
        for p in outcome.problems
        if p.code == "number_is_formula"
    ]
    assert told == [("warning", 2, str(rows))]


@pytest.mark.parametrize("minutes", [15 / 1440, 40 / 1440, 0.0125])
def test_minutes_that_are_no_whole_seconds_are_told_at_once(life, minutes):
    sync(life)
    write(life, "plan", [[{"numberValue": minutes}]], 2, 6)
    outcome, reads, _ = sync(life, MID_SEPTEMBER_AT + timedelta(minutes=5))
    assert reads == 1
    assert [p.place.row for p in outcome.problems if p.code.startswith("minutes_of_no_seconds")] == [2]


def test_a_sort_of_rows_numbered_by_formula_makes_no_late_edits(life):
    rows = len(life.cells(life.workbook_id, "Сделки")) - 1
    write(life, "deals", [[{"formulaValue": "=ROW()-1"}]] * rows, 2)
    sync(life)
    close_month(SLUG, SEPTEMBER, SEPTEMBER_CLOSED_AT, life.services, "РОП")
    place = {"sheetId": sheet_id("workbook", "deals"), "startRowIndex": 1, "endRowIndex": rows + 1, "startColumnIndex": 0, "endColumnIndex": 13}  # fmt: skip
    batch(
        life, {"sortRange": {"range": place, "sortSpecs": [{"dimensionIndex": 1, "sortOrder": "DESCENDING"}]}}
    )
    for hours in (1, 2, 30):
        outcome, _, _ = sync(life, SEPTEMBER_CLOSED_AT + hours * HOUR)
        assert "number_is_formula" in {p.code for p in outcome.problems}
        assert not [p for p in outcome.problems if p.code in {"row_of_closed_month", "row_vanished"}]
    verified = verify_client(SLUG, life.services)
    assert (verified.late, verified.findings) == ((), ())


def row_numbers(life, *, formulas):
    """Put formulas into «№», or their values in their place."""
    cells = life.cells(life.workbook_id, "Сделки")[1:]
    typed = [[{"formulaValue": "=ROW()-1"} if formulas else {"numberValue": row[0]}] for row in cells if row]
    write(life, "deals", typed, 2)


def sort_deals(life):
    place = {"sheetId": sheet_id("workbook", "deals"), "startRowIndex": 1, "endRowIndex": 11, "startColumnIndex": 0, "endColumnIndex": 13}  # fmt: skip
    batch(
        life, {"sortRange": {"range": place, "sortSpecs": [{"dimensionIndex": 7, "sortOrder": "DESCENDING"}]}}
    )


LATE = {"row_of_closed_month", "row_vanished", "rows_vanished"}


@pytest.mark.parametrize("followed_before", [True, False])
def test_row_numbers_that_were_formulas_at_a_close_and_are_values_again_make_no_late_edits(
    life, followed_before
):
    if followed_before:
        sync(life)
    row_numbers(life, formulas=True)
    close_month(SLUG, SEPTEMBER, SEPTEMBER_CLOSED_AT, life.services, "РОП")
    history = [row for row in life.services.ledger.row_history(SLUG) if row.seen.tab == "deals"]
    assert len(history) == (10 if followed_before else 0), "a № by formula names no row"
    sync(life, SEPTEMBER_CLOSED_AT + HOUR)
    sort_deals(life)
    sync(life, SEPTEMBER_CLOSED_AT + 2 * HOUR)
    row_numbers(life, formulas=False)
    for hours in (3, 4, 30):
        outcome, _, _ = sync(life, SEPTEMBER_CLOSED_AT + hours * HOUR)
        assert not LATE & {p.code for p in outcome.problems}
    assert "number_is_formula" not in {p.code for p in outcome.problems}
    life.enter(HEAD, "deals", [[900_000]], 2, AMOUNT)
    outcome, _, _ = sync(life, SEPTEMBER_CLOSED_AT + 31 * HOUR)
    assert [p.place.row for p in outcome.problems if p.code in LATE] == [2], "followed again"


@pytest.mark.parametrize("header", ["Заметки", None])
def test_a_tab_whose_comments_cannot_be_read_is_followed_all_the_same(life, header):
    comments = [[None if row % 2 else f"комментарий {row}"] for row in range(10)]
    life.enter(HEAD, "deals", comments, 2, COMMENT)
    sync(life)
    close_month(SLUG, SEPTEMBER, SEPTEMBER_CLOSED_AT, life.services, "РОП")
    ledger, known = life.services.ledger, len(life.services.ledger.row_changes(SLUG))
    write(life, "deals", [[{"stringValue": header} if header else {}]], 1, COMMENT)
    outcome, _, _ = sync(life, SEPTEMBER_CLOSED_AT + HOUR)
    assert not LATE & {p.code for p in outcome.problems}, "nothing but the header is another"
    assert len(ledger.row_changes(SLUG)) == known
    life.enter(HEAD, "deals", [[950_000]], 2, AMOUNT)
    write(life, "deals", [[{}] * 13], 4)
    outcome, _, _ = sync(life, SEPTEMBER_CLOSED_AT + 2 * HOUR)
    assert {(p.code, p.place.row) for p in outcome.problems if p.code in LATE} == {
        ("row_of_closed_month", 2),
        ("row_vanished", None),
    }
    write(life, "deals", [[{"stringValue": "Комментарий"}]], 1, COMMENT)
    outcome, _, _ = sync(life, SEPTEMBER_CLOSED_AT + 3 * HOUR)
    assert sum(p.code in LATE for p in outcome.problems) == 2


def test_a_missing_header_of_row_numbers_blocks(life):
    write(life, "deals", [[{"stringValue": "Номерок"}]], 1)
    outcome, _, _ = sync(life)
    assert [p.severity.value for p in outcome.problems if p.code.startswith("header_missing")] == ["blocking"]


def test_deployed_cells_for_minutes_are_numbers_and_refuse_what_a_typed_date_comes_to(life):
    fields = "sheets(properties(title),data(rowData(values(dataValidation,userEnteredFormat(numberFormat)))))"
    [sheet] = life.services.creator.gateway.describe(life.workbook_id, fields, ["'План'!G2:G2"])["sheets"]
    [cell] = sheet["data"][0]["rowData"][0]["values"]
    assert cell["userEnteredFormat"]["numberFormat"] == {"type": "NUMBER", "pattern": "0.0#"}
    rule = cell["dataValidation"]
    assert rule["strict"] is True
    assert (
        rule["condition"]["type"],
        [each["userEnteredValue"] for each in rule["condition"]["values"]],
    ) == (
        "NUMBER_BETWEEN",
        ["0", "44640"],
    )
