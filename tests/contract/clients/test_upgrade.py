"""A client's files brought from their layout to the next one, with everything that people have done to them.

The next layout is made of data alone (`tests.next_layout`); the client's own columns, formulas and tab, moved
columns and sorted rows stand in the files before.
"""

from datetime import timedelta

import pytest

from kpi_rules.errors import IntegrityError, RefusedError, TabloError
from ledger import LayoutEvent, LeaseHeld
from operations.clients.upgrading import plan_client, upgrade_client
from operations.months.closing import close_month
from operations.months.opening import open_month
from operations.syncing.sync import sync_client
from operations.verifying.verifying import verify_client
from operations.world.leases import close_lease
from operations.world.telling import told
from sheets_sync.building.upgrading import StepKind
from sheets_sync.ports import LAYOUT_MARK
from sheets_sync.schema.layout import sheet_id
from templates.loading import templates_at
from tests.contract.client_life import (
    HEAD,
    MANAGERS,
    NOVEMBER,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    SLUG,
    serial,
)
from tests.next_layout import NEXT, PRESENT, next_templates
from tests.telling import tells

NOW = OCTOBER_CLOSED_AT - timedelta(days=3)
DEALS = sheet_id("workbook", "deals")
LEFT_ON = 5
"""The position of «Уволен», which the next layout guides and this one, as the test has it, does not."""


@pytest.fixture(scope="session")
def release(tmp_path_factory):
    """The folder of the next release's templates."""
    return next_templates(tmp_path_factory.mktemp("next") / "templates")


@pytest.fixture
def life(sealed):
    """September is sealed, October open; people have made the workbook their own."""
    head = sealed.as_person(HEAD).gateway
    staff, moved = sheet_id("workbook", "staff"), {"sheetId": DEALS, "dimension": "COLUMNS"}
    head.apply(
        sealed.workbook_id,
        [
            {"insertDimension": {"range": {**moved, "startIndex": 4, "endIndex": 5}}},
            {"moveDimension": {"source": {**moved, "startIndex": 8, "endIndex": 9}, "destinationIndex": 2}},
            {"appendDimension": {"sheetId": DEALS, "dimension": "COLUMNS", "length": 6}},
            _cells(DEALS, 0, 5, [["Наша пометка"], ["важно"], [None], ["=1+1"]]),
            _cells(DEALS, 0, 15, [["Наша формула"], ['=IF(A2="","",A2*2)'], ['=A3&""']]),
            {
                "sortRange": {
                    "range": {"sheetId": DEALS, "startRowIndex": 1, "endRowIndex": 12, "endColumnIndex": 15},
                    "sortSpecs": [{"dimensionIndex": 0, "sortOrder": "DESCENDING"}],
                }
            },
            {"addSheet": {"properties": {"sheetId": 77, "title": "Черновик", "index": 3}}},
            _cells(77, 0, 0, [["Итого", "=SUM('План'!C2:C3)"]]),
            {
                "setDataValidation": {
                    "range": {"sheetId": staff, "startColumnIndex": LEFT_ON, "endColumnIndex": LEFT_ON + 1}
                }
            },
            {
                "moveDimension": {
                    "source": {"sheetId": staff, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 1},
                    "destinationIndex": 3,
                }
            },
        ],
    )
    return sealed


def _cells(tab_id, row, column, rows):
    def cell(value):
        if value is None:
            return {}
        kind = "formulaValue" if str(value).startswith("=") else "stringValue"
        return {"userEnteredValue": {kind: value}}

    start = {"sheetId": tab_id, "rowIndex": row, "columnIndex": column}
    data = [{"values": [cell(value) for value in cells]} for cells in rows]
    return {"updateCells": {"start": start, "rows": data, "fields": "userEnteredValue"}}


def entered(life, file_id):
    """All cells of a file as they were entered, without what the system writes, by title."""
    outputs = {tab.title for tab in life.book().outputs()} | {"Инструкция"}
    titles = [
        sheet["properties"]["title"]
        for sheet in life.sheets(file_id)
        if sheet["properties"]["title"] not in outputs
    ]
    read = life.services.creator.gateway.read(file_id, [f"'{title}'" for title in titles], formulas=True)
    return dict(zip(titles, (found.rows for found in read), strict=True))


