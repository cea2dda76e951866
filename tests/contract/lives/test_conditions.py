"""A client one of whose KPIs counts a part of the deals, over two closes on the emulator (behaviour §4, §7).

The client of `client_life` with a column «Товар» of its own: of each manager's five leads the first two are «Станки»,
and the first is the deal. The managers' conversion counts «Станки» alone, against a norm of 50 % in September, and all
leads again in October. By hand:

    September  M01  33.6 + 20 (1 of 2) + 16.8 + 18 = 88.4; M02  28 + 20 + 16 + 16 = 80
               with the deal of M01 as «Масло»: 0 of 1, 33.6 + 0 + 16.8 + 18 = 68.4
    October    M01  84.4; M02  76, as without conditions
"""

from operations.months.closing import close_month
from operations.months.opening import open_month
from operations.months.rules import rules_of_month
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from sheets_sync.schema.layout import Book, sheet_id
from tests.contract.client_acts import refused
from tests.contract.client_life import (
    HEAD,
    MANAGERS,
    MID_SEPTEMBER_AT,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    OCTOBER_OPENED_AT,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SLUG,
    deal_rows,
    deploy,
    enter_frame,
    mark_rows,
    work_september,
)

GOODS = [["Станки"], ["Станки"], ["Масло"], ["Масло"], ["Масло"]] * len(MANAGERS)
CONVERSION_ROW = 3
"""Where the managers' conversion stands on «Правила»."""


def place(life, tab: str, column: str) -> int:
    book: Book = life.services.template_of(life.services.ledger.client(SLUG)).layout.workbook
    return [each.key for each in book.tab(tab).columns].index(column)


def own_place(life) -> int:
    """Behind the last column of «Сделки»."""
    return place(life, "deals", "comment") + 1


def rule(life, condition, norm):
    life.enter(HEAD, "rules", [[condition]], CONVERSION_ROW, place(life, "rules", "only_where"))
    life.enter(HEAD, "rules", [[norm]], CONVERSION_ROW, place(life, "rules", "norm"))


def begin(life):
    """September with the condition, open."""
    deploy(life, options=("conditions",))
    enter_frame(life)
    book, file_id = life.file_of("deals")
    more = {"sheetId": sheet_id(book, "deals"), "dimension": "COLUMNS", "length": 1}
    life.as_person(HEAD).gateway.apply(file_id, [{"appendDimension": more}])
    life.enter(HEAD, "deals", [["Товар"], *GOODS], 1, own_place(life))
    rule(life, "Товар = Станки", 0.5)
    work_september(life)


def scores(life, month):
    (record,) = [
        seal.record
        for seal in life.services.ledger.seals(SLUG)
        if seal.record["inputs"]["month"] == str(month)
    ]
    return {employee["code"]: employee["score_percent"] for employee in record["results"]["employees"]}


def late(life):
    verification = verify_client(SLUG, life.services)
    # The rows that September opened with were changed in place.
    assert [finding.code for finding in verification.findings] == ["rules_changed"]
    return [
        (str(edit.kind), edit.tab, edit.key, edit.code, edit.sealed, edit.present)
        for edit in verification.late
    ]


def test_two_months_close_and_a_late_edit_of_the_column_is_told_when_no_rule_names_it_any_more(empty):
    begin(empty)
    shown = sync_client(SLUG, MID_SEPTEMBER_AT, empty.services)
    assert [problem.code for problem in shown.problems if problem.blocks] == []
    [page] = [tab.title for tab in empty.book().outputs() if tab.key == "scoreboard"]
    assert "только где Товар = Станки" in str(empty.cells(empty.workbook_id, page))
    # From October on all leads count again; what September opened with stays.
    rule(empty, None, None)
    assert str(rules_of_month(SLUG, SEPTEMBER, empty.services).kpis[1].only_where) == "Товар = Станки"
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, empty.services)
    close_month(SLUG, SEPTEMBER, SEPTEMBER_CLOSED_AT, empty.services, "РОП")
    empty.enter(MANAGERS[0], "deals", deal_rows(OCTOBER, 11), row=2 + len(deal_rows(SEPTEMBER)))
    empty.enter(HEAD, "discipline", mark_rows(OCTOBER), row=2 + len(mark_rows(SEPTEMBER)))
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, empty.services, "РОП")
    assert scores(empty, SEPTEMBER) == {"M01": 88, "M02": 80, "R01": 84}
    assert scores(empty, OCTOBER) == {"M01": 84, "M02": 76, "R01": 84}
    assert late(empty) == []
    empty.enter(MANAGERS[0], "deals", [["Масло"]], 2, own_place(empty))
    own = "own:товар"
    assert late(empty) == [("changed", "deals", "1", "M01", {own: "Станки"}, {own: "Масло"})]
    [effect] = verify_client(SLUG, empty.services).months[0].effects
    assert (effect.code, effect.sealed_percent, effect.present_percent) == ("M01", 88, 68)


def test_a_blank_cell_of_a_paid_row_and_a_column_that_is_gone_stop_the_close(empty):
    begin(empty)
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, empty.services)
    empty.enter(MANAGERS[0], "deals", [[None]], 2, own_place(empty))
    refused(empty)
    shown = sync_client(SLUG, SEPTEMBER_CLOSED_AT, empty.services).problems
    blocked = [(each.code, each.place.tab, each.place.row) for each in shown if each.blocks]
    assert ("condition_blank", "deals", 2) in blocked
    empty.enter(MANAGERS[0], "deals", [["Станки"]], 2, own_place(empty))
    empty.enter(MANAGERS[0], "deals", [[None]], 1, own_place(empty))
    refused(empty)
    shown = sync_client(SLUG, SEPTEMBER_CLOSED_AT, empty.services).problems
    assert [(each.code, each.params["header"]) for each in shown if each.code.startswith("header")] == [
        ("header_missing", "Товар")
    ]
