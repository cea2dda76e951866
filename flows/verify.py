"""The nightly verification of everything that was sealed."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.steps import in_shards, run_step, services_of_run, shard_state
from kpi_rules.errors import IntegrityError, NewerFormError
from operations.facts.client_books import note_outside_formulas
from operations.verifying.verifying import verify_client
from operations.world.services import Services
from operations.world.telling import working_texts


def verify_one(slug: str, services: Services) -> str:
    """Verify one client's closed months; late edits of live rows are counted, what is sealed is whole.

    Raises:
        IntegrityError: something sealed differs. It tells how much, not what: a finding may hold pay.
        NewerFormError: a month was sealed by a newer program.
    """
    verified = run_step("verify", slug, lambda: verify_client(slug, services))
    note_outside_formulas(slug, verified.outside, services)
    if verified.findings:
        raise IntegrityError("verify_differs", count=len(verified.findings), client=slug)
    if verified.newer:
        raise NewerFormError("sealed month", str(verified.newer[0]))
    words = working_texts()
    told = [words("flow.intact")]
    told += [words("flow.late_edits", count=len(verified.late))] if verified.late else []
    told += [words("flow.outside", count=len(verified.outside))] if verified.outside else []
    return ", ".join(told)


@flow(name="verify-shard", persist_result=False, log_prints=False)
def verify_shard(slugs: list[str]) -> State[Any]:
    """Verify one shard of clients."""
    with services_of_run() as services:
        return shard_state(slugs, lambda slug: verify_one(slug, services))


@flow(name="verify", persist_result=False, log_prints=False)
def verify(slugs: list[str] | None = None) -> State[Any]:
    """Compare archives, payroll tabs and live rows of closed months with what was sealed, at whatever moment.

    Args:
        slugs: the clients; none = all that are deployed.
    """
    return in_shards(verify_shard, slugs)
