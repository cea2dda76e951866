"""The nightly checks of months: what is due is opened, goes into review, is closed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State

from flows.steps import in_shards, moment, run_step, services_of_run, shard_state
from operations.letters.sending import SENT, LetterNote, send_due_letters, send_overdue_letters
from operations.months.closing import close_due
from operations.months.opening import open_due
from operations.world.services import Services
from operations.world.telling import working_texts


def month_one(slug: str, as_of: datetime | None, services: Services) -> str:
    """Open and close what is due for one client, and say what was done; an overdue month is a warning."""
    now = moment(as_of)
    opened = run_step("open", slug, lambda: open_due(slug, now, services))
    check = run_step("close", slug, lambda: close_due(slug, now, services))
    _warn_of_letters(slug, run_step("letters", slug, lambda: send_due_letters(slug, services)))
    words = working_texts()
    if check.overdue:
        get_run_logger().warning(words("flow.overdue_warning", client=slug, months=check.overdue))
        late = run_step(
            "overdue_letters", slug, lambda: send_overdue_letters(slug, check.hindered, now, services)
        )
        _warn_of_letters(slug, late)
    parts = {
        "opened": opened,
        "closed": tuple(closed.month for closed in check.closed),
        "overdue": check.overdue,
    }
    done = ", ".join(words(f"flow.{key}", month=month) for key, months in parts.items() for month in months)
    return done or words("flow.nothing_due")


def _warn_of_letters(slug: str, notes: Iterable[LetterNote]) -> None:
    """Tell the log of letters that did not go; whose they are by role, for addresses are no business of logs."""
    words = working_texts()
    for note in notes:
        if note.state != SENT:
            who, state = words(f"flow.to_{note.who}"), words(f"flow.letter_{note.state}")
            said = words("flow.letter_warning", client=slug, month=note.month, who=who, state=state)
            get_run_logger().warning(said)


@flow(name="month-shard", persist_result=False, log_prints=False)
def month_shard(slugs: list[str], as_of: datetime | None = None) -> State[Any]:
    """Check the months of one shard of clients."""
    with services_of_run() as services:
        return shard_state(slugs, lambda slug: month_one(slug, as_of, services))


@flow(name="month", persist_result=False, log_prints=False)
def month(slugs: list[str] | None = None, as_of: datetime | None = None) -> State[Any]:
    """Open, review and close the clients' months where it is time.

    Args:
        slugs: the clients; none = all that are deployed.
        as_of: the moment to work at, ISO; none = now.
    """
    return in_shards(month_shard, slugs, as_of=as_of)
