"""The consultant's signing key: made at first use, readable by its owner only, never shown."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kpi_rules.errors import SealKeyError

KEY_FILE = "seal-key.pem"
KEY_VARIABLE = "KPI_SEAL_KEY"


def load_or_create_key(folder: Path, environ: Mapping[str, str] = os.environ) -> Ed25519PrivateKey:
    """Give the key that signs seals: of `KPI_SEAL_KEY` (64 hex digits), else of the folder's file.

    Without either a new key is written there, in one step, so that two processes at once end with one key.
    Raises SealKeyError when it is not a key, or when the file is open to other accounts.
    """
    if given := environ.get(KEY_VARIABLE):
        return _key_of_digits(given)
    path = folder / KEY_FILE
    if not path.exists():
        _create(path)
    if path.stat().st_mode & 0o077:
        raise SealKeyError(f"other accounts can read the signing key: run `chmod 600 {path}`")
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise SealKeyError(f"{path} holds no Ed25519 key; restore it from your backup")
    return key


def _key_of_digits(digits: str) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(digits.strip()))
    except ValueError:
        pass  # its text must not be chained: it may quote the key
    raise SealKeyError(f"{KEY_VARIABLE} must be 64 hex digits (`openssl rand -hex 32` makes such a key)")


def _create(path: Path) -> None:
    """Write a new key beside the wanted place and link it there: it appears whole, or another's stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return  # another process was first; its key holds
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def public_key_text(key: Ed25519PrivateKey) -> str:
    """Give the public half as 64 hex digits, as printed on archive and payroll tab."""
    return key.public_key().public_bytes_raw().hex()
