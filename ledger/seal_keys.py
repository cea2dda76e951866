"""The keys that sign seals, and how one follows another: pure but for the file of the private key (behaviour §7a).

A ledger pins the public keys that sign its clients' seals; the private key lies in one file, or comes from the
environment. It is made once. When it is exchanged, each client's chain is handed over from the old key to the new
one by a statement that both have signed; where the old one is lost, by the new one alone. The statement names the
last seal of the old key and is carried by the first record that the new key seals: so exported seals alone can be
followed from the first key to the last, and what a retired key signs afterwards is seen.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kpi_rules.errors import SealKeyError
from kpi_rules.records.forms import RecordKind
from ledger.records import canonical

KEY_FILE = "seal-key.pem"
NEXT_KEY_FILE = "seal-key.next.pem"
"""A key under way to its place: it holds once the ledger has pinned its public half."""
KEY_VARIABLE = "KPI_SEAL_KEY"
HAND_OVER = RecordKind("hand-over of the seal's key")
HANDED_OVER = "key_handed_over"
"""Under which name a sealed record carries the hand-overs before it."""
_SIGNED_AS = "tablo-key-1"


class Change(StrEnum):
    """How a key came to sign: as the first one, handed over by the one before, in place of a lost one, or with a client.

    With an adopted client come the hand-overs of its chain; the key may be the one that signed before.
    """

    FIRST = "first"
    ROTATED = "rotated"
    LOST = "lost"
    ADOPTED = "adopted"


@dataclass(frozen=True)
class PinnedKey:
    """A public key as the ledger pins it: from when it signs, how it came, and why. The last one signs now."""

    number: int
    public_key: str
    how: Change
    at: str
    reason: str


@dataclass(frozen=True)
class HandOver:
    """One client's chain handed over: `after` is the number of the last seal of `old_key`, `digest` that seal's.

    `at` is a moment (ISO, UTC). `signatures` are those of the old key ("" where it was lost) and of the new one,
    Ed25519 in hex over all the rest.
    """

    client: str
    old_key: str
    new_key: str
    how: Change
    at: str
    reason: str
    after: int
    digest: str
    signatures: tuple[str, str] = field(default=("", ""))

    def record(self) -> dict[str, Any]:
        """Give it as it stands in the ledger and in a sealed record."""
        return {**self._content(), "signatures": list(self.signatures)}

    def signed(self, old: Ed25519PrivateKey | None, new: Ed25519PrivateKey) -> HandOver:
        """Sign it: by both keys, or by the new one alone (`how` says lost)."""
        content = self._signed_bytes()
        signatures = (old.sign(content).hex() if old else "", new.sign(content).hex())
        return HandOver(**{**self.__dict__, "signatures": signatures})

    @property
    def holds(self) -> bool:
        """Tell whether those who must have signed it have."""
        content = self._signed_bytes()
        by_old = self.how is Change.LOST or signature_holds(self.old_key, self.signatures[0], content)
        return by_old and signature_holds(self.new_key, self.signatures[1], content)

    def _content(self) -> dict[str, Any]:
        return HAND_OVER.stamped(
            {
                "client": self.client,
                "old_key": self.old_key,
                "new_key": self.new_key,
                "how": str(self.how),
                "at": self.at,
                "reason": self.reason,
                "after": self.after,
                "digest": self.digest,
            }
        )

    def _signed_bytes(self) -> bytes:
        return _SIGNED_AS.encode() + b" " + canonical(self._content())


def hand_over_from_record(record: Any) -> HandOver:
    """Read a hand-over; whether it holds, it says itself.

    Raises ValueError where it is none, NewerFormError where a newer program wrote it.
    """
    try:
        HAND_OVER.form_of(record)
        old, new = record["signatures"]
        return HandOver(
            str(record["client"]),
            str(record["old_key"]),
            str(record["new_key"]),
            Change(record["how"]),
            str(record["at"]),
            str(record["reason"]),
            int(record["after"]),
            str(record["digest"]),
            (str(old), str(new)),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ValueError("this is no hand-over of a key") from None


def hand_overs_of(record: Mapping[str, Any]) -> tuple[HandOver, ...]:
    """Give the hand-overs that a sealed record carries; those that cannot be read prove nothing."""
    carried = record.get(HANDED_OVER, ())
    read = []
    for one in carried if isinstance(carried, Sequence) else ():
        try:
            read.append(hand_over_from_record(one))
        except ValueError:
            continue
    return tuple(read)


@dataclass(frozen=True)
class ChainKeys:
    """Which key must have signed each seal of one client's chain."""

    present: str
    """The public key that signs now, hex."""
    handed_over: tuple[HandOver, ...] = ()
    """In the order of their seals."""

    @classmethod
    def following(cls, trusted: str, carried: Iterable[HandOver]) -> ChainKeys:
        """Follow hand-overs from a key that is known from elsewhere, to later keys and to earlier ones.

        A key that says it stands in place of a lost one is followed only from itself: it proves nothing to
        whoever trusts the lost one.
        """
        known = [one for one in carried if one.holds]
        before: list[HandOver] = []
        after: list[HandOver] = []
        first = last = trusted
        while one := next((each for each in known if each.new_key == first), None):
            known.remove(one)
            before.insert(0, one)
            first = one.old_key
        while one := next(
            (each for each in known if each.old_key == last and each.how is Change.ROTATED), None
        ):
            known.remove(one)
            after.append(one)
            last = one.new_key
        return cls(last, (*before, *after))

    def of(self, number: int) -> str:
        """Give the public key that must have signed the seal of this number."""
        for one in self.handed_over:
            if number <= one.after:
                return one.old_key
        return self.present

    @property
    def lost(self) -> tuple[HandOver, ...]:
        """The hand-overs that no old key has signed: a thing to know, and no fault."""
        return tuple(one for one in self.handed_over if one.how is Change.LOST)


