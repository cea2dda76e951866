"""Run a batch: every request in order, all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sheets_emulator.requests import (
    cells,
    dimensions,
    filling,
    filters,
    formats,
    inserting,
    metadata,
    objects,
    pasting,
    protections,
    sheets,
    sorting,
    tables,
    texts,
)
from sheets_emulator.wire.errors import ApiError, invalid
from sheets_emulator.wire.masks import MaskError
from sheets_emulator.wire.schema import sheets_messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from sheets_emulator.book.document import Json
    from sheets_emulator.cells.editing import Editing

BATCH_KINDS: frozenset[str] = frozenset(sheets_messages()["Request"])
EMULATED: dict[str, Callable[[Editing, Json], Json]] = {
    **sheets.HANDLERS,
    **dimensions.HANDLERS,
    **cells.HANDLERS,
    **formats.HANDLERS,
    **pasting.HANDLERS,
    **inserting.HANDLERS,
    **sorting.HANDLERS,
    **tables.HANDLERS,
    **filling.HANDLERS,
    **texts.HANDLERS,
    **protections.HANDLERS,
    **filters.HANDLERS,
    **objects.HANDLERS,
    **metadata.HANDLERS,
}


def run_batch(editing: Editing, requests: list[Json]) -> list[Json]:
    """Carry out the requests; their replies. The caller's transaction makes it all or nothing.

    Raises:
        ApiError: 400, naming the request: `Invalid requests[3].addSheet: …`.
    """
    if not requests:
        raise invalid("Must specify at least one request.")
    replies = []
    for number, request in enumerate(requests):
        if not request:
            raise invalid(f"Invalid requests[{number}]: No request set.")
        kind, body = next(iter(request.items()))
        handler = EMULATED.get(kind)
        if handler is None:
            raise invalid(f"Invalid requests[{number}].{kind}: this kind of request is not emulated.")
        try:
            reply = handler(editing, body)
        except MaskError as error:
            raise invalid(f"Invalid requests[{number}].{kind}: Invalid field: {error}") from error
        except ApiError as error:
            if error.status == "INVALID_ARGUMENT":
                error.message = f"Invalid requests[{number}].{kind}: {error.message}"
            raise
        replies.append({kind: reply} if reply is not None and _has_reply(kind) else {})
    return replies


def _has_reply(kind: str) -> bool:
    return kind in sheets_messages()["Response"]
