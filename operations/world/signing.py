"""The key that signs seals, given only to whoever may sign; made once and never replaced in silence (behaviour §7a)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kpi_rules.errors import NoSealKeyError
from ledger import Ledger, public_key_text
from ledger.seal_keys import load_key, make_key, put_in_place


def signing_key(
    ledger: Ledger, folder: Path, now: datetime, environ: Mapping[str, str] = os.environ
) -> Ed25519PrivateKey:
    """Give the key that signs; made and pinned where nothing was ever sealed.

    Raises NoSealKeyError where the ledger pins a key that is not here, SealKeyError where it cannot be read.
    """
    pinned = ledger.pinned_keys()
    if pinned:
        present = pinned[-1].public_key
        key = own_key(folder, present, environ)
    else:
        key = load_key(folder, environ) or make_key(folder)
        present = ledger.pin_first_key(public_key_text(key), now)
    if key is None or public_key_text(key) != present:
        raise NoSealKeyError(present, other=key is not None)
    return key


def own_key(
    folder: Path, public_key: str, environ: Mapping[str, str] = os.environ
) -> Ed25519PrivateKey | None:
    """Give the key that lies here, after an exchange to the pinned one was finished where it was cut off; None = none."""
    put_in_place(folder, public_key)
    return load_key(folder, environ)


def has_signing_key(ledger: Ledger, folder: Path, environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether the key that signs now is here; where nothing was ever sealed, whether any is."""
    pinned = ledger.pinned_keys()
    key = own_key(folder, pinned[-1].public_key, environ) if pinned else load_key(folder, environ)
    return key is not None and (not pinned or public_key_text(key) == pinned[-1].public_key)
