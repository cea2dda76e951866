"""Derive the compact tables from a discovery document: `python -m sheets_emulator.wire.schema.extract sheets.v4.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

_FORMATS = {"int64": "int64", "google-fieldmask": "fields", "google-datetime": "date-time"}


def extract(discovery: dict[str, Any]) -> dict[str, Any]:
    """`{"revision", "messages", "methods", "parameters"}` of a discovery document."""
    messages: dict[str, dict[str, str]] = {}
    for name, schema in discovery["schemas"].items():
        _message(name, schema, messages)
    methods: dict[str, dict[str, str]] = {}
    parameters: dict[str, dict[str, str]] = {}
    _methods(discovery, "/" + discovery["servicePath"], methods, parameters)
    return {
        "revision": discovery["revision"],
        "messages": dict(sorted(messages.items())),
        "methods": methods,
        "parameters": parameters,
    }


def _methods(
    resource: dict[str, Any], base: str, methods: dict[str, dict[str, str]], known: dict[str, dict[str, str]]
) -> None:
    for method in resource.get("methods", {}).values():
        answer = method.get("response", {}).get("$ref", "")
        methods[method["id"]] = {
            "verb": method["httpMethod"],
            "path": base + method["path"],
            "answer": answer,
            "scopes": " ".join(sorted(scope.rpartition("/")[2] for scope in method["scopes"])),
        }
        known[method["id"]] = {
            name: f"[{_type(parameter)}]" if parameter.get("repeated") else _type(parameter)
            for name, parameter in sorted(method.get("parameters", {}).items())
            if parameter["location"] == "query"
        }
    for inner in resource.get("resources", {}).values():
        _methods(inner, base, methods, known)


def _message(name: str, schema: dict[str, Any], messages: dict[str, dict[str, str]]) -> None:
    """Enter a message; an object described within it becomes a message named `Outer.field`."""
    fields = {}
    for field, described in sorted(schema.get("properties", {}).items()):
        fields[field] = _type(described, f"{name}.{field}")
        inner = described.get("items", described)
        if "properties" in inner:
            _message(f"{name}.{field}", inner, messages)
    messages[name] = fields


def _type(schema: dict[str, Any], place: str = "") -> str:
    if "$ref" in schema:
        return str(schema["$ref"])
    if "properties" in schema:
        return place
    kind = schema["type"]
    if kind == "array":
        return f"[{_type(schema['items'], place)}]"
    if kind == "object":
        return f"{{{_type(schema['additionalProperties'])}}}"
    if "enum" in schema:
        return "|".join(schema["enum"])
    return _FORMATS.get(schema.get("format", ""), str(kind))


def main(source: str) -> None:
    """Write the table beside this file."""
    discovery = json.loads(Path(source).read_text(encoding="utf-8"))
    target = Path(__file__).with_name(f"{discovery['name']}_{discovery['version']}.json")
    target.write_text(json.dumps(extract(discovery), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
