"""From a file of an earlier layout to one of a later: what has to be added, worked out from what stands there now.

Pure: the present file comes in as values, steps and requests go out. Nothing of people's is moved, renamed or
written over: a new column goes to the first free place to the right of everything that is there, and where somebody
has made a column of that name already, that one is taken as it stands, or named as what is in the way
(docs/behaviour.md §7b).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kpi_rules.facts.kinds import Kind
from kpi_rules.words.texts import Texts
from sheets_sync.a1 import column_letters
from sheets_sync.building.blueprints import (
    Blueprint,
    add_tab,
    blueprints,
    color_rule,
    column_width,
    entry_format,
    guard_rows,
    is_guarded_by,
    tab_protections,
)
from sheets_sync.building.changes import FIELDS, Request, SheetSize, cell_data, grown, plan
from sheets_sync.building.entry_tabs import color_rules, column_design, column_style, released_guard
from sheets_sync.building.standing import area_key
from sheets_sync.building.wanted import Cell, Guard, GuardKind, is_blank
from sheets_sync.reading.cells import Rows, cells_of
from sheets_sync.reading.columns import read_column
from sheets_sync.reading.tables import locate
from sheets_sync.reading.typed_text import Directory
from sheets_sync.schema.access import Accounts
from sheets_sync.schema.layout import Book, Column, Editors, Tab, TabKind, sheet_id

PRESENT_FIELDS = (
    "sheets(properties(sheetId,title,index,gridProperties(rowCount,columnCount)),conditionalFormats(ranges),"
    "protectedRanges(protectedRangeId,range,unprotectedRanges,editors(users),description))"
)
_GUARDED = "sheets(properties(sheetId),data(startColumn,rowData(values(dataValidation({})))))"
DROPDOWN_FIELDS = _GUARDED.format("condition(type,values(userEnteredValue))")
GUARD_FIELDS = _GUARDED.format("condition(type,values(userEnteredValue)),strict,inputMessage")


Added = Mapping[int, Mapping[int, str]]
"""The columns that come to a tab: its id → 0-based position → header."""


@dataclass(frozen=True)
class PresentTab:
    """One tab as it stands in the file. `shown` are its cells as values, `formulas` as they were entered."""

    title: str
    index: int
    size: SheetSize
    shown: Rows
    formulas: Rows
    protections: tuple[Mapping[str, Any], ...] = ()
    color_rule_count: int = 0
    dropdowns: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """The words of the dropdowns in the first row below the header, by 0-based position."""
    validations: Mapping[int, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """What guards the cells below the header where an earlier release guarded otherwise, by 0-based position."""

    @property
    def width(self) -> int:
        """How many columns hold anything: a value, or a formula that shows nothing."""
        return max((_filled(row) for rows in (self.shown, self.formulas) for row in rows), default=0)


class StepKind(StrEnum):
    """What an upgrade does."""

    TAB = "tab"
    COLUMN = "column"
    ADOPTED = "adopted"
    GUARD = "guard"
    DROPDOWN = "dropdown"
    FORMAT = "format"
    NOTE = "note"
    PROTECTION = "protection"
    GUIDE = "guide"


@dataclass(frozen=True)
class Step:
    """One thing that an upgrade does, for people: the titles of tab and column, and its letters («N»)."""

    kind: StepKind
    tab: str
    column: str = ""
    place: str = ""
    words: tuple[str, ...] = ()
    """What a dropdown offers that it did not."""
    editors: Editors | None = None
    """Who fills a new tab, or edits what is protected."""


@dataclass(frozen=True)
class Obstacle:
    """What is in the way, by the code of its sentence, with the titles in it."""

    code: str
    params: Mapping[str, str]


@dataclass(frozen=True)
class BookUpgrade:
    """What one file needs: told as `steps`, done by `requests` in one atomic call; `obstacles` forbid it."""

    steps: tuple[Step, ...] = ()
    requests: tuple[Request, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    added: Added = field(default_factory=dict)


@dataclass
class _Draft:
    """A plan in the making."""

    steps: list[Step] = field(default_factory=list)
    tabs: list[Request] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    obstacles: list[Obstacle] = field(default_factory=list)
    added: dict[int, dict[int, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Files:
    """What a plan is worked out from."""

    present: Mapping[int, PresentTab]
    before: Book
    target: Book
    texts: Texts
    accounts: Accounts
    resumed: bool

    def tab_id(self, tab: Tab) -> int | None:
        """Find a tab by its id, else by its title, as reading does."""
        own = sheet_id(self.target.key, tab.key)
        if own in self.present:
            return own
        return next((number for number, sheet in self.present.items() if sheet.title == tab.title), None)

    def before_tab(self, tab: Tab) -> Tab | None:
        return next((old for old in self.before.tabs if old.key == tab.key), None)

    def staff_at(self) -> Mapping[str, int]:
        """Tell where the columns of «Сотрудники» stand; none where the file has no such tab."""
        staff = next((tab for tab in self.target.tabs if tab.key == "staff"), None)
        number = self.tab_id(staff) if staff else None
        return {} if staff is None or number is None else locate(staff, self.present[number].shown).places


def plan_upgrade(
    present: Mapping[int, PresentTab],
    before: Book,
    target: Book,
    texts: Texts,
    accounts: Accounts,
    *,
    resumed: bool = False,
) -> BookUpgrade:
    """Work out what brings a file to a layout.

    Args:
        present: the tabs of the file by their ids.
        before: the book of the layout that the file is known to have.
        target: the book of the layout that it is to have.
        texts: the words of the file.
        accounts: who may edit what.
        resumed: an upgrade to this layout was begun before: what stands there may be its work.
    """
    files = _Files(present, before, target, texts, accounts, resumed)
    draft = _Draft()
    designs = {design.key: design for design in blueprints(target, texts)}
    order = sorted(present, key=lambda number: present[number].index)
    for tab in target.tabs:
        number = files.tab_id(tab)
        if number is None:
            _missing_tab(files, tab, designs[tab.key], order, draft)
            continue
        if files.before_tab(tab) is None and number != sheet_id(target.key, tab.key):
            draft.obstacles.append(Obstacle("upgrade_tab_taken", {"tab": tab.title}))
        elif tab.kind is TabKind.INPUT:
            _input_tab(files, tab, number, draft)
        elif tab.kind is TabKind.GUIDE:
            _guide(files, tab, number, designs[tab.key], draft)
    return BookUpgrade(
        tuple(draft.steps), (*draft.tabs, *draft.requests), tuple(draft.obstacles), draft.added
    )


def differing_cells(
    before: Mapping[int, PresentTab], after: Mapping[int, PresentTab], added: Added, target: Book
) -> Iterator[tuple[str, str]]:
    """Name each cell that an upgrade should have left alone and that is another now: title and address.

    Formulas are compared as entered, the client's own tabs and columns included; what the system writes is not.
    """
    written = {sheet_id(target.key, tab.key) for tab in target.tabs if tab.kind is not TabKind.INPUT}
    for number, was in before.items():
        if number in written:
            continue
        if number not in after:
            yield was.title, ""
            continue
        new = added.get(number, {})
        now = after[number].formulas
        for row in range(max(len(was.formulas), len(now))):
            old_row, new_row = _row(was.formulas, row), _row(now, row)
            for column in range(max(len(old_row), len(new_row))):
                if column in new:
                    expected = new[column] if row == 0 else _cell(new_row, column)
                else:
                    expected = _cell(old_row, column)
                if expected != _cell(new_row, column):
                    yield was.title, f"{column_letters(column)}{row + 1}"


def _missing_tab(files: _Files, tab: Tab, design: Blueprint, order: list[int], draft: _Draft) -> None:
    """Add a tab that the earlier layout did not have; one that somebody deleted is not an upgrade's business."""
    old, number = files.before_tab(tab), sheet_id(files.target.key, tab.key)
    if old is not None:
        if set(_keys(tab)) - set(_keys(old)):
            draft.obstacles.append(Obstacle("upgrade_tab_gone", {"tab": tab.title}))
        return
    earlier = files.target.tabs[: files.target.tabs.index(tab)]
    places = [order.index(left) for left in map(files.tab_id, earlier) if left in order]
    places += [order.index(own) for own in _own_ids(files, earlier) if own in order]
    index = max(places, default=-1) + 1
    order.insert(index, number)
    draft.tabs += add_tab(design, number, index)
    draft.requests += tab_protections(tab, number, files.accounts)
    draft.steps.append(Step(StepKind.TAB, tab.title, editors=tab.editors))


