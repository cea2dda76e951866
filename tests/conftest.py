"""What all tests share: a witness of the emulator, a home for Prefect, and hypothesis without a stop-watch."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import witness

_HERE = Path(__file__).parent
# Prefect makes its home when it is imported, but not the folder above it.
_PREFECT_HOME = os.environ.setdefault("PREFECT_HOME", str(_HERE.parent / ".kpi" / "prefect"))
Path(_PREFECT_HOME).mkdir(parents=True, exist_ok=True)

settings.register_profile(
    "tablo", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("tablo")


def pytest_configure(config):
    """Watch every emulator, those of child processes through Python's own start-up hook."""
    folder = tempfile.TemporaryDirectory(prefix="witness-")
    config.add_cleanup(folder.cleanup)
    os.environ[witness.FOLDER_VARIABLE] = folder.name
    os.environ["SHEETS_WITNESS_CODE"] = str(_HERE / "witness.py")
    site = str(_HERE / "witness_site")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [site, os.environ.get("PYTHONPATH")]))
    from sheets_emulator import faults  # noqa: PLC0415  # after coverage has started

    witness.watch(faults)


@pytest.fixture(autouse=True)
def _witness():
    """Fail the test in which an emulator was asked or has answered what Google's documents do not know."""
    yield
    assert witness.taken_reports() == []


@pytest.fixture
def tell(request):
    """Have a sentence printed at the end of the run: counts and seeds of the random and the crash suites.

    It goes with the test's report, so that it arrives from another process as well.
    """

    def keep(sentence):
        request.node.user_properties.append(("told", sentence))

    return keep


def pytest_terminal_summary(terminalreporter):
    """Print what the suites told."""
    reports = [report for kind in terminalreporter.stats.values() for report in kind]
    told = [
        value
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == "told"
    ]
    for sentence in sorted(set(told)):
        terminalreporter.write_line(sentence)
