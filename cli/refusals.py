"""Commands that cannot be carried out as they were typed: the command line brings its own words."""

from __future__ import annotations

from kpi_rules.errors import RefusedError


def refused(what: str, fix: str = "") -> RefusedError:
    """Refuse a command: what is wrong with it, and what to do."""
    return RefusedError("of_command", what=what, fix=fix)
