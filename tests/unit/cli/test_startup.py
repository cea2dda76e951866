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
CHILD = """
import json, sys
from tablo_kpi.command import main
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
print(json.dumps(sorted(sys.modules)))
"""


@pytest.fixture
def loaded_by(tmp_path):
    """Run a command line in a process of its own, on a ledger that is there, and tell which modules it loaded."""
    with open_ledger(folder=tmp_path):
        pass

    def run(*arguments):
        environment = {**os.environ, "KPI_HOME": str(tmp_path)}
        command = [sys.executable, "-c", CHILD, *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return set(json.loads(done.stdout.splitlines()[-1]))

    return run


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), ("client", "list"), ("client", "--help"), ("sync", "--help")]
)
def test_nothing_slow_is_loaded_to_help_or_to_list(loaded_by, arguments):
    assert loaded_by(*arguments).isdisjoint(SLOW)


def test_help_does_not_even_open_the_ledger(loaded_by):
    assert loaded_by("--help").isdisjoint({"sqlalchemy", "cryptography", "ledger"})
