"""The archive of a closed month: a Drive copy of the workbook made over into values of the snapshot alone.

Nothing of the copy's content is trusted, because the live file may have moved on before it was copied: its
tabs are all replaced, and with them go formulas, filters, charts, hidden columns and the client's own tabs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kpi_rules.facts.inputs import VALUES, MonthInputs, Objection, PlanRow
from kpi_rules.facts.payments import PAYMENTS
from kpi_rules.problems import Problem
from kpi_rules.rulebook.model import Rulebook
from kpi_rules.time.periods import Month
from kpi_rules.words.texts import Texts
from sheets_sync.a1 import column_letters
from sheets_sync.building.blueprints import Blueprint, add_tab, blueprints, protect
from sheets_sync.building.changes import Request, Rows, differences, extended_value
from sheets_sync.building.entry_tabs import plan_rows, rule_rows
from sheets_sync.building.payroll_tab import SealMark
from sheets_sync.building.wanted import (
    BLANK,
    Cell,
    CellValue,
    ColumnDesign,
    GuardKind,
    Wanted,
    grid,
    is_blank,
    trimmed,
)
from sheets_sync.schema.layout import Book, Tab, TabKind, sheet_id

COPY_FIELDS = (
    "sheets(properties(sheetId,title,index,hidden)),namedRanges(namedRangeId),developerMetadata(metadataId)"
)
"""What to ask of the copy before `batches`."""

CELLS_A_BATCH = 20_000
"""About one megabyte of JSON, well below Google's advised two."""

_SEAL_KEY = "seal"
_SEAL_COLUMNS = (ColumnDesign(180), ColumnDesign(560, "text"))


@dataclass(frozen=True)
class TabDifference:
    """A cell of an archive or payroll file that is not what was sealed; `cell` is «» for a whole tab."""

    tab: str
    cell: str
    sealed: CellValue
    present: CellValue


@dataclass(frozen=True)
class Frozen:
    """What a month was counted by, whatever its tabs say by the time of the close."""

    rules: Rulebook
    plan: tuple[PlanRow, ...]


def archive_tabs(
    book: Book,
    texts: Texts,
    inputs: Mapping[str, Rows],
    positions: Mapping[tuple[str, str], int],
    outputs: Mapping[str, Wanted],
    seal_page: Wanted,
    frozen: Frozen | None = None,
) -> tuple[Blueprint, ...]:
    """Work out the tabs of the archive: the seal, then all that the layout knows, as values.

    `inputs` are the snapshot's raw rows by tab key, header row included; `positions` tells at which 0-based
    position each known column stood: (tab key, column key) → position, as `Located` has it. Columns that the
    layout does not know are left out. `frozen` is laid out in the place of the rows of «Правила» and «План».
    """
    page = Blueprint(_SEAL_KEY, texts("tabs.archive.seal_tab"), seal_page, len(seal_page.rows), "#b3402e")
    plans = {plan.key: plan for plan in blueprints(book, texts)}
    tabs = [page]
    for tab in book.tabs:
        plan = plans[tab.key]
        if tab.kind is TabKind.INPUT:
            rows = _frozen_rows(tab, frozen) if frozen else None
            if rows is None:
                rows = known_rows(tab, inputs.get(tab.key, ()), _of_tab(positions, tab.key))
            look = replace(plan.wanted, columns=tuple(map(_unguarded, plan.wanted.columns)))
            tabs.append(replace(plan, wanted=look, entries=rows, row_count=max(len(rows) + 1, 2)))
        else:
            look = outputs.get(tab.key, plan.wanted)
            tabs.append(replace(plan, wanted=look, row_count=max(len(look.rows), look.frozen_rows + 1)))
    return tuple(tabs)


def seal_page(month: Month, client: str, rulebook: str, seal: SealMark, texts: Texts) -> Wanted:
    """Lay out «Печать»: which month this is, the seal's number and fingerprint, and how to check them."""
    title = texts("tabs.archive.title", month=month, client=client)
    facts = {
        "number": str(seal.number),
        "fingerprint": seal.fingerprint,
        "public_key": seal.public_key,
        "rulebook": rulebook,
        "how": texts("tabs.archive.how_text"),
    }
    rows = [[Cell(title, "plain.title")], [Cell(texts("tabs.archive.closed"), "plain.muted")], [BLANK]]
    rows += [
        [Cell(texts(f"tabs.archive.{key}"), "plain.strong"), Cell(fact, "long_entry")]
        for key, fact in facts.items()
    ]
    return Wanted(grid(rows, len(_SEAL_COLUMNS)), _SEAL_COLUMNS)