def public_key_text(key: Ed25519PrivateKey) -> str:
    """Give the public half as 64 hex digits, as printed on archive and payroll tab."""
    return key.public_key().public_bytes_raw().hex()


def signature_holds(public_key: str, signature: str, content: bytes) -> bool:
    """Tell whether the holder of a key (hex) has signed this (Ed25519, hex)."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), content)
    except (ValueError, InvalidSignature):
        return False
    return True


# ---- the private key: in one file, readable by its owner only, never shown
def load_key(folder: Path, environ: Mapping[str, str] = os.environ) -> Ed25519PrivateKey | None:
    """Give the key that signs seals: of `KPI_SEAL_KEY` (64 hex digits), else of the folder's file; None = neither.

    Raises SealKeyError when it is not a key, or when the file is open to other accounts.
    """
    if given := environ.get(KEY_VARIABLE):
        return _key_of_digits(given)
    path = folder / KEY_FILE
    return read_key(path) if path.exists() else None


def read_key(path: Path) -> Ed25519PrivateKey:
    """Read a key's own file. Raises SealKeyError."""
    if path.stat().st_mode & 0o077:
        raise SealKeyError(f"other accounts can read the signing key: run `chmod 600 {path}`")
    try:
        return key_of_pem(path.read_bytes())
    except SealKeyError:
        raise SealKeyError(f"{path} holds no Ed25519 key; restore it from your backup") from None


def _key_of_digits(digits: str) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(digits.strip()))
    except ValueError:
        pass  # its text must not be chained: it may quote the key
    raise SealKeyError(f"{KEY_VARIABLE} must be 64 hex digits (`openssl rand -hex 32` makes such a key)")


def make_key(folder: Path) -> Ed25519PrivateKey:
    """Make a new key in the folder, in one step: two processes at once end with one key."""
    write_key(Ed25519PrivateKey.generate(), folder / KEY_FILE)
    return read_key(folder / KEY_FILE)


def write_key(key: Ed25519PrivateKey, path: Path) -> bool:
    """Write a key beside the wanted place and link it there: it appears whole, or another's stays (False)."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = pem_of(key)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return True


def pem_of(key: Ed25519PrivateKey) -> bytes:
    """Give a key as its file holds it."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def key_of_pem(content: bytes) -> Ed25519PrivateKey:
    """Read what `pem_of` gave. Raises SealKeyError."""
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise SealKeyError("this is no Ed25519 key")
    return key


def put_in_place(folder: Path, public_key: str) -> None:
    """Finish the exchange of a key that was cut off: the next key, once pinned, takes the place of the old one."""
    following = folder / NEXT_KEY_FILE
    if following.exists() and public_key_text(read_key(following)) == public_key:
        following.replace(folder / KEY_FILE)
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def encrypted(key: Ed25519PrivateKey, passphrase: bytes) -> bytes:
    """Give a key as PEM that only the passphrase opens."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )


def decrypted(content: bytes, passphrase: bytes) -> Ed25519PrivateKey | None:
    """Read such a PEM; None where the passphrase does not open it, or it holds no key of ours."""
    try:
        key = serialization.load_pem_private_key(content, password=passphrase)
    except (ValueError, TypeError):
        return None
    return key if isinstance(key, Ed25519PrivateKey) else None
