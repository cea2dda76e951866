"""Requests about the look of ranges: merges, borders, conditional formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheets_emulator.book import defaults
from sheets_emulator.book.a1 import Area, grid_sheet, resolve
from sheets_emulator.cells.conditions import FORMATTING, check_condition
from sheets_emulator.cells.resources import without_zero_sheet
from sheets_emulator.requests.fields import needed
from sheets_emulator.requests.pasting import forget_merges
from sheets_emulator.wire.errors import invalid

if TYPE_CHECKING:
    from sheets_emulator.book.document import Json
    from sheets_emulator.cells.editing import Editing


def merge_cells(editing: Editing, body: Json) -> Json:
    """Merge a range whole, by columns or by rows; only the first cell's value stays."""
    area = resolve(editing.document, needed(body, "range"))
    if area.exceeds():
        raise invalid(area.limits_error())
    editing.guard.check(area)
    forget_merges(editing, area)
    for piece in _pieces(area, body.get("mergeType", "MERGE_ALL")):
        if (piece.bottom - piece.top) * (piece.right - piece.left) < 2:
            continue
        area.sheet.objects["merges"].append(piece.as_grid_range())
        for row in range(piece.top, min(piece.bottom, len(area.sheet.grid.rows))):
            for column in range(piece.left, piece.right):
                if (row, column) != (piece.top, piece.left):
                    editing.enter_extended(area.sheet, row, column, {})
    return {}


def _pieces(area: Area, kind: str) -> list[Area]:
    if kind == "MERGE_COLUMNS":
        return [Area(area.sheet, area.top, area.bottom, c, c + 1) for c in range(area.left, area.right)]
    if kind == "MERGE_ROWS":
        return [Area(area.sheet, r, r + 1, area.left, area.right) for r in range(area.top, area.bottom)]
    return [area]


def unmerge_cells(editing: Editing, body: Json) -> Json:
    """Take apart every merge in a range."""
    area = resolve(editing.document, needed(body, "range"))
    editing.guard.check(area)
    forget_merges(editing, area)
    return {}


def update_borders(editing: Editing, body: Json) -> Json:
    """Lines around and within a range; a side that is not named stays."""
    area = resolve(editing.document, needed(body, "range"))
    if area.exceeds():
        raise invalid(area.limits_error())
    editing.guard.check(area)
    styles, grid = editing.document.styles, area.sheet.grid
    known: dict[tuple[int, bool, bool, bool, bool], int] = {}
    for row in range(area.top, area.bottom):
        for column in range(area.left, area.right):
            held = grid.style(row, column)
            edges = (row == area.top, row == area.bottom - 1, column == area.left, column == area.right - 1)
            number = known.get((held, *edges))
            if number is None:
                number = known[(held, *edges)] = styles.number(
                    _with_borders(styles[held], _sides(body, *edges))
                )
            if number != held:
                grid.writable(row).set_style(column, number)
    return {}


def _sides(body: Json, top: bool, bottom: bool, left: bool, right: bool) -> dict[str, Json | None]:  # noqa: FBT001  # the four edges
    return {
        "top": body.get("top" if top else "innerHorizontal"),
        "bottom": body.get("bottom" if bottom else "innerHorizontal"),
        "left": body.get("left" if left else "innerVertical"),
        "right": body.get("right" if right else "innerVertical"),
    }


def _with_borders(style: Json, sides: dict[str, Json | None]) -> Json:
    look = dict(style.get("userEnteredFormat", {}))
    borders = dict(look.pop("borders", {}))
    for side, border in sides.items():
        if border is not None:
            borders.pop(side, None)
            if border.get("style", "NONE") != "NONE":
                borders[side] = defaults.normalise("Border", border)
    if borders:
        look["borders"] = borders
    rest = {name: value for name, value in style.items() if name != "userEnteredFormat"}
    return {**rest, "userEnteredFormat": look} if look else rest


# ---- conditional formats
def add_rule(editing: Editing, body: Json) -> Json:
    """A conditional format, before the one at `index`."""
    rule = _checked_rule(editing, needed(body, "rule"))
    rules = grid_sheet(editing.document, rule["ranges"][0]["sheetId"]).objects["conditionalFormats"]
    index = body.get("index", 0)
    if not 0 <= index <= len(rules):
        raise invalid(f"Invalid index: {index}. There are only {len(rules)} conditional format rules.")
    rules.insert(index, rule)
    return {}


def update_rule(editing: Editing, body: Json) -> Json:
    """Replace a conditional format, or move it."""
    rule = _checked_rule(editing, body["rule"]) if "rule" in body else None
    home = rule["ranges"][0]["sheetId"] if rule and "sheetId" not in body else body.get("sheetId", 0)
    sheet = grid_sheet(editing.document, home)
    rules, index = sheet.objects["conditionalFormats"], body.get("index", 0)
    old = _rule_at(rules, index)
    if rule is not None:
        rules[index] = rule
        new_index = index
    elif "newIndex" in body:
        new_index = body["newIndex"]
        _rule_at(rules, new_index)
        rules.insert(new_index, rules.pop(index))
    else:
        raise invalid("Either a rule or a newIndex must be specified.")
    answer: Json = {"newRule": without_zero_sheet(rules[new_index]), "oldRule": without_zero_sheet(old)}
    return answer | {n: i for n, i in (("newIndex", new_index), ("oldIndex", index)) if i}


def delete_rule(editing: Editing, body: Json) -> Json:
    """Remove a conditional format."""
    sheet = grid_sheet(editing.document, body.get("sheetId", 0))
    rules, index = sheet.objects["conditionalFormats"], body.get("index", 0)
    old = _rule_at(rules, index)
    del rules[index]
    return {"rule": without_zero_sheet(old)}


def _rule_at(rules: list[Json], index: int) -> Json:
    if not 0 <= index < len(rules):
        raise invalid(f"No conditional format on sheet at index: {index}")
    return rules[index]


def _checked_rule(editing: Editing, rule: Json) -> Json:
    ranges = rule.get("ranges", [])
    if not ranges:
        raise invalid("A conditional format rule must have at least one range.")
    if len({place.get("sheetId", 0) for place in ranges}) > 1:
        raise invalid("All ranges of a conditional format rule must be on the same sheet.")
    if ("booleanRule" in rule) == ("gradientRule" in rule):
        raise invalid("A conditional format rule must have either a booleanRule or a gradientRule.")
    if "booleanRule" in rule:
        check_condition(needed(rule["booleanRule"], "condition"), FORMATTING, editing.document.locale)
    made = defaults.normalise("ConditionalFormatRule", rule)
    made["ranges"] = []
    for place in ranges:
        area = resolve(editing.document, place).within_grid()
        editing.guard.check(area)
        made["ranges"].append(area.as_grid_range())
    return made


HANDLERS = {
    "mergeCells": merge_cells,
    "unmergeCells": unmerge_cells,
    "updateBorders": update_borders,
    "addConditionalFormatRule": add_rule,
    "updateConditionalFormatRule": update_rule,
    "deleteConditionalFormatRule": delete_rule,
}
