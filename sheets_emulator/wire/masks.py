"""Field masks: `a,b`, `a(b,c)`, `a/b`, `a.b`, `*`, nested at will; for answers and for updates.

A mask is a tree: field → mask below it; an empty tree means the whole field. `*` stands for every field.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sheets_emulator.wire.schema import Messages

Mask = dict[str, "Mask"]
_TOKEN = re.compile(r"\s*([A-Za-z_@$][\w@$-]*|[*(),./])")
_DEEPEST = 40


class MaskError(ValueError):
    """The mask cannot be read, or names a field that is not there; the message is the path."""


def parse_mask(text: str) -> Mask:
    """The tree of a mask.

    Raises:
        MaskError: malformed.
    """
    tokens: list[str] = []
    position = 0
    text = text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise MaskError(text)
        tokens.append(match[1])
        position = match.end()
    mask: Mask = {}
    end = _read_list(tokens, 0, [mask], 0, text)
    if end != len(tokens) or not mask:
        raise MaskError(text)
    return mask


def _read_list(tokens: list[str], at: int, into: list[Mask], depth: int, text: str) -> int:
    """Read `path, path, …` into the given trees; the place where it ends."""
    if depth > _DEEPEST:
        raise MaskError(text)
    while True:
        at = _read_path(tokens, at, into, depth, text)
        if at < len(tokens) and tokens[at] == ",":
            at += 1
            continue
        return at


def _read_path(tokens: list[str], at: int, into: list[Mask], depth: int, text: str) -> int:
    here = into
    while True:
        if at >= len(tokens) or tokens[at] in "(),./":
            raise MaskError(text)
        name = tokens[at]
        last = not (at + 1 < len(tokens) and tokens[at + 1] in "./(")
        below = [_enter(mask, name, whole=last) for mask in here]
        at += 1
        if last:
            return at
        here = [mask for mask in below if mask is not None]
        if tokens[at] == "(":
            at = _read_list(tokens, at + 1, here, depth + 1, text)
            if at >= len(tokens) or tokens[at] != ")":
                raise MaskError(text)
            return at + 1
        at += 1


def _enter(mask: Mask, name: str, *, whole: bool) -> Mask | None:
    """The tree below a name; None when the whole field is asked for already."""
    if whole:
        mask[name] = {}
        return None
    if name in mask and not mask[name]:
        return None
    return mask.setdefault(name, {})


def check_mask(mask: Mask, message: str, messages: Messages) -> None:
    """Make sure that every path of the mask exists in a message.

    Raises:
        MaskError: with the first path that does not.
    """
    _check(mask, message, messages, "")


def _check(mask: Mask, kind: str, messages: Messages, path: str) -> None:
    kind = kind.strip("[]")
    if kind.startswith("{"):
        for name, below in mask.items():
            _check(below, kind[1:-1], messages, f"{path}{name}.")
        return
    for name, below in mask.items():
        fields = messages.get(kind, {})
        if name == "*":
            for inner in fields.values() if below else ():
                _check(below, inner, messages, f"{path}*.")
        elif name not in fields:
            raise MaskError(path + name)
        elif below:
            _check(below, fields[name], messages, f"{path}{name}.")


def project(value: Any, mask: Mask) -> Any:
    """What a mask leaves of a JSON value; an object stays, even empty, where the value has one."""
    if not mask:
        return value
    if isinstance(value, list):
        return [project(item, mask) for item in value]
    if not isinstance(value, dict):
        return value
    every = mask.get("*")
    if every is not None and not every:
        return value
    kept = {}
    for name, item in value.items():
        below = mask.get(name, every)
        if below is not None:
            kept[name] = project(item, below)
    return kept


def wants(mask: Mask | None, *path: str) -> bool:
    """Whether an answer under this mask shows anything of a path; no mask shows all."""
    here = mask
    for name in path:
        if not here:
            return True
        if name in here:
            here = here[name]
        elif "*" in here:
            here = here["*"]
        else:
            return False
    return True


def update(target: dict[str, Any], source: dict[str, Any], mask: Mask) -> None:
    """Set the fields of a mask from `source` in `target`; those that `source` lacks are cleared."""
    if "*" in mask:
        target.clear()
        target.update(copy.deepcopy(source))
        return
    for name, below in mask.items():
        if not below or isinstance(source.get(name), list):  # a list is replaced whole
            if name in source:
                target[name] = copy.deepcopy(source[name])
            else:
                target.pop(name, None)
            continue
        inner = target.get(name)
        inner = copy.copy(inner) if isinstance(inner, dict) else {}
        given = source.get(name)
        update(inner, given if isinstance(given, dict) else {}, below)
        if inner:
            target[name] = inner
        else:
            target.pop(name, None)
