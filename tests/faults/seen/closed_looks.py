"""Devices of tampering with what closed tabs show: of the payroll tab and of the archive's «Сделки», by the technical account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sheets_sync.schema.layout import sheet_id

PAID = sheet_id("payroll", "2026-09")
ARCHIVED = "Сделки"
WHITE = {"rgbColor": {"red": 1, "green": 1, "blue": 1}}
Requests = Callable[[int], list[dict[str, Any]]]


def cells(number: int, row: int, column: int, rows: int = 1, columns: int = 1) -> dict[str, int]:
    """The cells from that row and column (1 and 0 are the first ones of a sheet and of a range)."""
    return {
        "sheetId": number,
        "startRowIndex": row - 1,
        "endRowIndex": row - 1 + rows,
        "startColumnIndex": column,
        "endColumnIndex": column + columns,
    }


def shown_as(form: dict[str, Any], fields: str, row: int = 3, column: int = 5) -> Requests:
    """Give a cell another format."""
    return lambda number: [
        {
            "repeatCell": {
                "range": cells(number, row, column),
                "cell": {"userEnteredFormat": form},
                "fields": f"userEnteredFormat.{fields}",
            }
        }
    ]


def held(cell: dict[str, Any], row: int = 3, column: int = 5) -> Requests:
    """Put something else into a cell, or on it."""
    fields = ",".join(cell)
    return lambda number: [
        {"repeatCell": {"range": cells(number, row, column), "cell": cell, "fields": fields}}
    ]


def dimension(kind: str, start: int, properties: dict[str, Any]) -> Requests:
    return lambda number: [
        {
            "updateDimensionProperties": {
                "range": {
                    "sheetId": number,
                    "dimension": kind,
                    "startIndex": start,
                    "endIndex": start + 1,
                },
                "properties": properties,
                "fields": ",".join(properties),
            }
        }
    ]


def of_tab(fields: str, **properties: Any) -> Requests:
    return lambda number: [
        {"updateSheetProperties": {"properties": {"sheetId": number, **properties}, "fields": fields}}
    ]


def grouped(number: int) -> list[dict[str, Any]]:
    span = {"sheetId": number, "dimension": "ROWS", "startIndex": 2, "endIndex": 4}
    group = {"range": span, "depth": 1, "collapsed": True}
    return [
        {"addDimensionGroup": {"range": span}},
        {"updateDimensionGroup": {"dimensionGroup": group, "fields": "collapsed"}},
    ]


def charted(number: int) -> list[dict[str, Any]]:
    source = {"sourceRange": {"sources": [cells(number, 3, 0, 2)]}}
    values = {"sourceRange": {"sources": [cells(number, 3, 5, 2)]}}
    spec = {
        "title": "Итого",
        "basicChart": {
            "chartType": "COLUMN",
            "domains": [{"domain": source}],
            "series": [{"series": values}],
        },
    }
    over = {"anchorCell": {"sheetId": number, "rowIndex": 2, "columnIndex": 5}}
    return [{"addChart": {"chart": {"spec": spec, "position": {"overlayPosition": over}}}}]


def coloured_by_rule(number: int) -> list[dict[str, Any]]:
    rule = {
        "ranges": [cells(number, 3, 5, 3)],
        "booleanRule": {
            "condition": {"type": "NOT_BLANK"},
            "format": {"textFormat": {"foregroundColorStyle": WHITE}},
        },
    }
    return [{"addConditionalFormatRule": {"rule": rule, "index": 0}}]


def filtered(number: int) -> list[dict[str, Any]]:
    hidden = {"filterCriteria": {"hiddenValues": ["M01"]}, "columnIndex": 1}
    area = cells(number, 2, 0, 4, 5)
    return [{"setBasicFilter": {"filter": {"range": area, "filterSpecs": [hidden]}}}]


def banded(number: int) -> list[dict[str, Any]]:
    rows = {"firstBandColorStyle": WHITE, "secondBandColorStyle": {"rgbColor": {"red": 1}}}
    return [{"addBanding": {"bandedRange": {"range": cells(number, 3, 0, 3, 5), "rowProperties": rows}}}]


def merged(number: int) -> list[dict[str, Any]]:
    return [{"mergeCells": {"range": cells(number, 3, 0, 2, 1), "mergeType": "MERGE_ALL"}}]


FALSE_SUM = '"500 000"'
INK = "textFormat.foregroundColorStyle"


@dataclass(frozen=True)
class Shown:
    """One device: the requests, the code by which `verify` names it, and what stands in what is told."""

    what: str
    requests: Requests
    named: str
    says: str = ""


SHOWN = (
    Shown("a sum painted over the number", shown_as({"numberFormat": {"type": "NUMBER", "pattern": FALSE_SUM}}, "numberFormat"), "look_number_format", FALSE_SUM),
    Shown("a number format without digits", shown_as({"numberFormat": {"type": "NUMBER", "pattern": ";;;"}}, "numberFormat"), "look_number_format", ";;;"),
    Shown("a sum shown as a date", shown_as({"numberFormat": {"type": "DATE", "pattern": "yyyy"}}, "numberFormat"), "look_number_format", "yyyy"),
    Shown("white on white", shown_as({"textFormat": {"foregroundColorStyle": WHITE}}, INK), "look_ink", "#ffffff"),
    Shown("black on black", shown_as({"backgroundColorStyle": {"rgbColor": {}}}, "backgroundColorStyle"), "look_fill", "#000000"),
    Shown("struck through", shown_as({"textFormat": {"strikethrough": True}}, "textFormat.strikethrough"), "look_font", "strikethrough"),
    Shown("letters of one point", shown_as({"textFormat": {"fontSize": 1}}, "textFormat.fontSize"), "look_font", "fontSize: 1"),
    Shown("a link elsewhere", shown_as({"textFormat": {"link": {"uri": "https://example.kz/"}}}, "textFormat.link"), "look_font", "example.kz"),
    Shown("cut off at the cell's edge", shown_as({"wrapStrategy": "CLIP"}, "wrapStrategy"), "look_layout", "CLIP"),
    Shown("pushed out of the cell", shown_as({"padding": {"left": 900}}, "padding"), "look_layout", "left: 900"),
    Shown("turned on its head", shown_as({"textRotation": {"angle": 90}}, "textRotation"), "look_layout", "90"),
    Shown("a frame around a sum", shown_as({"borders": {"bottom": {"style": "SOLID_THICK"}}}, "borders"), "look_borders", "SOLID_THICK"),
    Shown("a note on a sum", held({"note": "Выплачено не полностью"}), "look_note", "Выплачено"),
    Shown("a box in the place of a number", held({"dataValidation": {"condition": {"type": "BOOLEAN"}}}), "look_data_validation", "BOOLEAN"),
    Shown("a hidden row", dimension("ROWS", 2, {"hiddenByUser": True}), "look_hidden_rows", "3:3"),
    Shown("a row of one point", dimension("ROWS", 3, {"pixelSize": 1}), "look_hidden_rows", "4:4"),
    Shown("a hidden column", dimension("COLUMNS", 1, {"hiddenByUser": True}), "look_hidden_columns", "B:B"),
    Shown("a column of one point", dimension("COLUMNS", 1, {"pixelSize": 1}), "look_hidden_columns", "B:B"),
    Shown("merged cells", merged, "look_merges", "A3:A4"),
    Shown("a conditional format that hides", coloured_by_rule, "look_conditional_formats", "#ffffff"),
    Shown("a filter that hides rows", filtered, "look_basic_filter", "M01"),
    Shown("a chart over the cells", charted, "look_charts", "Итого"),
    Shown("alternating colours", banded, "look_banded_ranges", "#ff0000"),
    Shown("rows folded away", grouped, "look_row_groups", "collapsed"),
    Shown("another colour of the tab", of_tab("tabColorStyle", tabColorStyle={"rgbColor": {"red": 1}}), "look_tab_color_style", "#ff0000"),
    Shown("no rows frozen", of_tab("gridProperties.frozenRowCount", gridProperties={"frozenRowCount": 0}), "look_grid_properties"),
    Shown("from right to left", of_tab("rightToLeft", rightToLeft=True), "look_right_to_left"),
    Shown("a number typed over", held({"userEnteredValue": {"numberValue": 999_999}}), "_cell", "999999"),
    Shown("a cell emptied", held({"userEnteredValue": {}}), "_cell"),
    Shown("a number as text", held({"userEnteredValue": {"stringValue": "187 301"}}), "_cell", "187 301"),
)  # fmt: skip
"""Tried on both files; codes that begin with «_» are of the file: `payroll_cell`, `archive_cell`."""


def on_payroll(shown: Shown) -> Callable:
    def act(life, _who, place):
        life.services.creator.gateway.apply(place, shown.requests(PAID))

    return act


def on_archive(shown: Shown) -> Callable:
    """On the archive's «Сделки», past its lock as its owner can."""

    def act(life, _who, place):
        drive, gateway = life.services.creator.drive, life.services.creator.gateway
        reason = drive.file(place).lock_reason
        drive.update(place, contentRestrictions=[{"readOnly": False}])
        [number] = [
            each["properties"]["sheetId"]
            for each in life.sheets(place)
            if each["properties"]["title"] == ARCHIVED
        ]
        gateway.apply(place, shown.requests(number))
        lock = {"readOnly": True, "ownerRestricted": True, "reason": reason}
        drive.update(place, contentRestrictions=[lock])

    return act
