"""What every channel is handed: a letter, and the file that it is about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Letter:
    """One letter to one person. `name` is the same for the same letter, so that mail servers know it again."""

    to: str
    subject: str
    body: str
    name: str


@dataclass(frozen=True)
class Enclosure:
    """The file that a letter is about. `role`: as what its reader may open it (`sheets_sync.schema.access`)."""

    file_id: str
    role: str
