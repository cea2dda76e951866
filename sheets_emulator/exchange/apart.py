"""The export of a large spreadsheet, made by a process of its own: `python -m sheets_emulator.exchange.apart`.

Writing a workbook is work in Python for many seconds; in a thread of the emulator's process it takes its turns from
everybody, and one search for garbage among millions of cells stops them for seconds. The process gets the spreadsheet
in the store's bytes, which are of one moment, and gives back the file.
"""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sheets_emulator.exchange.exports import export, of_tab
from sheets_emulator.formulas.calculation import has_volatile, recalculate
from sheets_emulator.store.books import StoredBook

if TYPE_CHECKING:
    from datetime import datetime

    from sheets_emulator.book.document import Document
    from sheets_emulator.exchange.print_settings import Paper

LARGE_BYTES = 300_000
_ROOT = Path(__file__).resolve().parents[2]
_COMMAND = ("-m", "sheets_emulator.exchange.apart")


@dataclass(frozen=True)
class Wanted:
    """What is to come of a spreadsheet: its format (`exports.export`), as of which moment, of which tab alone."""

    kind: str
    title: str
    at: datetime
    sheet_id: int | None = None
    paper: Paper | None = None


def made(document: Document, wanted: Wanted) -> bytes:
    """The file of a spreadsheet that was calculated for the moment.

    Raises:
        KeyError: there is no such tab, or the format is not known.
    """
    shown = document if wanted.sheet_id is None else of_tab(document, wanted.sheet_id)
    if shown is None:
        raise KeyError(wanted.sheet_id)
    return export(shown, wanted.kind, wanted.title, wanted.paper)


def made_apart(book: StoredBook, wanted: Wanted) -> bytes:
    """The same by a process of its own.

    Raises:
        RuntimeError: the process broke down; its words stand on the standard error.
    """
    path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    ended = subprocess.run(  # noqa: S603  # this very program
        [sys.executable, *_COMMAND],
        input=pickle.dumps((book, wanted)),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    if ended.returncode:
        raise RuntimeError(f"The process that exports ended with {ended.returncode}.")
    return ended.stdout


def main() -> None:
    """Read a spreadsheet and a wish from the standard input, write the file to the standard output."""
    gc.disable()  # millions of cells are looked through again and again, and none is garbage before the end
    book, wanted = pickle.load(sys.stdin.buffer)  # noqa: S301  # written by the emulator, which started this process
    document = book.parsed()
    if has_volatile(document):
        recalculate(document, wanted.at)
    sys.stdout.buffer.write(made(document, wanted))


if __name__ == "__main__":
    main()
