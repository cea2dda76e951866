"""A sync over real HTTP: one read, at most one write, nothing of the user's touched, whatever people did."""

import json
from datetime import date, timedelta

import pytest

from kpi_rules.errors import ClientUnavailableError, RetryableError, TabloError
from kpi_rules.problems import Severity
from operations.clients.deploy import deploy_client
from operations.months.opening import open_month
from operations.syncing.sync import sync_client
from operations.world.local import WORKER_EMAIL
from sheets_emulator.serving.faults import Strike
from sheets_sync.google.answers import nothing_of
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_acts import (
    batch,
    codes,
    page,
    sync,
    write,
)
from tests.contract.client_life import (
    DEAL_ROW,
    DEPLOYED_AT,
    HEAD,
    MANAGERS,
    MID_SEPTEMBER_AT,
    OCTOBER,
    OCTOBER_OPENED_AT,
    OWNER,
    SEPTEMBER,
    SEPTEMBER_CLOSED_AT,
    SLUG,
    deal_rows,
    new_client,
    serial,
)
from tests.telling import remedy_of, what_of


def test_a_sync_is_one_read_and_one_write_and_the_second_writes_nothing(life):
    first, reads, writes = sync(life)
    assert (reads, writes) == (2, 1), "the cells, and as what numbers are shown that nobody has looked at"
    assert first.requests > 0
    second, reads, writes = sync(life)
    assert (reads, writes) == (1, 0)
    assert second.requests == 0
    assert second.results == first.results


def test_a_later_sync_of_the_same_day_with_nothing_new_writes_nothing(life):
    sync(life)
    _, reads, writes = sync(life, MID_SEPTEMBER_AT + timedelta(hours=3))
    assert (reads, writes) == (1, 0)


def row_of(life, first, title="Табло"):
    return [row for row in page(life, title) if row[0] == first]


def test_a_new_row_is_seen_by_the_next_sync_in_one_write(life):
    sync(life)
    won = deal_rows(SEPTEMBER, 100)[0]
    life.enter(MANAGERS[0], "deals", [won], row=DEAL_ROW + 10)
    outcome, reads, writes = sync(life)
    assert (reads, writes) == (1, 1)
    assert outcome.results[0].team.revenue_tiyn == (840_000 + 700_000 + 840_000) * 100
    assert row_of(life, "Выручка к плану месяца")[0][1] == 2_380_000


def test_a_write_whose_answer_was_lost_is_repeated_and_leaves_what_once_leaves(life):
    life.strike(Strike(kind="cut_after", method="POST", path="batchUpdate"))
    _, reads, writes = sync(life)
    assert (reads, writes) == (2, 2)
    assert sync(life)[1:] == (1, 0)


OUTPUTS = ("Табло", "Разбор", "Воронка", "Чек-лист РОПа", "Ошибки")


def pages(life):
    return {title: page(life, title) for title in OUTPUTS}


def test_a_storm_ends_in_an_error_that_is_noted_and_nothing_is_written(life):
    before = pages(life)
    life.strike(Strike(kind="error_before", path="/v4/", times=99, status=429))
    with pytest.raises(RetryableError):
        sync(life)
    life.strike()
    note = life.services.ledger.sync_notes()[SLUG]
    assert (note.error_code, note.failures, note.synced_at) == ("RetryableError", 1, None)
    assert pages(life) == before
    sync(life)
    note = life.services.ledger.sync_notes()[SLUG]
    assert (note.error_code, note.failures, note.synced_at) == (None, 0, MID_SEPTEMBER_AT)


def test_the_month_to_date_is_held_against_the_days_that_are_over(life):
    """On the 16th eleven of 22 working days are over: half of each plan; the marks so far are all «да».

    M01: 40 + 16 + 16.8 + 20 = 92.8; M02: 40 + 16 + 16 + 20 = 92; R01: 40 + 16 + 20 + 20 = 96.
    """
    outcome, _, _ = sync(life)
    [running] = outcome.results
    assert (running.month, running.final) == (SEPTEMBER, False)
    assert row_of(life, "Выручка к плану на сегодня")[0][1:4] == [1_540_000, 1_000_000, 1.54]
    assert {e.code: e.score_percent for e in running.employees} == {"M01": 93, "M02": 92, "R01": 96}
    assert ["Сентябрь 2026", "предварительно"] in page(life)


