"""Other hands at one client: a ledger as it was before, a copy of it on another machine, an installation of its own."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from ledger import open_ledger
from operations.months.closing import close_month
from operations.months.opening import open_month
from operations.world.services import Services
from operations.world.settings import RunSettings
from tests.contract.client_acts import at
from tests.contract.client_life import (
    HEAD,
    MANAGERS,
    NOVEMBER,
    OCTOBER,
    OCTOBER_CLOSED_AT,
    SEPTEMBER,
    SLUG,
    Life,
    close_september,
    deal_rows,
    fill_october,
    mark_rows,
    plan_rows,
)
from tests.contract.client_life import OCTOBER_OPENED_AT as OCTOBER_BEGINS_AT
from tests.faults.store_looks import emulator_store

KEY, LEDGER = "seal-key.pem", "ledger.sqlite"
NOVEMBER_BEGINS_AT, NOVEMBER_CLOSED_AT = at(2, 9, 11), at(4, 10, 12)
DECEMBER_BEGINS_AT = at(1, 9, 12)
_OF_GOOGLE = ("files", "permissions", "documents", "blocks", "blobs", "drives")


def keep_ledger(life: Life, folder: Path) -> Path:
    """Keep a backup of the ledger as it is now, with the key, in a folder."""
    folder.mkdir()
    assert life.services.seal_key  # made at first use: a backup has it
    home = life.services.settings.home
    with (
        closing(sqlite3.connect(home / LEDGER)) as present,
        closing(sqlite3.connect(folder / LEDGER)) as kept,
    ):
        present.backup(kept)
    shutil.copy2(home / KEY, folder / KEY)
    return folder


@contextmanager
def machine(life: Life, folder: Path) -> Iterator[Services]:
    """The product on another machine with its own home, at the same Google accounts."""
    folder.mkdir(exist_ok=True)
    with open_ledger(folder=folder) as ledger:
        yield replace(life.services, ledger=ledger, settings=RunSettings(folder))


def outside(life: Life) -> str:
    """A digest of all that lies at Google: files, marks, permissions, every cell."""
    found = hashlib.sha256()
    with closing(emulator_store(life.services.settings.home)) as db:
        for table in _OF_GOOGLE:
            for row in sorted(map(repr, db.execute(f"SELECT * FROM {table}"))):  # noqa: S608  # names from above
                found.update(row.encode())
    return found.hexdigest()


def play_to_november(life: Life, backups: Path) -> None:
    """Play September, October and November to their seals; keep ledgers of before the first and the last close."""
    keep_ledger(life, backups / "three")
    open_month(SLUG, OCTOBER, OCTOBER_BEGINS_AT, life.services)
    close_september(life)
    fill_october(life)
    open_november(life)
    close_month(SLUG, OCTOBER, OCTOBER_CLOSED_AT, life.services, "РОП")
    rows, marks = len(deal_rows(SEPTEMBER)), len([*mark_rows(SEPTEMBER), *mark_rows(OCTOBER)])
    life.enter(MANAGERS[0], "deals", deal_rows(NOVEMBER, 2 * rows + 1), row=2 + 2 * rows)
    life.enter(HEAD, "discipline", mark_rows(NOVEMBER), row=2 + marks)
    keep_ledger(life, backups / "one")
    close_month(SLUG, NOVEMBER, NOVEMBER_CLOSED_AT, life.services, "РОП")


def open_november(life: Life) -> None:
    """Enter November's plan and open the month."""
    life.enter(HEAD, "plan", plan_rows(NOVEMBER), row=6)
    open_month(SLUG, NOVEMBER, NOVEMBER_BEGINS_AT, life.services)
