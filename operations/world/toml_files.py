"""A TOML file that a person wrote: read, or refused with what keeps it from being read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from kpi_rules.errors import RefusedError
from kpi_rules.words.said import Said, said

_AT = re.compile(r"line (\d+), column (\d+)")


def read_toml(path: Path, refusal: str) -> dict[str, Any]:
    """Read a file. Raises RefusedError: it is not there, cannot be read, or (by the code `refusal`) is no TOML."""
    if not path.is_file():
        raise RefusedError("file_missing", file=path.name)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RefusedError(refusal, file=path.name, where=_place(error)) from error
    except OSError as error:
        raise RefusedError("file_unreadable", file=path.name) from error


def _place(error: ValueError) -> Said:
    """Say where the reading stopped; the library's own words are in one language alone."""
    if isinstance(error, UnicodeDecodeError):
        return said("toml.not_utf8")
    at = _AT.search(str(error))
    return said("toml.at", line=int(at[1]), column=int(at[2])) if at else said("toml.at_end")
