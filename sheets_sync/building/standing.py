"""A spreadsheet as it stands against what it was built as: locale, time zone, tabs, and who may edit what.

Pure: Google's resource of the file comes in, differences go out, each with the requests that mend it. No cell is looked
at here and none is written; what no request can mend has none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kpi_rules.spelling import folded
from kpi_rules.words.texts import Texts
from sheets_sync.a1 import column_letters
from sheets_sync.building.blueprints import has_own_editors, protect, restore, tab_protections
from sheets_sync.building.changes import Request
from sheets_sync.reading.tables import locate
from sheets_sync.schema.access import Accounts
from sheets_sync.schema.layout import Book, Tab, TabKind, sheet_id
from sheets_sync.schema.shown_forms import BookForms

BOOK_FIELDS = (
    "properties(locale,timeZone),sheets(properties(sheetId,title,index,hidden),"
    "protectedRanges(protectedRangeId,range,unprotectedRanges,editors,warningOnly,description))"
)
"""What to ask of a spreadsheet before `book_differences` and `archive_differences`."""
_PROTECTION = "range,description,warningOnly,editors,unprotectedRanges"


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was built. `code` is a word of the texts (`verify.CODE`), `tab` "" for the file."""

    code: str
    tab: str
    wanted: str
    present: str
    requests: tuple[Request, ...] = ()


def book_differences(
    book: Book,
    texts: Texts,
    accounts: Accounts,
    present: Mapping[str, Any],
    headers: Mapping[int, Sequence[Any]],
    *,
    owners: Collection[str],
    months: Iterable[str] = (),
) -> Iterator[Difference]:
    """Compare a workbook or payroll book with its layout; tabs that people added themselves are their business.

    `headers` are the first rows of the input tabs by sheet id, `owners` the accounts that Google lets edit everything,
    `months` the keys of the closed months' tabs (payroll book), which only the system edits.
    """
    yield from settings_differences(book, present.get("properties", {}))
    sheets = {_id(sheet): sheet for sheet in present.get("sheets", ())}
    taken = {sheet["properties"]["title"] for sheet in sheets.values()}
    lost = [tab for tab in book.tabs if sheet_id(book.key, tab.key) not in sheets]
    for tab in lost:
        can = tab.kind is not TabKind.INPUT and tab.title not in taken
        requests = tuple(restore(book, texts, accounts, [tab.key])) if can else ()
        yield Difference("tab_gone", tab.title, tab.title, "", requests)
    for tab in book.tabs:
        sheet = sheets.get(sheet_id(book.key, tab.key))
        if sheet is not None:
            yield from _tab(tab, sheet, taken)
            yield from _guards(tab, sheet, headers.get(_id(sheet), ()), accounts, owners)
    closed = {sheet_id("payroll", month): month for month in months}
    for number, month in closed.items():
        if number in sheets:
            yield from _shown(sheets[number], hidden=False)
            yield from _system_only(sheets[number], month, accounts.system, owners)
    known = {sheet_id(book.key, tab.key): tab.title for tab in book.tabs} | closed
    yield from _look_alikes(sheets, known)


def archive_differences(
    book: Book, system: Sequence[str], present: Mapping[str, Any], *, owners: Collection[str]
) -> Iterator[Difference]:
    """Compare an archive: all of its tabs are the system's, and those are hidden that its book hides."""
    yield from settings_differences(book, present.get("properties", {}))
    hidden = {tab.title for tab in book.tabs if tab.hidden}
    for sheet in present.get("sheets", ()):
        title = sheet["properties"]["title"]
        yield from _shown(sheet, hidden=title in hidden)
        yield from _system_only(sheet, title, system, owners)


# ---- the file and its tabs
def settings_differences(book: Book, now: Mapping[str, Any]) -> Iterator[Difference]:
    """Compare locale and time zone (Google's properties of the spreadsheet) with those that the file was made with."""
    for code, name, wanted in (
        ("locale_changed", "locale", book.locale),
        ("time_zone_changed", "timeZone", book.time_zone),
    ):
        if now.get(name, "") != wanted:
            change = {"properties": {name: wanted}, "fields": name}
            request = {"updateSpreadsheetProperties": change}
            yield Difference(code, "", wanted, str(now.get(name, "")), (request,))


