"""«Проценты» of a payroll book: a step a row, of one person or of everybody of a role (behaviour §3, §5)."""

from __future__ import annotations

from kpi_rules.facts.percents import PERCENTS, PercentBase, PercentRow
from kpi_rules.problems import Place, blocking
from kpi_rules.rulebook.model import Role
from sheets_sync.reading.tables import BookReading, Record
from sheets_sync.reading.typed_text import as_seen


def read_percents(reading: BookReading) -> tuple[PercentRow, ...]:
    """Read «Проценты»; none where the client has no such tab."""
    rows = []
    for record in reading.records(PERCENTS):
        whom = _whom(reading, record)
        if whom is not None and record.has("from_month", "base", "from_fraction", "rate_fraction"):
            values = {key: record.values[key] for key in _OF_PERCENTS}
            base = PercentBase(record.values["base"])
            rows.append(PercentRow(**values, code=whom[0], role=whom[1], base=base, row=record.row))
    return tuple(rows)


_OF_PERCENTS = ("from_month", "from_fraction", "rate_fraction", "by_band", "approved")


def _whom(reading: BookReading, record: Record) -> tuple[str | None, Role | None] | None:
    """Tell whom a row of «Проценты» pays: one code, or a role; None where that cannot be told."""
    text = as_seen(record.values["whom"] or "").strip()
    if not text:
        return None
    # The column's words come as their keys; whoever has such a word for a code is meant all the same.
    roles = reading.book.tab(PERCENTS).column("whom").choices or {}
    codes = sorted(reading.directory.codes(roles.get(text, text)))
    if len(codes) == 1:
        return codes[0], None
    if text in roles and not codes:
        return None, Role(text)
    place, similar = Place(PERCENTS, record.row, "whom"), reading.directory.similar(text)
    month = record.values["from_month"]
    params = {"value": text, **({"month": str(month)} if month else {})}
    if codes:
        reading.problems.append(blocking("employee_ambiguous", place, **params, codes=", ".join(codes)))
    elif similar:
        reading.problems.append(blocking("percent_whom_unknown_similar", place, **params, similar=similar))
    else:
        reading.problems.append(blocking("percent_whom_unknown", place, **params))
    return None
