"""The backup of each night: into the folder of `KPI_BACKUP_DIR`, the last thirty of this ledger kept (behaviour §7a)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

from kpi_rules.errors import RefusedError
from operations.backups.making import make_backup
from operations.world.new_files import unwritable
from operations.world.passphrases import read_passphrase
from operations.world.services import Services

KEPT = 30
_OF_LEDGER = 8
_NAME = re.compile(r"tablo-(?P<ledger>[0-9a-f]{8})-\d{8}T\d{6}Z\.backup")


def nightly_backup(_now: datetime, services: Services) -> str:
    """Make tonight's backup and take away what is older than the last thirty; "" where no folder is set.

    It is named by the real time. Files that are not this ledger's backups are left alone. Raises RefusedError where
    no passphrase is set, or the folder cannot be written.
    """
    settings, ledger = services.settings, services.ledger
    if settings.backup_folder is None:
        return ""
    if settings.passphrase_file is None:
        raise RefusedError("backup_without_passphrase")
    passphrase, folder, at = (
        read_passphrase(settings.passphrase_file),
        settings.backup_folder,
        services.clock(),
    )
    path = folder / f"tablo-{ledger.id[:_OF_LEDGER]}-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.backup"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = make_backup(ledger, settings, path, passphrase, at)
        for old in outdated((each.name for each in folder.iterdir()), ledger.id):
            (folder / old).unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(error, folder) from None
    return services.words("backup.made", file=path.name, clients=made.clients)


def outdated(names: Iterable[str], ledger_id: str) -> list[str]:
    """Choose from the names in a folder the backups of this ledger that are older than the last thirty."""
    own = [
        name for name in names if (read := _NAME.fullmatch(name)) and read["ledger"] == ledger_id[:_OF_LEDGER]
    ]
    return sorted(own)[:-KEPT]
