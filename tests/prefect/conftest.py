"""One real Prefect server a session, on an ephemeral port, with a home of its own."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import prefect
import pytest
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_HOME,
    temporary_settings,
)

from flows.server import prefect_server

WAIT_SECONDS_MAX = 60


class Served:
    """What tests want of the server: where it is, and all that it has kept."""

    def __init__(self, server):
        self.server = server

    def everything_kept(self):
        """All rows of all tables as text, once logs and events of this process have arrived."""
        APILogWorker.instance().drain()
        EventsWorker.drain_all(at_exit=False)
        with closing(sqlite3.connect(self.server.home / "prefect.db")) as database:
            return "\n".join(database.iterdump())

    @staticmethod
    def wait_for(question):
        """Ask until the answer is not empty: Prefect writes task runs and scheduled runs by and by."""
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while not (answer := question()):
            assert time.monotonic() < deadline, "Prefect did not get there in time"
            time.sleep(0.1)
        return answer


@pytest.fixture(scope="session")
def empty_database(request):
    """Where Prefect's empty database is kept between sessions; making it costs six seconds."""
    return Path(request.config.cache.mkdir(f"prefect-{prefect.__version__}")) / "empty.db"


@pytest.fixture(scope="session")
def prefect_home_server(empty_database, tmp_path_factory):
    """Serve Prefect for the whole session."""
    home = tmp_path_factory.mktemp("prefect-home")
    if empty_database.exists():
        _copy(empty_database, home / "prefect.db")
    with prefect_server(home) as running:
        if not empty_database.exists():
            _copy(home / "prefect.db", empty_database)
        yield running


def _copy(source, target):
    fresh = target.with_suffix(".fresh")
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(fresh)) as new:
        old.backup(new)
    fresh.replace(target)


@pytest.fixture
def served(prefect_home_server):
    """Let flows of this process run on the server; without heartbeats, whose thread costs a second a flow."""
    settings = {
        PREFECT_API_URL: prefect_home_server.api_url,
        PREFECT_HOME: prefect_home_server.home,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
    }
    with temporary_settings(settings):
        yield Served(prefect_home_server)
        APILogWorker.instance().drain()
        EventsWorker.drain_all(at_exit=False)
