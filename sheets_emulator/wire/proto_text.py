"""JSON values in the text form of protocol buffers, as Google quotes them when it refuses one."""

from __future__ import annotations

from typing import Any

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "'": "\\'"}


def value_text(value: Any, indent: str = "") -> str:
    """A google.protobuf.Value, a line for each field (`list_value {`)."""
    deeper = indent + "  "
    if isinstance(value, list):
        items = "".join(f"{deeper}values {{\n{value_text(item, deeper + '  ')}{deeper}}}\n" for item in value)
        return f"{indent}list_value {{\n{items}{indent}}}\n"
    if isinstance(value, dict):
        fields = "".join(_field_text(name, item, deeper) for name, item in value.items())
        return f"{indent}struct_value {{\n{fields}{indent}}}\n"
    return f"{indent}{_scalar_text(value)}\n"


def _field_text(name: str, value: Any, indent: str) -> str:
    deeper = indent + "  "
    inner = f"{deeper}key: {_quoted(name)}\n{deeper}value {{\n{value_text(value, deeper + '  ')}{deeper}}}\n"
    return f"{indent}fields {{\n{inner}{indent}}}\n"


def _scalar_text(value: Any) -> str:
    if value is None:
        return "null_value: NULL_VALUE"
    if isinstance(value, bool):
        return f"bool_value: {str(value).lower()}"
    return (
        f"number_value: {float(value)}"
        if isinstance(value, int | float)
        else f"string_value: {_quoted(value)}"
    )


def _quoted(text: str) -> str:
    shown = "".join(_ESCAPES.get(char) or (char if " " <= char <= "~" else _octal(char)) for char in text)
    return f'"{shown}"'


def _octal(char: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogatepass"))
