"""Two months of a client whose leads somebody makes fewer, over syncs, signals, closes and letters (behaviour §4a).

The client of `client_life`. By hand: M01 33.6 + 16 (1 deal of 5 leads, 20 % of 25 %) + 16.8 + 18 = 84.4 → 84; with a lead
fewer 1 of 4: 33.6 + 20 + 16.8 + 18 = 88.4 → 88.
"""

from datetime import datetime

from kpi_rules.time.periods import ALMATY
from operations.letters.sending import send_due_letters
from operations.months.closing import close_month
from operations.months.opening import open_month
from operations.syncing.looking import client_signals
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from sheets_sync.rendering.worklists import signal_sentence
from tests.contract.client_acts import problems, sync
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

AFTER_GRACE_AT = datetime(2026, 9, 21, 12, tzinfo=ALMATY)
"""First seen on Wednesday the 16th, corrected freely to the end of the 17th."""
OCTOBER_SEEN_AT, OCTOBER_CHANGED_AT = (datetime(2026, 10, day, 12, tzinfo=ALMATY) for day in (16, 20))
OCTOBER_ROW = 2 + len(deal_rows(SEPTEMBER))


def begin(life):
    deploy(life)
    enter_frame(life)
    work_september(life)
    sync_client(SLUG, MID_SEPTEMBER_AT, life.services)
    sync_client(SLUG, AFTER_GRACE_AT, life.services)


def scores(life):
    results = life.services.ledger.last_seal(SLUG).record["results"]
    return {employee["code"]: employee["score_percent"] for employee in results["employees"]}


def signals(life, month, at):
    found = client_signals(SLUG, month, at, life.services)
    asked = [each for each in found.results.signals if each.kind.startswith("question_")]
    return [(each.code, signal_sentence(each, found.texts)) for each in asked]


def intact(life):
    verification = verify_client(SLUG, life.services)
    return verification.findings == () and list(verification.late) == []


def letter(life):
    send_due_letters(SLUG, life.services)
    with life.emulator.engine.store.transaction() as txn:
        return txn.setting("notifications")[-1]["message"]


def test_a_lead_that_was_deleted_counts_until_the_head_says_that_this_is_right(empty):
    begin(empty)
    row = deal_rows(SEPTEMBER)[1]
    empty.enter(MANAGERS[0], "deals", [[None] * len(row)], row=3)
    for is_idle in (False, True):
        outcome, reads, writes = sync(empty, AFTER_GRACE_AT)
        [told] = [each for each in problems(outcome) if each.code == "rows_not_as_registered"]
        assert (told.employee, told.blocks, told.params["rows"]) == ("M01", False, "2")
        assert "row_vanished" not in {each.code for each in outcome.problems}
        # What is asked about costs an idle sync no further call.
        assert writes > 0 or is_idle
        assert not is_idle or (reads, writes) == (1, 0)
    assert "Строк стало не так" in str(empty.cells(empty.workbook_id, "Ошибки"))
    [(code, told)] = signals(empty, SEPTEMBER, AFTER_GRACE_AT)
    assert (code, "ТОО «Жетісу»" in told) == ("M01", True)
    assert "Жетісу" not in str(empty.cells(empty.workbook_id, "Чек-лист РОПа"))

    # Nobody answers: September closes with the lead, and nothing of it is a late edit.
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, empty.services)
    close_month(SLUG, SEPTEMBER, SEPTEMBER_CLOSED_AT, empty.services, "РОП")
    assert scores(empty)["M01"] == 84
    assert empty.services.ledger.last_seal(SLUG).record["register"] == {"asked": 1, "unanswered": 1}
    assert "Без ответа РОПа: 1" in letter(empty)
    assert intact(empty)

    # October: the second lead of M01 goes to the head, who says that this is right.
    empty.enter(MANAGERS[0], "deals", deal_rows(OCTOBER, 11), row=OCTOBER_ROW)
    empty.enter(HEAD, "discipline", mark_rows(OCTOBER), row=2 + len(mark_rows(SEPTEMBER)))
    sync_client(SLUG, OCTOBER_SEEN_AT, empty.services)
    sync_client(SLUG, OCTOBER_CHANGED_AT, empty.services)
    empty.enter(MANAGERS[0], "deals", [["R01"]], row=OCTOBER_ROW + 1, column=2)
    asked = sync_client(SLUG, OCTOBER_CHANGED_AT, empty.services)
    assert [each.params["rows"] for each in asked.problems if each.code == "rows_not_as_registered"] == ["12"]
    [(code, told)] = signals(empty, OCTOBER, OCTOBER_CHANGED_AT)
    assert (code, "Асель Нурова" in told, "Гульнара Ким" in told) == ("M01", True, True)
    empty.enter(HEAD, "decisions", [["2026-10", "M01", "12", "верно", "Клиент попросил руководителя"]])
    assert signals(empty, OCTOBER, OCTOBER_CHANGED_AT) == []
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, empty.services, "РОП")
    assert scores(empty)["M01"] == 88
    record = empty.services.ledger.last_seal(SLUG).record
    assert record["register"] == {"asked": 1, "unanswered": 0}
    assert [row["reason"] for row in record["inputs"]["decisions"]] == ["Клиент попросил руководителя"]
    assert intact(empty)

    # Closed months leave nothing of their rows in the register.
    sync_client(SLUG, OCTOBER_CLOSED_AT, empty.services)
    kept = [row for row in empty.services.ledger.row_history(SLUG) if row.cells or row.registered]
    assert kept == []


def test_a_ledger_without_cells_begins_its_register_with_what_it_sees(empty):
    begin(empty)
    with empty.services.ledger._database._engine.begin() as db:
        db.exec_driver_sql("UPDATE input_rows SET cells = NULL, registered = NULL")
    empty.enter(MANAGERS[0], "deals", [["R01"]], row=3, column=2)
    for _ in range(2):
        outcome = sync_client(SLUG, AFTER_GRACE_AT, empty.services)
        assert "rows_not_as_registered" not in {each.code for each in outcome.problems}
    empty.enter(MANAGERS[0], "deals", [["M02"]], row=3, column=2)
    asked = sync_client(SLUG, AFTER_GRACE_AT, empty.services)
    [told] = [each for each in asked.problems if each.code == "rows_not_as_registered"]
    assert (told.employee, told.params["rows"]) == ("R01", "2")
