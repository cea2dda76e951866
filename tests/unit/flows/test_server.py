"""How processes of ours are made clients of our own Prefect server."""

from pathlib import Path

import pytest

from flows import server
from flows.server import client_environment, prefect_server


def test_nothing_of_another_prefect_on_this_machine_is_taken_over(monkeypatch):
    monkeypatch.setenv("PREFECT_API_KEY", "of-somebody-else")
    monkeypatch.setenv("PREFECT_PROFILE", "cloud")
    monkeypatch.setenv("KPI_HOME", "data")

    environment = client_environment(Path("home"), "http://127.0.0.1:4999/api")

    assert "PREFECT_API_KEY" not in environment
    assert "PREFECT_PROFILE" not in environment
    assert environment["PREFECT_API_URL"] == "http://127.0.0.1:4999/api"
    assert environment["PREFECT_HOME"] == "home"
    assert environment["KPI_HOME"] == "data"


def test_nobody_is_told_that_a_server_runs_here():
    environment = client_environment(Path("home"), "http://127.0.0.1:4999/api")
    assert environment["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"
    assert environment["DO_NOT_TRACK"] == "1"


def test_a_server_that_does_not_come_up_is_told_with_the_place_of_its_log(tmp_path, monkeypatch):
    monkeypatch.setattr(server.sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError, match=r"prefect/server\.log"), prefect_server(tmp_path / "prefect"):
        pytest.fail("it must not come up")