def test_the_board_shows_the_open_month_and_the_one_in_review_and_then_its_final_result(life):
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, life.services)
    outcome, reads, writes = sync(life, SEPTEMBER_CLOSED_AT)
    assert (reads, writes) == (1, 1), "the opening has looked"
    running, review = outcome.results
    assert (running.month, review.month) == (OCTOBER, SEPTEMBER)
    assert {e.code: e.score_percent for e in review.employees} == {"M01": 84, "M02": 76, "R01": 84}
    titles = [row for row in page(life) if row[0] in {"Октябрь 2026", "Сентябрь 2026"}]
    assert titles == [["Октябрь 2026", "предварительно"], ["Сентябрь 2026", "на проверке"]]


def test_after_the_close_the_board_shows_the_final_result_beneath(sealed):
    outcome, _, _ = sync(sealed, SEPTEMBER_CLOSED_AT)
    assert [result.month for result in outcome.results] == [OCTOBER]
    titles = [row for row in page(sealed) if row[0] in {"Октябрь 2026", "Сентябрь 2026"}]
    assert [title[0] for title in titles] == ["Октябрь 2026", "Сентябрь 2026"]
    assert titles[1][1] not in {"предварительно", "на проверке"}
    assert ["Марат Жумабаев", 0.76, "сниженная", 0.7] in page(sealed)
    assert sync(sealed, SEPTEMBER_CLOSED_AT)[1:] == (1, 0)


def test_vandalised_output_cells_heal_in_one_write(life):
    sync(life)
    before = pages(life)
    write(life, "scoreboard", [[{"stringValue": "моё"}, {"numberValue": 1}]] * 3, row=4)
    write(life, "analysis", [[{"formulaValue": "=1+1"}]], row=2)
    write(life, "problems", [[{"stringValue": "мусор"}] * 3], row=90)
    _, reads, writes = sync(life)
    assert (reads, writes) == (1, 1)
    assert pages(life) == before
    assert sync(life)[1:] == (1, 0)


def guards(life):
    """Whole-tab protections of the output tabs: title → editors."""
    found = {}
    for sheet in life.sheets(life.workbook_id, "properties(title),protectedRanges"):
        if sheet["properties"]["title"] in OUTPUTS:
            [guard] = sheet["protectedRanges"]
            assert "startColumnIndex" not in guard["range"]
            found[sheet["properties"]["title"]] = sorted(guard["editors"]["users"])
    return found


@pytest.mark.parametrize("tab", ["scoreboard", "problems", "checklist"])
def test_a_deleted_output_tab_comes_back_protected_and_whole(life, tab):
    sync(life)
    before, guarded = pages(life), guards(life)
    assert set(guarded) == set(OUTPUTS)
    batch(life, {"deleteSheet": {"sheetId": sheet_id("workbook", tab)}})
    assert len(guards(life)) == 4
    _, reads, writes = sync(life)
    assert (reads, writes) == (4, 1), "the read that failed, what there is, the read, and who we are"
    assert pages(life) == before
    assert guards(life) == guarded
    assert sync(life)[1:] == (1, 0)


def test_all_output_tabs_deleted_at_once_come_back(life):
    sync(life)
    before = pages(life)
    tabs = ("scoreboard", "analysis", "funnel", "checklist", "problems")
    batch(life, *({"deleteSheet": {"sheetId": sheet_id("workbook", tab)}} for tab in tabs))
    assert sync(life)[2] == 1
    assert pages(life) == before
    assert [sheet["properties"]["title"] for sheet in life.sheets(life.workbook_id)][:5] == list(OUTPUTS)


@pytest.mark.parametrize("kind", ["cut_after", "error_after"])
def test_a_restored_tab_whose_answer_was_lost_is_not_added_twice(life, kind):
    sync(life)
    before = pages(life)
    batch(life, {"deleteSheet": {"sheetId": sheet_id("workbook", "funnel")}})
    life.strike(Strike(kind=kind, method="POST", path="batchUpdate"))
    with pytest.raises(RetryableError):
        sync(life)
    life.strike()
    sync(life)
    assert pages(life) == before


