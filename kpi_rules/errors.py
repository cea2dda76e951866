"""What can go wrong outside, drawn at once for spreadsheets, ledger and files: an error's class says what happens next.

TabloError                      which sentence, and what fills it; never a pay figure, never a token
├── RetryableError              what is outside was busy or silent: the same call may be tried again later
│   └── LedgerUnavailableError  the ledger's database is busy or out of reach
├── ClientUnavailableError      this client's file cannot be reached: skip this client, report, go on
│   └── MissingRangeError       the file has a tab no longer
├── LeaseError                  somebody else is at work on it: leave it to them
│   ├── LeaseHeld               come back after `until_at`
│   ├── LeaseLost               taken over: write nothing more
│   └── NightHeld               another night of this ledger is at work: leave the clients to it
├── IntegrityError              what stands there is not what it must be: stop this client, tell people
│   ├── FrozenConflict          something else is recorded there already; entries never change
│   ├── SealError               a seal does not continue the chain, or cannot be read
│   └── RecordError             a record has no canonical form (a float, an unknown type)
└── RefusedError                asked for something that cannot be: a person has to act differently
    ├── NewerFormError          a newer program wrote it: update this one
    └── LedgerError             the ledger does not take it as it stands
        ├── LedgerAddressError, SchemaError, SealKeyError, NoSealKeyError
        ├── UnknownClientError, ClientExistsError
        └── MonthStateError     a step that the life of a month does not know

What a person can mend in the data is no error but a `Problem` (`kpi_rules.problems`). An error has no language:
`operations.world.telling` puts it into words where somebody reads it, by the texts `error.CODE.what` (what happened)
and `error.CODE.fix` (what to do).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime


class TabloError(Exception):
    """Something a person has to hear of. `params` are values that the sentences put in: texts, months, days.

    `files` are template and language of the client's files, where the sentences name their tabs. `detail` is a
    sentence for logs and developers, in English, as careful with figures as all the rest.
    """

    def __init__(
        self, code: str, /, *, detail: str = "", files: tuple[str, str] | None = None, **params: object
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.files = files
        self.params: Mapping[str, object] = params

    def __str__(self) -> str:
        """Give the detail, else code and params, for logs."""
        told = f"{self.code} ({', '.join(f'{name}: {value}' for name, value in self.params.items())})"
        return self.detail or told


class RetryableError(TabloError):
    """A passing fault of the outside world (quota, 5xx, time-out); `carried_out` None = unknown."""

    def __init__(
        self,
        code: str,
        /,
        *,
        carried_out: bool | None = False,
        retry_after_seconds: float | None = None,
        detail: str = "",
        files: tuple[str, str] | None = None,
        **params: object,
    ) -> None:
        super().__init__(code, detail=detail, files=files, **params)
        self.carried_out = carried_out
        self.retry_after_seconds = retry_after_seconds


class ClientUnavailableError(TabloError):
    """A client's file is gone, or access to it was withdrawn."""


class MissingRangeError(ClientUnavailableError):
    """The file no longer has a tab that was asked for."""


class LeaseError(TabloError):
    """Somebody else is at work on what was asked for."""


class IntegrityError(TabloError):
    """A sealed, recorded or just written thing is not what it must be."""


class RefusedError(TabloError):
    """The wish cannot be carried out as it stands."""


class NewerFormError(RefusedError):
    """A record that a newer program wrote: nothing is wrong with it, and this program can not read it.

    `kind` is what the record is, `unknown` the form (or the name in it) that is not known here.
    """

    def __init__(self, kind: str, unknown: str) -> None:
        """Take what the record is and what of it is not known here; neither is a figure."""
        detail = f"{kind}: {unknown} is not known here; a newer program wrote it, update this one"
        super().__init__("newer_record", detail=detail)
        self.kind, self.unknown = kind, unknown


class LedgerUnavailableError(RetryableError):
    """The ledger's database is busy or cannot be reached; the same call may be tried again."""

    def __init__(self, detail: str) -> None:
        super().__init__("ledger_unavailable", detail=detail)


class LedgerError(RefusedError):
    """Anything that the ledger does not take; `detail` is one clear sentence."""

    def __init__(self, detail: str, code: str = "ledger_refused") -> None:
        super().__init__(code, detail=detail)


class LedgerAddressError(LedgerError):
    """There is no ledger at the address, and none can be made there."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, "ledger_unopened")


class SchemaError(LedgerError):
    """The database was written by a newer version of the program, or is no ledger at all."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, "ledger_of_other_version")


class SealKeyError(LedgerError):
    """The key that signs seals cannot be read, is open to others, or cannot be exchanged as it stands."""

    def __init__(self, detail: str, code: str = "seal_key_unusable") -> None:
        super().__init__(detail, code)


class NoSealKeyError(SealKeyError):
    """Seals exist, and the key that signs them is not here: nothing is signed by another one."""

    def __init__(self, public_key: str, *, other: bool) -> None:
        """Take the public key that signs by the ledger; `other` = a key is here, and it is not that one."""
        code = "seal_key_other" if other else "seal_key_missing"
        super().__init__(f"the seals' key {public_key[:16]} is not here", code)
        self.params = {"key": public_key[:16]}


class UnknownClientError(LedgerError):
    """No client of that name."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"there is no client «{slug}» in the ledger", "client_unknown")
        self.slug, self.params = slug, {"client": slug}


class ClientExistsError(LedgerError):
    """A client of that name exists already."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"there is already a client «{slug}»", "client_exists")
        self.slug, self.params = slug, {"client": slug}


class MonthStateError(LedgerError):
    """The month is not in a state that allows this (behaviour §7, «Life of a month»)."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, "month_state_refused")


class FrozenConflict(IntegrityError):  # noqa: N818 - named for what is there, not for a failure
    """Something different is recorded there already; it stays as it is."""

    def __init__(self, detail: str) -> None:
        super().__init__("frozen_conflict", detail=detail)


class SealError(IntegrityError):
    """The seal does not continue the client's chain, lacks a part, or cannot be read."""

    def __init__(self, detail: str) -> None:
        super().__init__("seal_refused", detail=detail)


class RecordError(IntegrityError):
    """A record that has no canonical form; `detail` names the place, never the value."""

    def __init__(self, detail: str) -> None:
        super().__init__("record_refused", detail=detail)


class LeaseHeld(LeaseError):  # noqa: N818 - named for what is there, not for a failure
    """Another holder has the lease until `until_at`."""

    def __init__(self, client: str, month: str, holder: str, until_at: datetime) -> None:
        super().__init__(
            "close_held",
            detail=f"{client} {month} is being closed by {holder}; its lease ends at {until_at:%Y-%m-%d %H:%M:%S} UTC",
            holder=holder.split(" ", maxsplit=1)[0].split("/", maxsplit=1)[0],
            until=f"{until_at.astimezone():%H:%M}",
        )
        self.holder = holder
        self.until_at = until_at


class LeaseLost(LeaseError):  # noqa: N818 - named for what is there, not for a failure
    """The lease was taken over or released; its former holder must not write any more."""

    def __init__(self, detail: str) -> None:
        super().__init__("close_taken_over", detail=detail)


class NightHeld(LeaseError):  # noqa: N818 - named for what is there, not for a failure
    """Another night of this ledger is at work on the clients."""

    def __init__(self) -> None:
        super().__init__("night_held", detail="another night of this ledger is at work")
