"""JWTs that service accounts sign with their private key: checked with the public one, and for their time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jwt

if TYPE_CHECKING:
    from datetime import datetime

    from sheets_emulator.store.database import Txn
    from sheets_emulator.store.records import AccountRecord

TOKEN_SECONDS = 3600
_LEEWAY_SECONDS = 300


class GrantError(Exception):
    """The token endpoint refuses; `error` and the message go into its answer (RFC 6749, 5.2)."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


def verified(txn: Txn, assertion: str, now: datetime) -> tuple[AccountRecord, dict[str, Any]]:
    """The service account that signed a JWT, and its claims; audience and scopes are left to the caller.

    Raises:
        GrantError: malformed, signed by nobody known or wrongly, not of this time.
    """
    try:
        unverified = jwt.decode(assertion, options={"verify_signature": False})
        account = txn.account(str(unverified.get("iss", "")))
        if account is None or account.kind != "service":
            raise GrantError("invalid_grant", "Invalid grant: account not found")
        # The time is checked against the emulator's own clock below, not the machine's.
        claims: dict[str, Any] = jwt.decode(
            assertion,
            account.secrets["public_key"],
            algorithms=["RS256"],
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False},
        )
        issued, expires = float(claims["iat"]), float(claims["exp"])
    except jwt.InvalidSignatureError as error:
        raise GrantError("invalid_grant", "Invalid JWT Signature.") from error
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as error:
        raise GrantError("invalid_grant", "Invalid JWT: the assertion is malformed.") from error
    at = now.timestamp()
    if not issued - _LEEWAY_SECONDS <= at <= expires + _LEEWAY_SECONDS or expires - issued > TOKEN_SECONDS:
        raise GrantError(
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
            "Check your iat and exp values in the JWT claim.",
        )
    return account, claims


def claimed_account(assertion: str) -> str:
    """Whom a JWT names as its issuer, unchecked; empty for what is none."""
    try:
        return str(jwt.decode(assertion, options={"verify_signature": False}).get("iss", ""))
    except jwt.InvalidTokenError:
        return ""