def test_a_renamed_output_tab_is_known_by_its_id_and_goes_on_being_written(life):
    sync(life)
    before = page(life)
    place = {"sheetId": sheet_id("workbook", "scoreboard"), "title": "Моё табло"}
    batch(life, {"updateSheetProperties": {"properties": place, "fields": "title"}})
    write(life, "scoreboard", [[{"stringValue": "мусор"}]], row=7)
    _, _, writes = sync(life)
    assert writes == 1
    titles = [sheet["properties"]["title"] for sheet in life.sheets(life.workbook_id)]
    assert "Моё табло" not in titles, "an output tab has the name that the guide tells"
    assert page(life) == before
    assert sync(life)[1:] == (1, 0)


def test_a_renamed_input_tab_is_read_on_and_left_with_its_new_name(life):
    before, _, _ = sync(life)
    place = {"sheetId": sheet_id("workbook", "deals"), "title": "Сделки 2026"}
    batch(life, {"updateSheetProperties": {"properties": place, "fields": "title"}})
    after, _, _ = sync(life)
    assert [e.score for e in after.results[0].employees] == [e.score for e in before.results[0].employees]
    assert "Сделки 2026" in [sheet["properties"]["title"] for sheet in life.sheets(life.workbook_id)]


@pytest.mark.parametrize("tab", ["deals", "discipline", "staff", "plan", "absences", "objections", "rules", "settings"])  # fmt: skip
def test_a_deleted_input_tab_is_a_problem_and_not_a_crash(life, tab):
    sync(life)
    known = len(life.services.ledger.row_changes(SLUG))
    batch(life, {"deleteSheet": {"sheetId": sheet_id("workbook", tab)}})
    outcome, reads, writes = sync(life)
    assert reads <= 3
    assert writes <= 1
    missing = [problem for problem in outcome.problems if problem.code == "tab_missing"]
    assert [problem.place.tab for problem in missing] == [tab]
    froze = tab in {"plan", "rules"}  # the open month stands on what froze, whatever became of the tab
    assert froze or missing[0].severity is Severity.BLOCKING
    told = " ".join(str(cell) for row in page(life, "Ошибки") for cell in row)
    assert "нет листа" in told
    assert tab not in {"deals", "discipline"} or len(life.services.ledger.row_changes(SLUG)) == known
    titles = [sheet["properties"]["title"] for sheet in life.sheets(life.workbook_id)]
    assert len(titles) == 13, "an input tab is the user's: nobody puts an empty one in its place"


def test_an_emptied_workbook_is_told_of_tab_by_tab(life):
    sync(life)
    known = len(life.services.ledger.row_changes(SLUG))
    tabs = ("deals", "discipline", "staff", "plan", "absences", "objections", "rules", "settings")
    emptied = [
        {"updateCells": {"range": {"sheetId": sheet_id("workbook", tab)}, "fields": "userEnteredValue"}}
        for tab in tabs
    ]
    batch(life, *emptied)
    outcome, reads, writes = sync(life)
    assert (reads, writes) == (1, 1)
    empty = {problem.place.tab for problem in outcome.problems if problem.code == "tab_emptied"}
    assert empty == set(tabs)
    assert len(life.services.ledger.row_changes(SLUG)) == known, "rows that cannot be read did not vanish"


def withdraw(life, file_id):
    drive = life.services.creator.drive
    [permission] = [item for item in drive.permissions(file_id) if item["emailAddress"] == WORKER_EMAIL]
    drive.revoke(file_id, permission["id"])


def test_withdrawn_access_is_noted_and_the_other_clients_go_on(life):
    deploy_client(new_client(slug="other"), DEPLOYED_AT, life.services)
    withdraw(life, life.workbook_id)
    synced, failed = [], []
    for client in life.services.ledger.clients():
        try:
            synced.append(sync_client(client.slug, MID_SEPTEMBER_AT, life.services).client)
        except TabloError as error:
            failed.append((client.slug, type(error)))
    assert failed == [(SLUG, ClientUnavailableError)]
    assert synced == ["other"]
    notes = life.services.ledger.sync_notes()
    assert (notes[SLUG].error_code, notes[SLUG].failures) == ("ClientUnavailableError", 1)
    assert notes["other"].error_code is None


def test_access_withdrawn_between_read_and_write_leaves_a_note_and_no_trace_in_the_file(life):
    before = pages(life)

    def withdraw_before_the_write(kind):
        if kind == "write":
            life.on_call = lambda _kind: None
            withdraw(life, life.workbook_id)

    life.on_call = withdraw_before_the_write
    with pytest.raises(ClientUnavailableError):
        sync(life)
    assert pages(life) == before
    assert life.services.ledger.sync_notes()[SLUG].error_code == "ClientUnavailableError"


