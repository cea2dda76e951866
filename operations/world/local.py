"""The local emulator as the default: used when one serves the data folder already, else started here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kpi_rules.errors import RefusedError
from operations.world.telling import working_texts

SYSTEM_EMAIL = "tablo@tablo.local"
"""The local technical account: owns all files, as a person's account with a Google Workspace would."""
WORKER_EMAIL = "worker@tablo.local"
"""The local service account that reads and writes."""


@dataclass(frozen=True)
class LocalGoogle:
    """A serving emulator and the key files of its two technical accounts."""

    address: str
    creator_key: Path
    worker_key: Path


def check_engines() -> None:
    """Refuse to start an emulator without the packages that only it needs (the extra `emulator`).

    Raises:
        RefusedError: some are not installed.
    """
    from sheets_emulator import engines  # noqa: PLC0415  # only when local

    if missing := engines.missing():
        raise RefusedError("emulator_not_installed", missing=", ".join(missing))


@contextmanager
def local_google(folder: Path) -> Iterator[LocalGoogle]:
    """Give the emulator of a data folder: one that serves it already, or one started for this run."""
    from sheets_emulator.access.accounts import ensure_account  # noqa: PLC0415  # only when local
    from sheets_emulator.store.address import running_address  # noqa: PLC0415  # only when local

    address = running_address(folder)
    if address:
        yield _with_accounts(folder, address)
        return
    check_engines()
    folder.mkdir(parents=True, exist_ok=True)
    ensure_account(folder, SYSTEM_EMAIL, "Tablo")
    ensure_account(folder, WORKER_EMAIL, working_texts()("local.robot"), kind="service")
    from sheets_emulator.serving.server import serve  # noqa: PLC0415  # only when none is running

    with serve(folder) as running:
        yield _with_accounts(folder, running.url)


def _with_accounts(folder: Path, address: str) -> LocalGoogle:
    from sheets_emulator.access.accounts import ensure_account, key_file  # noqa: PLC0415  # only when local

    ensure_account(folder, SYSTEM_EMAIL, "Tablo")
    ensure_account(folder, WORKER_EMAIL, working_texts()("local.robot"), kind="service")
    return LocalGoogle(
        address,
        creator_key=key_file(folder, SYSTEM_EMAIL, f"{address}/token"),
        worker_key=key_file(folder, WORKER_EMAIL, f"{address}/token"),
    )


@dataclass(frozen=True)
class LocalPeople:
    """The accounts of the people on a local emulator: to play them in the demo and in tests."""

    folder: Path
    address: str

    def ensure(self, emails: Iterable[str]) -> None:
        """Make the accounts that are not there yet."""
        from sheets_emulator.access.accounts import ensure_account  # noqa: PLC0415  # only when local

        for email in emails:
            ensure_account(self.folder, email)

    def key_of(self, email: str) -> Path:
        """Write an account's key file and give its path. KeyError when there is no such account."""
        from sheets_emulator.access.accounts import key_file  # noqa: PLC0415  # only when local

        return key_file(self.folder, email, f"{self.address}/token")


def address_of(folder: Path) -> str | None:
    """Give the address of the emulator that serves a data folder now, None if none does."""
    from sheets_emulator.store.address import running_address  # noqa: PLC0415  # only when local

    return running_address(folder)
