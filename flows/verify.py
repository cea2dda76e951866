"""The nightly verification of everything that was sealed; the night ends with it."""

from __future__ import annotations

from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State

from flows.steps import in_shards, moment, report_round, run_step, services_of_run, shard_state
from operations.nights.status import is_good_night
from operations.nights.steps import ACCESS, VERIFICATION, ClientNight, do_part
from operations.world.services import Services


def verify_one(slug: str, services: Services) -> str:
    """Look at one client's files and verify the closed months, the one whatever became of the other.

    What differs fails it, told by its number alone: a finding may hold pay.
    """
    night, warn = ClientNight(slug, moment(None), services), get_run_logger().warning
    try:
        seen = do_part(ACCESS, night, run_step, warn)
    finally:
        verified = do_part(VERIFICATION, night, run_step, warn)
    return f"{seen}, {verified}"


@flow(name="verify-shard", persist_result=False, log_prints=False)
def verify_shard(slugs: list[str]) -> State[Any]:
    """Verify one shard of clients."""
    with services_of_run() as services:
        return shard_state(slugs, lambda slug: verify_one(slug, services))


@flow(name="verify", persist_result=False, log_prints=False)
def verify(slugs: list[str] | None = None) -> State[Any]:
    """Look at the clients' files, and compare archives, payroll tabs and live rows with what was sealed, at whatever moment.

    Args:
        slugs: the clients; none = all that are deployed.
    """
    state = in_shards(verify_shard, slugs)
    if slugs is None and state.is_completed():
        report_round(lambda ledger: is_good_night(ledger.clients(), ledger.night_notes(), moment(None)))
    return state