def test_a_workbook_in_nobodys_hands_is_an_unavailable_client(life):
    life.services.creator.gateway.send(
        "delete", f"https://www.googleapis.com/drive/v3/files/{life.workbook_id}", "удалить", nothing_of
    )
    with pytest.raises(ClientUnavailableError) as gone:
        sync(life)
    assert what_of(gone)
    assert remedy_of(gone)


INPUTS = ("Сделки", "Дисциплина", "Сотрудники", "План", "Отсутствия", "Возражения", "Правила", "Настройки")


WHOLE = "properties,data(rowData(values(userEnteredValue,userEnteredFormat,note,dataValidation))),protectedRanges,conditionalFormats,merges,basicFilter"  # fmt: skip


def whole(life, titles, file_id=None):
    """Everything that the file knows of these tabs, by title."""
    found = {}
    for sheet in life.sheets(file_id or life.workbook_id, WHOLE):
        found[sheet["properties"]["title"]] = json.dumps(sheet, sort_keys=True, ensure_ascii=False)
    return {title: found[title] for title in titles if title in found}


def test_no_sync_touches_any_cell_format_or_guard_of_an_input_tab(life):
    kept = (*INPUTS, "Инструкция")
    before = whole(life, kept)
    sync(life)
    write(life, "scoreboard", [[{"stringValue": "мусор"}]], row=3)
    batch(life, {"deleteSheet": {"sheetId": sheet_id("workbook", "funnel")}})
    open_month(SLUG, OCTOBER, OCTOBER_OPENED_AT, life.services)
    sync(life, SEPTEMBER_CLOSED_AT)
    assert whole(life, kept) == before


def test_columns_filters_and_tabs_of_the_clients_own_stay_as_they_are(life):
    wider = {"sheetId": sheet_id("workbook", "deals"), "dimension": "COLUMNS", "length": 3}
    batch(life, {"appendDimension": wider})
    write(life, "deals", [[{"stringValue": "Мой столбец"}], [{"formulaValue": "=H2*2"}]], row=1, column=14)
    own = {"addSheet": {"properties": {"sheetId": 4711, "title": "Мои заметки"}}}
    covered = {"sheetId": sheet_id("workbook", "deals"), "startRowIndex": 0, "endRowIndex": 12}
    batch(life, own, {"setBasicFilter": {"filter": {"range": covered}}})
    kept = ("Сделки", "Мои заметки")
    before = whole(life, kept)
    outcome, _, _ = sync(life)
    assert outcome.results[0].team.revenue_tiyn == 154_000_000
    assert whole(life, kept) == before


HOSTILE = ('=HYPERLINK("http://evil.example","x")', "+7 701 000 00 00", "-1+1", "@SUM(A1)", "'=1+1", "=1+1")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_that_looks_like_a_formula_stays_text_wherever_it_is_shown(life, text):
    life.enter(HEAD, "staff", [["M01", text]])
    broken = [text, serial(date(2026, 9, 8)), "M01", text, text, None, text, text, None, text]
    life.enter(MANAGERS[0], "deals", [broken], row=DEAL_ROW + 10)
    sync(life)
    shown = []
    for sheet in life.sheets(life.workbook_id, "properties(title),data(rowData(values(userEnteredValue)))"):
        if sheet["properties"]["title"] in OUTPUTS:
            cells = [
                cell["userEnteredValue"]
                for row in sheet["data"][0].get("rowData", [])
                for cell in row.get("values", [])
                if "userEnteredValue" in cell
            ]
            assert not any("formulaValue" in cell for cell in cells)
            shown += [cell["stringValue"] for cell in cells if "stringValue" in cell]
    assert any(text.lstrip("'") in cell for cell in shown)


def test_sync_before_any_month_has_opened_shows_the_plan_of_the_month(deployed):
    outcome, reads, writes = sync(deployed)
    assert (reads, writes) == (2, 1)
    assert "staff_empty" in codes(outcome)
    assert deployed.services.ledger.months(SLUG) == []


def test_the_owner_sees_the_board_and_writes_nowhere(life):
    sync(life)
    owner = life.as_person(OWNER)
    assert owner.gateway.read(life.workbook_id, ["'Табло'!A1"])[0].rows
    with pytest.raises(TabloError):
        life.enter(OWNER, "deals", [["x"]], row=50)
