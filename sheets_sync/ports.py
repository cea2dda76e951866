"""The two things that operations need of the outside: spreadsheet files, and the drive that they lie in.

`sheets_sync.google` fulfils both with Google's Sheets and Drive. What stands here is all that another backend would
have to bring. Requests, field masks and properties are in the words of Google's Sheets v4 and Drive v3: they are the
language of the layouts and of `sheets_sync.building`, whoever carries them out.

Both raise what `kpi_rules.errors` draws, and nothing else. Through them a file is made once, however often one is cut
off (`made_once`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from kpi_rules.errors import RetryableError

SPREADSHEET_TYPE = "application/vnd.google-apps.spreadsheet"
FOLDER_TYPE = "application/vnd.google-apps.folder"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
JSON_TYPE = "application/json"
LAYOUT_MARK = "tablo_layout"
OPTIONS_MARK = "tablo_options"
"""The property under which a workbook or payroll book bears the number of its layout; without it, the first."""
CALL_SECONDS_MAX = 195.0
"""So long a call may be under way: ten seconds to connect, then Google's own 180 s and a little."""


@dataclass(frozen=True)
class ReadRange:
    """A range as it was read: for a whole tab, `a1` tells how large its grid is («'План'!A1:Z1000»)."""

    a1: str
    rows: list[list[Any]]


@dataclass(frozen=True)
class File:
    """A file of a drive. `properties` are its marks: whoever may open it sees them, a successor's credential too.

    `app_properties` are the marks of release 0.1.0, seen only by the credential that set them.
    """

    id: str
    name: str
    mime_type: str
    created_at: str
    modified_at: str
    trashed: bool
    parents: tuple[str, ...]
    app_properties: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    writers_can_share: bool = True
    copy_requires_writer: bool = False
    read_only: bool = False
    lock_reason: str = ""
    """Why it is read-only, as people read it."""
    in_shared_drive: bool = False
    """Whether it is a shared drive's: then the drive says who may share it on, and no file of it."""
    lock_of_owner: bool = False
    """Whether its owner alone, in a shared drive an organizer, can lift that."""


@dataclass(frozen=True)
class Sought:
    """What files are searched for: all of it holds for each. `parent` is the folder that they lie in."""

    marks: Mapping[str, str] = field(default_factory=dict)
    app_marks: Mapping[str, str] = field(default_factory=dict)
    parent: str | None = None
    trashed: bool = False
    """Whether it lies in the bin, rather than not."""


class BookPort(Protocol):
    """Spreadsheet files, by their ids."""

    def read(self, file_id: str, ranges: Sequence[str], *, formulas: bool = False) -> list[ReadRange]:
        """Read many ranges in one call, in their order: raw values (or formulas as entered), trailing blanks missing."""

    def apply(
        self, file_id: str, batch: Sequence[Mapping[str, Any]], *, repeatable: bool = True
    ) -> list[dict[str, Any]]:
        """Apply requests atomically in one call; `repeatable` = applied twice they leave what once leaves."""

    def describe(self, file_id: str, fields: str, ranges: Sequence[str] = ()) -> dict[str, Any]:
        """Get the fields of the mask of a spreadsheet's resource; of cells those of `ranges`, where given.

        More than the mask names does no harm.
        """

    def guarded(self, check: Callable[[str], None]) -> Self:
        """Give the same port with a check before each call, repeats included; what it raises stops the call."""


class FilesPort(Protocol):
    """A drive: making, finding, sharing, locking and fetching files. Making is never repeated when unsure."""

    def create(
        self, name: str, mime_type: str, parents: Sequence[str] = (), marks: Mapping[str, str] | None = None
    ) -> File:
        """Create an empty file or folder."""

    def upload_json(
        self, name: str, content: bytes, parents: Sequence[str], marks: Mapping[str, str]
    ) -> File:
        """Create a JSON file with its content."""

    def copy(self, file_id: str, name: str, parents: Sequence[str], marks: Mapping[str, str]) -> File:
        """Copy a file."""

    def file(self, file_id: str) -> File:
        """Get one file."""

    def find(self, *sought: Sought) -> list[File]:
        """Find the files for which any of `sought` holds, oldest first; the search may lag behind."""

    def update(self, file_id: str, **changes: Any) -> File:
        """Change a file's properties."""

    def move(self, file_id: str, to: str, away: Sequence[str]) -> File:
        """Lay a file into a folder, out of those that it lies in."""

    def trash(self, file_id: str) -> None:
        """Put a file into the bin."""

    def download(self, file_id: str, mime_type: str = JSON_TYPE) -> bytes:
        """Get the content of a plain file."""

    def export(self, file_id: str, mime_type: str = XLSX_TYPE) -> bytes:
        """Get a spreadsheet as a file of another type."""

    def my_email(self) -> str:
        """Tell as whom we work."""

    def permissions(self, file_id: str) -> list[dict[str, Any]]:
        """List who may what with a file."""

    def grant(self, file_id: str, email: str, role: str) -> None:
        """Open a file to a named account."""

    def grant_with_letter(self, file_id: str, email: str, role: str, message: str) -> None:
        """Open a file to a named account with a letter, once."""

    def change_role(self, file_id: str, permission_id: str, role: str) -> None:
        """Give an account another role on a file."""

    def revoke(self, file_id: str, permission_id: str) -> None:
        """Take a permission away."""

    def guarded(self, check: Callable[[str], None]) -> Self:
        """Give the same port with a check before each call, repeats included."""


def made_once(drive: FilesPort, sought: Sequence[Sought], create: Callable[[], File]) -> File:
    """Find the file that is sought or create it; of several the oldest stays, the others go to the bin.

    So `sought` must hold for nothing but tries at this very file: the caller noted the ids in it beforehand.
    Drive's search lags behind its writes, and a call that failed may have been carried out: so the search
    is repeated after a creation, and what a lagging search still hides the next caller bins.
    """
    known = drive.find(*sought)
    if not known:
        try:
            made = create()
        except RetryableError as error:
            if error.carried_out is False:
                raise
            known = drive.find(*sought)
            if not known:
                raise
        else:
            known = sorted({file.id: file for file in [made, *drive.find(*sought)]}.values(), key=_age)
    keep, *others = known
    for extra in others:
        drive.trash(extra.id)
    return keep


def _age(file: File) -> tuple[str, str]:
    return (file.created_at, file.id)
