"""Typing into cells as one account: what the columns' validation refuses is not written, what it warns of is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from sheets_emulator.book.a1 import column_index, letters
from sheets_emulator.cells.editing import present
from sheets_emulator.numbers.formats import is_date_format
from sheets_emulator.numbers.typing_in import parse
from sheets_emulator.view.inside import RefusedError, call
from sheets_emulator.view.reading import choices_of, quoted
from sheets_emulator.view.rule_formulas import worked_out
from sheets_emulator.view.validation import Given, Judge, formulas_of

if TYPE_CHECKING:
    from sheets_emulator.store.records import AccountRecord

Json = Mapping[str, Any]
_RULES = "sheets(data(startRow,rowData(values(dataValidation,userEnteredFormat(numberFormat)))))"


@dataclass(frozen=True)
class Remark:
    """A value that is not what its column's validation asks for."""

    cell: str
    rule: Json

    @property
    def refuses(self) -> bool:
        """Whether the rule lets no such value in."""
        return bool(self.rule.get("strict"))


@dataclass(frozen=True)
class Entry:
    """Texts for a cell and those below and to its right."""

    file_id: str
    gid: int
    cell: str
    rows: Sequence[Sequence[str]]

    @property
    def corner(self) -> tuple[int, int]:
        """Row and column (0-based) of the first cell."""
        name = self.cell.rstrip("0123456789")
        return int(self.cell[len(name) :]) - 1, column_index(name)


async def enter(request: Request, account: AccountRecord, entry: Entry) -> list[Remark]:
    """Write the texts, unless a remark refuses one of them: then nothing is written.

    Raises:
        RefusedError: the API refused.
    """
    path = f"/v4/spreadsheets/{entry.file_id}"
    query = {"fields": "properties(locale,timeZone),sheets(properties(sheetId,title))"}
    known = await call(request, account, "GET", path, query=query)
    title = next(
        (s["properties"]["title"] for s in known["sheets"] if s["properties"].get("sheetId", 0) == entry.gid),
        None,
    )
    if title is None:
        raise RefusedError(404, "No such tab.")
    remarks = await _judged(request, account, entry, (title, known["properties"]))
    if not any(remark.refuses for remark in remarks):
        place = f"{quoted(title)}!{entry.cell}"
        body = {"range": place, "values": entry.rows}
        query = {"valueInputOption": "USER_ENTERED"}
        await call(request, account, "PUT", f"{path}/values/{place}", query=query, body=body)
    return remarks


async def _judged(
    request: Request, account: AccountRecord, entry: Entry, about: tuple[str, Json]
) -> list[Remark]:
    """The remarks about an entry; `about` is the tab's title and the spreadsheet's properties."""
    title, properties = about
    top, left = entry.corner
    query = {
        "ranges": f"{quoted(title)}!{top + 1}:{top + max(len(entry.rows), 1)}",
        "includeGridData": "true",
        "fields": _RULES,
    }
    try:
        data = await call(request, account, "GET", f"/v4/spreadsheets/{entry.file_id}", query=query)
    except RefusedError:  # rows beyond the grid: the API says so, or makes room, when it writes
        return []
    block = (data["sheets"][0].get("data") or [{}])[0]
    locale = properties.get("locale", "en_US")
    judged: list[tuple[Given, Json]] = []
    for row, (texts, held) in enumerate(zip(entry.rows, block.get("rowData", []), strict=False)):
        cells = held.get("values", [])
        for column, text in enumerate(texts):
            cell = cells[left + column] if left + column < len(cells) else {}
            if "dataValidation" in cell and not text.startswith(("=", "+")):
                given = _given(text, cell, properties, (top + row, left + column))
                judged.append((given, cell["dataValidation"]))
    choices = await choices_of(request, account, (entry.file_id, title), [rule for _, rule in judged])
    results = await run_in_threadpool(_formulas, request, entry, judged)
    judge = Judge(locale, choices, lambda *asked: results.get(asked))
    return [
        Remark(f"{letters(given.column)}{given.row + 1}", rule)
        for given, rule in judged
        if not judge.fulfils(rule, given)
    ]


def _given(text: str, cell: Json, properties: Json, place: tuple[int, int]) -> Given:
    look = cell.get("userEnteredFormat", {}).get("numberFormat")
    zone = properties.get("timeZone", "Etc/UTC")
    entered = parse(text, properties.get("locale", "en_US"), zone, current_format=look)
    value = next(iter(entered.value.values()), None)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_date = is_number and (is_date_format(entered.number_format) or is_date_format(look))
    return Given(value, text.removeprefix("'"), is_date, *place)


def _formulas(
    request: Request, entry: Entry, judged: Sequence[tuple[Given, Json]]
) -> dict[tuple[str, int, int], Any]:
    """What the rules' formulas come to once the values stand there, on a copy that nobody sees."""
    asking = [
        ((given.row, given.column), rule) for given, rule in judged if formulas_of(rule.get("condition", {}))
    ]
    if not asking:
        return {}
    engine = request.app.state.engine
    now = engine.clock()
    with engine.store.reading() as txn:
        document = present(txn, entry.file_id, now).fork()
    sheet = document.sheet(entry.gid)
    if sheet is None:
        return {}
    for given, _ in judged:
        sheet.grid.enter(given.row, given.column, given.value)
    return worked_out(document, entry.gid, asking, now)
