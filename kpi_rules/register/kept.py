"""A row with all its cells, as the ledger keeps it of months that have not closed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kpi_rules.facts.columns import Flags
from kpi_rules.facts.frames import FactFrame
from kpi_rules.questions import ARRIVAL, DAY, MANAGER
from kpi_rules.records.forms import RecordKind
from kpi_rules.records.frames import frame_record
from kpi_rules.time.periods import Month

KEPT_ROW = RecordKind("row of the register")
BAD = "bad"
_WON = ',"won":true}'
"""How the text of such a row ends: its keys are sorted."""
_OUT = ',"out":['


@dataclass(frozen=True)
class Kept:
    """A row's cells by column, as records write them (blank ones left out, «bad» lists those that could not be read).

    `asked` are the columns that «Ошибки» had asked to mend by then; `won` says of a row that came after the ledger's first
    look that it was a deal when it was first seen; `out` names manager and month of a lead that was answered or refused, and
    taken out of the count in its days of free correction.
    """

    cells: Mapping[str, Any]
    asked: frozenset[str] = frozenset()
    won: bool = False
    out: tuple[str, str] | None = None

    @property
    def unreliable(self) -> frozenset[str]:
        """The columns whose change is no question: they could not be read, or were to be mended."""
        return self.asked.union(self.cells.get(BAD, ()))


def kept_text(row: Kept) -> str:
    """Write a row as the ledger keeps it."""
    more: dict[str, Any] = {"won": True} if row.won else {}
    if row.out is not None:
        more["out"] = list(row.out)
    record = KEPT_ROW.stamped({"cells": dict(row.cells), "asked": sorted(row.asked), **more})
    return json.dumps(record, sort_keys=True, separators=(",", ":"))


def kept_from_text(text: str) -> Kept:
    """Read what `kept_text` wrote. Raises NewerFormError where a newer program did."""
    record = KEPT_ROW.read(json.loads(text))
    out = record.get("out")
    won = record.get("won", False)
    return Kept(record["cells"], frozenset(record["asked"]), won, (out[0], out[1]) if out else None)


def was_first_seen_won(text: str) -> bool:
    """Tell of a kept row whether it was a deal when it was first seen, without reading all of it."""
    return text.endswith(_WON)


def taken_out(text: str) -> tuple[str, str] | None:
    """Give manager and month of a kept lead that was taken out of the count, without reading all of the others."""
    return kept_from_text(text).out if _OUT in text else None


def cells_of(facts: FactFrame, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """Give the cells of the rows with these keys; of a key that stands there more than once none can be told."""
    if not keys:
        return {}
    wanted = frozenset(keys)
    chosen = np.array([key in wanted for key in keys_of(facts)], dtype=bool)
    record = frame_record(facts.chosen(chosen)) if chosen.any() else {"rows": ()}
    by_key, times = {}, Counter[str]()
    for values in record["rows"]:
        cells = dict(zip(record["columns"], values, strict=True))
        key = key_of(cells)
        times[key] += 1
        by_key[key] = {name: value for name, value in cells.items() if not _is_blank(value)}
    return {key: cells for key, cells in by_key.items() if times[key] == 1}


def _is_blank(value: object) -> bool:
    return value is None or value is False or value == []


def keys_of(facts: FactFrame) -> list[str | None]:
    """Give what each row is known by, in the frame's order: its №, or day and employee; None where that is blank."""
    if facts.of_leads:
        numbers: list[str | None] = facts.leads.numbers.tolist()
        return numbers
    days = facts.days.on.astype("datetime64[D]").astype(str).tolist()
    return [
        f"{day} {code}" if code is not None and day != "NaT" else None
        for day, code in zip(days, facts.rows.plain(MANAGER), strict=True)
    ]


def of_months_from(facts: FactFrame, first: Month) -> Flags:
    """Tell which rows are of a month or a later one, or of one that cannot be told."""
    moments = facts.leads.arrived if facts.of_leads else facts.days.on
    kept: Flags = ~(moments < np.datetime64(first.first_on, "s"))
    return kept


def key_of(cells: Mapping[str, Any]) -> str:
    """Give what a row is known by, out of its cells."""
    return f"{cells[DAY][:10]} {cells[MANAGER]}" if DAY in cells else str(cells["number"])


def is_filled(cells: Mapping[str, Any]) -> bool:
    """Tell whether a row of leads holds anything that counts; a № alone is none."""
    entered = {MANAGER, "status", ARRIVAL, "amount_tiyn", "paid_on"}
    return not entered.isdisjoint({*cells, *cells.get(BAD, ())})