@dataclass(frozen=True)
class OtherSettings:
    """A book whose locale or time zone is not the one that it was made with, and what puts them back."""

    file_id: str
    title: str
    differences: tuple[Difference, ...]


def other_settings(client_name: str, seen: Iterable[tuple[str, Book, BookForms]]) -> Iterator[OtherSettings]:
    """Tell which of a client's books, by id and layout, a look saw with other settings; what nobody has seen is as it was."""
    for file_id, book, forms in seen:
        now = {"locale": forms.locale or book.locale, "timeZone": forms.time_zone or book.time_zone}
        if differences := tuple(settings_differences(book, now)):
            yield OtherSettings(file_id, book.title.format(client=client_name), differences)


def _tab(tab: Tab, sheet: Mapping[str, Any], taken: Collection[str]) -> Iterator[Difference]:
    title = sheet["properties"]["title"]
    if title != tab.title and tab.kind is not TabKind.INPUT:  # what people fill they may call otherwise
        free = tab.title not in taken
        requests = (_sheet_request(sheet, "title", tab.title),) if free else ()
        yield Difference("tab_renamed", title, tab.title, title, requests)
    yield from _shown(sheet, hidden=tab.hidden)


def _shown(sheet: Mapping[str, Any], *, hidden: bool) -> Iterator[Difference]:
    now = bool(sheet["properties"].get("hidden", False))
    if now != hidden:
        code = "tab_hidden" if now else "tab_shown"
        request = _sheet_request(sheet, "hidden", hidden)
        yield Difference(code, sheet["properties"]["title"], "", "", (request,))


def _sheet_request(sheet: Mapping[str, Any], name: str, value: object) -> Request:
    properties = {"sheetId": _id(sheet), name: value}
    return {"updateSheetProperties": {"properties": properties, "fields": name}}


def _look_alikes(sheets: Mapping[int, Mapping[str, Any]], known: Mapping[int, str]) -> Iterator[Difference]:
    """Name tabs that a person takes for one of ours: the same title but for case, spaces, unseen signs and letters."""
    forms = {_form(title): title for title in known.values()}
    for number, sheet in sheets.items():
        title = sheet["properties"]["title"]
        if number not in known and (like := forms.get(_form(title))):
            yield Difference("tab_looks_alike", title, like, title)


def _form(title: str) -> str:
    return "".join(sign for sign in folded(title) if sign.isalnum())


# ---- who may edit what
def _guards(
    tab: Tab,
    sheet: Mapping[str, Any],
    header: Sequence[Any],
    accounts: Accounts,
    owners: Collection[str],
) -> Iterator[Difference]:
    """Compare the protections of a tab; one that somebody added matters where it covers what the layout knows."""
    headers = locate(tab, [list(header)]) if tab.kind is TabKind.INPUT else None
    readable = headers is None or headers.readable
    standing = headers.places if headers else {}
    own = [column for column in tab.columns if has_own_editors(column, tab)]
    if not readable or any(column.key not in standing for column in own):
        return  # a header is gone: the sync names it, and nobody can tell whose a column is
    wanted = [
        request["addProtectedRange"]["protectedRange"]
        for request in tab_protections(tab, _id(sheet), accounts, standing)
    ]
    ours = set(standing.values())
    yield from _protections(sheet, wanted, owners, lambda area: headers is None or _covers(area, ours))


def _system_only(
    sheet: Mapping[str, Any], description: str, system: Sequence[str], owners: Collection[str]
) -> Iterator[Difference]:
    wanted = protect({"sheetId": _id(sheet)}, system, description)["addProtectedRange"]["protectedRange"]
    yield from _protections(sheet, [wanted], owners, lambda _area: True)


