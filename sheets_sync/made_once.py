"""Making a file once, however often we are cut off: look for it by its marks, else make it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kpi_rules.errors import RetryableError
from sheets_sync.ports import File, FilesPort


def made_once(drive: FilesPort, marks: Mapping[str, str], create: Callable[[], File]) -> File:
    """Find the file with these marks or create it; of several the oldest stays, the others go to the bin.

    Drive's search lags behind its writes, and a call that failed may have been carried out: so the search
    is repeated after a creation, and what a lagging search still hides the next caller bins.
    """
    known = drive.find(marks)
    if not known:
        try:
            made = create()
        except RetryableError as error:
            if error.carried_out is False:
                raise
            known = drive.find(marks)
            if not known:
                raise
        else:
            known = sorted({file.id: file for file in [made, *drive.find(marks)]}.values(), key=_age)
    keep, *others = known
    for extra in others:
        drive.trash(extra.id)
    return keep


def _age(file: File) -> tuple[str, str]:
    return (file.created_at, file.id)
