"""The worlds that the crash suites play in, and their seed."""

import os
import random

import pytest

from tests.contract.client_life import HEAD, copy_of
from tests.faults.scenes import OCTOBER_PAID, SEPTEMBER_PAID, scene_of
from tests.faults.worlds import Worlds
from tests.unit.ledger.conftest import url  # noqa: F401  # the fixture: on SQLite and on PostgreSQL

SERVERS_MAX = 2


@pytest.fixture(scope="session")
def seed():
    """The seed of all that is random here: `KPI_TEST_SEED`, else a new one."""
    return int(os.environ.get("KPI_TEST_SEED") or random.randrange(10**6))


@pytest.fixture(scope="session")
def worlds(tmp_path_factory):
    """Worlds for many processes, played side by side on as many cores as there are, at most two."""
    found = Worlds(tmp_path_factory.mktemp("worlds"), min(SERVERS_MAX, os.cpu_count() or 1))
    yield found
    found.stop()


@pytest.fixture(scope="session")
def september(tmp_path_factory):
    """A state: September is over and clean, with one approved correction."""
    home = tmp_path_factory.mktemp("september") / "home"
    with copy_of("open", tmp_path_factory.getbasetemp(), home) as life:
        life.enter(HEAD, "corrections", [["1", "2026-09", "M01", 15_007, "Доплата"]])
        life.approve("corrections", 5, 1)
    return home


@pytest.fixture(scope="session")
def october(tmp_path_factory):
    """A state: September is sealed, October over and clean; one correction pays, one takes more than there is."""
    home = tmp_path_factory.mktemp("october") / "home"
    with copy_of("closed", tmp_path_factory.getbasetemp(), home) as life:
        rows = [["1", "2026-09", "M01", 15_007, "Доплата"], ["2", "2026-09", "M02", -250_000, "Возврат"]]
        life.enter(HEAD, "corrections", rows)
        life.approve("corrections", 5, 2)
    return home


@pytest.fixture(scope="session")
def first(worlds, september):
    """September before its close, and what that leads to."""
    return scene_of(worlds, september, SEPTEMBER_PAID)


@pytest.fixture(scope="session")
def second(worlds, october):
    """October before its close."""
    return scene_of(worlds, october, OCTOBER_PAID)
