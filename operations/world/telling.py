"""Errors as people are told of them: one clear sentence and what to do, whichever room they come from."""

from __future__ import annotations

from dataclasses import dataclass

from kpi_rules.records.forms import NewerFormError
from ledger import (
    ClientExistsError,
    FrozenConflict,
    LeaseHeld,
    LeaseLost,
    LedgerAddressError,
    LedgerError,
    LedgerUnavailableError,
    MonthStateError,
    RecordError,
    SchemaError,
    SealError,
    SealKeyError,
    UnknownClientError,
)
from operations.world.languages import WORKING_LANGUAGE
from sheets_sync.errors import RetryableError, TabloError
from templates.loading import texts


@dataclass(frozen=True)
class Told:
    """What happened and what to do about it."""

    what: str
    remedy: str


def told(error: TabloError | LedgerError | NewerFormError, language: str = WORKING_LANGUAGE) -> Told:
    """Put a known error into words for people, in the command line's language where no other is given."""
    if isinstance(error, TabloError):
        code, params = error.code, error.params
        words = texts(language, *(error.files or ()))
    else:
        code, params, words = _code(error), _params(error), texts(language)
    fix = f"error.{code}.fix"
    if fix not in words:
        fix = "error.passing.fix" if isinstance(error, RetryableError) else ""
    return Told(words(f"error.{code}.what", **params), words(fix, **params) if fix else "")


def _code(error: LedgerError | NewerFormError) -> str:
    return next((code for kind, code in _CODES.items() if isinstance(error, kind)), "ledger_refused")


def _params(error: LedgerError | NewerFormError) -> dict[str, object]:
    if isinstance(error, (UnknownClientError, ClientExistsError)):
        return {"client": error.slug}
    if isinstance(error, LeaseHeld):
        holder = error.holder.split(" ")[0].split("/")[0]
        return {"holder": holder, "until": f"{error.until_at.astimezone():%H:%M}"}
    return {}


_CODES: dict[type[LedgerError | NewerFormError], str] = {
    NewerFormError: "newer_record",
    UnknownClientError: "client_unknown",
    ClientExistsError: "client_exists",
    LeaseHeld: "close_held",
    LeaseLost: "close_taken_over",
    LedgerAddressError: "ledger_unopened",
    LedgerUnavailableError: "ledger_unavailable",
    SchemaError: "ledger_of_other_version",
    SealKeyError: "seal_key_unusable",
    MonthStateError: "month_state_refused",
    FrozenConflict: "frozen_conflict",
    SealError: "seal_refused",
    RecordError: "record_refused",
}
