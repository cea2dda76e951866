"""By which channel the letters go: the settings choose it here and nowhere else."""

from __future__ import annotations

from typing import Protocol

from operations.letters.drive import DriveChannel
from operations.letters.letter import Enclosure, Letter
from operations.letters.smtp import SmtpChannel
from operations.world.services import Services


class Channel(Protocol):
    """A way for letters to reach people."""

    @property
    def name(self) -> str:
        """Give the name under which the ledger remembers by which way a letter went. It never changes."""

    def send(self, letter: Letter, enclosure: Enclosure) -> None:
        """Hand a letter over, once: whoever returns has sent it.

        Raises:
            RetryableError: it did not leave (`carried_out` False), or nobody knows whether it did (None).
            TabloError: any other says that it did not leave.
        """

    def was_sent(self, to: str, enclosure: Enclosure) -> bool | None:
        """Tell later whether a letter left of which no answer is known; None where this channel cannot tell."""


def channel_of(services: Services) -> Channel:
    """Give the mail server of `KPI_SMTP_URL`; without one, the drive on which the files are."""
    if services.settings.smtp_url:
        return SmtpChannel(services.settings.smtp_url, services.sleep)
    return DriveChannel(services.creator.drive)
