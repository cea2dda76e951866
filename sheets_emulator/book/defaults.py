"""What a new spreadsheet has, and how stored objects are made canonical as Google does.

Zero, false and empty fields are not kept (protocol buffers' defaults), except those that Google's answers
show (`KEPT`); colours are rounded to 1/255 in single precision and kept both as Color and as ColorStyle.
"""

from __future__ import annotations

import functools
import struct
from typing import Any

from sheets_emulator.book.document import Document, Json, Sheet
from sheets_emulator.wire.schema import sheets_messages

DEFAULT_ROWS, DEFAULT_COLUMNS = 1000, 26
ROW_PIXELS, COLUMN_PIXELS = 21, 100
WHITE = {"red": 1, "green": 1, "blue": 1}
DEFAULT_FORMAT: Json = {
    "backgroundColor": WHITE,
    "padding": {"top": 2, "right": 3, "bottom": 2, "left": 3},
    "verticalAlignment": "BOTTOM",
    "wrapStrategy": "OVERFLOW_CELL",
    "textFormat": {
        "foregroundColor": {},
        "fontFamily": "arial,sans,sans-serif",
        "fontSize": 10,
        "bold": False,
        "italic": False,
        "strikethrough": False,
        "underline": False,
        "foregroundColorStyle": {"rgbColor": {}},
    },
    "backgroundColorStyle": {"rgbColor": WHITE},
}
THEME = (
    ("TEXT", (0, 0, 0)),
    ("BACKGROUND", (255, 255, 255)),
    ("ACCENT1", (66, 133, 244)),
    ("ACCENT2", (234, 67, 53)),
    ("ACCENT3", (251, 188, 4)),
    ("ACCENT4", (52, 168, 83)),
    ("ACCENT5", (255, 109, 1)),
    ("ACCENT6", (70, 189, 198)),
    ("LINK", (17, 85, 204)),
)
# (message, field) whose zero, false or empty value is shown.
KEPT = {
    ("GridRange", "sheetId"),
    ("GridRange", "startRowIndex"),
    ("GridRange", "endRowIndex"),
    ("GridRange", "startColumnIndex"),
    ("GridRange", "endColumnIndex"),
    ("DimensionRange", "sheetId"),
    ("DimensionRange", "startIndex"),
    ("DimensionRange", "endIndex"),
    ("GridCoordinate", "sheetId"),
    ("SheetProperties", "sheetId"),
    ("SheetProperties", "index"),
    ("DeveloperMetadataLocation", "sheetId"),
    ("ExtendedValue", "numberValue"),
    ("ExtendedValue", "boolValue"),
    ("ExtendedValue", "stringValue"),
    ("ConditionValue", "userEnteredValue"),
    ("TextFormat", "bold"),
    ("TextFormat", "italic"),
    ("TextFormat", "strikethrough"),
    ("TextFormat", "underline"),
    ("DimensionProperties", "pixelSize"),
    ("InterpolationPoint", "value"),
    ("ChartAxisViewWindowOptions", "viewWindowMin"),
    ("ChartAxisViewWindowOptions", "viewWindowMax"),
}


def channel(value: float) -> int | float:
    """One colour channel as Google gives it back: cut to 1/255, in single precision."""
    level = int(min(max(value, 0), 1) * 255 + 1e-6)
    if level in (0, 255):
        return level // 255
    single = struct.unpack("f", struct.pack("f", level / 255))[0]
    return float(f"{single:.8g}")


def theme_colors() -> list[Json]:
    """The colour theme of a new spreadsheet."""
    return [{"colorType": name, "color": {"rgbColor": _color(levels)}} for name, levels in THEME]


def _color(levels: tuple[int, int, int]) -> Json:
    pairs = zip(("red", "green", "blue"), levels, strict=True)
    return {name: channel(level / 255) for name, level in pairs if level}


def new_document(locale: str = "en_US", time_zone: str = "Etc/GMT") -> Document:
    """A spreadsheet with one empty tab, `Sheet1` with id 0, 1000 rows by 26 columns."""
    document = Document({"locale": locale, "autoRecalc": "ON_CHANGE", "timeZone": time_zone})
    document.sheets.append(Sheet(sheet_properties({"sheetId": 0, "title": "Sheet1"})))
    return document


def sheet_properties(given: Json) -> Json:
    """The properties of a new tab: what is given, over the defaults; `sheetId` and `title` must be there."""
    given = normalise("SheetProperties", given)
    size = given.pop("gridProperties", {})
    given.pop("index", None)
    grid = {
        "rowCount": size.pop("rowCount", DEFAULT_ROWS),
        "columnCount": size.pop("columnCount", DEFAULT_COLUMNS),
    }
    head = {"sheetId": given.pop("sheetId"), "title": given.pop("title"), "sheetType": "GRID"}
    given.pop("sheetType", None)
    return head | {"gridProperties": grid | size} | given


def normalise(message: str, value: Json) -> Json:
    """A message as it is kept and shown: defaults dropped, colours rounded and doubled."""
    if message == "Color":
        return {n: c for n in ("red", "green", "blue") if (c := channel(value.get(n, 0)))}
    fields = sheets_messages()[message]
    result: Json = {}
    for name, item in value.items():
        kept = _normalise(fields[name], item)
        if kept in (0, "", None) and not isinstance(kept, dict) and (message, name) not in KEPT:
            continue
        if kept == [] and fields[name].startswith("["):
            continue
        result[name] = kept
    for plain in _color_fields(message):
        _double_color(result, plain)
    return result


def _normalise(kind: str, item: Any) -> Any:
    if kind.startswith("["):
        return [_normalise(kind[1:-1], one) for one in item]
    if kind.startswith("{"):
        return {key: _normalise(kind[1:-1], one) for key, one in item.items()}
    return normalise(kind, item) if kind in sheets_messages() and isinstance(item, dict) else item


@functools.cache
def _color_fields(message: str) -> tuple[str, ...]:
    """The fields of a message that exist both as Color and, with `Style` behind, as ColorStyle."""
    fields = sheets_messages()[message]
    return tuple(n for n, kind in fields.items() if kind == "Color" and f"{n}Style" in fields)


def _double_color(value: Json, plain: str) -> None:
    style = value.get(f"{plain}Style")
    if style is not None and "themeColor" in style:
        value[plain] = _color(dict(THEME)[style["themeColor"]]) if style["themeColor"] in dict(THEME) else {}
    elif style is not None and "rgbColor" in style:
        value[plain] = dict(style["rgbColor"])
    elif style is not None:
        value.pop(f"{plain}Style")
        value.pop(plain, None)
    elif plain in value:
        value[f"{plain}Style"] = {"rgbColor": dict(value[plain])}


def twin_colors(mask: dict[str, Any], message: str) -> dict[str, Any]:
    """A mask that names a colour in one of its two forms, made to name both."""
    fields = sheets_messages().get(message, {})
    result = {}
    for name, below in mask.items():
        kind = fields.get(name, "").strip("[]")
        result[name] = twin_colors(below, kind) if below and kind in sheets_messages() else below
    for plain in _color_fields(message) if message in sheets_messages() else ():
        if plain in result or f"{plain}Style" in result:
            result[plain], result[f"{plain}Style"] = {}, {}
    return result
