import json
from datetime import time
from importlib import resources

import pytest

from kpi_rules.cards.results import Payroll
from kpi_rules.time.periods import Month
from kpi_rules.time.settings import Settings
from sheets_sync.a1 import column_letters
from sheets_sync.building.archive import archive_tabs, batches, seal_page
from sheets_sync.building.blueprints import blueprints, build, protections, restore, sheet_id, sheet_sizes
from sheets_sync.building.changes import SheetSize, plan
from sheets_sync.building.payroll_tab import SealMark, payroll_requests, payroll_tab
from sheets_sync.building.wanted import Cell, ColumnDesign, Wanted
from sheets_sync.reading.books import parse_workbook
from sheets_sync.reading.cells import RawBook
from sheets_sync.schema.access import Accounts
from sheets_sync.schema.layout import TabKind
from templates.loading import load

TEMPLATE = load("b2b", "ru")
BOOKS = {"workbook": TEMPLATE.layout.workbook, "payroll": TEMPLATE.layout.payroll}
ACCOUNTS = Accounts(
    system=("robot@tablo.kz",), managers=("m@f.kz",), heads=("rop@f.kz",), owners=("boss@f.kz",)
)


def of_kind(requests, kind):
    return [request[kind] for request in requests if kind in request]


def sheet(key, book="workbook"):
    return next(
        plan for plan in blueprints(BOOKS[book], TEMPLATE.texts, TEMPLATE.rulebook) if plan.key == key
    )


@pytest.mark.parametrize("book", ["workbook", "payroll"])
def test_a_new_file_gets_every_tab_once_in_order_and_loses_the_tab_it_began_with(book):
    requests = build(BOOKS[book], TEMPLATE.texts, ACCOUNTS, TEMPLATE.rulebook)
    added = [request["properties"] for request in of_kind(requests, "addSheet")]
    assert [tab["title"] for tab in added] == [tab.title for tab in BOOKS[book].tabs]
    assert [tab["index"] for tab in added] == list(range(len(added)))
    assert of_kind(requests, "deleteSheet") == [{"sheetId": 0}]
    assert of_kind(requests, "updateSpreadsheetProperties")[0]["properties"] == {
        "locale": "ru_RU",
        "timeZone": "Asia/Almaty",
    }


@pytest.mark.parametrize("book", ["workbook", "payroll"])
def test_tab_ids_are_the_same_each_time_differ_from_each_other_and_are_never_the_default(book):
    ids = [sheet_id(book, tab.key) for tab in BOOKS[book].tabs]
    assert len(set(ids)) == len(ids)
    assert all(0 < number < 2**31 for number in ids)
    assert sheet_sizes(BOOKS[book], TEMPLATE.texts)[BOOKS[book].tabs[0].key].sheet_id == ids[0]


@pytest.mark.parametrize("book", ["workbook", "payroll"])
def test_each_input_tab_begins_with_its_headers_in_row_one(book):
    for tab in BOOKS[book].inputs():
        row = sheet(tab.key, book).wanted.rows[0]
        assert [cell.value for cell in row] == [column.header for column in tab.columns]
        assert [cell.note for cell in row] == [column.note for column in tab.columns]


def test_managers_may_edit_neither_what_the_head_fills_nor_the_output():
    requests = protections(
        BOOKS["workbook"], ACCOUNTS, {tab.key: n for n, tab in enumerate(BOOKS["workbook"].tabs)}
    )
    whole = {
        BOOKS["workbook"].tabs[protected["range"]["sheetId"]].key: protected["editors"]["users"]
        for protected in (request["protectedRange"] for request in of_kind(requests, "addProtectedRange"))
        if "startColumnIndex" not in protected["range"]
    }
    head = ["robot@tablo.kz", "rop@f.kz"]
    assert {key for key, users in whole.items() if users == head} == {
        "staff", "plan", "discipline", "absences", "rules", "settings",
    }  # fmt: skip
    shown = {tab.key for tab in BOOKS["workbook"].outputs()}
    assert shown >= {"scoreboard", "analysis", "funnel", "checklist", "problems"}
    assert {key for key, users in whole.items() if users == ["robot@tablo.kz"]} == {*shown, "guide"}
    assert {tab.key for tab in BOOKS["workbook"].tabs} - set(whole) == {"deals", "objections"}
    assert not any(
        request["protectedRange"].get("warningOnly") for request in of_kind(requests, "addProtectedRange")
    )