def batches(
    copy: Mapping[str, Any], tabs: Sequence[Blueprint], system: Iterable[str]
) -> Iterator[list[Request]]:
    """Work out the batchUpdates that make a copy (described by `COPY_FIELDS`) into the archive.

    The first one, atomic, replaces all tabs and protects the new ones; the others fill in the entries, each
    repeatable. Begun again after a failure, from a new description, they lead to the same archive.
    """
    old_ids = [sheet["properties"].get("sheetId", 0) for sheet in copy["sheets"]]
    new_ids = dict(zip((tab.key for tab in tabs), _free_ids(old_ids, tabs), strict=True))
    yield [*_cleared(copy), *_replaced(old_ids, tabs, new_ids), *_protected(tabs, new_ids, list(system))]
    for tab in tabs:
        yield from _entry_batches(tab, new_ids[tab.key])


def expected(tabs: Iterable[Blueprint]) -> dict[str, list[list[CellValue]]]:
    """Give the values of each tab by its title, as they must be read back."""
    return {tab.title: trimmed([*tab.wanted.values(), *tab.entries]) for tab in tabs}


def as_read_back(tabs: Iterable[Blueprint], cells: Mapping[str, Rows]) -> list[Blueprint]:
    """Give tabs that hold exactly these cells (rows by tab title), drawn as `tabs` draw theirs.

    A later program may say a sentence otherwise, or have a further tab: what was read back at a close stays.
    """
    drawn = {tab.title: tab for tab in tabs}
    blank = Blueprint("", "", Wanted((), ()), 1)
    return [
        _holding(drawn.get(title, replace(blank, key=title, title=title)), cells[title]) for title in cells
    ]


def _holding(tab: Blueprint, rows: Rows) -> Blueprint:
    if expected([tab])[tab.title] == trimmed(rows):
        return tab
    look, width = tab.wanted, max([tab.column_count, 1, *map(len, rows)])
    columns = (*look.columns, *[ColumnDesign(_SEAL_COLUMNS[0].width_px)] * (width - tab.column_count))
    drawn = [
        [
            replace(cell, value=_at(rows[index], place) if index < len(rows) else None)
            for place, cell in enumerate([*row, *[BLANK] * (width - len(row))])
        ]
        for index, row in enumerate(look.rows)
    ]
    entries = [list(row) for row in rows[len(drawn) :]] if tab.entry else []
    if not tab.entry:
        drawn += [
            [Cell(value) for value in [*row, *[None] * (width - len(row))]] for row in rows[len(drawn) :]
        ]
    count = max(tab.row_count, len(rows), look.frozen_rows + 1)
    wanted = replace(look, rows=grid(drawn, width), columns=columns)
    return replace(tab, wanted=wanted, entries=entries, row_count=count)


def compare(sealed: Mapping[str, Rows], present: Mapping[str, Rows]) -> list[TabDifference]:
    """List what differs between the sealed tabs and those read, missing and added tabs included."""
    differing = [TabDifference(title, "", title, None) for title in sealed if title not in present]
    differing += [TabDifference(title, "", None, title) for title in present if title not in sealed]
    for title in sealed:
        if title in present:
            differing += [
                TabDifference(title, f"{column_letters(d.column - 1)}{d.row}", d.expected, d.present)
                for d in differences(sealed[title], present[title])
            ]
    return differing


def known_rows(tab: Tab, rows: Rows, positions: Mapping[str, int]) -> list[list[CellValue]]:
    """Take the layout's columns out of raw rows, in the layout's order, without the header row."""
    order = [positions.get(column.key) for column in tab.columns]
    taken = [[_at(row, position) for position in order] for row in rows[1:]]
    return trimmed(taken)


def _frozen_rows(tab: Tab, frozen: Frozen) -> list[list[CellValue]] | None:
    """Lay out what froze as the rows of its tab; None for a tab of which nothing freezes."""
    if tab.key == "rules":
        laid = rule_rows(tab, frozen.rules)
    elif tab.key == "plan":
        laid = plan_rows(tab, frozen.plan)
    else:
        return None
    return trimmed([[cell.value for cell in row] for row in laid])


def _of_tab(positions: Mapping[tuple[str, str], int], key: str) -> dict[str, int]:
    return {column: position for (tab, column), position in positions.items() if tab == key}


def _at(row: Sequence[Any], position: int | None) -> CellValue:
    if position is None or position >= len(row):
        return None
    value: CellValue = row[position]
    return value


def _unguarded(column: ColumnDesign) -> ColumnDesign:
    """Keep the boxes of checkboxes; nothing else is entered in an archive."""
    is_box = column.guard is not None and column.guard.kind is GuardKind.CHECKBOX
    return column if is_box else replace(column, guard=None)


def _free_ids(taken: Iterable[int], tabs: Sequence[Blueprint]) -> list[int]:
    used = set(taken)
    ids = []
    for tab in tabs:
        number = sheet_id("archive", tab.key)
        while number in used:
            number = number % (2**31 - 1) + 1
        used.add(number)
        ids.append(number)
    return ids


def _cleared(copy: Mapping[str, Any]) -> list[Request]:
    """Remove what hangs on the file and not on a tab."""
    requests: list[Request] = [
        {"deleteNamedRange": {"namedRangeId": named["namedRangeId"]}} for named in copy.get("namedRanges", ())
    ]
    for metadata in copy.get("developerMetadata", ()):
        lookup = {"metadataId": metadata["metadataId"]}
        requests.append({"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": lookup}}})
    return requests


