"""Making a backup: ledger, keys and settings in one file that only a passphrase opens, read again before it counts."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from kpi_rules.errors import RefusedError, SchemaError
from ledger import Dumped, Ledger
from ledger.backups import check_lines
from ledger.seal_keys import KEY_FILE, load_key, pem_of
from operations.backups.envelope import SealedFile, SealedWriter
from operations.world.new_files import unwritable
from operations.world.passphrases import refuse_short
from operations.world.settings import RunSettings

FORM = 1
KEY_FILES = "seal-key*.pem"
"""The key that signs now, one under way to its place, and those that were kept aside."""


@dataclass(frozen=True)
class Backup:
    """A backup that was made and read again: its file, what of the ledger is in it, and the names of the key files."""

    path: Path
    ledger: Dumped
    keys: tuple[str, ...]

    @property
    def clients(self) -> int:
        """How many clients there are in it."""
        return self.ledger.rows.get("clients", 0)


def make_backup(ledger: Ledger, settings: RunSettings, path: Path, passphrase: str, now: datetime) -> Backup:
    """Write a backup into a new file, for its owner alone, and read it again as a restore would.

    A draft beside it takes the name only when that is done: what bears the name is whole. Raises RefusedError for a
    short passphrase, or a file that is there already or cannot be written.
    """
    refuse_short(passphrase)
    if path.exists():
        raise RefusedError("file_exists", file=str(path))
    keys = _keys(settings.home)
    head = {
        "tablo_backup": FORM,
        "program": version("tablo-kpi"),
        "at": now.astimezone(UTC).isoformat(),
        "keys": keys,
        "settings": _settings(settings),
    }
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            writer = SealedWriter(file, passphrase)
            writer.write(json.dumps(head).encode() + b"\n")
            dumped = ledger.dump(writer.write)
            writer.finish()
            file.flush()
            os.fsync(file.fileno())
        _read_again(draft, passphrase, dumped)
        draft.rename(path)
    except OSError as error:
        raise unwritable(error, path) from None
    finally:
        draft.unlink(missing_ok=True)
    return Backup(path, dumped, tuple(keys))


def _read_again(draft: Path, passphrase: str, dumped: Dumped) -> None:
    lines = SealedFile(draft, passphrase).lines()
    next(lines)
    if check_lines(lines) != dumped:
        raise SchemaError("the backup reads otherwise than the ledger that was written into it")


def _keys(home: Path) -> dict[str, str]:
    """Give the private keys by their files' names, the one of the environment under the name of the file."""
    keys = {path.name: path.read_text(encoding="ascii") for path in sorted(home.glob(KEY_FILES))}
    present = load_key(home)
    return keys if present is None else {**keys, KEY_FILE: pem_of(present).decode()}


def _settings(settings: RunSettings) -> dict[str, str]:
    """Give the settings that are no secret; key files of Google and passwords are made anew, not kept."""
    kept = {"KPI_DRIVE_FOLDER": settings.parent_folder}
    return {name: value for name, value in kept.items() if value}