def writes(life):
    return life.services.creator.gateway.calls.writes + life.services.worker.gateway.calls.writes


def mark(life, file_id):
    return life.services.creator.drive.file(file_id).properties.get(LAYOUT_MARK)


def upgraded(life):
    return upgrade_client(SLUG, NOW, life.services, "консультант")


def steps(plan):
    return [(step.kind, step.tab, step.column) for file in plan.files for step in file.plan.steps]


def test_with_the_new_program_the_old_layout_goes_on_working_and_closing(life, release):
    with templates_at(release):
        outcome = sync_client(SLUG, NOW, life.services)
        assert [
            problem.code for problem in outcome.problems if problem.code.startswith(("header", "tab_"))
        ] == []
        assert "Визиты" not in entered(life, life.workbook_id)
        close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
        assert verify_client(SLUG, life.services).intact
    archive = life.services.ledger.step(SLUG, OCTOBER, "archive")["file_id"]
    assert "Визиты" not in {sheet["properties"]["title"] for sheet in life.sheets(archive)}
    assert life.services.ledger.snapshot(SLUG, OCTOBER).record["layout"] == PRESENT


def test_a_dry_run_says_tab_by_tab_what_comes_and_writes_nothing(life, release):
    before = writes(life)
    with templates_at(release):
        plan = plan_client(SLUG, life.services)
    assert (writes(life), life.services.ledger.layout_notes(SLUG)) == (before, [])
    assert steps(plan) == [
        (StepKind.COLUMN, "Сделки", "Товар"),
        (StepKind.COLUMN, "Сделки", "Скидка согласована"),
        (StepKind.PROTECTION, "Сделки", "Скидка согласована"),
        (StepKind.TAB, "Визиты", ""),
        (StepKind.GUARD, "Сотрудники", "Уволен"),
        (StepKind.COLUMN, "Отсутствия", "Согласовано"),
        (StepKind.PROTECTION, "Отсутствия", "Согласовано"),
        (StepKind.DROPDOWN, "Правила", "Группа"),
        (StepKind.TAB, "Премии", ""),
    ]
    places = {step.column: step.place for file in plan.files for step in file.plan.steps if step.column}
    assert (places["Товар"], places["Скидка согласована"]) == ("Q", "R")


def test_an_upgrade_keeps_every_cell_that_people_entered_and_a_second_one_does_nothing(life, release):
    before = {file_id: entered(life, file_id) for file_id in (life.workbook_id, life.payroll_id)}
    with templates_at(release):
        upgraded(life)
        for file_id, tabs in before.items():
            after = entered(life, file_id)
            assert after.keys() - tabs.keys() == {"Визиты" if file_id == life.workbook_id else "Премии"}
            for title, rows in tabs.items():
                width = max(map(len, rows), default=0)
                assert [row[:width] for row in after[title][: len(rows)]] == _padded(
                    rows, after[title], width
                )
        assert entered(life, life.workbook_id)["Сделки"][0][15:] == [
            "Наша формула",
            "Товар",
            "Скидка согласована",
        ]
        assert (mark(life, life.workbook_id), mark(life, life.payroll_id)) == (str(NEXT), str(NEXT))
        assert life.client.layout == NEXT
        notes = life.services.ledger.layout_notes(SLUG)
        assert [(note.event, note.from_layout, note.to_layout, note.by) for note in notes] == [
            (LayoutEvent.BEGUN, PRESENT, NEXT, "консультант"),
            (LayoutEvent.DONE, PRESENT, NEXT, "консультант"),
        ]
        assert "workbook column «Сделки» Товар Q" in notes[0].what
        again = writes(life)
        assert not upgraded(life).to_do
        assert (writes(life), len(life.services.ledger.layout_notes(SLUG))) == (again, 2)


def _padded(rows, after, width):
    """Rows as long as those read after: blanks inside a row come back as ''."""
    return [[*row, *[""] * (min(width, len(after[index])) - len(row))] for index, row in enumerate(rows)]


