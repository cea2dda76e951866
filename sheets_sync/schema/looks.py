"""What a look at a file's formats brought (`sheets_sync.reading.looks`), and its record between the runs of the program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kpi_rules.records.forms import RecordKind
from sheets_sync.schema.layout import Book
from sheets_sync.schema.shown_forms import Form, Shown

ColumnKey = tuple[str, str]
"""Of a tab and of its column."""


@dataclass(frozen=True)
class SeenWrong:
    """A number that some cells of a column do not show as a number: in which rows, and by what the first ones are known."""

    tab: str
    column: str
    number: float
    shown: Shown
    rows: tuple[int, ...]
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Look:
    """What a look brought. `digests` are over the cells that it saw, by tab; `fine` as in `ColumnForms`."""

    at: datetime
    digests: Mapping[str, str]
    wrong: tuple[SeenWrong, ...] = ()
    fine: Mapping[ColumnKey, frozenset[float]] | None = None
    numbered: Mapping[str, tuple[int, int]] | None = None
    locale: str = ""
    time_zone: str = ""

    def has_findings(self, book: Book) -> bool:
        """Tell whether anything of it wants mending, which only another look can see."""
        return bool(self.wrong or self.numbered) or self.has_other_settings(book)

    def has_other_settings(self, book: Book) -> bool:
        """Tell whether locale or time zone are known and not those that the file was made with."""
        settings = (self.locale or book.locale, self.time_zone or book.time_zone)
        return settings != (book.locale, book.time_zone)


LOOK = RecordKind("look at a file's formats")


def look_record(look: Look) -> dict[str, Any]:
    """Write a look as a JSON record; numbers are texts, because records hold no floats."""
    return LOOK.stamped(
        {
            "at": look.at.isoformat(),
            "digests": dict(look.digests),
            "wrong": [
                {
                    "tab": each.tab,
                    "column": each.column,
                    "number": repr(each.number),
                    "form": str(each.shown.form),
                    "sign": each.shown.sign,
                    "rows": _spans(each.rows),
                    "marks": list(each.marks),
                }
                for each in look.wrong
            ],
            "fine": [
                {"tab": tab, "column": column, "numbers": [repr(number) for number in sorted(numbers)]}
                for (tab, column), numbers in sorted((look.fine or {}).items())
                if numbers
            ],
            "numbered": {tab: list(rows) for tab, rows in (look.numbered or {}).items()},
            "locale": look.locale,
            "time_zone": look.time_zone,
        }
    )


def look_from_record(record: Mapping[str, Any]) -> Look:
    """Read what `look_record` wrote."""
    read = LOOK.read(record)
    return Look(
        datetime.fromisoformat(read["at"]),
        dict(read["digests"]),
        tuple(
            SeenWrong(
                each["tab"],
                each["column"],
                float(each["number"]),
                Shown(Form(each["form"]), each["sign"]),
                tuple(_rows_of(each["rows"])),
                tuple(each["marks"]),
            )
            for each in read["wrong"]
        ),
        {(each["tab"], each["column"]): frozenset(map(float, each["numbers"])) for each in read["fine"]},
        {tab: (first, count) for tab, (first, count) in read["numbered"].items()},
        read["locale"],
        read["time_zone"],
    )


def _spans(rows: Sequence[int]) -> str:
    """Write rows as «2-43,45»."""
    spans: list[list[int]] = []
    for row in sorted(rows):
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in spans)


def _rows_of(spans: str) -> Iterator[int]:
    for span in filter(None, spans.split(",")):
        first, _, last = span.partition("-")
        yield from range(int(first), int(last or first) + 1)
