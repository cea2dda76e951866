"""Derive the compact tables from a discovery document: `python -m sheets_emulator.schema.extract sheets.v4.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

_FORMATS = {"int64": "int64", "google-fieldmask": "fields", "google-datetime": "date-time"}


def extract(discovery: dict[str, Any]) -> dict[str, Any]:
    """`{"revision", "messages", "parameters"}` of a discovery document."""
    messages = {
        name: {field: _type(found) for field, found in sorted(schema.get("properties", {}).items())}
        for name, schema in sorted(discovery["schemas"].items())
    }
    parameters: dict[str, dict[str, str]] = {}
    _methods(discovery, parameters)
    return {"revision": discovery["revision"], "messages": messages, "parameters": parameters}


def _methods(resource: dict[str, Any], found: dict[str, dict[str, str]]) -> None:
    for method in resource.get("methods", {}).values():
        found[method["id"]] = {
            name: f"[{_type(parameter)}]" if parameter.get("repeated") else _type(parameter)
            for name, parameter in sorted(method.get("parameters", {}).items())
            if parameter["location"] == "query"
        }
    for inner in resource.get("resources", {}).values():
        _methods(inner, found)


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"])
    kind = schema["type"]
    if kind == "array":
        return f"[{_type(schema['items'])}]"
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
