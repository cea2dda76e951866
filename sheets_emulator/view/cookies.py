"""The pages' cookies: the session of a browser that came in, and the account that it looks as."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_ACCOUNT_SECONDS = 31_536_000


def session_in(request: Request, url: str) -> str:
    """The session that a request shows to the emulator at `url`, unchecked."""
    return request.cookies.get(_named("session", url), "")


def account_in(request: Request) -> str:
    """The account that was chosen on the page, quoted; empty where none was."""
    return request.cookies.get(_named("account", request.app.state.engine.url), "")


def keep_session(request: Request, answer: Response, session: str, seconds: int) -> None:
    """Have the browser keep its session."""
    _keep(request, answer, "session", session, seconds)


def keep_account(request: Request, answer: Response, email: str) -> None:
    """Have the browser keep the chosen account."""
    _keep(request, answer, "account", quote(email), _ACCOUNT_SECONDS)


def _keep(request: Request, answer: Response, what: str, value: str, seconds: int) -> None:
    answer.set_cookie(
        _named(what, request.app.state.engine.url),
        value,
        max_age=seconds,
        path="/",
        secure=_keeps_secure(request),
        httponly=True,
        samesite="strict",
    )


def _named(what: str, url: str) -> str:
    """A cookie's name: a browser tells ports apart in pages, but not in cookies."""
    return f"emulator_{what}_{urlsplit(url).port}"


def _keeps_secure(request: Request) -> bool:
    """Whether the browser keeps a `Secure` cookie of this address.

    Over HTTPS each does. Over HTTP those do that trust this machine's own address, which they show by naming
    the site of a request there (Fetch Metadata, https://www.w3.org/TR/fetch-metadata/); Safari alone names it
    and drops the cookie nevertheless.
    """
    agent = request.headers.get("user-agent", "")
    safari = "AppleWebKit" in agent and "Chrome" not in agent
    return request.url.scheme == "https" or ("sec-fetch-site" in request.headers and not safari)
