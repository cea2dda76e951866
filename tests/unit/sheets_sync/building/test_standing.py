"""What of a spreadsheet is not as it was built, from plain values: protections, hidden tabs, look-alikes."""

import pytest

from sheets_sync.building.standing import archive_differences, book_differences
from sheets_sync.schema.access import Accounts
from sheets_sync.schema.layout import Book, Editors, Tab, TabKind, sheet_id

SYSTEM = ("robot@x.kz",)
ACCOUNTS = Accounts(SYSTEM, heads=("head@x.kz",))
BOOK = Book("workbook", "KPI", (Tab("board", "Табло", TabKind.OUTPUT, Editors.SYSTEM),))
NUMBER = sheet_id("workbook", "board")
PROPERTIES = {"locale": "ru_RU", "timeZone": "Asia/Almaty"}


def guard(**changes):
    users = {"users": ["Robot@x.kz", "boss@x.kz"]}
    return {"protectedRangeId": 7, "range": {"sheetId": NUMBER}, "editors": users, **changes}


def sheet(*guards, title="Табло", number=NUMBER, **properties):
    return {
        "properties": {"sheetId": number, "title": title, **properties},
        "protectedRanges": list(guards),
    }


def found(*sheets, **properties):
    present = {"properties": {**PROPERTIES, **properties}, "sheets": list(sheets)}
    differences = book_differences(BOOK, None, ACCOUNTS, present, {}, owners=["boss@x.kz"])
    return [(each.code, each.tab, each.wanted, each.present) for each in differences]


def test_as_it_was_built_nothing_differs_and_the_owner_may_edit_everything():
    assert found(sheet(guard())) == []


@pytest.mark.parametrize(
    ("changed", "present"),
    [
        ({"editors": {"users": ["robot@x.kz", "head@x.kz"]}}, "head@x.kz, robot@x.kz"),
        ({"editors": {"users": []}}, ""),
        ({"editors": {"users": ["robot@x.kz"], "groups": ["all@x.kz"]}}, "all@x.kz, robot@x.kz"),
        ({"editors": {"users": ["robot@x.kz"], "domainUsersCanEdit": True}}, "robot@x.kz, *"),
        ({"editors": {}, "warningOnly": True}, "*"),
        ({"unprotectedRanges": [{"startColumnIndex": 1, "endColumnIndex": 3}]}, "Robot@x.kz, boss@x.kz, (B:C: *)"),
    ],
)  # fmt: skip
def test_who_else_may_edit_is_named(changed, present):
    assert found(sheet(guard(**changed))) == [("protection_changed", "Табло", "robot@x.kz", present)]


def test_editors_that_google_does_not_tell_of_a_locked_file_are_no_difference():
    hidden = guard()
    del hidden["editors"]
    assert list(archive_differences(BOOK, SYSTEM, {"properties": PROPERTIES, "sheets": [sheet(hidden)]}, owners=[])) == []  # fmt: skip


def test_of_two_protections_over_the_same_cells_the_one_that_is_not_ours_is_named():
    foreign = guard(protectedRangeId=8, editors={"users": ["head@x.kz"]})
    assert found(sheet(foreign, guard())) == [("protection_added", "Табло", "", "head@x.kz")]


@pytest.mark.parametrize("title", ["табло", " Табло ", "Taбло", "Табло.", "Т\u200bабло"])
def test_a_tab_that_looks_like_ours_is_named(title):
    mine = sheet(title=title, number=5)
    assert found(sheet(guard()), mine) == [("tab_looks_alike", title, "Табло", title)]


@pytest.mark.parametrize("title", ["Табло 2", "Моё табло", "Заметки"])
def test_a_tab_of_ones_own_is_not(title):
    assert found(sheet(guard()), sheet(title=title, number=5)) == []


def test_locale_time_zone_and_hidden_tabs_are_named():
    assert found(sheet(guard(), hidden=True), locale="en_US", timeZone="Etc/UTC") == [
        ("locale_changed", "", "ru_RU", "en_US"),
        ("time_zone_changed", "", "Asia/Almaty", "Etc/UTC"),
        ("tab_hidden", "Табло", "", ""),
    ]
