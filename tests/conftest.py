"""What all tests share: a witness of the emulator, a home for Prefect, and hypothesis without a stop-watch."""

import os
import sys
import tempfile
from contextlib import ExitStack
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
    from sheets_emulator.serving import faults  # noqa: PLC0415  # after coverage has started

    witness.watch(faults)


@pytest.fixture(autouse=True)
def _witness():
    """Fail the test in which an emulator was asked or has answered what Google's documents do not know."""
    yield
    assert witness.taken_reports() == []


@pytest.fixture
def stage_of_life(tmp_path_factory, tmp_path):
    """Serve a copy of a stage of the small client's life (`tests.contract.client_life`) until the test ends."""
    from tests.contract.client_life import copy_of  # noqa: PLC0415  # for the tests of a client's life alone

    with ExitStack() as served:
        yield lambda stage: served.enter_context(
            copy_of(stage, tmp_path_factory.getbasetemp(), tmp_path / "home")
        )


@pytest.fixture
def empty(stage_of_life):
    """Accounts on an emulator, no client yet."""
    return stage_of_life("empty")


@pytest.fixture
def deployed(stage_of_life):
    """A client with empty files and no month."""
    return stage_of_life("deployed")


@pytest.fixture
def opened(stage_of_life):
    """September is open and filled in: five leads each of two managers, of 8 and 9 September."""
    return stage_of_life("open")


@pytest.fixture
def sealed(stage_of_life):
    """September is sealed, without any sync or letter before it; October is open and filled in."""
    return stage_of_life("closed")


@pytest.fixture
def life(opened):
    """The client as most tests want it."""
    return opened


@pytest.fixture
def command(monkeypatch, capsys):
    """Run `kpi` as the console script does: exit code, what was printed (with plain spaces), what was complained."""

    def run_once(*arguments, width=100):
        from cli import app  # noqa: PLC0415  # for the tests of the command alone
        from cli.showing import output  # noqa: PLC0415

        monkeypatch.setattr(sys, "argv", ["kpi", *map(str, arguments)])
        for name in ("console", "errors"):
            fresh = output.Console(stderr=name == "errors", width=width, color_system=None)
            monkeypatch.setattr(output, name, fresh)
        code = 0
        try:
            app.main()
        except SystemExit as ended:
            code = ended.code or 0
        printed = capsys.readouterr()
        return code, printed.out.replace("\N{NO-BREAK SPACE}", " "), printed.err

    return run_once


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