def _replaced(old_ids: Sequence[int], tabs: Sequence[Blueprint], new_ids: Mapping[str, int]) -> list[Request]:
    """Put the new tabs in place of all old ones; a file is never without a tab, nor has two of one title."""
    first, *others = tabs
    first_id = new_ids[first.key]
    unused_title = f"{first.title} {first_id}"
    requests = add_tab(replace(first, title=unused_title), first_id)
    requests += [{"deleteSheet": {"sheetId": old}} for old in old_ids]
    for tab in others:
        requests += add_tab(tab, new_ids[tab.key])
    title = {"sheetId": first_id, "title": first.title}
    requests.append({"updateSheetProperties": {"properties": title, "fields": "title"}})
    return requests


def _protected(tabs: Iterable[Blueprint], new_ids: Mapping[str, int], system: Sequence[str]) -> list[Request]:
    return [protect({"sheetId": new_ids[tab.key]}, system, tab.title) for tab in tabs]


def _entry_batches(tab: Blueprint, tab_id: int) -> Iterator[list[Request]]:
    width = tab.column_count
    step = max(CELLS_A_BATCH // width, 1)
    first_row = len(tab.wanted.rows)
    for start in range(0, len(tab.entries), step):
        rows = tab.entries[start : start + step]
        place = {"sheetId": tab_id, "rowIndex": first_row + start, "columnIndex": 0}
        data = [{"values": [_bare(value) for value in row]} for row in rows]
        yield [{"updateCells": {"start": place, "rows": data, "fields": "userEnteredValue"}}]


def _bare(value: CellValue) -> dict[str, Any]:
    return {} if is_blank(value) else {"userEnteredValue": extended_value(value)}


# ---- which rows an archive keeps: those that concern its month, not all that were ever entered (behaviour §3)
@dataclass(frozen=True)
class ArchivedRows:
    """Raw rows by tab key, the header first, and of which sheet row each one below it is."""

    cells: Mapping[str, Rows]
    numbers: Mapping[str, tuple[int, ...]]


def rows_of_month(
    raw: Mapping[str, Rows],
    inputs: MonthInputs,
    objections: Iterable[Objection],
    problems: Iterable[Problem],
) -> ArchivedRows:
    """Choose the rows of a month out of all that were read.

    The month was counted with them, or «Ошибки» names them; of a tab that holds for every month all are kept. Rules and
    plan are laid out from what froze (`Frozen`).
    """
    known = _known_rows(inputs, objections)
    for problem in problems:
        if problem.place.tab in known:
            known[problem.place.tab].update(_rows_of(problem))
    numbers: dict[str, tuple[int, ...]] = {}
    cells: dict[str, Rows] = {}
    for tab, rows in raw.items():
        chosen = known.get(tab, set(range(2, len(rows) + 1)))
        numbers[tab] = tuple(sorted(row for row in chosen if 1 < row <= len(rows)))
        cells[tab] = [*rows[:1], *(rows[row - 1] for row in numbers[tab])]
    # Laid out in the order of the record; of a row that is gone nobody knows the place.
    as_frozen = {"plan": tuple(row.row for row in inputs.plan), "rules": ()}
    return ArchivedRows(
        {**cells, **{tab: raw.get(tab, [])[:1] for tab in as_frozen}}, {**numbers, **as_frozen}
    )


def _known_rows(inputs: MonthInputs, objections: Iterable[Objection]) -> dict[str, set[int]]:
    month = inputs.month
    return {
        "staff": {stint.row for stint in inputs.staff},
        "absences": {absence.row for absence in inputs.absences},
        inputs.facts.tab.key: set(map(int, inputs.facts.rows["row"])),
        inputs.marks.tab.key: set(map(int, inputs.marks.rows["row"])),
        PAYMENTS: {payment.row for payment in inputs.payments},
        VALUES: {value.row for value in inputs.values},
        "objections": {each.row for each in objections if each.month in {month, None}},
    }


def _rows_of(problem: Problem) -> list[int]:
    """Give the rows that a problem names: its own, and the last of those that it counts."""
    named = problem.params.get("row", "")
    return [row for row in (problem.place.row, int(named) if named.isdecimal() else None) if row]


def at_archived_rows(problem: Problem, numbers: Mapping[str, Sequence[int]]) -> Problem:
    """Give a problem with the rows that it names as they stand in the archive; without a cell where that has none."""
    standing = numbers.get(problem.place.tab)
    if standing is None or problem.place.row is None or problem.place.row == 1:
        return problem
    places = {number: index + 2 for index, number in enumerate(standing)}
    params = dict(problem.params)
    if (named := params.get("row", "")).isdecimal():
        params["row"] = str(places.get(int(named), named))
    place = replace(problem.place, row=places.get(problem.place.row))
    return replace(problem, place=place, params=params)
