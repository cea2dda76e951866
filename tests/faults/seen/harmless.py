"""What people do all day with their files and what harms nobody: it must raise nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sheets_sync.ports import SPREADSHEET_TYPE
from sheets_sync.schema.layout import sheet_id
from tests.contract.client_life import ACCOUNTANT, HEAD, MANAGERS, OWNER
from tests.faults.seen.acts import (
    BOSS,
    MANAGER,
    batch,
    of_tab,
    patched,
    send,
)


def read_by(*people: str) -> Callable:
    def act(life, _who, place):
        for person in people:
            google = life.as_person(person)
            titles = [sheet["properties"]["title"] for sheet in life.sheets(place)]
            assert google.gateway.read(place, [f"'{title}'" for title in titles])

    return act


def exported(life, who, place):
    assert life.as_person(who).drive.export(place)


def commented(life, who, place):
    send(
        life,
        who,
        "post",
        f"{place}/comments",
        json={"content": "Посмотрите, пожалуйста"},
        params={"fields": "id"},
    )


def own_sheet_elsewhere(life, who, _place):
    life.as_person(who).drive.create("Табло", SPREADSHEET_TYPE)


def own_copy_elsewhere(life, who, place):
    """A copy bears the marks of its original; it is the person's own, in the person's own drive."""
    body = {"name": "Моя копия", "parents": ["root"]}
    send(life, who, "post", f"{place}/copy", json=body)


def own_tab(tab_id: int, title: str, *more: dict[str, Any]) -> Callable:
    return batch({"addSheet": {"properties": {"sheetId": tab_id, "title": title}}}, *more)


def own_column(tab: str, column: int, *more: dict[str, Any]) -> Callable:
    number = sheet_id("workbook", tab)
    start = {"sheetId": number, "rowIndex": 0, "columnIndex": column}
    rows = [{"values": [{"userEnteredValue": {"stringValue": "Моя пометка"}}]}]
    wider = {"appendDimension": {"sheetId": number, "dimension": "COLUMNS", "length": 10}}
    return batch(wider, {"updateCells": {"start": start, "rows": rows, "fields": "userEnteredValue"}}, *more)


DEALS = sheet_id("workbook", "deals")
A_ROW = {"sheetId": DEALS, "startRowIndex": 1, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 4}
FAR = {"sheetId": DEALS, "startColumnIndex": 20, "endColumnIndex": 21}
WIDTH = {"sheetId": DEALS, "dimension": "COLUMNS", "startIndex": 3, "endIndex": 4}
MY_TAB = 77_001


def guarded(area: dict[str, Any], who: str) -> dict[str, Any]:
    return {"addProtectedRange": {"protectedRange": {"range": area, "editors": {"users": [who]}}}}


HARMLESS = {
    "everybody opens the workbook": ("workbook", HEAD, read_by(*MANAGERS, HEAD, OWNER)),
    "those who may open the payroll book": ("payroll", HEAD, read_by(HEAD, OWNER, ACCOUNTANT)),
    "those who may open the archive": ("archive", HEAD, read_by(*MANAGERS, HEAD, OWNER, ACCOUNTANT)),
    "the accountant prints the payroll book": ("payroll", ACCOUNTANT, exported),
    "a manager exports the workbook": ("workbook", MANAGER, exported),
    "a manager comments on the workbook": ("workbook", MANAGER, commented),
    "the head comments on the payroll book": ("payroll", HEAD, commented),
    "a manager has a sheet of that name elsewhere": ("workbook", MANAGER, own_sheet_elsewhere),
    "a manager copies the workbook into an own drive": ("workbook", MANAGER, own_copy_elsewhere),
    "a filter view": (
        "workbook", MANAGER,
        batch({"addFilterView": {"filter": {"title": "Мои", "range": {"sheetId": DEALS}}}}),
    ),
    "a basic filter on deals": (
        "workbook", MANAGER, batch({"setBasicFilter": {"filter": {"range": {"sheetId": DEALS}}}}),
    ),
    "a tab of one's own": ("workbook", MANAGER, own_tab(MY_TAB, "Мои заметки")),
    "a tab of one's own, hidden": (
        "workbook", MANAGER,
        own_tab(MY_TAB, "Мои заметки", {"updateSheetProperties": {"properties": {"sheetId": MY_TAB, "hidden": True}, "fields": "hidden"}}),
    ),
    "a tab of one's own, locked": (
        "workbook", MANAGER, own_tab(MY_TAB, "Мои заметки", guarded({"sheetId": MY_TAB}, MANAGER)),
    ),
    "a column of one's own": ("workbook", MANAGER, own_column("deals", 20)),
    "a column of one's own, locked": ("workbook", MANAGER, own_column("deals", 20, guarded(FAR, MANAGER))),
    "a wider column": (
        "workbook", MANAGER,
        batch({"updateDimensionProperties": {"range": WIDTH, "properties": {"pixelSize": 300}, "fields": "pixelSize"}}),
    ),
    "a coloured row of deals": (
        "workbook", MANAGER,
        batch({"repeatCell": {"range": A_ROW, "cell": {"userEnteredFormat": {"backgroundColor": {"red": 1}}}, "fields": "userEnteredFormat.backgroundColor"}}),
    ),
    "a note on a deal": (
        "workbook", MANAGER, batch({"repeatCell": {"range": A_ROW, "cell": {"note": "Позвонить"}, "fields": "note"}}),
    ),
    "a named range": (
        "workbook", MANAGER, batch({"addNamedRange": {"namedRange": {"name": "мои", "range": A_ROW}}}),
    ),
    "more rows below": (
        "workbook", MANAGER,
        batch({"appendDimension": {"sheetId": DEALS, "dimension": "ROWS", "length": 50}}),
    ),
    "a column moved with its guard": (
        "payroll", BOSS,
        batch({"moveDimension": {"source": {"sheetId": sheet_id("payroll", "salaries"), "dimension": "COLUMNS", "startIndex": 4, "endIndex": 5}, "destinationIndex": 3}}),
    ),
    "a tab to fill that is called otherwise": (
        "workbook", MANAGER, of_tab("workbook", "deals", title="Лиды"),
    ),
    "a description of the file": ("workbook", HEAD, patched(description="Таблица отдела продаж")),
}  # fmt: skip