def test_after_an_upgrade_sync_verify_and_close_go_on_with_the_new_columns(life, release):
    sync_client(SLUG, NOW, life.services)
    changes = life.services.ledger.row_changes(SLUG)
    with templates_at(release):
        upgraded(life)
        outcome = sync_client(SLUG, NOW + timedelta(hours=1), life.services)
        assert [
            problem.code for problem in outcome.problems if problem.code.startswith(("header", "tab_"))
        ] == []
        assert life.services.ledger.row_changes(SLUG) == changes
        assert verify_client(SLUG, life.services).intact
        life.enter(MANAGERS[0], "deals", [["Станок"]], column=16)
        life.enter(HEAD, "visits", [[serial(OCTOBER.first_on), "M01", 3]])
        sync_client(SLUG, NOW + timedelta(hours=2), life.services)
        close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
        assert verify_client(SLUG, life.services).intact
    archive = life.services.ledger.step(SLUG, OCTOBER, "archive")["file_id"]
    deals = life.cells(archive, "Сделки")
    assert deals[0].index("Товар") == 5
    assert "Станок" in {row[5] for row in deals[1:] if len(row) > 5}
    assert life.cells(archive, "Визиты")[1][1:] == ["M01", 3]


def test_who_edits_what_is_new_is_guarded(life, release):
    with templates_at(release):
        upgraded(life)
    with tells(TabloError, r"закрыт|отклонил"):
        life.enter(MANAGERS[0], "deals", [[True]], column=17)
    life.enter(HEAD, "deals", [[True]], column=17)
    with tells(TabloError, r"закрыт|отклонил"):
        life.enter(HEAD, "absences", [[True]], column=3)
    life.enter(HEAD, "absences", [["M01"]])
    life.enter(MANAGERS[1], "deals", [["Станок"]], column=16)


def test_new_guides_stand_below_the_headers_of_new_columns_and_of_old_ones(life, release):
    fields = "properties(title),data(rowData(values(dataValidation(condition(type)))))"

    def guides(title):
        described = life.services.creator.gateway.describe(
            life.workbook_id, f"sheets({fields})", [f"'{title}'!2:2"]
        )["sheets"]
        [sheet] = [sheet for sheet in described if sheet["properties"]["title"] == title]
        [row] = sheet["data"][0]["rowData"]
        types = [cell.get("dataValidation", {}).get("condition", {}).get("type") for cell in row["values"]]
        return {position: kind for position, kind in enumerate(types) if kind}

    before = {title: guides(title) for title in ("Сотрудники", "Сделки")}
    with templates_at(release):
        upgraded(life)
    assert guides("Сотрудники") == {**before["Сотрудники"], LEFT_ON: "DATE_IS_VALID"}
    assert guides("Сделки") == {**before["Сделки"], 17: "BOOLEAN"}
    assert guides("Визиты") == {
        0: "DATE_IS_VALID",
        1: "ONE_OF_RANGE",
        2: "NUMBER_GREATER_THAN_EQ",
        3: "BOOLEAN",
    }


RELEASED = {
    "condition": {"type": "NUMBER_GREATER_THAN_EQ", "values": [{"userEnteredValue": "0"}]},
    "inputMessage": "Введите число без букв и знака ₸, например 150000.",
}
"""What release 0.1.0 guarded minutes by."""
OWN = {"condition": {"type": "NUMBER_LESS", "values": [{"userEnteredValue": "60"}]}, "strict": True}
MINUTES = 6
"""The place of «Норма ответа, мин» on «План»."""


def guarded(life, rule, rows):
    """Somebody (or an earlier release) guards cells of minutes; `rule` None: takes the guard away."""
    area = {
        "sheetId": sheet_id("workbook", "plan"),
        "startRowIndex": rows.start - 1,
        "endRowIndex": rows.stop - 1,
        "startColumnIndex": MINUTES,
        "endColumnIndex": MINUTES + 1,
    }
    change = {"setDataValidation": {"range": area, **({"rule": rule} if rule else {})}}
    life.services.creator.gateway.apply(life.workbook_id, [change])


