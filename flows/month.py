"""The nightly checks of months: what is due is opened, goes into review, is closed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.steps import in_shards, moment, run_step, services_of_run, shard_state
from operations.nights.night import fleet_steps
from operations.nights.outcomes import summary
from operations.nights.steps import FLEET, MONTH, ClientNight, do_part
from operations.world.services import Services


def month_one(slug: str, as_of: datetime | None, services: Services) -> str:
    """Open and close what is due for one client, and say what was done; an overdue month is a warning."""
    night = ClientNight(slug, moment(as_of), services)
    return do_part(MONTH, night, run_step, get_run_logger().warning)


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
    state = in_shards(month_shard, slugs, as_of=as_of)
    if slugs is not None or not FLEET:
        return state
    with services_of_run() as services:
        done = fleet_steps(moment(as_of), services)
    if not done:
        return state
    said = f"{state.message} | {summary(done, 'fleet_steps')}"
    good = state.is_completed() and all(outcome.error is None for outcome in done)
    return Completed(message=said) if good else Failed(message=said)
