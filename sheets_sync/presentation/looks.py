"""The looks of tabs out of Google's resource of a spreadsheet, as plain records; how two differ; what no close sets. Pure.

A look is `{"tab": {aspect: value}, "cells": {aspect: [[value, [area, …]], …]}}`. Values are texts, whole numbers,
booleans, and lists and mappings of these, in one canonical order; an aspect that is as Google has it by itself is not
there. Cells of one value stand together as areas («B2:D40»).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sheets_sync.a1 import column_letters
from sheets_sync.presentation.fields import DEFAULTS, VERSIONS, Fields

Look = Mapping[str, Mapping[str, Any]]
Spot = tuple[int, int]
"""Row and column of a cell, from 0."""
_NOTHING: tuple[Any, ...] = (None, False, 0, "", [], {})
_SEEN_PX = 6
"""A row or column that is lower or narrower shows nothing of what is in it. Our choice."""
_NAMED_AREAS = 3
_NEVER = (
    "hidden", "rightToLeft", "merges", "basicFilter", "charts", "slicers", "bandedRanges", "tables", "rowGroups",
    "columnGroups", "hiddenRows", "hiddenColumns",
)  # fmt: skip
_NEVER_IN_CELLS = ("formula", "textFormatRuns", "pivotTable")
_NUMBER_TYPES = frozenset({"NUMBER", "CURRENCY", "PERCENT", "SCIENTIFIC"})
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
"""What of a pattern is shown as it stands, or not at all."""
_AREA = re.compile(r"([A-Z]+)(\d+)(?::([A-Z]+)(\d+))?")


def looks(described: Mapping[str, Any], version: int) -> dict[str, Look]:
    """Give the look of each tab by its title, by the fields of that version (`fields.VERSIONS`)."""
    fields = VERSIONS[version]
    return {sheet["properties"]["title"]: _look(sheet, fields) for sheet in described.get("sheets", ())}


def plain(value: Any, fields: Any) -> Any:
    """Take the known fields (`Fields`; True: all) out of a value of Google's, without defaults.

    Colours and ranges become what people write.
    """
    if isinstance(value, list):
        return [plain(item, fields) for item in value]
    if isinstance(value, float):
        return int(value) if value.is_integer() else repr(value)
    if fields is True or not isinstance(value, Mapping):
        return value
    if "rgbColor" in fields:
        return _colour(value)
    if "startRowIndex" in fields:
        return area_text(value)
    taken = {name: plain(value[name], inner) for name, inner in fields.items() if name in value}
    return {name: each for name, each in taken.items() if not _is_default(name, each)}


def _is_default(name: str, value: Any) -> bool:
    return value in _NOTHING or (name in DEFAULTS and value == DEFAULTS[name])


def _colour(style: Mapping[str, Any]) -> str:
    if "themeColor" in style:
        return str(style["themeColor"])
    channels = style.get("rgbColor", {})
    levels = (round(channels.get(name, 0) * 255) for name in ("red", "green", "blue"))
    return "#" + "".join(f"{level:02x}" for level in levels)


def area_text(area: Mapping[str, int]) -> str:
    """Write a GridRange as an address («B2:D40», «B:D», «2:40»); "" for a whole tab."""
    first, last = area.get("startRowIndex", 0), area.get("endRowIndex")
    left, right = area.get("startColumnIndex", 0), area.get("endColumnIndex")
    if right is None:
        return "" if last is None and not first else f"{first + 1}:{last or ''}"
    columns = column_letters(left), column_letters(right - 1)
    if last is None:
        return f"{columns[0]}{first + 1 if first else ''}:{columns[1]}"
    start, end = f"{columns[0]}{first + 1}", f"{columns[1]}{last}"
    return start if start == end else f"{start}:{end}"


def _look(sheet: Mapping[str, Any], fields: Fields) -> Look:
    data = sheet.get("data", ())
    tab = {**plain(sheet.get("properties", {}), fields["properties"])}
    tab.pop("title", None)
    tab.pop("sheetId", None)  # what a tab is called in requests; nobody sees it
    for name in fields.keys() - {"properties", "data"}:
        held = plain(sheet.get(name, []), fields[name])
        if held not in _NOTHING:
            # The order of conditional formats tells which one wins; that of all else tells nothing.
            tab[name] = (
                held if name == "conditionalFormats" or not isinstance(held, list) else sorted(held, key=text)
            )
    for name, key, start in (
        ("hiddenRows", "rowMetadata", "startRow"),
        ("hiddenColumns", "columnMetadata", "startColumn"),
    ):
        unseen = sorted({
            each.get(start, 0) + place for each in data for place in _unseen(each.get(key, ()))
        })  # fmt: skip
        if unseen:
            tab[name] = _spans(unseen, letters=key == "columnMetadata")
    cells: dict[str, dict[Spot, Any]] = {}
    for each in data:
        for spot, cell in _cells(each):
            for aspect, value in _aspects(plain(cell, fields["data"]["rowData"]["values"])):
                cells.setdefault(aspect, {})[spot] = value
    return {"tab": tab, "cells": {aspect: gathered(spots) for aspect, spots in sorted(cells.items())}}


def _unseen(dimensions: Sequence[Mapping[str, Any]]) -> Iterator[int]:
    for place, each in enumerate(dimensions):
        if (
            each.get("hiddenByUser")
            or each.get("hiddenByFilter")
            or each.get("pixelSize", _SEEN_PX) < _SEEN_PX
        ):
            yield place


def _spans(places: Sequence[int], *, letters: bool) -> str:
    named = [column_letters(place) if letters else str(place + 1) for place in places]
    spans: list[list[int]] = []
    for index, place in enumerate(places):
        if spans and places[spans[-1][1]] == place - 1:
            spans[-1][1] = index
        else:
            spans.append([index, index])
    return ", ".join(f"{named[first]}:{named[last]}" for first, last in spans)


def _cells(data: Mapping[str, Any]) -> Iterator[tuple[Spot, Mapping[str, Any]]]:
    top, left = data.get("startRow", 0), data.get("startColumn", 0)
    for row, held in enumerate(data.get("rowData", ())):
        for column, cell in enumerate(held.get("values", ())):
            if cell:
                yield (top + row, left + column), cell


def _aspects(cell: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Split what is known of a cell's look into the aspects under which people are told of it."""
    for name, value in cell.items():
        if name == "userEnteredValue":
            yield "formula", value["formulaValue"]
        elif name != "userEnteredFormat":
            yield name, value
    entered = dict(cell.get("userEnteredFormat", {}))
    text_format = dict(entered.pop("textFormat", {}))
    ink, font = text_format.pop("foregroundColorStyle", None), text_format
    for aspect, value in (
        ("numberFormat", entered.pop("numberFormat", None)),
        ("fill", entered.pop("backgroundColorStyle", None)),
        ("ink", ink),
        ("font", font),
        ("borders", entered.pop("borders", None)),
        ("layout", entered),
    ):
        if value:
            yield aspect, value