def guards_of_minutes(life):
    """By sheet row what guards the minutes of «План»: the upper bound, or the person's own, or nothing."""
    fields = "sheets(data(rowData(values(dataValidation))))"
    [sheet] = life.services.creator.gateway.describe(life.workbook_id, fields, ["'План'!G2:G"])["sheets"]
    rules = [row.get("values", [{}])[0].get("dataValidation") for row in sheet["data"][0]["rowData"]]
    return {
        row: rule and (rule["condition"]["type"], rule["condition"]["values"][-1]["userEnteredValue"])
        for row, rule in enumerate(rules, start=2)
    }


def test_minutes_are_guarded_as_in_new_files_where_the_guard_is_still_the_earlier_releases(life):
    as_new = guards_of_minutes(life)
    assert set(as_new.values()) == {("NUMBER_BETWEEN", "44640")}
    last = max(as_new)
    guarded(life, RELEASED, range(2, last + 1))
    guarded(life, OWN, range(5, 7))
    guarded(life, None, range(9, 10))
    guarded(life, {**RELEASED, "strict": True}, range(12, 13))
    before = entered(life, life.workbook_id)
    assert steps(upgraded(life)) == [(StepKind.GUARD, "План", "Норма ответа, мин")]
    kept = {5: ("NUMBER_LESS", "60"), 6: ("NUMBER_LESS", "60"), 9: None, 12: ("NUMBER_GREATER_THAN_EQ", "0")}
    assert guards_of_minutes(life) == {**as_new, **kept}
    assert entered(life, life.workbook_id) == before
    assert not plan_client(SLUG, life.services).to_do


def test_a_column_that_somebody_has_made_by_that_name_is_taken_as_it_is(life, release):
    life.enter(MANAGERS[0], "deals", [["Товар"], ["Станок"]], row=1, column=16)
    before = entered(life, life.workbook_id)["Сделки"]
    with templates_at(release):
        assert (StepKind.ADOPTED, "Сделки", "Товар") in steps(upgraded(life))
        after = entered(life, life.workbook_id)["Сделки"]
        assert [row[:17] for row in after] == [row[:17] for row in before]
        assert after[0][16:] == ["Товар", "Скидка согласована"]
        assert not plan_client(SLUG, life.services).to_do


@pytest.mark.parametrize(
    ("made", "code", "named"),
    [
        ([["Скидка согласована"], ["может быть"]], "upgrade_column_unfit", "Q2"),
        ([["Товар", "товар"]], "upgrade_header_twice", "Товар"),
    ],
)
def test_what_is_in_the_way_is_named_and_nothing_is_written(life, release, made, code, named):
    life.enter(MANAGERS[0], "deals", made, row=1, column=16)
    with templates_at(release):
        [obstacle] = plan_client(SLUG, life.services).obstacles
        assert (obstacle.code, named in obstacle.params.values()) == (code, True)
        before = writes(life)
        with pytest.raises(RefusedError):
            upgraded(life)
        assert (writes(life), life.services.ledger.layout_notes(SLUG)) == (before, [])


def test_a_tab_of_somebodys_own_with_the_new_ones_name_is_in_the_way(life, release):
    life.as_person(HEAD).gateway.apply(life.workbook_id, [{"addSheet": {"properties": {"title": "Визиты"}}}])
    with templates_at(release):
        assert [each.code for each in plan_client(SLUG, life.services).obstacles] == ["upgrade_tab_taken"]


def test_a_program_that_does_not_know_the_layout_refuses_at_every_door_and_writes_nothing(life, release):
    with templates_at(release):
        upgraded(life)
    before, services = writes(life), life.services
    doors = [
        lambda: sync_client(SLUG, NOW, services),
        lambda: verify_client(SLUG, services),
        lambda: close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, services, "РОП"),
        lambda: open_month(SLUG, NOVEMBER, OCTOBER_CLOSED_AT, services),
        lambda: plan_client(SLUG, services),
        lambda: upgraded(life),
    ]
    for door in doors:
        with tells(RefusedError, "более новая программа"):
            door()
    assert writes(life) == before


def test_a_mark_of_a_newer_program_on_a_file_stops_an_upgrade_a_close_and_an_opening(life):
    """The ledger is an old copy and knows nothing of it."""
    life.services.creator.drive.update(life.payroll_id, properties={LAYOUT_MARK: "9"})
    before, services = writes(life), life.services
    doors = [
        lambda: upgraded(life),
        lambda: close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, services, "РОП"),
        lambda: open_month(SLUG, NOVEMBER, OCTOBER_CLOSED_AT, services),
    ]
    for door in doors:
        with tells(RefusedError, "более новая программа"):
            door()
    assert (writes(life), services.ledger.snapshot(SLUG, OCTOBER)) == (before, None)


