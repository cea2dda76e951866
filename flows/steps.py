"""What all flows share: a task around one step, the services of a run, the state in which a run ends.

Prefect keeps parameters, states and logs, and everybody who sees its server reads them. So tasks have no
parameters, results are never persisted, and an error leaves a step without the chain of library errors
behind it, which may quote what was sent.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from prefect import Flow, Task, get_run_logger
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
from prefect.concurrency.sync import rate_limit
from prefect.states import Completed, Failed

from flows.shards import shards
from kpi_rules.errors import RefusedError, RetryableError
from ledger import Ledger, open_ledger
from operations.nights.outcomes import ClientOutcome, each_client, silenced, summary
from operations.world.heartbeat import report_life
from operations.world.services import Services, open_services
from operations.world.settings import RunSettings, read_settings
from operations.world.telling import working_texts

LOCAL_ZONE = ZoneInfo("Asia/Almaty")
LIMIT_VARIABLE = "KPI_RATE_LIMIT"
RETRY_SECONDS = 20
_LIMIT_WAIT_SECONDS_MAX = 600.0

Made = TypeVar("Made")


def run_step(
    kind: str, slug: str, work: Callable[[], Made], again: Callable[[BaseException], bool] | None = None
) -> Made:
    """Do one outside step of one client as a Prefect task, and give what it made.

    `kind` is a word of the texts, `flow.step_KIND`. The task has no parameters: what it works on is the business of `work` alone. It is done once more after
    20 s if the fault was a passing one (the gateway has tried six times before), or as `again` tells.
    """
    repeated_when, name = again or is_passing, working_texts()(f"flow.step_{kind}")
    task: Task[[], Made] = Task(
        silenced(work),
        name=name,
        task_run_name=lambda: f"{slug}: {name}",
        retries=1,
        retry_delay_seconds=RETRY_SECONDS,
        retry_condition_fn=lambda _task, _run, state: _raised(state, repeated_when),
        cache_policy=NO_CACHE,
        persist_result=False,
        log_prints=False,
    )
    return task()


def is_passing(error: BaseException) -> bool:
    """Tell whether the same step may be tried again later: quota, 5xx, time-out, a busy ledger."""
    return isinstance(error, RetryableError)


def is_passing_and_not_done(error: BaseException) -> bool:
    """Tell the same of a step that must not be done twice: it is sure that nothing was carried out."""
    return is_passing(error) and getattr(error, "carried_out", False) is False


def _raised(state: State[Any], question: Callable[[BaseException], bool]) -> bool:
    return isinstance(state.data, BaseException) and question(state.data)


def moment(as_of: datetime | None) -> datetime:
    """Give the moment a run works at, in UTC: now, or `as_of`; without a zone it is Almaty's time."""
    if as_of is None:
        return datetime.now(UTC)
    return (as_of if as_of.tzinfo else as_of.replace(tzinfo=LOCAL_ZONE)).astimezone(UTC)


@contextmanager
def services_of_run() -> Iterator[Services]:
    """Open the services by the environment, every call to Google taken out of the shared limit."""
    settings = silenced(read_settings)()
    with ExitStack() as stack:
        yield silenced(stack.enter_context)(open_services(settings, before_call=_throttle(settings)))


def _throttle(settings: RunSettings) -> Callable[[str], None] | None:
    """Wait for Prefect's limit before each call: on Google by default, on the emulator where it is named."""
    name = os.environ.get(LIMIT_VARIABLE, "" if settings.is_local else "sheets")
    if name in {"", "off"}:
        return None

    def wait(_kind: str) -> None:
        try:
            rate_limit(name, timeout_seconds=_LIMIT_WAIT_SECONDS_MAX, strict=True)
        except ConcurrencySlotAcquisitionError as error:
            if error.__cause__ is not None:
                raise RetryableError("limit_unanswered") from None
            raise RefusedError("limit_missing", limit=name) from None
        except TimeoutError:
            raise RetryableError("queue_too_long") from None

    return wait


def in_shards(shard: Flow[..., State[Any]], slugs: Sequence[str] | None, **given: Any) -> State[Any]:
    """Run the shards one after the other as subflows; the run fails at the end if one of them did.

    Google's quota, not the processor, bounds a fleet, so shards need no processes of their own.
    `slugs` None = all deployed clients; `given` goes to each shard.
    """
    chosen = list(slugs) if slugs is not None else _deployed_clients()
    states = [shard(part, **given, return_state=True) for part in shards(chosen)]
    said = " | ".join(state.message or state.name or "" for state in states) or working_texts()(
        "flow.no_clients"
    )
    return Completed(message=said) if all(s.is_completed() for s in states) else Failed(message=said)


@silenced
def _deployed_clients() -> list[str]:
    settings = read_settings()
    with open_ledger(settings.ledger_url, folder=settings.home) as ledger:
        return sorted(client.slug for client in ledger.clients() if client.is_served)


def report_round(is_good: Callable[[Ledger], bool] | None = None) -> None:
    """Give a sign of life after a round of all clients that went well, where an address for it is set.

    `is_good` asks the ledger what else must have gone well; a sign that is not taken is a warning and no failure.
    """
    settings = silenced(read_settings)()
    if settings.heartbeat_url is None:
        return
    if is_good is not None:
        with open_ledger(settings.ledger_url, folder=settings.home) as ledger:
            if not is_good(ledger):
                return
    if warning := silenced(report_life)(settings.heartbeat_url):
        get_run_logger().warning(warning)


def shard_state(slugs: Sequence[str], work: Callable[[str], str], counted: str = "clients") -> State[Any]:
    """Do the work for each client of a shard, tell the log of each, and end failed if anybody did."""
    log = get_run_logger()

    def tell(outcome: ClientOutcome) -> None:
        if outcome.error is None:
            log.info("%s: %s", outcome.slug, outcome.note)
        else:
            log.error("%s: %s %s", outcome.slug, outcome.error, outcome.remedy)

    outcomes = each_client(slugs, work, tell)
    said = summary(outcomes, counted)
    return Failed(message=said) if any(outcome.error for outcome in outcomes) else Completed(message=said)
