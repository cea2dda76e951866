"""Requests about things on a tab: banding, charts, slicers."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from sheets_emulator.book import defaults
from sheets_emulator.book.a1 import grid_sheet, resolve
from sheets_emulator.cells.resources import without_zero_sheet
from sheets_emulator.requests.chart_specs import completed
from sheets_emulator.requests.fields import find_object, mask_of, needed
from sheets_emulator.requests.sheets import add_sheet
from sheets_emulator.wire.errors import invalid
from sheets_emulator.wire.masks import update

if TYPE_CHECKING:
    from sheets_emulator.book.document import Json, Sheet
    from sheets_emulator.cells.editing import Editing
    from sheets_emulator.wire.masks import Mask


def bounded(editing: Editing, one: Json) -> Sheet:
    """Give an object's range its ends, as Google does for filters and banding; its tab."""
    area = resolve(editing.document, needed(one, "range"))
    if area.exceeds():
        raise invalid(area.limits_error())
    one["range"] = area.as_grid_range()
    return area.sheet


def object_by_number(editing: Editing, family: str, key: str, number: int, word: str) -> tuple[Sheet, Json]:
    """The stored object with this id, and its tab.

    Raises:
        ApiError: 400 `No filter view with id: …`, by the word for its kind.
    """
    held = find_object(editing.document, family, key, number)
    if held is None:
        raise invalid(f"No {word} with id: {number}")
    return held


def new_number(editing: Editing, family: str, key: str, wanted: int | None) -> int:
    """The id that a new object asks for, or a fresh one.

    Raises:
        ApiError: 400, another one has it.
    """
    if wanted is None:
        return int(editing.engine.new_id(key))
    if find_object(editing.document, family, key, wanted):
        raise invalid(f"An object with {key} {wanted} already exists.")
    return wanted


def change_object(editing: Editing, mask: Mask, message: str, held: Json, given: Json) -> None:
    """Set the fields of a mask in a stored object, its range bounded anew.

    Raises:
        ApiError: 400, a range outside the grid.
    """
    wanted = copy.deepcopy(held)
    update(wanted, defaults.normalise(message, given), mask)
    made = defaults.normalise(message, wanted)
    if "range" in made:
        bounded(editing, made)
    held.clear()
    held.update(made)


# ---- banding
def add_banding(editing: Editing, body: Json) -> Json:
    """Alternating colours."""
    made = defaults.normalise("BandedRange", needed(body, "bandedRange"))
    if "rowProperties" not in made and "columnProperties" not in made:
        raise invalid("rowProperties or columnProperties must be specified.")
    sheet = bounded(editing, made)
    number = new_number(editing, "bandedRanges", "bandedRangeId", made.pop("bandedRangeId", None))
    made = {"bandedRangeId": number, **made}
    sheet.objects["bandedRanges"].append(made)
    return {"bandedRange": without_zero_sheet(made)}


def update_banding(editing: Editing, body: Json) -> Json:
    """Change alternating colours."""
    given = needed(body, "bandedRange")
    number = given.get("bandedRangeId", 0)
    _, held = object_by_number(editing, "bandedRanges", "bandedRangeId", number, "banding")
    change_object(editing, mask_of(body, "BandedRange"), "BandedRange", held, given)
    held["bandedRangeId"] = number
    return {}


def delete_banding(editing: Editing, body: Json) -> Json:
    """Remove alternating colours."""
    sheet, held = object_by_number(
        editing, "bandedRanges", "bandedRangeId", body.get("bandedRangeId", 0), "banding"
    )
    sheet.objects["bandedRanges"].remove(held)
    return {}


# ---- charts and slicers
def add_chart(editing: Editing, body: Json) -> Json:
    """A chart, on a new tab if asked."""
    made = defaults.normalise("EmbeddedChart", needed(body, "chart"))
    made["spec"] = completed(needed(made, "spec"))
    made["chartId"] = new_number(editing, "charts", "chartId", made.get("chartId"))
    sheet = _placed(editing, made)
    sheet.objects["charts"].append(made)
    return {"chart": without_zero_sheet(made)}


