"""The marks that every file and folder of a client bears (behaviour §7a): whose it is, what, and of which close.

A file is known by its id first, where the ledger noted that. Release 0.1.0 marked its files by the client's short name
alone, where only its own credential sees them; such marks are read for files that the ledger's ids or close ids name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kpi_rules.time.periods import Month
from ledger import Client
from sheets_sync.ports import File, Sought


class FilePart(StrEnum):
    """What a file is to its client."""

    HOME = "home"
    WORKBOOK = "workbook"
    PAYROLL = "payroll"
    ARCHIVE_FOLDER = "archive-folder"
    RECORDS_FOLDER = "records-folder"
    MONTH_ARCHIVE = "month-archive"
    SEALED_RECORD = "sealed-record"
    WITHDRAWN_FOLDER = "withdrawn-folder"
    WITHDRAWN = "withdrawn"


_FIRST_NAMES = {
    FilePart.ARCHIVE_FOLDER: "archive",
    FilePart.RECORDS_FOLDER: "records",
    FilePart.MONTH_ARCHIVE: "archive",
    FilePart.SEALED_RECORD: "seal",
}
"""What release 0.1.0 called them, where it is another word: a month's archive as the folder that it lies in."""
TURN_MARK = "tablo_turn"
"""The property of the payroll book with the last turn at writing the client's months (`ledger.Turn`)."""


@dataclass(frozen=True)
class Marks:
    """What a file says of itself; "" where it says nothing of that, and all of it for a file of nobody's."""

    ledger: str = ""
    client_id: str = ""
    slug: str = ""
    part: str = ""
    month: str = ""
    close_id: str = ""

    def properties(self) -> dict[str, str]:
        """Give the marks as a file bears them."""
        marks = {
            "tablo_ledger": self.ledger,
            "tablo_client_id": self.client_id,
            "tablo_client": self.slug,
            "tablo_part": self.part,
            "tablo_month": self.month,
            "tablo_close": self.close_id,
        }
        return {key: value for key, value in marks.items() if value}

    def sought(self, parent: str | None = None) -> tuple[Sought, ...]:
        """Search for files with these marks, in a folder where one is given; of a close also those of 0.1.0."""
        new = Sought(self.properties(), parent=parent)
        if not self.close_id:
            return (new,)
        first = {"tablo_close": self.close_id, "tablo_part": _FIRST_NAMES[FilePart(self.part)]}
        return (new, Sought(app_marks=first, parent=parent))

    @property
    def of_month(self) -> Month | None:
        """The month that the file is of, where it says one."""
        try:
            return Month.parse(self.month)
        except ValueError:
            return None


def read_marks(file: File) -> Marks:
    """Read what a file says of itself, in the words of the present program."""
    if "tablo_client_id" in file.properties:
        return _marks(file.properties, file.properties.get("tablo_part", ""))
    named = file.app_properties.get("tablo_part", "")
    of_a_month = {FilePart.MONTH_ARCHIVE, FilePart.SEALED_RECORD}
    by_month = [part for part in FilePart if (part in of_a_month) is ("tablo_month" in file.app_properties)]
    part = next((part for part in by_month if _FIRST_NAMES.get(part, part) == named), named)
    return _marks(file.app_properties, part)


def _marks(words: Mapping[str, str], part: str) -> Marks:
    return Marks(
        ledger=words.get("tablo_ledger", ""),
        client_id=words.get("tablo_client_id", ""),
        slug=words.get("tablo_client", ""),
        part=part,
        month=words.get("tablo_month", ""),
        close_id=words.get("tablo_close", ""),
    )


def marks_for(client: Client, ledger_id: str, part: FilePart, month: str = "", close_id: str = "") -> Marks:
    """Give the marks that a file of a client gets."""
    return Marks(ledger_id, client.id, client.slug, part, month, close_id)


def is_of_client(marks: Marks, client: Client, part: FilePart) -> bool:
    """Tell whether marks name this client and part: by the client's id, of 0.1.0 by the short name."""
    own = client.id if marks.client_id else client.slug
    return (marks.client_id or marks.slug) == own and marks.part == part