def _own_ids(files: _Files, tabs: Iterable[Tab]) -> list[int]:
    return [sheet_id(files.target.key, tab.key) for tab in tabs]


def _input_tab(files: _Files, tab: Tab, number: int, draft: _Draft) -> None:
    """Add the columns that are missing, and guide, format, note and protect what the new layout does so."""
    present, old = files.present[number], files.before_tab(tab)
    known = {column.key: column for column in old.columns} if old else {}
    new = [column for column in tab.columns if column.key not in known]
    headers = locate(tab, present.shown)
    if not headers.readable:
        if new:
            draft.obstacles.append(Obstacle("upgrade_headers_gone", {"tab": present.title}))
        return
    standing, fresh = dict(headers.places), dict[str, int]()
    free = present.width
    for column in new:
        if column.key in standing:
            _adopt(files, column, present, standing[column.key], draft)
        elif column.key in headers.addresses and _stands_twice(headers.problems, column.key):
            params = {"tab": present.title, "header": column.header}
            draft.obstacles.append(Obstacle("upgrade_header_twice", params))
        else:
            fresh[column.key] = standing[column.key] = free
            free += 1
    draft.requests += grown(present.size, 0, free) if fresh else []
    for column in tab.columns:
        if column.key in fresh:
            _add_column(files, column, present, fresh[column.key], draft)
        elif column.key in standing:
            _change_column(files, known.get(column.key), column, present, standing[column.key], draft)
    _color(tab, present, standing, draft)
    _protect(files, tab, old, present, standing, draft)


