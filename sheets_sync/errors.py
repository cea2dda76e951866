"""What can go wrong outside, drawn at once: an error's class says what happens next.

TabloError                      which sentence, and what fills it; never a pay figure, never a token
├── RetryableError              Google was busy or silent: the same call may be tried again later
├── ClientUnavailableError      this client's file cannot be reached: skip this client, report, go on
├── IntegrityError              what was read back differs: stop this client, tell people
└── RefusedError                asked for something that cannot be: a person has to act differently

An error has no language: `operations.world.telling` puts it into words where somebody reads it, by the texts
`error.CODE.what` (what happened) and `error.CODE.fix` (what to do).
"""

from __future__ import annotations


class TabloError(Exception):
    """Something a person has to hear of. `params` are values that the sentences put in: texts, months, days.

    `files` are template and language of the client's files, where the sentences name their tabs.
    """

    def __init__(self, code: str, /, *, files: tuple[str, str] | None = None, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.files = files
        self.params = params

    def __str__(self) -> str:
        """Give code and params, for logs."""
        return f"{self.code} ({', '.join(f'{name}: {value}' for name, value in self.params.items())})"


class RetryableError(TabloError):
    """A passing fault of the outside world (quota, 5xx, time-out); `carried_out` None = unknown."""

    def __init__(
        self,
        code: str,
        /,
        *,
        carried_out: bool | None = False,
        retry_after_seconds: float | None = None,
        files: tuple[str, str] | None = None,
        **params: object,
    ) -> None:
        super().__init__(code, files=files, **params)
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
