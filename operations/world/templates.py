"""A template that is not there or cannot be used, in words."""

from __future__ import annotations

from kpi_rules.errors import RefusedError
from operations.world.languages import WORKING_LANGUAGE
from templates.checking import TemplateError
from templates.loading import names, texts


def refuse_template(template: str) -> None:
    """Refuse a template that there is not. Raises RefusedError."""
    if template not in names():
        raise RefusedError("template_unknown", template=template, known=", ".join(names()))


def refused_template(error: Exception) -> tuple[str, str] | None:
    """Say what is wrong with a template and what to do, in the command line's language; None: something else is."""
    if not isinstance(error, TemplateError):
        return None
    words = texts(WORKING_LANGUAGE)
    what = words(f"template_refused.{error.code}", **error.params)
    title = words("template_refused.title", template=error.template, what=what)
    return title, words("template_refused.fix", template=error.template)
