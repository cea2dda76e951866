"""In which language what is said."""

from __future__ import annotations

from kpi_rules.errors import RefusedError
from kpi_rules.words.texts import Texts
from templates.loading import languages, texts

WORKING_LANGUAGE = "ru"
"""What the consultant reads on the command line and in the flows, whatever language a client's files are in."""


def working_texts() -> Texts:
    """Give the sentences of the command line and the flows."""
    return texts(WORKING_LANGUAGE)


def refuse_language(language: str) -> None:
    """Refuse a language that there are no texts in. Raises RefusedError."""
    if language not in languages():
        raise RefusedError("language_unknown", language=language, known=", ".join(languages()))
