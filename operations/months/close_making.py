"""The two files that a close makes, archive and sealed record: made once, found again, strays binned.

Drive's search lags behind its writes, an answer may be lost after the work was done, and a closer that was
overtaken may still be making a file. So every try is noted before it is sent, and what comes to light beside
the recorded file goes to the bin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from kpi_rules.time.periods import Month
from ledger import LeaseLost
from operations.clients.once import made_once
from operations.months.close_run import CloseRun
from operations.world.services import Google
from sheets_sync.errors import RetryableError
from sheets_sync.ports import File, FilesPort

SEARCH_LAG = timedelta(minutes=2)
"""So long Drive's search may hide a new file. Our choice: Google promises nothing."""
STEPS = {"archive": "archive", "seal": "record"}
"""Under which step the file with each mark `tablo_part` is recorded."""


def make_file(run: CloseRun, part: str, create: Callable[[FilesPort, Mapping[str, str]], File]) -> File:
    """Make a file once; when an earlier try may have made it, wait until Drive's search would show it.

    Each try is noted before it is sent, repeats of the gateway included: the last one counts.
    """
    services, drive, marks = run.services, run.services.creator.drive, run.marks(part)
    tried = run.attempts_at(part)
    if tried and services.clock() < tried[-1] + SEARCH_LAG and not drive.find(marks):
        raise RetryableError(
            "Прошлый раз прервался при создании файла, а поиск Диска отстаёт: файл может найтись.",
            "Запустите закрытие снова через две минуты.",
            carried_out=None,
        )

    def create_noted() -> File:
        noted: Google = services.creator.guarded(lambda _kind: run.note_attempt(part))
        return _ours(run, part, create(noted.drive, marks))

    return made_once(drive, marks, create_noted)


def _ours(run: CloseRun, part: str, file: File) -> File:
    """Go on with a new file only while the lease is ours; of a successor's close it must not be a second one.

    He bins what he finds beside his own until he has recorded it; what comes after that we bin ourselves.
    """
    try:
        run.holding.renew()
    except LeaseLost:
        recorded = run.evidence(STEPS[part])
        if recorded and recorded["file_id"] != file.id:
            run.world.creator.drive.trash(file.id)
        raise
    return file


def bin_strays(run: CloseRun) -> None:
    """Bin the files that stand beside the recorded ones of this close and of the client's earlier ones."""
    drive, ledger, slug = run.services.creator.drive, run.services.ledger, run.client.slug
    for file in drive.find({"tablo_client": slug}):
        step, month_text = STEPS.get(file.marks.get("tablo_part", "")), file.marks.get("tablo_month")
        if step is None or month_text is None:
            continue
        month = Month.parse(month_text)
        recorded = ledger.step(slug, month, step)
        if recorded and recorded["file_id"] != file.id:
            taken = ledger.snapshot(slug, month)
            if taken and taken.close_id == file.marks.get("tablo_close"):
                drive.trash(file.id)
