"""What becomes of each client where many are worked for one after the other: one failure stops no other."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from typing import ParamSpec, TypeVar

from kpi_rules.errors import TabloError
from ledger import LeaseHeld
from operations.world.new_files import disk_refusal
from operations.world.telling import told, working_texts

Given = ParamSpec("Given")
Made = TypeVar("Made")


class UnexpectedError(Exception):
    """A fault of the program in one client's step; the text names its class and place, never a value."""


def silenced(function: Callable[Given, Made]) -> Callable[Given, Made]:
    """Let a function's errors out without what stands behind them; of unknown ones only class and place."""

    @wraps(function)
    def quiet(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        try:
            return function(*args, **kwargs)
        except (TabloError, UnexpectedError) as error:
            raise error from None
        except Exception as error:  # noqa: BLE001  # its text may hold a cell's value
            if refused := disk_refusal(error):
                raise refused from None
            frame = traceback.extract_tb(error.__traceback__)[-1]
            place = "/".join(frame.filename.replace("\\", "/").split("/")[-2:])
            raise UnexpectedError(f"{type(error).__name__} ({place}:{frame.lineno})") from None

    return quiet


@dataclass(frozen=True)
class ClientOutcome:
    """What became of one client. `note` is a few words; `error` one sentence and `remedy`, where it failed."""

    slug: str
    note: str = ""
    error: str | None = None
    remedy: str = ""


def each_client(
    slugs: Iterable[str], work: Callable[[str], str], tell: Callable[[ClientOutcome], None]
) -> list[ClientOutcome]:
    """Do the work for every client; one that fails is told and does not stop the others.

    A month whose close is held by somebody else is no failure: it is being done.
    """
    outcomes = []
    for slug in slugs:
        outcome = outcome_of(slug, partial(work, slug))
        tell(outcome)
        outcomes.append(outcome)
    return outcomes


def outcome_of(slug: str, work: Callable[[], str]) -> ClientOutcome:
    """Do the work for one client and say what became of it."""
    try:
        return ClientOutcome(slug, work())
    except LeaseHeld as held:
        return ClientOutcome(slug, working_texts()("flow.being_closed", holder=held.holder))
    except TabloError as error:
        said = told(error)
        return ClientOutcome(slug, error=said.what, remedy=said.remedy)
    except UnexpectedError as error:
        return ClientOutcome(slug, error=str(error))


def together(slug: str, outcomes: Sequence[ClientOutcome]) -> ClientOutcome:
    """Put what became of one client in several parts into one: what failed, else what was done."""
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    notes = "; ".join(outcome.note for outcome in outcomes if outcome.note)
    if not failed:
        return ClientOutcome(slug, notes)
    errors = " ".join(outcome.error or "" for outcome in failed)
    remedies = dict.fromkeys(outcome.remedy for outcome in failed if outcome.remedy)
    return ClientOutcome(slug, notes, errors, " ".join(remedies))


def summary(outcomes: Sequence[ClientOutcome], counted: str = "clients") -> str:
    """Say in one line how a shard went: who failed and why, else who has something to tell.

    `counted` is a word of the texts, `flow.COUNTED`.
    """
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    parts = [f"{one.slug}: {one.error}" for one in failed] or [
        f"{o.slug}: {o.note}" for o in outcomes if o.note
    ]
    return "; ".join([count_line(outcomes, counted), *parts])


def count_line(outcomes: Sequence[ClientOutcome], counted: str = "clients") -> str:
    """Say how many there were, and how many failed."""
    failed = sum(outcome.error is not None for outcome in outcomes)
    words = working_texts()
    key = "flow.counted_failed" if failed else "flow.counted"
    return words(key, of=words(f"flow.{counted}"), count=len(outcomes), failed=failed)