def test_a_close_under_way_and_an_upgrade_keep_out_of_each_others_way(life, release):
    with templates_at(release):
        with close_lease(life.services, SLUG, OCTOBER), pytest.raises(LeaseHeld):
            upgraded(life)
        assert life.services.ledger.layout_notes(SLUG) == []
        seen = []

        def meanwhile(_kind):
            life.on_call = lambda _kind: None
            with pytest.raises(LeaseHeld):
                close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
            with pytest.raises(LeaseHeld):
                upgraded(life)
            seen.append("both refused")

        life.on_call = meanwhile
        upgraded(life)
    assert seen == ["both refused"]


def test_a_close_cut_off_before_an_upgrade_is_finished_after_it_in_its_own_layout(life, release):
    class CutOffError(Exception):
        pass

    def cut(kind):
        if kind == "write" and life.services.ledger.snapshot(SLUG, OCTOBER):
            raise CutOffError

    life.on_call = cut
    with pytest.raises(CutOffError):
        close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
    life.on_call = lambda _kind: None
    with templates_at(release):
        upgraded(life)
        close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
        assert verify_client(SLUG, life.services).intact
    archive = life.services.ledger.step(SLUG, OCTOBER, "archive")["file_id"]
    assert "Товар" not in life.cells(archive, "Сделки")[0]
    assert "Визиты" not in {sheet["properties"]["title"] for sheet in life.sheets(archive)}


def test_an_input_cell_that_changes_meanwhile_stops_the_upgrade_by_name_and_the_next_run_goes_on(
    life, release
):
    written = []

    def somebody_types(kind):
        if written and kind == "read":
            life.on_call = lambda _kind: None
            life.enter(MANAGERS[0], "deals", [["Переписано"]], row=3, column=5)
        if kind == "write":
            written.append(kind)

    with templates_at(release):
        life.on_call = somebody_types
        with pytest.raises(IntegrityError) as stopped:
            upgraded(life)
        life.on_call = lambda _kind: None
        assert "«Сделки» F3" in told(stopped.value).what
        assert "Переписано" not in f"{told(stopped.value)} {stopped.value}"
        assert [note.event for note in life.services.ledger.layout_notes(SLUG)] == ["begun", "stopped"]
        assert life.client.layout == PRESENT
        upgraded(life)
        assert life.client.layout == NEXT
        assert entered(life, life.workbook_id)["Сделки"][0].count("Товар") == 1


def test_the_command_tells_a_plan_upgrades_all_and_goes_on_past_a_client_that_fails(
    life, release, command, monkeypatch
):
    monkeypatch.setenv("KPI_HOME", str(life.services.settings.home))
    with templates_at(release):
        code, out, _ = command("client", "upgrade", SLUG, "--dry-run", width=200)
        assert code == 0
        assert f"листы версии {PRESENT} → {NEXT}" in out
        assert "+ новый столбец «Товар»: Q, правее всего, что есть на листе" in out
        assert "+ править столбец «Скидка согласована» (R) сможет только РОП" in out
        assert "Ничего не записано" in out
        ledger = life.services.ledger
        ledger.add_client(_copy(life.client, "other"))
        code, out, complained = command("client", "upgrade", "--all", width=200)
        assert (code, "Готово" in out, "other:" in complained) == (1, True, True)
        assert "Клиентов: 2; не обновить из-за препятствий или сбоев: 1." in out
        assert (ledger.client(SLUG).layout, ledger.client("other").layout) == (NEXT, PRESENT)
        code, out, _ = command("client", "upgrade", SLUG, width=200)
        assert (code, "делать нечего" in out) == (0, True)
    code, _, complained = command("client", "upgrade")
    assert (code, "имя клиента или --all" in complained) == (1, True)


def _copy(client, slug):
    from dataclasses import replace  # noqa: PLC0415

    return replace(client, slug=slug, workbook_id="gone", payroll_id="gone-too")
