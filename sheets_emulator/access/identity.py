"""Who calls: accounts, their key files, the token endpoint, and bearer tokens.

Service accounts sign a JWT with their private key (RFC 7523, RS256), people hold a refresh token; both
exchange it at `/token` for a bearer token. A service account may also send a JWT of its own as the bearer
token (https://google.aip.dev/auth/4111), as Google's client libraries do by themselves. Tokens are kept as
SHA-256 in the store, so a token issued without a running server works with a later one.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sheets_emulator.access.assertions import TOKEN_SECONDS, GrantError, claimed_account, verified
from sheets_emulator.access.keys import key_json, service_secrets, user_secrets
from sheets_emulator.store.database import Store
from sheets_emulator.store.records import AccountRecord
from sheets_emulator.wire.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sheets_emulator.store.database import Txn

GOOGLE_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105  # an address, no secret
ALL_SCOPES = ("https://www.googleapis.com/auth/spreadsheets", "https://www.googleapis.com/auth/drive")
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ANSWER_SECONDS = 2
_API_ADDRESSES = tuple(f"https://{name}.googleapis.com" for name in ("sheets", "drive", "www"))


@dataclass(frozen=True)
class Caller:
    """An authenticated account; `kind` is `user` or `service`."""

    email: str
    display_name: str
    kind: str
    scopes: frozenset[str]


# ---- accounts
def ensure_account(place: Path | Store, email: str, name: str = "", kind: str = "user") -> AccountRecord:
    """The account with this address, made if there is none; `kind` is `user` or `service`.

    Raises:
        ValueError: no e-mail address, unknown kind, or the account exists with another kind.
    """
    if kind not in ("user", "service"):
        raise ValueError(f"An account's kind is 'user' or 'service', not {kind!r}")
    if email.count("@") != 1 or email != email.strip() or not all(email.split("@")):
        raise ValueError(f"{email!r} is no e-mail address")
    with _opened(place) as store, store.transaction() as txn:
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
            secrets=service_secrets() if kind == "service" else user_secrets(),
        )
        txn.put_account(account)
        return account


def list_accounts(place: Path | Store) -> list[AccountRecord]:
    """Every account, by address."""
    with _opened(place) as store, store.transaction() as txn:
        return txn.accounts()


def key_file(place: Path | Store, email: str, token_uri: str | None = None) -> Path:
    """Write the account's key file as Google's libraries read it, mode 0600; its path.

    A service account's is the JSON that the Cloud console gives; a person's is an authorised-user file with
    a refresh token. `token_uri` is by default the address of the running emulator, else Google's; a
    running emulator writes the files anew at its start.

    Raises:
        KeyError: there is no such account.
    """
    with _opened(place) as store:
        with store.transaction() as txn:
            account = txn.account(email)
        if account is None:
            raise KeyError(email)
        if token_uri is None:
            address = running_address(store.folder)
            token_uri = f"{address}/token" if address else GOOGLE_TOKEN_URI
        keys = store.folder / "keys"
        keys.mkdir(mode=0o700, exist_ok=True)
        path = keys / f"{_file_name(account.email)}.json"
        _write_private(path, json.dumps(key_json(account, token_uri), indent=2) + "\n")
        return path


def running_address(folder: Path) -> str | None:
    """The address of the emulator that serves this folder now, None if none does.

    The file `address` names its URL and its run; where nobody, or another, answers there, it is stale.
    """
    try:
        data = json.loads((folder / "address").read_text(encoding="utf-8"))
        place = urlsplit(str(data["url"]))
        connection = HTTPConnection(place.hostname or "", place.port or 80, timeout=_ANSWER_SECONDS)
        try:
            connection.request("GET", "/emulator/instance")
            answered = json.loads(connection.getresponse().read())
        finally:
            connection.close()
    except (OSError, ValueError, KeyError, TypeError, HTTPException):
        return None
    return str(data["url"]) if answered == {"instance": data.get("instance")} else None


# ---- tokens
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
    with _opened(place) as store, store.transaction() as txn:
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
        account, claims = verified(txn, token, now)
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
    return str(known["email"]) if known else claimed_account(token)


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
    account, claims = verified(txn, assertion, now)
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


def _file_name(email: str) -> str:
    return "".join(c if c.isalnum() or c in "@.-_" else f"%{ord(c):02X}" for c in email).lstrip(".")


def _write_private(path: Path, text: str) -> None:
    """Replace a file in one step; nobody else can read it at any moment."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)


@contextmanager
def _opened(place: Path | Store) -> Iterator[Store]:
    """The store given, or one opened on a folder and closed again."""
    if isinstance(place, Store):
        yield place
        return
    store = Store(place)
    try:
        yield store
    finally:
        store.close()
