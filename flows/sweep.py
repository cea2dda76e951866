"""The sweeper: finishes closes that were cut off, starts crashed nightly runs once more, drops what is replaced.

The ledger's steps are the truth about a close, not Prefect's states. A crashed run is never put back on the
schedule (that can kill a worker): a new one is started, at most one for each, known by its idempotency key.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from prefect import flow, get_client, get_run_logger
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas import filters
from prefect.client.schemas.objects import State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Cancelled, Completed, Failed

from flows.steps import moment, run_step, services_of_run, shard_state
from ledger import UnfinishedClose
from operations.letters.sending import send_due_letters
from operations.months.closing import close_month
from operations.world.services import Services
from operations.world.telling import working_texts

STARTED_AGAIN = ("month", "verify")
"""The flows whose next scheduled run is a night away."""
LOOK_BACK = timedelta(hours=24)
SWEEPER = "sweep"
"""Who closes, where the snapshot does not say it already."""
_KEY = "again-"
_PAGE = 200  # the most that Prefect gives at once


@flow(name="sweep", persist_result=False, log_prints=False)
def sweep(as_of: datetime | None = None) -> State[Any]:
    """Finish what was cut off.

    Args:
        as_of: the moment to close at, ISO; none = now.
    """
    with services_of_run() as services:
        cut_off = services.ledger.unfinished_closes(services.clock())
        by_name = {f"{close.client} {close.month}": close for close in cut_off}
        closes = shard_state(list(by_name), lambda name: finish_one(by_name[name], as_of, services), "closes")
    words = working_texts()
    with get_client(sync_client=True) as client:
        again = start_again(client, since_at=datetime.now(UTC) - LOOK_BACK)
        dropped = drop_replaced(client, datetime.now(UTC))
    for name in again:
        get_run_logger().warning(words("flow.started_again", run=name))
    said = words("flow.swept", closes=closes.message, again=len(again), dropped=dropped)
    return Completed(message=said) if closes.is_completed() else Failed(message=said)


def finish_one(cut_off: UnfinishedClose, as_of: datetime | None, services: Services) -> str:
    """Finish one close from its snapshot; the lease keeps off closes that are being done."""
    slug, month = cut_off.client, cut_off.month
    run_step(
        "close", f"{slug} {month}", lambda: close_month(slug, month, moment(as_of), services, by=SWEEPER)
    )
    run_step("letters", f"{slug} {month}", lambda: send_due_letters(slug, services))
    return working_texts()("flow.finished")


def start_again(client: SyncPrefectClient, since_at: datetime) -> list[str]:
    """Start a new run for each crashed one since a moment, and name the crashed ones; twice starts no second.

    A run that was started so and crashes again is left to people.
    """
    crashed = client.read_flow_runs(
        flow_filter=filters.FlowFilter(name=filters.FlowFilterName(any_=list(STARTED_AGAIN))),
        flow_run_filter=filters.FlowRunFilter(
            state=filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=[StateType.CRASHED])),
            expected_start_time=filters.FlowRunFilterExpectedStartTime(after_=since_at),
        ),
    )
    keys = {f"{_KEY}{run.id}": run for run in crashed if not (run.idempotency_key or "").startswith(_KEY)}
    known = filters.FlowRunFilterIdempotencyKey(any_=list(keys))
    there = (
        client.read_flow_runs(flow_run_filter=filters.FlowRunFilter(idempotency_key=known)) if keys else []
    )
    started = []
    for key in keys.keys() - {run.idempotency_key for run in there}:
        run = keys[key]
        if run.deployment_id is not None:
            client.create_flow_run_from_deployment(
                run.deployment_id, parameters=run.parameters, idempotency_key=key
            )
            started.append(run.name)
    return sorted(started)


def drop_replaced(client: SyncPrefectClient, now: datetime) -> int:
    """Cancel scheduled runs that nobody has begun and that a newer due run of the same deployment replaces.

    A day without a worker leaves forty syncs and three hundred sweeps waiting; the newest of each does all.
    Runs that a person has asked for stay. Gives the number of cancelled runs.
    """
    due = filters.FlowRunFilter(
        state=filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
        expected_start_time=filters.FlowRunFilterExpectedStartTime(before_=now),
    )
    dropped = 0
    while True:
        runs = client.read_flow_runs(flow_run_filter=due, sort=FlowRunSort.EXPECTED_START_TIME_DESC)
        newest = {run.deployment_id: run.id for run in reversed(runs) if run.auto_scheduled}
        replaced = [run for run in runs if run.auto_scheduled and run.id not in newest.values()]
        for run in replaced:
            client.set_flow_run_state(run.id, Cancelled(message=working_texts()("flow.replaced")))
        dropped += len(replaced)
        if not replaced or len(runs) < _PAGE:
            return dropped