def _stands_twice(problems: Iterable[Any], key: str) -> bool:
    return any(problem.code == "header_twice" and problem.place.column == key for problem in problems)


def _adopt(files: _Files, column: Column, present: PresentTab, position: int, draft: _Draft) -> None:
    """Take a column that bears the new one's name already, if all of its cells can be read as it needs."""
    bad = [] if files.resumed else _unreadable(column, present.shown, position)
    if bad:
        params = {
            "tab": present.title,
            "header": column.header,
            "cell": f"{column_letters(position)}{bad[0]}",
            "count": str(len(bad)),
        }
        draft.obstacles.append(Obstacle("upgrade_column_unfit", params))
    elif not files.resumed:
        draft.steps.append(Step(StepKind.ADOPTED, present.title, column.header, column_letters(position)))


def _unreadable(column: Column, rows: Rows, position: int) -> list[int]:
    """Name the rows whose cells would be bad; who is meant by a name is not asked here."""
    if column.kind is Kind.EMPLOYEE:
        return []
    cells = cells_of([_cell(row, position) for row in rows[1:]])
    read = read_column(column, cells, Directory.of(()))
    return [index + 2 for index, bad in enumerate(read.bad.tolist()) if bad]


def _add_column(files: _Files, column: Column, present: PresentTab, position: int, draft: _Draft) -> None:
    design = column_design(column, files.target, files.texts, files.staff_at())
    number = present.size.sheet_id
    header = Cell(column.header, "center.header", column.note)
    draft.requests += [
        column_width(number, position, design),
        {
            "updateCells": {
                "start": {"sheetId": number, "rowIndex": 0, "columnIndex": position},
                "rows": [{"values": [cell_data(header)]}],
                "fields": FIELDS,
            }
        },
        entry_format(number, position, design),
    ]
    draft.steps.append(Step(StepKind.COLUMN, present.title, column.header, column_letters(position)))
    draft.added.setdefault(number, {})[position] = column.header


def _change_column(
    files: _Files, old: Column | None, column: Column, present: PresentTab, position: int, draft: _Draft
) -> None:
    """Bring guard, format and note of a column that is there to the new layout; `old` None = it was adopted."""
    number, staff_at = present.size.sheet_id, files.staff_at()
    design = column_design(column, files.target, files.texts, staff_at)
    was = column_design(old, files.before, files.texts, staff_at) if old else None
    step = (present.title, column.header, column_letters(position))
    if was is None or was.guard != design.guard:
        draft.requests.append(entry_format(number, position, design, fields="dataValidation"))
        draft.steps += [Step(StepKind.GUARD, *step)] if was else []
    elif (
        more := _new_words(design.guard.choices, present.dropdowns.get(position, ()))
        if (design.guard and design.guard.kind is GuardKind.CHOICE)
        else ()
    ):
        draft.requests.append(entry_format(number, position, design, fields="dataValidation"))
        draft.steps.append(Step(StepKind.DROPDOWN, *step, words=more))
    elif design.guard and (released := released_guard(column, files.texts)):
        untouched = _rows_guarded_by(released, present.validations.get(position, ()))
        draft.requests += [guard_rows(number, position, rows, design.guard) for rows in untouched]
        draft.steps += [Step(StepKind.GUARD, *step)] if untouched else []
    if was is None or (old and column_style(old) != column_style(column)):
        numbers_alone = "userEnteredFormat.numberFormat"
        draft.requests.append(entry_format(number, position, design, fields=numbers_alone))
        draft.steps += [Step(StepKind.FORMAT, *step)] if was else []
    if column.note != (old.note if old else ""):
        place = {"sheetId": number, "rowIndex": 0, "columnIndex": position}
        rows = [{"values": [{"note": column.note}]}]
        draft.requests.append({"updateCells": {"start": place, "rows": rows, "fields": "note"}})
        draft.steps += [Step(StepKind.NOTE, *step)] if was else []


def _rows_guarded_by(guard: Guard, validations: Sequence[Mapping[str, Any]]) -> list[range]:
    """Give the sheet rows that bear exactly this guard; what somebody chose instead, or took away, stays so."""
    runs: list[range] = []
    for row, validation in enumerate(validations, start=2):
        if is_guarded_by(guard, validation):
            start = runs.pop().start if runs and runs[-1].stop == row else row
            runs.append(range(start, row + 1))
    return runs


