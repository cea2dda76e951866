"""Which clients go together into one flow run, and what became of each: plain values, nothing of Prefect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kpi_rules.errors import TabloError
from ledger import LeaseHeld
from operations.world.telling import told, working_texts

CLIENTS_A_SHARD_MAX = 25
"""A flow run costs about five seconds of processor, a client's tasks a few hundredths."""


def shards(slugs: Sequence[str], size_max: int = CLIENTS_A_SHARD_MAX) -> list[list[str]]:
    """Split clients into the fewest shards of at most `size_max`, in their order, as even as can be.

    A client named twice is taken once. With more than 25 clients no shard has fewer than 13.
    """
    names = list(dict.fromkeys(slugs))
    count = -(-len(names) // size_max)
    sizes = [len(names) // count + (number < len(names) % count) for number in range(count)]
    ends = [sum(sizes[: number + 1]) for number in range(count)]
    return [names[end - size : end] for size, end in zip(sizes, ends, strict=True)]


class UnexpectedError(Exception):
    """A fault of the program in one client's step; the text names its class and place, never a value."""


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
        outcome = _outcome(slug, work)
        tell(outcome)
        outcomes.append(outcome)
    return outcomes


def _outcome(slug: str, work: Callable[[str], str]) -> ClientOutcome:
    try:
        return ClientOutcome(slug, work(slug))
    except LeaseHeld as held:
        return ClientOutcome(slug, working_texts()("flow.being_closed", holder=held.holder))
    except TabloError as error:
        said = told(error)
        return ClientOutcome(slug, error=said.what, remedy=said.remedy)
    except UnexpectedError as error:
        return ClientOutcome(slug, error=str(error))


def summary(outcomes: Sequence[ClientOutcome], counted: str = "clients") -> str:
    """Say in one line how a shard went: who failed and why, else who has something to tell.

    `counted` is a word of the texts, `flow.COUNTED`.
    """
    failed = [outcome for outcome in outcomes if outcome.error is not None]
    words = working_texts()
    key = "flow.counted_failed" if failed else "flow.counted"
    head = words(key, of=words(f"flow.{counted}"), count=len(outcomes), failed=len(failed))
    parts = [f"{one.slug}: {one.error}" for one in failed] or [
        f"{o.slug}: {o.note}" for o in outcomes if o.note
    ]
    return "; ".join([head, *parts])
