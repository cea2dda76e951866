"""What marks make up; which column of marks counts as what, the template's tab of marks says."""

from __future__ import annotations

ALL_MARKS = "discipline"
"""The measure that stands on all marks."""
