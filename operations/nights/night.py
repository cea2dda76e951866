"""A night for all clients in one process: what the nightly flows do, for whoever has no Prefect server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from kpi_rules.errors import NightHeld
from operations.nights.outcomes import ClientOutcome, outcome_of, silenced, together
from operations.nights.steps import FLEET, NIGHT, ClientNight, Did, do_part
from operations.world.services import Services


@dataclass(frozen=True)
class Night:
    """What became of each client, and of what is done once for all of them (named by its words)."""

    clients: tuple[ClientOutcome, ...]
    fleet: tuple[ClientOutcome, ...]

    @property
    def is_good(self) -> bool:
        """Whether nothing failed."""
        return all(outcome.error is None for outcome in (*self.clients, *self.fleet))


def deployed_clients(services: Services) -> list[str]:
    """Give the short names of the clients that have files and have not left."""
    return sorted(client.slug for client in services.ledger.clients() if client.is_served)


def do_night(
    slugs: Sequence[str] | None,
    now: datetime,
    services: Services,
    tell: Callable[[ClientOutcome], None],
    warn: Callable[[str], None],
) -> Night:
    """Go through the night of each client, and after them what is done once. `slugs` None = all that are deployed.

    `tell` hears of each client when its night is over, `warn` of what needs a look and is no failure.
    Raises NightHeld where another night of this ledger is at work.
    """
    with services.ledger.alone("night") as mine:
        if not mine:
            raise NightHeld
        chosen = deployed_clients(services) if slugs is None else list(dict.fromkeys(slugs))
        clients = []
        for slug in chosen:
            outcome = _client_night(slug, now, services, warn)
            tell(outcome)
            clients.append(outcome)
        return Night(tuple(clients), tuple(fleet_steps(now, services)) if slugs is None else ())


def _client_night(slug: str, now: datetime, services: Services, warn: Callable[[str], None]) -> ClientOutcome:
    night = ClientNight(slug, now, services)

    def run(kind: str, _slug: str, work: Callable[[], Did]) -> Did:
        services.progress(f"{slug}: {services.words(f'flow.step_{kind}')}")
        return silenced(work)()

    parts = [partial(do_part, part, night, run, warn) for part in NIGHT]
    return together(slug, [outcome_of(slug, part) for part in parts])


def fleet_steps(now: datetime, services: Services) -> list[ClientOutcome]:
    """Do what is done once a night, each step whatever became of the others; named by their words.

    A step that had nothing to do is not told.
    """
    outcomes = []
    for step in FLEET:
        name = services.words(f"flow.step_{step.kind}")
        services.progress(name)
        outcomes.append(outcome_of(name, partial(silenced(step.work), now, services)))
    return [outcome for outcome in outcomes if outcome.note or outcome.error]