def _protections(
    sheet: Mapping[str, Any],
    wanted: Sequence[Mapping[str, Any]],
    owners: Collection[str],
    matters: Callable[[Mapping[str, Any]], bool],
) -> Iterator[Difference]:
    title, left = sheet["properties"]["title"], list(sheet.get("protectedRanges", ()))
    for each in wanted:
        same = [one for one in left if area_key(one.get("range", {})) == area_key(each["range"])]
        place = _place(title, each["range"])
        if not same:
            yield Difference(
                "protection_gone",
                place,
                _editors(each),
                "",
                ({"addProtectedRange": {"protectedRange": each}},),
            )
            continue
        # Of several over the same cells the one that is as wanted is ours; the others came later.
        ours = next((one for one in same if not _deviates(one, each, owners, matters)), same[0])
        left.remove(ours)
        if _deviates(ours, each, owners, matters):
            own = [area for area in ours.get("unprotectedRanges", ()) if not matters(area)]
            opened = [*each.get("unprotectedRanges", ()), *own]
            changed = {**each, "protectedRangeId": ours["protectedRangeId"], "unprotectedRanges": opened}
            request = {"updateProtectedRange": {"protectedRange": changed, "fields": _PROTECTION}}
            yield Difference("protection_changed", place, _editors(each), _editors(ours), (request,))
    for one in left:
        if matters(one.get("range", {})):
            gone = {"deleteProtectedRange": {"protectedRangeId": one["protectedRangeId"]}}
            yield Difference(
                "protection_added", _place(title, one.get("range", {})), "", _editors(one), (gone,)
            )


def _deviates(
    present: Mapping[str, Any],
    wanted: Mapping[str, Any],
    owners: Collection[str],
    matters: Callable[[Mapping[str, Any]], bool],
) -> bool:
    """Tell whether a protection lets others edit than it should, or leaves other cells open that matter."""
    # Google tells editors only to whoever may edit: of a locked file to nobody, and there nobody edits anything.
    editors = present.get("editors", wanted["editors"])
    users = {email.lower() for email in editors.get("users", ())}
    needed = {email.lower() for email in wanted["editors"]["users"]}
    free = {email.lower() for email in owners}
    open_wanted = set(map(area_key, wanted.get("unprotectedRanges", ())))
    opened = {
        area_key(area)
        for area in present.get("unprotectedRanges", ())
        if matters(area) or area_key(area) in open_wanted
    }
    return bool(
        present.get("warningOnly")
        or editors.get("groups")
        or editors.get("domainUsersCanEdit")
        or users - free != needed - free
        or opened != open_wanted
    )


def _editors(protection: Mapping[str, Any]) -> str:
    """Name who may edit, as people read it; «*» where it only warns or a whole domain may."""
    editors = protection.get("editors", {})
    everybody = protection.get("warningOnly") or editors.get("domainUsersCanEdit")
    names = sorted({*editors.get("users", ()), *editors.get("groups", ())})
    holes = [f"({_cells(area)}: *)" for area in protection.get("unprotectedRanges", ())]
    return ", ".join([*names, *(["*"] if everybody else []), *holes])


def area_key(area: Mapping[str, Any]) -> tuple[int, ...]:
    """Give a range in a form to compare: answers leave out what is zero or endless."""
    return (
        area.get("startRowIndex", 0),
        area.get("endRowIndex", -1),
        area.get("startColumnIndex", 0),
        area.get("endColumnIndex", -1),
    )


def _covers(area: Mapping[str, Any], columns: Collection[int]) -> bool:
    _, _, first, end = area_key(area)
    return any(first <= column and (end < 0 or column < end) for column in columns)


def _place(title: str, area: Mapping[str, Any]) -> str:
    cells = _cells(area)
    return f"{title}!{cells}" if cells else title


def _cells(area: Mapping[str, Any]) -> str:
    """Write a range as people do; "" for a whole tab."""
    first_row, end_row, first, end = area_key(area)
    if (first_row, end_row, first, end) == (0, -1, 0, -1):
        return ""
    left, right = column_letters(first), column_letters(end - 1) if end > 0 else ""
    return f"{left}{first_row + 1 if first_row else ''}:{right}{end_row if end_row > 0 else ''}"


def _id(sheet: Mapping[str, Any]) -> int:
    return int(sheet["properties"].get("sheetId", 0))
