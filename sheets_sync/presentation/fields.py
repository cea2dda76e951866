"""Which fields of Google's answers tell how a tab shows its values, by version: what is asked for, and what is kept.

A look is kept as a record with its digest and compared for years, so the list is dated: whatever Google adds to its
answers is not in it and raises no alarm. A further field is a new version beside the old one; looks that were taken by an
earlier version go on being compared by that. Left out everywhere is what Google has by default.

Not in the list, because people do that without harm, or because it follows from the rest: comments, filter views, widths
and heights that still show what is there, the order of tabs, the shown text (value, number format and locale make it).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

Fields = Mapping[str, Any]
"""A tree of field names; a leaf is True."""

_COLOUR = {"rgbColor": {"red": True, "green": True, "blue": True}, "themeColor": True}
_TEXT = {
    "foregroundColorStyle": _COLOUR,
    "fontFamily": True,
    "fontSize": True,
    "bold": True,
    "italic": True,
    "strikethrough": True,
    "underline": True,
    "link": {"uri": True},
}
_BORDER = {"style": True, "colorStyle": _COLOUR}
_RANGE = {
    "sheetId": True,
    "startRowIndex": True,
    "endRowIndex": True,
    "startColumnIndex": True,
    "endColumnIndex": True,
}
_DIMENSIONS = {"dimension": True, "startIndex": True, "endIndex": True}
_CONDITION = {"type": True, "values": {"userEnteredValue": True, "relativeDate": True}}
_POINT = {"type": True, "value": True, "colorStyle": _COLOUR}
_CRITERIA = {
    "hiddenValues": True,
    "condition": _CONDITION,
    "visibleForegroundColorStyle": _COLOUR,
    "visibleBackgroundColorStyle": _COLOUR,
}
_BANDING = {
    "headerColorStyle": _COLOUR,
    "firstBandColorStyle": _COLOUR,
    "secondBandColorStyle": _COLOUR,
    "footerColorStyle": _COLOUR,
}
_CELL = {
    "userEnteredValue": {"formulaValue": True},
    "userEnteredFormat": {
        "numberFormat": {"type": True, "pattern": True},
        "backgroundColorStyle": _COLOUR,
        "borders": {"top": _BORDER, "bottom": _BORDER, "left": _BORDER, "right": _BORDER},
        "padding": {"top": True, "right": True, "bottom": True, "left": True},
        "horizontalAlignment": True,
        "verticalAlignment": True,
        "wrapStrategy": True,
        "textDirection": True,
        "textFormat": _TEXT,
        "hyperlinkDisplayType": True,
        "textRotation": {"angle": True, "vertical": True},
    },
    "note": True,
    "textFormatRuns": {"startIndex": True, "format": _TEXT},
    "dataValidation": {"condition": _CONDITION},
    "pivotTable": {"source": _RANGE},
}
_SHOWN = {"hiddenByUser": True, "hiddenByFilter": True, "pixelSize": True}
_POSITION = {
    "overlayPosition": {
        "anchorCell": {"rowIndex": True, "columnIndex": True},
        "widthPixels": True,
        "heightPixels": True,
    }
}

PRESENTATION_1: Fields = MappingProxyType(
    {
        "properties": {
            "sheetId": True,
            "title": True,
            "sheetType": True,
            "hidden": True,
            "rightToLeft": True,
            "tabColorStyle": _COLOUR,
            "gridProperties": {"frozenRowCount": True, "frozenColumnCount": True},
        },
        "data": {
            "startRow": True,
            "startColumn": True,
            "rowData": {"values": _CELL},
            "rowMetadata": _SHOWN,
            "columnMetadata": _SHOWN,
        },
        "merges": _RANGE,
        "conditionalFormats": {
            "ranges": _RANGE,
            "booleanRule": {
                "condition": _CONDITION,
                "format": {"backgroundColorStyle": _COLOUR, "textFormat": _TEXT},
            },
            "gradientRule": {"minpoint": _POINT, "midpoint": _POINT, "maxpoint": _POINT},
        },
        "basicFilter": {
            "range": _RANGE,
            "sortSpecs": {"dimensionIndex": True, "sortOrder": True},
            "filterSpecs": {"columnIndex": True, "filterCriteria": _CRITERIA},
        },
        "charts": {"spec": {"title": True, "subtitle": True, "altText": True}, "position": _POSITION},
        "slicers": {"spec": {"dataRange": _RANGE, "title": True, "filterCriteria": _CRITERIA}},
        "bandedRanges": {"range": _RANGE, "rowProperties": _BANDING, "columnProperties": _BANDING},
        "tables": {"name": True, "range": _RANGE},
        "rowGroups": {"range": _DIMENSIONS, "collapsed": True},
        "columnGroups": {"range": _DIMENSIONS, "collapsed": True},
    }
)
"""The fields of a tab in Google's resource, as the first version keeps them."""
VERSIONS: Mapping[int, Fields] = MappingProxyType({1: PRESENTATION_1})
PRESENT = 1
"""By which version looks are taken now."""

DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "foregroundColorStyle": "#000000",
        "backgroundColorStyle": "#ffffff",
        "fontSize": 10,
        "fontFamily": "Arial",
        "verticalAlignment": "BOTTOM",
        "wrapStrategy": "OVERFLOW_CELL",
        "hyperlinkDisplayType": "LINKED",
        "textDirection": "LEFT_TO_RIGHT",
        "sortOrder": "ASCENDING",
        "sheetType": "GRID",
    }
)
"""What Google takes where a field says nothing; beside these false, zero and empty."""


_WHOLE = frozenset({"rgbColor", "startRowIndex", "dimension", "fontSize", "top", "type"})
"""A message with one of these is asked for as a whole: a mask stands in the address, which must not grow long."""


def mask(fields: Fields) -> str:
    """Write a tree of fields as Google's field mask: `a,b(c,d)`."""
    return ",".join(
        name if inner is True or _WHOLE.intersection(inner) else f"{name}({mask(inner)})"
        for name, inner in sorted(fields.items())
    )


LOOK_FIELDS = f"sheets({mask(PRESENTATION_1)})"
"""What to ask of a spreadsheet, of whole tabs or of ranges, in one call, before `looks.looks`."""
