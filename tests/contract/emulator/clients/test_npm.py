"""Google's clients for Node, a day's work each: `npm/*.mjs` against a running emulator."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).with_name("npm")
pytestmark = [
    pytest.mark.npm,
    pytest.mark.skipif(
        not (shutil.which("node") and shutil.which("npm")), reason="node and npm are not installed"
    ),
]


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    """A folder with the scripts and the packages that the lock file names, the same to the last byte."""
    folder = tmp_path_factory.mktemp("npm")
    for path in SCRIPTS.iterdir():
        if path.suffix in (".mjs", ".json"):
            shutil.copy(path, folder)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    installed = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert installed.returncode == 0, installed.stderr
    return folder


@pytest.mark.parametrize("script", ["googleapis_day.mjs", "google_spreadsheet_day.mjs"])
def test_a_client_for_node_does_its_work(google, packages, script):
    given = {
        "EMULATOR_URL": google.url,
        "OWNER_KEY": str(google.key_file("owner")),
        "ROBOT_KEY": str(google.key_file("robot")),
        "HEAD": google.accounts["head"],
    }
    run = subprocess.run(
        ["node", script],
        cwd=packages,
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == "done\n"


def test_the_lock_file_names_no_host():
    assert "://" not in "\n".join(
        line for line in (SCRIPTS / "package-lock.json").read_text().splitlines() if '"url"' not in line
    )
