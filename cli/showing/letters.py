"""What became of the letters to owner and accountant, as lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from operations.letters.sending import LetterNote
    from operations.world.services import Services

READERS = {"owner": "собственнику", "accountant": "бухгалтеру"}
STATES = {
    "sent": "отправлено",
    "unknown": "[yellow]отправлено ли, неизвестно[/]; ещё раз — «kpi seal send»",
    "failed": "[yellow]не ушло[/], повторится ночью",
}


def told_letters(slug: str, services: Services) -> list[str]:
    """Send what is due after a close; whatever becomes of the letters, the month is closed."""
    from kpi_rules.errors import TabloError
    from operations.letters.sending import send_due_letters
    from operations.world.telling import told

    try:
        return list(letter_lines(send_due_letters(slug, services)))
    except TabloError as error:
        return [f"[yellow]![/] Письма о печати не ушли: {told(error).what} Они повторятся ночью."]


def letter_lines(notes: Iterable[LetterNote]) -> Iterable[str]:
    """Say of each letter to whom it went, and what became of it."""
    from rich.markup import escape

    for note in notes:
        remark = f" {escape(note.remark)}" if note.remark else ""
        yield f"Письмо {READERS[note.who]} ({note.email}): {STATES[note.state]}.{remark}"
