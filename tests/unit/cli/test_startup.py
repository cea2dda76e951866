"""Commands that only ask or list answer at once: what takes long to load is loaded by those who need it."""

import json
import os
import subprocess
import sys

import pytest

from ledger import open_ledger

SLOW = (
    "pandas",
    "numpy",
    "pydantic",
    "sqlalchemy.orm",
    "alembic",
    "gspread",
    "requests",
    "holidays",
    "openpyxl",
    "prefect",
)
NO_USE_TO_A_SYNC = (
    "pandas",
    "numpy.ma",
    "pydantic",
    "pydantic_core",
    "rich.progress",
    "sqlalchemy.orm",
    "alembic",
    "openpyxl",
    "prefect",
    "sheets_emulator.serving",
)
"""What a sync of an opened month with an emulator that runs already, into a pipe, has nothing to do with."""
CHILD = """
import json, sys
from tablo_kpi.command import main
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
print(json.dumps(sorted(sys.modules)))
"""


def modules_of(home, *arguments):
    """Run a command line in a process of its own and tell which modules it loaded."""
    environment = {**os.environ, "KPI_HOME": str(home)}
    command = [sys.executable, "-c", CHILD, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture
def loaded_by(tmp_path):
    """Run a command line on a ledger that is there and has no client."""
    with open_ledger(folder=tmp_path):
        pass
    return lambda *arguments: modules_of(tmp_path, *arguments)


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), ("client", "list"), ("client", "--help"), ("sync", "--help")]
)
def test_nothing_slow_is_loaded_to_help_or_to_list(loaded_by, arguments):
    assert loaded_by(*arguments).isdisjoint(SLOW)


def test_help_does_not_even_open_the_ledger(loaded_by):
    assert loaded_by("--help").isdisjoint({"sqlalchemy", "cryptography", "ledger"})


@pytest.mark.parametrize(("given", "kept"), [({}, "1"), ({"OPENBLAS_NUM_THREADS": "2"}, "2")])
def test_a_command_wakes_no_threads_for_algebra_unless_told_to(given, kept):
    program = "import os; from tablo_kpi.command import settle_in; settle_in(); print(os.environ['{}'])"
    named = "OPENBLAS_NUM_THREADS"
    environment = {name: value for name, value in os.environ.items() if name != named} | given
    command = [sys.executable, "-c", program.format(named)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == kept


def test_a_sync_loads_nothing_that_it_has_no_use_for(opened):
    loaded = modules_of(opened.services.settings.home, "sync", opened.slug, "--as-of", "2026-09-16")
    assert loaded.isdisjoint(NO_USE_TO_A_SYNC)
    assert {"numpy", "gspread", "sqlalchemy"} <= loaded  # the sync took place
