"""What an answer behind a 2xx must be before it counts as one: JSON with its fields, the bytes asked for, or nothing.

A proxy's page, a cut body, `{}` or `[]` tell nothing of whether a call was carried out. Whoever meets them knows as
little as after a broken connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests
from google.auth.exceptions import TransportError
from google.auth.transport.requests import Request

Fields = Mapping[str, type]
"""The fields that an object must hold, each with the type of its value."""


class StrangeAnswerError(Exception):
    """An answer that is none; it carries nothing of what was answered."""


def object_of(response: requests.Response, fields: Fields) -> dict[str, Any]:
    """Give the JSON object of an answer. Raises StrangeAnswerError where it is something else or lacks a field."""
    try:
        body = response.json() if _is(response, "application/json") else None
    except ValueError:
        body = None
    if not isinstance(body, dict) or not all(isinstance(body.get(key), kind) for key, kind in fields.items()):
        raise StrangeAnswerError
    return body


def content_of(response: requests.Response, content_type: str) -> bytes:
    """Give the bytes of an answer of that type. Raises StrangeAnswerError on another type."""
    if not _is(response, content_type):
        raise StrangeAnswerError
    return bytes(response.content)


def nothing_of(response: requests.Response) -> None:
    """Expect an answer without content. Raises StrangeAnswerError where there is any."""
    if response.content:
        raise StrangeAnswerError


def _is(response: requests.Response, content_type: str) -> bool:
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower() == content_type


class TokenRequest(Request):
    """google-auth's way to its token address, with the answer looked at: it takes any 2xx for a token."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Ask for a token. Raises TransportError where the answer holds none."""
        answer = super().__call__(*args, **kwargs)  # type: ignore[no-untyped-call]  # google-auth
        if answer.status == requests.codes.ok:
            try:
                object_of(answer._response, {"access_token": str})  # noqa: SLF001 - google-auth wraps it for its own use
            except StrangeAnswerError:
                raise TransportError("the token address gave no token") from None  # type: ignore[no-untyped-call]  # google-auth
        return answer
