"""Accounts: making and listing them, what proves them, and their key files as Google's libraries read them."""

from __future__ import annotations

import json
import os
import secrets
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sheets_emulator.store.address import running_address
from sheets_emulator.store.database import opened
from sheets_emulator.store.records import AccountRecord

if TYPE_CHECKING:
    from pathlib import Path

    from sheets_emulator.store.database import Store

GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105  # an address, no secret


def ensure_account(place: Path | Store, email: str, name: str = "", kind: str = "user") -> AccountRecord:
    """The account with this address, made if there is none; `kind` is `user` or `service`.

    Raises:
        ValueError: no e-mail address, unknown kind, or the account exists with another kind.
    """
    if kind not in ("user", "service"):
        raise ValueError(f"An account's kind is 'user' or 'service', not {kind!r}")
    if email.count("@") != 1 or email != email.strip() or not all(email.split("@")):
        raise ValueError(f"{email!r} is no e-mail address")
    with opened(place) as store, store.transaction() as txn:
        known = txn.account(email)
        if known is not None:
            if known.kind != kind:
                raise ValueError(f"{email} exists already and is of kind {known.kind!r}")
            return known
        account = AccountRecord(
            email=email,
            display_name=name or email.split("@", maxsplit=1)[0],
            kind=kind,
            permission_id=f"{secrets.randbelow(9 * 10**19) + 10**19:020d}",
            secrets=_service_secrets() if kind == "service" else _user_secrets(),
        )
        txn.put_account(account)
        return account


def list_accounts(place: Path | Store) -> list[AccountRecord]:
    """Every account, by address."""
    with opened(place) as store, store.reading() as txn:
        return txn.accounts()


def key_file(place: Path | Store, email: str, token_uri: str | None = None) -> Path:
    """Write the account's key file as Google's libraries read it, mode 0600; its path.

    A service account's is the JSON that the Cloud console gives; a person's is an authorised-user file with
    a refresh token. `token_uri` is by default the address of the running emulator, else Google's; a
    running emulator writes the files anew at its start.

    Raises:
        KeyError: there is no such account.
    """
    with opened(place) as store:
        with store.reading() as txn:
            account = txn.account(email)
        if account is None:
            raise KeyError(email)
        if token_uri is None:
            address = running_address(store.folder)
            token_uri = f"{address}/token" if address else GOOGLE_TOKEN_URI
        keys = store.folder / "keys"
        keys.mkdir(mode=0o700, exist_ok=True)
        path = keys / f"{_file_name(account.email)}.json"
        _write_private(path, json.dumps(_key_json(account, token_uri), indent=2) + "\n")
        return path


def _file_name(email: str) -> str:
    return "".join(c if c.isalnum() or c in "@.-_" else f"%{ord(c):02X}" for c in email).lstrip(".")


def _write_private(path: Path, text: str) -> None:
    """Replace a file in one step; nobody else can read it at any moment."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


# ---- what proves an account
def _service_secrets() -> dict[str, str]:
    """A new key pair with its ids."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return {
        "private_key": private.decode(),
        "public_key": public.decode(),
        "private_key_id": secrets.token_hex(20),
        "client_id": f"{secrets.randbelow(9 * 10**20) + 10**20:021d}",
    }


def _user_secrets() -> dict[str, str]:
    """A new refresh token and the client that it belongs to."""
    return {
        "client_id": f"{secrets.randbelow(9 * 10**11) + 10**11}-emulator.apps.googleusercontent.com",
        "client_secret": "GOCSPX-" + secrets.token_urlsafe(21),
        "refresh_token": "1//0" + secrets.token_urlsafe(60),
    }


def _key_json(account: AccountRecord, token_uri: str) -> dict[str, str]:
    """The key file of an account, in the form of its kind."""
    held = account.secrets
    if account.kind == "user":
        return {
            "type": "authorized_user",
            "client_id": held["client_id"],
            "client_secret": held["client_secret"],
            "refresh_token": held["refresh_token"],
            "token_uri": token_uri,
            "account": account.email,
            "universe_domain": "googleapis.com",
        }
    return {
        "type": "service_account",
        "project_id": account.email.split("@")[1].split(".")[0],
        "private_key_id": held["private_key_id"],
        "private_key": held["private_key"],
        "client_email": account.email,
        "client_id": held["client_id"],
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": token_uri,
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "client_x509_cert_url": f"https://www.googleapis.com/robot/v1/metadata/x509/{account.email}",
        "universe_domain": "googleapis.com",
    }
