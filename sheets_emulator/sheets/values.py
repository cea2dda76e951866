"""The methods of spreadsheets.values as plain functions from a call to an answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sheets_emulator.book.a1 import Area, parse_range
from sheets_emulator.requests.metadata import filter_areas, filtered_areas
from sheets_emulator.sheets import value_ranges
from sheets_emulator.sheets.call import save
from sheets_emulator.wire.errors import ApiError, invalid

if TYPE_CHECKING:
    from sheets_emulator.book.document import Json
    from sheets_emulator.cells.editing import Editing
    from sheets_emulator.sheets.call import Call


def get(call: Call) -> Json:
    """values.get."""
    document = call.open().document
    return value_ranges.read(document, parse_range(document, call.path["range"]), call.query)


def batch_get(call: Call) -> Json:
    """values.batchGet."""
    editing = call.open()
    document = editing.document
    ranges = [
        value_ranges.read(document, parse_range(document, r), call.query)
        for r in call.query.get("ranges", [])
    ]
    return {"spreadsheetId": editing.file.id} | ({"valueRanges": ranges} if ranges else {})


def batch_get_by_filter(call: Call) -> Json:
    """values.batchGetByDataFilter."""
    editing = call.open()
    matched: dict[Area, list[Json]] = {}
    for one in call.body.get("dataFilters", []):
        for area in filter_areas(editing.document, one):
            matched.setdefault(replace(area, single=False, whole=False), []).append(one)
    ranges = [
        {"valueRange": value_ranges.read(editing.document, area, call.body), "dataFilters": filters}
        for area, filters in matched.items()
    ]
    return {"spreadsheetId": editing.file.id} | ({"valueRanges": ranges} if ranges else {})


def update(call: Call) -> Json:
    """values.update."""
    editing = call.open(to_write=True)
    options = _input_options(call.query, call.body)
    area = _area(editing, call.path["range"], call.body)
    answer = value_ranges.write(
        editing, area, call.body.get("values", []), options, by_columns=_by_columns(call.body)
    )
    save(editing)
    return answer | _shown(editing, answer["updatedRange"], options)


def append(call: Call) -> Json:
    """values.append."""
    editing = call.open(to_write=True)
    options = _input_options(call.query, call.body)
    area = _area(editing, call.path["range"], call.body)
    answer = value_ranges.append(
        editing, area, call.body.get("values", []), options, by_columns=_by_columns(call.body)
    )
    save(editing)
    answer["updates"] |= _shown(editing, answer["updates"]["updatedRange"], options)
    return answer


def batch_update(call: Call) -> Json:
    """values.batchUpdate."""
    editing = call.open(to_write=True)
    written: list[tuple[Json, Area, Json]] = []
    for number, one in enumerate(call.body.get("data", [])):
        try:
            area = _area(editing, one.get("range", ""), {})
            written.append((one, area, {}))
        except ApiError as error:
            error.message = f"Invalid data[{number}]: {error.message}"
            raise
    return _write_all(call, editing, written)


def batch_update_by_filter(call: Call) -> Json:
    """values.batchUpdateByDataFilter."""
    editing = call.open(to_write=True)
    written = [
        # A matched range is a limit also where it is one cell.
        (one, replace(area, single=False, whole=False), {"dataFilter": one.get("dataFilter", {})})
        for one in call.body.get("data", [])
        for area in filter_areas(editing.document, one.get("dataFilter", {}))
    ]
    return _write_all(call, editing, written)


def _write_all(call: Call, editing: Editing, written: list[tuple[Json, Area, Json]]) -> Json:
    responses, rows, columns, sheets = [], set(), set(), set()
    for number, (one, area, extra) in enumerate(written):
        options = _input_options(call.body, one)
        try:
            answer = value_ranges.write(
                editing, area, one.get("values", []), options, by_columns=_by_columns(one)
            )
        except ApiError as error:
            error.message = f"Invalid data[{number}]: {error.message}"
            raise
        if extra:
            answer.pop("spreadsheetId")
        responses.append(answer | extra)
        if answer.get("updatedCells"):
            sheet = area.sheet.sheet_id
            sheets.add(sheet)
            rows |= {(sheet, area.top + i) for i in range(answer["updatedRows"])}
            columns |= {(sheet, area.left + i) for i in range(answer["updatedColumns"])}
    save(editing)
    for answer, (one, _, _) in zip(responses, written, strict=True):
        answer |= _shown(editing, answer["updatedRange"], _input_options(call.body, one))  # noqa: PLW2901  # in place
    totals = {
        "totalUpdatedRows": len(rows),
        "totalUpdatedColumns": len(columns),
        "totalUpdatedCells": sum(answer.get("updatedCells", 0) for answer in responses),
        "totalUpdatedSheets": len(sheets),
    }
    answer = {"spreadsheetId": editing.file.id} | {n: count for n, count in totals.items() if count}
    return answer | ({"responses": responses} if responses else {})


def clear(call: Call) -> Json:
    """values.clear."""
    editing = call.open(to_write=True)
    cleared = value_ranges.clear(editing, parse_range(editing.document, call.path["range"]))
    save(editing)
    return {"spreadsheetId": editing.file.id, "clearedRange": cleared}


def batch_clear(call: Call) -> Json:
    """values.batchClear."""
    editing = call.open(to_write=True)
    areas = [parse_range(editing.document, text) for text in call.body.get("ranges", [])]
    return _clear_all(editing, areas)


def batch_clear_by_filter(call: Call) -> Json:
    """values.batchClearByDataFilter."""
    editing = call.open(to_write=True)
    return _clear_all(editing, filtered_areas(editing.document, call.body.get("dataFilters", [])))


def _clear_all(editing: Editing, areas: list[Area]) -> Json:
    cleared = [value_ranges.clear(editing, area) for area in areas]
    save(editing)
    return {"spreadsheetId": editing.file.id} | ({"clearedRanges": cleared} if cleared else {})


def _area(editing: Editing, text: str, body: Json) -> Area:
    """The range of the address; a range in the body must be the same.

    Raises:
        ApiError: 400.
    """
    area = parse_range(editing.document, text)
    inner = body.get("range")
    if inner and parse_range(editing.document, inner) != area:
        raise invalid(
            f"Requested writing range [{text}] does not match the range in the request data [{inner}]."
        )
    return area


def _by_columns(body: Json) -> bool:
    return bool(body.get("majorDimension") == "COLUMNS")


def _input_options(given: Json, data: Json) -> Json:
    if given.get("valueInputOption", "INPUT_VALUE_OPTION_UNSPECIFIED") == "INPUT_VALUE_OPTION_UNSPECIFIED":
        raise invalid("'valueInputOption' is required but not specified")
    return {**given, "majorDimension": data.get("majorDimension", "ROWS")}


def _shown(editing: Editing, written: str, options: Json) -> Json:
    if not options.get("includeValuesInResponse"):
        return {}
    return {
        "updatedData": value_ranges.updated_data(editing, parse_range(editing.document, written), options)
    }
