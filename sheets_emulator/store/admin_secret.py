"""The administrator's secret of a data folder: whoever may read the folder's private files administers its emulator.

The file `admin-secret` holds it, for its owner alone (0600). What is signed with it (a run's proof of who it
is, a browser's session) never tells it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SECRET_HEADER = "X-Emulator-Secret"  # noqa: S105  # the header's name, no secret
_FILE = "admin-secret"
_OTHERS = 0o077


def ensured_secret(folder: Path) -> str:
    """The folder's secret, made if there is none; one that others could have read is replaced."""
    path = folder / _FILE
    try:
        if not path.stat().st_mode & _OTHERS:
            return secret_of(folder)
    except (FileNotFoundError, ValueError):
        pass
    fresh = path.with_name(f".{_FILE}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
    fresh.replace(path)
    return secret_of(folder)


def secret_of(folder: Path) -> str:
    """The secret as the file holds it.

    Raises:
        FileNotFoundError: no emulator has served this folder yet.
        ValueError: the file is empty.
    """
    secret = (folder / _FILE).read_text(encoding="ascii", errors="replace").strip()
    if not secret:
        raise ValueError(f"{folder / _FILE} is empty")
    return secret


def admin_headers(folder: Path) -> dict[str, str]:
    """What an admin call to the emulator of this folder carries."""
    return {SECRET_HEADER: secret_of(folder)}


def signed(secret: str, purpose: str, text: str) -> str:
    """A signature of a text for one purpose, in hexadecimal; no purpose's signatures serve another."""
    return hmac.new(secret.encode(), f"{purpose}\n{text}".encode(), hashlib.sha256).hexdigest()


def proof(secret: str, instance: str, nonce: str) -> str:
    """What only a run of a folder that holds the secret can answer to a nonce; see `running_address`."""
    return signed(secret, "proof", f"{instance}\n{nonce}")
