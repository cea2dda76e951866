import json

import pytest

from kpi_rules.time.periods import Month
from sheets_sync.building.archive import (
    CELLS_A_BATCH,
    TabDifference,
    archive_tabs,
    batches,
    compare,
    expected,
    known_rows,
    seal_page,
)
from sheets_sync.building.blueprints import sheet_id
from sheets_sync.building.payroll_tab import SealMark
from sheets_sync.building.wanted import Cell, ColumnDesign, Wanted, grid
from templates.loading import load

TEMPLATE = load("b2b", "ru")
BOOK = TEMPLATE.layout.workbook
DEALS = BOOK.tab("deals")
PAGE = seal_page(Month(2026, 10), "Степной ветер", "b2b 2026-01", SealMark(3, "7f3a", "KEY"), TEMPLATE.texts)
BOARD = Wanted(grid([[Cell("Айгерим"), Cell(0.88, "percent")]], 2), (ColumnDesign(100), ColumnDesign(80)))
# The client moved «Сумма» to the front and added a column of his own.
RAW = [
    ["Сумма, ₸", "Моё", "№", "Статус"],
    [150000, "секрет", "1", "Сделка"],
    [],
    ["=SUM(A1)", "", "2", "Новый"],
]
POSITIONS = {("deals", "amount_tiyn"): 0, ("deals", "number"): 2, ("deals", "status"): 3}


def tabs():
    return archive_tabs(BOOK, TEMPLATE.texts, {"deals": RAW}, POSITIONS, {"scoreboard": BOARD}, PAGE)


def copy(*ids, **more):
    return {"sheets": [{"properties": {"sheetId": number, "title": f"t{number}"}} for number in ids], **more}


def of_kind(requests, kind):
    return [request[kind] for request in requests if kind in request]


def test_only_known_columns_are_taken_in_the_layouts_order_and_text_stays_text():
    rows = known_rows(DEALS, RAW, {"amount_tiyn": 0, "number": 2, "status": 3})
    keys = [column.key for column in DEALS.columns]
    first = dict(zip(keys, rows[0], strict=False))
    assert (first["number"], first["status"], first["amount_tiyn"]) == ("1", "Сделка", 150000)
    assert rows[1] == []
    assert "секрет" not in json.dumps(rows, ensure_ascii=False)
    assert dict(zip(keys, rows[2], strict=False))["amount_tiyn"] == "=SUM(A1)"


def test_the_archive_has_the_seal_first_and_then_every_tab_of_the_layout():
    assert [tab.title for tab in tabs()] == ["Печать", *(tab.title for tab in BOOK.tabs)]


def test_the_seal_page_prints_number_fingerprint_and_key():
    values = PAGE.values()
    assert values[0] == ["Октябрь 2026 KPI — Степной ветер"]
    assert ["Номер печати", "3"] in values
    assert ["Отпечаток", "7f3a"] in values
    assert ["Открытый ключ", "KEY"] in values


def test_the_first_batch_replaces_every_tab_of_the_copy_and_protects_all_new_ones():
    first, *_ = batches(copy(0, 17), tabs(), ["robot@tablo.kz"])
    assert of_kind(first, "deleteSheet") == [{"sheetId": 0}, {"sheetId": 17}]
    added = {request["properties"]["sheetId"] for request in of_kind(first, "addSheet")}
    protected = [request["protectedRange"] for request in of_kind(first, "addProtectedRange")]
    assert {p["range"]["sheetId"] for p in protected} == added
    assert all(p["editors"]["users"] == ["robot@tablo.kz"] for p in protected)
    assert len(added) == len(BOOK.tabs) + 1


def simulate(first, titles):
    """Follow the tabs through a batch as Google would: ids and titles are unique, one tab must remain."""
    for request in first:
        if "addSheet" in request:
            properties = request["addSheet"]["properties"]
            assert properties["sheetId"] not in titles
            assert properties["title"] not in titles.values()
            titles[properties["sheetId"]] = properties["title"]
        if "deleteSheet" in request:
            del titles[request["deleteSheet"]["sheetId"]]
            assert titles
        if "updateSheetProperties" in request:
            properties = request["updateSheetProperties"]["properties"]
            titles[properties["sheetId"]] = properties["title"]
    return titles


def test_the_order_of_requests_never_leaves_the_file_without_a_tab_or_with_two_of_one_title():
    first, *_ = batches(copy(0, 17), tabs(), ["r"])
    titles = simulate(first, {0: "Сделки", 17: "Печать"})
    assert list(titles.values()) == [tab.title for tab in tabs()]


def test_begun_again_on_a_half_made_archive_it_leads_to_the_same_tabs():
    half_made = {sheet_id("archive", tab.key): tab.title for tab in tabs()}
    first, *_ = batches(copy(*half_made), tabs(), ["r"])
    titles = simulate(first, dict(half_made))
    assert list(titles.values()) == [tab.title for tab in tabs()]


def test_names_and_metadata_that_hang_on_the_file_are_removed():
    described = copy(0, namedRanges=[{"namedRangeId": "n1"}], developerMetadata=[{"metadataId": 5}])
    first, *_ = batches(described, tabs(), ["r"])
    assert of_kind(first, "deleteNamedRange") == [{"namedRangeId": "n1"}]
    assert of_kind(first, "deleteDeveloperMetadata") == [
        {"dataFilter": {"developerMetadataLookup": {"metadataId": 5}}}
    ]


def test_entries_are_written_as_bare_values_below_the_header():
    _, *fills = batches(copy(0), tabs(), ["r"])
    (update,) = of_kind(fills[0], "updateCells")
    assert update["start"] == {"sheetId": sheet_id("archive", "deals"), "rowIndex": 1, "columnIndex": 0}
    assert update["fields"] == "userEnteredValue"
    written = json.dumps(update, ensure_ascii=False)
    assert '{"stringValue": "=SUM(A1)"}' in written
    assert "formulaValue" not in written


def test_large_tabs_go_in_batches_of_a_bounded_size():
    raw = [["№"], *([str(number)] for number in range(5000))]
    many = archive_tabs(BOOK, TEMPLATE.texts, {"deals": raw}, {("deals", "number"): 0}, {}, PAGE)
    _, *fills = batches(copy(0), many, ["r"])
    sizes = [len(fill[0]["updateCells"]["rows"]) for fill in fills]
    assert sum(sizes) == 5000
    assert max(sizes) * len(DEALS.columns) <= CELLS_A_BATCH
    assert len({fill[0]["updateCells"]["start"]["rowIndex"] for fill in fills}) == len(fills)


@pytest.mark.parametrize("key", ["deals", "staff", "problems"])
def test_each_tab_is_large_enough_for_its_frozen_rows_and_content(key):
    tab = next(tab for tab in tabs() if tab.key == key)
    assert tab.row_count > tab.wanted.frozen_rows
    assert tab.row_count >= len(tab.wanted.rows) + len(tab.entries)


def test_what_is_read_back_equals_what_was_sealed():
    sealed = expected(tabs())
    assert sealed["Табло"] == [["Айгерим", 0.88]]
    assert compare(sealed, {title: [list(row) for row in rows] for title, rows in sealed.items()}) == []


def test_tampering_is_named_by_tab_and_cell_with_both_values():
    sealed = {"Табло": [["Айгерим", 0.88]], "План": [["Месяц"]]}
    present = {"Табло": [["Айгерим", 0.9]], "Чужой": [["x"]]}
    assert compare(sealed, present) == [
        TabDifference("План", "", "План", None),
        TabDifference("Чужой", "", None, "Чужой"),
        TabDifference("Табло", "B1", 0.88, 0.9),
    ]
