"""Errors as people are told of them: one clear sentence and what to do, whichever room they come from."""

from __future__ import annotations

from dataclasses import dataclass

from kpi_rules.errors import RetryableError, TabloError
from operations.world.languages import WORKING_LANGUAGE
from templates.loading import texts


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