def test_only_the_owner_ticks_approval_and_the_tabs_own_protection_leaves_that_column_out():
    requests = protections(BOOKS["payroll"], ACCOUNTS, {"corrections": 5})
    tab, column = (request["protectedRange"] for request in of_kind(requests, "addProtectedRange"))
    approved = {"sheetId": 5, "startColumnIndex": 5, "endColumnIndex": 6}
    assert tab["editors"]["users"] == ["robot@tablo.kz", "rop@f.kz"]
    assert tab["unprotectedRanges"] == [approved]
    assert column["range"] == approved
    assert column["editors"]["users"] == ["robot@tablo.kz", "boss@f.kz"]


def test_protections_of_a_copy_are_taken_away_before_the_new_ones():
    requests = protections(BOOKS["payroll"], ACCOUNTS, {"months": 1}, present_ids=[11, 12])
    assert of_kind(requests[:2], "deleteProtectedRange") == [
        {"protectedRangeId": 11},
        {"protectedRangeId": 12},
    ]
    assert len(requests) == 3


def test_a_lost_tab_comes_back_alone_with_its_protection():
    requests = restore(BOOKS["workbook"], TEMPLATE.texts, ACCOUNTS, ["problems"])
    (added,) = of_kind(requests, "addSheet")
    assert added["properties"]["title"] == "Ошибки"
    assert added["properties"]["index"] == [tab.key for tab in BOOKS["workbook"].tabs].index("problems")
    assert len(of_kind(requests, "addProtectedRange")) == 1
    assert not of_kind(requests, "deleteSheet")


def validations(key, book="workbook"):
    requests = build(BOOKS[book], TEMPLATE.texts, ACCOUNTS)
    tab = BOOKS[book].tab(key)
    found = {}
    for request in of_kind(requests, "repeatCell"):
        if request["range"]["sheetId"] == sheet_id(book, key):
            column = tab.columns[request["range"]["startColumnIndex"]].key
            found[column] = request["cell"].get("dataValidation")
    return found


def test_entry_cells_are_guided_by_lists_checkboxes_dates_and_numbers():
    found = validations("deals")
    assert [v["userEnteredValue"] for v in found["status"]["condition"]["values"]] == [
        "Новый", "В работе", "Сделка", "Отказ",
    ]  # fmt: skip
    assert found["repeat"]["condition"] == {"type": "BOOLEAN"}
    assert found["paid_on"]["condition"]["type"] == "DATE_IS_VALID"
    assert found["code"]["condition"] == {
        "type": "ONE_OF_RANGE",
        "values": [{"userEnteredValue": "='Сотрудники'!$B$2:$B$200"}],
    }
    assert found["comment"] is None


def test_a_share_is_at_most_one_but_a_cap_may_exceed_it():
    found = validations("rules")
    assert found["weight_fraction"]["condition"]["type"] == "NUMBER_BETWEEN"
    assert found["cap_fraction"]["condition"]["type"] == "NUMBER_GREATER_THAN_EQ"


def test_the_plan_asks_for_a_code_and_the_payroll_book_never_looks_into_another_file():
    assert validations("plan")["code"]["condition"]["values"][0]["userEnteredValue"].startswith(
        "='Сотрудники'!$A"
    )
    assert validations("salaries", "payroll")["code"] is None


def test_the_built_in_rules_stand_in_their_tab_as_people_read_them():
    rows = sheet("rules").wanted.values()
    position = {column.key: index for index, column in enumerate(BOOKS["workbook"].tab("rules").columns)}
    managers = [row for row in rows[1:] if row[position["role"]] == "менеджер"]
    assert [row[position["weight_fraction"]] for row in managers] == [0.4, 0.2, 0.2, 0.2]
    assert [row[position["measure"]] for row in managers] == [
        "выполнение плана продаж", "конверсия в сделку", "средний чек", "дисциплина и CRM",
    ]  # fmt: skip
    bands = [row[position["band_from_month"] + 1 :] for row in rows[1:4]]
    assert bands == [[0.8, "полная", 1], [0.7, "сниженная", 0.5], [0, "только оклад", 0]]


def test_settings_stand_as_times_numbers_and_words():
    plans = blueprints(BOOKS["workbook"], TEMPLATE.texts, settings=Settings(day_ends_at=time(18, 30)))
    rows = next(plan for plan in plans if plan.key == "settings").wanted.values()
    assert rows == [
        ["Настройка", "Значение"],
        ["Начало рабочего дня", 0.375],
        ["Конец рабочего дня", 18.5 / 24],
        ["День зарплаты", 10],
        ["Рабочих дней на дозаполнение", 3],
        ["Язык", "русский"],
    ]