def text(value: Any) -> str:
    """Write a value of a look as one canonical text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def gathered(spots: Mapping[Spot, Any]) -> list[list[Any]]:
    """Gather cells by their value into areas: `[[value, [area, …]], …]`."""
    by_value: dict[str, tuple[Any, set[Spot]]] = {}
    for spot, value in spots.items():
        by_value.setdefault(text(value), (value, set()))[1].add(spot)
    return [[value, areas(held)] for _, (value, held) in sorted(by_value.items())]


def areas(spots: Iterable[Spot]) -> list[str]:
    """Write cells as few areas: runs down the columns, equal ones of neighbouring columns taken together."""
    runs: list[list[int]] = []  # column, first row, last row
    for row, column in sorted(spots, key=lambda spot: (spot[1], spot[0])):
        if runs and runs[-1][0] == column and runs[-1][2] == row - 1:
            runs[-1][2] = row
        else:
            runs.append([column, row, row])
    wide: dict[tuple[int, int], list[list[int]]] = {}
    for column, first, last in runs:
        same = wide.setdefault((first, last), [])
        if same and same[-1][1] == column - 1:
            same[-1][1] = column
        else:
            same.append([column, column])
    named = sorted((first, left, last, right) for (first, last), held in wide.items() for left, right in held)
    return [
        area_text({"startRowIndex": first, "endRowIndex": last + 1, "startColumnIndex": left, "endColumnIndex": right + 1})
        for first, left, last, right in named
    ]  # fmt: skip


def spots_of(area: str) -> Iterator[Spot]:
    """Give the cells of an area that `areas` wrote."""
    found = _AREA.fullmatch(area)
    if found is None:
        raise ValueError("this is no area of cells")
    left, top, right, bottom = found[1], int(found[2]), found[3] or found[1], int(found[4] or found[2])
    for row in range(top - 1, bottom):
        for column in range(_position(left), _position(right) + 1):
            yield row, column


def _position(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def spread(held: Iterable[Sequence[Any]]) -> dict[Spot, Any]:
    """Give each cell its value again: what `gathered` gathered."""
    return {spot: value for value, named in held for area in named for spot in spots_of(area)}


# ---- comparing
@dataclass(frozen=True)
class LookDifference:
    """One aspect of a tab that is shown otherwise. `cells` "" where it is the tab's; "" stands for Google's default."""

    aspect: str
    cells: str
    sealed: str
    present: str

    @property
    def word(self) -> str:
        """The aspect as a key of the texts, `verify.look_WORD`."""
        return re.sub("(?=[A-Z])", "_", self.aspect).lower()


def differences(sealed: Look, present: Look) -> Iterator[LookDifference]:
    """Tell what of a tab is shown otherwise than sealed, aspect by aspect; cells of one change stand together."""
    then, now = sealed["tab"], present["tab"]
    for aspect in sorted(then.keys() | now.keys()):
        if then.get(aspect) != now.get(aspect):
            yield LookDifference(aspect, "", *map(shown, (then.get(aspect), now.get(aspect))))
    for aspect in sorted(sealed["cells"].keys() | present["cells"].keys()):
        was, is_now = sealed["cells"].get(aspect, []), present["cells"].get(aspect, [])
        if was != is_now:
            yield from _of_cells(aspect, spread(was), spread(is_now))


def _of_cells(aspect: str, then: Mapping[Spot, Any], now: Mapping[Spot, Any]) -> Iterator[LookDifference]:
    changed: dict[tuple[str, str], list[Spot]] = {}
    for spot in sorted(then.keys() | now.keys()):
        pair = then.get(spot), now.get(spot)
        if pair[0] != pair[1]:
            changed.setdefault((shown(pair[0]), shown(pair[1])), []).append(spot)
    for (sealed, present), spots in changed.items():
        yield LookDifference(aspect, _named(spots), sealed, present)


def _named(spots: list[Spot]) -> str:
    named = areas(spots)
    return ", ".join(named[:_NAMED_AREAS]) + (", …" if len(named) > _NAMED_AREAS else "")


def shown(value: Any) -> str:
    """Write a value of a look for people: of a number format its pattern, else what is set."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        if "pattern" in value:
            return str(value["pattern"])
        return "; ".join(f"{name}: {shown(inner)}" for name, inner in sorted(value.items()))
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    return value if isinstance(value, str) else text(value)


