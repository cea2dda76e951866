"""The look of a tab as a record: what is kept of Google's answers, what is left out, and how two looks differ."""

import random
from copy import deepcopy

import pytest

from sheets_sync.presentation.fields import LOOK_FIELDS, PRESENTATION_1, VERSIONS
from sheets_sync.presentation.looks import LookDifference, areas, differences, looks, never_set, spots_of
from templates.loading import load

BOLD_SUM = {
    "userEnteredValue": {"numberValue": 5},
    "userEnteredFormat": {
        "numberFormat": {"type": "NUMBER", "pattern": "#,##0"},
        "backgroundColor": {"red": 1, "green": 1, "blue": 1},
        "backgroundColorStyle": {"rgbColor": {"red": 1, "green": 1, "blue": 1}},
        "textFormat": {
            "bold": True,
            "italic": False,
            "foregroundColorStyle": {"rgbColor": {}},
            "fontSize": 10,
        },
        "verticalAlignment": "BOTTOM",
    },
}
SHEET = {
    "properties": {"sheetId": 7, "title": "2026-10", "index": 3, "sheetType": "GRID", "gridProperties": {"frozenRowCount": 2}},
    "data": [
        {
            "rowData": [{"values": [{}, BOLD_SUM]}, {"values": [{}, BOLD_SUM]}, {}],
            "rowMetadata": [{"pixelSize": 21}, {"pixelSize": 40}, {"pixelSize": 21}],
            "columnMetadata": [{"pixelSize": 100}, {"pixelSize": 80}],
        }
    ],
}  # fmt: skip


def look_of(sheet):
    [look] = looks({"sheets": [sheet]}, 1).values()
    return look


def changed(path, value):
    """Give the sheet with something else at a path of keys and places."""
    sheet = deepcopy(SHEET)
    *way, last = path
    inner = sheet
    for step in way:
        inner = inner[step]
    inner[last] = value
    return sheet


def test_what_google_has_by_itself_is_not_kept():
    assert look_of(SHEET) == {
        "tab": {"gridProperties": {"frozenRowCount": 2}},
        "cells": {
            "font": [[{"bold": True}, ["B1:B2"]]],
            "numberFormat": [[{"type": "NUMBER", "pattern": "#,##0"}, ["B1:B2"]]],
        },
    }


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["properties", "aNewProperty"], True),
        (["aNewList"], [{"id": 1}]),
        (["data", 0, "rowData", 0, "values", 1, "aNewField"], {"of": "Google"}),
        (["data", 0, "rowData", 0, "values", 1, "userEnteredFormat", "shadow"], "SOFT"),
        (["data", 0, "rowMetadata", 1, "pixelSize"], 57),
        (["data", 0, "columnMetadata", 1, "pixelSize"], 300),
        (["properties", "index"], 1),
        (["filterViews"], [{"title": "Мои"}]),
    ],
)
def test_what_google_adds_and_what_harms_nobody_is_no_difference(path, value):
    assert look_of(changed(path, value)) == look_of(SHEET)


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (
            ["data", 0, "rowData", 1, "values", 1],
            {**BOLD_SUM, "userEnteredFormat": {**BOLD_SUM["userEnteredFormat"], "numberFormat": {"type": "NUMBER", "pattern": '"500 000"'}}},
            LookDifference("numberFormat", "B2", "#,##0", '"500 000"'),
        ),
        (
            ["data", 0, "rowData", 0, "values", 0],
            {"userEnteredValue": {"formulaValue": "=TODAY()"}},
            LookDifference("formula", "A1", "", "=TODAY()"),
        ),
        (["properties", "hidden"], True, LookDifference("hidden", "", "", "true")),
        (["data", 0, "rowMetadata", 1], {"hiddenByUser": True}, LookDifference("hiddenRows", "", "", "2:2")),
        (
            ["merges"],
            [{"startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 1, "endColumnIndex": 3}],
            LookDifference("merges", "", "", "B1:C2"),
        ),
    ],
)  # fmt: skip
def test_what_people_see_otherwise_is_named_with_its_cells(path, value, told):
    assert list(differences(look_of(SHEET), look_of(changed(path, value)))) == [told]


def cell(form, **value):
    return {"userEnteredFormat": form, **value}


@pytest.mark.parametrize(
    "odd",
    [
        cell({"numberFormat": {"type": "NUMBER", "pattern": '"405 725"'}}),
        cell({"numberFormat": {"type": "CURRENCY", "pattern": ";;;"}}),
        cell({"textFormat": {"foregroundColorStyle": {"rgbColor": {"red": 1, "green": 1, "blue": 1}}}}),
        cell({"backgroundColorStyle": {"rgbColor": {}}}),
        {"userEnteredValue": {"formulaValue": "=1+1"}},
    ],
)
def test_where_no_look_was_kept_what_no_close_sets_is_named(odd):
    sheet = changed(["data", 0, "rowData", 0, "values", 0], odd)
    assert [each.cells for each in never_set(look_of(sheet))] == ["A1"]
    assert list(never_set(look_of(SHEET))) == []


def test_areas_hold_the_same_cells_and_no_other():
    seed = random.randrange(10**9)
    print(f"seed {seed}")  # noqa: T201
    chance = random.Random(seed)
    for _ in range(200):
        spots = {(chance.randrange(8), chance.randrange(30)) for _ in range(chance.randrange(1, 60))}
        named = [spot for area in areas(spots) for spot in spots_of(area)]
        assert sorted(named) == sorted(spots)


def test_one_call_asks_for_every_field_that_is_kept():
    assert len(LOOK_FIELDS) < 2000  # it stands in the address
    for name in PRESENTATION_1:
        assert f"{name}(" in LOOK_FIELDS or f"{name}," in LOOK_FIELDS


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_every_aspect_has_its_words(language):
    texts = load("b2b", language).texts
    cells = VERSIONS[1]["data"]["rowData"]["values"].keys() - {"userEnteredValue", "userEnteredFormat"}
    own = {
        "formula",
        "numberFormat",
        "fill",
        "ink",
        "font",
        "borders",
        "layout",
        "hiddenRows",
        "hiddenColumns",
    }
    tab = PRESENTATION_1["properties"].keys() - {"sheetId", "title"}
    of_tab = PRESENTATION_1.keys() - {"properties", "data"}
    for aspect in cells | own | tab | of_tab:
        assert f"verify.look_{LookDifference(aspect, '', '', '').word}" in texts, aspect
