"""What an answer must be before it counts as one: JSON with its fields, the bytes asked for, or nothing.

A proxy's page, a cut body, `{}` or `[]` tell nothing of whether a call was carried out, whatever the status before
them says; whoever meets them knows as little as after a broken connection.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import requests
from google.auth.exceptions import TransportError
from google.auth.transport.requests import Request

Shape: TypeAlias = "type | Maybe | Mapping[str, Shape] | list[Shape]"
"""What a value must be: of a type; an object with such fields; a list of such things."""
Fields: TypeAlias = Mapping[str, Shape]


@dataclass(frozen=True)
class Maybe:
    """A field that may be missing, because Google leaves out what is empty; where it stands it has the shape."""

    shape: Shape


class StrangeAnswerError(Exception):
    """An answer that is none; it carries nothing of what was answered."""


class ErrorAnswerError(Exception):
    """An answer that says that the call failed, or that comes from somebody who is not Google."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def object_of(response: requests.Response, fields: Fields) -> dict[str, Any]:
    """Give the JSON object of an answer. Raises StrangeAnswerError where it is something else or lacks a field."""
    body = _json_of(response)
    if not isinstance(body, dict) or not _fits(body, fields):
        raise StrangeAnswerError
    return body


def content_of(response: requests.Response, content_type: str, md5_checksum: str | None = None) -> bytes:
    """Give the bytes of an answer of that type, and where a checksum is known, those that it is of.

    Raises StrangeAnswerError on others.
    """
    content = bytes(response.content)
    if not _is(response, content_type):
        raise StrangeAnswerError
    if md5_checksum is not None and hashlib.md5(content, usedforsecurity=False).hexdigest() != md5_checksum:
        raise StrangeAnswerError
    return content


def nothing_of(response: requests.Response) -> None:
    """Expect an answer without content. Raises StrangeAnswerError where there is any."""
    if response.content:
        raise StrangeAnswerError


def error_of(response: requests.Response) -> Mapping[str, Any] | None:
    """Give what Google says of a failure, in its one form; None: this answer is nothing of Google's."""
    body = _json_of(response)
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else None


def described_by(mask: str) -> Fields:
    """Give what a spreadsheet's description must hold by the mask it was asked with.

    Every spreadsheet has its id, properties and sheets, every sheet properties with a title; other fields may be
    missing because there is nothing of them.
    """
    always: dict[str, Shape] = {"spreadsheetId": str, "properties": {}, "sheets": [{}]}
    asked = dict(_named(part) for part in _top_level(mask))
    if "sheets" in asked:
        inner = asked["sheets"]
        of_sheets = dict(_named(part) for part in _top_level(inner)) if inner else {"properties": ""}
        if "properties" in of_sheets:
            named = _top_level(of_sheets["properties"]) if of_sheets["properties"] else ["title"]
            always["sheets"] = [{"properties": {"title": str} if "title" in named else {}}]
    return {key: shape for key, shape in always.items() if key in asked}


class TokenRequest(Request):
    """google-auth's way to its token address, with the answer looked at.

    It takes any 2xx for a token, and reads a failure as if it always had Google's form; a server's failure it would
    repeat by itself, with waits of its own.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Ask for a token. Raises TransportError where the answer neither holds one nor refuses it."""
        answer = super().__call__(*args, **kwargs)  # type: ignore[no-untyped-call]  # google-auth
        response = answer._response  # noqa: SLF001 - google-auth wraps it for its own use
        if not (_holds_token(response) if response.status_code == requests.codes.ok else _refuses(response)):
            raise TransportError("the token address gave no token") from None  # type: ignore[no-untyped-call]  # google-auth
        return answer


_TOKEN_SECONDS_MAX = 366 * 24 * 3600


def _holds_token(response: requests.Response) -> bool:
    body = _json_of(response)
    if not isinstance(body, dict) or not (isinstance(body.get("access_token"), str) and body["access_token"]):
        return False
    lifetime = str(body.get("expires_in", 0))
    return (
        lifetime.isascii()
        and lifetime.isdecimal()
        and len(lifetime) < 9
        and int(lifetime) < _TOKEN_SECONDS_MAX
    )


def _refuses(response: requests.Response) -> bool:
    """Tell whether the token address itself says no: by RFC 6749, 5.2, or in the form of Google's other errors."""
    body = _json_of(response)
    said_no = 400 <= response.status_code < 500 and response.status_code not in {408, 429}
    return (
        said_no
        and isinstance(body, dict)
        and isinstance(body.get("error"), str | dict)
        and bool(body["error"])
    )


def _json_of(response: requests.Response) -> Any:
    try:
        return response.json() if _is(response, "application/json") else None
    except (ValueError, RecursionError):
        return None


def _is(response: requests.Response, content_type: str) -> bool:
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower() == content_type


def _fits(value: Any, shape: Shape) -> bool:
    if isinstance(shape, type):
        return isinstance(value, shape)
    if isinstance(shape, Maybe):
        return value is None or _fits(value, shape.shape)
    if isinstance(shape, list):
        return isinstance(value, list) and all(_fits(each, shape[0]) for each in value)
    return isinstance(value, dict) and all(_fits(value.get(key), inner) for key, inner in shape.items())


def _top_level(mask: str) -> list[str]:
    """Split a mask of fields at the commas that stand in no brackets."""
    parts, depth = [""], 0
    for sign in mask:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _named(part: str) -> tuple[str, str]:
    """Split a part of a mask into the field's name and the mask within it, which stands in brackets or after a dot."""
    name, bracket, inner = part.partition("(")
    if bracket and "." not in name:
        return name, inner.removesuffix(")")
    name, _, inner = part.partition(".")
    return name, inner
