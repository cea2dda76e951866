"""What the ledger refuses, and why: one sentence each, without any figure of anybody's pay.

LedgerError
├── LedgerUnavailableError   the database is busy or out of reach: try again
├── LedgerAddressError       no ledger can be opened at the address that was given: stop
├── SchemaError              the database belongs to a newer version, or is no ledger: stop
├── UnknownClientError, ClientExistsError
├── MonthStateError          a step that the life of a month does not know
├── FrozenConflict           something else is already recorded there; entries never change
├── LeaseHeld                somebody else is closing: come back after `until_at`
├── LeaseLost                somebody else took over: stop, write nothing more
├── SealError                the seal does not continue the chain, or cannot be read
├── RecordError              the record has no canonical form (a float, an unknown type)
└── SealKeyError             the signing key cannot be read, or others can read it
"""

from __future__ import annotations

from datetime import datetime


class LedgerError(Exception):
    """Anything that the ledger refuses; the text is one clear sentence."""


class LedgerUnavailableError(LedgerError):
    """The database is busy or cannot be reached; the same call may be tried again."""


class LedgerAddressError(LedgerError):
    """There is no ledger at the address, and none can be made there."""


class SchemaError(LedgerError):
    """The database was written by a newer version of the program, or is no ledger at all."""


class UnknownClientError(LedgerError):
    """No client of that name."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"there is no client «{slug}» in the ledger; `kpi client list` shows them")
        self.slug = slug


class ClientExistsError(LedgerError):
    """A client of that name exists already."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"there is already a client «{slug}»; choose another short name")
        self.slug = slug


class MonthStateError(LedgerError):
    """The month is not in a state that allows this (behaviour §7, «Life of a month»)."""


class FrozenConflict(LedgerError):  # noqa: N818 - named for what is found, not for a failure
    """Something different is recorded there already; it stays as it is."""


class LeaseHeld(LedgerError):  # noqa: N818 - named for what is found, not for a failure
    """Another holder has the lease until `until_at`."""

    def __init__(self, client: str, month: str, holder: str, until_at: datetime) -> None:
        super().__init__(
            f"{client} {month} is being closed by {holder}; its lease ends at {until_at:%Y-%m-%d %H:%M:%S} UTC"
        )
        self.holder = holder
        self.until_at = until_at


class LeaseLost(LedgerError):  # noqa: N818 - named for what is found, not for a failure
    """The lease was taken over or released; its former holder must not write any more."""


class SealError(LedgerError):
    """The seal does not continue the client's chain, lacks a part, or cannot be read."""


class RecordError(LedgerError):
    """A record that has no canonical form; the text names the place, never the value."""


class SealKeyError(LedgerError):
    """The key that signs seals cannot be read, or is open to others."""
