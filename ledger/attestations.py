"""What was made from a seal and came after it (files read back), bound to the seal by a signature. Pure.

A seal cannot hold what is printed with its own fingerprint. So that nobody with the database alone can rewrite
what was read back, it is signed with the seal's key together with the seal's digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kpi_rules.errors import RecordError
from ledger.canonical import canonical, digest
from ledger.seals import FORMAT, Seal


def attest(sealed: Seal, content: Mapping[str, Any], key: Ed25519PrivateKey) -> str:
    """Sign a record as made from this seal; gives the Ed25519 signature in hex.

    Raises RecordError when the record has no canonical form.
    """
    return key.sign(_signed_bytes(sealed, content)).hex()


def attestation_holds(sealed: Seal, content: Mapping[str, Any], signature: object, public_key: str) -> bool:
    """Tell whether this record was signed as made from this seal by the holder of the key (hex)."""
    if not isinstance(signature, str):
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), _signed_bytes(sealed, content))
    except (ValueError, InvalidSignature, RecordError):
        return False
    return True


def _signed_bytes(sealed: Seal, content: Mapping[str, Any]) -> bytes:
    return f"{FORMAT}-attachment {sealed.digest} {digest(canonical(content))}".encode()
