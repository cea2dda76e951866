"""What proves an account: key pairs and refresh tokens, and key files as Google's libraries read them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from sheets_emulator.store.records import AccountRecord


def service_secrets() -> dict[str, str]:
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


def user_secrets() -> dict[str, str]:
    """A new refresh token and the client that it belongs to."""
    return {
        "client_id": f"{secrets.randbelow(9 * 10**11) + 10**11}-emulator.apps.googleusercontent.com",
        "client_secret": "GOCSPX-" + secrets.token_urlsafe(21),
        "refresh_token": "1//0" + secrets.token_urlsafe(60),
    }


def key_json(account: AccountRecord, token_uri: str) -> dict[str, str]:
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