def _new_words(wanted: Sequence[str], present: Sequence[str]) -> tuple[str, ...]:
    """Give what a dropdown that is there should offer and does not; where somebody took it away it stays away."""
    return tuple(word for word in wanted if present and word not in present)


def _color(tab: Tab, present: PresentTab, standing: Mapping[str, int], draft: _Draft) -> None:
    """Add the conditional colours of the columns that come to the tab."""
    added = draft.added.get(present.size.sheet_id, {})
    rules = [rule for rule in color_rules(tab, standing) if rule.first_column in added]
    for rank, rule in enumerate(rules, present.color_rule_count):
        draft.requests.append(color_rule(present.size.sheet_id, rule, rank))


def _keys(tab: Tab) -> list[str]:
    return [column.key for column in tab.columns]


def _protect(
    files: _Files, tab: Tab, old: Tab | None, present: PresentTab, standing: Mapping[str, int], draft: _Draft
) -> None:
    """Protect new columns, and what has other editors in the new layout."""
    number = present.size.sheet_id
    wanted = tab_protections(tab, number, files.accounts, standing)
    before = tab_protections(old, number, files.accounts, standing) if old else []
    changed = [request for request in wanted if request not in before]
    gone = [request for request in before if request not in wanted]
    requests = list(_protection_requests(changed, gone, present.protections))
    draft.requests += requests
    if requests:
        draft.steps += _protected(tab, old, present, standing)


def _protected(tab: Tab, old: Tab | None, present: PresentTab, standing: Mapping[str, int]) -> Iterator[Step]:
    """Tell which columns, or the whole tab, have other editors than before."""
    had = {column.key: column.editors for column in old.columns} if old else {}
    for column in tab.columns:
        if column.key in standing and column.editors is not had.get(column.key):
            place = column_letters(standing[column.key])
            editors = column.editors or tab.editors
            yield Step(StepKind.PROTECTION, present.title, column.header, place, editors=editors)
    if old and old.editors is not tab.editors:
        yield Step(StepKind.PROTECTION, present.title, editors=tab.editors)


def _protection_requests(
    changed: Sequence[Request], gone: Sequence[Request], present: Sequence[Mapping[str, Any]]
) -> Iterator[Request]:
    wanted_ranges = []
    for request in changed:
        protected = request["addProtectedRange"]["protectedRange"]
        wanted_ranges.append(area_key(protected["range"]))
        protection = next((each for each in present if area_key(each["range"]) == wanted_ranges[-1]), None)
        if protection is None:
            yield request
        elif not _is_as_wanted(protection, protected):
            fields = "description,warningOnly,editors,unprotectedRanges"
            kept = [
                open_range
                for open_range in protection.get("unprotectedRanges", ())
                if area_key(open_range) not in map(area_key, protected.get("unprotectedRanges", ()))
            ]
            open_ranges = [*kept, *protected.get("unprotectedRanges", ())]
            changed_range = {
                **protected,
                "protectedRangeId": protection["protectedRangeId"],
                "unprotectedRanges": open_ranges,
            }
            yield {"updateProtectedRange": {"protectedRange": changed_range, "fields": fields}}
    for request in gone:
        key = area_key(request["addProtectedRange"]["protectedRange"]["range"])
        for each in present:
            if area_key(each["range"]) == key and key not in wanted_ranges:
                yield {"deleteProtectedRange": {"protectedRangeId": each["protectedRangeId"]}}


def _is_as_wanted(protection: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Tell whether a protection that is there has the editors that it should, and the open columns at least."""
    editors = {email.lower() for email in protection.get("editors", {}).get("users", ())}
    open_ranges = set(map(area_key, protection.get("unprotectedRanges", ())))
    return editors >= {email.lower() for email in wanted["editors"]["users"]} and open_ranges >= set(
        map(area_key, wanted.get("unprotectedRanges", ()))
    )


def _guide(files: _Files, tab: Tab, number: int, design: Blueprint, draft: _Draft) -> None:
    """Bring the page to read to the present words."""
    present = files.present[number]
    requests = plan({tab.key: present.shown}, {tab.key: design.wanted}, {tab.key: present.size})
    if requests:
        draft.requests += requests
        draft.steps.append(Step(StepKind.GUIDE, present.title))


def _filled(row: Sequence[Any]) -> int:
    return max((index + 1 for index, cell in enumerate(row) if not is_blank(cell)), default=0)


def _row(rows: Rows, index: int) -> Sequence[Any]:
    return rows[index] if index < len(rows) else ()


def _cell(row: Sequence[Any], index: int) -> Any:
    return None if index >= len(row) or is_blank(row[index]) else row[index]
