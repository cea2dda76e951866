"""Drive's own letter: the words by which Google tells that a file is open to its reader.

It needs no mail account. It has no subject and no name of ours, and it went if the reader has the grant.
"""

from __future__ import annotations

from dataclasses import dataclass

from operations.letters.letter import Enclosure, Letter
from sheets_sync.ports import FilesPort


@dataclass(frozen=True)
class DriveChannel:
    """Letters by opening their enclosures on a drive."""

    drive: FilesPort
    name = "drive"

    def send(self, letter: Letter, enclosure: Enclosure) -> None:
        """Open the enclosure to the reader, with the letter's words, once."""
        self.drive.grant_with_letter(enclosure.file_id, letter.to, enclosure.role, letter.body)

    def was_sent(self, to: str, enclosure: Enclosure) -> bool | None:
        """Tell whether the enclosure was opened to somebody by itself; None where it cannot be seen.

        A reader may have the file by its folder too. Only a shared drive tells the two apart.
        """
        for permission in self.drive.permissions(enclosure.file_id):
            if str(permission.get("emailAddress", "")).lower() == to.lower():
                details = permission.get("permissionDetails")
                return any(not detail.get("inherited") for detail in details) if details else None
        return False
