"""A sync through a local Prefect server that lives only for it: `python -m flows.local --client SLUG`.

The command line runs this module as a program of its own, so that it need not import Prefect itself.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from flows.server import prefect_server
from operations.world.settings import read_settings

DAILY_ADDRESS = "http://127.0.0.1:4200"
"""Where `prefect server start` serves; the run can be looked at there afterwards."""


@dataclass(frozen=True)
class LocalRun:
    """How a local run ended. `ui` shows it once a server is started on the same home."""

    run_id: str
    name: str
    state: str
    message: str
    ui: str


def run_sync_locally(slugs: Sequence[str], as_of: datetime | None = None) -> LocalRun:
    """Run the sync flow in this process on a server of its own in `KPI_HOME/prefect`, and stop the server.

    Prefect reads its settings when it is imported, so it must not have been imported before.

    Raises:
        RuntimeError: the server did not start, or Prefect is loaded already.
    """
    if "prefect" in sys.modules:
        raise RuntimeError("Prefect is loaded already; run `python -m flows.local` instead")
    with prefect_server(read_settings().home / "prefect") as server:
        os.environ.update(server.environment)
        os.environ["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] = "ERROR"  # the server gets all of the log
        from prefect.events.worker import EventsWorker  # noqa: PLC0415
        from prefect.logging.handlers import APILogWorker  # noqa: PLC0415
        from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings  # noqa: PLC0415

        from flows.sync import sync  # noqa: PLC0415  # after the settings, see above

        with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):  # a second less; nobody watches
            state = sync(slugs=list(slugs), as_of=as_of, return_state=True)
        APILogWorker.instance().drain()  # what is still on its way would not find the server
        EventsWorker.drain_all()
    run_id = str(state.state_details.flow_run_id)
    ui = f"{DAILY_ADDRESS}/runs/flow-run/{run_id}"
    return LocalRun(run_id, "sync", state.name or state.type.value, state.message or "", ui)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it and print one line of JSON; the exit code is 0 when the run completed."""
    parser = argparse.ArgumentParser(prog="python -m flows.local", description=__doc__)
    parser.add_argument("--client", action="append", required=True, help="short name; may be repeated")
    parser.add_argument("--as-of", type=datetime.fromisoformat, help="the moment to work at, ISO")
    given = parser.parse_args(arguments)
    run = run_sync_locally(given.client, given.as_of)
    sys.stdout.write(json.dumps(asdict(run), ensure_ascii=False) + "\n")
    return 0 if run.state == "Completed" else 1


if __name__ == "__main__":
    sys.exit(main())
