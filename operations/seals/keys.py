"""The key that signs seals written out, brought back, and exchanged for another one (behaviour §7a)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kpi_rules.errors import NoSealKeyError, RefusedError
from ledger import KEY_VARIABLE, Change, HandOver, Ledger, Seal, check_chain, check_seal, public_key_text
from ledger.seal_keys import (
    KEY_FILE,
    NEXT_KEY_FILE,
    decrypted,
    encrypted,
    put_in_place,
    read_key,
    write_key,
)
from operations.world.new_files import write_new
from operations.world.passphrases import refuse_short
from operations.world.signing import own_key, signing_key

_SHOWN_DIGITS = 16


def export_key(ledger: Ledger, folder: Path, path: Path, passphrase: str, now: datetime) -> str:
    """Write the key into a new file that only the passphrase opens; give the public key.

    Raises RefusedError for a short passphrase or a file that is there, NoSealKeyError.
    """
    refuse_short(passphrase)
    key = signing_key(ledger, folder, now)
    write_new(path, encrypted(key, passphrase.encode()))
    return public_key_text(key)


def import_key(ledger: Ledger, folder: Path, path: Path, passphrase: str, now: datetime) -> str:
    """Bring an exported key back to its place; give the public key. The one that lies there is kept aside.

    Raises RefusedError where the file is not there, the passphrase does not open it, or it is not the key that
    the ledger pins.
    """
    key = opened_key(path, passphrase)
    public_key = public_key_text(key)
    pinned = ledger.pinned_keys()
    if pinned and pinned[-1].public_key != public_key:
        wanted, given = pinned[-1].public_key[:_SHOWN_DIGITS], public_key[:_SHOWN_DIGITS]
        raise RefusedError("key_is_another", wanted=wanted, given=given)
    if (
        not pinned
        and (folder / KEY_FILE).exists()
        and public_key_text(read_key(folder / KEY_FILE)) != public_key
    ):
        raise RefusedError("key_there_already")
    write_key(key, folder / NEXT_KEY_FILE)
    _keep_aside(folder, public_key)
    put_in_place(folder, public_key)
    ledger.pin_first_key(public_key, now)
    return public_key


def opened_key(path: Path, passphrase: str) -> Ed25519PrivateKey:
    """Open an exported key. RefusedError where the file is not there, or the passphrase does not open it."""
    try:
        content = path.read_bytes()
    except OSError:
        raise RefusedError("file_unreadable", file=str(path)) from None
    key = decrypted(content, passphrase.encode())
    if key is None:
        raise RefusedError("key_not_opened", file=path.name)
    return key


def _keep_aside(folder: Path, public_key: str) -> None:
    """Keep a key that is not the pinned one under its own name: nobody throws a key away unasked."""
    path = folder / KEY_FILE
    if path.exists() and (other := public_key_text(read_key(path))) != public_key:
        path.replace(folder / f"seal-key.{other[:_SHOWN_DIGITS]}.pem")


@dataclass(frozen=True)
class ExchangedKey:
    """A key that signs from now on: its number among the ledger's keys, and the clients whose chains it took over."""

    number: int
    public_key: str
    clients: tuple[str, ...]


def exchange_key(
    ledger: Ledger,
    folder: Path,
    reason: str,
    now: datetime,
    *,
    lost: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> ExchangedKey:
    """Put a new key in the place of the present one: handed over by it, or, where it is lost, without it.

    Cut off anywhere and run again it ends with one new key. The old one is gone from its place afterwards: it has
    signed its last. Where it is `lost` and another key lies in its place, that one becomes the new one.

    Raises RefusedError without a reason, with a key of the environment, amid a close, for a chain that does not
    hold, or for a key said to be lost that is here; NoSealKeyError where the old key is not here.
    """
    pinned = ledger.pinned_keys()
    if not reason.strip():
        raise RefusedError("key_reason_blank")
    if environ.get(KEY_VARIABLE):
        raise RefusedError("key_of_environment", variable=KEY_VARIABLE)
    if not pinned:
        raise RefusedError("key_none_yet")
    present = pinned[-1].public_key
    old = own_key(folder, present, environ)
    is_here = old is not None and public_key_text(old) == present
    if lost and is_here:
        raise RefusedError("key_not_lost")
    if not lost and not is_here:
        raise NoSealKeyError(present, other=old is not None)
    new = _following_key(folder, old if lost else None)
    how, at = Change.LOST if lost else Change.ROTATED, now.isoformat()
    handed_over = tuple(
        _handed_over(ledger, slug, HandOver(slug, present, public_key_text(new), how, at, reason, 0, ""))
        for slug in _sealed_clients(ledger)
    )
    if not lost:
        _refuse_amid_close(ledger, now)
    signed = [one.signed(None if lost else old, new) for one in handed_over]
    number = ledger.pin_next_key(public_key_text(new), how, now, reason, signed)
    put_in_place(folder, public_key_text(new))
    if lost:  # nobody could sign what was adopted without the key
        for client in ledger.clients():
            ledger.sign_adoptions(client.slug, new)
    return ExchangedKey(number, public_key_text(new), tuple(one.client for one in handed_over))


def _following_key(folder: Path, other: Ed25519PrivateKey | None) -> Ed25519PrivateKey:
    """Give the key to come: the other one that lies in the lost one's place, else a new one, kept before it is pinned."""
    if other is not None:
        return other
    write_key(Ed25519PrivateKey.generate(), folder / NEXT_KEY_FILE)
    return read_key(folder / NEXT_KEY_FILE)


def _sealed_clients(ledger: Ledger) -> list[str]:
    return [client.slug for client in ledger.clients() if ledger.last_seal(client.slug)]


def _refuse_amid_close(ledger: Ledger, now: datetime) -> None:
    """A close that is under way has printed the present key; it is finished by that one."""
    for unfinished in ledger.unfinished_closes(now):
        raise RefusedError("key_amid_close", client=unfinished.client, month=unfinished.month)


def _handed_over(ledger: Ledger, slug: str, statement: HandOver) -> HandOver:
    """Fill in the last seal that the old key signed: the chain's last one, or where its own seals end."""
    seals = ledger.seals(slug)
    if statement.how is Change.ROTATED:
        if check_chain(seals, ledger.chain_keys(slug), client=slug):
            raise RefusedError("key_of_broken_chain", client=slug)
        last: Seal | None = seals[-1]
    else:
        keys, last = ledger.chain_keys(slug), None
        for sealed in seals:
            if check_seal(sealed, keys.of(sealed.number)):
                break
            last = sealed
    after, digest = (last.number, last.digest) if last else (0, "")
    return HandOver(**{**statement.__dict__, "after": after, "digest": digest})
