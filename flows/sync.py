"""The sync of clients: read, decide, write, a task each; a flow run per shard."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.steps import (
    in_shards,
    is_passing_and_not_done,
    moment,
    report_round,
    run_step,
    services_of_run,
    shard_state,
)
from kpi_rules.errors import TabloError
from operations.syncing.sync import apply_decision, decide_client, gather, note_failure
from operations.world.services import Services
from operations.world.telling import working_texts


def sync_one(slug: str, as_of: datetime | None, services: Services) -> str:
    """Sync one client in three tasks and say what was written; a failure is noted in the ledger too.

    A write that may have been carried out is not repeated: the next sync looks what is there.
    """
    now = moment(as_of)
    try:
        gathered = run_step("read", slug, lambda: gather(slug, now, services))
        decision = run_step("decide", slug, lambda: decide_client(gathered, now))
        done = run_step(
            "write", slug, lambda: apply_decision(decision, now, services), is_passing_and_not_done
        )
    except TabloError as error:
        note_failure(slug, error, now, services)
        raise
    words = working_texts()
    told = [words("flow.written", count=done.requests) if done.requests else words("flow.unchanged")]
    told += [words("flow.problems", count=len(done.problems))] if done.problems else []
    return ", ".join(told)


@flow(name="sync-shard", persist_result=False, log_prints=False)
def sync_shard(slugs: list[str], as_of: datetime | None = None) -> State[Any]:
    """Sync the clients of one shard."""
    with services_of_run() as services:
        return shard_state(slugs, lambda slug: sync_one(slug, as_of, services))


@flow(name="sync", persist_result=False, log_prints=False)
def sync(slugs: list[str] | None = None, as_of: datetime | None = None) -> State[Any]:
    """Read the clients' workbooks and bring their output tabs up to date.

    Args:
        slugs: the clients; none = all that are deployed.
        as_of: the moment to work at, ISO; none = now.
    """
    state = in_shards(sync_shard, slugs, as_of=as_of)
    if slugs is None and state.is_completed():
        report_round()
    return state
