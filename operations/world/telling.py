"""What people are told in words: in which language, errors with what to do, a language or template that there is not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kpi_rules.errors import RefusedError, RetryableError, TabloError
from kpi_rules.words.texts import Texts
from templates.checking import TemplateError
from templates.loading import languages, names, options_of, texts

WORKING_LANGUAGE = "ru"
"""What the consultant reads on the command line and in the flows, whatever language a client's files are in."""


def working_texts() -> Texts:
    """Give the sentences of the command line and the flows."""
    return texts(WORKING_LANGUAGE)


def refuse_language(language: str) -> None:
    """Refuse a language that there are no texts in. Raises RefusedError."""
    if language not in languages():
        raise RefusedError("language_unknown", language=language, known=", ".join(languages()))


@dataclass(frozen=True)
class Told:
    """What happened and what to do about it."""

    what: str
    remedy: str


def told(error: TabloError, language: str = WORKING_LANGUAGE) -> Told:
    """Put a known error into words for people, in the command line's language where no other is given."""
    words = texts(language, *(error.files or ()))
    fix = f"error.{error.code}.fix"
    if fix not in words:
        fix = "error.passing.fix" if isinstance(error, RetryableError) else ""
    what = words(f"error.{error.code}.what", **error.params)
    return Told(what, words(fix, **error.params) if fix else "")


def refuse_template(template: str) -> None:
    """Refuse a template that there is not. Raises RefusedError."""
    if template not in names():
        raise RefusedError("template_unknown", template=template, known=", ".join(names()))


def refuse_options(template: str, options: Iterable[str]) -> None:
    """Refuse an option that a template does not have. Raises RefusedError."""
    known = options_of(template)
    for option in options:
        if option not in known:
            raise RefusedError(
                "option_unknown", option=option, template=template, known=", ".join(known) or "—"
            )


def refused_template(error: Exception) -> tuple[str, str] | None:
    """Say what is wrong with a template and what to do, in the command line's language; None: something else is."""
    if not isinstance(error, TemplateError):
        return None
    words = texts(WORKING_LANGUAGE)
    what = words(f"template_refused.{error.code}", **error.params)
    title = words("template_refused.title", template=error.template, what=what)
    return title, words("template_refused.fix", template=error.template)
