"""What can go wrong outside, drawn at once: an error's class says what happens next.

TabloError                      one clear sentence and what to do; never a pay figure, never a token
├── RetryableError              Google was busy or silent: the same call may be tried again later
├── ClientUnavailableError      this client's file cannot be reached: skip this client, report, go on
├── IntegrityError              what was read back differs: stop this client, tell people
└── RefusedError                asked for something that cannot be: a person has to act differently
"""

from __future__ import annotations


class TabloError(Exception):
    """Something a person has to hear of: `what` happened and `remedy`, what to do."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


class RetryableError(TabloError):
    """A passing fault of the outside world (quota, 5xx, time-out); `carried_out` None = unknown."""

    def __init__(
        self,
        what: str,
        remedy: str = "Подождите минуту и повторите: всё, что уже сделано, найдётся.",
        *,
        carried_out: bool | None = False,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(what, remedy)
        self.carried_out = carried_out
        self.retry_after_seconds = retry_after_seconds


class ClientUnavailableError(TabloError):
    """A client's file is gone, or access to it was withdrawn."""


class MissingRangeError(ClientUnavailableError):
    """The file no longer has a tab that was asked for."""


class IntegrityError(TabloError):
    """A sealed or just written thing is not what it must be."""


class RefusedError(TabloError):
    """The wish cannot be carried out as it stands."""
