"""Request bodies and query parameters, read as Google's front end reads JSON into protocol buffers.

Unknown names and wrong types are refused with the field's path in the proto's own spelling
(`requests[0].update_cells`), numbers may come as strings, null means 'not given', and a single value
stands for a list of one. One reader is made per message and kept.
"""

from __future__ import annotations

import functools
import json
import math
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json

from sheets_emulator.wire.errors import ApiError, bad_fields
from sheets_emulator.wire.schema import sheets_messages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


Violations = list[tuple[str, str]]
_PACKAGE = "type.googleapis.com/google.apps.sheets.v4."
# Parameters that every method takes (https://cloud.google.com/apis/docs/system-parameters).
_SYSTEM = {"$.xgafv", "access_token", "alt", "callback", "fields", "key", "oauth_token", "prettyPrint"} | {
    "quotaUser",
    "uploadType",
    "upload_protocol",
    "$alt",
    "$fields",
    "$key",
    "$prettyPrint",
}
_MISSING = object()
# Maps whose keys are numbers of columns; the discovery document knows names alone.
_NUMBERED = frozenset({"criteria"})
# Fields of which a message has one at most; the discovery document does not tell, the reference's "Union field" does.
_UNIONS: dict[str, tuple[str, frozenset[str]]] = {
    "AutoFillRequest": ("area", frozenset({"range", "sourceAndDestination"})),
    "ColorStyle": ("kind", frozenset({"rgbColor", "themeColor"})),
    "ConditionValue": ("value", frozenset({"relativeDate", "userEnteredValue"})),
    "ConditionalFormatRule": ("rule", frozenset({"booleanRule", "gradientRule"})),
    "DataFilter": ("filter", frozenset({"developerMetadataLookup", "a1Range", "gridRange"})),
    "DeveloperMetadataLocation": ("location", frozenset({"spreadsheet", "sheetId", "dimensionRange"})),
    "ExtendedValue": (
        "value",
        frozenset({"numberValue", "stringValue", "boolValue", "formulaValue", "errorValue"}),
    ),
    "FindReplaceRequest": ("scope", frozenset({"range", "sheetId", "allSheets"})),
    "UpdateConditionalFormatRuleRequest": ("instruction", frozenset({"rule", "newIndex"})),
}


def read_json(raw: bytes) -> Any:
    """The JSON value of a body; nothing at all is an empty object.

    Raises:
        ApiError: 400, it is no JSON.
    """
    if not raw.strip():
        return {}
    try:
        return from_json(raw, allow_inf_nan=False)
    except ValueError as error:
        raise ApiError(400, "INVALID_ARGUMENT", f"Invalid JSON payload received. {error}") from error


def read_body(raw: bytes, message: str, path: str = "") -> dict[str, Any]:
    """A body as a message with known fields only, types made right, nulls left out.

    `path` is the request's field that takes the body (`data` of values.update), empty for the whole.

    Raises:
        ApiError: 400 with every violation.
    """
    body = read_json(raw)
    if not isinstance(body, dict):
        raise bad_fields(
            [("", 'Invalid JSON payload received. Unknown name "": Root element must be a message.')]
        )
    violations: Violations = []
    read = _message_reader(message)(body, path, violations)
    if violations:
        raise bad_fields(violations)
    return dict(read)


def read_query(pairs: Iterable[tuple[str, str]], parameters: dict[str, str]) -> dict[str, Any]:
    """Query parameters by name, as their types; lists for those that may be repeated.

    Raises:
        ApiError: 400, an unknown parameter or a wrong value.
    """
    query: dict[str, Any] = {}
    violations: Violations = []
    for name, text in pairs:
        known = name if name in parameters else _camel(name)
        kind = parameters.get(known)
        if kind is None:
            if name not in _SYSTEM:
                told = f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
                told += f"Field '{name}' could not be found in request message."
                violations.append(("", told))
            continue
        one = kind.strip("[]")
        value = _scalar(one, text.lower() if one == "boolean" else text, _snake(known), violations, known)
        if kind.startswith("["):
            query.setdefault(known, []).append(value)
        else:
            query[known] = value
    if violations:
        raise bad_fields(violations)
    return query


Reader = "Callable[[Any, str, Violations], Any]"


@functools.cache
def _message_reader(name: str) -> Callable[[Any, str, Violations], Any]:
    fields = sheets_messages()[name]
    union, members = _UNIONS.get(name, ("kind", frozenset(fields if name == "Request" else ())))
    readers: dict[
        str, Callable[[Any, str, Violations], Any]
    ] = {}  # filled on first use: messages nest in themselves

    def read(value: Any, path: str, violations: Violations) -> Any:
        if not isinstance(value, dict):
            violations.append((path, f"Invalid value at '{path}' ({_PACKAGE}{name}), {_shown(value)}"))
            return _MISSING
        result: dict[str, Any] = {}
        for key, item in value.items():
            if item is None:
                if key not in fields and _camel(key) not in fields:
                    _unknown(key, path, violations)
                continue
            reader = readers.get(key)
            known = key
            if reader is None:
                known = key if key in fields else _camel(key)
                if known not in fields:
                    _unknown(key, path, violations)
                    continue
                reader = readers[known] = _reader(fields[known], known)
            read_item = reader(item, f"{path}.{known}" if path else known, violations)
            if known in members and not members.isdisjoint(result) and known not in result:
                where = _snake(path)
                told = f"Invalid value at '{where}' (oneof), oneof field '{union}' is already set. Cannot set '{known}'"
                violations.append((where, told))
            if read_item is not _MISSING:
                result[known] = read_item
        return result

    return read


