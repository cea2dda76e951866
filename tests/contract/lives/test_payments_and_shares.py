"""A client whose deals are paid in parts and shared, over two closes on the emulator (behaviour §4, §7).

The client of `client_life` with a deal more: № 901 arrived on 09.09, M01 70 %, M02 30 %, contract 900 000 ₸, of which
300 000 ₸ came on 20.09 and 600 000 ₸ on 12.10. By hand:

    September  M01  840 000 + 210 000 = 1 050 000: 40; 1.7 deals of 5.7 leads: 20; average 1 470 000 / 1.7 of
                    1 000 000: 17.294; marks 18: 95.294 → 95, full
               M02  700 000 + 90 000 = 790 000: 31.6; 1.3 of 5.3 (24.53 % of 25 %): 19.623; average 970 000 / 1.3 of
                    875 000: 17.055; marks 16: 84.277 → 84, full
    October    M01  840 000 + 420 000: 40 + 16 + 16.8 + 18 = 90.8 → 91; M02  700 000 + 180 000: 35.2 + 16 + 16 + 16 = 83.2
"""

from datetime import date, datetime

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

ARRIVED = datetime(2026, 9, 9, 10)  # noqa: DTZ001 - as in a cell
SHARED = [901, serial(ARRIVED), "M01", "ТОО «Завод»", "Сайт", serial(ARRIVED.replace(minute=10))]
SHARED += ["Сделка", 900_000, 450_000, None, False, None, None, "M02", 0.3]
PAYMENTS = [[901, serial(date(2026, 9, 20)), 300_000], [901, serial(date(2026, 10, 12)), 600_000]]
SHARED_ROW = 2 + len(deal_rows(SEPTEMBER))


def begin(life):
    """September with the shared deal, open."""
    deploy(life, options=("payments", "shares"))
    enter_frame(life)
    work_september(life, SHARED)
    life.enter(MANAGERS[0], "payments", PAYMENTS[:1])


def close_both(life):
    """Close September, go on to October and close it too; what was closed."""
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, life.services)
    september = close_month(SLUG, SEPTEMBER, SEPTEMBER_CLOSED_AT, life.services, "РОП")
    life.enter(MANAGERS[0], "deals", deal_rows(OCTOBER, 11), row=SHARED_ROW + 1)
    life.enter(HEAD, "discipline", mark_rows(OCTOBER), row=2 + len(mark_rows(SEPTEMBER)))
    life.enter(MANAGERS[1], "payments", PAYMENTS[1:], row=3)
    return september, close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")


def scores(life, month):
    (record,) = [
        seal.record
        for seal in life.services.ledger.seals(SLUG)
        if seal.record["inputs"]["month"] == str(month)
    ]
    return {employee["code"]: employee["score_percent"] for employee in record["results"]["employees"]}


def late(life):
    verification = verify_client(SLUG, life.services)
    assert verification.findings == ()
    return [
        (str(edit.kind), edit.tab, edit.key, edit.code, edit.sealed, edit.present)
        for edit in verification.late
    ]


def test_two_months_close_and_late_edits_of_payments_and_shares_are_told(empty):
    begin(empty)
    shown = sync_client(SLUG, MID_SEPTEMBER_AT, empty.services)
    assert [problem.code for problem in shown.problems if problem.blocks] == []
    close_both(empty)
    assert scores(empty, SEPTEMBER) == {"M01": 95, "M02": 84, "R01": 94}
    assert scores(empty, OCTOBER) == {"M01": 91, "M02": 83, "R01": 93}
    assert late(empty) == []
    # The months of both payments are closed: what one of them was is told for its month alone.
    empty.enter(MANAGERS[0], "payments", [[250_000]], row=2, column=2)
    assert late(empty) == [
        (
            "changed",
            "payments",
            "901 2026-09-20",
            "M01",
            {"amount_tiyn": 300_000_00},
            {"amount_tiyn": 250_000_00},
        )
    ]
    empty.enter(MANAGERS[0], "payments", [[300_000]], row=2, column=2)
    # A share fed both: as lead and payment in September, as payment in October.
    empty.enter(MANAGERS[0], "deals", [[0.4]], row=SHARED_ROW, column=14)
    shared = (
        "changed",
        "deals",
        "901",
        "M01",
        {"second_share_fraction": "0.3"},
        {"second_share_fraction": "0.4"},
    )
    assert late(empty) == [shared, shared]
    told = sync_client(SLUG, OCTOBER_CLOSED_AT, empty.services).problems
    assert [problem.code for problem in told if problem.code == "row_vanished"] == []


def test_what_can_not_be_stops_the_close_and_stands_on_the_page_of_problems(empty):
    begin(empty)
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, empty.services)
    empty.enter(MANAGERS[1], "payments", [[999, serial(date(2026, 9, 21)), 1]], row=3)
    assert "901" not in refused(empty).what
    shown = sync_client(SLUG, SEPTEMBER_CLOSED_AT, empty.services).problems
    assert [
        (each.code, each.place.row) for each in shown if each.blocks and each.place.tab == "payments"
    ] == [("payment_of_unknown_deal", 3)]
    [page] = [tab.title for tab in empty.book().outputs() if tab.key == "problems"]
    assert "999" in str(empty.cells(empty.workbook_id, page))