def never_set(look: Look) -> Iterator[LookDifference]:
    """Tell what of a tab no close ever sets: formulas, hidden rows, a number format that shows no number.

    For tabs whose look nobody kept when they were made, and before a look is kept.
    """
    for aspect in _NEVER:
        if aspect in look["tab"]:
            yield LookDifference(aspect, "", "", shown(look["tab"][aspect]))
    cells = look["cells"]
    for aspect in _NEVER_IN_CELLS:
        for value, named in cells.get(aspect, ()):
            yield LookDifference(aspect, ", ".join(named[:_NAMED_AREAS]), "", shown(value))
    for value, named in cells.get("numberFormat", ()):
        if _hides_numbers(value):
            yield LookDifference("numberFormat", ", ".join(named[:_NAMED_AREAS]), "", shown(value))
    inks, fills = spread(cells.get("ink", ())), spread(cells.get("fill", ()))
    unseen = [
        spot for spot in inks.keys() | fills.keys() if inks.get(spot, "#000000") == fills.get(spot, "#ffffff")
    ]
    if unseen:
        yield LookDifference("ink", _named(unseen), "", shown(inks.get(unseen[0], "#000000")))


def _hides_numbers(number_format: Mapping[str, str]) -> bool:
    pattern = number_format.get("pattern", "")
    bare = _LITERAL.sub("", pattern)
    return number_format.get("type") in _NUMBER_TYPES and bool(pattern) and not re.search("[0#?]", bare)
