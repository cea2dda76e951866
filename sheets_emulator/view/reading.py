"""What several of the view's parts ask the API for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sheets_emulator.view.inside import RefusedError, call

if TYPE_CHECKING:
    from starlette.requests import Request

    from sheets_emulator.store.records import AccountRecord

Json = Mapping[str, Any]


def quoted(title: str) -> str:
    """A tab's title as A1 notation writes it."""
    return "'" + title.replace("'", "''") + "'"


async def choices_of(
    request: Request, account: AccountRecord, place: tuple[str, str], rules: Iterable[Json]
) -> dict[str, list[str]]:
    """The values behind dropdowns that take them from a range, by the range as it is written.

    `place` is the file's id and the title of the tab that the rules stand on. A range that is gone is left out.
    """
    wanted = {
        condition["values"][0]["userEnteredValue"]
        for rule in rules
        if (condition := rule.get("condition", {})).get("type") == "ONE_OF_RANGE" and condition.get("values")
    }
    choices = {}
    for written in wanted:
        cells = written.removeprefix("=")
        if "!" not in cells:
            cells = f"{quoted(place[1])}!{cells}"
        try:
            answer = await call(request, account, "GET", f"/v4/spreadsheets/{place[0]}/values/{cells}")
        except RefusedError:  # the range is gone: an empty dropdown, as in Google's editor
            continue
        choices[written] = [str(v) for row in answer.get("values", []) for v in row if v != ""]
    return choices
