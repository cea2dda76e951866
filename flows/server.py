"""A Prefect server of our own on 127.0.0.1, as a child process: for the demonstration and for tests.

Nothing of Prefect is imported here: the server lives in its own process, and whoever only starts one or asks
one stays light. A server for daily work is started by hand (docs/operating.md).
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

START_SECONDS_MAX = 90
_STOP_SECONDS_MAX = 10


@dataclass(frozen=True)
class PrefectServer:
    """A serving Prefect. `environment` makes any process of ours its client."""

    url: str
    home: Path
    environment: Mapping[str, str]

    @property
    def api_url(self) -> str:
        """Where the API answers."""
        return f"{self.url}/api"


@contextmanager
def prefect_server(home: Path) -> Iterator[PrefectServer]:
    """Serve Prefect on a free port from a home folder; a fresh one gets its database first (six seconds).

    Prefect's database, memo files and the server's log (`server.log`) lie in `home`.

    Raises:
        RuntimeError: the server did not come up; the log says why.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    environment = client_environment(home, f"{url}/api")
    command = ["-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"]
    place = ["--host", "127.0.0.1", "--port", str(port), "--log-level", "warning", "--lifespan", "on"]
    with (home / "server.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  # our own interpreter, no text from outside
            [sys.executable, *command, *place],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            _wait_until_it_answers(process, f"{url}/api/health", home / "server.log")
            yield PrefectServer(url, home, environment)
        finally:
            _stop(process)


def client_environment(home: Path, api_url: str) -> dict[str, str]:
    """Give this process's environment with Prefect's settings replaced: no profile, no word to anybody else."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return kept | {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": api_url,
        "PREFECT_SERVER_UI_API_URL": "/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_CLI_PROMPT": "false",
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_until_it_answers(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    with requests.Session() as session:
        session.trust_env = False
        while process.poll() is None and time.monotonic() < deadline:
            try:
                if session.get(address, timeout=5).ok:
                    return
            except requests.RequestException:
                time.sleep(0.1)
    raise RuntimeError(f"The Prefect server did not start; see {log}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