def test_colour_rules_use_no_separator_or_decimal_sign_of_one_locale():
    requests = build(BOOKS["workbook"], TEMPLATE.texts, ACCOUNTS)
    conditions = [
        request["rule"]["booleanRule"]["condition"]
        for request in of_kind(requests, "addConditionalFormatRule")
    ]
    formulas = [
        value["userEnteredValue"]
        for condition in conditions
        for value in condition["values"]
        if value["userEnteredValue"].startswith("=")
    ]
    keys = [column.key for column in BOOKS["workbook"].tab("deals").columns]
    status, amount = (column_letters(keys.index(key)) for key in ("status", "amount_tiyn"))
    assert f'=(${status}2="Сделка")*(${amount}2="")' in formulas
    assert not any(sign in formula for formula in formulas for sign in ",;.")


def test_the_guide_is_text_and_every_output_tab_is_narrow_enough():
    for tab in BOOKS["workbook"].tabs:
        plan = sheet(tab.key)
        if tab.kind is TabKind.GUIDE:
            assert len(plan.wanted.rows) > 10
            assert all(isinstance(value, str) for row in plan.wanted.values() for value in row)
        if tab.kind is TabKind.OUTPUT:
            assert plan.column_count <= 7


def test_what_a_new_file_begins_with_is_read_back_as_the_same_rules_and_settings():
    settings = Settings(day_starts_at=time(8, 30), payday=5, grace_working_days=2)
    plans = blueprints(BOOKS["workbook"], TEMPLATE.texts, TEMPLATE.rulebook, settings)
    raw = RawBook({plan.key: plan.wanted.values() for plan in plans})
    read = parse_workbook(raw, BOOKS["workbook"], TEMPLATE.rulebook)
    assert read.inputs.rulebooks == (TEMPLATE.rulebook,)
    assert read.inputs.settings == settings
    assert [problem.code for problem in read.problems] == ["staff_empty"]


def faults(value, schema, schemas, path="$"):
    """List what Google's discovery document does not know: fields, types, words of enums."""
    schema = schemas[schema["$ref"]] if "$ref" in schema else schema
    if schema["type"] == "object":
        fields = schema.get("properties", {})
        unknown = [f"{path}.{name}" for name in value if name not in fields]
        known = [(name, part) for name, part in value.items() if name in fields]
        return unknown + [
            f for name, part in known for f in faults(part, fields[name], schemas, f"{path}.{name}")
        ]
    if schema["type"] == "array":
        return [fault for part in value for fault in faults(part, schema["items"], schemas, f"{path}[]")]
    types = {"string": str, "integer": int, "number": int | float, "boolean": bool}
    right = isinstance(value, types[schema["type"]]) and isinstance(value, bool) == (
        schema["type"] == "boolean"
    )
    return [] if right and value in schema.get("enum", [value]) else [f"{path}: {value!r}"]


def test_every_request_is_one_that_googles_discovery_document_knows():
    document = resources.files("googleapiclient") / "discovery_cache/documents/sheets.v4.json"
    schemas = json.loads(document.read_text(encoding="utf-8"))["schemas"]
    seal = SealMark(1, "7f3a", "KEY")
    page = seal_page(Month(2026, 10), "К", "b2b", seal, TEMPLATE.texts)
    raw = {"deals": [["№"], ["1", True, 2.5]]}
    tabs = archive_tabs(BOOKS["workbook"], TEMPLATE.texts, raw, {("deals", "number"): 0}, {}, page)
    copy = {"sheets": [{"properties": {}}], "namedRanges": [{"namedRangeId": "n"}]}
    copy["developerMetadata"] = [{"metadataId": 1}]
    payroll = payroll_tab(Payroll(Month(2026, 10), "b2b", ()), TEMPLATE.texts, "К", seal)
    linked = Wanted(((Cell("План!B2", "text.strong", "заметка", "#gid=1"),),), (ColumnDesign(90),))
    requests = [
        *build(BOOKS["workbook"], TEMPLATE.texts, ACCOUNTS, TEMPLATE.rulebook, Settings()),
        *build(BOOKS["payroll"], TEMPLATE.texts, ACCOUNTS),
        *protections(BOOKS["payroll"], ACCOUNTS, {"months": 1}, present_ids=[4]),
        *payroll_requests(payroll, ["robot@tablo.kz"]),
        *plan({"t": [["x", "y"], ["z"]]}, {"t": linked}, {"t": SheetSize(1, 1, 1)}),
        *(request for batch in batches(copy, tabs, ["robot@tablo.kz"]) for request in batch),
    ]
    assert faults({"requests": requests}, schemas["BatchUpdateSpreadsheetRequest"], schemas) == []
    assert faults({"requests": [{"addShet": {}}]}, schemas["BatchUpdateSpreadsheetRequest"], schemas) != []
