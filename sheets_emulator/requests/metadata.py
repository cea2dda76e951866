"""Developer metadata: create, change, delete, and the search that data filters do."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from sheets_emulator.book.a1 import grid_sheet, parse_range, resolve
from sheets_emulator.cells.resources import metadata_resource
from sheets_emulator.requests.dimensions import span_of
from sheets_emulator.requests.fields import mask_of, needed
from sheets_emulator.wire.errors import invalid
from sheets_emulator.wire.masks import update

if TYPE_CHECKING:
    from sheets_emulator.book.a1 import Area
    from sheets_emulator.book.document import Document, Json
    from sheets_emulator.cells.editing import Editing


_EXACT = "EXACT_LOCATION"


def create(editing: Editing, body: Json) -> Json:
    """Attach a key and value to the spreadsheet, a tab, or one row or column."""
    given = needed(body, "developerMetadata")
    held = editing.document.developer_metadata
    if given.get("metadataId", 1) < 0:
        raise invalid("metadataId must be positive.")
    number = given.get("metadataId") or int(editing.engine.new_id("metadata"))
    if any(m["metadataId"] == number for m in held):
        raise invalid(f"Developer metadata with id {number} already exists.")
    made = _checked(editing.document, {**given, "metadataId": number})
    held.append(made)
    return {"developerMetadata": metadata_resource(made)}


def change(editing: Editing, body: Json) -> Json:
    """Change all metadata that the filters select."""
    given, mask = needed(body, "developerMetadata"), mask_of(body, "DeveloperMetadata")
    selected = matching(editing.document, body.get("dataFilters", []))
    for metadata in selected:
        wanted = copy.deepcopy(metadata)
        update(wanted, given, mask)
        wanted["metadataId"] = metadata["metadataId"]
        made = _checked(editing.document, wanted)
        metadata.clear()
        metadata.update(made)
    return {"developerMetadata": [metadata_resource(m) for m in selected]} if selected else {}


def delete(editing: Editing, body: Json) -> Json:
    """Delete all metadata that the filter selects."""
    gone = matching(editing.document, [needed(body, "dataFilter")])
    held = editing.document.developer_metadata
    editing.document.developer_metadata = [m for m in held if m not in gone]
    return {"deletedDeveloperMetadata": [metadata_resource(m) for m in gone]} if gone else {}


def _checked(document: Document, given: Json) -> Json:
    if not given.get("metadataKey"):
        raise invalid("metadataKey must be specified.")
    if given.get("visibility") not in ("DOCUMENT", "PROJECT"):
        raise invalid("visibility must be specified.")
    place = needed(given, "location")
    named = [name for name in ("spreadsheet", "sheetId", "dimensionRange") if name in place]
    if len(named) != 1:
        raise invalid("location must name exactly one of spreadsheet, sheetId or dimensionRange.")
    if "sheetId" in place:
        location: Json = {"locationType": "SHEET", "sheetId": grid_sheet(document, place["sheetId"]).sheet_id}
    elif "dimensionRange" in place:
        sheet, dimension, start, end = span_of(document, place["dimensionRange"])
        if end - start != 1:
            raise invalid("Developer metadata can only be attached to a single row or column.")
        kind = "ROW" if dimension == "ROWS" else "COLUMN"
        span = {"sheetId": sheet.sheet_id, "dimension": dimension, "startIndex": start, "endIndex": end}
        location = {"locationType": kind, "dimensionRange": span}
    else:
        location = {"locationType": "SPREADSHEET", "spreadsheet": True}
    head = {"metadataId": given["metadataId"], "metadataKey": given["metadataKey"]}
    value = {"metadataValue": given["metadataValue"]} if given.get("metadataValue") else {}
    return head | value | {"location": location, "visibility": given["visibility"]}


# ---- search
def matching(document: Document, filters: list[Json]) -> list[Json]:
    """Metadata that any of the data filters selects, in the order of creation."""
    return [m for m in document.developer_metadata if any(matches(document, m, one) for one in filters)]


def matches(document: Document, metadata: Json, data_filter: Json) -> bool:
    """Whether one data filter selects this metadata."""
    lookup = data_filter.get("developerMetadataLookup")
    if lookup is None:
        area = filter_areas(document, data_filter)[0]
        place = _place(document, metadata)
        return place is not None and place.meets(area)
    _check_lookup(lookup)
    for name in ("metadataId", "metadataKey", "metadataValue", "visibility"):
        if name in lookup and metadata.get(name) != lookup[name]:
            return False
    if "locationType" in lookup and metadata["location"]["locationType"] != lookup["locationType"]:
        return False
    wanted = lookup.get("metadataLocation")
    return wanted is None or _located(document, metadata, wanted, lookup.get("locationMatchingStrategy", ""))


def _check_lookup(lookup: Json) -> None:
    """Refuse what the reference says of DeveloperMetadataLookup cannot be asked together."""
    kind, place = lookup.get("locationType"), lookup.get("metadataLocation")
    strategy = lookup.get("locationMatchingStrategy")
    if strategy is not None and place is None:
        raise invalid("metadataLocation must be specified with locationMatchingStrategy.")
    if strategy == _EXACT and kind is not None:
        raise invalid("locationType cannot be specified when locationMatchingStrategy is EXACT_LOCATION.")
    elsewhere = place is not None and "spreadsheet" not in place
    if kind == "SPREADSHEET" and (strategy == "INTERSECTING_LOCATION" or elsewhere):
        raise invalid("locationType cannot be SPREADSHEET for intersecting or other locations.")


def _located(document: Document, metadata: Json, wanted: Json, strategy: str) -> bool:
    """Whether metadata lies exactly at a location or, by default, where it meets one."""
    here = _place(document, {"location": wanted})
    place = _place(document, metadata)
    if here is None or place is None:  # what belongs to the whole spreadsheet meets nothing else
        return here is None and place is None
    if strategy == _EXACT:
        kind = metadata["location"]["locationType"]
        return place == here and (kind == "SHEET") == ("dimensionRange" not in wanted)
    return place.meets(here)


def _place(document: Document, metadata: Json) -> Area | None:
    """The cells that a location covers; None for the whole spreadsheet."""
    location = metadata["location"]
    if "dimensionRange" in location:
        sheet, dimension, start, end = span_of(document, location["dimensionRange"])
        side = "Row" if dimension == "ROWS" else "Column"
        return resolve(
            document, {"sheetId": sheet.sheet_id, f"start{side}Index": start, f"end{side}Index": end}
        )
    return resolve(document, {"sheetId": location["sheetId"]}) if "sheetId" in location else None


def filter_areas(document: Document, data_filter: Json) -> list[Area]:
    """The cells that a data filter selects; one area, or one for each metadata that matches.

    Raises:
        ApiError: 400, an empty filter, or a range that is none.
    """
    if "a1Range" in data_filter:
        return [parse_range(document, data_filter["a1Range"])]
    if "gridRange" in data_filter:
        return [resolve(document, data_filter["gridRange"])]
    if "developerMetadataLookup" not in data_filter:
        raise invalid("Must specify a filter in the data filter.")
    areas = [_place(document, m) for m in matching(document, [data_filter])]
    return [area for area in areas if area is not None]


def filtered_areas(document: Document, filters: list[Json]) -> list[Area]:
    """The cells that data filters select, one after the other.

    Raises:
        ApiError: 400 as for `filter_areas`.
    """
    return [area for one in filters for area in filter_areas(document, one)]


HANDLERS = {
    "createDeveloperMetadata": create,
    "updateDeveloperMetadata": change,
    "deleteDeveloperMetadata": delete,
}
