"""Local mode without the packages that only the emulator needs: refused at once, nothing written, one sentence."""

import pytest

from kpi_rules.errors import RefusedError
from operations.world.local import address_of, local_google
from sheets_emulator import engines
from tests.telling import remedy_of, tells


@pytest.fixture(autouse=True)
def _no_engine(monkeypatch):
    monkeypatch.setitem(engines.PACKAGES, "no_such_engine", "no-such-engine")


def test_local_google_does_not_start_without_the_engines(tmp_path):
    folder = tmp_path / "emulator"
    with (
        tells(RefusedError, r"Google Таблиц и Диска не установлено: no-such-engine\.") as refused,
        local_google(folder),
    ):
        pass
    assert remedy_of(refused) == "Установите их: pip install 'tablo-kpi[emulator]'."
    assert not folder.exists()


def test_nobody_serves_a_folder_that_is_not_there(tmp_path):
    assert address_of(tmp_path / "none") is None


@pytest.mark.parametrize(
    "arguments", [["--port", "0"], ["accounts"], ["token", "a@b.kz"], ["faults", "show"], ["faults", "clear"]]
)
def test_every_command_of_the_emulator_says_what_to_install(command, tmp_path, arguments):
    code, printed, complained = command("emulator", "--data", tmp_path, *arguments)
    assert (code, printed) == (1, "")
    assert "не установлено: no-such-engine." in complained
    assert "pip install 'tablo-kpi[emulator]'" in complained


def test_its_help_needs_no_engine(command):
    code, printed, complained = command("emulator", "faults", "--help")
    assert (code, complained) == (0, "")
    assert "kpi emulator faults" in printed


def test_the_demo_says_it_as_well(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, complained = command("demo")
    assert code == 1
    assert "не установлено: no-such-engine." in complained