def add_slicer(editing: Editing, body: Json) -> Json:
    """A slicer, kept as it is described."""
    made = defaults.normalise("Slicer", needed(body, "slicer"))
    needed(made, "spec")
    made["slicerId"] = new_number(editing, "slicers", "slicerId", made.get("slicerId"))
    sheet = _placed(editing, made)
    sheet.objects["slicers"].append(made)
    return {"slicer": without_zero_sheet(made)}


def _placed(editing: Editing, made: Json) -> Sheet:
    """The tab that an object lies on; its position completed."""
    position = made.setdefault("position", {})
    if position.pop("newSheet", False):
        number = add_sheet(editing, {"properties": {}})["properties"]["sheetId"]
        position["overlayPosition"] = {"anchorCell": {"sheetId": number}}
    elif "overlayPosition" not in position:
        position["overlayPosition"] = {"anchorCell": {"sheetId": editing.document.sheets[0].sheet_id}}
    overlay = position["overlayPosition"]
    anchor = overlay.setdefault("anchorCell", {})
    anchor.setdefault("sheetId", 0)
    overlay.setdefault("widthPixels", 600)
    overlay.setdefault("heightPixels", 371)
    return grid_sheet(editing.document, anchor["sheetId"])


def update_chart(editing: Editing, body: Json) -> Json:
    """Replace a chart's description."""
    _, held = object_by_number(editing, "charts", "chartId", body.get("chartId", 0), "chart")
    held["spec"] = completed(defaults.normalise("ChartSpec", needed(body, "spec")))
    return {}


def update_slicer(editing: Editing, body: Json) -> Json:
    """Change a slicer's description."""
    _, held = object_by_number(editing, "slicers", "slicerId", body.get("slicerId", 0), "slicer")
    spec = dict(held["spec"])
    update(spec, defaults.normalise("SlicerSpec", needed(body, "spec")), mask_of(body, "SlicerSpec"))
    held["spec"] = spec
    return {}


def _object(editing: Editing, number: int) -> tuple[Sheet, str, Json]:
    for family, key in (("charts", "chartId"), ("slicers", "slicerId")):
        held = find_object(editing.document, family, key, number)
        if held is not None:
            return held[0], family, held[1]
    raise invalid(f"No embedded object with id: {number}")


def move_object(editing: Editing, body: Json) -> Json:
    """Put a chart or slicer elsewhere; the mask is over the overlay position."""
    sheet, family, held = _object(editing, body.get("objectId", 0))
    given = defaults.normalise("EmbeddedObjectPosition", needed(body, "newPosition"))
    overlay = dict(held["position"].get("overlayPosition", {}))
    update(overlay, given.get("overlayPosition", {}), mask_of(body, "OverlayPosition"))
    held["position"] = {"overlayPosition": overlay}
    home = _placed(editing, held)
    if home is not sheet:
        sheet.objects[family].remove(held)
        home.objects[family].append(held)
    return {"position": without_zero_sheet(held["position"])}


def update_border(editing: Editing, body: Json) -> Json:
    """Change the line around a chart."""
    _, family, held = _object(editing, body.get("objectId", 0))
    if family != "charts":
        raise invalid("Only charts have a border.")
    border = dict(held.get("border", {}))
    given = defaults.normalise("EmbeddedObjectBorder", needed(body, "border"))
    update(border, given, mask_of(body, "EmbeddedObjectBorder"))
    held.pop("border", None)
    if border:
        held["border"] = border
    return {}


def delete_object(editing: Editing, body: Json) -> Json:
    """Remove a chart or slicer."""
    sheet, family, held = _object(editing, body.get("objectId", 0))
    sheet.objects[family].remove(held)
    return {}


HANDLERS = {
    "addBanding": add_banding,
    "updateBanding": update_banding,
    "deleteBanding": delete_banding,
    "addChart": add_chart,
    "updateChartSpec": update_chart,
    "addSlicer": add_slicer,
    "updateSlicerSpec": update_slicer,
    "updateEmbeddedObjectPosition": move_object,
    "updateEmbeddedObjectBorder": update_border,
    "deleteEmbeddedObject": delete_object,
}
