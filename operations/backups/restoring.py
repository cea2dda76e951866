"""Restoring a backup: the ledger in one step where none is in use, or in the place of an older state of the same one.

Everything is looked at before anything is written: that the file is whole, whose ledger it is, and that it knows all
that the ledger in its place knows. What was there before is kept aside.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kpi_rules.errors import IntegrityError, NewerFormError, RefusedError, SchemaError
from ledger import Ledger, check_chain, open_ledger, public_key_text, restore_ledger
from ledger.backups import check_lines
from ledger.database import sqlite_file
from ledger.seal_keys import KEY_FILE, key_of_pem, read_key, write_key
from operations.backups.envelope import SealedFile
from operations.backups.making import FORM
from operations.world.new_files import unwritable
from operations.world.settings import RunSettings

_SHOWN_DIGITS = 16
_SIDE_FILES = ("-wal", "-shm")


@dataclass(frozen=True)
class Restored:
    """What was restored: the backup's moment (ISO, UTC), the clients' short names, the settings to be set by a person.

    `kept` is where the ledger that was there lies now; `has_key` whether the private key came with it; `broken` are
    the clients whose chain of seals does not hold: the backup was made of a ledger that was changed.
    """

    at: str
    clients: tuple[str, ...]
    settings: Mapping[str, str]
    kept: Path | None
    has_key: bool
    broken: tuple[str, ...]


def restore_backup(path: Path, passphrase: str, settings: RunSettings, now: datetime) -> Restored:
    """Bring ledger and keys back from a backup; nothing is written before all of it was read.

    Raises RefusedError: `backup_not_opened`, `no_backup`, `backup_cut_short`, `backup_damaged`, `restore_other_ledger`,
    `restore_older`, `restore_not_empty`, `ledger_in_use`; NewerFormError.
    """
    backup = SealedFile(path, passphrase)
    head = _read_head(backup, path)
    settings.make_home()
    file = sqlite_file(settings.ledger_url, settings.home)
    if file is None:
        _restore_keys(head["keys"], settings.home)
        restore_ledger(settings.ledger_url, None, _ledger_lines(backup))
        kept = None
    else:
        kept = _restore_file(file, backup, head["keys"], settings.home, now)
    with open_ledger(settings.ledger_url, folder=settings.home) as ledger:
        slugs = [client.slug for client in ledger.clients()]
        broken = tuple(
            slug for slug in slugs if check_chain(ledger.seals(slug), ledger.chain_keys(slug), client=slug)
        )
    has_key = KEY_FILE in head["keys"]
    return Restored(head["at"], tuple(slugs), head["settings"], kept, has_key, broken)


def _read_head(backup: SealedFile, path: Path) -> Mapping[str, Any]:
    """Read the whole file once, and give its first line. Raises RefusedError, NewerFormError."""
    lines = backup.lines()
    try:
        head = json.loads(next(lines, b""))
        form = head["tablo_backup"]
        keys, told = dict(head["keys"]), dict(head["settings"])
        for content in keys.values():
            key_of_pem(content.encode())
    except (ValueError, KeyError, TypeError, IntegrityError):
        raise RefusedError("backup_damaged", file=path.name) from None
    if form > FORM:
        raise NewerFormError("backup", str(form))
    try:
        check_lines(lines)
    except SchemaError:
        raise RefusedError("backup_damaged", file=path.name) from None
    return {"at": str(head["at"]), "keys": keys, "settings": told}


def _ledger_lines(backup: SealedFile) -> Iterator[bytes]:
    lines = backup.lines()
    next(lines)
    return lines


# ---- a ledger in a file of its own: made beside the present one, and exchanged in one step
def _restore_file(
    file: Path, backup: SealedFile, keys: Mapping[str, str], home: Path, now: datetime
) -> Path | None:
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        restore_ledger(f"sqlite:///{draft}", None, _ledger_lines(backup))
        in_use = _refuse_loss(file, draft)
        _restore_keys(keys, home)
        return _exchange(file, draft, now, keep=in_use)
    except OSError as error:
        raise unwritable(error, file) from None
    finally:
        for path in (draft, *(draft.with_name(draft.name + end) for end in _SIDE_FILES)):
            path.unlink(missing_ok=True)


def _refuse_loss(file: Path, draft: Path) -> bool:
    """Refuse to put a backup in the place of a ledger that knows what it does not; tell whether that is in use."""
    if not file.exists():
        return False
    with open_ledger(f"sqlite:///{file}") as present, open_ledger(f"sqlite:///{draft}") as restored:
        if not present.is_in_use:
            return False
        if present.id != restored.id:
            raise RefusedError("restore_other_ledger", file=file.name)
        if lost := _known_more(present, restored):
            raise RefusedError("restore_older", file=file.name, lost=", ".join(lost))
    return True


def _known_more(present: Ledger, restored: Ledger) -> list[str]:
    """Name the clients of which the present ledger knows a seal, a turn at writing, or itself, that the backup does not."""
    there = {client.slug for client in restored.clients()}
    lost = []
    for slug in (client.slug for client in present.clients()):
        seals = {seal.digest for seal in present.seals(slug)}
        words = {turn.word for turn in present.turns(slug)}
        if (
            slug not in there
            or seals - {seal.digest for seal in restored.seals(slug)}
            or words - {turn.word for turn in restored.turns(slug)}
        ):
            lost.append(slug)
    own, other = ([key.public_key for key in each.pinned_keys()] for each in (present, restored))
    return lost or ([] if set(own) <= set(other) else [own[-1][:_SHOWN_DIGITS]])


def _exchange(file: Path, draft: Path, now: datetime, *, keep: bool) -> Path | None:
    """Put the draft in the file's place; at no moment is there none, and nobody has the old one open."""
    kept = None
    if file.exists():
        _refuse_open(file)
        if keep:
            kept = file.with_name(f"{file.stem}.before-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}{file.suffix}")
            kept.hardlink_to(file)
    _refuse_open(draft)
    draft.replace(file)
    for end in _SIDE_FILES:
        file.with_name(file.name + end).unlink(missing_ok=True)
    with open_ledger(f"sqlite:///{file}"):
        pass
    handle = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return kept


def _refuse_open(file: Path) -> None:
    """Bring a file together with its log, which works only while nobody else has it open. Raises RefusedError."""
    mode = ""
    with suppress(sqlite3.Error), closing(sqlite3.connect(file, timeout=1)) as db:
        mode = str(db.execute("PRAGMA journal_mode=DELETE").fetchone()[0])
    if mode != "delete":
        raise RefusedError("ledger_in_use", file=file.name)


# ---- keys
def _restore_keys(keys: Mapping[str, str], home: Path) -> None:
    """Write the keys into their places; another one that lies there is kept under its own name."""
    for name, content in keys.items():
        key, path = key_of_pem(content.encode()), home / Path(name).name
        if path.exists() and (there := public_key_text(read_key(path))) != public_key_text(key):
            path.replace(home / f"seal-key.{there[:_SHOWN_DIGITS]}.pem")
        write_key(key, path)
