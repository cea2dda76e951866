"""A client with a measure of its own, over two closes on the emulator (behaviour §4, §7).

The client of `client_life` whose managers have a call score (mean, norm 80, weight 20) instead of the average deal:

    September  M01  33.6 + 16 + 20 (80 and 80) + 18 = 87.6; M02  28 + 16 + 15 (70 and 50: 60) + 16 = 75
               with 40 instead of M01's first 80: a mean of 60, 15: 82.6
    October    M01  33.6 + 16 + 10 (40) + 18 = 77.6; M02  28 + 16 + 20 (90, capped) + 16 = 80
"""

from datetime import date

from operations.months.closing import close_month
from operations.months.opening import open_month
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
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
    serial,
    work_september,
)

CALLS = "Оценка звонка"
RULE_ROW = 4
"""Where the managers' average deal stands on «Правила»."""
VALUES = [
    [serial(date(2026, 9, day)), code, CALLS, value]
    for day, code, value in ((7, "M01", 80), (14, "M01", 80), (7, "M02", 70), (14, "M02", 50))
]
LATER = [[serial(date(2026, 10, 5)), code, CALLS, value] for code, value in (("M01", 40), ("M02", 90))]


def begin(life):
    """September with the call score, open."""
    deploy(life, options=("measures",))
    enter_frame(life)
    layout = life.services.template_of(life.services.ledger.client(SLUG)).layout
    places = [column.key for column in layout.workbook.tab("rules").columns]
    for column, value in {"id": CALLS, "measure": CALLS, "how_counted": "среднее", "norm": 80}.items():
        life.enter(HEAD, "rules", [[value]], RULE_ROW, places.index(column))
    work_september(life)


def scores(life, month):
    (record,) = [
        seal.record
        for seal in life.services.ledger.seals(SLUG)
        if seal.record["inputs"]["month"] == str(month)
    ]
    return {employee["code"]: employee["score_percent"] for employee in record["results"]["employees"]}


def test_two_months_close_and_a_late_edit_of_a_value_is_told(empty):
    begin(empty)
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, empty.services)
    assert CALLS in refused(empty).what
    empty.enter(HEAD, "measures", VALUES)
    shown = sync_client(SLUG, MID_SEPTEMBER_AT, empty.services)
    assert [problem.code for problem in shown.problems if problem.blocks] == []
    [page] = [tab.title for tab in empty.book().outputs() if tab.key == "scoreboard"]
    assert f"{CALLS}: " in str(empty.cells(empty.workbook_id, page))
    close_month(SLUG, SEPTEMBER, SEPTEMBER_CLOSED_AT, empty.services, "РОП")
    empty.enter(MANAGERS[0], "deals", deal_rows(OCTOBER, 11), row=2 + len(deal_rows(SEPTEMBER)))
    empty.enter(HEAD, "discipline", mark_rows(OCTOBER), row=2 + len(mark_rows(SEPTEMBER)))
    empty.enter(HEAD, "measures", LATER, row=2 + len(VALUES))
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, empty.services, "РОП")
    assert scores(empty, SEPTEMBER) == {"M01": 88, "M02": 75, "R01": 84}
    assert scores(empty, OCTOBER) == {"M01": 78, "M02": 80, "R01": 84}
    verification = verify_client(SLUG, empty.services)
    assert (verification.findings, verification.late) == ((), ())
    empty.enter(HEAD, "measures", [[40]], row=2, column=3)
    verification = verify_client(SLUG, empty.services)
    [edit] = verification.late
    assert (str(edit.kind), edit.tab, edit.key, edit.row) == (
        "changed",
        "measures",
        f"2026-09-07 M01 {CALLS}",
        2,
    )
    assert (edit.sealed, edit.present) == ({"value": "80"}, {"value": "40"})
    [effect] = verification.months[0].effects
    assert (effect.code, effect.sealed_percent, effect.present_percent) == ("M01", 88, 83)
    told = sync_client(SLUG, OCTOBER_CLOSED_AT, empty.services).problems
    assert [each.place.row for each in told if each.code == "row_of_closed_month"] == [2]
