"""The one form in which a record is kept, compared, digested and signed: RFC 8785 canonical JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import rfc8785

from kpi_rules.errors import RecordError

LARGEST_INTEGER = 2**53 - 1
"""Beyond it JSON numbers stop being exact (RFC 8785 §3.2.2.3)."""


def canonical(record: object) -> bytes:
    """Write a record as canonical JSON (RFC 8785).

    Exact numbers are whole numbers or texts: a float anywhere is refused, so are other types, whole numbers
    beyond 2^53 and keys that are no texts. Raises RecordError with the place, never with the value.
    """
    try:
        _refuse_inexact(record, "record")
        return rfc8785.dumps(record)  # type: ignore[arg-type]  # checked just above, deeper than its type says
    except rfc8785.CanonicalizationError:
        reason = "the record holds text that is no valid Unicode"
    except RecursionError:
        reason = "the record is nested too deeply"
    raise RecordError(reason)  # outside of the handler: the library's own text may quote a value


def _refuse_inexact(value: object, place: str) -> None:
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise RecordError(f"{place}: a whole number beyond 2^53; write it as text")
    elif isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise RecordError(f"{place}: a key that is no text ({type(key).__name__})")
            if inner.__class__ is not str:  # most values are texts; this halves the time of a large record
                _refuse_inexact(inner, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            if inner.__class__ is not str:
                _refuse_inexact(inner, f"{place}[{index}]")
    else:
        raise RecordError(
            f"{place}: {type(value).__name__} has no exact form in JSON; use whole numbers or text"
        )


def strict_record(text: str | bytes) -> dict[str, Any]:
    """Read a JSON object; refuses what two readers could take differently (a key twice, floats, NaN).

    Raises RecordError without quoting the text.
    """
    try:
        record = json.loads(text, object_pairs_hook=_unique, parse_float=_no_float, parse_constant=_no_float)
    except RecordError:
        raise
    except (ValueError, RecursionError):
        record = None  # the error's own text quotes the document
    if not isinstance(record, dict):
        raise RecordError("this is not a JSON record")
    return record


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise RecordError("a key stands twice in one record")
    return record


def _no_float(_: str) -> Any:
    raise RecordError("the record holds a number with a fraction; exact numbers are whole, or texts")


def digest(content: bytes) -> str:
    """Give the SHA-256 of some bytes in lower-case hex."""
    return hashlib.sha256(content).hexdigest()


def row_digest(table: str, values: Mapping[str, Any]) -> str:
    """Give the digest of one append-only row over all of its columns, its record by its own digest."""
    columns = {
        name: digest(str(value).encode()) if name == "record" else value for name, value in values.items()
    }
    return digest(canonical({"table": table, **columns}))
