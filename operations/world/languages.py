"""In which language what is said."""

from __future__ import annotations

from sheets_sync.errors import RefusedError
from templates.loading import languages

WORKING_LANGUAGE = "ru"
"""What the consultant reads on the command line and in the flows, whatever language a client's files are in."""


def refuse_language(language: str) -> None:
    """Refuse a language that there are no texts in. Raises RefusedError."""
    if language not in languages():
        raise RefusedError(f"Языка «{language}» нет.", f"Есть языки: {', '.join(languages())}.")