def _reader(kind: str, field: str) -> Callable[[Any, str, Violations], Any]:
    if kind.startswith("["):
        return _list_reader(kind[1:-1], field)
    if kind.startswith("{"):
        return _map_reader(kind[1:-1], field)
    if kind == "any":
        return lambda value, _path, _violations: value
    if kind == "date-time":
        return _moment_reader(field)
    if kind in sheets_messages():
        return _message_reader(kind)
    return lambda value, path, violations: _scalar(kind, value, path, violations, field)


def _list_reader(kind: str, field: str) -> Callable[[Any, str, Violations], Any]:
    inner = _reader(kind, field)
    is_list_value = kind.startswith("[")

    def read(value: Any, path: str, violations: Violations) -> Any:
        if not isinstance(value, list):
            if is_list_value:
                return _bad_list_value(value, path, violations)
            item = inner(value, path, violations)
            return _MISSING if item is _MISSING else [item]
        if is_list_value:
            for index, item in enumerate(value):
                if not isinstance(item, list):
                    _bad_list_value(item, f"{path}[{index}]", violations)
            return value
        items = enumerate(_flat(value))
        read_items = [inner({} if v is None else v, f"{path}[{i}]", violations) for i, v in items]
        return [item for item in read_items if item is not _MISSING]

    return read


def _flat(items: list[Any]) -> Iterator[Any]:
    """The items of a repeated field: lists within count as if their items stood there, as Google reads them."""
    for item in items:
        if isinstance(item, list):
            yield from _flat(item)
        else:
            yield item


def _bad_list_value(value: Any, path: str, violations: Violations) -> Any:
    told = (
        f"Invalid value at '{_snake(path)}' (type.googleapis.com/google.protobuf.ListValue), {_shown(value)}"
    )
    violations.append((_snake(path), told))
    return _MISSING


def _moment_reader(field: str) -> Callable[[Any, str, Violations], Any]:
    """Of a moment as RFC 3339 writes it, with its offset."""

    def read(value: Any, path: str, violations: Violations) -> Any:
        try:
            if "T" in value and datetime.fromisoformat(value).tzinfo is not None:
                return value
        except (TypeError, ValueError):
            pass
        told = f"Invalid value at '{_snake(path)}' (type.googleapis.com/google.protobuf.Timestamp), Field '{field}', "
        told += "Illegal timestamp format; timestamps must end with 'Z' or have a valid timezone offset."
        violations.append((_snake(path), told))
        return _MISSING

    return read


def _map_reader(kind: str, field: str) -> Callable[[Any, str, Violations], Any]:
    inner = _reader(kind, field)

    def read(value: Any, path: str, violations: Violations) -> Any:
        if not isinstance(value, dict):
            violations.append((_snake(path), f"Invalid value at '{_snake(path)}' (Map), {_shown(value)}"))
            return _MISSING
        if field in _NUMBERED:
            wrong = [key for key in value if _whole(key, 31) is None]
            told = f"Invalid value at '{_snake(path)}' (Map key, TYPE_INT32), "
            violations.extend((_snake(path), told + _shown(key)) for key in wrong)
            value = {key: item for key, item in value.items() if key not in wrong}
        return {
            key: inner(item, f"{path}[{key}].value", violations)
            for key, item in value.items()
            if item is not None
        }

    return read


def _scalar(  # noqa: PLR0911  # one return a kind of scalar
    kind: str, value: Any, path: str, violations: Violations, field: str
) -> Any:
    if kind in ("string", "fields"):
        if isinstance(value, str):
            return value
        label = (
            "TYPE_STRING"
            if kind == "string"
            else "Field 'fields', type.googleapis.com/google.protobuf.FieldMask"
        )
    elif kind in ("integer", "int64"):
        number = _whole(value, 31 if kind == "integer" else 63)
        if number is not None:
            return number
        label = "TYPE_INT32" if kind == "integer" else "TYPE_INT64"
    elif kind == "number":
        amount = _number(value)
        if amount is not None:
            return amount
        label = "TYPE_DOUBLE"
    elif kind == "boolean":
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return value == "true"
        label = "TYPE_BOOL"
    else:  # an enum
        names = kind.split("|")
        if isinstance(value, str) and value in names:
            return value
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(names):
            return names[value]
        label = _PACKAGE + field[0].upper() + field[1:]
    spelt = _snake(path)
    violations.append((spelt, f"Invalid value at '{spelt}' ({label}), {_shown(value)}"))
    return _MISSING


def _whole(value: Any, bits: int) -> int | None:
    number = _number(value)
    if number is None or number != int(number) or not -(2**bits) <= number < 2**bits:
        return None
    return int(number)


def _number(value: Any) -> float | int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        if not re.fullmatch(r"-?\d{1,400}(\.\d{1,400})?([eE][-+]?\d{1,4})?", value):
            return None
        value = float(value) if re.search(r"[.eE]", value) else int(value)
    if not isinstance(value, (int, float)) or abs(value) > 1.7976931348623157e308 or not math.isfinite(value):
        return None
    return int(value) if isinstance(value, float) and value == int(value) and abs(value) < 2**53 else value


def _unknown(key: str, path: str, violations: Violations) -> None:
    where = f" at '{_snake(path)}'" if path else ""
    violations.append(
        (_snake(path), f'Invalid JSON payload received. Unknown name "{key}"{where}: Cannot find field.')
    )


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _snake(path: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda m: "_" + m[1].lower(), path)


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda m: m[1].upper(), name)
