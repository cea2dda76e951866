"""The marks of «Дисциплина», and which of them make up each measure."""

from __future__ import annotations

MARKS = ("filled", "statuses", "comments", "script", "attendance", "reporting", "meetings")
"""The seven marks of «Дисциплина», in the order of its columns; the first three make up `crm`."""

CRM_MARKS = MARKS[:3]
ALL_MARKS = "discipline"
"""The measure that stands on all marks."""
MARKS_OF = {
    ALL_MARKS: MARKS,
    "crm": CRM_MARKS,
    **{mark: (mark,) for mark in MARKS[3:]},
}
"""Which marks make up each measure of discipline."""
