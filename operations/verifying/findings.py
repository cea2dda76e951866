"""What `verify` tells of: one thing that is not what was sealed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that is not what was sealed.

    `code` is a key of the texts (`verify.CODE`), `place` a cell («Сделки C12»), a № or a table; `sealed` and
    `present` are the values side by side. They may be pay: show them to people, never to a log.
    """

    month: str
    code: str
    place: str
    sealed: str
    present: str
