"""Who calls: bearer tokens, the token endpoint that gives them, and the JWTs that service accounts sign.

Service accounts sign a JWT with their private key (RFC 7523, RS256), people hold a refresh token; both
exchange it at `/token` for a bearer token. A service account may also send a JWT of its own as the bearer
token (https://google.aip.dev/auth/4111), as Google's client libraries do by themselves. Tokens are kept as
SHA-256 in the store, so a token issued without a running server works with a later one.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import jwt

from sheets_emulator.store.database import opened
from sheets_emulator.wire.errors import ApiError

if TYPE_CHECKING:
    from pathlib import Path

    from sheets_emulator.store.database import Store, Txn
    from sheets_emulator.store.records import AccountRecord

ALL_SCOPES = ("https://www.googleapis.com/auth/spreadsheets", "https://www.googleapis.com/auth/drive")
TOKEN_SECONDS = 3600
_LEEWAY_SECONDS = 300
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_API_ADDRESSES = tuple(f"https://{name}.googleapis.com" for name in ("sheets", "drive", "www"))


@dataclass(frozen=True)
class Caller:
    """An authenticated account; `kind` is `user` or `service`."""

    email: str
    display_name: str
    kind: str
    scopes: frozenset[str]


class GrantError(Exception):
    """The token endpoint refuses; `error` and the message go into its answer (RFC 6749, 5.2)."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


def issue_token(
    place: Path | Store,
    email: str,
    scopes: tuple[str, ...] = ALL_SCOPES,
    lifetime_seconds: int = 24 * TOKEN_SECONDS,
) -> str:
    """A bearer token for an account, for `curl` and tests; works with or without a running emulator.

    Raises:
        KeyError: there is no such account.
    """
    with opened(place) as store, store.transaction() as txn:
        account = txn.account(email)
        if account is None:
            raise KeyError(email)
        return _new_token(txn, account, scopes, datetime.now(UTC), lifetime_seconds)


def caller_of(txn: Txn, authorization: str | None, now: datetime, url: str = "") -> Caller | None:
    """The account behind an `Authorization` header; None for no header.

    `url` is the emulator's own address, which a self-signed token may name instead of Google's.

    Raises:
        ApiError: 401, the token is malformed, unknown or expired.
    """
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise _unauthenticated()
    token = token.strip()
    if token.count(".") == 2 and not token.startswith("ya29."):
        return _self_signed(txn, token, now, url)
    known = txn.token(_digest(token))
    if known is None or datetime.fromisoformat(known["expires_at"]) <= now:
        raise _unauthenticated()
    account = txn.account(known["email"])
    if account is None:
        raise _unauthenticated()
    return Caller(account.email, account.display_name, account.kind, frozenset(known["scopes"]))


def _self_signed(txn: Txn, token: str, now: datetime, url: str) -> Caller:
    """The account that signed a bearer token for itself, naming scopes or the API that it is for."""
    try:
        account, claims = _verified(txn, token, now)
    except GrantError as error:
        raise _unauthenticated() from error
    place = urlsplit(str(claims.get("aud", "")))
    scopes = tuple(str(claims.get("scope", "")).split())
    if not scopes and f"{place.scheme}://{place.netloc}" not in (*_API_ADDRESSES, url):
        raise _unauthenticated()
    if claims.get("sub") != account.email:
        raise _unauthenticated()
    return Caller(account.email, account.display_name, account.kind, frozenset(scopes or ALL_SCOPES))


def account_named(txn: Txn, authorization: str) -> str:
    """Whose token an `Authorization` header claims to be, unchecked: for counting; empty for nobody's."""
    token = authorization.partition(" ")[2].strip()
    known = txn.token(_digest(token))
    return str(known["email"]) if known else _claimed_account(token)


def grant(txn: Txn, form: dict[str, str], addresses: set[str], now: datetime) -> dict[str, Any]:
    """The token endpoint's answer to a form; `addresses` are the audiences that an assertion may name.

    Raises:
        GrantError: unknown grant type, bad signature, expired, unknown account or refresh token.
    """
    kind = form.get("grant_type", "")
    if kind == _JWT_GRANT:
        account, scopes = _assertion(txn, form.get("assertion", ""), addresses, now)
    elif kind == "refresh_token":
        account, scopes = _refresh(txn, form)
    else:
        raise GrantError("unsupported_grant_type", f"Invalid grant_type: {kind}")
    return {
        "access_token": _new_token(txn, account, scopes, now, TOKEN_SECONDS),
        "expires_in": TOKEN_SECONDS - 1,
        "scope": " ".join(scopes),
        "token_type": "Bearer",
    }


def _assertion(
    txn: Txn, assertion: str, addresses: set[str], now: datetime
) -> tuple[AccountRecord, tuple[str, ...]]:
    account, claims = _verified(txn, assertion, now)
    if claims.get("aud") not in addresses:
        raise GrantError("invalid_grant", "Invalid JWT: Failed audience check.")
    if claims.get("sub") not in (None, account.email):
        raise GrantError(
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens using this method, or client not authorized "
            "for any of the scopes requested.",
        )
    scopes = tuple(str(claims.get("scope", "")).split())
    if not scopes:
        raise GrantError("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
    return account, scopes


def _refresh(txn: Txn, form: dict[str, str]) -> tuple[AccountRecord, tuple[str, ...]]:
    given = form.get("refresh_token", "")
    for account in txn.accounts():
        known = account.secrets.get("refresh_token")
        if known and secrets.compare_digest(known.encode(), given.encode()):
            if form.get("client_id") != account.secrets["client_id"]:
                raise GrantError("unauthorized_client", "Unauthorized")
            if form.get("client_secret") != account.secrets["client_secret"]:
                raise GrantError("invalid_client", "The provided client secret is invalid.")
            return account, tuple(form.get("scope", "").split()) or ALL_SCOPES
    raise GrantError("invalid_grant", "Token has been expired or revoked.")


def _new_token(
    txn: Txn, account: AccountRecord, scopes: tuple[str, ...], now: datetime, lifetime_seconds: int
) -> str:
    token = "ya29." + secrets.token_urlsafe(48)
    expires = datetime.fromtimestamp(now.timestamp() + lifetime_seconds, UTC)
    txn.put_token(
        _digest(token), {"email": account.email, "scopes": list(scopes), "expires_at": expires.isoformat()}
    )
    return token


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _unauthenticated() -> ApiError:
    text = (
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
        "valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
    )
    return ApiError(
        401, "UNAUTHENTICATED", text, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'}
    )


# ---- signed assertions
def _verified(txn: Txn, assertion: str, now: datetime) -> tuple[AccountRecord, dict[str, Any]]:
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


def _claimed_account(assertion: str) -> str:
    """Whom a JWT names as its issuer, unchecked; empty for what is none."""
    try:
        return str(jwt.decode(assertion, options={"verify_signature": False}).get("iss", ""))
    except jwt.InvalidTokenError:
        return ""
