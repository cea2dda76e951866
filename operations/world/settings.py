"""Where things lie and with whose keys we work: the environment, read once at the door."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kpi_rules.errors import RefusedError


@dataclass(frozen=True)
class RunSettings:
    """The settings of one run.

    `home` is the data folder (`KPI_HOME`, by default `.kpi` here). `worker_key` (`KPI_GOOGLE_CREDENTIALS`)
    is the key file of the account that reads and writes; None = the local emulator. `creator_key`
    (`KPI_GOOGLE_CREATOR`, by default the worker's) is of the account that creates and owns files.
    `parent_folder` (`KPI_DRIVE_FOLDER`) is the folder or shared drive in which they are made.
    `ledger_url` (`KPI_LEDGER_URL`) is a SQLAlchemy address, by default a SQLite file in `home`.
    `smtp_url` (`KPI_SMTP_URL`) is the mail server for letters, with its password; None = by Google Drive.
    `backup_folder` (`KPI_BACKUP_DIR`) takes a backup each night, encrypted by the passphrase that `passphrase_file`
    (`KPI_BACKUP_PASSPHRASE_FILE`) holds; None = no such backups.
    `heartbeat_url` (`KPI_HEARTBEAT_URL`) is called after each good night and round of syncs; it is a secret too.
    """

    home: Path
    worker_key: Path | None = None
    creator_key: Path | None = None
    parent_folder: str | None = None
    ledger_url: str | None = None
    smtp_url: str | None = field(default=None, repr=False)
    heartbeat_url: str | None = field(default=None, repr=False)
    backup_folder: Path | None = None
    passphrase_file: Path | None = None

    def make_home(self) -> None:
        """Make the data folder, for its owner alone. RefusedError where that cannot be."""
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            raise RefusedError("home_unmakable", folder=str(self.home)) from None

    @property
    def emulator_folder(self) -> Path:
        """Where the local emulator keeps its data."""
        return self.home / "emulator"

    @property
    def is_local(self) -> bool:
        """Tell whether we work on the emulator rather than on Google."""
        return self.worker_key is None


def read_settings(environment: Mapping[str, str] | None = None) -> RunSettings:
    """Read the settings from the environment. RefusedError for a key file that is not there."""
    env = os.environ if environment is None else environment
    worker_key = _key_path(env, "KPI_GOOGLE_CREDENTIALS")
    creator_key = _key_path(env, "KPI_GOOGLE_CREATOR")
    if creator_key and not worker_key:
        raise RefusedError("creator_without_worker")
    return RunSettings(
        home=home_folder(env),
        worker_key=worker_key,
        creator_key=creator_key or worker_key,
        parent_folder=env.get("KPI_DRIVE_FOLDER") or None,
        ledger_url=env.get("KPI_LEDGER_URL") or None,
        smtp_url=env.get("KPI_SMTP_URL") or None,
        heartbeat_url=env.get("KPI_HEARTBEAT_URL") or None,
        backup_folder=_path(env, "KPI_BACKUP_DIR"),
        passphrase_file=_path(env, "KPI_BACKUP_PASSPHRASE_FILE"),
    )


def home_folder(environment: Mapping[str, str] | None = None) -> Path:
    """Give the data folder: `KPI_HOME`, by default `.kpi` here."""
    env = os.environ if environment is None else environment
    return Path(env.get("KPI_HOME") or ".kpi").absolute()


def _path(env: Mapping[str, str], name: str) -> Path | None:
    return Path(env[name]).expanduser() if env.get(name) else None


def _key_path(env: Mapping[str, str], name: str) -> Path | None:
    if not env.get(name):
        return None
    path = Path(env[name]).expanduser()
    if not path.is_file():
        raise RefusedError("key_file_missing", variable=name, file=str(path))
    return path
